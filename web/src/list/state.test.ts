import { describe, expect, it } from 'vitest'
import { askState, exportState, nextSort, pagerOf, readState, writeState } from './state'

describe('the state of a list in its address', () => {
  it('is read with repeated filters, search, sort and page', () => {
    const state = readState({ state: ['assigned', 'rectifying'], unit: 'u1', q: '垃圾', sort: '-due_at', page: '3', size: '50' })
    expect(state).toEqual({ q: '垃圾', sort: '-due_at', page: 3, size: 50, filters: { state: ['assigned', 'rectifying'], unit: ['u1'] } })
  })

  it.each([
    [{ page: '0' }, 1],
    [{ page: '-2' }, 1],
    [{ page: 'x' }, 1],
    [{ page: '2.5' }, 1],
  ])('falls back to the first page for %j', (query, page) => {
    expect(readState(query).page).toBe(page)
  })

  it('keeps the size within what the server takes', () => {
    expect(readState({ size: '500' }).size).toBe(20)
    expect(readState({ size: '5' }, { size: 10 }).size).toBe(10)
  })

  it('never takes the language or columns for a filter', () => {
    expect(readState({ lang: 'en', columns: 'a,b' }).filters).toEqual({})
  })

  it('comes back the same after being written', () => {
    const state = { q: 'a b', sort: 'number', page: 2, size: 100, filters: { clock: ['overdue', 'today'], street: ['s1'] } }
    expect(readState(writeState(state))).toEqual(state)
  })

  it('leaves out what equals the default and keeps the language', () => {
    const state = { q: '', sort: '-due_at', page: 1, size: 20, filters: {} }
    expect(writeState(state, { sort: '-due_at' }, { lang: 'en', page: '9' })).toEqual({ lang: 'en' })
  })

  it('exports the rows of every page with the columns shown', () => {
    const state = { q: '', sort: 'number', page: 7, size: 20, filters: { state: ['closed'] } }
    expect(exportState(state, ['title', 'unit'], 'en')).toEqual({ state: ['closed'], q: '', sort: 'number', columns: 'title,unit', lang: 'en' })
    expect(askState(state)).toMatchObject({ page: 7, size: 20 })
  })
})

describe('a press on a column head', () => {
  it('sorts descending, then ascending, then by the list’s own order', () => {
    expect(nextSort('', 'due_at')).toBe('-due_at')
    expect(nextSort('-due_at', 'due_at')).toBe('due_at')
    expect(nextSort('due_at', 'due_at', '-number')).toBe('-number')
  })

  it('never leaves a column that is the own order stuck', () => {
    expect(nextSort('number', 'number', 'number')).toBe('-number')
  })
})

describe('the pager', () => {
  it.each([
    [1, 1, [1]],
    [1, 7, [1, 2, 0, 6, 7]],
    [4, 7, [1, 2, 3, 4, 5, 6, 7]],
    [50, 100, [1, 2, 0, 49, 50, 51, 0, 99, 100]],
  ])('of page %i in %i', (page, pages, expected) => {
    expect(pagerOf(page, pages)).toEqual(expected)
  })
})
