/** What was observed for an item: how a judgement is asked for, and how a result reads. */
import type { FindingBody, JudgementView } from '@/api/schema'
import { clock } from '@/field/watch'

export const ROUND_KINDS = ['mock', 'routine', 'spot', 'covert', 'special', 'recheck', 'external'] as const
export const ROUND_STATES = ['planned', 'open', 'closed', 'released'] as const
export const GRADES = ['met', 'mostly_met', 'not_met'] as const
export type Answer = 'pass_fail' | 'grade' | 'faults' | 'count' | 'ratio' | 'interview'

const KINDS: Record<string, Answer> = {
  pass_fail: 'pass_fail',
  grade: 'grade',
  fault_count: 'faults',
  count_at_least: 'count',
  ratio: 'ratio',
  percentage: 'ratio',
  interview: 'interview',
}

/** The kind of answer that a judgement asks for; an item without a known judgement passes or fails. */
export function answerOf(judgement: JudgementView | null | undefined): Answer {
  return KINDS[judgement?.kind ?? ''] ?? 'pass_fail'
}

/** Key and values of the sentence that says a result. */
export function resultWords(result: FindingBody): { key: string; values: Record<string, string | number> } {
  switch (result.kind) {
    case 'pass_fail':
      return { key: result.pass ? 'result.pass' : 'result.fail', values: {} }
    case 'grade':
      return { key: `result.grade.${result.grade}`, values: {} }
    case 'faults':
      return { key: result.count === 0 ? 'result.pass' : 'result.faults', values: { n: result.count } }
    case 'count':
      return { key: 'result.count', values: { n: result.count } }
    case 'ratio':
      return { key: 'result.ratio', values: { part: result.observed, whole: result.total } }
    case 'timed':
      return { key: 'result.timed', values: { part: result.observed, whole: result.total, time: clock(result.watch.seconds) } }
    case 'interview':
      return { key: 'result.interview', values: { part: result.correct, whole: result.asked } }
    case 'not_applicable':
      return { key: 'result.not_applicable', values: {} }
  }
}

/** Between typical faults, as the sheets write several. */
export const PHRASE_MARK = '；'

/** The typical faults that were picked, each with its count where they were counted singly and are more than one. */
export function phraseWords(t: (key: string, values: Record<string, unknown>) => string, result: FindingBody, picked: string | undefined): string {
  const counts = result.kind === 'faults' ? (result.by_phrase ?? []) : []
  if (counts.length === 0) return picked ?? ''
  const single = counts.length === 1 && counts[0]!.count === 1
  const rest = (picked ?? '').split(PHRASE_MARK).filter((one) => one && !counts.some((known) => known.phrase === one))
  return [...counts.map((one) => (single ? one.phrase : t('result.of_phrase', { phrase: one.phrase, n: one.count }))), ...rest].join(PHRASE_MARK)
}

/** How a result is coloured on the inspector's list; counts and shares are judged by the server only. */
export function toneOf(result: FindingBody): 'good' | 'bad' | 'plain' {
  switch (result.kind) {
    case 'pass_fail':
      return result.pass ? 'good' : 'bad'
    case 'grade':
      return result.grade === 'met' ? 'good' : 'bad'
    case 'faults':
      return result.count === 0 ? 'good' : 'bad'
    case 'count':
    case 'ratio':
    case 'timed':
    case 'interview':
    case 'not_applicable':
      return 'plain'
  }
}
