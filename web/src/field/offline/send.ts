/**
 * Sending: photographs first and by pieces, then commands in the order of their making. Every step writes down how far it
 * is before the next begins; whatever is cut off or killed begins again there, and the server applies each command once.
 */
import type { BatchAnswer, CommandReceipt, UploadView } from '@/api/schema'
import { base, commandsOf, device, type CommandRow, type Owner, type PhotoRow } from './base'
import { newId } from '@/api/client'

/** Bytes of a piece: small enough for a bad connection, large enough for a good one. */
export const PIECE = 192 * 1024
/** Commands of a batch. */
export const BATCH = 40

/** The way to the server: every answer, or an error; `network` is anything that may pass. */
export interface Wire {
  begin(photo: PhotoRow): Promise<UploadView>
  piece(photo: PhotoRow, offset: number, bytes: ArrayBuffer): Promise<UploadView>
  commands(body: string): Promise<BatchAnswer>
}

/** Why a request failed. */
export class WireError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly data: unknown = null,
  ) {
    super(detail)
  }

  /** Whether trying again later may help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 401 || this.status === 408 || this.status === 429 || this.status >= 500
  }
}

export interface Sent {
  /** What ended the run before everything was sent. */
  stopped: WireError | null
  applied: number
  refused: number
  now: string | null
}

const wrong = (caught: unknown): WireError => (caught instanceof WireError ? caught : new WireError(0, 'network', String(caught)))

/** Sends everything of one person that can be sent. */
export async function sendAll(owner: Owner, wire: Wire, changed: () => void = () => undefined): Promise<Sent> {
  const sent: Sent = { stopped: null, applied: 0, refused: 0, now: null }
  try {
    for (;;) {
      await sendPhotos(owner, wire, changed)
      if (!(await sendBatch(owner, wire, sent, changed))) return sent
    }
  } catch (caught) {
    sent.stopped = wrong(caught)
    return sent
  }
}

async function sendPhotos(owner: Owner, wire: Wire, changed: () => void): Promise<void> {
  const needed = new Set((await commandsOf(owner)).filter((row) => row.state === 'waiting').flatMap((row) => row.photos))
  const db = await base()
  for (const sha256 of needed) {
    const photo = await db.get('photo', [owner, sha256])
    if (!photo || photo.state !== 'waiting' || !photo.bytes) continue
    try {
      await sendPhoto(photo, wire, changed)
    } catch (caught) {
      const error = wrong(caught)
      if (error.passing || error.code === 'upload_hash_differs' || error.code === 'upload_offset') throw error
      await db.put('photo', { ...photo, state: 'refused', reason: error.detail })
      changed()
    }
  }
}

async function sendPhoto(photo: PhotoRow, wire: Wire, changed: () => void): Promise<void> {
  const db = await base()
  const bytes = photo.bytes
  if (!bytes) return
  let view = await wire.begin(photo)
  while (!view.media_id) {
    const piece = bytes.slice(view.offset, view.offset + PIECE)
    view = await wire.piece(photo, view.offset, piece)
    await db.put('photo', { ...photo, offset: view.offset })
    changed()
  }
  await db.put('photo', { ...photo, offset: photo.size, state: 'arrived' })
  changed()
}

/** The commands that may go now: nothing whose parent is refused or held, nothing whose photograph is missing here. */
export function ready(rows: readonly CommandRow[], photos: ReadonlyMap<string, PhotoRow>): CommandRow[] {
  const known = new Map(rows.map((row) => [row.id, row]))
  const going = new Set<string>()
  const list: CommandRow[] = []
  for (const row of rows) {
    if (row.state !== 'waiting') continue
    const parents = row.parents.every((parent) => {
      const of = known.get(parent)
      return !of || of.state === 'applied' || going.has(parent)
    })
    const arrived = row.photos.every((sha256) => photos.get(sha256)?.state === 'arrived')
    if (!parents || !arrived) continue
    going.add(row.id)
    list.push(row)
  }
  return list
}

/** Sends one batch; says whether something moved, so that another may. */
async function sendBatch(owner: Owner, wire: Wire, sent: Sent, changed: () => void): Promise<boolean> {
  const db = await base()
  const photos = new Map((await db.getAllFromIndex('photo', 'owner', owner)).map((photo) => [photo.sha256, photo]))
  const batch = ready(await commandsOf(owner), photos).slice(0, BATCH)
  if (batch.length === 0) return false
  const tx = db.transaction('command', 'readwrite')
  for (const row of batch) await tx.store.put({ ...row, attempts: row.attempts + 1 })
  await tx.done
  const body = `{"device":${JSON.stringify(await device(newId))},"commands":[${batch.map((row) => row.text).join(',')}]}`
  const answer = await wire.commands(body)
  sent.now = answer.now
  let moved = false
  for (const receipt of answer.receipts) moved = (await take(owner, receipt, answer.now, sent)) || moved
  changed()
  return moved
}

async function take(owner: Owner, receipt: CommandReceipt, now: string, sent: Sent): Promise<boolean> {
  const db = await base()
  const row = await db.get('command', receipt.id)
  if (!row || row.owner !== owner) return false
  switch (receipt.receipt) {
    case 'applied':
      await db.put('command', { ...row, state: 'applied', receipt, sentAt: now })
      sent.applied += 1
      return true
    case 'media_missing':
      for (const sha256 of receipt.missing) {
        const photo = await db.get('photo', [owner, sha256])
        if (photo?.bytes) await db.put('photo', { ...photo, state: 'waiting', offset: 0 })
      }
      return receipt.missing.length > 0
    case 'held':
      await db.put('command', { ...row, receipt })
      return false
    default:
      await db.put('command', { ...row, state: 'refused', receipt })
      sent.refused += 1
      return false
  }
}
