import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import type { CommandReceipt, PackChecklist, PackVisit, Work } from '@/api/schema'
import { base, commandsOf, PLACING, type CommandRow, type Entry } from './base'
import { KEPT, letGo, wipeAll } from './clear'
import { draftKey, draftOf, keepDraft } from './draft'
import { unpack } from './pack'
import { enqueue, type Maker } from './outbox'
import { keepPhoto, NoPhoto, photosOf } from './photo'
import { doAnew, drop, removePhoto, retryPhoto, sendAgain, takeTheirs } from './resolve'
import { ready, sendAll, WireError } from './send'
import { cityOf, type Finding } from './server.testing'
import { begin, finish, mark, placed, workOf } from './visiting'

let people = 0
const someone = (): Maker => {
  people += 1
  return { owner: `yunxi:r${people}`, person: `r${people}`, personName: `人${people}`, offsetMs: 0 }
}
const visit = { id: 'r-s', round: { id: 'r', name: '督查' }, site: { id: 's', name: '安澜二巷' }, findings: [], state: 'waiting', visit_id: null } as unknown as PackVisit
const checklist = { id: 'c', name: '', items: [{ id: 'i1' }, { id: 'i2' }] } as unknown as PackChecklist
const faults = (count: number, more: Partial<Entry> = {}): Entry => ({ result: { kind: 'faults', count }, phrases: [], note: '', photos: [], ...more })
const picture = (fill: number) => new Blob([new Uint8Array([0xff, 0xd8, 0xff, fill, fill, fill])], { type: 'image/jpeg' })
const taken = async (maker: Maker, fill: number) => (await keepPhoto(maker.owner, picture(fill), 'a.jpg', 'camera', 0, null)).sha256
const report = (title: string, photos: string[] = []) => ({ work: { kind: 'report_problem' as const, source: 'grid_patrol', title, category: '其他', photos }, photos, about: title, group: 'report' })
const states = async (maker: Maker) => (await commandsOf(maker.owner)).map((row) => row.state)
const open = async (maker: Maker) => (await commandsOf(maker.owner)).filter((row) => row.state !== 'applied')
const refusedOf = async (maker: Maker): Promise<CommandRow> => (await commandsOf(maker.owner)).find((row) => row.state === 'refused')!
const counts = (finding: Finding | undefined) => JSON.parse(finding?.result ?? 'null')?.count
const there = (city: ReturnType<typeof cityOf>) => [...city.visits.values()][0]!

async function started(maker: Maker) {
  await unpack(maker.owner, { cursor: 1, reset: true, visits: [visit], checklists: [], problems: [], patrols: [], removed: [] })
  const work = await begin(maker, visit)
  await placed(maker.owner, visit.id, null)
  return work
}

/** A visit whose first item another device of the same person has marked otherwise, and which was finished without knowing it. */
async function clashing(mine: Entry) {
  const [maker, city] = [someone(), cityOf()]
  let work = await started(maker)
  work = await mark(maker, work, visit, 'i1', faults(1))
  await sendAll(maker.owner, city.wire)
  there(city).findings.set('i1', { result: '{"kind":"faults","count":7}', phrase: '垃圾', note: '', photos: ['theirs'] })
  work = await mark(maker, work, visit, 'i1', mine)
  work = await mark(maker, work, visit, 'i2', faults(0))
  await finish(maker, work, visit, checklist)
  await sendAll(maker.owner, city.wire)
  expect((await refusedOf(maker)).receipt?.code).toBe('finding_clash')
  expect(there(city).finished).toBe(0)
  return { maker, city }
}

