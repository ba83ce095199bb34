/** What stands for an item: as the page holds it, and as it is sent. */
import type { Mark } from '@/api/schema'
import { PHRASE_MARK } from '@/round/result'
import type { Entry } from './base'

export const emptyEntry = (): Entry => ({ result: null, phrases: [], note: '', photos: [] })

export function markOf(entry: Entry): Mark {
  if (!entry.result) throw new Error('an item without a result cannot be marked')
  return { result: entry.result, phrase: entry.phrases.join(PHRASE_MARK), note: entry.note.trim(), photos: [...entry.photos] }
}

export const entryOfMark = (mark: Mark): Entry => ({ result: mark.result, phrases: (mark.phrase ?? '').split(PHRASE_MARK).filter(Boolean), note: mark.note ?? '', photos: [...(mark.photos ?? [])] })

/** A plain copy: what a page watches cannot be kept. */
export const plain = (entry: Entry): Entry => JSON.parse(JSON.stringify(entry)) as Entry

/** Whether two entries say the same. */
export const same = (one: Entry, other: Entry): boolean => {
  const said = ({ result, phrases, note, photos }: Entry) => JSON.stringify([result, phrases, note.trim(), photos])
  return said(one) === said(other)
}
