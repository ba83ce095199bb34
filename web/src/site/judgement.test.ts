import { expect, it } from 'vitest'
import { counts, JUDGEMENTS, wordsOf } from './judgement'

it('writes each kind in words of its own, with the number where one is asked for', () => {
  const words = JUDGEMENTS.map((kind) => wordsOf(kind, 4))
  expect(new Set(words).size).toBe(JUDGEMENTS.length)
  for (const kind of JUDGEMENTS) expect(wordsOf(kind, 4).includes('4')).toBe(counts(kind))
})