describe('a mark on top of one that was sent', () => {
  it('keeps what it stands upon when it is replaced before it leaves', async () => {
    const [maker, city] = [someone(), cityOf()]
    const [first, second] = [await taken(maker, 1), await taken(maker, 2)]
    let work = await started(maker)
    work = await mark(maker, work, visit, 'i1', faults(1, { phrases: ['烟头'], note: '门口', photos: [first] }))
    await sendAll(maker.owner, city.wire)
    work = await mark(maker, work, visit, 'i1', faults(2, { phrases: ['烟头'], note: '门口', photos: [first, second] }))
    work = await mark(maker, work, visit, 'i1', faults(3, { phrases: ['垃圾'], note: '', photos: [second] }))
    work = await mark(maker, work, visit, 'i2', faults(0))
    await finish(maker, work, visit, checklist)
    await sendAll(maker.owner, city.wire)
    expect(await open(maker)).toEqual([])
    expect(there(city).findings.get('i1'), 'a photograph taken out stays out').toEqual({ result: '{"kind":"faults","count":3}', phrase: '垃圾', note: '', photos: [second] })
    expect(there(city).finished).toBe(1)
  })

  it('is begun once, however often it is pressed at the same time', async () => {
    const maker = someone()
    await Promise.all([begin(maker, visit), begin(maker, visit), begin(maker, visit)])
    expect(await states(maker)).toEqual(['waiting'])
  })

  it('is finished once, in two windows too', async () => {
    const [maker, city] = [someone(), cityOf()]
    let work = await started(maker)
    for (const item of ['i1', 'i2']) work = await mark(maker, work, visit, item, faults(0))
    await Promise.all([finish(maker, work, visit, checklist), finish(maker, work, visit, checklist)])
    await sendAll(maker.owner, city.wire)
    expect([await open(maker), there(city).finished]).toEqual([[], 1])
  })
})

describe('where a visit was begun', () => {
  it('goes with its beginning, which waits a little for it', async () => {
    const [maker, city] = [someone(), cityOf()]
    await begin(maker, visit)
    await sendAll(maker.owner, city.wire)
    expect(city.visits.size, 'nothing has left').toBe(0)
    const spot = { longitude: 120.1, latitude: 30.2, accuracy_m: 12, datum: 'wgs84' as const }
    await placed(maker.owner, visit.id, spot)
    await sendAll(maker.owner, city.wire)
    expect(there(city).position).toEqual(spot)
  })

  it('is waited for no longer than that, and not at all by a clock that was put back', async () => {
    const maker = someone()
    await begin(maker, visit)
    const rows = await commandsOf(maker.owner)
    const now = Date.now()
    expect(ready(rows, new Map(), now)).toEqual([])
    expect(ready(rows, new Map(), now + PLACING + 1)).toHaveLength(1)
    expect(ready(rows, new Map(), now - 3_600_000)).toHaveLength(1)
  })
})

describe('a clash', () => {
  it('is resolved by keeping mine: the visit arrives with it, pictures of both sides stay', async () => {
    const { maker, city } = await clashing(faults(2, { note: '我的' }))
    await sendAgain(maker.owner, (await refusedOf(maker)).id)
    await sendAll(maker.owner, city.wire)
    expect(await open(maker)).toEqual([])
    expect(there(city).findings.get('i1')).toEqual({ result: '{"kind":"faults","count":2}', phrase: '', note: '我的', photos: ['theirs'] })
    expect(there(city).finished).toBe(1)
    expect((await workOf(maker.owner, visit.id))?.entries.i1?.result).toEqual({ kind: 'faults', count: 2 })
  })

  it('is resolved by taking theirs: what was photographed here is added', async () => {
    for (const photographed of [false, true]) {
      const shot = photographed ? await taken({ ...someone(), owner: `yunxi:r${people + 1}` }, 3) : null
      const { maker, city } = await clashing(faults(2, { photos: shot ? [shot] : [] }))
      await takeTheirs(maker.owner, (await refusedOf(maker)).id)
      await sendAll(maker.owner, city.wire)
      expect(await open(maker)).toEqual([])
      expect(there(city).findings.get('i1')).toEqual({ result: '{"kind":"faults","count":7}', phrase: '垃圾', note: '', photos: shot ? ['theirs', shot] : ['theirs'] })
      expect(there(city).finished).toBe(1)
      expect((await workOf(maker.owner, visit.id))?.entries.i1?.result).toEqual({ kind: 'faults', count: 7 })
    }
  })

  it('is resolved by answering anew, and nothing is given up until then', async () => {
    const { maker, city } = await clashing(faults(2))
    const refused = await refusedOf(maker)
    expect(await doAnew(maker.owner, refused.id)).toBe('/m/visit/r-s?item=i1')
    expect((await commandsOf(maker.owner)).some((row) => row.id === refused.id)).toBe(true)
    let work = (await workOf(maker.owner, visit.id))!
    expect(work.finish).toBeNull()
    work = await mark(maker, work, visit, 'i1', faults(5))
    await finish(maker, work, visit, checklist)
    await sendAll(maker.owner, city.wire)
    expect(await open(maker)).toEqual([])
    expect([counts(there(city).findings.get('i1')), there(city).finished]).toEqual([5, 1])
  })

  it('is dropped: the visit is open again, and goes on', async () => {
    const { maker, city } = await clashing(faults(2))
    await drop(maker.owner, (await refusedOf(maker)).id)
    const work = (await workOf(maker.owner, visit.id))!
    expect([work.finish, work.entries.i1?.result]).toEqual([null, { kind: 'faults', count: 1 }])
    await finish(maker, work, visit, checklist)
    await sendAll(maker.owner, city.wire)
    expect([await open(maker), counts(there(city).findings.get('i1')), there(city).finished]).toEqual([[], 7, 1])
  })

  it('of an item marked on after it is one decision', async () => {
    const { maker, city } = await clashing(faults(2))
    await doAnew(maker.owner, (await refusedOf(maker)).id)
    // Marked again in a window that does not know of the refusal.
    const row = await refusedOf(maker)
    await enqueue(maker, { work: { kind: 'mark_item', visit_id: null, item_id: 'i1', mark: { result: { kind: 'faults', count: 9 }, phrase: '', note: '', photos: [] }, base: (row.work as Extract<Work, { kind: 'mark_item' }>).mark }, parents: [...row.parents.slice(0, 1), row.id], about: '', group: 'r-s' })
    await sendAgain(maker.owner, row.id)
    await sendAll(maker.owner, city.wire)
    expect([await open(maker), counts(there(city).findings.get('i1'))]).toEqual([[], 9])
  })
})

