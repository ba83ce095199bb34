/** The codes that filters and forms offer; their words stand in the locale files. */
export const STATES = ['reported', 'filed', 'assigned', 'rectifying', 'submitted', 'closed', 'deferred', 'dismissed', 'merged'] as const
export const SOURCES = ['round_finding', 'covert', 'grid_patrol', 'citizen', 'media_exposure', 'hotline', 'deputies', 'higher_feedback', 'leader_instruction', 'other_system'] as const
/** Sources that a person may register by hand; findings come from rounds. */
export const HAND_SOURCES = ['grid_patrol', 'citizen', 'media_exposure', 'hotline', 'deputies', 'higher_feedback', 'leader_instruction', 'other_system'] as const
export const CLOCKS = ['overdue', 'today', 'soon', 'stopped'] as const
/** Steps that have limits of their own; rectifying has the problem's clock. */
export const LATE_STEPS = ['file', 'assign', 'acknowledge', 'verify'] as const
/** What happened in the last 24 hours. */
export const MOVED = ['filed', 'closed', 'late'] as const
export const SLIPS = ['white', 'yellow', 'red'] as const
/** How far a responsible party is that was asked. */
export const ASK_STATES = ['open', 'answered', 'returned', 'accepted', 'released', 'revoked'] as const
export const VIEWS = ['all', 'late_and_today', 'to_verify', 'to_assign', 'to_decide', 'rebound', 'exposure', 'deferred', 'mine', 'told'] as const
export const URGENCIES = ['ordinary', 'urgent', 'immediate'] as const

/** States in which somebody still has something to do. */
const OPEN_STATES = ['reported', 'filed', 'assigned', 'rectifying', 'submitted', 'deferred'] as const

/** The list behind a number of open problems. */
export function openProblems(filter: 'unit' | 'site' | 'street', id: string): string {
  return `/problems?${filter}=${id}${OPEN_STATES.map((state) => `&state=${state}`).join('')}`
}
