/** Who is signed in, in which city, with which rights, and what time the business has. */
import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import { ApiError, server, told } from '@/api/client'
import type { SessionView } from '@/api/schema'

/** Where a phone keeps who is signed in, for a start without network. */
const KEPT = 'yipanqi.session'
/** Set while somebody has left without network: the server is told first of all. */
const LEFT = 'yipanqi.left'

/** Who has been signed in on this phone, by account: unsent work of theirs may lie here. */
const PAST = 'yipanqi.past'
/** So many are remembered. */
const REMEMBERED = 8

interface Known {
  view: SessionView
  skew: number
  /** What was typed to sign in: the account's name or its telephone number. */
  login?: string
}

const keptHere = (): Known | null => JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Known | null
const pastHere = (): Known[] => JSON.parse(localStorage.getItem(PAST) ?? '[]') as Known[]
const sameWork = (one: SessionView, other: SessionView): boolean => one.account.id === other.account.id && one.city?.slug === other.city?.slug && one.person?.id === other.person?.id

/** The phone does not begin as this person any more. */
function forget(known: Known): void {
  localStorage.removeItem(KEPT)
  localStorage.setItem(PAST, JSON.stringify([known, ...pastHere().filter((one) => one.view.account.id !== known.view.account.id)].slice(0, REMEMBERED)))
}

/** Calls back when another window of this browser signs somebody else in, or whoever was signed in out. */
export function whenAnother(handler: () => void): void {
  const whose = (text: string | null) => {
    const view = text === null ? null : (JSON.parse(text) as Known).view
    return view && `${view.account.id}/${view.city?.slug}/${view.person?.id}`
  }
  window.addEventListener('storage', (event) => {
    if (event.key === KEPT && event.oldValue !== null && whose(event.oldValue) !== whose(event.newValue)) handler()
  })
}

export const useSession = defineStore('session', () => {
  const view = ref<SessionView | null>(null)
  const asked = ref(false)
  let skew = 0

  function take(next: SessionView | null): void {
    // Whoever signs in anew has nothing left to tell of an earlier leaving.
    if (next) localStorage.removeItem(LEFT)
    // Somebody else has signed in, or the same in another city: the phone does not begin as whoever was kept before.
    const kept = keptHere()
    if (next && kept && !sameWork(kept.view, next)) forget(kept)
    view.value = next
    asked.value = true
    skew = next ? new Date(next.now).getTime() - Date.now() : 0
  }

  /** Takes the session and keeps it on the phone, so that the field face starts without network. */
  function keep(next: SessionView | null, login?: string): void {
    const kept = keptHere()
    // Let into the city no more: still who it was, so that unsent work can be handed over.
    const barred = next && kept && next.account.id === kept.view.account.id && !next.city && kept.view.city && !next.cities.some((one) => one.slug === kept.view.city?.slug)
    const known = next && barred ? { ...next, city: kept.view.city, person: kept.view.person, posts: [], rights: [] } : next
    take(known)
    if (known) localStorage.setItem(KEPT, JSON.stringify({ view: known, skew, login: login ?? (kept?.view.account.id === known.account.id ? kept.login : undefined) } satisfies Known))
    else if (kept) forget(kept)
  }

  /** Who was signed in here when there last was a network. */
  function recall(): void {
    asked.value = true
    const kept = keptHere()
    if (kept) wear(kept)
  }

  /**
   * An account that was disabled is signed in to nothing; whoever it was on this phone may still hand over what was not sent.
   * The server has checked the password before it says so. Says whether this phone knows the account.
   */
  function readmit(login: string): boolean {
    const known = pastHere().find((one) => one.view.account.login === login || one.login === login) ?? null
    if (known) wear({ ...known, view: { ...known.view, posts: [], rights: [] } })
    return known !== null
  }

  function wear(known: Known): void {
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

  return { view, asked, signedIn, take, keep, recall, readmit, known, leave, settle, offset, load, now, may }
})
