/** The pages of the field face. They open without network for whoever was signed in when there last was one. */
import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from 'vue-router'
import type { useSession } from '@/session/store'

const page = (path: string, title: string, component: RouteRecordRaw['component']): RouteRecordRaw => ({ path, component, meta: { title } }) as RouteRecordRaw

export function makeRouter(session: () => ReturnType<typeof useSession>): Router {
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
        component: () => import('./FieldShell.vue'),
        children: [
          page('', 'field.today', () => import('./TodayList.vue')),
          page('sites', 'field.sites', () => import('./NearbyList.vue')),
          page('sites/:code', 'field.sites', () => import('./NearbyList.vue')),
          page('report', 'field.report', () => import('./ReportCreate.vue')),
          page('board', 'board.leader', () => import('@/board/LeaderShow.vue')),
          page('me', 'field.me', () => import('./FieldMe.vue')),
        ],
      },
      // Everything else belongs to the console, which is another application.
      { path: '/:rest(.*)*', component: () => import('./FieldShell.vue'), beforeEnter: (to) => { location.assign(to.fullPath); return false } },
    ],
    scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
  })
  router.beforeEach(async (to) => {
    const store = session()
    if (!store.asked) await store.load().then(() => store.keep(store.view), () => store.recall())
    if (to.meta.open) return store.signedIn ? '/m' : true
    if (!store.signedIn) return { path: '/m/login', query: { next: to.fullPath } }
    return store.view?.account.must_change && to.path !== '/m/password' ? '/m/password' : true
  })
  return router
}
