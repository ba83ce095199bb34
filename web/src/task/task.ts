/** What the pages of tasks share: their ways of looking, states, classes, and bars in time. */
import type { TimelineRow } from '@/api/schema'

export const STATES = ['draft', 'running', 'concluded', 'signed', 'done', 'cancelled'] as const
export const CLASSES = ['hardware', 'service', 'special', 'own'] as const
export const VIEWS = ['all', 'open', 'late', 'soon', 'mine', 'to_sign', 'to_accept', 'under_plan'] as const
export const DETERMINATIONS = ['goal', 'measures', 'standard', 'responsible', 'deadline'] as const

export interface Bar {
  id: string
  name: string
  start: string
  end: string
  progress: number
  custom_class: string
}

/** A task and its milestones as bars: days only, since a plan is laid in days. */
export function barsOf(rows: readonly TimelineRow[]): Bar[] {
  return rows.flatMap((row) => {
    if (!row.due_on) return []
    const begun = row.start_on ?? row.milestones[0]?.from ?? row.due_on
    const start = begun <= row.due_on ? begun : row.due_on
    const own: Bar = { id: row.id, name: row.title, start, end: row.due_on, progress: row.percent, custom_class: row.late ? 'late' : row.state }
    const steps = row.milestones.map((one, at) => ({
      id: `${row.id}-${at}`,
      name: one.name,
      start: one.from,
      end: one.to,
      progress: one.done_at ? 100 : 0,
      custom_class: one.done_at ? 'done' : 'step',
    }))
    return [own, ...steps]
  })
}

export interface DayEntry {
  id: string
  title: string
  step: string | null
  late: boolean
  done: boolean
}

/** What is due on each day: last days of tasks and of open milestones. */
export function daysOf(rows: readonly TimelineRow[]): Map<string, DayEntry[]> {
  const days = new Map<string, DayEntry[]>()
  const put = (day: string, entry: DayEntry) => days.set(day, [...(days.get(day) ?? []), entry])
  for (const row of rows) {
    for (const one of row.milestones) put(one.to, { id: row.id, title: row.title, step: one.name, late: row.late && !one.done_at, done: Boolean(one.done_at) })
    if (row.due_on) put(row.due_on, { id: row.id, title: row.title, step: null, late: row.late, done: row.state === 'done' })
  }
  return days
}
