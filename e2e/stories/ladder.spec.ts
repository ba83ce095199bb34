import { expect, test } from '@playwright/test'
import { OwnServer } from '../support/own.ts'
import { accessible, command, get, person, post, upload, type Json } from '../support/person.ts'

test('an exposure is claimed, grows late, climbs to red, is closed, comes back, and is handed over', async ({ browser }) => {
  test.setTimeout(240_000)
  const city = await OwnServer.open('fixed:2025-08-27T10:30:00+08:00')
  try {
    let [office, liaison] = [await city.as('office'), await city.as('liaison')]
    const units = (await get(office, '/units/tree')) as unknown as Json[]
    const urban = units.find((unit) => unit.short_name === '市城管执法局')?.id
    const sites = await get(office, '/sites?size=10')
    const site = sites.items[0].id
    const types = await get(office, `/sites/${site}`)
    const item = (types.items ?? types.checklist ?? [])[0]?.id ?? null
    const exposed = { source: 'media_exposure', title: '沿街乱堆乱放', category: '市容秩序', site_id: site, item_id: item, particulars: { medium: '都市晚报' } }
    const problem = await post(office, '/problems', exposed)
    const limit = { unit: 'working_days', count: 1 }
    await command(office, problem.id, { command: 'assign', unit_id: urban, limit })

    // Claimed before anything else.
    const early = await liaison.post(`/api/problems/${problem.id}/commands`, {
      data: { command_id: crypto.randomUUID(), version: (await get(liaison, `/problems/${problem.id}`)).version, command: 'acknowledge' },
      headers: { 'X-Yipanqi': '1' },
    })
    expect(early.status()).toBe(409)
    const claimed = await post(liaison, `/problems/${problem.id}/claim`, { note: '属实' })
    expect(claimed.to_claim).toBe(false)
    await command(liaison, problem.id, { command: 'acknowledge' })

    const of = async (colour: string): Promise<Json> => {
      const found = await get(office, `/slips?problem=${problem.id}&colour=${colour}`)
      expect(found.total, colour).toBe(1)
      return found.items[0]
    }
    const issue = async (colour: string): Promise<Json> => {
      await post(office, '/slips/sweep', {})
      const slip = await of(colour)
      return post(office, `/slips/${slip.id}/issue`, { version: slip.version })
    }
    // Due on Thursday 28 August; a working day later it is white.
    await city.at('fixed:2025-08-29T18:00:30+08:00')
    office = await city.as('office')
    const white = await issue('white')
    expect(white.text_number).toMatch(/^〔2025〕\d+号$/)
    // Three working days to reply pass without a reply: 3 September was a day off or not as the calendar says.
    await city.at('fixed:2025-09-08T09:00:00+08:00')
    ;[office, liaison] = [await city.as('office'), await city.as('liaison')]
    const yellow = await issue('yellow')
    let slip = await post(liaison, `/slips/${yellow.id}/commands`, { version: yellow.version, command: 'receive' })
    slip = await post(liaison, `/slips/${yellow.id}/commands`, { version: slip.version, command: 'reply', text: '正在协调' })
    await post(office, `/slips/${yellow.id}/commands`, { version: slip.version, command: 'not_accept', reason: '现场未见整改' })
    const red = await issue('red')
    const number = (text: string): number => Number(/〕(\d+)号/.exec(text)?.[1])
    expect(number(red.text_number)).toBeGreaterThan(number(yellow.text_number))

    const { page: desk } = await person(browser, 'office', 'desk', 'zh-CN', city.base)
    await desk.goto(`/slips/${red.id}?lang=zh-CN`)
    await expect(desk.getByText('红色督办单').first()).toBeVisible()
    await expect(desk.getByText('回复未认可').first()).toBeVisible()
    await accessible(desk)
    await desk.goto('/slips/policies?lang=zh-CN')
    await expect(desk.locator('h1').first()).toContainText('督办规则')
    await accessible(desk)

    await command(liaison, problem.id, { command: 'submit', note: '已清理并划线', media_ids: [await upload(liaison)] })
    const inspector = await city.as('inspector')
    await command(inspector, problem.id, { command: 'verify' })
    expect((await of('red')).state, 'what hangs on a closed problem is lifted').toBe('lifted')
    await post(office, `/problems/${problem.id}/followups`, { note: '回访：已恢复整洁' })

    // The same fault at the same site comes back within ninety days.
    await city.at('fixed:2025-09-20T10:00:00+08:00')
    const supervisor = await city.as('supervisor')
    office = await city.as('office')
    const back = await post(office, '/problems', { ...exposed, source: 'grid_patrol', particulars: {} })
    expect(back.rebound).toBe(true)
    const statistics = await get(office, '/statistics?from=2025-09-01&to=2025-09-30')
    const holding = statistics.rates.find((rate: Json) => rate.rate === 'holding')
    expect(holding.numerator).toBeLessThan(holding.denominator)

    const earlier = await get(supervisor, '/referrals')
    const next = `〔2025〕${(Array.isArray(earlier) ? earlier : earlier.items).length + 1}号`
    const referred = (await post(supervisor, '/referrals', { problem_id: problem.id, reason: '三次督办后仍反弹' })) as unknown as Json[]
    expect(referred[0]?.text_number).toBe(next)
    const file = await supervisor.get(`/api/referrals/${referred[0]?.id}/evidence.zip`)
    expect((await file.body()).subarray(0, 2).toString()).toBe('PK')
    expect((await office.get('/api/referrals')).status(), 'nobody else sees it').toBe(403)
    const { page } = await person(browser, 'supervisor', 'desk', 'zh-CN', city.base)
    await page.goto('/slips/referrals?lang=zh-CN')
    await expect(page.getByText(next).first()).toBeVisible()
    await accessible(page)
    await page.goto('/statistics?lang=zh-CN&from=2025-08-01&to=2025-09-30')
    await expect(page.getByText('按期办结率').first()).toBeVisible()
    await accessible(page)
  } finally {
    await city.close()
  }
})
