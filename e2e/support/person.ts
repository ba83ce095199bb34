import AxeBuilder from '@axe-core/playwright'
import { expect, request, type APIRequestContext, type Browser, type Locator, type Page } from '@playwright/test'
import { randomUUID } from 'node:crypto'
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
export async function person(browser: Browser, login: string, device: Device = 'desk', language: Language = 'zh-CN', baseURL = process.env.YIPANQI_BASE): Promise<Person> {
  const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }
  const context = await browser.newContext({
    ...(device === 'phone' ? phone : { viewport: { width: 1366, height: 768 } }),
    locale: language,
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    baseURL,
  })
  const page = await context.newPage()
  const say = saying(language)
  await page.goto('/login')
  await page.locator('#login').fill(login)
  await page.locator('#password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page.locator('#password')).toHaveCount(0)
  return { page, say }
}

/** Requests of somebody who has signed in, without a window. */
export async function caller(login: string, baseURL = process.env.YIPANQI_BASE): Promise<APIRequestContext> {
  const context = await request.newContext({ baseURL })
  const answer = await context.post('/api/session', { data: { login, password: PASSWORD }, headers: { 'X-Yipanqi': '1' } })
  expect(answer.ok(), `${login}: ${answer.status()}`).toBeTruthy()
  return context
}

/** What a page reads; stories use it to choose what to look at and to check what was done. */
export async function get(caller: APIRequestContext, path: string): Promise<Json> {
  const answer = await caller.get(`/api${path}`)
  expect(answer.ok(), `${path}: ${answer.status()}`).toBeTruthy()
  return (await answer.json()) as Json
}

/** A command, with an identity of its own. */
export async function post(caller: APIRequestContext, path: string, body: object): Promise<Json> {
  const answer = await caller.post(`/api${path}`, { data: { command_id: randomUUID(), ...body }, headers: { 'X-Yipanqi': '1' } })
  expect(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`).toBeTruthy()
  return (await answer.json()) as Json
}

/** A command on a problem as it stands now. */
export async function command(caller: APIRequestContext, id: string, body: object): Promise<Json> {
  const { version } = await get(caller, `/problems/${id}`)
  return post(caller, `/problems/${id}/commands`, { version, ...body })
}

/** Sends the "after" photograph and gives its identity. */
export async function upload(caller: APIRequestContext): Promise<string> {
  const file = { name: 'after.jpg', mimeType: 'image/jpeg', buffer: readFileSync(AFTER) }
  const answer = await caller.post('/api/media', { multipart: { file }, headers: { 'X-Yipanqi': '1' } })
  expect(answer.ok()).toBeTruthy()
  return ((await answer.json()) as Json).id as string
}

/** The page has no fault that axe-core finds. */
export async function accessible(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze()
  expect(found.violations.map((one) => `${new URL(page.url()).pathname} ${one.id}: ${one.nodes[0]?.html}`)).toEqual([])
}

/** Takes a photograph where the screen offers it: the chooser opens, the file goes up at once. */
export async function photograph(page: Page, place: Locator, file: string): Promise<void> {
  const chooser = page.waitForEvent('filechooser')
  await place.locator('label.add').click()
  const sent = page.waitForResponse((answer) => answer.url().endsWith('/api/media') && answer.request().method() === 'POST')
  await (await chooser).setFiles(file)
  expect((await sent).ok()).toBeTruthy()
}

/** Takes a photograph in the field face, which keeps it on the phone and sends it later. */
export async function take(page: Page, place: Locator, file: string): Promise<void> {
  const kept = await place.locator('figure').count()
  const chooser = page.waitForEvent('filechooser')
  await place.locator('label.add').first().click()
  await (await chooser).setFiles(file)
  await expect(place.locator('figure')).toHaveCount(kept + 1)
}

/** Chooses a unit from the tree by typing. */
export async function chooseUnit(page: Page, field: Locator, name: string): Promise<void> {
  await field.click()
  await field.fill(name)
  await page.locator('.el-tree-node__content:visible', { hasText: name }).last().click()
}

/** Chooses an option of a closed list. */
export async function chooseOption(page: Page, field: Locator, name: string | RegExp): Promise<void> {
  await page.locator('.el-select', { has: field }).click()
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
  // The button has another word while the command is on its way.
  const done = page.waitForResponse((answer) => answer.request().method() === 'POST' && answer.url().includes('/api/'))
  await confirm.click()
  expect((await done).ok()).toBeTruthy()
  await expect(confirm).toHaveCount(0)
}
