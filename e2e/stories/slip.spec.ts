import { expect, test } from '@playwright/test'
import { download, order, person } from '../support/person.ts'

test('an overdue problem gets a numbered white slip that the office issues as a letter', async ({ browser }) => {
  const office = await person(browser, 'office')
  const { page, say } = office
  await page.goto('/slips')
  await page.getByRole('button', { name: say('slip.sweep') }).click()
  await expect(page.locator('.el-message')).toBeVisible()

  await page.goto('/slips?state=proposed&colour=white')
  await page.getByRole('link', { name: say('slip.not_numbered') }).first().click()
  await expect(page.locator('h1')).toContainText(say('slip.not_numbered'))
  await order(office, 'slip_command.issue')
  const head = page.locator('h1')
  await expect(head).toContainText(/〔2025〕\d+号/)

  const letter = await download(page, page.getByRole('link', { name: say('slip.docx') }))
  expect(letter.name).toMatch(/\.docx$/)
  expect(letter.bytes.subarray(0, 2).toString()).toBe('PK')

  const number = (await head.innerText()).trim()
  await page.goto('/slips?state=issued&size=200')
  await expect(page.getByRole('link', { name: number })).toBeVisible()
})
