/** The shape of a policy of assessment as the rules read it; the description of the interface calls it an object. */
export type ComponentKind = 'field_score' | 'rectification' | 'tasks' | 'filing' | 'survey' | 'entered'
export type Finder = 'own' | 'city' | 'higher' | 'media' | 'public'
export type ListRule = { by: 'nobody' } | { by: 'rank'; n: number } | { by: 'threshold'; figure: string }

export interface Policy {
  components: { key: string; name: string; kind: ComponentKind; weight: string; minimum: number }[]
  adjustments: { key: string; name: string; effect: 'bonus' | 'deduction'; prices: { finder: Finder; points: string }[]; repeat_factor: string; limit: string | null }[]
  decimals: number
  minimum_covered: string
  exclusions: { unit: string; reason: string }[]
  red: ListRule
  black: ListRule
  appeal_days: number
}

export const KINDS: ComponentKind[] = ['field_score', 'rectification', 'tasks', 'filing', 'survey', 'entered']
export const FINDERS: Finder[] = ['own', 'city', 'public', 'media', 'higher']

/** Adds decimals as they are written, without rounding: 33.3 + 33.3 + 33.4 = 100. */
export function sumOf(weights: string[]): string {
  const decimals = Math.max(0, ...weights.map((one) => one.trim().split('.')[1]?.length ?? 0))
  const scale = 10 ** decimals
  const sum = weights.reduce((total, one) => total + Math.round(Number(one) * scale), 0)
  return Number.isFinite(sum) ? String(sum / scale) : '—'
}

/** Bonuses and deductions that the work itself fills: the server knows them by these keys. */
export const GATHERED = ['rebound', 'exposure'] as const

/** A key that nothing in the policy has yet. */
export function freshKey(letter: string, taken: string[]): string {
  let number = taken.length + 1
  while (taken.includes(`${letter}${number}`)) number += 1
  return `${letter}${number}`
}

/** What stands for a forgotten event among the targets of a correction. */
export const ADD_EVENT = '+'

/** A correction as the dialog holds it: only what its target asks for is filled. */
export interface Correcting {
  target: string
  reached: string
  possible: string
  denominator: string
  adjustment: string
  finder: Finder
  count: number
  repeats: number
  note: string
}

/** A correction as the server takes it; an added event is known by its appeal and its place in it. */
export function correctionOf(one: Correcting, of: { unit: string; appeal: string; at: number; isEvent: boolean; source: string }): Record<string, unknown> {
  if (one.target === ADD_EVENT) {
    const event = { id: `appeal:${of.appeal}:${of.at}`, adjustment: one.adjustment, finder: one.finder, repeats: Number(one.repeats), count: Number(one.count), note: one.note.trim(), link: '' }
    return { correction: 'add_event', unit: of.unit, event }
  }
  if (of.isEvent) return { correction: 'drop_event', unit: of.unit, event: one.target }
  const fact = { reached: one.reached.trim(), possible: one.possible.trim(), denominator: Number(one.denominator), source: of.source }
  return { correction: 'fact', unit: of.unit, component: one.target, fact }
}
