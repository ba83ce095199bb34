/** What a problem's clock says and how its bar is filled; the limit ends at 62 % of the bar, the rest is lateness. */
import type { ClockView } from '@/api/schema'
import type { Language } from '@/i18n'
import { lengthText, WORKING_DAY_SECONDS } from '@/i18n/format'

export const DUE_AT = 62

export interface ClockWords {
  /** Key of the sentence in the locale files. */
  key: string
  length: string
  late: boolean
}

/** The sentence above the bar. */
export function clockWords(clock: ClockView, language: Language): ClockWords | null {
  const day = clock.day_seconds ?? WORKING_DAY_SECONDS
  const length = (seconds: number | null | undefined) => lengthText(seconds ?? 0, language, day)
  switch (clock.state) {
    case 'none':
      return null
    case 'late':
      return { key: 'clock.late', length: length(clock.late_seconds), late: true }
    case 'running':
      return { key: 'clock.left', length: length(clock.remaining_seconds), late: false }
    case 'stopped':
      return { key: 'clock.stopped', length: length(clock.remaining_seconds), late: false }
    case 'awaiting_calendar':
      return { key: 'clock.awaiting_calendar', length: String(clock.missing_year ?? ''), late: false }
    case 'done':
      return (clock.late_seconds ?? 0) > 0
        ? { key: 'clock.done_late', length: length(clock.late_seconds), late: false }
        : { key: 'clock.done_on_time', length: '', late: false }
  }
}

/** Widths, in per cent of the whole bar, of the time used within the limit and beyond it. */
export function clockBar(clock: ClockView): { used: number; over: number } {
  const limit = clock.limit_seconds ?? 0
  const late = clock.late_seconds ?? 0
  if (limit <= 0) return { used: late > 0 ? DUE_AT : 0, over: late > 0 ? 100 - DUE_AT : 0 }
  const used = late > 0 ? 1 : Math.min(1, Math.max(0, (clock.used_seconds ?? limit - (clock.remaining_seconds ?? limit)) / limit))
  return { used: used * DUE_AT, over: Math.min(100 - DUE_AT, (late / limit) * DUE_AT) }
}
