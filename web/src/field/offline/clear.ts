/**
 * What the phone lets go of: bytes of photographs once everything that names them has been accepted, accepted commands but for
 * the newest, photographs that nothing names. Nothing goes that waits, was refused, or is being entered.
 */
import { base, writing, type CommandRow, type Owner, type VisitWork } from './base'
import { draftPhotos } from './draft'
import { same } from './entry'

/** Accepted commands that stay in the list. */
export const KEPT = 200
/** How long a photograph that nothing names stays, a walk that the server has not counted yet, and a visit under way at a site that was taken off, in milliseconds. */
const A_WHILE = 3 * 24 * 3_600_000

export async function letGo(owner: Owner, now = Date.now()): Promise<void> {
  const drafts = await draftPhotos(owner)
  await writing(['command', 'photo', 'shot', 'work', 'pack'], async (tx) => {
    const commands = (await tx.objectStore('command').index('owner').getAll(owner)).sort((one, other) => other.seq - one.seq)
    const works = await tx.objectStore('work').index('owner').getAll(owner)
    const open = new Map(commands.filter((row) => row.state !== 'applied').map((row) => [row.id, row]))
    const underWay = (work: VisitWork) => work.finish === null || open.has(work.finish)
    const young = (made: string) => now - Date.parse(made) < A_WHILE
    const needed = new Set([...drafts, ...[...open.values()].flatMap((row) => row.photos), ...works.filter(underWay).flatMap((work) => Object.values(work.entries).flatMap((entry) => entry.photos))])
    // What is walked is shown as walked until the server says so; what hangs on a visit under way is still spoken of.
    const stays = (row: CommandRow) => (row.work.kind === 'walk_patrol' || row.group.startsWith('patrol-')) && young(row.madeAt)
    const applied = commands.filter((row) => row.state === 'applied')
    const shown = applied.filter((row, place) => place < KEPT || stays(row))
    for (const row of applied) if (!shown.includes(row)) await tx.objectStore('command').delete(row.id)
    const accepted = new Set(applied.flatMap((row) => row.photos))
    const listed = new Set(shown.flatMap((row) => row.photos))
    const bytes = new Set((await tx.objectStore('photo').index('owner').getAllKeys(owner)).map(([, sha256]) => sha256))
    for (const shot of await tx.objectStore('shot').index('owner').getAll(owner)) {
      if (needed.has(shot.sha256)) continue
      const done = accepted.has(shot.sha256) && shot.state === 'arrived'
      if (!done && young(shot.capture.made_at)) continue
      if (bytes.has(shot.sha256)) await tx.objectStore('photo').delete([owner, shot.sha256])
      if (!listed.has(shot.sha256)) await tx.objectStore('shot').delete([owner, shot.sha256])
    }
    for (const work of works) {
      const taken = await tx.objectStore('pack').get([owner, 'visit', work.key])
      // It is nobody's task here any more, for long enough that it could have been finished, and the server has every answer of it.
      const over = taken === undefined || (taken.left === true && !young(work.begunAt))
      const told = [...open.values()].every((row) => row.group !== work.key) && Object.entries(work.entries).every(([item, entry]) => work.sent[item] !== undefined && same(work.sent[item].entry, entry))
      if (over && told) await tx.objectStore('work').delete([owner, work.key])
    }
  })
}

/** The same for everybody who uses this phone. */
export async function letGoAll(now = Date.now()): Promise<void> {
  const owners = new Set((await (await base()).getAll('shot')).map((shot) => shot.owner))
  for (const owner of owners) await letGo(owner, now)
}

/** Takes everything of a person off the phone: what was taken along, answers, commands, photographs, drafts. */
export async function wipeAll(owner: Owner): Promise<void> {
  await writing(['command', 'photo', 'shot', 'before', 'work', 'pack', 'note'], async (tx) => {
    for (const room of ['photo', 'shot', 'before', 'work', 'pack', 'command'] as const) {
      const store = tx.objectStore(room)
      for (const key of await store.index('owner').getAllKeys(owner)) await store.delete(key as never)
    }
    const notes = tx.objectStore('note')
    const of = [`cursor/${owner}`, `pulled/${owner}`]
    const begin = [`walk/${owner}/`, `draft/${owner}/`, `watch:${owner}:`]
    for (const key of await notes.getAllKeys()) if (of.includes(key) || begin.some((text) => key.startsWith(text))) await notes.delete(key)
  })
}
