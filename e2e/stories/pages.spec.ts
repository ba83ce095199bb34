import { expect, test } from '@playwright/test'
import { accessible, download, get, person, type Person } from '../support/person.ts'
import { saying } from '../support/words.ts'

type Pages = [path: string, word: string | null, list?: string][]

/** Every page by its room, with the word of its head. Pages of one record take the first that the list shows. */
const ROOMS: [room: string, login: string, pages: Pages][] = [
  ['what the city aims at', 'office', [
    ['/', 'nav.board'],
    ['/todo', 'nav.todo'],
    ['/overview', 'mine.overview'],
    ['/frameworks', 'nav.framework'],
    ['/frameworks/:id', null, '/editions'],
    ['/frameworks/crosswalk', 'crosswalk.title'],
    ['/statistics', 'nav.statistics'],
  ]],
  ['duties and tasks', 'office', [
    ['/duties', 'nav.duty'],
    ['/duties/gaps', 'duty.gaps'],
    ['/duties/collectives', 'duty.collectives'],
    ['/duties/hand-over', 'duty.hand_over'],
    ['/tasks', 'nav.task'],
    ['/tasks/board', 'task.board'],
    ['/tasks/calendar', 'task.calendar'],
    ['/tasks/gantt', 'task.gantt'],
    ['/tasks/plans', 'task.plans'],
    ['/campaigns', 'task.campaigns'],
    ['/rhythms', 'task.rhythms'],
    ['/lookbacks', 'lookback.title'],
  ]],
  ['sites and rounds', 'office', [
    ['/facilities', 'facility.gaps'],
    ['/sites', 'nav.site'],
    ['/sites/map', 'site.map'],
    ['/sites/:id', null, '/sites'],
    ['/site-types', 'site.types'],
    ['/site-types/:id', null, '/site-types'],
    ['/rounds', 'nav.round'],
    ['/rounds/new', 'round.create'],
    ['/rounds/:id', null, '/rounds'],
    ['/rounds/:id/contrast', 'contrast.list', '/rounds?kind=external'],
    ['/sites/duplicates', 'merge.duplicates'],
  ]],
  ['problems and slips', 'office', [
    ['/problems', 'problem.ledger'],
    ['/problems/board', 'problem.board'],
    ['/problems/checks', 'check.title'],
    ['/problems/:id', null, '/problems'],
    ['/parties', 'party.title'],
    ['/patrols', 'patrol.title'],
    ['/patrols/:id', null, '/patrol-plans'],
    ['/slips', 'nav.slip'],
    ['/slips/policies', 'ladder.title'],
    ['/slips/merits', 'merit.title'],
    ['/slips/:id', null, '/slips'],
  ]],
  ['scores', 'office', [
    ['/score', 'nav.score'],
    ['/score/losses', 'nav.loss'],
    ['/score/stakes', 'nav.stake'],
    ['/score/index', 'nav.index'],
    ['/score/cycle', 'nav.cycle'],
    ['/incidents', 'nav.incident'],
    ['/ranking', 'nav.ranking'],
    ['/assessments', 'nav.assessment'],
    ['/assessments/policy', 'nav.assessment_policy'],
  ]],
  ['units and what keeps the house', 'office', [
    ['/units', 'nav.unit'],
    ['/units/:id', null, '/units'],
    ['/imports', 'nav.import'],
    ['/imports/new', 'import.create'],
    ['/questions', 'nav.question'],
    ['/system/calendar', 'nav.calendar'],
    ['/system/tables', 'table.title'],
    ['/me', 'nav.me'],
  ]],
  ['the administration', 'admin', [
    ['/system/accounts', 'nav.account'],
    ['/system/audit', 'nav.audit'],
    ['/system/jobs', 'nav.job'],
  ]],
]

async function address({ page }: Person, path: string, list: string | undefined): Promise<string> {
  if (!list) return path
  const answer = await get(page.request, list)
  return path.replace(':id', (Array.isArray(answer) ? answer[0] : answer.items[0]).id)
}

/** A word that is shown as its own key has not been written. */
const BARE = /\b[a-z_]+(\.[a-z_]+)+\b/

for (const [room, login, pages] of ROOMS) {
  test(`every page of ${room} speaks both languages and can be used by everybody`, async ({ browser }) => {
    test.setTimeout(120_000)
    const who = await person(browser, login)
    const failures: string[] = []
    who.page.on('pageerror', (error) => failures.push(String(error)))
    who.page.on('console', (message) => (message.type() === 'error' || message.text().includes('[intlify]')) && failures.push(message.text()))
    for (const [path, word, list] of pages) {
      const to = await address(who, path, list)
      const head = who.page.locator('h1').first()
      for (const language of ['en', 'zh-CN'] as const) {
        if (language === 'en') await who.page.goto(`${to}?lang=en`)
        else await who.page.getByRole('button', { name: saying('en')('app.other_language'), exact: true }).click()
        if (word) await expect(head).toContainText(saying(language)(word))
        else await expect(head).not.toBeEmpty()
        await who.page.waitForLoadState('networkidle')
        const text = await who.page.locator('main').innerText()
        expect(text.split('\n').filter((line) => BARE.test(line)), `${to} in ${language}`).toEqual([])
      }
      await accessible(who.page)
    }
    expect(failures).toEqual([])
  })
}

test('the console can be used at the width of a phone', async ({ browser }) => {
  const { page } = await person(browser, 'office', 'phone')
  for (const path of ['/', '/todo', '/overview', '/frameworks', '/duties', '/tasks', '/sites', '/rounds', '/problems', '/slips', '/slips/policies', '/statistics', '/score', '/score/losses', '/score/stakes', '/ranking', '/assessments', '/units', '/imports']) {
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
        const hidden = page.locator('.colpick .el-checkbox:not(.is-checked)')
        for (let left = await hidden.count(); left > 0; left -= 1) {
          await hidden.first().click()
          await expect(hidden).toHaveCount(left - 1)
        }
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
  for (const [place, part] of [[0, 'numerator'], [1, 'denominator']] as const) {
    const number = page.locator('.kpi div').first().getByRole('link').nth(place)
    const [count, to] = [Number((await number.innerText()).replaceAll(',', '')), (await number.getAttribute('href'))!]
    expect(to).toContain(part)
    expect((await get(page.request, to)).total, part).toBe(count)
  }
  for (const row of await page.locator('.todo ol b').allInnerTexts()) expect(Number(row), 'nothing waits of a kind that is shown').toBeGreaterThan(0)
})
