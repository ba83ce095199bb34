/**
 * The one way to the server: a client typed by the generated description of its interface, which adds the language,
 * the header against forged requests and the sign-out, and the addresses of downloads.
 * Every failure is an ApiError that carries the server's own sentence.
 */
import createClient from 'openapi-fetch'
import type { FieldFailure, paths } from './schema'

/** Parameters of an address; empty ones are left out. */
export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: FieldFailure[] = [],
    readonly data: unknown = null,
  ) {
    super(detail)
  }
}

let language = 'zh-CN'
let onSignedOut: () => void = () => undefined

/** Sets the language in which the server answers. */
export function speak(next: string): void {
  language = next
}

/** Called whenever the server says that nobody is signed in. */
export function whenSignedOut(handler: () => void): void {
  onSignedOut = handler
}

const STANDING_IN = 'yipanqi.standing-in'

/** For whom every request acts, if not for the person alone; kept for this window only. */
export function standingIn(): { id: string; name: string } | null {
  const kept = globalThis.sessionStorage?.getItem(STANDING_IN)
  return kept ? (JSON.parse(kept) as { id: string; name: string }) : null
}

/** Takes up, or puts down, acting for somebody. */
export function standIn(absent: { id: string; name: string } | null): void {
  if (absent) sessionStorage.setItem(STANDING_IN, JSON.stringify(absent))
  else sessionStorage.removeItem(STANDING_IN)
}

/** `?a=1&b=x&b=y` of a query; empty values are left out. */
export function search(query?: Query): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(query ?? {})) {
    if (value === null || value === undefined || value === '') continue
    if (Array.isArray(value)) for (const one of value) params.append(key, String(one))
    else params.append(key, String(value))
  }
  const text = params.toString()
  return text ? `?${text}` : ''
}

/** The address of a download or a picture. */
export function href(path: string, query?: Query): string {
  return `/api${path}${search(query)}`
}

async function refusal(response: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {}
  try {
    body = (await response.json()) as Record<string, unknown>
  } catch {
    body = {}
  }
  const code = typeof body.code === 'string' ? body.code : `http_${response.status}`
  const detail = [body.detail, body.title].find((text) => typeof text === 'string' && text !== '') as string | undefined
  const errors = Array.isArray(body.errors) ? (body.errors as FieldFailure[]) : []
  return new ApiError(response.status, code, detail ?? '', errors, body.data ?? null)
}

/** A form with files: each field as its own part. */
export function formOf(body: object): FormData {
  const form = new FormData()
  for (const [key, value] of Object.entries(body)) {
    if (value instanceof Blob) form.append(key, value, value instanceof File ? value.name : undefined)
    else if (value !== null && value !== undefined) form.append(key, String(value))
  }
  return form
}

/** The server, typed by its own description. */
export const server = createClient<paths>({
  credentials: 'same-origin',
  querySerializer: (query) => search(query as Query).slice(1),
  fetch: (request) => globalThis.fetch(request),
})

server.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', language)
    request.headers.set('Accept', 'application/json')
    if (request.method !== 'GET') request.headers.set('X-Yipanqi', '1')
    const absent = standingIn()
    if (absent) request.headers.set('X-Yipanqi-For', absent.id)
  },
  async onResponse({ response, schemaPath }) {
    if (response.ok) return
    if (response.status === 401 && schemaPath !== '/api/session') onSignedOut()
    const refused = await refusal(response)
    if (refused.code === 'delegation_missing') standIn(null)
    throw refused
  },
  onError: () => new ApiError(0, 'network', ''),
})

/** What a request was answered; a refusal has been thrown before. */
export async function told<Answer extends { data?: unknown }>(asked: Promise<Answer>): Promise<NonNullable<Answer['data']>> {
  return (await asked).data as NonNullable<Answer['data']>
}

/** That a request without an answer was done; a refusal has been thrown before. */
export async function done(asked: Promise<unknown>): Promise<true> {
  await asked
  return true
}

/** A client-made id (UUIDv7): the first 48 bits are the time, so that commands sort as they were made. */
export function newId(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  for (let i = 0; i < 6; i += 1) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
