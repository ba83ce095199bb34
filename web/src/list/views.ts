/** Views that a person keeps of a list: a name and an address query, kept by the server for every device. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed } from 'vue'
import type { LocationQuery } from 'vue-router'
import { done, search, server, told, type Query } from '@/api/client'
import { useSend } from '@/api/send'

export interface KeptView {
  name: string
  query: LocationQuery
}

function queryOf(text: string): LocationQuery {
  const query: LocationQuery = {}
  const params = new URLSearchParams(text)
  for (const key of new Set(params.keys())) {
    const values = params.getAll(key)
    query[key] = values.length === 1 ? values[0]! : values
  }
  return query
}

export function useKeptViews(list: () => string, keepable: () => boolean = () => true) {
  const client = useQueryClient()
  const { send, busy, error } = useSend()
  const key = computed(() => ['views', list()])
  const { data } = useQuery({ queryKey: key, queryFn: () => told(server.GET('/api/my/views', { params: { query: { list: list() } } })), staleTime: 300_000, enabled: computed(keepable) })
  const refresh = () => client.invalidateQueries({ queryKey: key.value })

  return {
    views: computed<KeptView[]>(() => (data.value ?? []).map((view) => ({ name: view.name, query: queryOf(view.query) }))),
    busy,
    error,
    /** Whether it was kept. */
    async keep(name: string, query: LocationQuery): Promise<boolean> {
      const text = search(query as Query).slice(1)
      const kept = await send((id) => told(server.POST('/api/my/views', { body: { command_id: id, list: list(), name, query: text } })))
      await refresh()
      return kept !== undefined
    },
    async drop(name: string): Promise<void> {
      await send(() => done(server.DELETE('/api/my/views', { params: { query: { list: list(), name } } })))
      await refresh()
    },
  }
}
