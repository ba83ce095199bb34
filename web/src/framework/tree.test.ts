import { describe, expect, it } from 'vitest'
import { treeRows } from './tree'

const nodes = [
  { id: 'a', parent_id: null },
  { id: 'a1', parent_id: 'a' },
  { id: 'a11', parent_id: 'a1' },
  { id: 'b', parent_id: null },
  { id: 'lost', parent_id: 'gone' },
]
const shape = (opened: Set<string> | null) => treeRows(nodes, opened).map((row) => `${row.node.id}${row.depth}`)

describe('a tree that can be folded', () => {
  it('shows only what is opened', () => {
    expect(shape(new Set())).toEqual(['a0', 'b0', 'lost0'])
    expect(shape(new Set(['a']))).toEqual(['a0', 'a11', 'b0', 'lost0'])
  })

  it('shows everything in order when nothing is folded', () => {
    expect(shape(null)).toEqual(['a0', 'a11', 'a112', 'b0', 'lost0'])
  })

  it('counts the nodes right below', () => {
    expect(treeRows(nodes, null).map((row) => row.children)).toEqual([1, 1, 0, 0, 0])
  })
})
