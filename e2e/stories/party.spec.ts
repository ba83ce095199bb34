import { expect, test } from '@playwright/test'
import { accessible, AFTER, caller, command, get, person, post } from '../support/person.ts'
import { saying } from '../support/words.ts'

test('a shop without an account puts a problem right by its link, and the unit confirms it', async ({ browser }) => {
  const liaison = await person(browser, 'liaison')
  const office = await caller('office')
  const unit = (await get(liaison.page.request, '/session')).posts[0].unit.id
  const problem = await post(office, '/problems', { source: 'grid_patrol', title: '店外占道经营', category: '市容秩序', place_text: '东街 12 号' })
  await command(office, problem.id, { command: 'assign', unit_id: unit, limit: { unit: 'working_days', count: 3 } })
  await command(liaison.page.request, problem.id, { command: 'acknowledge' })
  await liaison.page.goto(`/problems/${problem.id}`)
  await liaison.page.getByRole('button', { name: `${liaison.say('party.ask')}…`, exact: true }).click()
  const dialog = liaison.page.getByRole('dialog')
  await dialog.getByRole('button', { name: liaison.say('party.fresh'), exact: true }).click()
  await dialog.locator('#pa-name').fill('张记小吃')
  await dialog.locator('#pa-words').fill('请收回店外桌椅')
  await dialog.getByRole('button', { name: liaison.say('party.make_link'), exact: true }).click()
  const link = await liaison.page.locator('.linked input').inputValue()
  expect(link).toContain('/p#')

  const phone = await (await browser.newContext({ baseURL: process.env.YIPANQI_BASE, viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })).newPage()
  const [zh, en] = [saying('zh-CN'), saying('en')]
  await phone.goto(`/p${link.slice(link.indexOf('#'))}`)
  await expect(phone.getByText(zh('link.to', { party: '张记小吃' }))).toBeVisible()
  await expect(phone.getByText('请收回店外桌椅')).toBeVisible()
  await accessible(phone)
  await phone.getByRole('button', { name: zh('link.other_language'), exact: true }).click()
  await expect(phone.getByText(en('link.to', { party: '张记小吃' }))).toBeVisible()
  const sent = phone.waitForResponse((answer) => answer.url().endsWith('/api/party-link/photos'))
  await phone.locator('input[type=file]').setInputFiles(AFTER)
  expect((await sent).ok()).toBeTruthy()
  await phone.getByRole('button', { name: en('link.submit'), exact: true }).click()
  await expect(phone.getByText(en('link.sent'))).toBeVisible()
  await phone.goto('/p#yunxi.x.y')
  await phone.reload()
  await expect(phone.getByRole('alert')).toContainText(zh('link.not_open'))

  await liaison.page.reload()
  await liaison.page.getByRole('button', { name: liaison.say('party.command.accept'), exact: true }).click()
  await liaison.page.getByRole('dialog').getByRole('button', { name: liaison.say('party.command.accept'), exact: true }).click()
  await expect(liaison.page.locator('.hist').getByText('张记小吃：已整改')).toBeVisible()
})

test('a grid worker walks today’s patrol on the phone, and the street sees it', async ({ browser }) => {
  const office = await person(browser, 'office')
  const grid = await person(browser, 'grid', 'phone')
  const session = await get(grid.page.request, '/session')
  const plan = { unit_ids: [session.posts[0].unit.id], name: '今日专巡', frequency: { kind: 'weekly', times: 7 }, from: '2025-08-25', places: [{ name: '北门' }, { name: '南门' }] }
  await office.page.request.post('/api/patrol-plans', { data: { command_id: crypto.randomUUID(), ...plan }, headers: { 'X-Yipanqi': '1' } })
  await grid.page.goto('/m')
  await grid.page.getByRole('link', { name: /今日专巡/ }).click()
  await accessible(grid.page)
  await grid.page.getByRole('button', { name: grid.say('walk.begin'), exact: true }).click()
  await grid.page.getByRole('button', { name: '北门' }).click()
  await grid.page.getByRole('button', { name: grid.say('walk.end'), exact: true }).click()
  await expect(grid.page).toHaveURL(/\/m$/)
  await expect
    .poll(async () => (await get(office.page.request, '/patrol-plans?q=今日专巡')).items[0].walked, { timeout: 20_000 })
    .toBe(1)
})
