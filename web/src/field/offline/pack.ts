/** What the phone takes along, kept up to date by the difference to what it has. */
import { newId, server, told } from '@/api/client'
import type { PackChecklist, PackPatrol, PackProblem, PackVisit, PullAnswer } from '@/api/schema'
import { base, device, keepNote, note, type Owner, type PackRow } from './base'

/**
 * Puts an answer into the pack; what has to be forgotten goes in the same transaction. A visit under way here goes on to its
 * end with its checklist, whatever has become of the site since: the server decides by rule what its findings are.
 */
export async function unpack(owner: Owner, answer: PullAnswer): Promise<void> {
  const db = await base()
  const tx = db.transaction(['pack', 'work'], 'readwrite')
  const pack = tx.objectStore('pack')
  const known = await pack.index('owner').getAll(owner)
  const under = new Set((await tx.objectStore('work').index('owner').getAll(owner)).filter((work) => !work.finish).map((work) => work.key))
  const checklists = new Set(known.flatMap((row) => (row.kind === 'visit' && under.has(row.id) ? [row.value.checklist_id] : [])))
  const needed = (row: PackRow) => (row.kind === 'visit' ? under.has(row.id) : row.kind === 'checklist' && checklists.has(row.id))
  const gone = new Set(answer.removed.map((one) => `${one.kind}/${one.id}`))
  for (const row of known) {
    if (!answer.reset && !row.left && !gone.has(`${row.kind}/${row.id}`)) continue
    if (needed(row)) await pack.put({ ...row, left: true })
    else await pack.delete([owner, row.kind, row.id])
  }
  const rows: PackRow[] = [
    ...answer.visits.map((value) => ({ owner, kind: 'visit' as const, id: value.id, value })),
    ...answer.checklists.map((value) => ({ owner, kind: 'checklist' as const, id: value.id, value })),
    ...answer.problems.map((value) => ({ owner, kind: 'problem' as const, id: value.id, value })),
    ...answer.patrols.map((value) => ({ owner, kind: 'patrol' as const, id: value.id, value })),
  ]
  for (const row of rows) await pack.put(row)
  await tx.done
  // Only now: a phone killed before this asks for the same difference again.
  await keepNote(`cursor/${owner}`, answer.cursor)
}

/** Asks as this person: whoever else is signed in by then is told nothing of it. */
export async function pull(owner: Owner, person: string): Promise<void> {
  const cursor = (await note<number>(`cursor/${owner}`)) ?? 0
  await unpack(owner, await told(server.POST('/api/sync/pull', { body: { device: await device(newId), person_id: person, cursor } })))
  await keepNote(`pulled/${owner}`, new Date().toISOString())
}

/** When the phone last heard from the server what there is to do, by its own clock. */
export const pulledAt = (owner: Owner): Promise<string | undefined> => note<string>(`pulled/${owner}`)

export interface Pack {
  visits: PackVisit[]
  checklists: Map<string, PackChecklist>
  problems: PackProblem[]
  patrols: PackPatrol[]
}

export async function packOf(owner: Owner): Promise<Pack> {
  const pack: Pack = { visits: [], checklists: new Map(), problems: [], patrols: [] }
  for (const row of await (await base()).getAllFromIndex('pack', 'owner', owner)) {
    if (row.kind === 'visit') pack.visits.push(row.value)
    else if (row.kind === 'checklist') pack.checklists.set(row.id, row.value)
    else if (row.kind === 'patrol') pack.patrols.push(row.value)
    else pack.problems.push(row.value)
  }
  pack.visits.sort((one, other) => one.order - other.order)
  return pack
}
