/** What a page tells the list about its columns, filters and views. */
import type { Query } from '@/api/client'
import type { paths } from '@/api/schema'

/** One page of a list. */
export interface Page<T, Totals = Record<string, unknown>> {
  items: T[]
  total: number
  page?: number
  size?: number
  totals?: Totals
}

type Answer<P> = P extends { get: { responses: { 200: { content: { 'application/json': infer A } } } } } ? A : never
type Rows<A> = A extends { items: (infer T)[] } ? T : A extends (infer T)[] ? T : never

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

/** Where lists of rows of one kind are: every path of the server that answers such rows, without `/api`. */
export type ListPath<T> = {
  [P in keyof paths]: P extends `/api${infer Rest}` ? (Same<Rows<Answer<paths[P]>>, T> extends true ? Rest : never) : never
}[keyof paths]

/** The totals that come with rows of one kind. */
export type TotalsOf<T> = Answer<paths[`/api${ListPath<T>}` & keyof paths]> extends { totals: infer Totals } ? Totals : Record<string, unknown>

/** A column of rows of one kind. */
export interface Column<T> {
  key: string
  /** Key of the word in the locale files. */
  label: string
  width?: number
  number?: boolean
  /** The name by which the server sorts. */
  sort?: string
  /** Not shown until chosen. */
  hidden?: boolean
  /** Cannot be taken away. */
  fixed?: boolean
  /** Names of the server's columns that this one stands for in an export, where not its own; none for buttons. */
  exports?: string | null
  /** What the cell says when the page does not draw it itself. */
  value?: (row: T) => string | number | null | undefined
}

export interface FilterOption {
  value: string
  label: string
}

export interface Filter {
  key: string
  label: string
  kind: 'choice' | 'unit'
  many?: boolean
  options?: FilterOption[]
}

export interface ListView {
  key: string
  label: string
  query: Query
  count?: number | null
  late?: number | null
}
