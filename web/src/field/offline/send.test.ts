import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import type { CommandReceipt } from '@/api/schema'
import { base, commandsOf } from './base'
import { exportWork, importWork, NoHandover, OthersWork } from './handover'
import { hashOf } from './hash'
import { enqueue, type Maker } from './outbox'
import { keepPhoto } from './photo'
import { sendAll, WireError, type Wire } from './send'
import { drop } from './resolve'
import { begin, finish, mark, placed } from './visiting'

let people = 0
const someone = (): Maker => {
  people += 1
  return { owner: `yunxi:${people}`, person: `p${people}`, personName: `人${people}`, offsetMs: 1500 }
}
const report = (title: string, photos: string[] = []) => ({
  work: { kind: 'report_problem' as const, source: 'grid_patrol', title, category: '其他', photos },
  photos,
  about: title,
  group: 'report',
})

/** A chance that can be repeated. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

/** A server that applies each command once and keeps photographs by their hash, behind a connection that fails at will. */
function cityBehind(fails: () => boolean) {
  const parts = new Map<string, Uint8Array>()
  const media = new Map<string, string>()
  const applied = new Map<string, string>()
  const order: string[] = []
  const broken = () => new WireError(0, 'network', '')
  async function through<T>(work: () => Promise<T>): Promise<T> {
    if (fails()) throw broken()
    const answer = await work()
    if (fails()) throw broken()
    return answer
  }
  const viewOf = (sha256: string, size: number) => ({ sha256, size, offset: media.has(sha256) ? size : (parts.get(sha256)?.length ?? 0), media_id: media.get(sha256) ?? null })
  const wire: Wire = {
    begin: (photo) => through(async () => viewOf(photo.sha256, photo.size)),
    piece: (photo, offset, bytes) =>
      through(async () => {
        const had = parts.get(photo.sha256) ?? new Uint8Array()
        if (offset !== had.length) throw new WireError(409, 'upload_offset', '', { offset: had.length })
        const all = new Uint8Array([...had, ...new Uint8Array(bytes)])
        parts.set(photo.sha256, all)
        if (all.length === photo.size) media.set(photo.sha256, await hashOf(all.buffer))
        return viewOf(photo.sha256, photo.size)
      }),
    commands: (body) =>
      through(async () => {
        const batch = JSON.parse(body) as { commands: { id: string; parents: string[]; body_hash: string; work: { title?: string; mark?: { photos: string[] }; photos?: string[] } }[] }
        const receipts: CommandReceipt[] = []
        for (const command of batch.commands) {
          const receipt = (state: CommandReceipt['receipt'], missing: string[] = []): CommandReceipt => ({ id: command.id, receipt: state, status: 200, missing })
          const photos = command.work.mark?.photos ?? command.work.photos ?? []
          const missing = photos.filter((sha256) => !media.has(sha256))
          expect(await hashOf(body.slice(body.indexOf('"work":', body.indexOf(command.id)) + 7).slice(0, JSON.stringify(command.work).length)), 'the hash is of the text as sent').toBe(command.body_hash)
          if (command.work.title === '拒') receipts.push({ ...receipt('refused'), code: 'refused', message: '不收' })
          else if (!command.parents.every((parent) => applied.has(parent))) receipts.push(receipt('held'))
          else if (missing.length) receipts.push(receipt('media_missing', missing))
          else {
            if (!applied.has(command.id)) {
              applied.set(command.id, JSON.stringify(command.work))
              order.push(command.id)
            }
            receipts.push(receipt('applied'))
          }
        }
        return { receipts, now: '2026-03-02T01:00:00Z' }
      }),
  }
  return { wire, applied, media, order }
}

const picture = (size: number, fill: number) => new Blob([new Uint8Array(size).fill(fill).fill(0xff, 0, 1).fill(0xd8, 1, 2).fill(0xff, 2, 3)], { type: 'image/jpeg' })

