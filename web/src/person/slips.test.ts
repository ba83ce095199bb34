import { expect, test, vi } from 'vitest'
import type { HandOutAnswer } from '@/api/schema'
import { countsOf, sheetOf } from './slips'

const one = (ok: boolean) => ({ id: '1', name: '吕宁岳', ok, login: null, phone: null, initial_password: null, code: null, message: null })

test('the sheet holds the bytes of the answer, and a repetition has none', async () => {
  const kept: Blob[] = []
  vi.stubGlobal('URL', { createObjectURL: (blob: Blob) => (kept.push(blob), 'blob:1') })
  const answer: HandOutAnswer = { results: [one(true)], slips: btoa('%PDF-\u00e9'), again: false }
  expect(sheetOf(answer)).toBe('blob:1')
  expect([...new Uint8Array(await kept[0]!.arrayBuffer())].at(-1)).toBe(0xe9)
  expect(sheetOf({ ...answer, slips: null, again: true })).toBeNull()
  vi.unstubAllGlobals()
})

test('made and refused are counted', () => {
  expect(countsOf({ results: [one(true), one(false), one(true)], slips: null, again: false })).toEqual({ made: 2, refused: 1 })
})
