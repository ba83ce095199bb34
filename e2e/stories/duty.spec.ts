import { expect, test } from '@playwright/test'
import { accessible, get, person, post, type Json } from '../support/person.ts'

/** The newest edition with points. */
async function edition(request: Parameters<typeof get>[0]): Promise<Json> {
  const editions = (await get(request, '/editions')) as unknown as Json[]
  return editions.find((one) => one.scoring === 'points') as Json
}

test('a unit is given a duty, objects in writing, and the office decides', async ({ browser }) => {
  const { page: office } = await person(browser, 'office')
  const { page: liaison } = await person(browser, 'liaison')
  const own = await edition(office.request)
  await office.goto(`/duties?edition=${own.id}&lang=zh-CN`)
  await expect(office.getByRole('region', { name: '责任矩阵' })).toBeVisible()
  await accessible(office)

  const posts = (await get(liaison.request, '/session')).posts as Json[]
  const unit = posts[0]!.unit
  const matrix = await get(office.request, `/duties/matrix?edition=${own.id}`)
  const column = matrix.units.findIndex((one: Json) => one.id === unit.id)
  const taken = new Set(matrix.cells.filter((cell: number[]) => cell[1] === column).map((cell: number[]) => cell[0]))
  const criterion = matrix.criteria.find((_: Json, line: number) => !taken.has(line))
  const given = await post(office.request, '/duties/bulk', {
    edition_id: own.id, command: 'assign', role: 'support', places: [{ criterion_id: criterion.id, unit_id: unit.id }],
  })
  expect(given.results[0].ok).toBe(true)
  const [duty] = (await get(liaison.request, `/duties?criterion=${criterion.id}&unit=${unit.id}`)) as unknown as Json[]

  await liaison.goto(`/duties/${duty!.id}?lang=zh-CN`)
  await liaison.getByRole('button', { name: '提出异议' }).click()
  await liaison.locator('#duty-reason').fill('按三定方案，此项不属本单位职责。')
  await liaison.locator('form').getByRole('button', { name: '提出异议' }).click()
  await expect(liaison.getByText('有异议')).toBeVisible()

  await office.goto(`/duties/${duty!.id}?lang=zh-CN`)
  await office.getByRole('button', { name: '维持责任' }).click()
  await office.locator('#duty-reason').fill('属地管理责任不变。')
  await office.locator('form').getByRole('button', { name: '维持责任' }).click()
  await expect(office.getByText('已落实')).toBeVisible()
  await expect(office.getByText('按三定方案，此项不属本单位职责。')).toBeVisible()
})

test('tasks are generated from duties, laid backwards, reported and signed off', async ({ browser }) => {
  const { page: office } = await person(browser, 'office')
  const { page: liaison } = await person(browser, 'liaison')
  const own = await edition(office.request)
  const unit = ((await get(liaison.request, '/session')).posts as Json[])[0]!.unit
  const generated = await post(office.request, '/tasks/generate', { edition_id: own.id, each: 'criterion', class: 'service' })
  expect(generated.drafted + generated.known).toBeGreaterThan(0)

  const people = (await get(office.request, `/people?unit=${unit.id}`)) as unknown as Json[]
  const drafted = await post(office.request, '/tasks', {
    title: '背街小巷整治', class: 'hardware', goal: '整治 40 条', measures: '清运、修补', standard: '平整、无积存垃圾',
    lead_id: unit.id, responsible_id: people[0]!.id, start_on: '2025-08-27', due_on: '2025-12-31',
  })
  await office.goto(`/tasks/${drafted.id}?lang=zh-CN`)
  await office.getByRole('button', { name: '倒排工期' }).click()
  const dialog = office.getByRole('dialog')
  await dialog.getByPlaceholder('节点名称').fill('集中整治')
  await expect(dialog.getByText('2025年12月31日').last()).toBeVisible()
  await dialog.getByRole('button', { name: '倒排工期' }).click()
  await expect(office.getByText('集中整治')).toBeVisible()
  await accessible(office)

  const path = `/tasks/${drafted.id}`
  const act = async (page: typeof office, body: object) => {
    const { version } = await get(page.request, path)
    return post(page.request, `${path}/commands`, { version, ...body })
  }
  await act(office, { command: 'start' })
  await liaison.goto(`/tasks/${drafted.id}?lang=zh-CN`)
  await liaison.getByRole('button', { name: '报进展' }).click()
  await liaison.locator('#report-note').fill('已整治 24 条')
  await liaison.getByRole('dialog').getByRole('button', { name: '报进展' }).click()
  await expect(liaison.getByText('已整治 24 条').first()).toBeVisible()
  await act(liaison, { command: 'complete_milestone', milestone: 0 })
  await act(liaison, { command: 'conclude', note: '40 条全部完成' })
  const refused = await office.request.post(`/api${path}/commands`, {
    data: { command_id: crypto.randomUUID(), version: (await get(office.request, path)).version, command: 'accept' },
    headers: { 'X-Yipanqi': '1' },
  })
  expect(refused.status(), 'the office does not accept what the head has not signed').toBe(409)
})
