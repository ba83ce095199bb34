import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiError, done, formOf, newId, search, server, told } from './client'
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
  function answering(answer: () => Response) {
    const fetched = vi.fn(async (_request: Request) => answer())
    vi.stubGlobal('fetch', fetched)
    return { fetched, sent: (at: number) => fetched.mock.calls[at]![0] }
  }

  it('carry the header against forged requests only when they change something', async () => {
    const { sent } = answering(() => new Response('{}'))
    await told(server.GET('/api/board'))
    await done(server.DELETE('/api/session'))
    expect(sent(0).headers.get('X-Yipanqi')).toBeNull()
    expect(sent(1).headers.get('X-Yipanqi')).toBe('1')
  })

  it('fill the address and repeat lists in the query', async () => {
    const { sent } = answering(() => new Response('{}'))
    await told(server.GET('/api/sites/{id}', { params: { path: { id: 'a b' } } }))
    await told(server.GET('/api/problems', { params: { query: { state: ['assigned', 'rectifying'], q: '' } } }))
    expect(new URL(sent(0).url).pathname).toBe('/api/sites/a%20b')
    expect(new URL(sent(1).url).search).toBe('?state=assigned&state=rectifying')
  })

  it('send a file as a form with its name', async () => {
    const form = formOf({ kind: 'units', round: null, file: new File(['x'], '台账.xlsx') })
    expect([...form.keys()]).toEqual(['kind', 'file'])
    expect((form.get('file') as File).name).toBe('台账.xlsx')
  })

  it('turn a problem body into the server’s own sentence with its fields', async () => {
    const body = { code: 'invalid', detail: '请填写理由。', errors: [{ field: 'reason', code: 'required', message: '理由不能为空' }] }
    answering(() => new Response(JSON.stringify(body), { status: 422 }))
    const error = await told(server.GET('/api/board')).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 422, code: 'invalid', detail: '请填写理由。', errors: body.errors })
  })

  it('say that the network is gone when no answer comes', async () => {
    vi.stubGlobal('fetch', async () => Promise.reject(new TypeError('fetch failed')))
    await expect(told(server.GET('/api/board'))).rejects.toMatchObject({ status: 0, code: 'network' })
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
