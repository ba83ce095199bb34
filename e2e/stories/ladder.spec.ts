import { expect, test, type Locator } from '@playwright/test'
import { OwnServer } from '../support/own.ts'
import { accessible, AFTER, chooseOption, chooseUnit, get, order, person, photograph, type Json, type Person } from '../support/person.ts'

const UNIT = '市城管执法局'
const TITLE = '沿街乱堆乱放'

test('an exposure is claimed, grows late, climbs to red, is closed, comes back, and is handed over', async ({ browser }) => {
  test.setTimeout(240_000)
  const city = await OwnServer.open('fixed:2025-08-27T10:30:00+08:00')
  try {
    const as = (login: string): Promise<Person> => person(browser, login, 'desk', 'zh-CN', city.base)
    const open = async (who: Person, path: string): Promise<void> => {
      await who.page.goto(`${path}?lang=zh-CN`)
      await expect(who.page.locator('h1')).not.toBeEmpty()
    }
    const says = (name: string, text: string) => (dialog: Locator) => dialog.locator(`#f-${name}`).fill(text)
    let office = await as('office')
    const { id: site, name } = (await get(office.page.request, '/sites?size=10')).items[0]
    /** Through the form, which asks for what it cannot know. */
    const register = async (source: string): Promise<string> => {
      const { page, say } = office
      await page.goto('/problems?create=1&lang=zh-CN')
      const dialog = page.getByRole('dialog')
      await chooseOption(page, page.locator('#np-source'), say(`source.${source}`))
      if (source === 'media_exposure') await dialog.locator('#np-medium').fill('都市晚报')
      await dialog.locator('#np-title').fill(TITLE)
      await dialog.locator('#np-site').pressSequentially(name)
      await page.locator('.el-select-dropdown__item:visible', { hasText: name }).first().click()
      await dialog.locator('#np-item').click()
      await page.locator('.el-select-dropdown__item:visible').first().click()
      await expect(dialog.locator('#np-category'), 'the kind follows from the site').not.toHaveValue('')
      await dialog.getByRole('button', { name: say('problem.register'), exact: true }).click()
      await expect(page).toHaveURL(/\/problems\/[0-9a-f-]{36}/)
      return /problems\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? ''
    }
    const problem = await register('media_exposure')
    const path = `/problems/${problem}`
    await order(office, 'command.assign', async (dialog) => {
      await chooseUnit(office.page, dialog.locator('#f-unit_id'), UNIT)
      await dialog.getByRole('spinbutton').first().fill('1')
    })

    // Claimed before anything else.
    let liaison = await as('liaison')
    await open(liaison, path)
    await liaison.page.getByRole('button', { name: new RegExp(`^${liaison.say('command.acknowledge')}`) }).first().click()
    const dialog = liaison.page.getByRole('dialog')
    await dialog.getByRole('button', { name: liaison.say('command.acknowledge'), exact: true }).click()
    await expect(dialog.getByRole('alert'), 'not before it is claimed').toBeVisible()
    await open(liaison, path)
    await order(liaison, 'aside.command.claim', says('note', '属实'))
    await expect(liaison.page.getByText(liaison.say('aside.claimed')).first()).toBeVisible()
    await order(liaison, 'command.acknowledge')

    const of = async (colour: string): Promise<Json> => {
      const found = await get(office.page.request, `/slips?problem=${problem}&colour=${colour}`)
      expect(found.total, colour).toBe(1)
      return found.items[0]
    }
    /** Looked for, opened, issued: its number. */
    const issue = async (colour: string): Promise<{ path: string; number: number }> => {
      const { page, say } = office
      await open(office, '/slips')
      await page.getByRole('button', { name: say('slip.sweep') }).click()
      await expect(page.locator('.el-message').first()).toBeVisible()
      const slip = await of(colour)
      await open(office, `/slips/${slip.id}`)
      await order(office, 'slip_command.issue')
      await expect(page.locator('h1')).toContainText(/^〔2025〕\d+号$/)
      return { path: `/slips/${slip.id}`, number: Number(/〕(\d+)号/.exec(await page.locator('h1').innerText())?.[1]) }
    }
    // Due on Thursday 28 August; a working day later it is white.
    await city.at('fixed:2025-08-29T18:00:30+08:00')
    office = await as('office')
    await issue('white')
    // Three working days to reply pass without a reply, 3 September being as the calendar says.
    await city.at('fixed:2025-09-08T09:00:00+08:00')
    ;[office, liaison] = [await as('office'), await as('liaison')]
    const yellow = await issue('yellow')
    await open(liaison, yellow.path)
    await order(liaison, 'slip_command.receive')
    await order(liaison, 'slip_command.reply', says('text', '正在协调'))
    await open(office, yellow.path)
    await order(office, 'slip_command.not_accept', says('reason', '现场未见整改'))
    const red = await issue('red')
    expect(red.number).toBeGreaterThan(yellow.number)
    await expect(office.page.getByText('红色督办单').first()).toBeVisible()
    await expect(office.page.getByText('回复未认可').first()).toBeVisible()
    await accessible(office.page)
    await open(office, '/slips/policies')
    await expect(office.page.locator('h1').first()).toContainText('督办规则')
    await accessible(office.page)

    await open(liaison, path)
    await order(liaison, 'command.submit', async (form) => {
      await form.locator('#f-note').fill('已清理并划线')
      await photograph(liaison.page, form, AFTER)
    })
    const inspector = await as('inspector')
    await open(inspector, path)
    await order(inspector, 'command.verify')
    expect((await of('red')).state, 'what hangs on a closed problem is lifted').toBe('lifted')
    await open(office, path)
    await order(office, 'aside.command.follow', says('note', '回访：已恢复整洁'))
    await expect(office.page.getByText('回访：已恢复整洁').first()).toBeVisible()

    // The same fault at the same site comes back within ninety days.
    await city.at('fixed:2025-09-20T10:00:00+08:00')
    office = await as('office')
    await register('grid_patrol')
    await expect(office.page.getByText(office.say('problem.rebound_note'))).toBeVisible()
    await accessible(office.page)
    const statistics = await get(office.page.request, '/statistics?from=2025-09-01&to=2025-09-30')
    const holding = statistics.rates.find((rate: Json) => rate.rate === 'holding')
    expect(holding.numerator).toBeLessThan(holding.denominator)

    const supervisor = await as('supervisor')
    await open(supervisor, path)
    await order(supervisor, 'aside.command.refer', says('reason', '三次督办后仍反弹'))
    await expect(supervisor.page).toHaveURL(/\/slips\/referrals/)
    const found = await get(supervisor.page.request, '/referrals')
    const referred = ((Array.isArray(found) ? found : found.items) as Json[]).find((one) => one.problem_id === problem)
    expect(referred?.text_number).toMatch(/^〔2025〕\d+号$/)
    await expect(supervisor.page.getByText(referred?.text_number).first()).toBeVisible()
    await accessible(supervisor.page)
    const file = await supervisor.page.request.get(`/api/referrals/${referred?.id}/evidence.zip`)
    expect((await file.body()).subarray(0, 2).toString()).toBe('PK')
    expect((await office.page.request.get('/api/referrals')).status(), 'nobody else sees it').toBe(403)
    await open(supervisor, '/statistics')
    await expect(supervisor.page.getByText('按期办结率').first()).toBeVisible()
    await accessible(supervisor.page)
  } finally {
    await city.close()
  }
})
