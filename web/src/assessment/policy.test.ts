// @vitest-environment node
import { expect, it } from 'vitest'
import { sumOf } from './policy'

it('adds weights as they are written', () => {
  expect(sumOf(['33.3', '33.3', '33.4'])).toBe('100')
  expect(sumOf(['0.1', '0.2'])).toBe('0.3')
  expect(sumOf(['50', 'x'])).toBe('—')
  expect(sumOf([])).toBe('0')
})
