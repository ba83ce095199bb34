/** The planned routes of a round, put together from its sites. */
import type { RoundSiteView, RoundView } from '@/api/schema'

export interface Route {
  key: string
  inspector: string
  day: string
  metres: number
  stops: RoundSiteView[]
}

export function routesOf(round: Pick<RoundView, 'routes' | 'site_list'>): Route[] {
  const stops = (person: string, day: string) =>
    round.site_list.filter((one) => one.inspector?.id === person && one.visit_on === day && one.stop).sort((one, other) => (one.stop ?? 0) - (other.stop ?? 0))
  const routes = round.routes.map((one) => ({ key: `${one.inspector.id}/${one.day}`, inspector: one.inspector.name, day: one.day, metres: one.metres, stops: stops(one.inspector.id, one.day) }))
  return routes.sort((one, other) => one.day.localeCompare(other.day) || one.inspector.localeCompare(other.inspector, 'zh'))
}

/** What still has to be visited and stands on no route. */
export function unroutedOf(round: Pick<RoundView, 'site_list'>): RoundSiteView[] {
  return round.site_list.filter((one) => one.state === 'waiting' && !one.visit_on)
}
