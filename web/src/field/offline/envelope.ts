/** A command as it is sent: the text of its work goes out as the very text that was hashed. */
import type { Work } from '@/api/schema'
import type { CommandRow } from './base'
import { hashOfText } from './hash'

interface Head {
  id: string
  person_id: string
  parents: string[]
  made_at: string
  clock_offset_ms: number
  body_hash: string
}

const WORK = ',"work":'

export function envelope(head: Omit<Head, 'body_hash'>, work: string): string {
  const full: Head = { ...head, body_hash: hashOfText(work) }
  return `${JSON.stringify(full).slice(0, -1)}${WORK}${work}}`
}

/** The same command with another body, id or parents, and the moment it was made at unless another is given. */
export function rewritten(row: CommandRow, change: { id?: string; parents?: string[]; work?: Work; photos?: string[]; madeAt?: string }): CommandRow {
  const head = JSON.parse(row.text) as Head
  const text = change.work ? JSON.stringify(change.work) : row.text.slice(row.text.indexOf(WORK) + WORK.length, -1)
  const next = { ...row, id: change.id ?? row.id, parents: change.parents ?? row.parents, photos: change.photos ?? row.photos, madeAt: change.madeAt ?? row.madeAt, work: JSON.parse(text) as Work }
  return { ...next, text: envelope({ id: next.id, person_id: next.person, parents: next.parents, made_at: next.madeAt, clock_offset_ms: head.clock_offset_ms }, text) }
}
