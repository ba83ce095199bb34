import { expect, test } from '@playwright/test'
import { download, get, person } from '../support/person.ts'

test('a round is scored with reasons down to the site, and its units are ranked on screen and as a workbook', async ({ browser }) => {
  const { page, say } = await person(browser, 'office')
  await page.goto('/')
  const big = await page.locator('.hero .big').innerText()
  await page.locator('.hero .big').getByRole('link').click()
  await expect(page.locator('.strip .hero')).toHaveText(big.trim())
  const roundId = new URL(page.url()).searchParams.get('round')
  await page.getByRole('button', { name: say('score.lost_only') }).click()
  await expect(page.locator('.why li').first()).not.toBeEmpty()
  await page.getByRole('button', { name: say('score.by_site') }).first().click()
  await expect(page.locator('.two-col > .panel').nth(1)).toBeVisible()

  await page.goto(`/rounds/${roundId}`)
  await page.getByRole('button', { name: say('score.recompute') }).click()
  await expect(page.locator('.el-message')).toContainText(say('score.recomputed'))

  await page.goto(`/ranking?round=${roundId}`)
  const ranked = await get(page.request, `/rounds/${roundId}/ranking?group=street`)
  await expect(page.locator('table tbody tr')).toHaveCount(ranked.rows.length)
  const book = await download(page, page.getByRole('link', { name: say('ranking.export', { n: ranked.rows.length }) }))
  expect(book.name).toMatch(/\.xlsx$/)
  expect(book.bytes.subarray(0, 2).toString()).toBe('PK')
})
