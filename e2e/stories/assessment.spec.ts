import { expect, test } from '@playwright/test'
import { randomUUID } from 'node:crypto'
import { accessible, chooseOption, get, person, post, type Json } from '../support/person.ts'

/** The demo's July round: closed, scored, assessed. */
async function july(request: Parameters<typeof get>[0]): Promise<Json> {
  const rounds = await get(request, '/rounds?size=100')
  return (rounds.items as Json[]).find((round) => round.name.startsWith('7月')) as Json
}

/** The same story in both languages; each street appeals in its own words and gets a version of its own. */
for (const [language, login] of [['zh-CN', 'liaison.s01'], ['en', 'liaison.s02']] as const) {
  test(`from a round to its score, why, who owes it, what is at stake, the ranking, an appeal and its correction, in ${language}`, async ({ browser }) => {
    test.setTimeout(60_000)
    const { page: office, say } = await person(browser, 'office', 'desk', language)
    const round = await july(office.request)
    await office.goto(`/score?round=${round.id}`)
    // Twelve sites of twelve types: nothing tells how far a type's sites lie apart.
    await expect(office.getByText(say('score.unsure'))).toBeVisible()
    await office.getByRole('button', { name: say('score.lost_only') }).click()
    await office.getByRole('button', { name: say('score.by_site') }).first().click()
    const sites = office.locator('aside.sites')
    await expect(sites.getByText(say('score.borne_by'), { exact: false }).first()).toBeVisible()
    await sites.getByRole('link', { name: say('score.visit') }).first().click()
    await expect(office).toHaveURL(/\/visits\//)

    const losses = await get(office.request, `/rounds/${round.id}/losses`)
    const cents = (losses.rows as Json[]).reduce((sum, row) => sum + Math.round(Number(row.lost.value) * 100), 0)
    expect(cents, 'the published table adds up').toBe(Math.round(Number(losses.lost.value) * 100))
    await office.goto(`/score/losses?round=${round.id}`)
    await expect(office.locator('tbody tr')).toHaveCount(losses.rows.length)
    await office.locator('tbody button').first().click()
    await expect(office.locator('.parts tbody tr').first()).toBeVisible()
    await accessible(office)

    const stakes = await get(office.request, `/rounds/${round.id}/score/stakes`)
    await office.goto(`/score/stakes?round=${round.id}`)
    const boxes = office.locator('tbody input[type=checkbox]')
    await boxes.nth(0).check()
    await boxes.nth(1).check()
    const plan = await post(office.request, `/rounds/${round.id}/score/scenario`, { keys: [stakes.rows[0].key, stakes.rows[1].key] })
    await expect(office.locator('.bulk')).toContainText(plan.gain.value)
    await accessible(office)
    const tasks = async () => (await get(office.request, '/tasks?size=10')).total as number
    const given = await tasks()
    await office.getByRole('button', { name: say('stake.to_tasks', { n: 2 }) }).click()
    await expect(office.locator('.bulk'), 'what became a task is no longer ticked').toHaveCount(0)
    expect(await tasks()).toBe(given + 2)
    const [row] = stakes.rows as Json[]
    await office.goto(`/tasks?q=${encodeURIComponent(row.title)}`)
    await expect(office.locator('tbody tr').first()).toContainText(row.title)

    await office.goto(`/ranking?round=${round.id}`)
    await expect(office.locator('tbody tr').first()).toBeVisible()
    const listed = (await get(office.request, '/assessments')) as unknown as Json[]
    const newest = listed[0] as Json
    const ordinal = (newest.ordinal as number) + 1

    const { page: street } = await person(browser, login, 'desk', language)
    const { name } = ((await get(street.request, '/session')).posts as Json[])[0]!.unit
    await street.goto(`/assessments/${newest.id}`)
    await street.getByRole('button', { name, exact: true }).click()
    await street.getByRole('button', { name: say('appeal.file') }).click()
    const appeal = street.getByRole('dialog')
    await appeal.locator('#ap-reason').fill('其中一处点位7月起已移交区管，不应计入我街道实地得分，请复核。')
    await appeal.getByRole('button', { name: say('appeal.file') }).click()
    await expect(appeal).toHaveCount(0)

    await office.goto(`/assessments/${newest.id}`)
    await expect(office.getByText(say('appeal.waiting', { n: 1 }))).toBeVisible()
    await office.getByRole('button', { name: say('appeal.decide') }).click()
    const dialog = office.getByRole('dialog')
    for (const [field, value] of Object.entries({ reached: '9.5', possible: '10', cases: '6', decision: '经复核，点位已移交，按实有点位重算。' })) await dialog.locator(`#ad-${field}`).fill(value)
    await dialog.getByRole('button', { name: say('appeal.decide') }).click()
    await expect(office.getByText(say('assessment.corrected', { n: ordinal })).first()).toBeVisible()
    await expect(office.getByText(say('assessment.changed'), { exact: true }).first()).toBeVisible()
    await office.goto(`/assessments/${newest.id}`)
    await office.getByRole('button', { name: say('assessment.verify') }).click()
    await expect(office.getByText(say('assessment.identical', { hash: '#' }).split(/[（(#]/)[0]!.trim())).toBeVisible()
    await accessible(office)
  })
}

test('a published ranking is corrected as the next version, and the one before stays', async ({ browser }) => {
  const { page: office, say } = await person(browser, 'office')
  const round = await july(office.request)
  const least = async (minimum_sites: number) => {
    const kept = await get(office.request, '/score-policy')
    const answer = await office.request.put('/api/score-policy', { data: { ...kept, command_id: randomUUID(), minimum_sites }, headers: { 'X-Yipanqi': '1' } })
    expect(answer.ok(), await answer.text()).toBeTruthy()
  }
  await office.goto(`/ranking?round=${round.id}`)
  await expect(office.getByText(say('ranking.verified'))).toBeVisible()
  const before = (await get(office.request, '/score-policy')).minimum_sites
  await least(before === 1 ? 2 : 1)
  await office.getByRole('button', { name: say('ranking.correct') }).click()
  await office.locator('#rk-reason').fill('最低点位数改了')
  await office.locator('dialog, .el-dialog').getByRole('button', { name: say('ranking.correct') }).click()
  await expect(office.getByText('最低点位数改了')).toBeVisible()
  await expect(office.getByText(say('ranking.verified'))).toBeVisible()
  await accessible(office)
  await office.locator('.frozen .seg button').first().click()
  await expect(office.getByText('最低点位数改了')).toHaveCount(0)
  await least(before)
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

test('the wall and the leader’s phone show what the board shows', async ({ browser }) => {
  const { page: leader } = await person(browser, 'leader')
  const board = await get(leader.request, '/board')
  await leader.setViewportSize({ width: 1920, height: 1080 })
  await leader.goto('/wall?lang=zh-CN')
  await expect(leader.locator('.big')).toContainText(board.score.earned.value)
  expect(await leader.evaluate(() => document.documentElement.scrollHeight)).toBeLessThanOrEqual(1080)
  await leader.setViewportSize({ width: 390, height: 844 })
  expect(await leader.evaluate(() => document.documentElement.scrollWidth), 'the wall on a phone').toBeLessThanOrEqual(390)
  const { page: phone } = await person(browser, 'leader', 'phone')
  await phone.goto('/m/board?lang=en')
  await expect(phone.locator('.big')).toContainText(board.score.earned.value)
})
