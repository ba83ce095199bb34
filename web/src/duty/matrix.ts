/** The matrix of criteria and units, looked up and filtered in the browser: it came whole in one answer. */
import type { DutyMatrix } from '@/api/schema'

export interface Cell {
  role: 'lead' | 'support'
  objected: boolean
}

export interface MatrixFilter {
  words: string
  group: string
  kinds: string[]
  unit: string
  role: '' | 'lead' | 'support'
  gap: string
}

export const NO_FILTER: MatrixFilter = { words: '', group: '', kinds: [], unit: '', role: '', gap: '' }

/** Cells by line and column; `line * 10000 + column`, since both stay far below. */
export const keyOf = (line: number, column: number): number => line * 10_000 + column

export function cellsOf(matrix: DutyMatrix): Map<number, Cell> {
  return new Map(matrix.cells.map((cell) => [keyOf(cell[0]!, cell[1]!), { role: cell[2] === 0 ? 'lead' : 'support', objected: cell[3] === 1 }]))
}

/** Positions of the lines and columns that a filter leaves. */
export function filtered(matrix: DutyMatrix, cells: Map<number, Cell>, filter: MatrixFilter): { lines: number[]; columns: number[] } {
  const words = filter.words.toLowerCase().split(/\s+/).filter(Boolean)
  let columns = matrix.units.map((_, at) => at)
  if (filter.kinds.length > 0) columns = columns.filter((at) => filter.kinds.includes(matrix.units[at]!.kind))
  if (filter.unit) columns = columns.filter((at) => matrix.units[at]!.id === filter.unit)
  const narrowed = filter.kinds.length > 0 || filter.unit !== '' || filter.role !== ''
  const lines = matrix.criteria
    .map((_, at) => at)
    .filter((at) => {
      const criterion = matrix.criteria[at]!
      if (filter.group && criterion.group !== filter.group) return false
      if (filter.gap && !criterion.gaps.includes(filter.gap)) return false
      const text = `${criterion.number} ${criterion.title}`.toLowerCase()
      if (!words.every((word) => text.includes(word))) return false
      if (!narrowed) return true
      return columns.some((column) => {
        const cell = cells.get(keyOf(at, column))
        return cell !== undefined && (filter.role === '' || cell.role === filter.role)
      })
    })
  return { lines, columns }
}

/** The part of a long list that a window of this height shows, with a few lines around it. */
export function windowOf(scroll: number, height: number, row: number, count: number): { from: number; to: number } {
  const from = Math.max(0, Math.floor(scroll / row) - 4)
  return { from, to: Math.min(count, Math.ceil((scroll + height) / row) + 4) }
}
