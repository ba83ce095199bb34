/**
 * Unsent work as a file, for a phone that cannot send it any more, and back from a file on another device of the same
 * person. The file is a line that names it, a line of JSON, then the bytes of the photographs one behind another.
 */
import { base, commandsOf, type CommandRow, type Owner, type PhotoRow } from './base'
import { hashOf } from './hash'

const NAME = 'yipanqi-outbox 1\n'

interface Contents {
  owner: Owner
  personName: string
  commands: CommandRow[]
  photos: (Omit<PhotoRow, 'bytes'> & { bytes: null })[]
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
  const commands = (await commandsOf(owner)).filter((row) => row.state !== 'applied')
  const wanted = new Set(commands.flatMap((row) => row.photos))
  const photos = (await (await base()).getAllFromIndex('photo', 'owner', owner)).filter((photo) => wanted.has(photo.sha256) && photo.bytes)
  const contents: Contents = { owner, personName: commands[0]?.personName ?? '', commands, photos: photos.map((photo) => ({ ...photo, bytes: null })) }
  return new Blob([NAME, JSON.stringify(contents), '\n', ...photos.map((photo) => photo.bytes as ArrayBuffer)], { type: 'application/octet-stream' })
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
  const db = await base()
  let at = end + 1
  for (const photo of contents.photos) {
    const own = bytes.slice(at, at + photo.size)
    at += photo.size
    if ((await hashOf(own)) !== photo.sha256) throw new NoHandover()
    if (!(await db.get('photo', [owner, photo.sha256]))) await db.put('photo', { ...photo, bytes: own, state: 'waiting', offset: 0 })
  }
  let taken = 0
  for (const command of contents.commands) {
    if (await db.get('command', command.id)) continue
    await db.put('command', { ...command, state: 'waiting', attempts: command.attempts + 1, receipt: null })
    taken += 1
  }
  return taken
}
