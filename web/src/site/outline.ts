/** Draws the city's own boundaries as plain shapes: small, offline, printable. */
import type { AreaGeometry, Boundaries } from '@/api/schema'

export interface Area {
  code: string
  name: string
  unit: string | null
  path: string
  /** Where the name stands. */
  x: number
  y: number
}

export interface Outline {
  areas: Area[]
  height: number
  project: (longitude: number, latitude: number) => [number, number]
  /** The place of a point of the drawing. */
  locate: (x: number, y: number) => [number, number]
}

function polygonsOf(geometry: AreaGeometry): number[][][][] {
  return geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates
}

/** The centre of gravity of a ring; a ring without area answers its first point. */
export function centre(ring: number[][]): [number, number] {
  let area = 0
  let x = 0
  let y = 0
  for (let i = 0; i < ring.length; i += 1) {
    const [ax = 0, ay = 0] = ring[i]!
    const [bx = 0, by = 0] = ring[(i + 1) % ring.length]!
    const cross = ax * by - bx * ay
    area += cross
    x += (ax + bx) * cross
    y += (ay + by) * cross
  }
  return area === 0 ? [ring[0]?.[0] ?? 0, ring[0]?.[1] ?? 0] : [x / (3 * area), y / (3 * area)]
}

/** Projects all areas into a box of the given width; a degree of longitude shrinks with the latitude. */
export function outline(boundaries: Boundaries, width: number, margin = 4): Outline {
  const points = boundaries.features.flatMap((feature) => polygonsOf(feature.geometry).flat(2))
  const xs = points.map((point) => point[0] ?? 0)
  const ys = points.map((point) => point[1] ?? 0)
  const west = xs.reduce((a, b) => Math.min(a, b), Infinity)
  const east = xs.reduce((a, b) => Math.max(a, b), -Infinity)
  const south = ys.reduce((a, b) => Math.min(a, b), Infinity)
  const north = ys.reduce((a, b) => Math.max(a, b), -Infinity)
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180)
  const scale = (width - 2 * margin) / Math.max(1e-9, (east - west) * shrink)
  const project = (longitude: number, latitude: number): [number, number] => [margin + (longitude - west) * shrink * scale, margin + (north - latitude) * scale]
  const locate = (x: number, y: number): [number, number] => [west + (x - margin) / (shrink * scale), north - (y - margin) / scale]
  const areas = boundaries.features.map((feature) => {
    const rings = polygonsOf(feature.geometry).flat(1)
    const path = rings.map((ring) => `M${ring.map((point) => project(point[0] ?? 0, point[1] ?? 0).map((one) => one.toFixed(1)).join(' ')).join('L')}Z`).join('')
    const [x, y] = project(...centre(rings[0] ?? [[0, 0]]))
    return { code: feature.properties.code, name: feature.properties.name, unit: feature.properties.unit_id ?? null, path, x, y }
  })
  return { areas, height: points.length ? (north - south) * scale + 2 * margin : 0, project, locate }
}
