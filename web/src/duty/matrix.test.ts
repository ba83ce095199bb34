import { describe, expect, it } from 'vitest'
import type { DutyMatrix } from '@/api/schema'
import { cellsOf, filtered, keyOf, NO_FILTER, windowOf } from './matrix'

const unit = (id: string, kind: string) => ({ id, name: id, short_name: id, kind, gaps: [] })
const criterion = (number: string, title: string, group: string, gaps: string[] = []) => ({ id: number, number, title, group, points: null, gaps })
const matrix: DutyMatrix = {
  edition: 'e',
  name: '2026',
  criteria: [criterion('1-1', 'Market stalls', 'One'), criterion('1-2', 'Street trees', 'One', ['no_lead']), criterion('2-1', 'Market fire exits', 'Two')],
  units: [unit('urban', 'department'), unit('market', 'department'), unit('east', 'street')],
  cells: [[0, 1, 0, 0], [0, 2, 1, 1], [1, 2, 1, 0], [2, 0, 0, 0]],
  unresolved: [],
}
const cells = cellsOf(matrix)
const shown = (filter: Partial<typeof NO_FILTER>) => filtered(matrix, cells, { ...NO_FILTER, ...filter })

describe('the matrix', () => {
  it('reads its cells', () => {
    expect(cells.get(keyOf(0, 1))).toEqual({ role: 'lead', objected: false })
    expect(cells.get(keyOf(0, 2))).toEqual({ role: 'support', objected: true })
    expect(cells.get(keyOf(0, 0))).toBeUndefined()
  })

  it.each([
    [{}, [0, 1, 2], [0, 1, 2]],
    [{ words: 'market' }, [0, 2], [0, 1, 2]],
    [{ words: 'market 2-' }, [2], [0, 1, 2]],
    [{ group: 'One' }, [0, 1], [0, 1, 2]],
    [{ gap: 'no_lead' }, [1], [0, 1, 2]],
    [{ kinds: ['street'] }, [0, 1], [2]],
    [{ unit: 'east', role: 'lead' as const }, [], [2]],
    [{ role: 'lead' as const }, [0, 2], [0, 1, 2]],
  ])('filtered by %j shows lines %j and columns %j', (filter, lines, columns) => {
    expect(shown(filter)).toEqual({ lines, columns })
  })

  it('filters five hundred criteria and eighty units at once', () => {
    const big: DutyMatrix = {
      ...matrix,
      criteria: Array.from({ length: 500 }, (_, at) => criterion(String(at), `c${at}`, 'g')),
      units: Array.from({ length: 80 }, (_, at) => unit(`u${at}`, at % 2 ? 'street' : 'department')),
      cells: Array.from({ length: 40_000 }, (_, at) => [Math.floor(at / 80), at % 80, at % 7 ? 1 : 0, 0]),
    }
    const all = cellsOf(big)
    expect(all.size).toBe(40_000)
    expect(filtered(big, all, { ...NO_FILTER, kinds: ['street'], words: 'c49' }).lines).toHaveLength(11)
  })

  it('draws only what a window shows', () => {
    expect(windowOf(0, 320, 32, 500)).toEqual({ from: 0, to: 14 })
    expect(windowOf(3200, 320, 32, 500)).toEqual({ from: 96, to: 114 })
    expect(windowOf(15_900, 320, 32, 500)).toEqual({ from: 492, to: 500 })
  })
})
