/**
 * Patrols that are being walked: kept on the phone from their beginning until they are ended, with what they were begun with,
 * so that neither midnight nor a new day's list ends one. A walk is of the day on which it began.
 */
import type { PackPatrol } from '@/api/schema'
import { base, keepNote, note, type Owner } from './base'

/** What one walk may last, as the server takes it. */
export const LONGEST = 24 * 3_600_000
const CITY = 8 * 3_600_000

/** `id` is the walk's, `plan` the patrol as it stood when it began (older phones kept none); times are of the phone's own clock. */
export interface Walking { id: string; begunAt: string; looked: number[]; note: string; plan?: PackPatrol }

/** Where a walk is kept. */
export const keyOf = (owner: Owner, plan: string) => `walk/${owner}/${plan}`

export const walkingOf = async (owner: Owner, plan: string): Promise<Walking | null> => (await note<Walking | null>(keyOf(owner, plan))) ?? null

export async function keepWalking(owner: Owner, plan: string, walking: Walking | null): Promise<void> {
  // A plain copy: what a page watches cannot be kept.
  await keepNote(keyOf(owner, plan), walking && JSON.parse(JSON.stringify(walking)))
}

/** The walks of this person that have begun and not ended, by plan. */
export async function walksOf(owner: Owner): Promise<Map<string, Walking>> {
  const start = keyOf(owner, '')
  const rows = await (await base()).getAll('note', IDBKeyRange.bound(start, `${start}\uffff`))
  return new Map(rows.flatMap((row) => (row.value ? [[row.key.slice(start.length), row.value as Walking] as const] : [])))
}

/** The patrols to show: those being walked first, whatever the day, then those due. */
export function walkable(due: readonly PackPatrol[], taken: readonly PackPatrol[], walks: ReadonlyMap<string, Walking>): PackPatrol[] {
  const open = [...walks].flatMap(([id, walk]) => walk.plan ?? taken.find((one) => one.id === id) ?? [])
  return [...open, ...due.filter((one) => !walks.has(one.id))]
}

/** Whether it lasts longer than a walk may: then whoever walked says when it ended. */
export const tooLong = (walk: Walking, now: number): boolean => now - Date.parse(walk.begunAt) > LONGEST

/** A moment as an input of day and time shows it, on the city's clock; the phone's clock is `offset` behind. */
export const localOf = (moment: number, offset: number): string => new Date(moment + offset + CITY).toISOString().slice(0, 16)

/** The end as it was entered, on the phone's clock; minutes are as exact as it gets, so it is kept between the beginning and what a walk may last. */
export function endOf(walk: Walking, entered: string, offset: number): string | null {
  const at = Date.parse(`${entered}:00+08:00`) - offset
  const begun = Date.parse(walk.begunAt)
  if (Number.isNaN(at) || at < begun - 60_000 || at > begun + LONGEST) return null
  return new Date(Math.max(begun, at)).toISOString()
}
