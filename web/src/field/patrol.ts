/** Which patrols are due on a day, by what the phone took along and what was walked on it since: also the morning after, without network. */
import type { PackPatrol, PackWalk } from '@/api/schema'

/** The day of a moment in the city, `2026-03-05`. */
const DAY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', year: 'numeric', month: '2-digit', day: '2-digit' })

export const dayOf = (moment: string): string => DAY.format(new Date(moment))

/** What is owed of it on this day; `walked` are the days walked on this phone that the server has not counted yet. */
export function dueOn(patrol: PackPatrol, today: string, walked: readonly string[]): PackWalk | null {
  if (patrol.walked_on === today || walked.includes(today)) return null
  const owed = patrol.ahead.find((walk) => walk.from <= today && today <= walk.to)
  if (!owed) return null
  const served = new Set(walked.filter((day) => owed.from <= day && day <= owed.to)).size
  return served < owed.times ? owed : null
}
