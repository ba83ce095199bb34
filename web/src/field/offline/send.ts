/**
 * Sending: photographs first and by pieces, then commands in the order of their making. Every step writes down how far it
 * is before the next begins; whatever is cut off or killed begins again there, and the server applies each command once.
 */
import type { BatchAnswer, CommandReceipt, UploadView } from '@/api/schema'
import { newId } from '@/api/client'
import { base, commandsOf, device, placing, writing, type CommandRow, type Owner, type PhotoRow, type Writing } from './base'
import { hashOf } from './hash'

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

  /** Whether it says something of the photograph itself; everything else may pass and ends the run. */
  get final(): boolean {
    return this.code === 'upload_size_differs' || this.code === 'upload_hash_invalid' || this.code.startsWith('media_') || this.status === 413 || this.status === 415
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
    const photo = await db.get('shot', [owner, sha256])
    if (photo?.state !== 'waiting' || placing(photo, Date.now())) continue
    const bytes = (await db.get('photo', [owner, sha256]))?.bytes
    try {
      if (!bytes || !(await sendPhoto(photo, bytes, wire))) await say(photo, 'refused', LOST)
      else await say(photo, 'arrived')
      changed()
    } catch (caught) {
      const error = wrong(caught)
      if (!error.final) throw error
      await say(photo, 'refused', error.detail)
      changed()
    }
  }
}

/** Why a photograph cannot be sent that the phone has not got, or has got damaged; shown in the reader's words. */
export const LOST = 'lost'

async function say(photo: PhotoRow, state: PhotoRow['state'], reason = ''): Promise<void> {
  await writing(['shot'], async (tx) => {
    const row = await tx.objectStore('shot').get([photo.owner, photo.sha256])
    // Removed meanwhile: it does not come back.
    if (row) await tx.objectStore('shot').put({ ...row, state, reason })
  })
}

/** Sends a photograph from where the server has it; says whether what lies here is still what was taken. */
async function sendPhoto(photo: PhotoRow, bytes: ArrayBuffer, wire: Wire): Promise<boolean> {
  let view = await wire.begin(photo)
  try {
    while (!view.media_id) view = await wire.piece(photo, view.offset, bytes.slice(view.offset, view.offset + PIECE))
    return true
  } catch (caught) {
    if (wrong(caught).code === 'upload_hash_differs' && (await hashOf(bytes)) !== photo.sha256) return false
    throw caught
  }
}

/** The commands that may go now: nothing whose parent is refused or held, nothing whose photograph or position is missing here. */
export function ready(rows: readonly CommandRow[], photos: ReadonlyMap<string, PhotoRow>, now = Date.now()): CommandRow[] {
  const known = new Map(rows.map((row) => [row.id, row]))
  const going = new Set<string>()
  const list: CommandRow[] = []
  for (const row of rows) {
    if (row.state !== 'waiting' || placing(row, now)) continue
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
  const photos = new Map((await db.getAllFromIndex('shot', 'owner', owner)).map((photo) => [photo.sha256, photo]))
  const batch = await writing(['command'], async (tx) => {
    // Read again in the step that counts it as sent: what was replaced meanwhile does not go.
    const rows = (await tx.objectStore('command').index('owner').getAll(owner)).sort((one, other) => one.seq - other.seq)
    const going = ready(rows, photos).slice(0, BATCH)
    for (const row of going) await tx.objectStore('command').put({ ...row, attempts: row.attempts + 1 })
    return going
  })
  if (batch.length === 0) return false
  const body = `{"device":${JSON.stringify(await device(newId))},"commands":[${batch.map((row) => row.text).join(',')}]}`
  const answer = await wire.commands(body)
  sent.now = answer.now
  let moved = false
  for (const receipt of answer.receipts) moved = (await take(owner, receipt, answer.now, sent)) || moved
  changed()
  return moved
}

async function take(owner: Owner, receipt: CommandReceipt, now: string, sent: Sent): Promise<boolean> {
  return writing(['command', 'shot', 'photo'], async (tx) => {
    const commands = tx.objectStore('command')
    const row = await commands.get(receipt.id)
    if (!row || row.owner !== owner) return false
    switch (receipt.receipt) {
      case 'applied':
        await commands.put({ ...row, state: 'applied', receipt, sentAt: now })
        sent.applied += 1
        return true
      case 'media_missing':
        return again(tx, row, receipt)
      case 'held':
        return held(tx, row, receipt)
      default:
        await commands.put({ ...row, state: 'refused', receipt })
        sent.refused += 1
        return false
    }
  })
}

/** The server has not got photographs that had arrived: they go again, or are shown as what is missing. */
async function again(tx: Writing, row: CommandRow, receipt: CommandReceipt): Promise<boolean> {
  const [shots, pictures] = [tx.objectStore('shot'), tx.objectStore('photo')]
  let moved = false
  for (const sha256 of receipt.missing) {
    const [photo, here] = [await shots.get([row.owner, sha256]), await pictures.getKey([row.owner, sha256])]
    // What a mark stood upon may be missing; only its own photographs are asked of this phone.
    if (!photo || !row.photos.includes(sha256)) continue
    await shots.put(here ? { ...photo, state: 'waiting' } : { ...photo, state: 'refused', reason: LOST })
    moved = moved || here !== undefined
  }
  await tx.objectStore('command').put({ ...row, receipt })
  return moved
}

/** What it hangs on is not done there. If nobody will send that any more, its person has to decide. */
async function held(tx: Writing, row: CommandRow, receipt: CommandReceipt): Promise<boolean> {
  const commands = tx.objectStore('command')
  const named = (receipt.data as { parent?: string } | null | undefined)?.parent
  const parent = named === undefined ? undefined : await commands.get(named)
  if (parent?.state === 'applied') {
    // Done once and undone there, as by a backup that was put back: it goes again.
    await commands.put({ ...parent, state: 'waiting', receipt: null })
    return true
  }
  await commands.put({ ...row, receipt, state: named !== undefined && !parent ? 'refused' : 'waiting' })
  return false
}
