/** Between a form's fields and what the server takes: what is empty is left out. */
import type { TaskView } from '@/api/schema'
import type { Fields } from './TaskFields.vue'

export const NO_FIELDS: Fields = { title: '', class: 'own', goal: '', measures: '', standard: '', lead_id: null, supporting: [], responsible_id: null, start_on: null, due_on: null, campaign_id: null }

export function fieldsOf(task: TaskView): Fields {
  return {
    title: task.title,
    class: task.class,
    goal: task.goal,
    measures: task.measures,
    standard: task.standard,
    lead_id: task.lead?.id ?? null,
    supporting: task.supporting.map((one) => one.id),
    responsible_id: task.responsible?.id ?? null,
    start_on: task.start_on ?? null,
    due_on: task.due_on ?? null,
    campaign_id: task.campaign?.id ?? null,
  }
}

/** Empty choices become null, so that the server keeps what it has. */
export const sent = (fields: Fields) => ({
  ...fields,
  lead_id: fields.lead_id || null,
  responsible_id: fields.responsible_id || null,
  start_on: fields.start_on || null,
  due_on: fields.due_on || null,
  campaign_id: fields.campaign_id || null,
  criterion_ids: null,
  site_ids: null,
})
