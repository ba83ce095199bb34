import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { reactive } from 'vue'
import type { PackPatrol } from '@/api/schema'
import { dayOf, dueOn } from '../patrol'
import { unpack } from './pack'
import { endOf, keepWalking, localOf, tooLong, walkable, walkingOf, walksOf, type Walking } from './walking'

const plan = (id: string, days: string[]): PackPatrol => ({ id, name: id, unit: '一网格', places: [{ name: '北门', site_id: null }], until: days[0]!, walked_on: null, ahead: days.map((day) => ({ from: day, to: day, times: 1 })) })
const walk = (begunAt: string, of?: PackPatrol): Walking => ({ id: 'w', begunAt, looked: [0], note: '夜巡', plan: of })

describe('a walk across midnight', () => {
  it('outlives the day’s list: it can still be ended when its plan is due no more', async () => {
    const of = plan('p1', ['2026-03-02'])
    await unpack('yunxi:1', { cursor: 1, reset: true, visits: [], checklists: [], problems: [], patrols: [of], removed: [] } as never)
    await keepWalking('yunxi:1', 'p1', reactive(walk('2026-03-02T15:20:00Z', of)))
    // After midnight: the plan's last day is over, the pull takes it away.
    await unpack('yunxi:1', { cursor: 2, reset: false, visits: [], checklists: [], problems: [], patrols: [], removed: [{ kind: 'patrol', id: 'p1' }] } as never)
    const [walks, next] = [await walksOf('yunxi:1'), plan('p2', ['2026-03-03'])]
    expect(walkable([next], [next], walks)).toEqual([of, next])
    expect(await walkingOf('yunxi:1', 'p1')).toEqual(walk('2026-03-02T15:20:00Z', of))
    expect((await walksOf('yunxi:2')).size).toBe(0)
    expect((await walksOf('yunxi:')).size).toBe(0)
    await keepWalking('yunxi:1', 'p1', null)
    expect(walkable([next], [next], await walksOf('yunxi:1'))).toEqual([next])
  })

  it('is of the day on which it began, and leaves the next day its own', () => {
    const daily = plan('p', ['2026-03-02', '2026-03-03'])
    const on = dayOf('2026-03-02T15:59:59Z')
    expect(on).toBe('2026-03-02')
    expect(dueOn(daily, '2026-03-02', [on])).toBeNull()
    expect(dueOn(daily, '2026-03-03', [on])?.to).toBe('2026-03-03')
    expect(dayOf('2026-03-02T16:00:00Z')).toBe('2026-03-03')
  })

  it('begun by an older version of the application is found in what was taken along', () => {
    const of = plan('p', ['2026-03-02'])
    expect(walkable([], [of], new Map([['p', walk('2026-03-01T15:00:00Z')]]))).toEqual([of])
  })

  it('over 24 hours asks when it ended, on the city’s clock', () => {
    const begun = walk('2026-03-02T12:00:30Z')
    expect(tooLong(begun, Date.parse('2026-03-03T12:00:30Z'))).toBe(false)
    expect(tooLong(begun, Date.parse('2026-03-03T12:00:31Z'))).toBe(true)
    expect(localOf(Date.parse(begun.begunAt), 0)).toBe('2026-03-02T20:00')
    expect(endOf(begun, '2026-03-03T01:10', 0)).toBe('2026-03-02T17:10:00.000Z')
    expect(endOf(begun, '2026-03-03T01:10', 600_000), 'a phone ten minutes behind').toBe('2026-03-02T17:00:00.000Z')
    expect(endOf(begun, '2026-03-02T20:00', 0), 'the same minute').toBe('2026-03-02T12:00:30.000Z')
    expect(endOf(begun, '2026-03-02T19:00', 0)).toBeNull()
    expect(endOf(begun, '2026-03-03T20:01', 0)).toBeNull()
    expect(endOf(begun, '', 0)).toBeNull()
  })
})
