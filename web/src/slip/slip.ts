/** What the pages of slips share. */
import { href } from '@/api/client'
import type { AllowedCommand } from '@/api/types'

export const SLIP_COLOURS = ['white', 'yellow', 'red'] as const
export const SLIP_STATES = ['proposed', 'issued', 'received', 'replied', 'accepted', 'not_accepted', 'appealed', 'withdrawn', 'lifted'] as const

/** The form of issuing; who may sign is the server's to judge. */
export const ISSUE: AllowedCommand = { command: 'issue', fields: [{ name: 'signer', kind: 'text', required: false }] }

export const docxHref = (id: string) => href(`/slips/${id}/document.docx`)
export const pdfHref = (id: string) => href(`/slips/${id}/document.pdf`)
