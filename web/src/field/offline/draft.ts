/** What is being entered and has not been sent: kept at every change, so that a page that dies loses nothing. */
import { base, keepNote, note, type Owner } from './base'

/** A form that is being filled. */
export interface Draft {
  title?: string
  place?: string
  note?: string
  photos: string[]
}

export const draftKey = (owner: Owner, form: string): string => `draft/${owner}/${form}`

export const draftOf = async (owner: Owner, form: string): Promise<Draft | null> => (await note<Draft>(draftKey(owner, form))) ?? null

export async function keepDraft(owner: Owner, form: string, draft: Draft): Promise<void> {
  // A plain copy: what a page watches cannot be kept.
  await keepNote(draftKey(owner, form), JSON.parse(JSON.stringify(draft)))
}

/** Where everything lies that this person is filling in. */
export function draftsOf(owner: Owner): IDBKeyRange {
  const start = draftKey(owner, '')
  return IDBKeyRange.bound(start, `${start}\uffff`)
}

/** The photographs of all that. */
export async function draftPhotos(owner: Owner): Promise<Set<string>> {
  const rows = await (await base()).getAll('note', draftsOf(owner))
  return new Set(rows.flatMap((row) => (row.value as Draft).photos))
}

/** Whether this person has something entered that is not in the outbox yet. */
export async function entering(owner: Owner): Promise<boolean> {
  const rows = await (await base()).getAll('note', draftsOf(owner))
  return rows.some(({ value }) => Boolean((value as Draft).title || (value as Draft).note || (value as Draft).photos.length))
}
