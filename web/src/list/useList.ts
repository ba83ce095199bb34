/** A list bound to the address: state, page of rows, columns shown. */
import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { href, server, told, type Query } from '@/api/client'
import { useFormat } from '@/i18n/format'
import type { Column, Page } from './column'
import { askState, exportState, nextSort, readState, writeState, type ListState } from './state'

export interface ListOptions<T> {
  /** First part of the query key, as live events name it. */
  name: string
  path: string
  columns: Column<T>[]
  sort?: string
  size?: number
  /** What the page itself always asks. */
  fixed?: Query
}

/** A short list may come whole; it is one page then. */
export function pageOf<T, Totals>(answer: Page<T, Totals> | T[]): Page<T, Totals> {
  return Array.isArray(answer) ? { items: answer, total: answer.length, page: 1, size: Math.max(1, answer.length) } : answer
}

/** The list's own path was checked where it was written; here it is any of them. */
function answerOf<T, Totals>(path: string, query: Query): Promise<Page<T, Totals> | T[]> {
  return told(server.GET(`/api${path}` as '/api/problems', { params: { query } })) as Promise<unknown> as Promise<Page<T, Totals> | T[]>
}

export function useList<T, Totals = Record<string, unknown>>(options: () => ListOptions<T>) {
  const route = useRoute()
  const router = useRouter()
  const format = useFormat()
  const own = computed(options)
  const defaults = computed(() => ({ sort: own.value.sort, size: own.value.size }))
  const state = computed(() => readState(route.query, defaults.value))
  const asked = computed(() => ({ ...askState(state.value), ...own.value.fixed }))

  const query = useQuery({
    queryKey: computed(() => [own.value.name, 'list', own.value.path, asked.value]),
    queryFn: async () => pageOf<T, Totals>(await answerOf<T, Totals>(own.value.path, asked.value)),
    placeholderData: keepPreviousData,
  })

  const storage = computed(() => `yipanqi.columns.${own.value.name}`)
  const chosen = ref<string[]>([])
  watch(
    storage,
    (key) => {
      const kept = localStorage.getItem(key)
      chosen.value = kept ? kept.split(',') : own.value.columns.filter((column) => !column.hidden).map((column) => column.key)
    },
    { immediate: true },
  )
  const columns = computed(() => own.value.columns.filter((column) => column.fixed || chosen.value.includes(column.key)))

  function choose(keys: string[]): void {
    chosen.value = keys
    localStorage.setItem(storage.value, keys.join(','))
  }

  function go(change: Partial<ListState>): void {
    const next = { ...state.value, ...change }
    if (change.page === undefined) next.page = 1
    void router.replace({ query: writeState(next, defaults.value, route.query) })
  }

  function filter(key: string, values: string[]): void {
    const filters = { ...state.value.filters }
    if (values.length === 0) delete filters[key]
    else filters[key] = values
    go({ filters })
  }

  const exportHref = computed(() =>
    href(`${own.value.path}/export.xlsx`, {
      ...exportState(state.value, columns.value.flatMap((column) => (column.exports === null ? [] : [column.exports ?? column.key])), format.language.value),
      ...own.value.fixed,
    }),
  )

  return {
    state,
    query,
    columns,
    chosen,
    choose,
    go,
    filter,
    sortBy: (column: string) => go({ sort: nextSort(state.value.sort, column, own.value.sort) }),
    exportHref,
    page: computed(() => query.data.value),
  }
}
