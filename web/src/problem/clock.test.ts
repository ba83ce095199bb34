import { describe, expect, it } from 'vitest'
import type { ClockView } from '@/api/schema'
import { clockBar, clockWords, DUE_AT } from './clock'

const hour = 3600
const view = (clock: Partial<ClockView>): ClockView => ({ state: 'running', day_seconds: 7 * hour, ...clock })
const words = (clock: Partial<ClockView>) => clockWords(view(clock), 'zh-CN')
const bar = (clock: Partial<ClockView>) => clockBar(view(clock))

describe('what a clock says', () => {
  it('is silent before it starts', () => expect(words({ state: 'none' })).toBeNull())

  it('says what is left', () => {
    expect(words({ state: 'running', remaining_seconds: hour + 36 * 60 })).toEqual({ key: 'clock.left', length: '1 时 36 分', late: false })
  })

  it('says how late it is, and only then is it red', () => {
    expect(words({ state: 'late', late_seconds: 64 * hour })).toEqual({ key: 'clock.late', length: '9 日 1 时', late: true })
    expect(words({ state: 'stopped', remaining_seconds: 0 })?.late).toBe(false)
  })

  it('says which calendar is missing', () => expect(words({ state: 'awaiting_calendar', missing_year: 2027 })?.length).toBe('2027'))

  it('remembers a lateness after the end', () => {
    expect(words({ state: 'done', late_seconds: 0 })?.key).toBe('clock.done_on_time')
    expect(words({ state: 'done', late_seconds: hour })?.key).toBe('clock.done_late')
  })
})

describe('the bar of a clock', () => {
  it('fills to the tick at the due moment', () => {
    expect(bar({ state: 'running', limit_seconds: 100, used_seconds: 50 })).toEqual({ used: DUE_AT / 2, over: 0 })
    expect(bar({ state: 'late', limit_seconds: 100, late_seconds: 10 }).used).toBe(DUE_AT)
  })

  it('runs past the tick as far as it is late, at most to the end', () => {
    expect(bar({ state: 'late', limit_seconds: 100, late_seconds: 10 }).over).toBeCloseTo(6.2)
    expect(bar({ state: 'late', limit_seconds: 100, late_seconds: 900 }).over).toBe(100 - DUE_AT)
  })

  it('never runs over its ends', () => {
    expect(bar({ state: 'running', limit_seconds: 100, used_seconds: 500 }).used).toBe(DUE_AT)
    expect(bar({ state: 'running', limit_seconds: 0 })).toEqual({ used: 0, over: 0 })
  })
})
