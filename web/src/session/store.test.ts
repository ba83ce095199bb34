import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SessionView } from '@/api/schema'
import { useSession, whenAnother } from './store'

const city = { slug: 'yunxi', name: '云溪', title: '创城' }
const view = (id: string, login: string, more: Partial<SessionView> = {}): SessionView =>
  ({ account: { id, login, name: login, must_change: false, platform_admin: false }, person: { id: `p-${id}`, name: login }, city, cities: [city], posts: [], rights: ['visit_site'], now: new Date().toISOString(), clock: 'system', build: '', pdf: false, ...more }) as SessionView

/** The page opened anew on the same phone. */
const opened = () => {
  setActivePinia(createPinia())
  return useSession()
}

beforeEach(() => localStorage.clear())
afterEach(() => vi.unstubAllGlobals())

describe('who a phone begins as', () => {
  it('is nobody once another has signed in through the console on it', () => {
    opened().keep(view('1', 'anyu'))
    expect(opened().known()).toBe(true)
    opened().take(view('2', 'zhou'))
    const next = opened()
    expect(next.known()).toBe(false)
    next.recall()
    expect(next.signedIn).toBe(false)
  })

  it('stays the same where the same person opens the console', () => {
    opened().keep(view('1', 'anyu'))
    opened().take(view('1', 'anyu'))
    expect(opened().known()).toBe(true)
    opened().take(view('1', 'anyu', { city: { ...city, slug: 'nanjiang' }, person: { id: 'p-other', name: 'anyu' } }))
    expect(opened().known(), 'in another city it is another outbox').toBe(false)
  })

  it('is nobody after signing out, also in the console without network', async () => {
    opened().keep(view('1', 'anyu'))
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('cut')))
    await opened().leave()
    const next = opened()
    expect(next.known()).toBe(false)
    await next.load()
    expect(next.signedIn).toBe(false)
  })
})

describe('somebody who has lost the access', () => {
  it('is still who it was on this phone, without any right', () => {
    const session = opened()
    session.keep(view('1', 'anyu'))
    session.keep(view('1', 'anyu', { city: null, person: null, cities: [] }))
    expect([session.view?.city?.slug, session.view?.person?.id, session.may('visit_site')]).toEqual(['yunxi', 'p-1', false])
  })

  it('is let to the outbox by the account or the number that was typed here, nobody else is', () => {
    const session = opened()
    session.keep(view('1', 'anyu'), '13900000001')
    session.keep(null)
    expect(opened().readmit('zhou')).toBe(false)
    for (const typed of ['anyu', '13900000001']) {
      const next = opened()
      expect(next.readmit(typed)).toBe(true)
      expect([next.view?.person?.id, next.may('visit_site'), opened().known()]).toEqual(['p-1', false, false])
    }
  })
})

it('another window says that somebody else has signed in, or out, and nothing else', () => {
  const called = vi.fn()
  whenAnother(called)
  const says = (before: SessionView | null, after: SessionView | null) => {
    const text = (of: SessionView | null) => of && JSON.stringify({ view: of, skew: 0 })
    window.dispatchEvent(new StorageEvent('storage', { key: 'yipanqi.session', oldValue: text(before), newValue: text(after) }))
  }
  says(null, view('1', 'anyu'))
  says(view('1', 'anyu'), view('1', 'anyu', { rights: [] }))
  expect(called).not.toHaveBeenCalled()
  says(view('1', 'anyu'), view('2', 'zhou'))
  says(view('1', 'anyu'), null)
  expect(called).toHaveBeenCalledTimes(2)
})