describe('other work that was refused', () => {
  const order = (version: number, photos: string[] = []) => ({ work: { kind: 'command_problem' as const, problem_id: 'p', version, order: { command: 'submit', note: '已清' } as never, photos }, photos, about: '问题', group: 'p' })

  it('of a problem that moved on is sent upon what it has become, with what follows it', async () => {
    const maker = someone()
    const first = await enqueue(maker, order(3))
    const child = await enqueue(maker, { ...order(4), parents: [first.id] })
    const receipt = { id: first.id, receipt: 'refused', status: 409, missing: [], code: 'problem_moved_on', data: { since: [{}, {}], version: 5 } } as unknown as CommandReceipt
    await (await base()).put('command', { ...first, state: 'refused', receipt })
    await sendAgain(maker.owner, first.id)
    const rows = await commandsOf(maker.owner)
    expect(rows.map((row) => [row.id, row.state, row.work.kind === 'command_problem' && row.work.version])).toEqual([[first.id, 'waiting', 5], [child.id, 'waiting', 6]])
    for (const row of rows) expect(JSON.parse(row.text).work).toEqual(row.work)
  })

  it('is entered anew from what was entered, at its own time, and arrives once', async () => {
    const [maker, city] = [someone(), cityOf()]
    city.fates.refuse = 'report_problem'
    const shot = await taken(maker, 4)
    const bad = await enqueue(maker, report('乱堆', [shot]))
    await sendAll(maker.owner, city.wire)
    expect(await doAnew(maker.owner, bad.id)).toBe(`/m/report?again=${bad.id}`)
    expect(await states(maker), 'still there while it is being filled in').toEqual(['refused'])
    city.fates.refuse = null
    await keepDraft(maker.owner, 'report', { title: '乱堆乱放', photos: [shot] })
    const next = await enqueue(maker, report('乱堆乱放', [shot]), { of: bad.id, note: draftKey(maker.owner, 'report') })
    expect([next.madeAt, await draftOf(maker.owner, 'report')]).toEqual([bad.madeAt, null])
    await sendAll(maker.owner, city.wire)
    expect([await states(maker), city.applied.size]).toEqual([['applied'], 1])
  })

  it('leaves a visit whose beginning was given up to be begun again', async () => {
    const [maker, city] = [someone(), cityOf()]
    city.fates.refuse = 'start_visit'
    await mark(maker, await started(maker), visit, 'i1', faults(1))
    await sendAll(maker.owner, city.wire)
    await drop(maker.owner, (await refusedOf(maker)).id)
    expect([await states(maker), await workOf(maker.owner, visit.id)]).toEqual([[], undefined])
  })

  it('hangs on something that nobody will send: it is shown, holds nobody up, and goes when its person says so', async () => {
    const [maker, city] = [someone(), cityOf()]
    for (let i = 0; i < 45; i += 1) await enqueue(maker, { ...report(`${i}`), parents: ['given-up-long-ago'] })
    await enqueue(maker, report('好'))
    for (let i = 0; i < 3; i += 1) await sendAll(maker.owner, city.wire)
    const rows = await commandsOf(maker.owner)
    expect(rows.filter((row) => row.state === 'refused')).toHaveLength(45)
    expect(rows.at(-1)?.state).toBe('applied')
    await sendAgain(maker.owner, rows[0]!.id)
    await sendAll(maker.owner, city.wire)
    expect((await commandsOf(maker.owner))[0]?.state).toBe('applied')
  })
})

