import { expect, test } from '@playwright/test'
import { accessible, caller, chooseOption, get, person, post, type Json } from '../support/person.ts'

/** The demo's July round: closed, scored, assessed. */
async function july(request: Parameters<typeof get>[0]): Promise<Json> {
  const rounds = await get(request, '/rounds?size=100')
  return (rounds.items as Json[]).find((round) => round.name.startsWith('7月')) as Json
}

/** What the office makes of the summer: an incident and July's assessment with an appeal that waits. */
test.beforeAll(async () => {
  const office = await caller('office')
  if (((await get(office, '/assessments')) as unknown as Json[]).length > 0) return
  const round = await july(office)
  const edition = ((await get(office, '/editions')) as unknown as Json[]).find((one) => one.id === round.edition.id)!
  const register = `/editions/${edition.id}/incidents`
  const item = ((await get(office, register)).items as Json[]).find((one) => one.effect === 'deduct')!
  const entered = await post(office, register, {
    number: item.number, count: 1, occurred_on: '2025-08-20', title: '沿街商户占道经营被省级媒体曝光', source: '省广播电视台《民生热线》', unit_ids: [],
  })
  await post(office, `/incidents/${entered.id}/decide`, { version: entered.version, reason: '市文明委办公室核查认定，云文明办〔2025〕18号' })

  // July saw few sites of each street: the city ranks from one site on.
  const [{ policy }] = (await get(office, '/assessment-policies')) as unknown as [Json]
  for (const component of policy.components.slice(0, 2)) component.minimum = 1
  policy.minimum_covered = '40'
  await post(office, '/assessment-policies', { name: '云溪市文明创建单位考核办法（试行）', effective_on: '2025-07-01', policy })
  let drawn = await post(office, '/assessments', { name: '7月单位考核', from: '2025-07-01', until: '2025-08-25', round_id: round.id })
  const streets = (drawn.units as Json[]).filter((one) => one.group === 'street')
  for (const [place, street] of streets.entries()) {
    drawn = await post(office, `/assessments/${drawn.brief.id}/facts`, {
      version: drawn.brief.version, unit_id: street.unit_id, component: 'survey', reached: String(176 + ((place * 7) % 21)), possible: '200', denominator: 200, source: '7月群众满意度电话调查',
    })
  }
  await post(office, `/assessments/${drawn.brief.id}/publish`, { version: drawn.brief.version })
  const liaison = await caller('liaison.s01')
  const unit = ((await get(liaison, '/session')).posts as Json[])[0]!.unit
  await post(liaison, `/assessments/${drawn.brief.id}/appeals`, { unit_id: unit.id, subject: 'field', reason: '其中一处点位7月起已移交区管，不应计入我街道实地得分，请复核。' })
})

test('from a score to why, to what is at stake, to a plan whose gain is the recomputed gain', async ({ browser }) => {
  const { page: office } = await person(browser, 'office')
  const round = await july(office.request)
  await office.goto(`/score?round=${round.id}&lang=zh-CN`)
  await expect(office.locator('h1')).toContainText('得分')
  await expect(office.getByText(/95% 区间/)).toBeVisible()
  await office.getByRole('button', { name: '只看失分' }).click()
  await office.getByRole('button', { name: '看各点位' }).first().click()
  await expect(office.locator('aside').getByText('失分').first()).toBeVisible()
  await office.goto(`/score?round=${round.id}&lang=en`)
  await expect(office.getByText(/95% interval/)).toBeVisible()

  const stakes = await get(office.request, `/rounds/${round.id}/score/stakes`)
  expect(stakes.rows.length).toBeGreaterThan(0)
  await office.goto(`/score/stakes?round=${round.id}&lang=zh-CN`)
  await expect(office.locator('h1')).toContainText('失分潜力')
  const boxes = office.locator('tbody input[type=checkbox]')
  await boxes.nth(0).check()
  await boxes.nth(1).check()
  const keys = [stakes.rows[0].key, stakes.rows[1].key]
  const plan = await post(office.request, `/rounds/${round.id}/score/scenario`, { keys })
  await expect(office.locator('.bulk')).toContainText(plan.gain.value)
  await accessible(office)
  await office.goto(`/score/stakes?round=${round.id}&lang=en`)
  await expect(office.locator('h1')).toContainText('Points at stake')
})

