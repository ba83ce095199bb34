import { describe, expect, it } from 'vitest'
import type { Item, VisitView } from '@/api/types'
import { entriesOf, firstResult, tallyOf } from './visit'

const item = (id: string, photo = false): Item => ({ id, code: id, text: id, phrases: [], judgement: null, photo_on_failure: photo, criteria: [] })
const visit = (findings: VisitView['findings']): VisitView => ({ id: 'v', version: 1, site: { id: 's', code: 'S', name: 'S' }, items: [item('1', true), item('2', true), item('3')], findings, past_problems: [], round: { id: 'r', name: 'R' } })

describe('a visit', () => {
  it('begins with every item empty and takes up what was kept', () => {
    const entries = entriesOf(visit([{ item_id: '1', result: { kind: 'faults', count: 2 }, phrase: '满溢；散落', media_ids: ['m'] }]))
    expect(entries.get('1')).toMatchObject({ phrases: ['满溢', '散落'], media: ['m'], state: 'kept' })
    expect(entries.get('2')).toMatchObject({ result: null, state: 'empty' })
  })

  it('tallies answers and names failed items without their required photograph', () => {
    const of = visit([
      { item_id: '1', result: { kind: 'pass_fail', pass: false }, media_ids: [] },
      { item_id: '2', result: { kind: 'pass_fail', pass: true }, media_ids: [] },
      { item_id: '3', result: { kind: 'not_applicable', reason: '夜间' }, media_ids: [] },
    ])
    const tally = tallyOf(of.items, entriesOf(of))
    expect(tally).toMatchObject({ all: 3, answered: 3, good: 1, bad: 1, notApplicable: 1, unsent: 0 })
    expect(tally.photoMissing.map((one) => one.id)).toEqual(['1'])
  })

  it('does not call anything sent that the server has not kept', () => {
    const of = visit([])
    const entries = entriesOf(of)
    entries.set('1', { ...entries.get('1')!, result: { kind: 'faults', count: 1 }, state: 'refused' })
    expect(tallyOf(of.items, entries).unsent).toBe(1)
  })

  it.each([
    ['pass_fail', 'fail', { kind: 'pass_fail', pass: false }],
    ['faults', 'fail', { kind: 'faults', count: 1 }],
    ['faults', 'pass', { kind: 'faults', count: 0 }],
    ['grade', 'mostly_met', { kind: 'grade', grade: 'mostly_met' }],
    ['interview', '', { kind: 'interview', correct: 0, asked: 0 }],
  ] as const)('answers %s with %s', (answer, choice, result) => expect(firstResult(answer, choice)).toEqual(result))
})
