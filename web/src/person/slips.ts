/** First passwords on paper: the one answer that holds them, and the file made of it. */
import type { HandOutAnswer } from '@/api/schema'

/** The sheet of slips as a file to be opened or kept; it lies in the page only. */
export function sheetOf(answer: HandOutAnswer): string | null {
  if (!answer.slips) return null
  const bytes = Uint8Array.from(atob(answer.slips), (letter) => letter.charCodeAt(0))
  return URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' }))
}

/** How many were made and how many refused. */
export function countsOf(answer: HandOutAnswer): { made: number; refused: number } {
  const made = answer.results.filter((one) => one.ok).length
  return { made, refused: answer.results.length - made }
}
