/** What the board, the wall and the leader's page all read: the board's figures, and the worst problems of today. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { server, told } from '@/api/client'

/** Problems that a leader should ask about today: red slips first, then the longest overdue. */
const ASKED = 3

export function useBoard() {
  const query = useQuery({ queryKey: ['board'], queryFn: () => told(server.GET('/api/board')) })
  const late = useQuery({ queryKey: ['problems', 'board'], queryFn: () => told(server.GET('/api/problems', { params: { query: { clock: ['overdue'], sort: 'due_at', size: 50 } } })) })
  const rank = { red: 0, yellow: 1, white: 2 } as Record<string, number>
  const asked = computed(() => [...(late.data.value?.items ?? [])].sort((one, other) => (rank[one.slip?.colour ?? ''] ?? 3) - (rank[other.slip?.colour ?? ''] ?? 3)).slice(0, ASKED))
  return { board: query.data, error: query.error, isPending: query.isPending, refetch: query.refetch, asked }
}
