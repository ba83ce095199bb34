import { describe, expect, it } from 'vitest'
import type { ItemView } from '@/api/schema'
import type { Entry } from './offline/base'
import { fails, firstResult, tallyOf } from './visit'

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

  it('asks at once for the photograph of a count or share that fails', () => {
    const bins: ItemView = { ...item('1', true), judgement: { kind: 'count_at_least', n: 3 } }
    const belts: ItemView = { ...item('2', true), judgement: { kind: 'percentage' } }
    const shops: ItemView = { ...item('3', true), judgement: { kind: 'ratio' } }
    const missing = (entries: Record<string, Entry>) => tallyOf([bins, belts, shops], entries, { '2': '90' }).photoMissing.map((one) => one.id)
    expect(missing({ '1': entry({ kind: 'count', count: 2 }), '2': entry({ kind: 'ratio', observed: 89, total: 100 }), '3': entry({ kind: 'ratio', observed: 9, total: 10 }) })).toEqual(['1', '2', '3'])
    expect(missing({ '1': entry({ kind: 'count', count: 3 }), '2': entry({ kind: 'ratio', observed: 9, total: 10 }), '3': entry({ kind: 'ratio', observed: 0, total: 0 }) })).toEqual([])
    expect(missing({ '1': entry({ kind: 'count', count: 0 }, ['a']), '2': entry({ kind: 'ratio', observed: 1, total: 2 }, ['b']) })).toEqual([])
  })

  it.each([
    ['90', 9, 10, false],
    ['90', 89, 100, true],
    ['200/3', 2, 3, false],
    ['200/3', 66, 100, true],
    [undefined, 0, 10, false],
  ] as const)('judges a share observed by its target %s: %i of %i', (target, observed, total, expected) =>
    expect(fails({ judgement: { kind: 'percentage' } }, { kind: 'ratio', observed, total }, target)).toBe(expected))

  it.each([
    ['pass_fail', 'fail', { kind: 'pass_fail', pass: false }],
    ['faults', 'fail', { kind: 'faults', count: 1 }],
    ['faults', 'pass', { kind: 'faults', count: 0 }],
    ['grade', 'mostly_met', { kind: 'grade', grade: 'mostly_met' }],
    ['interview', '', { kind: 'interview', correct: 0, asked: 0 }],
  ] as const)('answers %s with %s', (answer, choice, result) => expect(firstResult(answer, choice)).toEqual(result))
})
