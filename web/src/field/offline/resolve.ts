/**
 * What its person decides about work that was not accepted: keep it against what stands there, take what stands there, send it
 * again as it is, do it anew, drop it. Each decision is one step, and leaves the record of the visit as true as before.
 */
import { newId } from '@/api/client'
import type { Mark, Work } from '@/api/schema'
import { writing, type CommandRow, type Entry, type Owner, type Room, type VisitWork, type Writing } from './base'
import { draftsOf, type Draft } from './draft'
import { entryOfMark, markOf } from './entry'
import { rewritten } from './envelope'
import { chain, cut, fresh, reopened, swap } from './outbox'
import { theirsOf } from './visiting'

const ROOMS: Room[] = ['command', 'shot', 'photo', 'work', 'note']

/** Work of one of the kinds. */
type WorkOf<Kind extends Work['kind']> = Extract<Work, { kind: Kind }>

/** A decision about a command of this person that was refused; about anything else nothing is done. */
async function decide<T>(owner: Owner, id: string, otherwise: T, how: (tx: Writing, row: CommandRow) => Promise<T>): Promise<T> {
  return writing(ROOMS, async (tx) => {
    const row = await tx.objectStore('command').get(id)
    return row && row.owner === owner && row.state === 'refused' ? how(tx, row) : otherwise
  })
}

/** What the server said of a problem that went on meanwhile. */
const moved = (row: CommandRow) => (row.receipt?.code === 'problem_moved_on' ? ((row.receipt.data ?? {}) as { version?: number; since?: unknown[] }) : null)

/** Whether both sides are known, so that one can be kept. */
export const clashes = (row: CommandRow): boolean => theirsOf(row) !== null || moved(row) !== null

/** Sends it again: against what stands there now, where the server has said what that is. */
export async function sendAgain(owner: Owner, id: string): Promise<void> {
  await decide(owner, id, undefined, async (tx, row) => {
    await wakePhotos(tx, row)
    const theirs = theirsOf(row)
    if (theirs && row.work.kind === 'mark_item') return keepMine(tx, row, theirs)
    const since = moved(row)
    if (since && row.work.kind === 'command_problem') return upon(tx, row, since.version ?? row.work.version + (since.since?.length ?? 0))
    await tx.objectStore('command').put(fresh(row.receipt?.code === 'sync_parent_open' ? await withoutGone(tx, row) : row))
  })
}

/** Photographs that were refused are tried with it. */
async function wakePhotos(tx: Writing, row: CommandRow): Promise<void> {
  for (const sha256 of row.photos) {
    const shot = await tx.objectStore('shot').get([row.owner, sha256])
    if (shot?.state === 'refused') await tx.objectStore('shot').put({ ...shot, state: 'waiting', reason: '' })
  }
}

/** What it hung on is nowhere any more: it goes by itself. */
async function withoutGone(tx: Writing, row: CommandRow): Promise<CommandRow> {
  const named = (row.receipt?.data as { parent?: string } | null | undefined)?.parent
  const parents: string[] = []
  for (const parent of row.parents) if (parent !== named || (await tx.objectStore('command').getKey(parent))) parents.push(parent)
  return rewritten(row, { parents })
}

/** The newest that was said here goes on top of theirs, in one command; pictures of both sides stay. */
async function keepMine(tx: Writing, row: CommandRow, theirs: Entry, mine?: Entry): Promise<void> {
  const olds = await chain(tx, row)
  const last = olds.at(-1) ?? row
  const said = mine ? markOf(mine) : (last.work as WorkOf<'mark_item'>).mark
  const work: Work = { ...(row.work as WorkOf<'mark_item'>), mark: said, base: markOf(theirs) }
  const made = rewritten({ ...fresh(last), attempts: 0, seq: row.seq }, { id: newId(), parents: row.parents, work, photos: [...(said.photos ?? [])], madeAt: last.madeAt })
  await swap(tx, olds, made)
  await settle(tx, row, { command: made.id, entry: entryOfMark(said) })
}

/** Takes what stands there; photographs taken here are added to it. */
export async function takeTheirs(owner: Owner, id: string): Promise<void> {
  await decide(owner, id, undefined, async (tx, row) => {
    const theirs = theirsOf(row)
    if (!theirs || row.work.kind !== 'mark_item') return
    const olds = await chain(tx, row)
    const photos = [...new Set(olds.flatMap((one) => one.photos))]
    if (photos.length > 0) return keepMine(tx, row, theirs, { ...theirs, photos })
    await cut(tx, olds)
    await settle(tx, row, { command: '', entry: theirs })
  })
}

/** What now stands for the item in the record of the visit; none: nothing does. */
async function settle(tx: Writing, row: CommandRow, now: VisitWork['sent'][string] | null): Promise<void> {
  if (row.work.kind !== 'mark_item') return
  const item = row.work.item_id
  const work = await tx.objectStore('work').get([row.owner, row.group])
  if (!work) return
  const { [item]: _sent, ...sent } = work.sent
  const { [item]: _entry, ...entries } = work.entries
  await tx.objectStore('work').put({ ...work, sent: now ? { ...sent, [item]: now } : sent, entries: now ? { ...entries, [item]: now.entry } : entries })
}

