/** Watching for a time: a stopwatch that lives in what was written down, never in a running page; taps go into their minute. */
import type { FindingBody } from '@/api/schema'

export interface Tap {
  observed: number
  total: number
}

/** A watch as it is kept on the phone; a pause is a stretch that was added up and nothing since. */
export interface WatchState {
  startedAt: string
  /** Milliseconds that ran before the last pause. */
  ran: number
  /** Since when it runs; none while it stands. */
  since: number | null
  minutes: Tap[]
}

export const begun = (now: number, offsetMs: number): WatchState => ({ startedAt: new Date(now + offsetMs).toISOString(), ran: 0, since: now, minutes: [] })

/** How long it has run, pauses left out. A clock that was put back takes nothing away. */
export const elapsed = (watch: WatchState, now: number): number => watch.ran + (watch.since === null ? 0 : Math.max(0, now - watch.since))

export const paused = (watch: WatchState, now: number): WatchState => ({ ...watch, ran: elapsed(watch, now), since: null })
export const resumed = (watch: WatchState, now: number): WatchState => (watch.since === null ? { ...watch, since: now } : watch)

const filled = (minutes: readonly Tap[], upTo: number): Tap[] => Array.from({ length: Math.max(minutes.length, upTo + 1) }, (_, at) => minutes[at] ?? { observed: 0, total: 0 })

/** One more that was looked at. */
export function tapped(watch: WatchState, complies: boolean, now: number): WatchState {
  const at = Math.floor(elapsed(watch, now) / 60_000)
  const minutes = filled(watch.minutes, at).map((one, place) => (place === at ? { observed: one.observed + (complies ? 1 : 0), total: one.total + 1 } : one))
  return { ...watch, minutes }
}

/** Takes back the last tap of its kind, in the newest minute that has one. */
export function untapped(watch: WatchState, complies: boolean): WatchState {
  const has = (one: Tap) => (complies ? one.observed > 0 : one.total > one.observed)
  const at = watch.minutes.map(has).lastIndexOf(true)
  const minutes = watch.minutes.map((one, place) => (place === at ? { observed: one.observed - (complies ? 1 : 0), total: one.total - 1 } : one))
  return { ...watch, minutes }
}

export const sum = (watch: WatchState): Tap => watch.minutes.reduce((all, one) => ({ observed: all.observed + one.observed, total: all.total + one.total }), { observed: 0, total: 0 })

/** The result that it comes to. */
export function resultOf(watch: WatchState, now: number): Extract<FindingBody, { kind: 'timed' }> {
  const seconds = Math.floor(elapsed(watch, now) / 1000)
  const minutes = filled(watch.minutes, Math.max(0, Math.ceil(seconds / 60) - 1))
  return { kind: 'timed', ...sum(watch), watch: { started_at: watch.startedAt, seconds, minutes } }
}

/** Seconds that are missing to what the item asks. */
export const shortBy = (seconds: number, minutes: number | null | undefined): number => Math.max(0, (minutes ?? 0) * 60 - seconds)

/** `7:05`. */
export const clock = (seconds: number): string => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
