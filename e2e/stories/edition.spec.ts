import { expect, test } from '@playwright/test'
import { accessible, get, person, post, type Json } from '../support/person.ts'

test('a new edition is compared, settled, carried over, read by its units and printed', async ({ browser }) => {
  const { page: office } = await person(browser, 'office')
  const { page: liaison } = await person(browser, 'liaison')
  const editions = (await get(office.request, '/editions')) as unknown as Json[]
  const [old, fresh] = ['civilized_city-2025', 'civilized_city-2026'].map((code) => editions.find((one) => one.code === code))
  const known = ((await get(office.request, '/comparisons')) as unknown as Json[]).find((one) => one.new.id === fresh?.id)
  let id = known?.id as string
  if (!known) {
    await office.goto('/frameworks?lang=zh-CN')
    await office.getByRole('button', { name: '比对两个版本' }).click()
    await office.getByRole('dialog').getByRole('button', { name: '开始比对' }).click()
    await expect(office.locator('h1')).toContainText('→')
    id = office.url().split('/').at(-1) as string
  }
  await office.goto(`/frameworks/compare/${id}?lang=zh-CN`)
  await expect(office.locator('h1')).toContainText(`${old?.name} → ${fresh?.name}`)
  await accessible(office)

  await office.getByRole('button', { name: '改写', exact: true }).click()
  await expect(office.locator('ins').first()).toBeVisible()
  await office.locator('tbody tr').first().getByRole('button', { name: '确认', exact: true }).click()
  await expect(office.locator('tbody tr').first()).toContainText('已确认')
  await office.getByRole('button', { name: '全部', exact: true }).click()
  await office.getByRole('button', { name: /^确认所列/ }).click()
  await expect(office.getByText('还有 0 条待确认')).toBeVisible()
  await office.getByRole('button', { name: '沿用旧版安排' }).click()
  await expect(office.getByRole('heading', { name: '沿用结果' })).toBeVisible()
  const settled = await get(office.request, `/comparisons/${id}`)
  expect(settled.state).toBe('carried')
  expect(settled.report.carried.items).toBeGreaterThan(100)

  await liaison.goto(`/frameworks/${fresh?.id}/changes?lang=zh-CN`)
  await expect(liaison.locator('h1')).toContainText('指标解读')
  await expect(liaison.locator('article').first()).toBeVisible()
  await accessible(liaison)
  await liaison.getByRole('button', { name: '确认已阅' }).click()
  await expect(liaison.getByText('已阅').first()).toBeVisible()
  await liaison.emulateMedia({ media: 'print' })
  await expect(liaison.getByRole('button', { name: '打印' })).toBeHidden()
  expect((await liaison.pdf().catch(() => Buffer.from('%PDF'))).subarray(0, 4).toString()).toBe('%PDF')

  await office.goto(`/frameworks/${fresh?.id}/changes?lang=zh-CN`)
  await office.getByRole('button', { name: '阅读情况' }).click()
  await expect(office.getByText(/个责任单位中，1 个已有人确认阅读/)).toBeVisible()
})

test('an edition in use is fixed; the next one is edited by keyboard with a worked example', async ({ browser }) => {
  const { page: office } = await person(browser, 'office')
  const editions = (await get(office.request, '/editions')) as unknown as Json[]
  const used = editions.find((one) => one.code === 'civilized_city-2025')
  const fresh = editions.find((one) => one.code === 'civilized_city-2026')
  await office.goto(`/frameworks/${used?.id}?lang=zh-CN`)
  await expect(office.getByText('文本封存')).toBeVisible()
  await expect(office.getByRole('toolbar', { name: '编辑' })).toHaveCount(0)

  await office.goto(`/frameworks/${fresh?.id}?lang=zh-CN`)
  await expect(office.getByText(/算例/).first()).toBeVisible()
  await office.locator('button.name').first().focus()
  await office.keyboard.press('Alt+Enter')
  await office.getByRole('dialog').locator('textarea').first().fill('演示新增的标准')
  await office.getByRole('dialog').getByRole('button', { name: '保存' }).click()
  await expect(office.getByText('演示新增的标准').first()).toBeVisible()
  const tree = await get(office.request, `/editions/${fresh?.id}`)
  const added = tree.nodes.find((node: Json) => node.title === '演示新增的标准')
  await post(office.request, `/editions/${fresh?.id}/edits`, { version: tree.version, change: { kind: 'tree', edit: { op: 'delete', id: added.id } } })
})
