import { expect, test } from '@playwright/test'
import { download, get, person, type Json } from '../support/person.ts'

test('a round is scored with reasons down to the site, and its units are ranked on screen and as a workbook', async ({ browser }) => {
  const { page, say } = await person(browser, 'office')
  await page.goto('/')
  const big = await page.locator('.hero .big').innerText()
  await page.locator('.hero .big').getByRole('link').click()
  await expect(page.locator('.strip .hero')).toHaveText(big.trim())
  // The newest round may have been drawn by another story, at sites that nothing measures: what follows is told of the demo's own.
  const roundId = ((await get(page.request, '/rounds?size=100')).items as Json[]).find((round) => round.name === '8月模拟测评')?.id
  await page.goto(`/score?round=${roundId}`)
  await page.getByRole('button', { name: say('score.lost_only') }).click()
  await expect(page.locator('.why li').first()).not.toBeEmpty()
  await page.getByRole('button', { name: say('score.by_site') }).first().click()
  await expect(page.locator('.two-col > .panel').nth(1)).toBeVisible()

  await page.goto(`/rounds/${roundId}`)
  await page.getByRole('button', { name: say('score.recompute') }).click()
  await expect(page.locator('.el-message')).toContainText(say('score.recomputed'))

  // Which sites a draw has taken decides which groups have anybody to rank.
  const groups = await Promise.all(['street', 'town', 'department'].map(async (group) => ({ group, ...await get(page.request, `/rounds/${roundId}/ranking?group=${group}`) } as Json)))
  const ranked = groups.find((one) => one.rows.length > 0) ?? {}
  await page.goto(`/ranking?round=${roundId}&group=${ranked.group}`)
  await expect(page.locator('table tbody tr')).toHaveCount(ranked.rows.length)
  const book = await download(page, page.getByRole('link', { name: say('ranking.export', { n: ranked.rows.length }) }))
  expect(book.name).toMatch(/\.xlsx$/)
  expect(book.bytes.subarray(0, 2).toString()).toBe('PK')
})
