import { expect, test, type Page } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { AFTER, chooseUnit, get, order, person, photograph, take, type Person } from '../support/person.ts'

const UNIT = '市城管执法局'

async function open(who: Person, id: string): Promise<void> {
  await who.page.goto(`/problems/${id}`)
  await expect(who.page.locator('h1')).not.toBeEmpty()
}

async function stands(page: Page, word: string): Promise<void> {
  await expect(page.locator('.head').getByText(word, { exact: true })).toBeVisible()
}

const submit = (who: Person, note: string) =>
  order(who, 'command.submit', async (dialog) => {
    await dialog.locator('#f-note').fill(note)
    await photograph(who.page, dialog, AFTER)
  })

test('a problem passes through different hands until somebody outside the line closes it', async ({ browser }) => {
  const office = await person(browser, 'office')
  const liaison = await person(browser, 'liaison')
  const inspector = await person(browser, 'inspector')
  const { id } = (await get(office.page.request, '/problems?view=to_assign&source=round_finding&size=10')).items[0]

  await open(office, id)
  await order(office, 'command.assign', (dialog) => chooseUnit(office.page, dialog.locator('#f-unit_id'), UNIT))
  await stands(office.page, office.say('state.assigned'))

  await open(liaison, id)
  await order(liaison, 'command.acknowledge')
  await stands(liaison.page, liaison.say('state.rectifying'))
  await submit(liaison, '已清运')
  await stands(liaison.page, liaison.say('state.submitted'))
  const verify = new RegExp(`^${liaison.say('command.verify')}`)
  await expect(liaison.page.getByRole('button', { name: verify }), 'the unit that rectifies never verifies').toHaveCount(0)
  const { version } = await get(liaison.page.request, `/problems/${id}`)
  const own = await liaison.page.request.post(`/api/problems/${id}/commands`, { data: { command_id: randomUUID(), version, command: 'verify' }, headers: { 'X-Yipanqi': '1' } })
  expect(own.status(), 'nor by any other way').toBe(403)

  await open(inspector, id)
  await order(inspector, 'command.return', (dialog) => dialog.locator('#f-reason').fill('地面污水未清'))
  await open(liaison, id)
  await expect(liaison.page.getByText('地面污水未清').first()).toBeVisible()
  await submit(liaison, '已清洗')

  await open(inspector, id)
  await expect(inspector.page.getByText(inspector.say('media.after')).first()).toBeVisible()
  await order(inspector, 'command.verify')
  await open(office, id)
  await stands(office.page, office.say('state.closed'))
  for (const step of ['assign', 'acknowledge', 'submit', 'return', 'verify']) await expect(office.page.locator('.hist').getByText(office.say(`step.${step}`), { exact: true }).first()).toBeVisible()
})

test('many problems are commanded at once, each with its own answer', async ({ browser }) => {
  const office = await person(browser, 'office')
  const { page, say } = office
  await page.goto('/problems?view=to_assign&source=higher_feedback&size=10')
  const boxes = page.getByRole('checkbox', { name: say('list.select_row') })
  await expect(boxes.first()).toBeVisible()
  await boxes.nth(0).check()
  await boxes.nth(1).check()
  await expect(page.getByText(say('list.selected', { n: 2 }))).toBeVisible()
  await order(office, 'command.assign', (dialog) => chooseUnit(page, dialog.locator('#f-unit_id'), UNIT))
  await expect(page.getByText(say('list.bulk_counts', { done: 2, refused: 0 }))).toBeVisible()
})

test('in English, on a phone: a fault is reported in three touches, filed and assigned', async ({ browser }) => {
  const grid = await person(browser, 'grid', 'phone', 'en')
  await grid.page.goto('/m/report')
  await grid.page.locator('#fr-title').fill('Bin overflowing beside the bus stop')
  await grid.page.locator('#fr-place').fill('Guihuayuan, gate 2')
  await take(grid.page, grid.page.locator('form'), AFTER)
  await grid.page.getByRole('button', { name: grid.say('field.send_report') }).click()
  await expect(grid.page.getByText(grid.say('phone.report_kept'))).toBeVisible()

  const office = await person(browser, 'office', 'desk', 'en')
  const title = 'Bin overflowing beside the bus stop'
  await expect.poll(async () => (await get(office.page.request, `/problems?q=${encodeURIComponent(title)}`)).total, 'what the phone kept arrives').toBe(1)
  await office.page.goto(`/problems?q=${encodeURIComponent(title)}`)
  await office.page.getByRole('link', { name: title }).click()
  await expect(office.page.locator('h1')).toContainText(title)
  const file = office.page.getByRole('button', { name: new RegExp(`^${office.say('command.file')}`) })
  if (await file.count()) await order(office, 'command.file')
  await order(office, 'command.assign', (dialog) => chooseUnit(office.page, dialog.locator('#f-unit_id'), UNIT))
  await stands(office.page, office.say('state.assigned'))
})
