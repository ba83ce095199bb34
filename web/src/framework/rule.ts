/** The nine shapes of a rule as the server writes them, and what can be entered for each. */
export const METHODS = ['on_site', 'filing', 'survey', 'opinion', 'statistic'] as const

export type Amount = { points: string } | { share: string }
export interface RuleShape {
  shape: string
  [part: string]: unknown
}

export const SHAPES = ['grades', 'all_or_nothing', 'deduct_per_fault', 'count_at_least', 'ratio', 'per_percentage_point', 'failing_samples', 'interview', 'gate'] as const

/** A rule of a shape with the usual numbers. */
export function emptyRule(shape: string): RuleShape {
  const each: Amount = { points: '0.1' }
  switch (shape) {
    case 'grades':
      return { shape, grades: { met: '1', mostly_met: '0.6', not_met: '0' } }
    case 'deduct_per_fault':
      return { shape, each, floor: '0', max_per_item: null }
    case 'count_at_least':
      return { shape, n: 5, each }
    case 'per_percentage_point':
      return { shape, target: '90', each, step: 'exact' }
    case 'failing_samples':
      return { shape, n: 10, each }
    case 'interview':
      return { shape, each }
    case 'gate':
      // oxlint-disable-next-line unicorn/no-thenable -- the server calls the rule behind a gate `then`; it is never awaited
      return { shape, item: null, condition: '', then: emptyRule('deduct_per_fault') }
    default:
      return { shape }
  }
}

export const amountOf = (amount: unknown): { by: 'points' | 'share'; value: string } => {
  const given = (amount ?? {}) as Record<string, string>
  return given.share !== undefined ? { by: 'share', value: given.share } : { by: 'points', value: given.points ?? '' }
}
