/**
 * The outbox. A command is kept before the page goes on, together with whatever says that it exists; it never changes once it
 * may have been carried out.
 */
import { newId } from '@/api/client'
import type { Work } from '@/api/schema'
import { writing, type CommandRow, type Owner, type VisitWork, type Writing } from './base'
import { envelope, rewritten } from './envelope'

export interface Maker {
  owner: Owner
  person: string
  personName: string
  /** The server's clock minus this phone's, in milliseconds. */
  offsetMs: number
}

export interface Order {
  work: Work
  parents?: string[]
  photos?: string[]
  about: string
  group: string
}

/** What goes with a command in the same step: the note it was made of (a draft, a walk), the refused command it takes the place of. */
export interface Instead {
  note?: string
  of?: string | null
}

/** Puts a command at the end of the outbox, within a step that may write more. */
export async function place(tx: Writing, maker: Maker, order: Order): Promise<CommandRow> {
  const id = newId()
  const madeAt = new Date().toISOString()
  const parents = [...(order.parents ?? [])]
  const work = JSON.stringify(order.work)
  const last = (await tx.objectStore('note').get('seq'))?.value as number | undefined
  const seq = (last ?? 0) + 1
  await tx.objectStore('note').put({ key: 'seq', value: seq })
  const row: CommandRow = {
    id,
    owner: maker.owner,
    person: maker.person,
    personName: maker.personName,
    seq,
    parents,
    text: envelope({ id, person_id: maker.person, parents, made_at: madeAt, clock_offset_ms: Math.round(maker.offsetMs) }, work),
    // Plain copies: what a page watches cannot be kept.
    work: JSON.parse(work) as Work,
    photos: [...(order.photos ?? [])],
    about: order.about,
    group: order.group,
    madeAt,
    state: 'waiting',
    attempts: 0,
    receipt: null,
    sentAt: null,
  }
  await tx.objectStore('command').put(row)
  return row
}

export async function enqueue(maker: Maker, order: Order, instead: Instead = {}): Promise<CommandRow> {
  return writing(['command', 'note', 'work'], async (tx) => {
    const row = await place(tx, maker, order)
    if (instead.note) await tx.objectStore('note').delete(instead.note)
    const old = instead.of ? await tx.objectStore('command').get(instead.of) : undefined
    if (!old || old.owner !== maker.owner || old.state !== 'refused') return row
    // Made when the refused one was, and upon the same: what was seen was seen then.
    const fresh = rewritten({ ...row, seq: old.seq }, { madeAt: old.madeAt, parents: old.parents })
    await swap(tx, [old], fresh)
    return fresh
  })
}

const openOf = async (tx: Writing, owner: Owner): Promise<CommandRow[]> => (await tx.objectStore('command').index('owner').getAll(owner)).filter((row) => row.state !== 'applied')

/** One command takes the place of others: what hung on them hangs on it. */
export async function swap(tx: Writing, olds: readonly CommandRow[], fresh: CommandRow): Promise<void> {
  const gone = new Set(olds.map((row) => row.id).filter((id) => id !== fresh.id))
  const store = tx.objectStore('command')
  for (const id of gone) await store.delete(id)
  await store.put(fresh)
  if (gone.size === 0) return
  for (const row of await openOf(tx, fresh.owner)) {
    if (row.id === fresh.id || !row.parents.some((parent) => gone.has(parent))) continue
    await store.put(rewritten(row, { parents: [...new Set(row.parents.map((parent) => (gone.has(parent) ? fresh.id : parent)))] }))
  }
  const works = tx.objectStore('work')
  const work = await works.get([fresh.owner, fresh.group])
  if (!work) return
  const named = (id: string) => (gone.has(id) ? fresh.id : id)
  const sent = Object.fromEntries(Object.entries(work.sent).map(([item, one]) => [item, { ...one, command: named(one.command) }]))
  await works.put({ ...work, start: work.start && named(work.start), finish: work.finish && named(work.finish), sent })
}

/** Takes commands out; what hung on them goes without them. */
export async function cut(tx: Writing, olds: readonly CommandRow[]): Promise<void> {
  const gone = new Set(olds.map((row) => row.id))
  const store = tx.objectStore('command')
  for (const id of gone) await store.delete(id)
  const owner = olds[0]?.owner
  if (owner === undefined) return
  for (const row of await openOf(tx, owner)) {
    if (row.parents.some((parent) => gone.has(parent))) await store.put(rewritten(row, { parents: row.parents.filter((parent) => !gone.has(parent)) }))
  }
}

/** The command and every later one of the same item that has not been accepted, in their order. */
export async function chain(tx: Writing, row: CommandRow): Promise<CommandRow[]> {
  const work = row.work
  if (work.kind !== 'mark_item') return [row]
  const same = (other: CommandRow) => other.work.kind === 'mark_item' && other.work.item_id === work.item_id && other.group === row.group && other.seq >= row.seq
  return (await openOf(tx, row.owner)).filter(same).sort((one, other) => one.seq - other.seq)
}

/** A visit can be changed again: its end, unless that was accepted, is taken out. */
export async function reopened(tx: Writing, work: VisitWork): Promise<VisitWork> {
  const end = work.finish ? await tx.objectStore('command').get(work.finish) : undefined
  if (end?.state === 'applied') return work
  if (end) await cut(tx, [end])
  return { ...work, finish: null }
}

/** A command as if it had never been refused. */
export const fresh = (row: CommandRow): CommandRow => ({ ...row, state: 'waiting', receipt: null })
