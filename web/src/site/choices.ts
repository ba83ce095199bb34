/** Streets, site types and criteria as filters offer them; the filters that the list and the map of sites share. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { server, told } from '@/api/client'
import { useUnits } from '@/components/units'
import type { Filter, FilterOption } from '@/list/column'

export function useStreets() {
  const { list } = useUnits()
  return computed<FilterOption[]>(() =>
    list.value.filter((unit) => unit.kind === 'street' || unit.kind === 'town').map((unit) => ({ value: unit.id, label: unit.short_name || unit.name })),
  )
}

/** Whether streets stand below districts, and not directly below the city. */
export function useDistricts() {
  const { list } = useUnits()
  return computed(() => {
    const parents = new Map(list.value.map((unit) => [unit.id, unit.parent_id]))
    return list.value.some((unit) => (unit.kind === 'street' || unit.kind === 'town') && Boolean(parents.get(unit.parent_id ?? '')))
  })
}

export function useSiteTypeList() {
  return useQuery({ queryKey: ['site-types'], queryFn: () => told(server.GET('/api/site-types')), staleTime: 300_000 })
}

export function useSiteTypes() {
  const { data } = useSiteTypeList()
  return computed<FilterOption[]>(() => (data.value ?? []).map((type) => ({ value: type.id, label: type.name })))
}

/** The filters of the list and of the map. */
export function useSiteFilters() {
  const { t } = useI18n({ useScope: 'global' })
  const streets = useStreets()
  const types = useSiteTypes()
  return computed<Filter[]>(() => [
    { key: 'site_type', label: 'site.column.site_type', kind: 'choice', many: true, options: types.value },
    { key: 'street', label: 'site.column.street', kind: 'choice', many: true, options: streets.value },
    { key: 'industry', label: 'site.industry', kind: 'unit' },
    { key: 'has_position', label: 'site.column.position', kind: 'choice', options: [{ value: 'true', label: t('site.has_position') }, { value: 'false', label: t('site.no_position') }] },
  ])
}

/** The criteria of the edition in use, by the number under which problems and items cite them. */
export function useCriteria() {
  const { data: editions } = useQuery({ queryKey: ['editions'], queryFn: () => told(server.GET('/api/editions')), staleTime: 300_000 })
  const used = computed(() => (editions.value ?? []).find((one) => one.scoring === 'points' && one.state === 'in_use') ?? editions.value?.find((one) => one.scoring === 'points') ?? editions.value?.[0])
  const { data } = useQuery({
    queryKey: ['edition', computed(() => used.value?.id)],
    queryFn: () => told(server.GET('/api/editions/{id}', { params: { path: { id: used.value?.id ?? '' } } })),
    enabled: computed(() => used.value !== undefined),
    staleTime: 300_000,
  })
  return computed<FilterOption[]>(() => (data.value?.nodes ?? []).filter((node) => node.is_criterion).map((node) => ({ value: node.citation_key, label: `${node.citation_key} ${node.title}` })))
}
