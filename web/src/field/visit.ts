/** What the inspector has entered for each item, and how far the visit is. */
import type { FindingBody, FindingView, ItemView, VisitView } from '@/api/schema'
import { GRADES, toneOf, type Answer } from '@/round/result'

/** Phrases are chosen several at a time and kept as one text, as the sheets write them. */
export const PHRASE_MARK = '；'

export interface Entry {
  result: FindingBody | null
  phrases: string[]
  note: string
  media: string[]
  state: 'empty' | 'changed' | 'sending' | 'kept' | 'refused'
  reason: string
}

export function entryOf(finding: FindingView | undefined): Entry {
  if (!finding) return { result: null, phrases: [], note: '', media: [], state: 'empty', reason: '' }
  return {
    result: finding.result,
    phrases: finding.phrase ? finding.phrase.split(PHRASE_MARK).filter(Boolean) : [],
    note: finding.note ?? '',
    media: [...finding.media_ids],
    state: 'kept',
    reason: '',
  }
}

export function entriesOf(visit: VisitView): Map<string, Entry> {
  const findings = new Map(visit.findings.map((finding) => [finding.item_id, finding]))
  return new Map(visit.items.map((item) => [item.id, entryOf(findings.get(item.id))]))
}

/** The answer with which an item begins when its button is pressed. */
export function firstResult(answer: Answer, choice: string): FindingBody {
  switch (answer) {
    case 'pass_fail':
      return { kind: 'pass_fail', pass: choice === 'pass' }
    case 'grade':
      return { kind: 'grade', grade: GRADES.find((grade) => grade === choice) ?? 'not_met' }
    case 'faults':
      return { kind: 'faults', count: choice === 'pass' ? 0 : 1 }
    case 'count':
      return { kind: 'count', count: Number(choice) || 0 }
    case 'ratio':
      return { kind: 'ratio', observed: 0, total: 0 }
    case 'interview':
      return { kind: 'interview', correct: 0, asked: 0 }
  }
}

export interface Tally {
  all: number
  answered: number
  good: number
  bad: number
  plain: number
  notApplicable: number
  photoMissing: ItemView[]
  unsent: number
}

export function tallyOf(items: readonly ItemView[], entries: ReadonlyMap<string, Entry>): Tally {
  const tally: Tally = { all: items.length, answered: 0, good: 0, bad: 0, plain: 0, notApplicable: 0, photoMissing: [], unsent: 0 }
  for (const item of items) {
    const entry = entries.get(item.id)
    if (!entry?.result) continue
    tally.answered += 1
    if (entry.state !== 'kept') tally.unsent += 1
    const tone = toneOf(entry.result)
    if (entry.result.kind === 'not_applicable') tally.notApplicable += 1
    else if (tone === 'good') tally.good += 1
    else if (tone === 'bad') {
      tally.bad += 1
      if (item.photo_on_failure && entry.media.length === 0) tally.photoMissing.push(item)
    } else tally.plain += 1
  }
  return tally
}
