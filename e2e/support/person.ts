import AxeBuilder from '@axe-core/playwright'
import { expect, type APIRequestContext, type Browser, type Page } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const PASSWORD = 'yipanqi-demo'
const photo = resolve(import.meta.dirname, '../../catalogues/yunxi/photos/同角度_整改后.jpg')

export type Json = { [name: string]: any }

export type Device = 'desk' | 'phone'

/** A browser window in which this person has logged in through the login page. */
export async function person(browser: Browser, login: string, device: Device = 'desk'): Promise<Page> {
  const viewport = device === 'phone' ? { width: 390, height: 844 } : { width: 1366, height: 768 }
  const baseURL = process.env.YIPANQI_BASE
  const context = await browser.newContext({ viewport, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', baseURL })
  const page = await context.newPage()
  await page.goto('/')
  await page.locator('input').first().fill(login)
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page.locator('input[type=password]')).toHaveCount(0)
  return page
}

/** What the page reads. */
export async function get(request: APIRequestContext, path: string): Promise<Json> {
  const answer = await request.get(`/api${path}`)
  expect(answer.ok(), `${path}: ${answer.status()}`).toBeTruthy()
  return (await answer.json()) as Json
}

/** A command, with an identity of its own. */
export async function post(request: APIRequestContext, path: string, body: object): Promise<Json> {
  const answer = await request.post(`/api${path}`, { data: { command_id: randomUUID(), ...body }, headers: { 'X-Yipanqi': '1' } })
  expect(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`).toBeTruthy()
  return (await answer.json()) as Json
}

/** A command on a problem as it stands now. */
export async function command(request: APIRequestContext, id: string, body: object): Promise<Json> {
  const { version } = await get(request, `/problems/${id}`)
  return post(request, `/problems/${id}/commands`, { version, ...body })
}

/** Sends the "after" photograph and gives its identity. */
export async function upload(request: APIRequestContext): Promise<string> {
  const file = { name: 'after.jpg', mimeType: 'image/jpeg', buffer: readFileSync(photo) }
  const answer = await request.post('/api/media', { multipart: { file }, headers: { 'X-Yipanqi': '1' } })
  expect(answer.ok()).toBeTruthy()
  return ((await answer.json()) as Json).id as string
}

/** The page has no fault that axe-core finds. */
export async function accessible(page: Page): Promise<void> {
  const found = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze()
  expect(found.violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([])
}
