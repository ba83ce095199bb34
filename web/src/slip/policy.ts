/** The shape of a ladder, as the editor handles it. */

export interface Limit {
  unit: string
  count: number
}

export interface Trigger {
  trigger: string
  hours?: number
  working_days?: number
  times?: number
}

export interface Step {
  code: string
  kind: { kind: string; colour?: string; reply_limit?: Limit }
  triggers: Trigger[]
  release: string
  wording: string
  signer: string
  copies: string[]
}

export interface Ladder {
  steps: Step[]
}

/** The triggers, and the number that each asks for. */
export const TRIGGERS: Record<string, { field: 'hours' | 'working_days' | 'times'; usual: number } | null> = {
  due_within: { field: 'hours', usual: 24 },
  overdue: { field: 'working_days', usual: 1 },
  previous_expired: null,
  reply_not_accepted: null,
  rework: { field: 'times', usual: 2 },
  rebound: { field: 'times', usual: 1 },
  exposure: null,
}

/** The number of a trigger; none if it asks for none. */
export function amountOf(trigger: Trigger): number | null {
  const asked = TRIGGERS[trigger.trigger]
  return asked ? (trigger[asked.field] ?? asked.usual) : null
}

/** The same step with a trigger added or taken away. */
export function toggled(step: Step, kind: string): Trigger[] {
  if (step.triggers.some((one) => one.trigger === kind)) return step.triggers.filter((one) => one.trigger !== kind)
  const asked = TRIGGERS[kind]
  return [...step.triggers, asked ? { trigger: kind, [asked.field]: asked.usual } : { trigger: kind }]
}

/** A step to begin with, behind the others. */
export function newStep(steps: Step[]): Step {
  let number = steps.length + 1
  while (steps.some((one) => one.code === `step_${number}`)) number += 1
  return {
    code: `step_${number}`,
    kind: { kind: 'slip', colour: 'red', reply_limit: { unit: 'working_days', count: 3 } },
    triggers: [{ trigger: 'previous_expired' }],
    release: 'by_person',
    wording: '',
    signer: '',
    copies: [],
  }
}

/** What a rehearsal has found. */
export interface Rehearsal {
  from: string
  to: string
  problems: number
  steps: Record<string, number>
  colours: Record<string, number>
  months: Record<string, number>
  units: [string, number][]
}
