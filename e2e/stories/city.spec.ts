import { expect, test } from '@playwright/test'
import { get, person } from '../support/person.ts'

test('one city never sees the other', async ({ browser }) => {
  const yunxi = await person(browser, 'office')
  const qinghe = await person(browser, 'qinghe.office')
  const problem = (await get(yunxi.page.request, '/problems')).items[0]
  expect((await qinghe.page.request.get(`/api/problems/${problem.id}`)).status()).toBe(404)
  await qinghe.page.goto(`/problems/${problem.id}`)
  await expect(qinghe.page.getByRole('alert').first()).toBeVisible()
  await expect(qinghe.page.getByText(problem.title)).toHaveCount(0)
  await qinghe.page.goto('/problems')
  await expect(qinghe.page.getByText(qinghe.say('problem.totals.count', { n: 0 }))).toBeVisible()
})
