/** A site's printed sheet before a phone's camera opens the site. */
import { chromium, expect, test } from '@playwright/test'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accessible, caller, get, person } from '../support/person.ts'

const [WIDTH, HEIGHT] = [640, 480]

/** The upper left of a printed page as a film of one picture, as the browser takes it in place of a camera. */
function film(sheet: Buffer, folder: string): string {
  const [pdf, page, made] = [join(folder, 'sheet.pdf'), join(folder, 'page'), join(folder, 'sheet.y4m')]
  writeFileSync(pdf, sheet)
  execFileSync('pdftoppm', ['-gray', '-r', '120', '-singlefile', '-x', '0', '-y', '0', '-W', String(WIDTH), '-H', String(HEIGHT), pdf, page])
  const grey = readFileSync(`${page}.pgm`).subarray(-WIDTH * HEIGHT)
  const frame = [Buffer.from('FRAME\n'), grey, Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]
  writeFileSync(made, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F15:1 Ip A1:1 C420\n`), ...frame, ...frame]))
  return made
}

test('a scanned sheet opens its site on the phone', async ({}, info) => {
  const folder = mkdtempSync(join(tmpdir(), 'yipanqi-scan-'))
  const office = await caller('office')
  const site = (await get(office, '/sites?size=1')).items[0]
  const sheet = await office.get(`/api/sites/sheets.pdf?id=${site.id}`)
  expect(sheet.ok(), await sheet.text()).toBeTruthy()
  const { executablePath, args = [] } = info.project.use.launchOptions ?? {}
  const fake = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film(await sheet.body(), folder)}`]
  const browser = await chromium.launch({ executablePath, args: [...args, ...fake] })
  try {
    const { page, say } = await person(browser, 'inspector', 'phone')
    await page.goto('/m/sites')
    await page.getByRole('button', { name: say('phone.scan'), exact: true }).click()
    await expect(page).toHaveURL(new RegExp(`/m/sites/${encodeURIComponent(site.code)}$`))
    await expect(page.getByText(site.name, { exact: true }).first()).toBeVisible()
    await expect(page.locator('video')).toBeHidden()
    await accessible(page)
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
