import AxeBuilder from '@axe-core/playwright'
import { expect, type APIRequestContext, type Browser, type Locator, type Page } from '@playwright/test'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { saying, type Language, type Say } from './words.ts'

export const PASSWORD = 'yipanqi-demo'
const photos = resolve(import.meta.dirname, '../../catalogues/yunxi/photos')
export const BEFORE = resolve(photos, '同角度_整改前.jpg')
export const AFTER = resolve(photos, '同角度_整改后.jpg')

export type Json = { [name: string]: any }
export type Device = 'desk' | 'phone'

export interface Person {
  page: Page
  say: Say
}

/** A window of somebody who has signed in through the login page, on a desk or a phone, in a language. */
export async function person(browser: Browser, login: string, device: Device = 'desk', language: Language = 'zh-CN'): Promise<Person> {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
  const context = await browser.newContext({
    ...(device === 'phone' ? phone : { viewport: { width: 1366, height: 768 } }),
    locale: language,
    timezoneId: 'Asia/Shanghai',
    baseURL: process.env.YIPANQI_BASE,
  })
  const page = await context.newPage()
  const say = saying(language)
  await page.goto('/')
  await page.locator('input').first().fill(login)
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page.locator('input[type=password]')).toHaveCount(0)
  return { page, say }
}

/** What a page reads; stories use it to choose what to look at, never to act. */
export async function get(request: APIRequestContext, path: string): Promise<Json> {
  const answer = await request.get(`/api${path}`)
  expect(answer.ok(), `${path}: ${answer.status()}`).toBeTruthy()
  return (await answer.json()) as Json
}

/** Nothing on the page that axe-core calls serious or critical. */
export async function accessible(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze()
  const grave = found.violations.filter((one) => one.impact === 'serious' || one.impact === 'critical')
  expect(grave.map((one) => `${new URL(page.url()).pathname} ${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
}

/** Takes a photograph where the screen offers it: the chooser opens, the file goes up at once. */
export async function photograph(page: Page, place: Locator, file: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await place.locator('label.add').click()
  const sent = page.waitForResponse((answer) => answer.url().endsWith('/api/media') && answer.request().method() === 'POST')
  await (await chooser).setFiles(file)
  expect((await sent).ok()).toBeTruthy()
}

/** Chooses a unit from the tree by typing. */
export async function chooseUnit(page: Page, field: Locator, name: string): Promise<void> {
  await field.click()
  await field.fill(name)
  await page.locator('.el-tree-node__content:visible', { hasText: name }).last().click()
}

/** Chooses an option of a closed list. */
export async function chooseOption(page: Page, field: Locator, name: string | RegExp): Promise<void> {
  await field.click()
  await page.locator('.el-select-dropdown__item:visible', { hasText: name }).first().click()
}

/** A workbook or letter that a press brings down: its name and its bytes. */
export async function download(page: Page, press: Locator): Promise<{ name: string; bytes: Buffer }> {
  const coming = page.waitForEvent('download')
  await press.click()
  const file = await coming
  return { name: file.suggestedFilename(), bytes: readFileSync(await file.path()) }
}

/** Gives a command of a problem or slip through its dialog; `fill` enters what it asks for. */
export async function order({ page, say }: Person, word: string, fill: (dialog: Locator) => Promise<void> = async () => undefined): Promise<void> {
  const name = new RegExp(`^${say(word)}…?$`)
  await page.getByRole('button', { name }).first().click()
  const dialog = page.getByRole('dialog')
  await fill(dialog)
  const confirm = dialog.getByRole('button', { name: say(word), exact: true })
  await confirm.click()
  await expect(confirm).toHaveCount(0)
}
