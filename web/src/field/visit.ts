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

/** A per cent as decimal text or a fraction, in millionths. */
function millionths(percent: string): number {
  const [above = '0', below = '1'] = percent.split('/')
  return (Number(above) / Number(below)) * 1_000_000
}

/** Whether an item fails by this result, as the server will judge it; `target` is the per cent that a share observed must reach. */
export function fails(item: Pick<ItemView, 'judgement'>, result: FindingBody, target?: string): boolean {
  switch (result.kind) {
    case 'count':
      return item.judgement?.kind === 'count_at_least' ? result.count < (item.judgement.n ?? 1) : result.count === 0
    case 'ratio':
    case 'timed':
      if (result.total === 0) return false
      if (item.judgement?.kind !== 'percentage') return result.observed < result.total
      return target !== undefined && result.observed * 100_000_000 < millionths(target) * result.total
    case 'interview':
      return result.correct < result.asked
    default:
      return toneOf(result) === 'bad'
  }
}

/** Whether an answer still lacks the photograph that a failure of its item demands. */
export function lacksPhoto(item: ItemView, entry: Entry, target?: string): boolean {
  return item.photo_on_failure && entry.photos.length === 0 && entry.result !== null && fails(item, entry.result, target)
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

export function tallyOf(items: readonly ItemView[], entries: Readonly<Record<string, Entry>>, targets: Readonly<Record<string, string>> = {}): Tally {
  const tally: Tally = { all: items.length, answered: 0, good: 0, bad: 0, plain: 0, notApplicable: 0, photoMissing: [], photos: 0 }
  for (const item of items) {
    const entry = entries[item.id]
    if (!entry?.result) continue
    tally.answered += 1
    tally.photos += entry.photos.length
    const tone = toneOf(entry.result)
    if (lacksPhoto(item, entry, targets[item.id])) tally.photoMissing.push(item)
    if (entry.result.kind === 'not_applicable') tally.notApplicable += 1
    else if (tone === 'good') tally.good += 1
    else if (tone === 'bad') tally.bad += 1
    else tally.plain += 1
  }
  return tally
}
