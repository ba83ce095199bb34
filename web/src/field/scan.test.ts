import { afterEach, expect, test, vi } from 'vitest'
import encode from 'qr'
import { codeReader, pictureReader, siteCode } from './scan'

test('a sheet means its site, wherever it was printed, and nothing else means one', () => {
  expect(siteCode('https://yipanqi.example.cn/m/sites/YX-0001')).toBe('YX-0001')
  expect(siteCode('http://10.0.0.8:8787/m/sites/%E4%BA%91-1/')).toBe('云-1')
  for (const other of ['YX-0001', '', 'https://example.cn/m/login?login=a', 'https://example.cn/m/sites/', 'https://example.cn/m/sites/a/b', 'javascript:/m/sites/x', 'https://example.cn/m/sites/%E4%BA'])
    expect(siteCode(other), other).toBeNull()
})

/** A picture of a code, `side` pixels a module, upside down and a little grey. */
function picture(text: string, side: number) {
  const modules = encode(text, 'raw', { ecc: 'quartile', border: 4 })
  const width = modules.length * side
  const data = new Uint8ClampedArray(width * width * 4)
  for (let y = 0; y < width; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const dark = modules[modules.length - 1 - Math.floor(y / side)]![modules.length - 1 - Math.floor(x / side)]
      data.set([dark ? 40 : 220, dark ? 40 : 220, dark ? 40 : 220, 255], (y * width + x) * 4)
    }
  }
  return { data, width, height: width }
}

test('a code is read from a picture where the browser reads none', async () => {
  const read = await pictureReader()
  const address = 'https://yipanqi.example.cn/m/sites/%E4%BA%91-1'
  expect(read(picture(address, 5))).toEqual([address])
  expect(read({ data: new Uint8ClampedArray(64 * 64 * 4).fill(200), width: 64, height: 64 })).toEqual([])
})

afterEach(() => vi.unstubAllGlobals())

test('the browser’s own reader is used where it reads such codes, and left where it fails', async () => {
  const detect = vi.fn(async () => [{ rawValue: 'said' }])
  class Own {
    static getSupportedFormats = async () => ['qr_code']
    detect = detect
  }
  vi.stubGlobal('BarcodeDetector', Own)
  const video = document.createElement('video')
  expect(await (await codeReader())(video)).toEqual(['said'])
  detect.mockRejectedValue(new Error('service unavailable'))
  const read = await codeReader()
  expect(await read(video)).toEqual([])
  expect(await read(video)).toEqual([])
  expect(detect).toHaveBeenCalledTimes(2)
})
