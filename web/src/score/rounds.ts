/** The round that the pages of score and ranking speak of: the one in the address, else the latest that the reader may see so. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { server, told } from '@/api/client'
import { useSession } from '@/session/store'

export function useRounds(of: 'score' | 'ranking' = 'score') {
  const route = useRoute()
  const session = useSession()
  const { data, error } = useQuery({ queryKey: ['rounds', 'choice'], queryFn: () => told(server.GET('/api/rounds', { params: { query: { size: 100, sort: '-number' } } })), enabled: computed(() => session.may('view_round')) })
  /** A higher level's round without an edition has no score to show. */
  const rounds = computed(() => (data.value?.items ?? []).filter((one) => one.edition && (of === 'score' || one.ranked)))
  const roundId = computed(() => (typeof route.query.round === 'string' ? route.query.round : (rounds.value.find((one) => one.visited > 0) ?? rounds.value[0])?.id))
  const { data: editions } = useQuery({ queryKey: ['editions'], queryFn: () => told(server.GET('/api/editions')), enabled: computed(() => session.may('view_framework')) })
  /** Whether the round's edition counts indicators met instead of points: then nobody loses points, and nobody is ranked by them. */
  const countsIndicators = computed(() => {
    const edition = rounds.value.find((one) => one.id === roundId.value)?.edition?.id
    return editions.value?.some((one) => one.id === edition && one.scoring === 'conformity') ?? false
  })
  return { rounds, roundId, error, countsIndicators }
}
