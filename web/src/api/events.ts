/** Live changes of the city: each event makes the figures that it touches old. */
import type { QueryClient } from '@tanstack/vue-query'
import { onScopeDispose } from 'vue'

const KINDS: Record<string, string[]> = {
  problem: ['problems', 'board', 'todo', 'problem'],
  slip: ['slips', 'slip', 'board', 'problem', 'todo'],
  round: ['rounds', 'round', 'board'],
  visit: ['round', 'visits', 'visit'],
  import: ['imports', 'import'],
  job: ['jobs'],
  notice: ['notices'],
  merit: ['merits'],
  duty: ['duties', 'duty', 'board', 'todo'],
  task: ['tasks', 'task', 'board', 'todo'],
  score: ['score', 'ranking', 'board', 'assessment', 'assessments'],
}

/** Follows the city's events while the calling scope lives; bursts are gathered for half a second. */
export function followEvents(client: QueryClient): void {
  if (typeof EventSource === 'undefined') return
  const source = new EventSource('/api/events')
  const stale = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined

  function flush(): void {
    timer = undefined
    for (const key of stale) void client.invalidateQueries({ queryKey: [key] })
    stale.clear()
  }

  for (const [kind, keys] of Object.entries(KINDS)) {
    source.addEventListener(kind, () => {
      for (const key of keys) stale.add(key)
      timer ??= setTimeout(flush, 500)
    })
  }
  onScopeDispose(() => {
    source.close()
    clearTimeout(timer)
  })
}
