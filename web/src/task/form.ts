/** The fields of the commands that a plain form can take; determining and scheduling have forms of their own. */
import type { AllowedCommand } from '@/api/schema'

const FIELDS: Record<string, [string, string, boolean][]> = {
  complete_milestone: [['milestone', 'number', true], ['note', 'text', false]],
  conclude: [['note', 'text', true], ['media_ids', 'media', false]],
  sign: [['note', 'text', false]],
  accept: [['note', 'text', false]],
  return: [['reason', 'text', true]],
  postpone: [['due_on', 'date', true], ['reason', 'text', true]],
  cancel: [['reason', 'text', true]],
}

export function formOf(command: string): AllowedCommand {
  return { command, fields: (FIELDS[command] ?? []).map(([name, kind, required]) => ({ name, kind, required })) }
}
