/** A visit on the phone: begun, marked, finished without asking anybody. */
import type { CommandRow } from './base'
import type { FindingBody, Mark, PackChecklist, PackVisit } from '@/api/schema'
import { base, type Entry, type Owner, type Spot, type VisitWork } from './base'
import { PHRASE_MARK } from '@/round/result'
import { enqueue, takeBack, type Maker } from './outbox'


export const emptyEntry = (): Entry => ({ result: null, phrases: [], note: '', photos: [] })

export function markOf(entry: Entry): Mark {
  if (!entry.result) throw new Error('an item without a result cannot be marked')
  return { result: entry.result, phrase: entry.phrases.join(PHRASE_MARK), note: entry.note.trim(), photos: [...entry.photos] }
}

export async function workOf(owner: Owner, key: string): Promise<VisitWork | undefined> {
  return (await base()).get('work', [owner, key])
}

export async function worksOf(owner: Owner): Promise<VisitWork[]> {
  return (await base()).getAllFromIndex('work', 'owner', owner)
}

/** Begins a visit, or comes back to the one under way, here or on the server. */
export async function begin(maker: Maker, visit: PackVisit, position: Spot | null): Promise<VisitWork> {
  const known = await workOf(maker.owner, visit.id)
  if (known) return known
  const entries: Record<string, Entry> = {}
  const sent: VisitWork['sent'] = {}
  for (const finding of visit.findings) {
    const entry = { result: finding.result, phrases: finding.phrase.split(PHRASE_MARK).filter(Boolean), note: finding.note, photos: [...finding.photos] }
    entries[finding.item_id] = entry
    sent[finding.item_id] = { command: '', entry }
  }
  const there = visit.state === 'visiting' && visit.visit_id ? visit.visit_id : null
  const start = there
    ? null
    : await enqueue(maker, {
        work: { kind: 'start_visit', round_id: visit.round.id, site_id: visit.site.id, position },
        about: visit.site.name,
        group: visit.id,
      })
  const work: VisitWork = { owner: maker.owner, key: visit.id, start: start?.id ?? null, visitId: there, entries, sent, finish: null, begunAt: new Date().toISOString() }
  await (await base()).put('work', work)
  return work
}

const parentsOf = (work: VisitWork): string[] => (work.start ? [work.start] : [])

/** Marks an item. A mark that has not left the phone is replaced; one that has is followed by another that names what stood there. */
export async function mark(maker: Maker, work: VisitWork, visit: PackVisit, itemId: string, given: Entry): Promise<VisitWork> {
  const before = work.sent[itemId]
  // A plain copy: what a page watches cannot be kept.
  const entry: Entry = { ...given, result: given.result && (JSON.parse(JSON.stringify(given.result)) as FindingBody), phrases: [...given.phrases], photos: [...given.photos] }
  const next: VisitWork = { ...work, entries: { ...work.entries, [itemId]: entry } }
  if (entry.result) {
    const replaced = before !== undefined && before.command !== '' && (await takeBack(before.command))
    const followed = before !== undefined && !replaced
    const command: CommandRow = await enqueue(maker, {
      work: {
        kind: 'mark_item',
        visit_id: work.visitId,
        item_id: itemId,
        mark: markOf(entry),
        ...(followed ? { base: markOf(before.entry) } : {}),
      },
      parents: [...parentsOf(work), ...(followed && before.command ? [before.command] : [])],
      photos: entry.photos,
      about: visit.site.name,
      group: visit.id,
    })
    next.sent = { ...work.sent, [itemId]: { command: command.id, entry } }
  }
  await (await base()).put('work', next)
  return next
}

/** Finishes a visit with the checklist as it was seen here. */
export async function finish(maker: Maker, work: VisitWork, visit: PackVisit, checklist: PackChecklist): Promise<VisitWork> {
  const marks = Object.values(work.sent).flatMap((one) => (one.command ? [one.command] : []))
  const command = await enqueue(maker, {
    work: { kind: 'finish_visit', visit_id: work.visitId, seen: checklist.items.map((item) => item.id) },
    parents: [...parentsOf(work), ...marks],
    about: visit.site.name,
    group: visit.id,
  })
  const done = { ...work, finish: command.id }
  await (await base()).put('work', done)
  return done
}

/** A visit whose end was refused is open again. */
export async function reopen(owner: Owner, key: string): Promise<void> {
  const work = await workOf(owner, key)
  if (work) await (await base()).put('work', { ...work, finish: null })
}