describe('the outbox', () => {
  it('delivers everything once, whatever is cut off on the way', async () => {
    for (let seed = 1; seed <= 12; seed += 1) {
      const next = chance(seed)
      const maker = someone()
      const city = cityBehind(() => next() < 0.3)
      const photo = await keepPhoto(maker.owner, picture(420_000, seed), 'a.jpg', 'camera', 0, null)
      const first = await enqueue(maker, report('一', [photo.sha256]))
      const child = await enqueue(maker, { ...report('二'), parents: [first.id] })
      await enqueue(maker, report('三'))
      for (let turn = 0; turn < 200 && (await commandsOf(maker.owner)).some((row) => row.state !== 'applied'); turn += 1) await sendAll(maker.owner, city.wire)
      expect((await commandsOf(maker.owner)).map((row) => row.state), `seed ${seed}`).toEqual(['applied', 'applied', 'applied'])
      expect(city.applied.size, `seed ${seed}`).toBe(3)
      expect(city.order.indexOf(first.id)).toBeLessThan(city.order.indexOf(child.id))
      expect(city.media.get(photo.sha256), 'byte for byte').toBe(photo.sha256)
    }
  }, 60_000)

  it('keeps a refused command and what hangs on it, until its person decides', async () => {
    const maker = someone()
    const city = cityBehind(() => false)
    const bad = await enqueue(maker, report('拒'))
    const child = await enqueue(maker, { ...report('下'), parents: [bad.id] })
    await enqueue(maker, report('好'))
    await sendAll(maker.owner, city.wire)
    expect((await commandsOf(maker.owner)).map((row) => row.state)).toEqual(['refused', 'waiting', 'applied'])
    expect(city.applied.has(child.id)).toBe(false)
    await drop(maker.owner, bad.id)
    expect((await commandsOf(maker.owner)).map((row) => row.about), 'what was entered behind it stays').toEqual(['下', '好'])
    await sendAll(maker.owner, city.wire)
    expect(city.applied.has(child.id), 'and goes by itself').toBe(true)
  })

  it('sends nothing of one person as another', async () => {
    const [mine, other] = [someone(), someone()]
    const city = cityBehind(() => false)
    await enqueue(mine, report('我的'))
    await sendAll(other.owner, city.wire)
    expect(city.applied.size).toBe(0)
    await sendAll(mine.owner, city.wire)
    expect(city.applied.size).toBe(1)
  })

  it('is handed over as a file, to the same person only', async () => {
    const maker = someone()
    const photo = await keepPhoto(maker.owner, picture(5000, 7), 'a.jpg', 'camera', 0, null)
    await enqueue(maker, report('一', [photo.sha256]))
    const file = await exportWork(maker.owner)
    await (await base()).clear('command')
    await (await base()).clear('photo')
    await (await base()).clear('shot')
    await expect(importWork('yunxi:nobody', file)).rejects.toBeInstanceOf(OthersWork)
    await expect(importWork(maker.owner, new Blob(['etwas']))).rejects.toBeInstanceOf(NoHandover)
    expect(await importWork(maker.owner, file)).toBe(1)
    const city = cityBehind(() => false)
    await sendAll(maker.owner, city.wire)
    expect(city.media.get(photo.sha256)).toBe(photo.sha256)
    expect(city.applied.size).toBe(1)
  })
})

describe('a visit on the phone', () => {
  const visit = { id: 'r-s', round: { id: 'r', name: '督查' }, site: { id: 's', name: '安澜二巷' }, findings: [], state: 'waiting', visit_id: null } as unknown as Parameters<typeof begin>[1]
  const entry = (count: number) => ({ result: { kind: 'faults' as const, count }, phrases: [], note: '', photos: [] })

  it('replaces a mark that has not left, and follows one that has with what stood there', async () => {
    const maker = someone()
    let work = await begin(maker, visit)
    await placed(maker.owner, visit.id, null)
    work = await mark(maker, work, visit, 'i1', entry(1))
    work = await mark(maker, work, visit, 'i1', entry(2))
    expect((await commandsOf(maker.owner)).map((row) => row.work.kind)).toEqual(['start_visit', 'mark_item'])
    await sendAll(maker.owner, cityBehind(() => true).wire)
    work = await mark(maker, work, visit, 'i1', entry(3))
    const rows = await commandsOf(maker.owner)
    expect(rows).toHaveLength(3)
    expect(rows[2]?.work).toMatchObject({ base: { result: { count: 2 } }, mark: { result: { count: 3 } } })
    expect(rows[2]?.parents).toEqual([rows[0]?.id, rows[1]?.id])
    await finish(maker, work, visit, { id: 'c', name: '', items: [{ id: 'i1' }] } as unknown as Parameters<typeof finish>[3])
    const end = (await commandsOf(maker.owner)).at(-1)
    expect(end?.parents).toEqual([rows[0]?.id, rows[2]?.id])
    expect(end?.work).toMatchObject({ kind: 'finish_visit', seen: ['i1'] })
  })
})

