/** What a page tells the list about its columns, filters and views. */
import type { Query } from '@/api/types'

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
  /** Names of the server's columns that this one stands for in an export. */
  exports?: string
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
