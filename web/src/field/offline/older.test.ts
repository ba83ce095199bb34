import 'fake-indexeddb/auto'
import { openDB } from 'idb'
import { expect, it } from 'vitest'
import type { PackChecklist, PackVisit } from '@/api/schema'
import { base, commandsOf } from './base'
import { envelope } from './envelope'
import { hashOf } from './hash'
import { photosOf } from './photo'
import { sendAll } from './send'
import { cityOf } from './server.testing'
import { finish, workOf } from './visiting'

const owner = 'yunxi:1'
const ROUND = '01a20000-0000-7000-8000-000000000001'
const SITE = '01a20000-0000-7000-8000-000000000002'
const key = `${ROUND}-${SITE}`
let seq = 0

function command(id: string, work: object, more: object = {}) {
  seq += 1
  const parents = (more as { parents?: string[] }).parents ?? []
  const text = envelope({ id, person_id: '1', parents, made_at: '2026-03-02T01:00:00.000Z', clock_offset_ms: 0 }, JSON.stringify(work))
  return { id, owner, person: '1', personName: '安屿', seq, parents, text, work, photos: [], about: '板栗园村', group: key, madeAt: '2026-03-02T01:00:00.000Z', state: 'waiting', attempts: 1, receipt: null, sentAt: null, ...more }
}
const marked = (item: string, count: number) => ({ kind: 'mark_item', visit_id: null, item_id: item, mark: { result: { kind: 'faults', count }, phrase: '', note: '', photos: [] } })
const entry = (count: number) => ({ result: { kind: 'faults', count }, phrases: [], note: '', photos: [] })

it('takes over what the first version left: unsent work goes, also what hung on nothing; what was sent leaves', async () => {
  const old = await openDB('yipanqi-field', 1, {
    upgrade(db) {
      db.createObjectStore('command', { keyPath: 'id' }).createIndex('owner', 'owner')
      db.createObjectStore('photo', { keyPath: ['owner', 'sha256'] }).createIndex('owner', 'owner')
      db.createObjectStore('pack', { keyPath: ['owner', 'kind', 'id'] }).createIndex('owner', 'owner')
      db.createObjectStore('work', { keyPath: ['owner', 'key'] }).createIndex('owner', 'owner')
      db.createObjectStore('note', { keyPath: 'key' })
    },
  })
  const photo = async (fill: number, state: string) => {
    const bytes = new Uint8Array(900).fill(fill).buffer
    const sha256 = await hashOf(bytes)
    await old.put('photo', { owner, sha256, bytes, type: 'image/jpeg', size: 900, name: 'a.jpg', thumb: '', capture: { made_at: '2026-03-02T01:00:00.000Z', clock_offset_ms: 0, origin: 'camera', position: null }, offset: 0, state, reason: '' })
    return sha256
  }
  const [sent, unsent] = [await photo(1, 'arrived'), await photo(2, 'waiting')]
  const report = (photos: string[]) => ({ kind: 'report_problem', source: 'grid_patrol', title: '乱堆', category: '其他', photos })
  await old.put('command', command('c-sent', report([sent]), { photos: [sent], group: 'report', state: 'applied' }))
  await old.put('command', command('c-unsent', report([unsent]), { photos: [unsent], group: 'report', attempts: 0 }))
  // Its beginning was given up; its second mark was taken back and the page killed before the new one was written.
  await old.put('command', command('c-first', marked('i1', 1), { parents: ['given-up'] }))
  await old.put('work', { owner, key, start: 'given-up', visitId: null, entries: { i1: entry(3), i2: entry(4) }, sent: { i1: { command: 'taken-back', entry: entry(2) }, i2: { command: 'taken-back-too', entry: entry(4) } }, finish: 'given-up-too', begunAt: '2026-03-02T00:55:00.000Z' })
  await old.put('note', { key: 'seq', value: seq })
  old.close()

  const db = await base()
  expect((await photosOf(owner)).map((row) => row.sha256).sort()).toEqual([sent, unsent].sort())
  expect(await db.getAllKeysFromIndex('photo', 'owner', owner), 'what the server has is let go').toEqual([[owner, unsent]])
  const work = (await workOf(owner, key))!
  expect(work.finish).toBeNull()
  const maker = { owner, person: '1', personName: '安屿', offsetMs: 0 }
  await finish(maker, work, { id: key, round: { id: ROUND }, site: { id: SITE, name: '板栗园村' } } as unknown as PackVisit, { items: [{ id: 'i1' }, { id: 'i2' }] } as unknown as PackChecklist)
  const city = cityOf()
  await sendAll(owner, city.wire)
  await sendAll(owner, city.wire)
  expect((await commandsOf(owner)).filter((row) => row.state !== 'applied')).toEqual([])
  expect(city.media.has(unsent)).toBe(true)
  const [arrived] = [...city.visits.values()]
  expect([arrived?.site, arrived?.finished]).toEqual([SITE, 1])
  expect(['i1', 'i2'].map((item) => JSON.parse(arrived!.findings.get(item)!.result).count)).toEqual([3, 4])
})
