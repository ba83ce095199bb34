/** Both sides of a clash, as the server told them, in lines that can be shown. */
import { resultWords } from '@/round/result'
import type { FindingBody } from '@/api/schema'
import type { CommandRow } from './offline/base'
import { LOST } from './offline/send'

export interface Side {
  who: 'mine' | 'theirs'
  /** A word of the city, or plain text. */
  what: string
  term?: string
  key?: string
  values?: Record<string, string | number>
  at?: string
  by?: string
  /** What a side observed, and the typical faults it picked. */
  result?: FindingBody
  phrase?: string
}

interface Told {
  mine?: { result: FindingBody; phrase?: string; note?: string }
  theirs?: { result: FindingBody; phrase?: string; note?: string }
  since?: { command: string; by: string; at: string; to: string }[]
  closed_at?: string
  made_at?: string
  given_to?: string
  given_at?: string
}

export function sidesOf(row: CommandRow): Side[] {
  const told = (row.receipt?.data ?? {}) as Told
  const sides: Side[] = []
  for (const who of ['mine', 'theirs'] as const) {
    const side = told[who]
    if (!side) continue
    const words = resultWords(side.result)
    sides.push({ who, what: words.key, key: words.key, values: words.values, result: side.result, phrase: side.phrase, by: [side.note].filter(Boolean).join(' · ') })
  }
  for (const step of told.since ?? []) sides.push({ who: 'theirs', what: step.command, term: 'command', at: step.at, by: step.by })
  if (told.since && row.work.kind === 'command_problem') sides.push({ who: 'mine', what: row.work.order.command, term: 'command', at: row.madeAt })
  if (told.closed_at) sides.push({ who: 'theirs', what: 'phone.round_closed', key: 'phone.round_closed', at: told.closed_at })
  if (told.given_at) sides.push({ who: 'theirs', what: 'phone.given_on', key: 'phone.given_on', values: { name: told.given_to ?? '—' }, at: told.given_at })
  if (told.made_at) sides.push({ who: 'mine', what: 'phone.was_made', key: 'phone.was_made', at: told.made_at })
  return sides
}

/** Why a photograph was not taken: the server's own words, or that the phone has it no more. */
export const reasonOf = (t: (key: string) => string, reason: string): string => (reason === LOST || reason === '' ? t('phone.photo_lost') : reason)
