/** Streets and site types as filters offer them. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { server, told } from '@/api/client'
import { useUnits } from '@/components/units'
import type { FilterOption } from '@/list/column'

export function useStreets() {
  const { list } = useUnits()
  return computed<FilterOption[]>(() =>
    list.value.filter((unit) => unit.kind === 'street' || unit.kind === 'town').map((unit) => ({ value: unit.id, label: unit.short_name || unit.name })),
  )
}

export function useSiteTypeList() {
  return useQuery({ queryKey: ['site-types'], queryFn: () => told(server.GET('/api/site-types')), staleTime: 300_000 })
}

export function useSiteTypes() {
  const { data } = useSiteTypeList()
  return computed<FilterOption[]>(() => (data.value ?? []).map((type) => ({ value: type.id, label: type.name })))
}
