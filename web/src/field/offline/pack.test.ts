import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import type { PackChecklist, PackVisit, PullAnswer } from '@/api/schema'
import { base, type VisitWork } from './base'
import { packOf, unpack } from './pack'

const OWNER = 'yunxi:1'
const visit = (id: string) => ({ id, order: 1, checklist_id: `list of ${id}` }) as unknown as PackVisit
const checklist = (id: string) => ({ id: `list of ${id}` }) as unknown as PackChecklist
const answer = (given: Partial<PullAnswer>): PullAnswer => ({ cursor: 1, reset: false, visits: [], checklists: [], problems: [], patrols: [], removed: [], ...given }) as PullAnswer
const work = (key: string, finish: string | null): VisitWork => ({ owner: OWNER, key, start: null, visitId: null, entries: {}, sent: {}, finish, begunAt: '2026-03-02T01:00:00Z' })
const removed = (ids: string[]) => ids.flatMap((id) => [{ kind: 'visit', id }, { kind: 'checklist', id: `list of ${id}` }]) as PullAnswer['removed']
const seen = async () => {
  const pack = await packOf(OWNER)
  return [pack.visits.map((one) => one.id).sort(), [...pack.checklists.keys()].sort()]
}

it.each([
  ['taken off', answer({ removed: removed(['under way', 'not begun', 'finished']) })],
  ['begun anew', answer({ reset: true })],
])('a visit under way is finished with its checklist though its site was %s', async (_, taken) => {
  const all = ['under way', 'not begun', 'finished']
  await unpack(OWNER, answer({ reset: true }))
  await unpack(OWNER, answer({ visits: all.map(visit), checklists: all.map(checklist) }))
  const db = await base()
  await db.put('work', work('under way', null))
  await db.put('work', work('finished', 'a command'))
  await unpack(OWNER, taken)
  expect(await seen()).toEqual([['under way'], ['list of under way']])
  await db.put('work', work('under way', 'a command'))
  await unpack(OWNER, answer({}))
  expect(await seen(), 'and then goes').toEqual([[], []])
})
