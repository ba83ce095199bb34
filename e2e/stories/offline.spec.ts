import { chromium, expect, test, type APIRequestContext, type BrowserContext, type Page } from '@playwright/test'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OwnServer } from '../support/own.ts'
import { accessible, command, get, PASSWORD, post, upload, type Json } from '../support/person.ts'

const PHOTO = resolve(import.meta.dirname, '../../catalogues/yunxi/photos/IMG_3021.jpg')
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

let server: OwnServer
test.beforeAll(async () => {
  server = await OwnServer.open()
})
test.afterAll(async () => server.close())

/** A phone: a browser with a profile of its own, which survives its being killed. */
class Phone {
  private context: BrowserContext | null = null
  private readonly profile = mkdtempSync(join(tmpdir(), 'yipanqi-phone-'))
  page!: Page

  async on(offline = false): Promise<Page> {
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
      viewport: { width: 390, height: 844 },
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      baseURL: server.base,
      offline,
    })
    this.page = this.context.pages()[0] ?? (await this.context.newPage())
    this.page.on('dialog', (dialog) => void dialog.accept())
    return this.page
  }

  async network(there: boolean): Promise<void> {
    await this.context?.setOffline(!there)
  }

  async off(): Promise<void> {
    await this.context?.close()
  }

  async signIn(login: string): Promise<void> {
    await this.page.goto('/m/login?lang=zh-CN')
    await this.page.locator('#login').fill(login)
    await this.page.locator('#password').fill(PASSWORD)
    await this.page.keyboard.press('Enter')
    await expect(this.page.getByRole('heading', { name: '今日' })).toBeVisible()
  }

  /** The application is on the phone and can be opened without network. */
  async taken(): Promise<void> {
    await this.page.waitForFunction(() => navigator.serviceWorker?.controller !== null)
  }

  async gone(): Promise<void> {
    await this.off()
    rmSync(this.profile, { recursive: true, force: true })
  }
}

/** A round on one small site for one inspector. */
async function roundFor(office: APIRequestContext, login: string, name: string, nth: number): Promise<Json> {
  const session = await get(await server.as(login), '/session')
  const editions = (await get(office, '/editions')) as unknown as Json[]
  const sites = (await get(office, '/sites?size=100')).items as Json[]
  const site = sites.filter((one) => one.site_type.id)[nth]!
  const body = { name, kind: 'routine', edition_id: editions.find((one) => one.scoring === 'points')!.id, sites: { site_ids: [site.id] }, inspectors: [session.person.id] }
  return { ...(await post(office, '/rounds', body)), site }
}

/** Answers the open items until so many are left; the first that can fail does and gets a photograph. Gives how many were taken. */
async function answer(page: Page, leave: number): Promise<number> {
  let taken = 0
  for (;;) {
    const next = page.getByRole('button', { name: /^下一项/ })
    if ((await next.count()) === 0) return taken
    const left = Number(/余 (\d+)/.exec((await next.textContent()) ?? '')?.[1] ?? '0')
    if (left <= leave) return taken
    const item = page.locator('section.item:not(.off)')
    const bad = item.getByRole('button', { name: '不合格', exact: true })
    if (taken === 0 && (await bad.count()) > 0) {
      await bad.click()
      await item.locator('input[type=file]').first().setInputFiles(PHOTO)
      await expect(item.locator('figure')).toHaveCount(1)
      taken += 1
      await next.click()
    } else {
      await item.getByRole('button', { name: '不适用', exact: true }).click()
      await item.getByLabel('为什么不适用').fill('现场没有')
      await item.getByRole('button', { name: '保存' }).click()
    }
    await expect(async () => {
      const now = await next.textContent({ timeout: 500 }).catch(() => '')
      expect(Number(/余 (\d+)/.exec(now ?? '')?.[1] ?? '0')).toBeLessThan(left)
    }).toPass()
  }
}

async function finish(page: Page): Promise<void> {
  await page.getByRole('button', { name: '看小结' }).or(page.getByRole('heading', { name: '提交前看一遍' })).first().waitFor()
  if (await page.getByRole('button', { name: '看小结' }).isVisible()) await page.getByRole('button', { name: '看小结' }).click()
  await page.getByRole('button', { name: '完成检查' }).click()
  await expect(page.getByRole('heading', { name: '今日' })).toBeVisible()
}

async function begin(page: Page, site: Json): Promise<void> {
  await page.getByRole('button', { name: new RegExp(site.name) }).first().click()
  await page.getByRole('button', { name: /开始检查|继续检查/ }).click()
  await expect(page.locator('section.item').first()).toBeVisible()
}

