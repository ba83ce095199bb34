/** The field face's own state: what waits, what was taken along, whether there is a network, how much room is left. */
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { ApiError } from '@/api/client'
import type { PackVisit } from '@/api/schema'
import { useSession } from '@/session/store'
import { commandsOf, othersWaiting, PLACING, type CommandRow, type Owner, type PhotoRow, type VisitWork } from './base'
import { takeBefore } from './before'
import { letGo, letGoAll, wipeAll } from './clear'
import { entering } from './draft'
import type { Maker } from './outbox'
import { dayOf, dueOn } from '../patrol'
import { packOf, pull, pulledAt, type Pack } from './pack'
import { photosOf, whereNow } from './photo'
import { nearlyFull, roomLeft, stay, type Room } from './room'
import { sendAll, WireError } from './send'
import { begin as begunHere, placed, worksOf } from './visiting'
import { walkable, walksOf, type Walking } from './walking'
import { wireOf } from './wire'

/** Refusals that say that this person works in the city no more, until the server says otherwise. */
const LOST_ACCESS = ['membership_missing', 'account_disabled', 'right_missing']

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
  /** Photographs that hold work back: refused, or not on the phone any more; with what waits for them. */
  const stuck = computed(() => {
    const held = new Map<string, CommandRow[]>()
    for (const row of [...waiting.value, ...refused.value]) {
      for (const sha256 of row.photos) if ((photos.value.get(sha256)?.state ?? 'refused') === 'refused') held.set(sha256, [...(held.get(sha256) ?? []), row])
    }
    return [...held].map(([sha256, of]) => ({ sha256, photo: photos.value.get(sha256) ?? null, of }))
  })

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

  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | null = null
  /** Reads what the phone keeps; asked for several times meanwhile, it reads once more. */
  function refresh(): Promise<void> {
    next ??= running.then(() => {
      running = next ?? running
      next = null
      return read()
    })
    return next
  }

  async function read(): Promise<void> {
    const of = owner.value
    const [commands, kept, taken, visits, foreign, left, asked, walked] = await Promise.all([commandsOf(of), photosOf(of), packOf(of), worksOf(of), othersWaiting(of), roomLeft(), pulledAt(of), walksOf(of)])
    if (of !== owner.value) return
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
    if (!session.view?.person) return
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
    const sent = await sendAll(of, wireOf(session.view?.person?.id ?? ''), () => void refresh())
    if (of !== owner.value) return
    await letGo(of)
    if (sent.stopped) return ended(of, sent.stopped)
    try {
      await pull(of, session.view?.person?.id ?? '')
      await ended(of, null)
      void takeBefore(of).catch(() => undefined)
    } catch (caught) {
      if (!(caught instanceof ApiError)) throw caught
      await ended(of, new WireError(caught.status, caught.code, caught.detail, caught.data))
    }
  }

  /** How a run has ended. Access that was lost is taken as lost until the server says otherwise. */
  async function ended(of: Owner, error: WireError | null): Promise<void> {
    stopped.value = error
    online.value = error?.status !== 0
    if (error === null) revoked.value = false
    else if (LOST_ACCESS.includes(error.code)) revoked.value = true
    // Nothing waits: what was taken along goes at once.
    if (revoked.value && online.value && (await commandsOf(of)).every((row) => row.state === 'applied') && !(await entering(of))) await wipeAll(of)
  }

  /** Everything of a person who has lost the access goes, once he has said that the unsent work is handed over. */
  async function wipe(): Promise<void> {
    await wipeAll(owner.value)
    await refresh()
  }

  /** Begins a visit at once; where that was is added as soon as the phone says so. */
  async function beginVisit(visit: PackVisit): Promise<VisitWork> {
    const of = maker()
    const work = await begunHere(of, visit)
    await refresh()
    if (work.start && rows.value.find((row) => row.id === work.start)?.until !== undefined) {
      void whereNow(PLACING).then((spot) => placed(of.owner, visit.id, spot)).then(refresh)
    }
    return work
  }

  // Who is at the phone may become clear only after its start.
  watch(owner, () => {
    revoked.value = false
    stopped.value = null
    void refresh()
  })

  let begun = false
  async function begin(): Promise<void> {
    if (begun) {
      await refresh()
      return void sync()
    }
    begun = true
    await stay()
    await refresh()
    void letGoAll().then(refresh)
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
      if ((waiting.value.length > 0 && !revoked.value) || before !== today.value) go()
    }, EVERY)
    go()
  }

  return { rows, photos, pack, patrols, toWalk, walks, pulled, today, stale, works, others, room, online, sending, stopped, loaded, revoked, owner, waiting, refused, applied, full, stuck, maker, refresh, sync, begin, beginVisit, wipe }
})
