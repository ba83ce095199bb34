import { describe, expect, it } from 'vitest'
import { lastBelow, placeOf } from './edit'

const node = (id: string, parent_id: string | null, is_criterion = false) => ({ id, parent_id, is_criterion })
const nodes = [node('a', null), node('a1', 'a'), node('x', 'a1', true), node('y', 'a1', true), node('a2', 'a'), node('z', 'a2', true), node('b', null)]

describe('moving in the tree', () => {
  it('goes up and down among siblings and stops at the ends', () => {
    expect(placeOf(nodes, 'y', 'up')).toEqual({ parent: 'a1', after: null })
    expect(placeOf(nodes, 'x', 'down')).toEqual({ parent: 'a1', after: 'y' })
    expect(placeOf(nodes, 'x', 'up')).toBeNull()
    expect(placeOf(nodes, 'y', 'down')).toBeNull()
    expect(placeOf(nodes, 'b', 'up')).toEqual({ parent: null, after: null })
  })
  it('goes into the sibling before and out behind its parent', () => {
    expect(placeOf(nodes, 'a2', 'in')).toEqual({ parent: 'a1', after: 'y' })
    expect(placeOf(nodes, 'y', 'in')).toBeNull()
    expect(placeOf(nodes, 'z', 'out')).toEqual({ parent: 'a', after: 'a2' })
    expect(placeOf(nodes, 'b', 'out')).toBeNull()
  })
  it('puts new nodes behind the last', () => {
    expect(lastBelow(nodes, 'a')).toBe('a2')
    expect(lastBelow(nodes, 'b')).toBeNull()
  })
})
