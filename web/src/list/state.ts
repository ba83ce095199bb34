/**
 * The state of a list as it stands in the address: what is searched, filtered, sorted and which page is shown.
 * The address is the only keeper, so that a list can be sent, kept as a view and found again after a reload.
 */
import type { LocationQuery } from 'vue-router'
import type { Query } from '@/api/client'

export const PAGE_SIZES = [10, 20, 50, 100, 200] as const
export const DEFAULT_SIZE = 20

export interface ListState {
  q: string
  sort: string
  page: number
  size: number
  filters: Record<string, string[]>
}

const OWN = new Set(['q', 'sort', 'page', 'size', 'columns', 'lang'])

function texts(value: LocationQuery[string] | undefined): string[] {
  const list = Array.isArray(value) ? value : [value]
  return list.filter((one): one is string => typeof one === 'string' && one !== '')
}

function whole(text: string | undefined, low: number, high: number, otherwise: number): number {
  const value = Number(text)
  return Number.isInteger(value) && value >= low && value <= high ? value : otherwise
}

/** Reads the address; unreadable parts fall back to the defaults. */
export function readState(query: LocationQuery, defaults: { sort?: string; size?: number } = {}): ListState {
  const filters: Record<string, string[]> = {}
  for (const [key, value] of Object.entries(query)) {
    const found = texts(value)
    if (!OWN.has(key) && found.length > 0) filters[key] = found
  }
  return {
    q: texts(query.q)[0] ?? '',
    sort: texts(query.sort)[0] ?? defaults.sort ?? '',
    page: whole(texts(query.page)[0], 1, 1_000_000, 1),
    size: whole(texts(query.size)[0], 10, 200, defaults.size ?? DEFAULT_SIZE),
    filters,
  }
}

/** Writes the address: what equals the default is left out; the language stays as it was asked for. */
export function writeState(state: ListState, defaults: { sort?: string; size?: number } = {}, before: LocationQuery = {}): LocationQuery {
  const query: LocationQuery = {}
  if (typeof before.lang === 'string') query.lang = before.lang
  for (const [key, values] of Object.entries(state.filters)) {
    if (values.length === 1) query[key] = values[0]!
    else if (values.length > 1) query[key] = [...values]
  }
  if (state.q) query.q = state.q
  if (state.sort && state.sort !== (defaults.sort ?? '')) query.sort = state.sort
  if (state.page > 1) query.page = String(state.page)
  if (state.size !== (defaults.size ?? DEFAULT_SIZE)) query.size = String(state.size)
  return query
}

/** What is asked of the server. */
export function askState(state: ListState): Query {
  return { ...state.filters, q: state.q, sort: state.sort, page: state.page, size: state.size }
}

/** What a page shows that is no list: the same filters and words. The server checks them, as it checks any address. */
export function shownState(state: ListState): Record<string, never> {
  return { ...state.filters, q: state.q } as Query as Record<string, never>
}

/** What an export is asked with: the same rows in the same order, whatever the page. */
export function exportState(state: ListState, columns: readonly string[], lang: string): Query {
  return { ...state.filters, q: state.q, sort: state.sort, columns: columns.join(','), lang }
}

/** A press on a column head: descending first, then ascending, then back to the list's own order. */
export function nextSort(sort: string, column: string, own = ''): string {
  if (sort === `-${column}`) return column
  if (sort === column) return own === column ? `-${column}` : own
  return `-${column}`
}

/** Which page numbers a pager offers; 0 stands for a gap. */
export function pagerOf(page: number, pages: number): number[] {
  const wanted = new Set([1, 2, pages - 1, pages, page - 1, page, page + 1].filter((one) => one >= 1 && one <= pages))
  const list: number[] = []
  let last = 0
  for (const one of [...wanted].sort((a, b) => a - b)) {
    if (one - last === 2) list.push(one - 1)
    else if (one - last > 2) list.push(0)
    list.push(one)
    last = one
  }
  return list
}
