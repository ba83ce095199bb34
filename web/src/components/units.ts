/** The unit tree, fetched once, for pickers and names. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { server, told } from '@/api/client'
import type { TreeUnit } from '@/api/schema'

export interface UnitBranch {
  value: string
  label: string
  search: string
  children: UnitBranch[]
}

/** The flat list as a tree; a node whose parent is not in the list stands at the top. */
export function branches(units: readonly TreeUnit[]): UnitBranch[] {
  const all = new Map<string, UnitBranch>()
  for (const unit of units) {
    all.set(unit.id, { value: unit.id, label: unit.short_name || unit.name, search: `${unit.name} ${unit.short_name ?? ''} ${unit.code}`, children: [] })
  }
  const top: UnitBranch[] = []
  for (const unit of units) {
    const branch = all.get(unit.id)!
    const parent = unit.parent_id ? all.get(unit.parent_id) : undefined
    ;(parent?.children ?? top).push(branch)
  }
  return top
}

export function useUnits() {
  const query = useQuery({ queryKey: ['units', 'tree'], queryFn: () => told(server.GET('/api/units/tree')), staleTime: 300_000 })
  const list = computed(() => query.data.value ?? [])
  const tree = computed(() => branches(list.value))
  const names = computed(() => new Map(list.value.map((unit) => [unit.id, unit.short_name || unit.name])))
  return { list, tree, nameOf: (id: string) => names.value.get(id) ?? id }
}
