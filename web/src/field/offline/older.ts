/**
 * What the first version of the application left on the phone is taken over: photographs stay where they lie and are listed
 * apart, those that the server has are let go, and work that hung on something given up can be sent again.
 */
import type { IDBPTransaction, StoreNames } from 'idb'
import type { BytesRow, CommandRow, Kept, PhotoRow, VisitWork } from './base'
import { entryOfMark } from './entry'
import { rewritten } from './envelope'

type Turning = IDBPTransaction<Kept, StoreNames<Kept>[], 'versionchange'>

/** A photograph as the first version kept it: with its bytes in one row. */
type OldPhoto = BytesRow & PhotoRow

export async function takeOver(tx: Turning): Promise<void> {
  const commands = new Map((await tx.objectStore('command').getAll()).map((row) => [row.id, row]))
  await takePhotos(tx, [...commands.values()])
  await takeWorks(tx, commands)
  await mendParents(tx, commands)
}

async function takePhotos(tx: Turning, commands: CommandRow[]): Promise<void> {
  const named = new Set(commands.flatMap((row) => row.photos.map((sha256) => `${row.owner}/${sha256}`)))
  const open = new Set(commands.filter((row) => row.state !== 'applied').flatMap((row) => row.photos.map((sha256) => `${row.owner}/${sha256}`)))
  let cursor = await tx.objectStore('photo').openCursor()
  while (cursor) {
    const { owner, sha256, type, size, name, thumb, capture, state, reason } = cursor.value as OldPhoto
    const key = `${owner}/${sha256}`
    await tx.objectStore('shot').put({ owner, sha256, type, size, name, thumb, capture, state, reason })
    // Deleted only where the server has said that it has everything: nothing is written anew on a phone that is full.
    if (named.has(key) && !open.has(key) && state === 'arrived') await cursor.delete()
    cursor = await cursor.continue()
  }
}

/** Visits whose commands were given up or never written: what was entered is there, what it named is not. */
async function takeWorks(tx: Turning, commands: Map<string, CommandRow>): Promise<void> {
  const store = tx.objectStore('work')
  for (const work of await store.getAll()) {
    const sent: VisitWork['sent'] = {}
    for (const [item, one] of Object.entries(work.sent)) {
      // A mark that was taken back and never written again: the one before it stands.
      const last = one.command === '' || commands.has(one.command) ? one : lastOf(work, item, [...commands.values()])
      if (last) sent[item] = last
    }
    const next: VisitWork = { ...work, sent, finish: work.finish && commands.has(work.finish) ? work.finish : null }
    // The beginning is gone: it is made again under its own id, at its own time.
    if (work.start && !commands.has(work.start)) {
      const again = begunAgain(work, [...commands.values()])
      if (again) {
        commands.set(again.id, again)
        await tx.objectStore('command').put(again)
      }
    }
    await store.put(next)
  }
}

function lastOf(work: VisitWork, item: string, commands: CommandRow[]): VisitWork['sent'][string] | null {
  const marks = commands.filter((row) => row.owner === work.owner && row.group === work.key).sort((one, other) => other.seq - one.seq)
  for (const row of marks) if (row.work.kind === 'mark_item' && row.work.item_id === item) return { command: row.id, entry: entryOfMark(row.work.mark) }
  return null
}

function begunAgain(work: VisitWork, commands: CommandRow[]): CommandRow | null {
  const like = commands.find((row) => row.group === work.key && row.owner === work.owner)
  if (!like || !work.start || work.key.length !== 73) return null
  return rewritten(
    { ...like, id: work.start, parents: [], photos: [], madeAt: work.begunAt, state: 'waiting', attempts: 0, receipt: null, sentAt: null, seq: Math.min(...commands.map((row) => row.seq)) - 1 },
    { work: { kind: 'start_visit', round_id: work.key.slice(0, 36), site_id: work.key.slice(37), position: null }, madeAt: work.begunAt },
  )
}

/** Whatever was given up will never be sent: what hung on it goes by itself. */
async function mendParents(tx: Turning, commands: Map<string, CommandRow>): Promise<void> {
  for (const row of commands.values()) {
    if (row.state === 'applied') continue
    const parents = row.parents.filter((parent) => commands.has(parent))
    if (parents.length < row.parents.length) await tx.objectStore('command').put(rewritten(row, { parents }))
  }
}
