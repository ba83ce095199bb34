import { describe, expect, it } from 'vitest'
import { begun, clock, elapsed, paused, resultOf, resumed, shortBy, sum, tapped, untapped } from './watch'

const T0 = Date.parse('2026-03-02T09:00:00+08:00')
const at = (seconds: number) => T0 + seconds * 1000

describe('a watch', () => {
  it('runs by the clock, whatever the page did meanwhile, and stands while it is paused', () => {
    const kept = JSON.parse(JSON.stringify(begun(T0, 2_000)))
    expect(elapsed(kept, at(400))).toBe(400_000)
    const stands = paused(kept, at(60))
    expect(elapsed(stands, at(500))).toBe(60_000)
    expect(elapsed(resumed(stands, at(500)), at(530))).toBe(90_000)
    expect(elapsed(kept, at(-5))).toBe(0)
    expect(kept.startedAt).toBe('2026-03-02T01:00:02.000Z')
  })

  it('puts taps into their minute and takes the last of a kind back', () => {
    let watch = begun(T0, 0)
    for (const [seconds, complies] of [[5, true], [59, false], [60, true], [190, true]] as const) watch = tapped(watch, complies, at(seconds))
    expect(watch.minutes).toEqual([{ observed: 1, total: 2 }, { observed: 1, total: 1 }, { observed: 0, total: 0 }, { observed: 1, total: 1 }])
    watch = untapped(untapped(watch, false), false)
    expect(sum(watch)).toEqual({ observed: 3, total: 3 })
    expect(untapped(watch, true).minutes[3]).toEqual({ observed: 0, total: 0 })
  })

  it('comes to a result whose minutes add up, with its length', () => {
    const watch = tapped(tapped(begun(T0, 0), true, at(10)), false, at(70))
    expect(resultOf(watch, at(245))).toEqual({
      kind: 'timed', observed: 1, total: 2,
      watch: { started_at: '2026-03-02T01:00:00.000Z', seconds: 245, minutes: [{ observed: 1, total: 1 }, { observed: 0, total: 1 }, { observed: 0, total: 0 }, { observed: 0, total: 0 }, { observed: 0, total: 0 }] },
    })
    expect([shortBy(245, 15), shortBy(900, 15), shortBy(10, null)]).toEqual([655, 0, 0])
    expect(clock(245)).toBe('4:05')
  })
})
