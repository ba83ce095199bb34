/** Picking typical faults. Where faults are counted, each picked one has a count of its own, and together they are the item's. */
import type { FindingBody } from '@/api/schema'
import type { Entry } from './offline/base'

export interface Counted { phrase: string; count: number }

type Faults = Extract<FindingBody, { kind: 'faults' }>
const faultsOf = (entry: Entry): Faults | null => (entry.result?.kind === 'faults' && entry.result.count > 0 ? entry.result : null)

/** How many of each picked fault. An older answer has one count for all: each is one at least, the first has the rest. */
export function countsOf(entry: Entry): Counted[] {
  const faults = faultsOf(entry)
  if (!faults) return []
  const known = new Map((faults.by_phrase ?? []).map((one) => [one.phrase, one.count]))
  if (known.size === 0) {
    const rest = Math.max(1, faults.count - entry.phrases.length + 1)
    return entry.phrases.map((phrase, at) => ({ phrase, count: at === 0 ? rest : 1 }))
  }
  return [...known].map(([phrase, count]) => ({ phrase, count })).concat(entry.phrases.filter((one) => !known.has(one)).map((phrase) => ({ phrase, count: 1 })))
}

function counted(entry: Entry, counts: Counted[]): Entry {
  const count = counts.reduce((sum, one) => sum + one.count, 0)
  return { ...entry, phrases: counts.map((one) => one.phrase), result: { kind: 'faults', count, by_phrase: counts } }
}

/** Picks a typical fault, or takes it back; the first one picked is what was counted so far. */
export function pick(entry: Entry, phrase: string): Entry {
  const faults = faultsOf(entry)
  if (!faults) {
    const phrases = entry.phrases.includes(phrase) ? entry.phrases.filter((one) => one !== phrase) : [...entry.phrases, phrase]
    return { ...entry, phrases }
  }
  const counts = countsOf(entry)
  const rest = counts.filter((one) => one.phrase !== phrase)
  if (rest.length < counts.length) return rest.length > 0 ? counted(entry, rest) : { ...entry, phrases: [], result: { kind: 'faults', count: faults.count } }
  return counted(entry, [...counts, { phrase, count: counts.length === 0 ? faults.count : 1 }])
}

/** Counts a picked fault. */
export function recount(entry: Entry, phrase: string, count: number): Entry {
  return counted(entry, countsOf(entry).map((one) => (one.phrase === phrase ? { phrase, count: Math.max(1, Math.floor(count) || 1) } : one)))
}

/** What is offered: the checklist's own, `other` where faults are counted, and what was picked before the checklist was revised. */
export function offered(phrases: readonly string[], entry: Entry, other: string): string[] {
  const own = faultsOf(entry) && !phrases.includes(other) ? [...phrases, other] : [...phrases]
  return [...own, ...entry.phrases.filter((one) => !own.includes(one))]
}
