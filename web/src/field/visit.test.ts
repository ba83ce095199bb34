import { describe, expect, it } from 'vitest'
import type { ItemView } from '@/api/schema'
import type { Entry } from './offline/base'
import { firstResult, tallyOf } from './visit'

const item = (id: string, photo = false): ItemView => ({ id, code: id, text: id, phrases: [], judgement: null, judgement_words: '', photo_on_failure: photo, carve_out: '', walk_path: '', criteria: [], version: 0 })
const entry = (result: Entry['result'], photos: string[] = []): Entry => ({ result, phrases: [], note: '', photos })

describe('a visit', () => {
  it('tallies answers and names failed items without their required photograph', () => {
    const items = [item('1', true), item('2', true), item('3'), item('4', true), item('5')]
    const tally = tallyOf(items, {
      '1': entry({ kind: 'pass_fail', pass: false }),
      '2': entry({ kind: 'pass_fail', pass: true }),
      '3': entry({ kind: 'not_applicable', reason: '夜间' }),
      '4': entry({ kind: 'faults', count: 2 }, ['a', 'b']),
    })
    expect(tally).toMatchObject({ all: 5, answered: 4, good: 1, bad: 2, notApplicable: 1, photos: 2 })
    expect(tally.photoMissing.map((one) => one.id)).toEqual(['1'])
  })

  it.each([
    ['pass_fail', 'fail', { kind: 'pass_fail', pass: false }],
    ['faults', 'fail', { kind: 'faults', count: 1 }],
    ['faults', 'pass', { kind: 'faults', count: 0 }],
    ['grade', 'mostly_met', { kind: 'grade', grade: 'mostly_met' }],
    ['interview', '', { kind: 'interview', correct: 0, asked: 0 }],
  ] as const)('answers %s with %s', (answer, choice, result) => expect(firstResult(answer, choice)).toEqual(result))
})
