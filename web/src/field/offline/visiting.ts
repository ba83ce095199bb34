/** A visit on the phone: begun, marked, finished without asking anybody. Each of them is one step: a page that dies has taken it or not. */
import type { PackChecklist, PackVisit } from '@/api/schema'
import { base, PLACING, writing, type CommandRow, type Entry, type Owner, type Spot, type VisitWork, type Writing } from './base'
import { emptyEntry, entryOfMark, markOf, plain, same } from './entry'
import { rewritten } from './envelope'
import { place, reopened, swap, type Maker } from './outbox'

export { emptyEntry, markOf }

export async function workOf(owner: Owner, key: string): Promise<VisitWork | undefined> {
  return (await base()).get('work', [owner, key])
}

export async function worksOf(owner: Owner): Promise<VisitWork[]> {
  return (await base()).getAllFromIndex('work', 'owner', owner)
}

/** Begins a visit, or comes back to the one under way, here or on the server. Where it was begun is told by [`placed`]. */
export async function begin(maker: Maker, visit: PackVisit): Promise<VisitWork> {
  return writing(['command', 'note', 'work'], async (tx) => {
    const known = await tx.objectStore('work').get([maker.owner, visit.id])
    if (known) return known
    const entries: Record<string, Entry> = {}
    const sent: VisitWork['sent'] = {}
    for (const finding of visit.findings) {
      const entry = entryOfMark(finding)
      entries[finding.item_id] = entry
      sent[finding.item_id] = { command: '', entry }
    }
    const there = visit.state === 'visiting' && visit.visit_id ? visit.visit_id : null
    const start = there ? null : await place(tx, maker, { work: { kind: 'start_visit', round_id: visit.round.id, site_id: visit.site.id, position: null }, about: visit.site.name, group: visit.id })
    if (start) await tx.objectStore('command').put({ ...start, until: Date.now() + PLACING })
    const work: VisitWork = { owner: maker.owner, key: visit.id, start: start?.id ?? null, visitId: there, entries, sent, finish: null, begunAt: new Date().toISOString() }
    await tx.objectStore('work').put(plainWork(work))
    return work
  })
}

const plainWork = (work: VisitWork): VisitWork => JSON.parse(JSON.stringify(work)) as VisitWork

/** Says where a visit was begun, or that the phone does not know: its beginning may go. Once it has left nothing is added. */
export async function placed(owner: Owner, key: string, position: Spot | null): Promise<void> {
  await writing(['command', 'work'], async (tx) => {
    const work = await tx.objectStore('work').get([owner, key])
    const start = work?.start ? await tx.objectStore('command').get(work.start) : undefined
    if (!start || start.work.kind !== 'start_visit' || start.attempts > 0) return
    const { until: _, ...row } = start
    await tx.objectStore('command').put(position && !start.work.position ? rewritten(row, { work: { ...start.work, position } }) : row)
  })
}

/** What stood there as far as this phone knows, and the command that put it there. */
interface Ground {
  base: Entry | null
  parents: string[]
  /** Never carried out: the new mark takes their place. */
  instead: CommandRow[]
}

async function groundOf(tx: Writing, work: VisitWork, item: string): Promise<Ground> {
  const start = work.start ? [work.start] : []
  const before = work.sent[item]
  if (!before) return { base: null, parents: start, instead: [] }
  const row = before.command ? await tx.objectStore('command').get(before.command) : undefined
  const mark = row?.work.kind === 'mark_item' ? row.work : null
  const never = row !== undefined && mark !== null && (row.state === 'refused' || (row.state === 'waiting' && row.attempts === 0))
  if (!never) return { base: before.entry, parents: [...start, ...(before.command ? [before.command] : [])], instead: [] }
  // What was refused against something else that stands there has been seen with both sides.
  const theirs = row.state === 'refused' ? theirsOf(row) : null
  return { base: theirs ?? (mark.base ? entryOfMark(mark.base) : null), parents: row.parents, instead: [row] }
}

/** What stands on the server instead, as a clash told it; its photographs are none of this phone's. */
export function theirsOf(row: CommandRow): Entry | null {
  const told = (row.receipt?.data ?? {}) as { theirs?: { result: Entry['result']; phrase?: string; note?: string } }
  if (row.receipt?.code !== 'finding_clash' || !told.theirs?.result) return null
  return { ...entryOfMark({ result: told.theirs.result, phrase: told.theirs.phrase ?? '', note: told.theirs.note ?? '', photos: [] }) }
}

/** Writes a mark of an entry into the step under way: one that has not been carried out is replaced, together with what it stood upon. */
async function put(tx: Writing, maker: Maker, work: VisitWork, about: string, item: string, entry: Entry): Promise<VisitWork> {
  const ground = await groundOf(tx, work, item)
  const made = await place(tx, maker, {
    work: { kind: 'mark_item', visit_id: work.visitId, item_id: item, mark: markOf(entry), ...(ground.base?.result ? { base: markOf(ground.base) } : {}) },
    parents: ground.parents,
    photos: entry.photos,
    about,
    group: work.key,
  })
  if (ground.instead.length) await swap(tx, ground.instead, made)
  return { ...work, entries: { ...work.entries, [item]: entry }, sent: { ...work.sent, [item]: { command: made.id, entry } } }
}

/** Marks an item. A mark that has not left the phone is replaced; one that has is followed by another that names what stood there. */
export async function mark(maker: Maker, work: VisitWork, visit: PackVisit, itemId: string, given: Entry): Promise<VisitWork> {
  const entry = plain(given)
  return writing(['command', 'note', 'work'], async (tx) => {
    const kept = (await tx.objectStore('work').get([maker.owner, work.key])) ?? work
    // Marked again after its end was written down (in another window): the end is to be pressed again.
    const open = kept.finish ? await reopened(tx, kept) : kept
    const next = entry.result ? await put(tx, maker, open, visit.site.name, itemId, entry) : { ...open, entries: { ...open.entries, [itemId]: entry } }
    await tx.objectStore('work').put(plainWork(next))
    return next
  })
}

/** Finishes a visit with the checklist as it was seen here; an answer that no command carries gets its own. */
export async function finish(maker: Maker, work: VisitWork, visit: PackVisit, checklist: PackChecklist): Promise<VisitWork> {
  return writing(['command', 'note', 'work'], async (tx) => {
    let kept = (await tx.objectStore('work').get([maker.owner, work.key])) ?? work
    if (kept.finish) return kept
    for (const [item, entry] of Object.entries(kept.entries)) {
      const sent = kept.sent[item]
      if (entry.result && !(sent && same(sent.entry, entry))) kept = await put(tx, maker, kept, visit.site.name, item, entry)
    }
    const marks = Object.values(kept.sent).flatMap((one) => (one.command ? [one.command] : []))
    const end = await place(tx, maker, {
      work: { kind: 'finish_visit', visit_id: kept.visitId, seen: checklist.items.map((item) => item.id) },
      parents: [...(kept.start ? [kept.start] : []), ...marks],
      about: visit.site.name,
      group: visit.id,
    })
    const done = { ...kept, finish: end.id }
    await tx.objectStore('work').put(plainWork(done))
    return done
  })
}