test('a day without network, a killed browser, a closed round, an expired session, another person: everything arrives once', async () => {
  test.setTimeout(240_000)
  const office = await server.as('office')
  const stays = await roundFor(office, 'inspector', '断网督查', 0)
  const closes = await roundFor(office, 'inspector', '中途关闭的督查', 1)
  const phone = new Phone()
  let page = await phone.on()
  await phone.signIn('inspector')
  await phone.taken()
  await expect(page.getByText(stays.site.name).first()).toBeVisible()

  await phone.network(false)
  await server.kill()
  await page.reload()
  await begin(page, stays.site)
  let taken = await answer(page, 2)
  await phone.off()

  page = await phone.on(true)
  await page.goto('/m')
  await begin(page, stays.site)
  taken += await answer(page, 0)
  await finish(page)
  await begin(page, closes.site)
  await answer(page, 0)
  await finish(page)
  await page.goto('/m/report')
  await page.locator('input[type=file]').first().setInputFiles(PHOTO)
  await page.getByRole('button', { name: '垃圾满溢' }).click()
  await page.getByLabel('地点').fill('断网时的东街口')
  await page.getByRole('button', { name: '上报' }).click()
  await expect(page.getByText('已存在发件箱')).toBeVisible()
  await page.goto('/m/outbox')
  await accessible(page)

  await server.start()
  const shown = await get(office, `/rounds/${closes.id}`)
  await post(office, `/rounds/${closes.id}/close`, { version: shown.version })

  // Another person signs in on this phone: nothing is sent as him.
  await page.goto('/m/me')
  await page.getByRole('button', { name: '退出' }).click()
  await phone.network(true)
  await phone.signIn('inspector2')
  await page.goto('/m/outbox')
  await expect(page.getByText(/条未发送，由其本人登录后发送/)).toBeVisible()
  await page.getByRole('button', { name: '现在发送' }).click()
  expect((await get(office, `/rounds/${stays.id}`)).visited).toBe(0)
  await page.goto('/m/me')
  await page.getByRole('button', { name: '退出' }).click()

  // The session of the first one ends while the phone is away.
  await phone.signIn('inspector')
  await phone.network(false)
  await page.goto('/m/report')
  await page.getByRole('button', { name: '占道经营' }).click()
  await page.getByLabel('地点').fill('会话过期时的西街口')
  await page.getByRole('button', { name: '上报' }).click()
  await expect(page.getByText('已存在发件箱')).toBeVisible()
  const elsewhere = await server.as('inspector')
  for (const one of (await get(elsewhere, '/sessions')) as unknown as Json[]) {
    if (!one.current) await elsewhere.delete(`/api/sessions/${one.id}`, { headers: { 'X-Yipanqi': '1' } })
  }
  await phone.network(true)
  await expect(page.getByText('登录已过期')).toBeVisible({ timeout: 30_000 })
  await page.goto('/m')
  await phone.signIn('inspector')
  await page.goto('/m/outbox')
  await expect(page.locator('.sum b').nth(1)).toHaveText('0', { timeout: 60_000 })
  await expect(page.locator('.sum b').first()).toHaveText('0')
  await expect(page.getByText('批次已关闭：收下了，但不计分').first()).toBeVisible()

  const counted = await get(office, `/rounds/${stays.id}`)
  expect(counted.visited).toBe(1)
  const visit = await get(office, `/visits/${counted.site_list[0].visit_id}`)
  expect(visit.ordinal).toBe(1)
  expect(visit.findings).toHaveLength(visit.items.length)
  const photos = visit.findings.flatMap((finding: Json) => finding.media_ids)
  const sent = sha256(readFileSync(PHOTO))
  for (const id of photos) expect(sha256(await (await office.get(`/api/media/${id}`)).body()), 'byte for byte').toBe(sent)
  expect(taken, 'a photograph was taken').toBeGreaterThan(0)
  expect(photos).toHaveLength(taken)
  const late = await get(office, `/rounds/${closes.id}`)
  expect((await get(office, `/visits/${late.site_list[0].visit_id}`)).purpose).toBe('late')
  const found = await get(office, '/problems?q=垃圾满溢&source=grid_patrol')
  expect(found.items.filter((one: Json) => one.place_text === '断网时的东街口')).toHaveLength(1)
  const after = await get(office, '/problems?q=占道经营&source=grid_patrol')
  expect(after.items.filter((one: Json) => one.place_text === '会话过期时的西街口')).toHaveLength(1)
  await phone.gone()
})

test('two people act on one problem: the later one sees both sides', async () => {
  test.setTimeout(120_000)
  const office = await server.as('office')
  const other = await server.as('liaison')
  const unit = (await get(other, '/session')).posts[0].unit
  const found = { source: 'grid_patrol', title: '沿街乱堆乱放', category: '市容秩序', place_text: '东湖路口' }
  const problem = await post(office, '/problems', found)
  await command(office, problem.id, { command: 'assign', unit_id: unit.id, limit: { unit: 'working_days', count: 3 } })
  const phone = new Phone()
  const page = await phone.on()
  await phone.signIn('liaison')
  await phone.taken()
  await expect(page.locator(`a[href="/m/problem/${problem.id}"]`)).toBeVisible()
  await phone.network(false)
  await page.goto(`/m/problem/${problem.id}`)
  await page.getByRole('button', { name: '签收' }).click()
  await expect(page.getByText(/发件箱/).first()).toBeVisible()
  await command(other, problem.id, { command: 'acknowledge' })
  await command(other, problem.id, { command: 'submit', note: '已清理', media_ids: [await upload(other)] })
  await phone.network(true)
  await page.goto('/m/outbox')
  await page.getByRole('button', { name: '现在发送' }).click()
  await expect(page.getByText(/已有新的进展/)).toBeVisible({ timeout: 30_000 })
  await expect(page.getByRole('term').filter({ hasText: '您的' })).toBeVisible()
  await expect(page.getByRole('term').filter({ hasText: '现在的' }).first()).toBeVisible()
  await phone.gone()
})
