/** The standard ways in which an item is judged 评判方式, and the words that a checklist writes for them. */
import { zh } from '@/i18n'

export const JUDGEMENTS = ['pass_fail', 'grade', 'fault_count', 'count_at_least', 'ratio', 'percentage', 'interview'] as const
export type JudgementKind = (typeof JUDGEMENTS)[number]

/** Whether a kind asks for a number: how many are wanted, how many people are asked, or how many minutes are watched. */
export function counts(kind: string): boolean {
  return kind === 'count_at_least' || kind === 'interview' || kind === 'percentage'
}

/** The words by which the server knows a kind: data of the city, in the words of its sheets whatever the reader's language. */
export function wordsOf(kind: JudgementKind, n: number): string {
  return (zh.judgement_words as unknown as Record<JudgementKind, string>)[kind].replace('{n}', String(n))
}
