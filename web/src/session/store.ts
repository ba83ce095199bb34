/** Who is signed in, in which city, with which rights, and what time the business has. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError, server, told } from '@/api/client'
import type { SessionView } from '@/api/schema'

/** Where a phone keeps who is signed in, for a start without network. */
const KEPT = 'yipanqi.session'
/** Set while somebody has left without network: the server is told first of all. */
const LEFT = 'yipanqi.left'

export const useSession = defineStore('session', () => {
  const view = ref<SessionView | null>(null)
  const asked = ref(false)
  let skew = 0

  function take(next: SessionView | null): void {
    // Whoever signs in anew has nothing left to tell of an earlier leaving.
    if (next) localStorage.removeItem(LEFT)
    view.value = next
    asked.value = true
    skew = next ? new Date(next.now).getTime() - Date.now() : 0
  }

  /** Takes the session and keeps it on the phone, so that the field face starts without network. */
  function keep(next: SessionView | null): void {
    take(next)
    if (next) localStorage.setItem(KEPT, JSON.stringify({ view: next, skew }))
    else localStorage.removeItem(KEPT)
  }

  /** Who was signed in here when there last was a network. */
  function recall(): void {
    const kept = localStorage.getItem(KEPT)
    asked.value = true
    if (!kept) return
    const known = JSON.parse(kept) as { view: SessionView; skew: number }
    view.value = known.view
    skew = known.skew
  }

  /** Whether somebody was signed in here and has not left. */
  function known(): boolean {
    return localStorage.getItem(KEPT) !== null && localStorage.getItem(LEFT) === null
  }

  /** Leaves; without network the server is told as soon as there is one. What waits in the outbox stays. */
  async function leave(): Promise<void> {
    localStorage.setItem(LEFT, '1')
    keep(null)
    await settle()
  }

  /** Tells the server that somebody has left, if it does not know yet. */
  async function settle(): Promise<void> {
    if (!localStorage.getItem(LEFT)) return
    try {
      await server.DELETE('/api/session')
      localStorage.removeItem(LEFT)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
    }
  }

  /** The server's clock minus this device's, in milliseconds, as it was known last. */
  function offset(): number {
    return skew
  }

  async function load(): Promise<void> {
    await settle()
    if (localStorage.getItem(LEFT)) return take(null)
    try {
      take(await told(server.GET('/api/session')))
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) take(null)
      else throw error
    }
  }

  /** The business moment: the server's clock carried on by the browser, or standing still when it is fixed. */
  function now(): string {
    if (view.value?.clock === 'fixed') return view.value.now
    return new Date(Date.now() + skew).toISOString()
  }

  const rights = computed(() => new Set(view.value?.rights ?? []))
  const may = (right: string): boolean => rights.value.has(right)
  const signedIn = computed(() => view.value !== null)

  return { view, asked, signedIn, take, keep, recall, known, leave, settle, offset, load, now, may }
})