describe('photographs', () => {
  it('that were refused are shown with the reason, and removed from what waits for them', async () => {
    const maker = someone()
    const [bad, good] = [await taken(maker, 5), await taken(maker, 6)]
    const city = cityOf(undefined, (sha256) => sha256 === bad)
    const work = await mark(maker, await started(maker), visit, 'i1', faults(1, { photos: [bad, good] }))
    await mark(maker, work, visit, 'i2', faults(0))
    await finish(maker, (await workOf(maker.owner, visit.id))!, visit, checklist)
    await enqueue(maker, report('乱堆', [bad]))
    await keepDraft(maker.owner, 'report', { title: '又一处', photos: [bad] })
    await sendAll(maker.owner, city.wire)
    const shot = (await photosOf(maker.owner)).find((photo) => photo.sha256 === bad)
    expect([shot?.state, shot?.reason]).toEqual(['refused', 'damaged'])
    expect((await open(maker)).map((row) => row.work.kind)).toEqual(['mark_item', 'finish_visit', 'report_problem'])
    await removePhoto(maker.owner, bad)
    await sendAll(maker.owner, city.wire)
    expect([await open(maker), there(city).findings.get('i1')?.photos, there(city).finished]).toEqual([[], [good], 1])
    expect((await draftOf(maker.owner, 'report'))?.photos).toEqual([])
  })

  it('that were refused once may be tried again', async () => {
    const maker = someone()
    const shot = await taken(maker, 7)
    let refuses = true
    const city = cityOf(undefined, () => refuses)
    await enqueue(maker, report('乱堆', [shot]))
    await sendAll(maker.owner, city.wire)
    refuses = false
    await retryPhoto(maker.owner, shot)
    await sendAll(maker.owner, city.wire)
    expect([await states(maker), city.media.has(shot)]).toEqual([['applied'], true])
  })

  it('wait where the person is refused, and not the photograph', async () => {
    const maker = someone()
    const shot = await taken(maker, 8)
    await enqueue(maker, report('乱堆', [shot]))
    const wire = { ...cityOf().wire, begin: () => Promise.reject(new WireError(403, 'membership_missing', '')) }
    expect((await sendAll(maker.owner, wire)).stopped?.code).toBe('membership_missing')
    expect((await photosOf(maker.owner))[0]?.state).toBe('waiting')
  })

  it('damaged on the phone itself are said to be, and what was damaged on the way is sent again', async () => {
    const [maker, city] = [someone(), cityOf()]
    const shot = await taken(maker, 9)
    await enqueue(maker, report('乱堆', [shot]))
    const { begin: announce, piece } = city.wire
    let once = true
    const wire = { ...city.wire, begin: announce, piece: (...args: Parameters<typeof piece>) => (once ? ((once = false), Promise.reject(new WireError(422, 'upload_hash_differs', ''))) : piece(...args)) }
    expect((await sendAll(maker.owner, wire)).stopped?.code).toBe('upload_hash_differs')
    await sendAll(maker.owner, wire)
    expect(await states(maker)).toEqual(['applied'])
    const other = someone()
    const rotten = await taken(other, 10)
    await enqueue(other, report('乱堆', [rotten]))
    await (await base()).put('photo', { owner: other.owner, sha256: rotten, bytes: new Uint8Array(6).buffer })
    await sendAll(other.owner, city.wire)
    expect((await photosOf(other.owner))[0]).toMatchObject({ state: 'refused', reason: 'lost' })
  })

  it('are looked at when they are taken: too large, or none', async () => {
    const maker = someone()
    await expect(keepPhoto(maker.owner, new Blob(['%PDF-1.4 .....']), 'a.jpg', 'gallery', 0, null)).rejects.toBeInstanceOf(NoPhoto)
    await expect(keepPhoto(maker.owner, { size: 33 * 1024 * 1024 } as Blob, 'a.jpg', 'gallery', 0, null)).rejects.toMatchObject({ why: 'too_large' })
  })

  it('leave the phone once everything that names them is accepted, and no sooner', async () => {
    const [maker, city] = [someone(), cityOf()]
    const [shot, other, waits] = [await taken(maker, 11), await taken(maker, 12), await taken(maker, 13)]
    const bytes = async () => (await (await base()).getAllKeysFromIndex('photo', 'owner', maker.owner)).map(([, sha256]) => sha256).sort()
    let work = await mark(maker, await started(maker), visit, 'i1', faults(1, { photos: [shot] }))
    work = await mark(maker, work, visit, 'i2', faults(0))
    await enqueue(maker, report('乱堆', [other]))
    await sendAll(maker.owner, city.wire)
    await letGo(maker.owner)
    expect(await bytes(), 'the visit is not over').toEqual([shot, waits].sort())
    await finish(maker, work, visit, checklist)
    await enqueue(maker, { ...report('再一处', [shot]), parents: [] })
    await letGo(maker.owner)
    expect(await bytes(), 'something waits that names it').toEqual([shot, waits].sort())
    await sendAll(maker.owner, city.wire)
    await letGo(maker.owner)
    expect(await bytes(), 'one that nothing names yet stays').toEqual([waits])
    expect((await photosOf(maker.owner)).map((photo) => photo.sha256).sort(), 'the list still shows them').toEqual([shot, other, waits].sort())
    await letGo(maker.owner, Date.now() + 4 * 24 * 3_600_000)
    expect(await bytes()).toEqual([])
  })

  it('and answers of a visit that is nobody’s task here any more, once the server has them all', async () => {
    const [maker, city] = [someone(), cityOf()]
    const work = await mark(maker, await started(maker), visit, 'i1', faults(1))
    await sendAll(maker.owner, city.wire)
    await mark(maker, work, visit, 'i2', faults(2))
    await unpack(maker.owner, { cursor: 2, reset: false, visits: [], checklists: [], problems: [], patrols: [], removed: [{ kind: 'visit', id: visit.id }] })
    await letGo(maker.owner)
    expect((await workOf(maker.owner, visit.id))?.entries.i2, 'one answer waits').toBeDefined()
    await sendAll(maker.owner, city.wire)
    await letGo(maker.owner)
    expect(await workOf(maker.owner, visit.id), 'it may still be finished').toBeDefined()
    await letGo(maker.owner, Date.now() + 4 * 24 * 3_600_000)
    expect(await workOf(maker.owner, visit.id)).toBeUndefined()
  })

  it('and commands of a long time leave the list, never what waits', async () => {
    const [maker, city] = [someone(), cityOf()]
    const shot = await taken(maker, 14)
    await enqueue(maker, report('最早', [shot]))
    for (let i = 0; i < KEPT; i += 1) await enqueue(maker, report(`${i}`))
    await sendAll(maker.owner, city.wire)
    const waits = await enqueue(maker, report('还没发'))
    await letGo(maker.owner)
    const rows = await commandsOf(maker.owner)
    expect([rows.length, rows.some((row) => row.about === '最早'), rows.at(-1)?.id]).toEqual([KEPT + 1, false, waits.id])
    expect(await photosOf(maker.owner)).toEqual([])
  })
})

it('a phone that is cleared has nothing left of that person, and everything of others', async () => {
  const [maker, other] = [someone(), someone()]
  for (const one of [maker, other]) {
    await mark(one, await started(one), visit, 'i1', faults(1, { photos: [await taken(one, 15)] }))
    await keepDraft(one.owner, 'report', { title: '草稿', photos: [] })
  }
  await wipeAll(maker.owner)
  const db = await base()
  for (const room of ['command', 'photo', 'shot', 'work', 'pack'] as const) {
    expect(await db.getAllKeysFromIndex(room, 'owner', maker.owner), room).toEqual([])
    expect((await db.getAllKeysFromIndex(room, 'owner', other.owner)).length, room).toBeGreaterThan(0)
  }
  const notes = await db.getAllKeys('note')
  expect([notes.some((key) => key.includes(maker.owner)), notes.some((key) => key.includes(other.owner))]).toEqual([false, true])
})
