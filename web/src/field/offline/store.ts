/** The field face's own state: what waits, what was taken along, whether there is a network, how much room is left. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { ApiError } from '@/api/client'
import { useSession } from '@/session/store'
import { commandsOf, othersWaiting, type CommandRow, type Owner, type PhotoRow, type VisitWork } from './base'
import type { Maker } from './outbox'
import { dayOf, dueOn } from '../patrol'
import { forgetPack, packOf, pull, pulledAt, type Pack } from './pack'
import { photosOf } from './photo'
import { nearlyFull, roomLeft, stay, type Room } from './room'
import { sendAll, type WireError } from './send'
import { worksOf } from './visiting'
import { walkable, walksOf, type Walking } from './walking'
import { wire } from './wire'

/** Between two attempts while something waits. */
const EVERY = 12_000

export const useField = defineStore('field', () => {
  const session = useSession()
  const rows = shallowRef<CommandRow[]>([])
  const photos = shallowRef(new Map<string, PhotoRow>())
  const pack = shallowRef<Pack>({ visits: [], checklists: new Map(), problems: [], patrols: [] })
  const works = shallowRef(new Map<string, VisitWork>())
  /** Patrols begun and not ended, by plan. */
  const walks = shallowRef(new Map<string, Walking>())
  const others = shallowRef(new Map<string, number>())
  const room = ref<Room | null>(null)
  const online = ref(navigator.onLine)
  const sending = ref(false)
  const stopped = shallowRef<WireError | null>(null)
  const loaded = ref(false)
  /** When what there is to do was last asked for, by the business clock. */
  const pulled = ref<string | null>(null)
  const today = ref(dayOf(session.now()))
  /** The person may work in this city no more: unsent work can still be handed over. */
  const revoked = ref(false)
  let timer: ReturnType<typeof setInterval> | undefined
  let again = false

  const owner = computed<Owner>(() => `${session.view?.city?.slug ?? ''}:${session.view?.person?.id ?? ''}`)
  const waiting = computed(() => rows.value.filter((row) => row.state === 'waiting'))
  const refused = computed(() => rows.value.filter((row) => row.state === 'refused'))
  const applied = computed(() => rows.value.filter((row) => row.state === 'applied'))
  const full = computed(() => nearlyFull(room.value))

  /** The days on which a patrol was walked on this phone and which the server has not counted yet. */
  const walkedOn = (id: string, counted: string | null | undefined) =>
    rows.value
      .filter((row) => row.work.kind === 'walk_patrol' && row.work.plan_id === id && row.state !== 'refused')
      .map((row) => ({ state: row.state, day: dayOf(byBusiness(row.work.kind === 'walk_patrol' ? row.work.begun_at : row.madeAt)) }))
      .filter((one) => one.state === 'waiting' || one.day > (counted ?? ''))
      .map((one) => one.day)
  const patrols = computed(() => pack.value.patrols.filter((one) => dueOn(one, today.value, walkedOn(one.id, one.walked_on))))
  /** Those, and the ones that are being walked, whatever the day. */
  const toWalk = computed(() => walkable(patrols.value, pack.value.patrols, walks.value))
  /** Whether what the phone holds is of an earlier day. */
  const stale = computed(() => pulled.value !== null && dayOf(pulled.value) < today.value)

  /** A moment of the phone's own clock by the business clock. */
  const byBusiness = (moment: string) => new Date(new Date(moment).getTime() + session.offset()).toISOString()

  function maker(): Maker {
    return {
      owner: owner.value,
      person: session.view?.person?.id ?? '',
      personName: session.view?.person?.name ?? '',
      offsetMs: session.offset(),
    }
  }

  async function refresh(): Promise<void> {
    const of = owner.value
    const [commands, kept, taken, visits, foreign, left, asked, walked] = await Promise.all([commandsOf(of), photosOf(of), packOf(of), worksOf(of), othersWaiting(of), roomLeft(), pulledAt(of), walksOf(of)])
    rows.value = commands
    photos.value = new Map(kept.map((photo) => [photo.sha256, photo]))
    pack.value = taken
    works.value = new Map(visits.map((work) => [work.key, work]))
    walks.value = walked
    others.value = foreign
    room.value = left
    pulled.value = asked ? byBusiness(asked) : null
    today.value = dayOf(session.now())
    loaded.value = true
  }

  /** Sends what waits and pulls what is new; one run at a time, also over several windows. */
  async function sync(): Promise<void> {
    if (!session.view?.person || revoked.value) return
    if (sending.value) {
      again = true
      return
    }
    sending.value = true
    try {
      const run = async () => {
        do {
          again = false
          await once()
        } while (again)
      }
      if (navigator.locks) await navigator.locks.request('yipanqi-outbox', run)
      else await run()
    } finally {
      sending.value = false
      await refresh()
    }
  }

  async function once(): Promise<void> {
    const of = owner.value
    await session.settle()
    const sent = await sendAll(of, wire, () => void refresh())
    stopped.value = sent.stopped
    online.value = sent.stopped === null || sent.stopped.status !== 0
    if (sent.stopped) return lost(sent.stopped)
    try {
      await pull(of)
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught
      online.value = caught.status !== 0
      lost(caught)
    }
  }

  function lost(error: { code: string }): void {
    if (['membership_missing', 'account_disabled', 'city_required', 'right_missing'].includes(error.code)) revoked.value = true
  }

  /** What a person who has lost the access took along is wiped once the unsent work has been handed over. */
  async function wipe(): Promise<void> {
    await forgetPack(owner.value)
    await refresh()
  }

  async function begin(): Promise<void> {
    await stay()
    await refresh()
    const go = () => void sync()
    window.addEventListener('online', () => {
      online.value = true
      go()
    })
    window.addEventListener('offline', () => (online.value = false))
    document.addEventListener('visibilitychange', () => {
      today.value = dayOf(session.now())
      if (document.visibilityState === 'visible') go()
    })
    clearInterval(timer)
    timer = setInterval(() => {
      // A phone left on overnight: a new day is asked for too.
      const before = today.value
      today.value = dayOf(session.now())
      if (waiting.value.length > 0 || before !== today.value) go()
    }, EVERY)
    go()
  }

  return { rows, photos, pack, patrols, toWalk, walks, pulled, today, stale, works, others, room, online, sending, stopped, loaded, revoked, owner, waiting, refused, applied, full, maker, refresh, sync, begin, wipe }
})
