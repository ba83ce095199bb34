/** Searches of the pickers: what is found and how it is named. */
import { server, told } from '@/api/client'
import type { Choice } from './RecordPicker.vue'

const SHOWN = 20

export async function findProblems(words: string): Promise<Choice[]> {
  const { items } = await told(server.GET('/api/problems', { params: { query: { q: words, size: SHOWN } } }))
  return items.map((one) => ({ id: one.id, label: `${one.text_number} ${one.title}`, note: one.site?.name ?? one.place_text }))
}

export async function findSites(words: string): Promise<Choice[]> {
  const { items } = await told(server.GET('/api/sites', { params: { query: { q: words, size: SHOWN } } }))
  return items.map((one) => ({ id: one.id, label: one.name, note: [one.code, one.site_type.name, one.street?.short_name].filter(Boolean).join(' ') }))
}
