import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import { reactive } from 'vue'
import type { PackVisit } from '@/api/schema'
import { begin, emptyEntry, mark, workOf } from './visiting'

const maker = { owner: 'yunxi:1' as const, person: '1', personName: '安屿', offsetMs: 0 }
const visit = { id: 'v1', round: { id: 'r1' }, site: { id: 's1', name: '板栗园村' }, state: 'waiting', findings: [] } as unknown as PackVisit

it('keeps an answer that a page watches, with its photographs', async () => {
  const work = await begin(maker, visit)
  const entry = reactive({ ...emptyEntry(), result: { kind: 'pass_fail' as const, pass: false }, phrases: ['地面有污水'], photos: ['ab'] })
  await mark(maker, work, visit, 'i1', entry)
  const kept = await workOf(maker.owner, visit.id)
  expect(kept?.entries.i1).toEqual({ result: { kind: 'pass_fail', pass: false }, phrases: ['地面有污水'], note: '', photos: ['ab'] })
})
