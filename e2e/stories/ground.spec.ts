/** The map of sites over each kind of ground that an installation can name, and without it. */
import { expect, test, type Page } from '@playwright/test'
import { OwnServer } from '../support/own.ts'
import { person } from '../support/person.ts'
import { pmtiles, png, tilesOf, water } from '../support/tiles.ts'

/** How much of the map is of each kind: reddish as the pictures of the ground, bluish as its water, white as the city's own land. */
async function shares(page: Page): Promise<{ red: number; blue: number; white: number }> {
  const picture = (await page.locator('.maplibregl-canvas').screenshot()).toString('base64')
  return page.evaluate(async (data) => {
    const image = new Image()
    image.src = `data:image/png;base64,${data}`
    await image.decode()
    const canvas = document.createElement('canvas')
    ;[canvas.width, canvas.height] = [image.width, image.height]
    const paper = canvas.getContext('2d')!
    paper.drawImage(image, 0, 0)
    const { data: dots } = paper.getImageData(0, 0, image.width, image.height)
    const found = { red: 0, blue: 0, white: 0 }
    for (let at = 0; at < dots.length; at += 4) {
      const [r, g, b] = [dots[at]!, dots[at + 1]!, dots[at + 2]!]
      if (r > g + 25 && r > b + 25) found.red += 1
      else if (b > r + 12) found.blue += 1
      else if (r > 250 && g > 250 && b > 250) found.white += 1
    }
    const all = dots.length / 4
    return { red: found.red / all, blue: found.blue / all, white: found.white / all }
  }, picture)
}

test('the map lies on the ground that is configured, and goes on without it', async ({ browser }) => {
  const red = { type: 'image/png', bytes: png([220, 20, 20]) }
  const tiles = await tilesOf({
    '/xyz/': red,
    '/wmts?': red,
    '/vec_w/wmts?': red,
    '/cva_w/wmts?': red,
    '/pictures.pmtiles': { type: 'application/octet-stream', bytes: pmtiles(red.bytes, 'png') },
    '/shapes.pmtiles': { type: 'application/octet-stream', bytes: pmtiles(water(), 'vector') },
  })
  const own = await OwnServer.open()
  try {
    const { page } = await person(browser, 'office', 'desk', 'zh-CN', own.base)
    const pictures = /\/\d+\/\d+\/\d+\.png$/
    const wmts = /SERVICE=WMTS&REQUEST=GetTile.*TILEMATRIX=\d+&TILEROW=\d+&TILECOL=\d+/
    const grounds: [string, 'red' | 'blue', RegExp[]][] = [
      [`kind = "xyz"\nurl = "${tiles.base}/xyz/{z}/{x}/{y}.png"`, 'red', [pictures]],
      [`kind = "wmts"\nurl = "${tiles.base}/wmts?SERVICE=WMTS&REQUEST=GetTile&TILEMATRIX={TileMatrix}&TILEROW={TileRow}&TILECOL={TileCol}"`, 'red', [wmts]],
      [`kind = "tianditu"\nurl = "${tiles.base}"\nkey = "abc123"`, 'red', [/LAYER=vec&.*TILEMATRIX=\d+.*tk=abc123/, /LAYER=cva&.*TILEMATRIX=\d+.*tk=abc123/]],
      [`kind = "pmtiles"\nurl = "${tiles.base}/pictures.pmtiles"`, 'red', [/pictures\.pmtiles/]],
      [`kind = "pmtiles"\nurl = "${tiles.base}/shapes.pmtiles"`, 'blue', [/shapes\.pmtiles/]],
    ]
    for (const [map, colour, fetched] of grounds) {
      tiles.asked.length = 0
      await own.with(`[map]\n${map}`)
      await page.goto('/sites/map')
      await expect.poll(async () => (await shares(page))[colour], { message: map, timeout: 20_000 }).toBeGreaterThan(0.4)
      for (const address of fetched) expect(tiles.asked.filter((one) => address.test(one)).length, String(address)).toBeGreaterThan(0)
    }

    // Tianditu knows by it whom a key was given to; more than the host is told to nobody.
    expect([...tiles.pages]).toEqual([`${own.base}/`])

    // The ground is out of reach: the city's own land is the map, and what lies on it is there.
    await own.with(`[map]\nkind = "xyz"\nurl = "${tiles.base}/xyz/{z}/{x}/{y}.png"`)
    await tiles.close()
    await page.goto('/sites/map')
    await expect.poll(async () => (await shares(page)).white, { timeout: 20_000 }).toBeGreaterThan(0.15)
    expect((await shares(page)).red).toBeLessThan(0.1)
    await expect(page.locator('.street-name').first()).toBeVisible()
  } finally {
    await own.close()
    await tiles.close().catch(() => undefined)
  }
})
