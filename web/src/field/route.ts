/** The day's order on the ground: distances from site to site, and the small map of the city's own boundaries. */
import type { Position } from '@/api/schema'

/** Mean radius of the earth in metres. */
const EARTH = 6_371_009

export function metres(one: Position | null | undefined, other: Position | null | undefined): number | null {
  if (!one || !other) return null
  const rad = Math.PI / 180
  const height = Math.sin(((other.latitude - one.latitude) * rad) / 2) ** 2
  const width = Math.sin(((other.longitude - one.longitude) * rad) / 2) ** 2
  const chord = height + Math.cos(one.latitude * rad) * Math.cos(other.latitude * rad) * width
  return Math.round(2 * EARTH * Math.asin(Math.min(1, Math.sqrt(chord))))
}

/** The frame around the day's sites, with a margin, in degrees. */
export function frameOf(visits: readonly { position?: Position | null }[]): { west: number; east: number; south: number; north: number } | null {
  const places = visits.flatMap((visit) => (visit.position ? [visit.position] : []))
  if (places.length === 0) return null
  const west = Math.min(...places.map((place) => place.longitude))
  const east = Math.max(...places.map((place) => place.longitude))
  const south = Math.min(...places.map((place) => place.latitude))
  const north = Math.max(...places.map((place) => place.latitude))
  const margin = Math.max(east - west, north - south, 0.004) * 0.15
  return { west: west - margin, east: east + margin, south: south - margin, north: north + margin }
}