test('what is on the negative list costs points while it stands, and the years of the cycle add up', async ({ browser }) => {
  const { page: office } = await person(browser, 'office')
  await office.goto('/incidents?lang=zh-CN')
  await expect(office.getByText('沿街商户占道经营被省级媒体曝光')).toBeVisible()
  await expect(office.getByText('已认定').first()).toBeVisible()
  await accessible(office)
  await office.goto('/incidents?lang=en')
  await expect(office.getByText('Stands').first()).toBeVisible()
  await office.goto('/score/cycle?lang=zh-CN')
  await chooseOption(office, office.locator('#cy-year'), '2024')
  await office.locator('#cy-result').fill('88.41')
  await office.locator('#cy-source').fill('省文明办年度测评通报')
  await office.getByRole('button', { name: '保存' }).click()
  const row = office.locator('tbody tr', { hasText: '2024' })
  await expect(row).toContainText('88.41')
  await expect(row).toContainText('省文明办年度测评通报')
  const cycle = await get(office.request, '/frameworks/civilized_city/cycle')
  await expect(office.locator('.strip')).toContainText(cycle.total.value)
  await office.goto('/score/index?lang=en')
  await expect(office.locator('h1')).toContainText('Index over time')
})

test('an appeal is accepted, the correction is a new marked version, the old one computes to the same bytes', async ({ browser }) => {
  const { page: office } = await person(browser, 'office')
  const listed = (await get(office.request, '/assessments')) as unknown as Json[]
  const first = listed[0] as Json
  await office.goto(`/ranking?lang=zh-CN`)
  await expect(office.locator('h1')).toContainText('排名')
  await office.goto(`/assessments/${first.id}?lang=zh-CN`)
  await expect(office.getByText('1 件待处理')).toBeVisible()
  await office.getByRole('button', { name: '处理' }).click()
  const dialog = office.getByRole('dialog')
  await dialog.locator('#ad-reached').fill('9.5')
  await dialog.locator('#ad-possible').fill('10')
  await dialog.locator('#ad-cases').fill('6')
  await dialog.locator('#ad-decision').fill('经复核，点位已移交，按实有点位重算。')
  await dialog.getByRole('button', { name: '处理' }).click()
  await expect(office.getByText('第 2 版更正').first()).toBeVisible()
  await expect(office.getByText('有更正').first()).toBeVisible()
  await office.goto(`/assessments/${first.id}?lang=zh-CN`)
  await office.getByRole('button', { name: '重算核对' }).click()
  await expect(office.getByText('逐字节一致', { exact: false })).toBeVisible()
  await accessible(office)
  await office.goto(`/assessments/${first.id}?lang=en`)
  await expect(office.getByText('Compute anew')).toBeVisible()
  await office.goto('/assessments/policy?lang=en')
  await expect(office.locator('h1')).toContainText('Assessment policy')
})

test('the wall and the leader’s phone show what the board shows', async ({ browser }) => {
  const { page: leader } = await person(browser, 'leader')
  const board = await get(leader.request, '/board')
  await leader.setViewportSize({ width: 1920, height: 1080 })
  await leader.goto('/wall?lang=zh-CN')
  await expect(leader.locator('.big')).toContainText(board.score.earned.value)
  expect(await leader.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(1080)
  const { page: phone } = await person(browser, 'leader', 'phone')
  await phone.goto('/m/board?lang=en')
  await expect(phone.locator('.big')).toContainText(board.score.earned.value)
})
