/** What the pages of slips share. */
import { href } from '@/api/client'
import type { AllowedCommand, CommandField } from '@/api/schema'

export const SLIP_COLOURS = ['white', 'yellow', 'red'] as const
export const SLIP_STATES = ['proposed', 'issued', 'received', 'replied', 'accepted', 'not_accepted', 'appealed', 'withdrawn', 'lifted'] as const

const REASON: CommandField = { name: 'reason', kind: 'text', required: true }
const NOTE: CommandField = { name: 'text', kind: 'text', required: false }
const FIELDS: Record<string, CommandField[]> = {
  issue: [{ name: 'signer', kind: 'text', required: false }],
  receive: [],
  reply: [
    { name: 'text', kind: 'text', required: true },
    { name: 'media_ids', kind: 'media', required: false },
  ],
  accept: [NOTE],
  not_accept: [REASON],
  appeal: [REASON],
  reject_appeal: [REASON],
  withdraw: [REASON],
  lift: [REASON],
}

/** The form of a command that the server has opened; whether it may be given, only the server says. */
export function formOf(command: string): AllowedCommand {
  return { command, fields: FIELDS[command] ?? [] }
}

export const docxHref = (id: string) => href(`/slips/${id}/document.docx`)
export const pdfHref = (id: string) => href(`/slips/${id}/document.pdf`)
