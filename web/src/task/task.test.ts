import { describe, expect, it } from 'vitest'
import type { TimelineRow } from '@/api/schema'
import { barsOf, daysOf } from './task'

const row: TimelineRow = {
  id: 't1', text_number: 'RW-00001', title: 'Back lanes', class: 'hardware', state: 'running', lead: null, supporting: [], responsible: null, campaign: null,
  start_on: '2026-03-02', due_on: '2026-06-30', next_due: null, late: false, percent: 40, achieved: null, undetermined: [], returns: 0, version: 3,
  milestones: [
    { name: 'Survey', days: 5, from: '2026-03-02', to: '2026-03-06', due: '2026-03-06T10:00:00Z', done_at: '2026-03-05T02:00:00Z' },
    { name: 'Work', days: 20, from: '2026-03-09', to: '2026-04-03', due: '2026-04-03T10:00:00Z', done_at: null },
  ],
}

describe('tasks in time', () => {
  it('are bars with their steps beneath', () => {
    expect(barsOf([row]).map((bar) => [bar.id, bar.start, bar.end, bar.progress, bar.custom_class])).toEqual([
      ['t1', '2026-03-02', '2026-06-30', 40, 'running'],
      ['t1-0', '2026-03-02', '2026-03-06', 100, 'done'],
      ['t1-1', '2026-03-09', '2026-04-03', 0, 'step'],
    ])
  })

  it('leave out what has no last day, and never end before they begin', () => {
    expect(barsOf([{ ...row, due_on: null }])).toEqual([])
    expect(barsOf([{ ...row, start_on: '2026-07-01', milestones: [] }])[0]).toMatchObject({ start: '2026-06-30', end: '2026-06-30' })
  })

  it('stand on the days on which something is due', () => {
    const days = daysOf([{ ...row, late: true }])
    expect([...days.keys()]).toEqual(['2026-03-06', '2026-04-03', '2026-06-30'])
    expect(days.get('2026-03-06')![0]).toMatchObject({ step: 'Survey', late: false, done: true })
    expect(days.get('2026-04-03')![0]).toMatchObject({ step: 'Work', late: true, done: false })
  })
})
