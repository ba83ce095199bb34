import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import type { PackChecklist, PackVisit } from '@/api/schema'
import { base, commandsOf, type Entry } from './base'
import { letGo } from './clear'
import { Killed, livingFor } from './killing.testing'
import type { Maker } from './outbox'
import { unpack } from './pack'
import { keepPhoto } from './photo'
import { sendAll, type Wire } from './send'
import { cityOf } from './server.testing'
import { begin, finish, mark, placed, workOf } from './visiting'

let people = 0
const someone = (): Maker => {
  people += 1
  return { owner: `yunxi:k${people}`, person: `k${people}`, personName: `人${people}`, offsetMs: 0 }
}
const visit = { id: 'r-s', round: { id: 'r', name: '督查' }, site: { id: 's', name: '安澜二巷' }, findings: [], state: 'waiting', visit_id: null } as unknown as PackVisit
const checklist = { id: 'c', name: '', items: [{ id: 'i1' }, { id: 'i2' }, { id: 'i3' }] } as unknown as PackChecklist
const faults = (count: number, photos: string[] = []): Entry => ({ result: { kind: 'faults', count }, phrases: [], note: '', photos })
const picture = (fill: number) => new Blob([new Uint8Array([0xff, 0xd8, 0xff, ...Array.from({ length: 600 }, () => fill)])], { type: 'image/jpeg' })

/** What somebody does on a visit, step by step, as the screen leads: whatever is there already is not done again. */
async function visitOnce(maker: Maker, wire: Wire, fill: number): Promise<void> {
  let work = await begin(maker, visit)
  await placed(maker.owner, visit.id, null)
  const shows = async () => (await workOf(maker.owner, visit.id))!
  const set = async (item: string, entry: Entry) => {
    const there = (await shows()).entries[item]
    if (JSON.stringify(there?.result) !== JSON.stringify(entry.result) || entry.photos.some((one) => !there?.photos.includes(one))) work = await mark(maker, work, visit, item, entry)
  }
  if (work.finish === null) {
    const photo = await keepPhoto(maker.owner, picture(fill), 'a.jpg', 'camera', 0, null)
    await set('i1', faults(1))
    await sendAll(maker.owner, wire)
    await set('i1', faults(2))
    await set('i1', faults(3, [photo.sha256]))
    await set('i2', faults(0))
    await set('i2', faults(4))
    await set('i3', faults(5))
    await finish(maker, await shows(), visit, checklist)
  }
  await sendAll(maker.owner, wire)
  await letGo(maker.owner)
}

describe('a browser that is killed', () => {
  it('at any write to the store leaves a visit that goes on, and arrives once', async () => {
    for (const cut of [false, true]) {
      for (let writes = 0; ; writes += 1) {
        const maker = someone()
        await unpack(maker.owner, { cursor: 1, reset: true, visits: [visit], checklists: [], problems: [], patrols: [], removed: [] })
        let [state, bad] = [writes + 1, cut]
        const city = cityOf(() => bad && (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648 < 0.3)
        const life = livingFor(writes)
        let died = false
        await visitOnce(maker, city.wire, 7).catch((error: unknown) => {
          if (!(error instanceof Killed) && !(error instanceof DOMException)) throw error
          died = true
        })
        // A send reports its end instead of throwing it.
        died = died || life.dead()
        life.end()
        for (let again = 0; again < 6; again += 1) await visitOnce(maker, city.wire, 7)
        bad = false
        for (let again = 0; again < 2; again += 1) await visitOnce(maker, city.wire, 7)
        const told = `killed at write ${writes}${cut ? ', connection cut' : ''}`
        expect((await commandsOf(maker.owner)).filter((row) => row.state !== 'applied'), told).toEqual([])
        expect(city.seen.filter((receipt) => receipt.receipt === 'refused'), told).toEqual([])
        expect([...city.visits.values()].map((one) => one.finished), told).toEqual([1])
        const findings = [...city.visits.values()][0]!.findings
        expect(['i1', 'i2', 'i3'].map((item) => JSON.parse(findings.get(item)!.result).count), told).toEqual([3, 4, 5])
        expect(findings.get('i1')!.photos.length, told).toBe(1)
        expect(await (await base()).get('photo', [maker.owner, findings.get('i1')!.photos[0]!]), told).toBeUndefined()
        if (!died) break
      }
    }
  }, 120_000)
})
