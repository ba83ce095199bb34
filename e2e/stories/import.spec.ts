import { expect, test, type Page } from '@playwright/test'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { atTheMachine, type } from '../support/console.ts'
import { download, PASSWORD, person, type Person } from '../support/person.ts'

const catalogues = resolve(import.meta.dirname, '../../catalogues')
const ACTIONS = ['created', 'changed', 'unchanged', 'refused', 'question'] as const

/** The wizard's first step: which kind, which file. */
async function read({ page, say }: Person, kind: string, file: string): Promise<void> {
  await page.goto(`/imports/new?kind=${kind}`)
  const chooser = page.waitForEvent('filechooser')
  await page.locator('label.drop').click()
  await (await chooser).setFiles(file)
  await page.getByRole('button', { name: say('import.read') }).click()
  await expect(page).toHaveURL(/\/imports\/[0-9a-f-]{36}/)
}

/** How many rows the strip says of each action. */
async function counted(page: Page, say: Person['say']): Promise<Record<(typeof ACTIONS)[number], number>> {
  const strip = page.locator('.strip')
  const counts = {} as Record<(typeof ACTIONS)[number], number>
  for (const action of ACTIONS) {
    const cell = strip.locator('div', { has: page.getByText(say(`import_action.${action}`), { exact: true }) })
    counts[action] = Number((await cell.locator('b').innerText()).replaceAll(',', ''))
  }
  return counts
}

async function preview({ page, say }: Person): Promise<void> {
  await page.getByRole('button', { name: say('import.preview'), exact: true }).click()
  await expect(page.getByRole('button', { name: new RegExp(say('import.start', { n: '(.*)' }).split('(')[0]!) })).toBeVisible()
}

async function run({ page, say }: Person): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`^${say('import.start').split(/[（(]/)[0]}`) }).click()
  await expect(page.getByRole('heading', { name: say('import.report') })).toBeVisible({ timeout: 60_000 })
}

test('a new city is added and filled from workbooks; the same file again changes nothing', async ({ browser }) => {
  test.skip(!atTheMachine(), 'needs the command line beside the server')
  test.setTimeout(180_000)
  const keeper = await person(browser, 'platform')
  await keeper.page.goto('/system/cities')
  await keeper.page.getByRole('button', { name: keeper.say('city.add') }).click()
  await keeper.page.locator('#c-slug').fill('xinhe')
  await keeper.page.locator('#c-name').fill('新河区')
  await keeper.page.getByRole('dialog').getByRole('button', { name: keeper.say('action.save') }).click()
  await expect(keeper.page.getByText('新河区').first()).toBeVisible()
  // The first units and the first administrator come from the machine: nobody can sign in before.
  type('import', 'units', '--city', 'xinhe', join(catalogues, 'qinghe/units.csv'))
  type('account', 'add', 'xinhe', '--name', '谢砚', '--city', 'xinhe', '--unit', 'QH03', '--password', PASSWORD)

  const admin = await person(browser, 'xinhe')
  const { page, say } = admin
  await read(admin, 'units', join(catalogues, 'qinghe/units.csv'))
  await preview(admin)
  const again = await counted(page, say)
  expect([again.created, again.changed, again.refused]).toEqual([0, 0, 0])
  expect(again.unchanged).toBeGreaterThan(5)

  for (const [kind, file] of [['calendar', 'yunxi/工作日历-2024至2026.json'], ['checklists', 'yunxi/点位类型与检查清单.xlsx']] as const) {
    await read(admin, kind, join(catalogues, file))
    await preview(admin)
    await run(admin)
    expect((await counted(page, say)).created, kind).toBeGreaterThan(50)
  }

  // A sheet of somebody's own: an unknown head over the address, a row without a name.
  const folder = mkdtempSync(join(tmpdir(), 'yipanqi-import-'))
  const own = join(folder, '点位.csv')
  const text = readFileSync(join(catalogues, 'qinghe/sites.csv'), 'utf8').replace('详细地址', '所写门牌').trimEnd()
  writeFileSync(own, `${text}\nQH-9999,,农贸市场,北关街道99号,115.31,30.52,CGCS2000,北关街道,北关社区,县市场监管局,北关街道,,\n`)
  await read(admin, 'sites', own)
  const address = page.getByLabel(/所写门牌/)
  await expect(address).not.toHaveValue('address')
  await address.selectOption('address')
  await preview(admin)
  await run(admin)
  const done = await counted(page, say)
  expect(done.created).toBeGreaterThan(10)
  expect(done.refused).toBe(1)
  const refused = await download(page, page.getByRole('link', { name: say('import.refused_book', { n: 1 }) }))
  expect(refused.name).toMatch(/^refused\./)
  expect(refused.bytes.subarray(0, 2).toString()).toBe('PK')

  // What was refused comes back as a workbook that the wizard reads as it is.
  const back = join(folder, refused.name)
  writeFileSync(back, refused.bytes)
  await read(admin, 'sites', back)
  await preview(admin)
  expect((await counted(page, say)).refused).toBe(1)

  // The same file again: the mapping is remembered, every row is unchanged.
  await read(admin, 'sites', own)
  await expect(page.getByLabel(/所写门牌/)).toHaveValue('address')
  await preview(admin)
  const same = await counted(page, say)
  expect([same.created, same.changed]).toEqual([0, 0])
  expect(same.unchanged).toBe(done.created)
})

test('a file that is no workbook is refused in words', async ({ browser }) => {
  const admin = await person(browser, 'admin')
  const file = join(mkdtempSync(join(tmpdir(), 'yipanqi-import-')), '台账.xlsx')
  writeFileSync(file, 'MZ\u0090 this program cannot be run')
  await admin.page.goto('/imports/new?kind=units')
  const chooser = admin.page.waitForEvent('filechooser')
  await admin.page.locator('label.drop').click()
  await (await chooser).setFiles(file)
  await admin.page.getByRole('button', { name: admin.say('import.read') }).click()
  await expect(admin.page.getByRole('alert')).not.toBeEmpty()
})
