/** Views that a person keeps: a name and an address query, kept in this browser. */
import { ref } from 'vue'
import type { LocationQuery } from 'vue-router'

export interface KeptView {
  name: string
  query: LocationQuery
}

export function useKeptViews(list: string, account: string) {
  const key = `yipanqi.views.${account}.${list}`
  const views = ref<KeptView[]>(read())

  function read(): KeptView[] {
    try {
      return JSON.parse(localStorage.getItem(key) ?? '[]') as KeptView[]
    } catch {
      return []
    }
  }

  function write(next: KeptView[]): void {
    views.value = next
    localStorage.setItem(key, JSON.stringify(next))
  }

  return {
    views,
    keep: (name: string, query: LocationQuery) => write([...views.value.filter((view) => view.name !== name), { name, query }]),
    drop: (name: string) => write(views.value.filter((view) => view.name !== name)),
  }
}
