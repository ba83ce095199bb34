/**
 * The one way to the server: language, CSRF header, problem bodies, and addresses of downloads.
 * Every failure is an ApiError that carries the server's own sentence.
 */
import type { Query } from './types'

export interface FieldError {
  field: string
  code: string
  message: string
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: FieldError[] = [],
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
  const errors = Array.isArray(body.errors) ? (body.errors as FieldError[]) : []
  return new ApiError(response.status, code, detail ?? '', errors, body.data ?? null)
}

async function call<T>(method: string, path: string, query?: Query, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { 'Accept-Language': language, Accept: 'application/json' }
  if (method !== 'GET') headers['X-Yipanqi'] = '1'
  let payload: BodyInit | undefined
  if (body instanceof FormData) payload = body
  else if (body !== undefined) {
    headers['Content-Type'] = 'application/json'
    payload = JSON.stringify(body)
  }
  let response: Response
  try {
    response = await fetch(href(path, query), { method, headers, body: payload, credentials: 'same-origin' })
  } catch {
    throw new ApiError(0, 'network', '')
  }
  if (!response.ok) {
    const error = await refusal(response)
    if (error.status === 401 && path !== '/session') onSignedOut()
    throw error
  }
  if (response.status === 204) return undefined as T
  const text = await response.text()
  return (text ? JSON.parse(text) : undefined) as T
}

export const api = {
  get: <T>(path: string, query?: Query) => call<T>('GET', path, query),
  post: <T>(path: string, body?: unknown) => call<T>('POST', path, undefined, body ?? {}),
  put: <T>(path: string, body?: unknown) => call<T>('PUT', path, undefined, body ?? {}),
  del: <T>(path: string) => call<T>('DELETE', path),
  upload: <T>(path: string, form: FormData) => call<T>('POST', path, undefined, form),
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
