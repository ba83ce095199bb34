import { expect, test, type Locator, type Page } from '@playwright/test'
import { accessible, BEFORE, chooseOption, get, person, take, type Json, type Person } from '../support/person.ts'

/** Answers the open item as its judgement asks; gives what kind of answer it was. */
async function answer({ page, say }: Person, item: Locator, turn: number): Promise<string> {
  // Whether a count or a share is enough is judged later: where the item asks for a photograph, one is taken.
  const proven = async (one: Locator) => {
    if (await one.getByText(say('field.photo_required')).count()) await take(page, one, BEFORE)
  }
  const failed = item.getByRole('button', { name: say('result.fail'), exact: true })
  if (turn === 4) {
    await item.getByRole('button', { name: say('result.not_applicable') }).click()
    await item.locator('form input').fill('夜间关闭')
    await item.getByRole('button', { name: say('action.save') }).click()
    return 'not_applicable'
  }
  if (await failed.count()) {
    if (turn > 2) {
      await item.getByRole('button', { name: say('result.pass'), exact: true }).click()
      return 'pass'
    }
    await failed.click()
    const phrase = item.locator('.phr button').first()
    if (await phrase.count()) await phrase.click()
    await take(page, item, BEFORE)
    await expect(item.getByText(say('field.kept'))).toBeVisible()
    return 'fail'
  }
  if (await item.getByRole('button', { name: say('result.grade.mostly_met') }).count()) {
    await item.getByRole('button', { name: say('result.grade.mostly_met') }).click()
    await take(page, item, BEFORE)
    await expect(item.getByText(say('field.kept'))).toBeVisible()
    return 'grade'
  }
  const numbers = item.locator('.shares input')
  if (await numbers.count()) {
    await numbers.nth(1).fill('10')
    await numbers.nth(1).blur()
    await numbers.nth(0).fill('9')
    await numbers.nth(0).blur()
    await expect(item.getByText(say('field.kept'))).toBeVisible()
    await proven(item)
    return 'share'
  }
  await item.getByRole('button', { name: say('action.one_more') }).click()
  await expect(item.getByText(say('field.kept'))).toBeVisible()
  await proven(item)
  return 'count'
}

async function visit(inspector: Person): Promise<Set<string>> {
  const { page, say } = inspector
  const kinds = new Set<string>()
  const finish = page.getByRole('button', { name: say('field.finish') })
  for (let turn = 0; turn < 60 && !(await finish.isVisible()); turn += 1) {
    const open = page.locator('section.item:not(.off)')
    if (await open.count()) {
      const code = await open.locator('h2 small').innerText()
      const kind = await answer(inspector, open, turn)
      kinds.add(kind)
      const same = page.locator('section.item:not(.off) h2 small', { hasText: new RegExp(`^${code}$`) })
      // An answer that is settled goes on by itself.
      if (!['pass', 'not_applicable'].includes(kind)) await page.locator('footer.foot .btn.primary').click()
      await expect(same).toHaveCount(0)
    } else await page.locator('footer.foot .btn.primary').click()
  }
  await finish.click()
  return kinds
}

/** The waiting site whose checklist asks in the most ways. */
async function richest(page: Page, roundId: string): Promise<Json> {
  const types = (await get(page.request, '/site-types')) as unknown as Json[]
  const all = (await get(page.request, '/my/visits')) as unknown as Json[]
  const named = (name: string) => all.filter((one) => one.site.name === name).length
  const mine = all.filter((one) => one.round.id === roundId && one.state === 'waiting' && named(one.site.name) === 1)
  let best: { site: Json; kinds: number } | null = null
  for (const one of mine) {
    const type = types.find((row) => row.name === one.site.site_type)
    if (!type || type.items > 25) continue
    const { items } = await get(page.request, `/site-types/${type.id}`)
    const kinds = new Set(items.map((item: Json) => item.judgement?.kind)).size
    if (items.length > 5 && kinds > (best?.kinds ?? 0)) best = { site: one.site, kinds }
  }
  expect(best).not.toBeNull()
  return best!.site
}

test('the office draws thirty sites, an inspector visits one on a phone, its faults become problems', async ({ browser }) => {
  test.setTimeout(180_000)
  const office = await person(browser, 'office')
  const { page, say } = office
  await page.goto('/rounds')
  await page.getByRole('link', { name: say('round.create') }).click()
  await page.locator('#r-name').fill('9月随机抽查')
  await page.locator('#r-due').fill('2025-09-05')
  await page.keyboard.press('Enter')
  await chooseOption(page, page.locator('#r-inspectors'), '安屿')
  await page.keyboard.press('Escape')
  // One inspector alone has made the last visit of some sites.
  await page.getByText(say('draw.repeat_pairs')).click()
  await page.getByRole('button', { name: say('round.draw_and_open', { n: 30 }) }).click()
  await expect(page).toHaveURL(/\/rounds\/[0-9a-f-]{36}/)
  await expect(page.locator('.strip')).toContainText('0/30')
  const roundId = new URL(page.url()).pathname.split('/').pop()!

  const inspector = await person(browser, 'inspector', 'phone')
  await inspector.page.goto('/m')
  const site = await richest(inspector.page, roundId)
  await inspector.page.getByRole('button', { name: site.name }).click()
  await inspector.page.getByRole('button', { name: inspector.say('field.begin') }).click()
  await expect(inspector.page.locator('h1')).toContainText(site.name)
  await accessible(inspector.page)
  const kinds = await visit(inspector)
  expect(kinds.size, `kinds of answers: ${[...kinds].join(' ')}`).toBeGreaterThanOrEqual(3)
  expect([...kinds]).toContain('fail')
  await expect(inspector.page).toHaveURL(/\/m$/)
  await expect(inspector.page.locator('.stop.dn', { hasText: site.name })).toBeVisible()

  await expect(async () => {
    await page.reload()
    await expect(page.locator('.strip')).toContainText('1/30', { timeout: 2_000 })
  }, 'what the phone kept arrives').toPass({ timeout: 20_000 })
  await page.getByRole('tab', { name: say('round.proposals') }).click()
  const all = page.getByRole('checkbox', { name: say('list.select_page') })
  await all.check()
  const press = page.getByRole('button', { name: /^确认为问题（\d+）$/ })
  const found = Number((await press.innerText()).replace(/\D/g, ''))
  expect(found).toBeGreaterThan(0)
  await press.click()
  await expect(page.getByText(say('list.bulk_counts', { done: found, refused: 0 }))).toBeVisible()
  await page.goto(`/problems?round=${roundId}`)
  await expect(page.locator('.totals')).toContainText(say('problem.totals.count', { n: found }))
  await page.locator('td.main a').first().click()
  await expect(page.getByText(say('media.before')).first()).toBeVisible()
})
