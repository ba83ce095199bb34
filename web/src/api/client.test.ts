import { afterEach, describe, expect, it, vi } from 'vitest'
import { api, ApiError, newId, search } from './client'
import { useSend } from './send'

afterEach(() => vi.unstubAllGlobals())

describe('client-made ids', () => {
  it('are UUIDs of version 7 that sort by time', () => {
    const early = newId(1_700_000_000_000)
    const late = newId(1_800_000_000_000)
    expect(early).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(early < late).toBe(true)
    expect(Number.parseInt(early.replaceAll('-', '').slice(0, 12), 16)).toBe(1_700_000_000_000)
  })
})

describe('queries', () => {
  it('repeat lists and leave out what is empty', () => {
    expect(search({ state: ['a', 'b'], q: '', page: 1, unit: null })).toBe('?state=a&state=b&page=1')
    expect(search({})).toBe('')
  })
})

describe('requests', () => {
  it('carry the header against forged requests only when they change something', async () => {
    const fetched = vi.fn(async (_url: string, _options: RequestInit) => new Response('{}'))
    vi.stubGlobal('fetch', fetched)
    await api.get('/board')
    await api.post('/problems', { a: 1 })
    expect(fetched.mock.calls[0]![1].headers).not.toHaveProperty('X-Yipanqi')
    expect(fetched.mock.calls[1]![1].headers).toMatchObject({ 'X-Yipanqi': '1', 'Content-Type': 'application/json' })
  })

  it('turn a problem body into the server’s own sentence with its fields', async () => {
    const body = { code: 'invalid', detail: '请填写理由。', errors: [{ field: 'reason', code: 'required', message: '理由不能为空' }] }
    vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body), { status: 422 }))
    const error = await api.post('/x').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 422, code: 'invalid', detail: '请填写理由。', errors: body.errors })
  })
})

describe('a button’s request', () => {
  it('repeats the same command id after a lost connection, and takes a new one after an answer', async () => {
    const { send, error } = useSend()
    const ids: string[] = []
    const lost = async (id: string) => {
      ids.push(id)
      throw new ApiError(0, 'network', '')
    }
    await send(lost)
    expect(error.value?.code).toBe('network')
    await send(async (id) => ids.push(id))
    await send(async (id) => ids.push(id))
    expect(ids[1]).toBe(ids[0])
    expect(ids[2]).not.toBe(ids[0])
  })

  it('takes a new command id after a refusal, since the body will differ', async () => {
    const { send } = useSend()
    const ids: string[] = []
    await send(async (id) => {
      ids.push(id)
      throw new ApiError(422, 'invalid', '')
    })
    await send(async (id) => ids.push(id))
    expect(ids[1]).not.toBe(ids[0])
  })
})
