/** The pages of the field face. They open without network for whoever was signed in when there last was one. */
import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from 'vue-router'
import type { useSession } from '@/session/store'

const page = (path: string, title: string, component: RouteRecordRaw['component']): RouteRecordRaw => ({ path, component, meta: { title } }) as RouteRecordRaw

const shell = () => import('./FieldShell.vue')
const today = () => import('./TodayList.vue')
/** How long the server is waited for before whoever was signed in last is let in; its answer counts whenever it comes. */
const PATIENCE = 700

/** Who is signed in: what the server says, or on a slow line what was known last. */
async function who(store: ReturnType<typeof useSession>): Promise<void> {
  if (!navigator.onLine && store.known()) return store.recall()
  const asked = store.load().then(() => store.keep(store.view), () => store.recall())
  const late = new Promise<'late'>((done) => setTimeout(() => done('late'), PATIENCE))
  if ((await Promise.race([asked, late])) === 'late' && store.known()) store.recall()
  else await asked
}

export function makeRouter(session: () => ReturnType<typeof useSession>): Router {
  // The first page comes along while the server is asked who this is.
  if (location.pathname !== '/m/login') void shell()
  if (location.pathname === '/m') void today()
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/m/login', component: () => import('./FieldLogin.vue'), meta: { title: 'login.title', open: true } },
      page('/m/password', 'me.password', () => import('./FieldPassword.vue')),
      page('/m/visit/:key', 'field.visit', () => import('./VisitEdit.vue')),
      page('/m/problem/:id', 'phone.problem', () => import('./ProblemEdit.vue')),
      page('/m/patrol/:id', 'walk.title', () => import('./PatrolWalk.vue')),
      page('/m/outbox', 'phone.outbox', () => import('./OutboxList.vue')),
      {
        path: '/m',
        component: shell,
        children: [
          page('', 'field.today', today),
          page('sites', 'field.sites', () => import('./NearbyList.vue')),
          page('sites/:code', 'field.sites', () => import('./NearbyList.vue')),
          page('report', 'field.report', () => import('./ReportCreate.vue')),
          page('board', 'board.leader', () => import('@/board/LeaderShow.vue')),
          page('me', 'field.me', () => import('./FieldMe.vue')),
        ],
      },
      // Everything else belongs to the console, which is another application.
      { path: '/:rest(.*)*', component: shell, beforeEnter: (to) => { location.assign(to.fullPath); return false } },
    ],
    scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
  })
  router.beforeEach(async (to) => {
    const store = session()
    if (!store.asked) await who(store)
    if (to.meta.open) return store.signedIn ? '/m' : true
    if (!store.signedIn) return { path: '/m/login', query: { next: to.fullPath } }
    return store.view?.account.must_change && to.path !== '/m/password' ? '/m/password' : true
  })
  return router
}
