/** The standard ways in which an item is judged 评判方式, and the words that a checklist writes for them. */
export const JUDGEMENTS = ['pass_fail', 'grade', 'fault_count', 'count_at_least', 'ratio', 'percentage', 'interview'] as const
export type JudgementKind = (typeof JUDGEMENTS)[number]

/** Whether a kind asks for a number: how many are wanted, or how many people are asked. */
export function counts(kind: string): boolean {
  return kind === 'count_at_least' || kind === 'interview'
}

/** The words by which the server knows a kind; they are data of the city, in the words of its sheets. */
export function wordsOf(kind: JudgementKind, n: number): string {
  return {
    pass_fail: '全有全无',
    grade: '等级：达标、基本达标、不达标',
    fault_count: '扣分：每处',
    count_at_least: `数量：≥${n}`,
    ratio: '比例：合格数÷抽查数',
    percentage: '比例（观察）',
    interview: `询问${n}人，按答对人数`,
  }[kind]
}
