/** Grounds of a map, small enough to be made here: a server of tiles, and files of tiles in the format of PMTiles. */
import { createServer } from 'node:http'
import { type AddressInfo } from 'node:net'
import { crc32, deflateSync } from 'node:zlib'

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, sum])
}

/** A picture of 256 × 256 in one colour. */
export function png(colour: readonly [number, number, number]): Buffer {
  const head = Buffer.from([0, 0, 1, 0, 0, 0, 1, 0, 8, 2, 0, 0, 0])
  const row = Buffer.concat([Buffer.from([0]), ...Array.from({ length: 256 }, () => Buffer.from(colour))])
  const rows = Buffer.concat(Array.from({ length: 256 }, () => row))
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 128) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  return Buffer.from([...bytes, rest])
}

const field = (number: number, value: Buffer): Buffer => Buffer.concat([varint(number * 8 + 2), varint(value.length), value])

/** A vector tile that is water from edge to edge. */
export function water(): Buffer {
  const side = varint(8192)
  const back = varint(8191)
  const ring = Buffer.concat([varint(9), varint(0), varint(0), varint(3 * 8 + 2), side, varint(0), varint(0), side, back, varint(0), varint(15)])
  const feature = Buffer.concat([varint(3 * 8), varint(3), field(4, ring)])
  const layer = Buffer.concat([varint(15 * 8), varint(2), field(1, Buffer.from('water')), field(2, feature), varint(5 * 8), varint(4096)])
  return field(3, layer)
}

/** A PMTiles file, version 3, that has the same tile everywhere down to step 14: one entry of its directory runs over all. */
export function pmtiles(tile: Buffer, kind: 'vector' | 'png'): Buffer {
  const steps = 14
  const all = (4 ** (steps + 1) - 1) / 3
  const directory = Buffer.concat([varint(1), varint(0), varint(all), varint(tile.length), varint(1)])
  const metadata = Buffer.from(JSON.stringify(kind === 'vector' ? { vector_layers: [{ id: 'water', fields: {} }] } : {}))
  const head = Buffer.alloc(127)
  head.write('PMTiles', 0, 'latin1')
  head.writeUInt8(3, 7)
  const parts = [127, directory.length, 127 + directory.length, metadata.length, 127, 0, 127 + directory.length + metadata.length, tile.length, all, 1, 1]
  parts.forEach((value, at) => head.writeBigUInt64LE(BigInt(value), 8 + at * 8))
  // Clustered; neither directory nor tiles are packed; what the tiles are; from step to step; the whole world.
  head.set([1, 1, 1, kind === 'vector' ? 1 : 2, 0, steps], 96)
  ;[-1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000].forEach((value, at) => head.writeInt32LE(value, 102 + at * 4))
  return Buffer.concat([head, directory, metadata, tile])
}

export interface Tiles {
  base: string
  /** What was asked for, in order. */
  asked: string[]
  /** From which pages, by what their browser says. */
  pages: Set<string>
  close: () => Promise<void>
}

/** A server of these files by the beginning of their address; it answers ranges, and pages from elsewhere. */
export async function tilesOf(files: Record<string, { type: string; bytes: Buffer }>): Promise<Tiles> {
  const asked: string[] = []
  const pages = new Set<string>()
  const server = createServer((request, response) => {
    const url = request.url ?? ''
    asked.push(url)
    pages.add(request.headers.referer ?? '')
    const found = Object.entries(files).find(([start]) => url.startsWith(start))?.[1]
    const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*', 'access-control-expose-headers': '*' }
    if (request.method === 'OPTIONS') return void response.writeHead(204, headers).end()
    if (!found) return void response.writeHead(404, headers).end()
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    const [from, to] = range ? [Number(range[1]), Math.min(Number(range[2]), found.bytes.length - 1)] : [0, found.bytes.length - 1]
    const more = range ? { 'content-range': `bytes ${from}-${to}/${found.bytes.length}` } : {}
    response.writeHead(range ? 206 : 200, { ...headers, ...more, 'content-type': found.type }).end(found.bytes.subarray(from, to + 1))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    base: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    pages,
    close: () => new Promise((done) => {
      server.closeAllConnections()
      server.close(() => done())
    }),
  }
}
