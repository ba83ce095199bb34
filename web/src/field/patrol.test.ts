import { describe, expect, it } from 'vitest'
import type { PackPatrol } from '@/api/schema'
import { dayOf, dueOn } from './patrol'

const patrol = (ahead: [string, string, number][], walked_on: string | null = null): PackPatrol => ({
  id: 'p', name: '网格', unit: '一网格', places: [], until: ahead[0]?.[1] ?? '', walked_on, ahead: ahead.map(([from, to, times]) => ({ from, to, times })),
})

describe('patrols on a phone', () => {
  it('are those of the day, also the day after they were taken along', () => {
    const daily = patrol([['2026-03-02', '2026-03-02', 1], ['2026-03-03', '2026-03-03', 1], ['2026-03-05', '2026-03-05', 1]])
    expect(dueOn(daily, '2026-03-02', [])?.to).toBe('2026-03-02')
    expect(dueOn(daily, '2026-03-03', [])?.to).toBe('2026-03-03')
    expect(dueOn(daily, '2026-03-04', [])).toBeNull()
    expect(dueOn(daily, '2026-03-03', ['2026-03-02'])?.to).toBe('2026-03-03')
    expect(dueOn(daily, '2026-03-03', ['2026-03-03'])).toBeNull()
  })

  it('owed so often a week are done when walked so often, once a day', () => {
    const weekly = patrol([['2026-03-02', '2026-03-08', 2], ['2026-03-09', '2026-03-15', 2]], '2026-03-02')
    expect(dueOn(weekly, '2026-03-02', [])).toBeNull()
    expect(dueOn(weekly, '2026-03-04', ['2026-03-03'])?.to).toBe('2026-03-08')
    expect(dueOn(weekly, '2026-03-06', ['2026-03-03', '2026-03-04'])).toBeNull()
    expect(dueOn(weekly, '2026-03-09', ['2026-03-03', '2026-03-04'])?.to).toBe('2026-03-15')
  })

  it('go by the day of the city', () => expect(dayOf('2026-03-01T17:00:00Z')).toBe('2026-03-02'))
})
