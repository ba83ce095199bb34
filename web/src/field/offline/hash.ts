/** SHA-256 as hexadecimal text; also where the page is no secure context and the browser offers none. */
import { sha256 } from '@noble/hashes/sha2.js'

const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

export async function hashOf(content: ArrayBuffer | string): Promise<string> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content)
  if (globalThis.crypto?.subtle) return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
  return hex(sha256(bytes))
}

/** The same of a short text at once, so that it can be taken while the store is being written. */
export const hashOfText = (text: string): string => hex(sha256(new TextEncoder().encode(text)))
