import { expect, it } from 'vitest'
import type { RoundSiteView, RoundView } from '@/api/schema'
import { routesOf, unroutedOf } from './route'

const site = (code: string, of: Partial<RoundSiteView>): RoundSiteView =>
  ({ site: { id: code, code, name: code, site_type: '' }, state: 'waiting', faults: 0, ...of }) as RoundSiteView
const person = (id: string) => ({ id, name: id })
const round = {
  routes: [
    { inspector: person('b'), day: '2026-03-03', stops: 1, metres: 0 },
    { inspector: person('a'), day: '2026-03-02', stops: 2, metres: 1500 },
  ],
  site_list: [
    site('1', { inspector: person('a'), visit_on: '2026-03-02', stop: 2 }),
    site('2', { inspector: person('a'), visit_on: '2026-03-02', stop: 1 }),
    site('3', { inspector: person('b'), visit_on: '2026-03-03', stop: 1 }),
    site('4', { inspector: person('b') }),
    site('5', { inspector: person('b'), state: 'visited' }),
  ],
} as unknown as RoundView

it('puts each day of each inspector in the order of the way', () => {
  expect(routesOf(round).map((one) => [one.day, one.inspector, one.stops.map((stop) => stop.site.code)])).toEqual([
    ['2026-03-02', 'a', ['2', '1']],
    ['2026-03-03', 'b', ['3']],
  ])
})

it('names what waits and stands on no route', () => {
  expect(unroutedOf(round).map((one) => one.site.code)).toEqual(['4'])
})
