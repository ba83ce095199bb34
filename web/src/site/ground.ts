/** The ground under the city's own boundaries, if the installation has one: sources and layers of the map. */
import type { LayerSpecification, SourceSpecification } from 'maplibre-gl'
import type { Ground } from '@/api/schema'

export interface GroundLayers {
  sources: Record<string, SourceSpecification>
  layers: LayerSpecification[]
}

const VECTOR = 1

/** Addresses are made whole: a worker of the map knows no page that they could belong to. */
const whole = (address: string): string => (address.startsWith('/') ? `${location.origin}${address}` : address)

function raster(ground: Ground): GroundLayers {
  const made: GroundLayers = { sources: {}, layers: [] }
  ground.layers.forEach((address, at) => {
    const id = `ground-${at}`
    const from = ground.kind === 'pmtiles' ? { url: `pmtiles://${whole(address)}` } : { tiles: [whole(address)] }
    made.sources[id] = { type: 'raster', ...from, tileSize: 256, maxzoom: ground.max_zoom, attribution: ground.attribution }
    made.layers.push({ id, type: 'raster', source: id, paint: { 'raster-saturation': -0.6, 'raster-opacity': 0.85 } })
  })
  return made
}

/** Plain colours for files of shapes in the layers that Protomaps gives them. */
function vector(ground: Ground): GroundLayers {
  const source = 'ground-0'
  const fill = (layer: string, colour: string): LayerSpecification => ({ id: `ground-${layer}`, type: 'fill', source, 'source-layer': layer, paint: { 'fill-color': colour } })
  return {
    sources: { [source]: { type: 'vector', url: `pmtiles://${whole(ground.layers[0] ?? '')}`, attribution: ground.attribution } },
    layers: [
      fill('earth', '#ffffff'), fill('landuse', '#f3f5f1'), fill('water', '#d6e4ef'),
      { id: 'ground-roads', type: 'line', source, 'source-layer': 'roads', paint: { 'line-color': '#d5dae0', 'line-width': ['interpolate', ['linear'], ['zoom'], 9, 0.6, 15, 3] } },
      { id: 'ground-buildings', type: 'fill', source, 'source-layer': 'buildings', minzoom: 14, paint: { 'fill-color': '#e6e9ed' } },
    ],
  }
}

/** What the map has to load; for one file of tiles it is asked whether it holds pictures or shapes. */
export async function groundOf(ground: Ground, add: (scheme: string, load: unknown) => void): Promise<GroundLayers> {
  if (ground.kind !== 'pmtiles') return raster(ground)
  const { PMTiles, Protocol } = await import('pmtiles')
  const protocol = new Protocol()
  add('pmtiles', protocol.tile)
  const file = new PMTiles(whole(ground.layers[0] ?? ''))
  protocol.add(file)
  const { tileType } = await file.getHeader()
  return Number(tileType) === VECTOR ? vector(ground) : raster(ground)
}
