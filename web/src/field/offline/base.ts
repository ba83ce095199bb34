/**
 * What the phone keeps: the outbox, the photographs, the pack, the visits under way. Everything is marked with its owner
 * (city and person), so that several people may share a phone and nothing of one is seen or sent as another.
 */
import { openDB, type DBSchema, type IDBPDatabase, type IDBPTransaction } from 'idb'
import type { CommandReceipt, FindingBody, PackChecklist, PackPatrol, PackProblem, PackVisit, Work } from '@/api/schema'
import { takeOver } from './older'

/** `city:person`. */
export type Owner = string

/** How far a command is: `waiting` also covers what is under way, so that a killed browser begins again there. */
export type CommandState = 'waiting' | 'refused' | 'applied'

export interface CommandRow {
  id: string
  owner: Owner
  person: string
  personName: string
  /** Place in the outbox. */
  seq: number
  parents: string[]
  /** The envelope as it is sent: text, because its hash is of the text. */
  text: string
  work: Work
  photos: string[]
  /** What the list says of it: a site or a title. */
  about: string
  /** Visit or problem that it belongs to, for the list. */
  group: string
  madeAt: string
  state: CommandState
  /** How often it has left the phone. */
  attempts: number
  receipt: CommandReceipt | null
  sentAt: string | null
  /** Until then, in milliseconds of this phone's clock, it waits for the position it was made at. */
  until?: number
}

/** What is known of a photograph; its bytes lie in a store of their own, so that lists never read them. */
export interface PhotoRow {
  owner: Owner
  sha256: string
  type: string
  size: number
  name: string
  /** A small picture as data address. */
  thumb: string
  capture: Capture
  state: 'waiting' | 'arrived' | 'refused'
  reason: string
  /** Until then, in milliseconds of this phone's clock, it waits for the position it was taken at. */
  until?: number
}

/** The bytes of a photograph, until everything that names it has been accepted. Older phones kept the whole row here. */
export interface BytesRow {
  owner: Owner
  sha256: string
  bytes: ArrayBuffer | null
}

export interface Capture {
  made_at: string
  clock_offset_ms: number
  origin: 'camera' | 'gallery'
  position: Spot | null
}

export interface Spot {
  longitude: number
  latitude: number
  accuracy_m: number | null
  datum: 'wgs84' | 'gcj02' | 'bd09'
}

/** What stands for an item on the phone. */
export interface Entry {
  result: FindingBody | null
  phrases: string[]
  note: string
  photos: string[]
}

/** A visit on the phone, from its beginning until its end has been accepted. */
export interface VisitWork {
  owner: Owner
  /** Round and site. */
  key: string
  /** The command that began it here; none if the server had it before. */
  start: string | null
  visitId: string | null
  entries: Record<string, Entry>
  /** The last command of each item and what it said. */
  sent: Record<string, { command: string; entry: Entry }>
  finish: string | null
  begunAt: string
}

export type PackRecord = { kind: 'visit'; value: PackVisit } | { kind: 'checklist'; value: PackChecklist } | { kind: 'problem'; value: PackProblem } | { kind: 'patrol'; value: PackPatrol }
/** `left`: the server has taken it off the phone, and a visit under way here still needs it. */
export type PackRow = PackRecord & { owner: Owner; id: string; left?: true }

export interface Kept extends DBSchema {
  command: { key: string; value: CommandRow; indexes: { owner: string } }
  /** The bytes: under the name that the first version gave them, so that a full phone need not copy them. */
  photo: { key: [string, string]; value: BytesRow; indexes: { owner: string } }
  shot: { key: [string, string]; value: PhotoRow; indexes: { owner: string } }
  /** Reduced pictures of problems that were taken along. */
  before: { key: [string, string]; value: { owner: Owner; id: string; bytes: ArrayBuffer }; indexes: { owner: string } }
  pack: { key: [string, string, string]; value: PackRow; indexes: { owner: string } }
  work: { key: [string, string]; value: VisitWork; indexes: { owner: string } }
  note: { key: string; value: { key: string; value: unknown } }
}

export type Room = keyof Kept & ('command' | 'photo' | 'shot' | 'before' | 'pack' | 'work' | 'note')
export type Writing = IDBPTransaction<Kept, Room[], 'readwrite'>

let opened: Promise<IDBPDatabase<Kept>> | null = null

export function base(): Promise<IDBPDatabase<Kept>> {
  opened ??= openDB<Kept>('yipanqi-field', 2, {
    async upgrade(db, from, _to, tx) {
      if (from < 1) {
        db.createObjectStore('command', { keyPath: 'id' }).createIndex('owner', 'owner')
        db.createObjectStore('photo', { keyPath: ['owner', 'sha256'] }).createIndex('owner', 'owner')
        db.createObjectStore('pack', { keyPath: ['owner', 'kind', 'id'] }).createIndex('owner', 'owner')
        db.createObjectStore('work', { keyPath: ['owner', 'key'] }).createIndex('owner', 'owner')
        db.createObjectStore('note', { keyPath: 'key' })
      }
      db.createObjectStore('shot', { keyPath: ['owner', 'sha256'] }).createIndex('owner', 'owner')
      db.createObjectStore('before', { keyPath: ['owner', 'id'] }).createIndex('owner', 'owner')
      if (from === 1) await takeOver(tx)
    },
    blocking() {
      // A newer version waits in another window: it may have the store.
      void opened?.then((db) => db.close())
      opened = null
    },
    terminated() {
      opened = null
    },
  }).catch((error: unknown) => {
    opened = null
    throw error
  })
  return opened
}

/**
 * Everything or nothing: a page that dies in the middle has written nothing, and what was written before is on the disk.
 * Inside, nothing but the store may be waited for.
 */
export async function writing<T>(rooms: Room[], work: (tx: Writing) => Promise<T>): Promise<T> {
  const tx = (await base()).transaction(rooms, 'readwrite', { durability: 'strict' })
  try {
    const made = await work(tx)
    await tx.done
    return made
  } catch (error) {
    tx.done.catch(() => undefined)
    try {
      tx.abort()
    } catch {
      // It has ended by itself.
    }
    throw error
  }
}

export async function note<T>(key: string): Promise<T | undefined> {
  return (await (await base()).get('note', key))?.value as T | undefined
}

export async function keepNote(key: string, value: unknown): Promise<void> {
  await (await base()).put('note', { key, value })
}

/** The identity that this device made for itself. */
export async function device(make: () => string): Promise<string> {
  const known = await note<string>('device')
  if (known) return known
  const fresh = make()
  await keepNote('device', fresh)
  return fresh
}

/** What lies in a person's outbox, in its order. */
export async function commandsOf(owner: Owner): Promise<CommandRow[]> {
  const rows = await (await base()).getAllFromIndex('command', 'owner', owner)
  return [...rows].sort((one, other) => one.seq - other.seq)
}

/** How long work waits on the phone for it to say where it is, in milliseconds. */
export const PLACING = 15_000

/** Whether something still waits for that; a clock put back keeps nothing for longer than was asked. */
export const placing = (row: { until?: number }, now: number): boolean => row.until !== undefined && row.until > now && row.until - now <= PLACING

/** Commands of other people that still wait on this phone, by name. */
export async function othersWaiting(owner: Owner): Promise<Map<string, number>> {
  const waiting = new Map<string, number>()
  for (const row of await (await base()).getAll('command')) {
    if (row.owner !== owner && row.state !== 'applied') waiting.set(row.personName, (waiting.get(row.personName) ?? 0) + 1)
  }
  return waiting
}
