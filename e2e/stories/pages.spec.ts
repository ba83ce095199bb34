import { expect, test } from '@playwright/test'
import { accessible, download, get, person, type Person } from '../support/person.ts'
import { saying } from '../support/words.ts'

/** Every page of the office with the word of its head. Pages of one record take the first that the list shows. */
const PAGES: [path: string, list: string | null, word: string | null][] = [
  ['/', null, 'nav.board'],
  ['/todo', null, 'nav.todo'],
  ['/frameworks', null, 'nav.framework'],
  ['/frameworks/:id', '/editions', null],
  ['/sites', null, 'nav.site'],
  ['/sites/map', null, 'site.map'],
  ['/sites/:id', '/sites', null],
  ['/site-types', null, 'site.types'],
  ['/site-types/:id', '/site-types', null],
  ['/rounds', null, 'nav.round'],
  ['/rounds/new', null, 'round.create'],
  ['/rounds/:id', '/rounds', null],
  ['/problems', null, 'problem.ledger'],
  ['/problems/board', null, 'problem.board'],
  ['/problems/:id', '/problems', null],
  ['/slips', null, 'nav.slip'],
  ['/slips/:id', '/slips', null],
  ['/score', null, 'nav.score'],
  ['/ranking', null, 'nav.ranking'],
  ['/units', null, 'nav.unit'],
  ['/units/:id', '/units', null],
  ['/imports', null, 'nav.import'],
  ['/imports/new', null, 'import.create'],
  ['/questions', null, 'nav.question'],
  ['/system/calendar', null, 'nav.calendar'],
  ['/me', null, 'nav.me'],
]
const ADMIN: typeof PAGES = [
  ['/system/accounts', null, 'nav.account'],
  ['/system/audit', null, 'nav.audit'],
  ['/system/jobs', null, 'nav.job'],
]

async function address({ page }: Person, path: string, list: string | null): Promise<string> {
  if (!list) return path
  const answer = await get(page.request, list)
  return path.replace(':id', (Array.isArray(answer) ? answer[0] : answer.items[0]).id)
}

async function walk(who: Person, pages: typeof PAGES): Promise<void> {
  const failures: string[] = []
  who.page.on('pageerror', (error) => failures.push(String(error)))
  for (const [path, list, word] of pages) {
    const to = await address(who, path, list)
    await who.page.goto(`${to}?lang=en`)
    const head = who.page.locator('h1').first()
    if (word) await expect(head).toContainText(saying('en')(word))
    await who.page.goto(`${to}?lang=zh-CN`)
    if (word) await expect(head).toContainText(saying('zh-CN')(word))
    else await expect(head).not.toBeEmpty()
    await who.page.waitForLoadState('networkidle')
    await accessible(who.page)
  }
  expect(failures).toEqual([])
}

test('every page of the office speaks both languages and can be used by everybody', async ({ browser }) => {
  test.setTimeout(240_000)
  await walk(await person(browser, 'office'), PAGES)
})

test('every page of the administration does so too', async ({ browser }) => {
  await walk(await person(browser, 'admin'), ADMIN)
})

test('the console can be used at the width of a phone', async ({ browser }) => {
  const { page } = await person(browser, 'office', 'phone')
  for (const path of ['/', '/problems', '/slips', '/rounds']) {
    await page.goto(path)
    await expect(page.locator('h1').first()).toBeVisible()
    await page.waitForLoadState('networkidle')
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wide, `${path} runs off the screen`).toBeLessThanOrEqual(0)
  }
  await accessible(page)
})

test('every list leaves the house as a workbook of what is shown', async ({ browser }) => {
  const lists: [login: string, paths: string[]][] = [
    ['office', ['/problems?state=closed', '/sites', '/units', '/rounds', '/slips', '/ranking']],
    ['admin', ['/system/accounts', '/system/audit']],
  ]
  for (const [login, paths] of lists) {
    const { page, say } = await person(browser, login)
    for (const path of paths) {
      await page.goto(path)
      await page.waitForLoadState('networkidle')
      const columns = page.getByRole('button', { name: say('list.columns'), exact: true })
      if (await columns.count()) {
        await columns.click()
        for (const box of await page.locator('.colpick .el-checkbox:not(.is-checked)').all()) await box.click()
        await page.keyboard.press('Escape')
      }
      const { name, bytes } = await download(page, page.locator('a[download][href*="xlsx"]').first())
      expect(name).toMatch(/\.xlsx$/)
      expect(bytes.subarray(0, 2).toString(), path).toBe('PK')
    }
  }
})

test('a view that somebody keeps is there on another device', async ({ browser }) => {
  const desk = await person(browser, 'office2')
  await desk.page.goto('/problems?state=closed&sort=number')
  await desk.page.getByRole('button', { name: desk.say('list.keep_view') }).click()
  await desk.page.getByLabel(desk.say('list.view_name')).fill('已销号的')
  await desk.page.getByRole('dialog').getByRole('button', { name: desk.say('action.save') }).click()
  const phone = await person(browser, 'office2', 'phone')
  await phone.page.goto('/problems')
  await phone.page.getByRole('link', { name: '已销号的', exact: true }).click()
  await expect(phone.page).toHaveURL(/state=closed/)
  await phone.page.getByRole('button', { name: phone.say('list.drop_view', { name: '已销号的' }) }).click()
  await expect(phone.page.getByRole('link', { name: '已销号的', exact: true })).toHaveCount(0)
})

test('every number of the board opens the list that it was counted from', async ({ browser }) => {
  const { page, say } = await person(browser, 'office')
  for (const word of ['overdue', 'due_today', 'due_soon']) {
    await page.goto('/')
    const place = page.locator('.three > div', { hasText: say(`board.${word}`) })
    const count = Number((await place.getByRole('link').innerText()).replaceAll(',', ''))
    await place.getByRole('link').click()
    await expect(page.locator('.totals')).toContainText(say('problem.totals.count', { n: count.toLocaleString('en-US') }))
  }
  await page.goto('/')
  for (const row of await page.locator('.todo ol b').allInnerTexts()) expect(Number(row), 'nothing waits of a kind that is shown').toBeGreaterThan(0)
})
