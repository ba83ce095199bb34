/** How far a visit is, and with which answer an item begins. */
import type { FindingBody, ItemView } from '@/api/schema'
import { GRADES, toneOf, type Answer } from '@/round/result'
import type { Entry } from './offline/base'

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
  photos: number
}

export function tallyOf(items: readonly ItemView[], entries: Readonly<Record<string, Entry>>): Tally {
  const tally: Tally = { all: items.length, answered: 0, good: 0, bad: 0, plain: 0, notApplicable: 0, photoMissing: [], photos: 0 }
  for (const item of items) {
    const entry = entries[item.id]
    if (!entry?.result) continue
    tally.answered += 1
    tally.photos += entry.photos.length
    const tone = toneOf(entry.result)
    if (entry.result.kind === 'not_applicable') tally.notApplicable += 1
    else if (tone === 'good') tally.good += 1
    else if (tone === 'bad') {
      tally.bad += 1
      if (item.photo_on_failure && entry.photos.length === 0) tally.photoMissing.push(item)
    } else tally.plain += 1
  }
  return tally
}