/** A command of a problem and those that follow it, upon the version that the problem has now. */
async function upon(tx: Writing, row: CommandRow, version: number): Promise<void> {
  const all = (await tx.objectStore('command').index('owner').getAll(row.owner)).filter((one) => one.group === row.group && one.state !== 'applied' && one.seq >= row.seq)
  let next = version
  for (const one of all.sort((first, second) => first.seq - second.seq)) {
    if (one.work.kind !== 'command_problem') continue
    await tx.objectStore('command').put(rewritten(one.id === row.id ? fresh(one) : one, { work: { ...one.work, version: next } }))
    next += 1
  }
}

/** Gives a refused command up, and says so in the record; what was entered behind it stays and goes by itself. */
export async function drop(owner: Owner, id: string): Promise<void> {
  await decide(owner, id, undefined, async (tx, row) => {
    const works = tx.objectStore('work')
    const work = await works.get([owner, row.group])
    switch (row.work.kind) {
      case 'start_visit': {
        // Without its beginning nothing of the visit has a place.
        const all = (await tx.objectStore('command').index('owner').getAll(owner)).filter((one) => one.group === row.group && one.state !== 'applied')
        await cut(tx, all)
        if (work) await works.delete([owner, work.key])
        return
      }
      case 'mark_item': {
        const olds = await chain(tx, row)
        await cut(tx, olds)
        await settle(tx, row, row.work.base ? { command: '', entry: entryOfMark(row.work.base) } : null)
        const left = await works.get([owner, row.group])
        if (left) await works.put(await reopened(tx, left))
        return
      }
      case 'finish_visit':
        await cut(tx, [row])
        if (work?.finish === id) await works.put({ ...work, finish: null })
        return
      case 'report_problem':
      case 'command_problem':
      case 'walk_patrol':
        await cut(tx, [row])
    }
  })
}

/** Opens what was refused where it was entered, filled as it was; says where. Nothing is given up by that. */
export async function doAnew(owner: Owner, id: string): Promise<string | null> {
  return decide<string | null>(owner, id, null, async (tx, row) => {
    const works = tx.objectStore('work')
    const work = await works.get([owner, row.group])
    switch (row.work.kind) {
      case 'start_visit':
        return `/m/visit/${row.group}`
      case 'mark_item':
      case 'finish_visit':
        if (work) await works.put(await reopened(tx, work))
        return `/m/visit/${row.group}${row.work.kind === 'mark_item' ? `?item=${row.work.item_id}` : ''}`
      case 'report_problem':
        return `/m/report?again=${row.id}`
      case 'command_problem':
        return `/m/problem/${row.work.problem_id}?again=${row.id}`
      case 'walk_patrol':
        return `/m/patrol/${row.work.plan_id}?again=${row.id}`
    }
  })
}

/** Tries a photograph that was refused once more. */
export async function retryPhoto(owner: Owner, sha256: string): Promise<void> {
  await writing(['shot'], async (tx) => {
    const shot = await tx.objectStore('shot').get([owner, sha256])
    if (shot?.state === 'refused') await tx.objectStore('shot').put({ ...shot, state: 'waiting', reason: '' })
  })
}

const less = (photos: readonly string[] | undefined, sha256: string): string[] => (photos ?? []).filter((one) => one !== sha256)
const lessMark = (mark: Mark, sha256: string): Mark => ({ ...mark, photos: less(mark.photos, sha256) })

/** Removes a photograph from everything that waits with it, and from the phone. */
export async function removePhoto(owner: Owner, sha256: string): Promise<void> {
  await writing(ROOMS, async (tx) => {
    for (const row of await tx.objectStore('command').index('owner').getAll(owner)) {
      if (row.state === 'applied' || !row.photos.includes(sha256)) continue
      const work = row.work
      if (work.kind !== 'mark_item' && work.kind !== 'report_problem' && work.kind !== 'command_problem') continue
      const without: Work = work.kind === 'mark_item' ? { ...work, mark: lessMark(work.mark, sha256) } : { ...work, photos: less(work.photos, sha256) }
      // It may have been on its way once: another body has another id.
      await swap(tx, [row], rewritten({ ...fresh(row), attempts: 0 }, { id: row.attempts > 0 ? newId() : row.id, work: without, photos: less(row.photos, sha256) }))
    }
    for (const work of await tx.objectStore('work').index('owner').getAll(owner)) {
      const clean = (entry: Entry): Entry => ({ ...entry, photos: less(entry.photos, sha256) })
      const entries = Object.fromEntries(Object.entries(work.entries).map(([item, entry]) => [item, clean(entry)]))
      const sent = Object.fromEntries(Object.entries(work.sent).map(([item, one]) => [item, { ...one, entry: clean(one.entry) }]))
      await tx.objectStore('work').put({ ...work, entries, sent })
    }
    const notes = tx.objectStore('note')
    for (const draft of await notes.getAll(draftsOf(owner))) await notes.put({ ...draft, value: { ...(draft.value as Draft), photos: less((draft.value as Draft).photos, sha256) } })
    await tx.objectStore('shot').delete([owner, sha256])
    await tx.objectStore('photo').delete([owner, sha256])
  })
}
