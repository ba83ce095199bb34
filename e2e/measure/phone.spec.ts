/**
 * How soon the field application can be used: on a slow phone (a processor four times as slow, slow 4G), against a desktop
 * on the same machine in the same run. First visit, first day's page of somebody signed in, later without network.
 */
import { expect, test, type Browser, type BrowserContext, type CDPSession, type Page } from '@playwright/test'

interface Profile {
  name: string
  slower: number
  /** Round trip in milliseconds and bytes a second, down and up; none for the machine's own network. */
  network?: { latency: number; downloadThroughput: number; uploadThroughput: number }
}

/** Slow 4G as Chromium's own tools call it: 150 ms, 1.6 Mbit/s down, 0.75 up. */
const PROFILES: Profile[] = [
  { name: 'desktop', slower: 1 },
  { name: 'slow phone', slower: 4, network: { latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 } },
]
const RUNS = 3
const base = (): string => process.env.YIPANQI_BASE ?? ''

/** A page that is as slow as the profile says. */
async function slowed(context: BrowserContext, profile: Profile, offline = false): Promise<Page> {
  const page = await context.newPage()
  const session: CDPSession = await context.newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: profile.slower })
  await session.send('Network.enable')
  const network = profile.network ?? { latency: 0, downloadThroughput: -1, uploadThroughput: -1 }
  await session.send('Network.emulateNetworkConditions', { offline, ...network })
  return page
}

async function until(page: Page, address: string, usable: (page: Page) => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await page.goto(`${base()}${address}`, { waitUntil: 'commit' })
  await usable(page)
  return performance.now() - begun
}

const signIn = async (page: Page) => {
  await page.locator('#login').fill('inspector')
  await expect(page.locator('#login')).toHaveValue('inspector')
}
const today = (page: Page) => page.locator('.stop').first().click({ trial: true })

const middle = (times: number[]): number => [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0

async function measured(browser: Browser, profile: Profile): Promise<Record<string, number>> {
  const took: Record<string, number[]> = { 'first visit: sign-in': [], 'first visit, signed in: today': [], 'later, no network: today': [] }
  for (let run = 0; run < RUNS; run += 1) {
    const phone = { baseURL: base(), viewport: { width: 390, height: 844 }, locale: 'zh-CN' }
    const fresh = await browser.newContext(phone)
    took['first visit: sign-in']?.push(await until(await slowed(fresh, profile), '/m', signIn))
    const answer = await fresh.request.post(`${base()}/api/session`, { data: { login: 'inspector', password: 'yipanqi-demo' }, headers: { 'X-Yipanqi': '1' } })
    expect(answer.ok()).toBeTruthy()
    const kept = await fresh.storageState()
    await fresh.close()
    const known = await browser.newContext({ ...phone, storageState: kept })
    const page = await slowed(known, profile)
    took['first visit, signed in: today']?.push(await until(page, '/m', today))
    // The worker takes the application along before the network goes.
    await page.evaluate(async () => {
      const worker = await navigator.serviceWorker.ready
      while (worker.active?.state !== 'activated') await new Promise((later) => setTimeout(later, 100))
    })
    await page.close()
    await known.setOffline(true)
    took['later, no network: today']?.push(await until(await slowed(known, profile, true), '/m', today))
    await known.close()
  }
  return Object.fromEntries(Object.entries(took).map(([what, times]) => [what, middle(times)]))
}

test('how soon the field application can be used', async ({ browser }) => {
  const [desktop, phone] = [await measured(browser, PROFILES[0]!), await measured(browser, PROFILES[1]!)]
  const cell = (text: string, width: number) => text.padStart(width)
  const lines = Object.keys(phone).map((what) => {
    const [slow, plain] = [phone[what] ?? 0, desktop[what] ?? 0]
    return `${what.padEnd(34)} ${cell(`${slow.toFixed(0)} ms`, 10)} ${cell(`${plain.toFixed(0)} ms`, 10)} ${cell(`${(slow / plain).toFixed(1)}×`, 8)}`
  })
  console.log(['', `${'field application, middle of 3'.padEnd(34)} ${cell('slow phone', 10)} ${cell('desktop', 10)} ${cell('ratio', 8)}`, ...lines, ''].join('\n'))
})
