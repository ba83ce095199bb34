/** The pictures of before, reduced, of the problems that were taken along: so that the new one can be taken through them without network. */
import { server } from '@/api/client'
import { base, writing, type Owner } from './base'
import { nearlyFull, roomLeft } from './room'

/** So many are taken along, the most pressing problems first: some 40 kB each. */
export const TAKEN = 80

/** Brings what was taken along to what the pack names now; gives up at the first picture that does not come. */
export async function takeBefore(owner: Owner): Promise<void> {
  const db = await base()
  const problems = (await db.getAllFromIndex('pack', 'owner', owner)).flatMap((row) => (row.kind === 'problem' ? [row.value] : []))
  const late = (due: string | null | undefined) => due ?? '9'
  const wanted = problems.sort((one, other) => (late(one.due_at) < late(other.due_at) ? -1 : 1)).flatMap((one) => one.before.slice(0, 1)).slice(0, TAKEN)
  const here = new Set((await db.getAllKeysFromIndex('before', 'owner', owner)).map(([, id]) => id))
  await writing(['before'], async (tx) => {
    for (const id of here) if (!wanted.includes(id)) await tx.objectStore('before').delete([owner, id])
  })
  for (const id of wanted) {
    if (here.has(id) || nearlyFull(await roomLeft())) continue
    const { data } = await server.GET('/api/media/{id}/thumb', { params: { path: { id } }, parseAs: 'arrayBuffer' })
    const bytes = data as unknown as ArrayBuffer
    await writing(['before'], (tx) => tx.objectStore('before').put({ owner, id, bytes }))
  }
}

/** The reduced picture, if it was taken along. */
export async function beforeOf(owner: Owner, id: string): Promise<Blob | null> {
  const row = await (await base()).get('before', [owner, id])
  return row ? new Blob([row.bytes], { type: 'image/jpeg' }) : null
}
