import { describe, expect, it, vi } from 'vitest'
import { groundOf } from './ground'

let tileType = 1
vi.mock('pmtiles', () => ({
  PMTiles: class { getHeader = () => Promise.resolve({ tileType }) },
  Protocol: class { tile = () => undefined; add = () => undefined },
}))

describe('the ground of the map', () => {
  it('lays each layer of tiles over the one before', async () => {
    const add = vi.fn()
    const made = await groundOf({ kind: 'tianditu', layers: ['https://t0.tianditu.gov.cn/vec/{z}', 'https://t0.tianditu.gov.cn/cva/{z}'], attribution: '天地图', max_zoom: 18 }, add)
    expect(made.layers.map((layer) => layer.id)).toEqual(['ground-0', 'ground-1'])
    expect(made.sources['ground-1']).toMatchObject({ type: 'raster', tiles: ['https://t0.tianditu.gov.cn/cva/{z}'], attribution: '天地图' })
    expect(add).not.toHaveBeenCalled()
  })

  it('makes the address of an own file whole and asks what the file holds', async () => {
    const ground = { kind: 'pmtiles' as const, layers: ['/ground/city.pmtiles'], attribution: '', max_zoom: 15 }
    const add = vi.fn()
    const shapes = await groundOf(ground, add)
    expect(add).toHaveBeenCalledWith('pmtiles', expect.anything())
    expect(shapes.sources['ground-0']).toMatchObject({ type: 'vector', url: `pmtiles://${location.origin}/ground/city.pmtiles` })
    tileType = 2
    expect((await groundOf(ground, add)).sources['ground-0']).toMatchObject({ type: 'raster' })
  })
})
