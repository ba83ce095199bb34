import { chromium, expect, test, type BrowserContext, type Page } from '@playwright/test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OwnServer } from '../support/own.ts'
import { accessible, get, PASSWORD, post, type Json } from '../support/person.ts'

const PHOTO = resolve(import.meta.dirname, '../../catalogues/yunxi/photos/IMG_3021.jpg')
const HERE = { longitude: 114.83, latitude: 31.26, accuracy: 9 }

let server: OwnServer
let profile: string
let context: BrowserContext
let page: Page
test.beforeAll(async () => {
  server = await OwnServer.open()
  profile = mkdtempSync(join(tmpdir(), 'yipanqi-phone-'))
  context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu'],
    viewport: { width: 390, height: 844 },
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    baseURL: server.base,
    permissions: ['geolocation'],
    geolocation: HERE,
  })
  page = context.pages()[0] ?? (await context.newPage())
  page.on('dialog', (dialog) => void dialog.accept())
})
test.afterAll(async () => {
  await context.close()
  rmSync(profile, { recursive: true, force: true })
  await server.close()
})

async function signIn(login: string, at = '/m/login'): Promise<void> {
  await page.goto(`${at}?lang=zh-CN`)
  await page.locator('#login').fill(login)
  await page.locator('#password').fill(PASSWORD)
  await page.keyboard.press('Enter')
  await expect(page.locator('#password')).toHaveCount(0)
}

/** What lies in the phone's own store, by the name of the room. */
const stored = (room: string) =>
  page.evaluate(
    (of) =>
      new Promise<number>((done, failed) => {
        const asked = indexedDB.open('yipanqi-field')
        asked.onerror = () => failed(asked.error)
        asked.onsuccess = () => {
          const count = asked.result.transaction(of).objectStore(of).count()
          count.onsuccess = () => {
            asked.result.close()
            done(count.result)
          }
        }
      }),
    room,
  )

async function sendNow(left: number): Promise<void> {
  await page.goto('/m/outbox')
  await expect(page.locator('.sum b').nth(1)).toHaveText(String(left), { timeout: 30_000 })
}

async function report(title: string, photo: string | { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  await page.goto('/m/report')
  await page.locator('input[type=file]').first().setInputFiles(photo)
  await expect(page.locator('figure')).toHaveCount(1)
  await page.getByLabel('具体是什么').or(page.locator('#fr-title')).first().fill(title)
  await page.getByLabel('地点').fill('东街口')
  await page.getByRole('button', { name: '上报' }).click()
  await expect(page.getByText('已存在发件箱')).toBeVisible()
}

test('what was not accepted is decided on the phone: a clash, a photograph; nothing of one goes out as another', async () => {
  test.setTimeout(120_000)
  const office = await server.as('office')
  const own = await server.as('inspector')
  const me = (await get(own, '/session')).person.id
  const editions = (await get(office, '/editions')) as unknown as Json[]
  const site = ((await get(office, '/sites?size=100')).items as Json[]).filter((one) => one.site_type.id)[2]!
  const round = await post(office, '/rounds', { name: '两台手机', kind: 'routine', edition_id: editions.find((one) => one.scoring === 'points')!.id, sites: { site_ids: [site.id] }, inspectors: [me] })
  const begun: Json[] = []
  page.on('request', (request) => {
    if (request.url().endsWith('/api/sync/commands')) begun.push(...(JSON.parse(request.postData() ?? '{}').commands as Json[]).filter((one) => one.work.kind === 'start_visit'))
  })

  await signIn('inspector')
  await page.getByRole('button', { name: new RegExp(site.name) }).first().click()
  await page.getByRole('button', { name: '开始检查' }).click()
  const item = page.locator('section.item:not(.off)')
  const fails = item.getByRole('button', { name: '不合格', exact: true })
  for (let at = 0; (await fails.count()) === 0; at += 1) await page.locator('section.item.off button.closed').nth(at).click()
  await fails.click()
  await item.locator('input[type=file]').first().setInputFiles(PHOTO)
  await expect(item.locator('figure')).toHaveCount(1)
  await sendNow(0)
  expect(begun[0]?.work.position, 'where it was begun, from the list of today').toMatchObject({ longitude: HERE.longitude, latitude: HERE.latitude, accuracy_m: 9, datum: 'wgs84' })

  // Another of his devices writes beside the item what this one, without network, writes otherwise.
  const { visit_id: id } = (await get(office, `/rounds/${round.id}`)).site_list[0]
  const { finding } = { finding: (await get(own, `/visits/${id}`)).findings[0] as Json }
  await context.setOffline(true)
  await page.goto(`/m/visit/${round.id}-${site.id}?item=${finding.item_id}`)
  await item.getByLabel('备注').or(item.locator('textarea')).first().fill('这台手机写的')
  await item.locator('textarea').blur()
  const put = await own.put(`/api/visits/${id}/findings/${finding.item_id}`, { data: { command_id: crypto.randomUUID(), result: finding.result, phrase: finding.phrase, note: '另一台写的', media_ids: finding.media_ids }, headers: { 'X-Yipanqi': '1' } })
  expect(put.ok()).toBeTruthy()
  await context.setOffline(false)
  await page.goto('/m/outbox')
  await expect(page.getByText('另一台写的').first()).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('这台手机写的').first()).toBeVisible()
  await accessible(page)
  await page.getByRole('button', { name: '以我的为准' }).click()
  await expect(page.locator('.sum b').first()).toHaveText('0', { timeout: 30_000 })
  await sendNow(0)
  const kept = (await get(own, `/visits/${id}`)).findings[0] as Json
  expect([kept.note, kept.media_ids]).toEqual(['这台手机写的', finding.media_ids])

  // A photograph that the server does not take holds its report until its person decides.
  await report('河边垃圾', { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from([0xff, 0xd8, 0xff, 1, 2, 3, 4, 5]) })
  await report('路口积水', PHOTO)
  await page.goto('/m/outbox')
  await expect(page.getByText('照片已损坏或传输不完整')).toBeVisible({ timeout: 30_000 })
  await accessible(page)
  await page.getByRole('button', { name: '移除这张照片' }).click()
  await expect(page.locator('.sum b').nth(1)).toHaveText('0', { timeout: 30_000 })
  for (const title of ['河边垃圾', '路口积水']) expect((await get(office, `/problems?q=${title}`)).items, title).toHaveLength(1)
  await expect.poll(() => stored('photo'), { message: 'the visit under way still names one' }).toBe(1)

  // He records without network, leaves through the console, and somebody else signs in there.
  await context.setOffline(true)
  await report('桥下堆物', PHOTO)
  await context.setOffline(false)
  await server.kill()
  await page.goto('about:blank')
  await server.start()
  await page.goto('/todo')
  await page.locator('.who').click()
  await page.getByText('退出登录').click()
  await expect(page.locator('#password')).toBeVisible()
  expect(await page.evaluate(() => localStorage.getItem('yipanqi.session'))).toBeNull()
  await signIn('inspector2', '/login')
  await page.goto('/m/outbox')
  await expect(page.getByText(/条未发送，由其本人登录后发送/)).toBeVisible({ timeout: 30_000 })
  await page.getByRole('button', { name: '现在发送' }).click()
  await expect(page.locator('.sum b').nth(1)).toHaveText('0')
  expect((await get(office, '/problems?q=桥下堆物')).items).toHaveLength(0)
})
