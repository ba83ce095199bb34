import 'fake-indexeddb/auto'
import { afterEach, expect, it, vi } from 'vitest'
import type { PackProblem } from '@/api/schema'
import { base } from './base'
import { beforeOf, takeBefore, TAKEN } from './before'
import { unpack } from './pack'

const problem = (id: string, due: string, before: string[]) => ({ id, due_at: due, before }) as unknown as PackProblem
const pack = (cursor: number, problems: PackProblem[], gone: string[] = []) => ({ cursor, reset: false, visits: [], checklists: [], problems, patrols: [], removed: gone.map((id) => ({ kind: 'problem', id })) })
const asked: string[] = []
/** A server whose line is cut after so many pictures. */
function serving(cut = Infinity) {
  asked.length = 0
  vi.stubGlobal('fetch', async (request: Request) => {
    if (asked.length >= cut) throw new TypeError('cut')
    const id = /media\/(.+)\/thumb/.exec(request.url)![1]!
    asked.push(id)
    return new Response(new TextEncoder().encode(id), { headers: { 'Content-Type': 'image/jpeg' } })
  })
}
afterEach(() => vi.unstubAllGlobals())

it('takes the first picture of each problem along, goes on where the line was cut, and lets go of what is put right', async () => {
  await unpack('yunxi:1', pack(1, [problem('p1', '2026-03-05', ['late']), problem('p2', '2026-03-02', ['soon', 'second'])]))
  serving(1)
  await takeBefore('yunxi:1').catch(() => undefined)
  expect(asked, 'the most pressing first').toEqual(['soon'])
  serving()
  await takeBefore('yunxi:1')
  expect(asked).toEqual(['late'])
  expect(await (await beforeOf('yunxi:1', 'soon'))?.text()).toBe('soon')
  expect(await beforeOf('yunxi:2', 'soon')).toBeNull()
  await unpack('yunxi:1', pack(2, [], ['p2']))
  await takeBefore('yunxi:1')
  expect(await (await base()).getAllKeysFromIndex('before', 'owner', 'yunxi:1')).toEqual([['yunxi:1', 'late']])
})

it('takes no more than a phone can bear', async () => {
  await unpack('yunxi:3', pack(1, Array.from({ length: TAKEN + 5 }, (_, at) => problem(`p${at}`, '2026-03-05', [`b${at}`]))))
  serving()
  await takeBefore('yunxi:3')
  expect(asked).toHaveLength(TAKEN)
})
