/** A flat list of nodes as the rows of a tree that can be folded. */
export interface TreeNode {
  id: string
  parent_id?: string | null
}

export interface TreeRow<N> {
  node: N
  depth: number
  children: number
}

/** The visible rows in order; `opened` null means that everything is open. A node without its parent stands at the top. */
export function treeRows<N extends TreeNode>(nodes: readonly N[], opened: ReadonlySet<string> | null): TreeRow<N>[] {
  const known = new Set(nodes.map((node) => node.id))
  const below = new Map<string, N[]>()
  for (const node of nodes) {
    const parent = node.parent_id && known.has(node.parent_id) ? node.parent_id : ''
    below.set(parent, [...(below.get(parent) ?? []), node])
  }
  const rows: TreeRow<N>[] = []
  function walk(parent: string, depth: number): void {
    for (const node of below.get(parent) ?? []) {
      rows.push({ node, depth, children: below.get(node.id)?.length ?? 0 })
      if (opened === null || opened.has(node.id)) walk(node.id, depth + 1)
    }
  }
  walk('', 0)
  return rows
}
