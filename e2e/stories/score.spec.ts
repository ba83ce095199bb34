import { expect, test } from '@playwright/test'
import { download, get, person, type Json } from '../support/person.ts'

test('a round is scored with reasons down to the site, and its units are ranked on screen and as a workbook', async ({ browser }) => {
  const { page, say } = await person(browser, 'office')
  const round = (await get(page.request, '/rounds')).items.find((row: Json) => row.kind === 'mock') as Json
  await page.goto(`/rounds/${round.id}`)
  await page.getByRole('button', { name: say('score.recompute') }).click()
  await expect(page.locator('.el-message')).toContainText(say('score.recomputed'))

  await page.goto(`/score?round=${round.id}`)
  const earned = Number(await page.locator('.strip .hero').innerText())
  expect(earned).toBeGreaterThan(0)
  await page.getByRole('button', { name: say('score.lost_only') }).click()
  await expect(page.locator('.why li').first()).not.toBeEmpty()
  await page.getByRole('button', { name: say('score.by_site') }).first().click()
  await expect(page.locator('.two-col > .panel').nth(1)).toBeVisible()

  await page.goto('/')
  await expect(page.locator('.hero .big')).toContainText(earned.toFixed(2))
  await page.goto(`/ranking?round=${round.id}`)
  const rows = page.locator('table tbody tr')
  const ranked = await get(page.request, `/rounds/${round.id}/ranking?group=street`)
  await expect(rows).toHaveCount(ranked.rows.length)
  const book = await download(page, page.getByRole('link', { name: say('ranking.export', { n: ranked.rows.length }) }))
  expect(book.name).toMatch(/\.xlsx$/)
  expect(book.bytes.subarray(0, 2).toString()).toBe('PK')
})
