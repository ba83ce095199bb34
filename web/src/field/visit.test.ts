import { describe, expect, it } from 'vitest'
import type { FindingBody, FindingView, ItemView, VisitView } from '@/api/schema'
import { entriesOf, firstResult, tallyOf } from './visit'

const item = (id: string, photo = false): ItemView => ({ id, code: id, text: id, phrases: [], judgement: null, judgement_words: '', photo_on_failure: photo, carve_out: '', walk_path: '', criteria: [] })
const found = (itemId: string, result: FindingBody, more: Partial<FindingView> = {}): FindingView => ({ id: `f${itemId}`, item_id: itemId, result, phrase: '', note: '', media_ids: [], made_at: '2026-09-24T01:00:00Z', ...more })
const visit = (findings: FindingView[]): VisitView => ({
  id: 'v',
  version: 1,
  ordinal: 1,
  started_at: '2026-09-24T01:00:00Z',
  site: { id: 's', code: 'S', name: 'S', site_type: '' },
  address: '',
  items: [item('1', true), item('2', true), item('3')],
  findings,
  past_problems: [],
  round: { id: 'r', number: 'R1', name: 'R', kind: 'mock', state: 'open' },
})

describe('a visit', () => {
  it('begins with every item empty and takes up what was kept', () => {
    const entries = entriesOf(visit([found('1', { kind: 'faults', count: 2 }, { phrase: '满溢；散落', media_ids: ['m'] })]))
    expect(entries.get('1')).toMatchObject({ phrases: ['满溢', '散落'], media: ['m'], state: 'kept' })
    expect(entries.get('2')).toMatchObject({ result: null, state: 'empty' })
  })

  it('tallies answers and names failed items without their required photograph', () => {
    const of = visit([
      found('1', { kind: 'pass_fail', pass: false }),
      found('2', { kind: 'pass_fail', pass: true }),
      found('3', { kind: 'not_applicable', reason: '夜间' }),
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
