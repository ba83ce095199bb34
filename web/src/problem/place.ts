/** Where a problem is, in one line: site and type, else the words of whoever reported it. */
import type { PersonRef, ProblemRow, SiteRef, UnitRef } from '@/api/schema'

export function siteTypeName(site: Pick<SiteRef, 'site_type'> | null | undefined): string {
  return site?.site_type ?? ''
}

export function placeOf(row: Pick<ProblemRow, 'site' | 'place_text'>): string {
  if (row.site) return [row.site.name, siteTypeName(row.site)].filter(Boolean).join(' · ')
  return row.place_text ?? ''
}

export function unitName(unit: UnitRef | string | null | undefined): string {
  if (!unit) return ''
  return typeof unit === 'string' ? unit : unit.short_name || unit.name
}

export function personName(person: PersonRef | string | null | undefined): string {
  if (!person) return ''
  return typeof person === 'string' ? person : person.name
}
