/** Moves in the tree by keyboard and button: where a node would stand. The server decides whether it may. */
import type { NodeView } from '@/api/schema'

type Node = Pick<NodeView, 'id' | 'parent_id' | 'is_criterion'>

export interface Place {
  parent: string | null
  after: string | null
}

const siblings = (nodes: Node[], parent: string | null) => nodes.filter((one) => (one.parent_id ?? null) === parent)

/** Where a node goes if it is moved; none if it is at the end of its way. */
export function placeOf(nodes: Node[], id: string, way: 'up' | 'down' | 'in' | 'out'): Place | null {
  const node = nodes.find((one) => one.id === id)
  if (!node) return null
  const parent = node.parent_id ?? null
  const row = siblings(nodes, parent)
  const at = row.findIndex((one) => one.id === id)
  if (way === 'up') return at > 0 ? { parent, after: row[at - 2]?.id ?? null } : null
  if (way === 'down') return at < row.length - 1 ? { parent, after: row[at + 1]!.id } : null
  if (way === 'out') {
    const above = nodes.find((one) => one.id === parent)
    return above ? { parent: above.parent_id ?? null, after: above.id } : null
  }
  const before = row[at - 1]
  return before && !before.is_criterion ? { parent: before.id, after: siblings(nodes, before.id).at(-1)?.id ?? null } : null
}

/** The last node below a parent, behind which a new one is put. */
export const lastBelow = (nodes: Node[], parent: string | null): string | null => siblings(nodes, parent).at(-1)?.id ?? null
