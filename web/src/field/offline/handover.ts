/**
 * Unsent work as a file, for a phone that cannot send it any more, and back from a file on another device of the same
 * person. The file is a line that names it, a line of JSON, then the bytes of the photographs one behind another.
 */
import { base, commandsOf, writing, type CommandRow, type Owner, type PhotoRow, type VisitWork } from './base'
import { draftsOf, type Draft } from './draft'
import { hashOf } from './hash'

const NAME = 'yipanqi-outbox 1\n'

interface Contents {
  owner: Owner
  personName: string
  commands: CommandRow[]
  photos: PhotoRow[]
  /** Visits under way and forms that were being filled; phones of the first version wrote none. */
  works?: VisitWork[]
  drafts?: { key: string; value: unknown }[]
}

/** The file is none of ours, or damaged. */
export class NoHandover extends Error {}

/** The unsent work is somebody else's. */
export class OthersWork extends Error {
  constructor(readonly personName: string) {
    super(personName)
  }
}

export async function exportWork(owner: Owner): Promise<Blob> {
  const db = await base()
  const commands = (await commandsOf(owner)).filter((row) => row.state !== 'applied')
  const works = (await db.getAllFromIndex('work', 'owner', owner)).filter((work) => commands.some((row) => row.group === work.key))
  const drafts = await db.getAll('note', draftsOf(owner))
  const wanted = new Set([...commands.flatMap((row) => row.photos), ...drafts.flatMap((row) => (row.value as Draft).photos)])
  const photos: PhotoRow[] = []
  const bytes: ArrayBuffer[] = []
  for (const photo of await db.getAllFromIndex('shot', 'owner', owner)) {
    const own = wanted.has(photo.sha256) ? (await db.get('photo', [owner, photo.sha256]))?.bytes : null
    if (!own) continue
    photos.push(photo)
    bytes.push(own)
  }
  const contents: Contents = { owner, personName: commands[0]?.personName ?? '', commands, photos, works, drafts }
  return new Blob([NAME, JSON.stringify(contents), '\n', ...bytes], { type: 'application/octet-stream' })
}

/** Takes unsent work in; what is here already stays as it is. Says how many commands were taken. */
export async function importWork(owner: Owner, file: Blob): Promise<number> {
  const bytes = await file.arrayBuffer()
  const view = new Uint8Array(bytes)
  const head = new TextDecoder().decode(view.slice(0, NAME.length))
  const end = view.indexOf(10, NAME.length)
  if (head !== NAME || end < 0) throw new NoHandover()
  const contents = JSON.parse(new TextDecoder().decode(view.slice(NAME.length, end))) as Contents
  if (contents.owner !== owner) throw new OthersWork(contents.personName)
  const arrived: ArrayBuffer[] = []
  let at = end + 1
  for (const photo of contents.photos) {
    const own = bytes.slice(at, at + photo.size)
    at += photo.size
    if ((await hashOf(own)) !== photo.sha256) throw new NoHandover()
    arrived.push(own)
  }
  return writing(['command', 'photo', 'shot', 'work', 'note'], async (tx) => {
    for (const [place, { sha256, type, size, name, thumb, capture }] of contents.photos.entries()) {
      if (await tx.objectStore('shot').getKey([owner, sha256])) continue
      await tx.objectStore('photo').put({ owner, sha256, bytes: arrived[place] ?? null })
      await tx.objectStore('shot').put({ owner, sha256, type, size, name, thumb, capture, state: 'waiting', reason: '' })
    }
    let taken = 0
    for (const command of contents.commands) {
      if (await tx.objectStore('command').getKey(command.id)) continue
      await tx.objectStore('command').put({ ...command, state: 'waiting', attempts: command.attempts + 1, receipt: null })
      taken += 1
    }
    for (const work of contents.works ?? []) if (!(await tx.objectStore('work').getKey([owner, work.key]))) await tx.objectStore('work').put(work)
    for (const draft of contents.drafts ?? []) if (!(await tx.objectStore('note').getKey(draft.key))) await tx.objectStore('note').put(draft)
    return taken
  })
}
