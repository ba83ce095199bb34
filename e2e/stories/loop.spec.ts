import { expect, test } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { accessible, command, get, person, post, upload, type Json } from '../support/person.ts'

test('the office sees where the city stands, and each page speaks both languages', async ({ browser }) => {
  const office = await person(browser, 'office')
  for (const [path, zh] of [
    ['/', '总览'],
    ['/problems', '问题台账'],
    ['/rounds', '测评督查'],
    ['/slips', '督办'],
    ['/frameworks', '测评体系'],
    ['/sites', '点位'],
    ['/units', '单位'],
    ['/imports', '导入'],
  ] as const) {
    await office.goto(`${path}?lang=zh-CN`)
    await expect(office.locator('h1').first()).toContainText(zh)
    await office.waitForLoadState('networkidle').catch(() => undefined)
    await accessible(office)
    await office.goto(`${path}?lang=en`)
    await expect(office.locator('h1').first()).toContainText(/[A-Za-z]{3}/)
  }
  await office.goto('/?lang=zh-CN')
})

test('a problem passes through different hands until it is closed', async ({ browser }) => {
  const office = await person(browser, 'office')
  const liaison = await person(browser, 'liaison')
  const inspector = await person(browser, 'inspector')
  const units = (await get(office.request, '/units/tree')) as unknown as Json[]
  const urban = units.find((unit) => unit.short_name === '市城管执法局')
  const filed = await get(office.request, '/problems?view=to_assign&source=round_finding&size=10')
  const problem = filed.items[0]

  await office.goto(`/problems/${problem.id}?lang=zh-CN`)
  await expect(office.locator('h1')).toContainText(problem.title.slice(0, 4))
  const limit = { unit: 'working_days', count: 2 }
  await command(office.request, problem.id, { command: 'assign', unit_id: urban?.id, limit })
  await office.reload()
  await expect(office.getByText('待签收').first()).toBeVisible()

  await liaison.goto(`/problems/${problem.id}?lang=zh-CN`)
  await liaison.getByRole('button', { name: '签收' }).first().click()
  await liaison.getByRole('dialog').getByRole('button', { name: '签收' }).click()
  await expect(liaison.getByText('整改中').first()).toBeVisible()
  const body = { command: 'submit', note: '已清运', media_ids: [await upload(liaison.request)] }
  const submitted = await command(liaison.request, problem.id, body)

  const own = await liaison.request.post(`/api/problems/${problem.id}/commands`, {
    data: { command_id: randomUUID(), version: submitted.version, command: 'verify' },
    headers: { 'X-Yipanqi': '1' },
  })
  expect(own.status(), 'the unit that rectifies never verifies').toBe(403)

  await command(inspector.request, problem.id, { command: 'return', reason: '地面污水未清' })
  await liaison.reload()
  await expect(liaison.getByText('地面污水未清').first()).toBeVisible()
  await command(liaison.request, problem.id, { command: 'submit', note: '已清洗', media_ids: [await upload(liaison.request)] })
  await command(inspector.request, problem.id, { command: 'verify' })
  await office.reload()
  await expect(office.getByText('已销号').first()).toBeVisible()
  await accessible(office)
})

test('an overdue problem gets a numbered white slip that the office issues as a letter', async ({ browser }) => {
  const office = await person(browser, 'office')
  await post(office.request, '/slips/sweep', {})
  const slips = await get(office.request, '/slips?state=proposed&colour=white')
  const slip = slips.items[0]
  const issued = await post(office.request, `/slips/${slip.id}/issue`, { version: slip.version })
  expect(issued.text_number).toMatch(/^〔2025〕\d+号$/)
  const letter = await office.request.get(`/api/slips/${slip.id}/document.docx`)
  expect((await letter.body()).subarray(0, 2).toString()).toBe('PK')
  await office.goto(`/slips/${slip.id}?lang=zh-CN`)
  await expect(office.getByText(issued.text_number).first()).toBeVisible()
})

test('a round is scored with reasons and the units are ranked', async ({ browser }) => {
  const office = await person(browser, 'office')
  const rounds = await get(office.request, '/rounds')
  const round = rounds.items.find((row: Json) => row.kind === 'mock')
  const score = await get(office.request, `/rounds/${round.id}/score`)
  expect(Number(score.covered.value)).toBeGreaterThan(0)
  expect(Number(score.earned.value)).toBeLessThanOrEqual(Number(score.covered.value))
  const sheet = await office.request.get(`/api/rounds/${round.id}/ranking.xlsx?group=street`)
  expect((await sheet.body()).subarray(0, 2).toString()).toBe('PK')
  await office.goto(`/rounds/${round.id}?lang=zh-CN`)
  await expect(office.locator('h1')).toContainText(round.name)
})

test('an inspector finds the sites of the day on a phone', async ({ browser }) => {
  const inspector = await person(browser, 'inspector3', 'phone')
  await inspector.goto('/m?lang=zh-CN')
  const mine = await get(inspector.request, '/my/visits')
  const waiting = (Array.isArray(mine) ? mine : mine.items).find((visit: Json) => visit.state !== 'visited')
  await expect(inspector.getByText(waiting.site.name).first()).toBeVisible()
})

test('one city never sees the other', async ({ browser }) => {
  const yunxi = await person(browser, 'office')
  const qinghe = await person(browser, 'qinghe.office')
  const problem = (await get(yunxi.request, '/problems')).items[0]
  expect((await qinghe.request.get(`/api/problems/${problem.id}`)).status()).toBe(404)
  expect((await get(qinghe.request, '/problems')).total).toBe(0)
})
