/** Putting work into the outbox. A command is kept before the page goes on, and never changes once it has left the phone. */
import { newId } from '@/api/client'
import type { Work } from '@/api/schema'
import { base, commandsOf, type CommandRow, type Owner } from './base'
import { hashOf } from './hash'

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

export async function enqueue(maker: Maker, order: Order): Promise<CommandRow> {
  const id = newId()
  const madeAt = new Date().toISOString()
  const parents = order.parents ?? []
  const work = JSON.stringify(order.work)
  const head = { id, person_id: maker.person, parents, made_at: madeAt, clock_offset_ms: Math.round(maker.offsetMs), body_hash: await hashOf(work) }
  // The work is put in as the very text that was hashed.
  const text = `${JSON.stringify(head).slice(0, -1)},"work":${work}}`
  const db = await base()
  const tx = db.transaction(['command', 'note'], 'readwrite')
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
    text,
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
  await tx.done
  return row
}

/** Takes back a command that has never left the phone; says whether it could. */
export async function takeBack(id: string): Promise<boolean> {
  const db = await base()
  const tx = db.transaction('command', 'readwrite')
  const row = await tx.store.get(id)
  const free = row !== undefined && row.attempts === 0
  if (free) await tx.store.delete(id)
  await tx.done
  return free
}

/** Gives up a refused command, and what hangs on it; its photographs stay until they are cleared. */
export async function giveUp(owner: Owner, id: string): Promise<void> {
  const rows = await commandsOf(owner)
  const gone = new Set([id])
  for (const row of rows) if (row.parents.some((parent) => gone.has(parent)) && row.state !== 'applied') gone.add(row.id)
  const db = await base()
  const tx = db.transaction('command', 'readwrite')
  for (const one of gone) await tx.store.delete(one)
  await tx.done
}

/** Lets a refused command be tried again as it is. */
export async function tryAgain(id: string): Promise<void> {
  const db = await base()
  const row = await db.get('command', id)
  if (row && row.state === 'refused') await db.put('command', { ...row, state: 'waiting', receipt: null })
}
