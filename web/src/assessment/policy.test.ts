// @vitest-environment node
import { expect, it } from 'vitest'
import { ADD_EVENT, correctionOf, freshKey, sumOf, type Correcting } from './policy'

it('adds weights as they are written', () => {
  expect(sumOf(['33.3', '33.3', '33.4'])).toBe('100')
  expect(sumOf(['0.1', '0.2'])).toBe('0.3')
  expect(sumOf(['50', 'x'])).toBe('—')
  expect(sumOf([])).toBe('0')
})

it('gives every added line a key of its own, also after one was removed', () => {
  const keys: string[] = []
  const add = () => keys.push(freshKey('c', keys))
  add()
  add()
  keys.shift()
  add()
  expect(new Set(keys).size).toBe(keys.length)
  expect(freshKey('a', ['exposure', 'a2'])).toBe('a3')
})

it('writes each kind of correction as the server takes it', () => {
  const of = { unit: 'u', appeal: 'p', at: 1, isEvent: false, source: '复核' }
  const one: Correcting = { target: 'field', reached: ' 9.5 ', possible: '10', denominator: '6', adjustment: 'exposure', finder: 'media', count: 2, repeats: 1, note: ' 曝光 ' }
  expect(correctionOf(one, of)).toEqual({ correction: 'fact', unit: 'u', component: 'field', fact: { reached: '9.5', possible: '10', denominator: 6, source: '复核' } })
  expect(correctionOf({ ...one, target: 'e1' }, { ...of, isEvent: true })).toEqual({ correction: 'drop_event', unit: 'u', event: 'e1' })
  const event = { id: 'appeal:p:1', adjustment: 'exposure', finder: 'media', repeats: 1, count: 2, note: '曝光', link: '' }
  expect(correctionOf({ ...one, target: ADD_EVENT }, of)).toEqual({ correction: 'add_event', unit: 'u', event })
})
