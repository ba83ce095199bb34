/** Sites chosen on the map or in the list, handed to the page that does something with them; kept while the tab lives. */
export interface ChosenSite {
  id: string
  code: string
  name: string
}

/** Sites that one command takes. */
export const MOST_CHOSEN = 500
const KEY = 'yipanqi.chosen-sites'

/** Both lists, each site once. */
export function joined(chosen: readonly ChosenSite[], more: readonly ChosenSite[]): ChosenSite[] {
  const seen = new Set<string>()
  return [...chosen, ...more].filter((one) => !seen.has(one.id) && seen.add(one.id))
}

/** The sites of problems, each once; a problem at no registered site has none. */
export function sitesOf(problems: readonly { site?: ChosenSite | null }[]): ChosenSite[] {
  return joined([], problems.flatMap((one) => (one.site ? [{ id: one.site.id, code: one.site.code, name: one.site.name }] : [])))
}

export function handOver(sites: ChosenSite[]): void {
  sessionStorage.setItem(KEY, JSON.stringify(sites.slice(0, MOST_CHOSEN).map(({ id, code, name }) => ({ id, code, name }))))
}

/** What was handed over last; nothing where it cannot be read. */
export function handedOver(): ChosenSite[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((one): one is ChosenSite => typeof one?.id === 'string' && typeof one.name === 'string') : []
  } catch {
    return []
  }
}
