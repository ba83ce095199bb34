import { expect, test } from '@playwright/test'
import { accessible, get, person, post, type Json } from '../support/person.ts'

/** The demo's July round: closed, scored, assessed. */
async function july(request: Parameters<typeof get>[0]): Promise<Json> {
  const rounds = await get(request, '/rounds?size=100')
  return (rounds.items as Json[]).find((round) => round.name.startsWith('7月')) as Json
}

test('from a score to why, to what is at stake, to a plan whose gain is the recomputed gain', async ({ browser }) => {
  const office = await person(browser, 'office')
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
  const office = await person(browser, 'office')
  await office.goto('/incidents?lang=zh-CN')
  await expect(office.getByText('沿街商户占道经营被省级媒体曝光')).toBeVisible()
  await expect(office.getByText('已认定').first()).toBeVisible()
  await accessible(office)
  await office.goto('/incidents?lang=en')
  await expect(office.getByText('Stands').first()).toBeVisible()
  await office.goto('/score/cycle?lang=zh-CN')
  await expect(office.getByText('86.73')).toBeVisible()
  await office.goto('/score/index?lang=en')
  await expect(office.locator('h1')).toContainText('Index over time')
})

test('an appeal is accepted, the correction is a new marked version, the old one computes to the same bytes', async ({ browser }) => {
  const office = await person(browser, 'office')
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
  const leader = await person(browser, 'leader')
  const board = await get(leader.request, '/board')
  await leader.setViewportSize({ width: 1920, height: 1080 })
  await leader.goto('/wall?lang=zh-CN')
  await expect(leader.locator('.big')).toContainText(board.score.earned.value)
  expect(await leader.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(1080)
  const phone = await person(browser, 'leader', 'phone')
  await phone.goto('/m/board?lang=en')
  await expect(phone.locator('.big')).toContainText(board.score.earned.value)
})
