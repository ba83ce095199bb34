/** Words and small reckonings of the comparison screen; what a link is, the server says. */
import type { ComparisonLine, ComparisonView, SideView } from '@/api/schema'

export type Comparison = ComparisonView
export type Line = ComparisonLine
export type Side = SideView

export const KINDS = ['same', 'points', 'reworded', 'split', 'merged', 'new', 'gone'] as const

export interface Filter {
  kind: string
  state: string
  words: string
}

/** The text of a side as one string. */
export const textOf = (side: Side | null | undefined): string => (side?.words ?? []).map((one) => one.text).join('')

/** The lines that the filter lets through; refused pairs only when asked for. */
export function shownLines(lines: Line[], filter: Filter): Line[] {
  const words = filter.words.trim()
  return lines.filter(
    (line) =>
      (filter.kind === '' || line.kind === filter.kind) &&
      (filter.state === '' ? line.state !== 'rejected' : line.state === filter.state) &&
      (words === '' || [line.old, line.new].some((side) => textOf(side).includes(words) || (side?.number ?? '').includes(words))),
  )
}

/** Lines that wait for a person, among those given. */
export const waiting = (lines: Line[]): Line[] => lines.filter((line) => line.state === 'proposed')

/** The old criteria from which a new one comes as things stand. */
export const sourcesOf = (lines: Line[], newId: string): string[] =>
  lines.filter((line) => line.state !== 'rejected' && line.new?.id === newId && line.old).map((line) => line.old!.id)

export interface Choice {
  value: string
  label: string
}

/** The criteria of one side, once each, to choose from. */
export function choices(lines: Line[], side: 'old' | 'new'): Choice[] {
  const found = new Map<string, string>()
  for (const line of lines) {
    const one = line[side]
    if (one) found.set(one.id, `${one.citation_key} ${textOf(one)}`)
  }
  return [...found].map(([value, label]) => ({ value, label }))
}
