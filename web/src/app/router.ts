/** Every page of the console and the right it needs; the field face is an application of its own. */
import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from 'vue-router'
import type { useSession } from '@/session/store'

declare module 'vue-router' {
  interface RouteMeta {
    title?: string
    /** The right without which the page is not offered. */
    right?: string
    open?: boolean
    /** Only for whoever keeps the machine. */
    platform?: boolean
  }
}

const page = (path: string, title: string, right: string | undefined, component: RouteRecordRaw['component']): RouteRecordRaw =>
  ({ path, component, meta: { title, right } }) as RouteRecordRaw

const CONSOLE: RouteRecordRaw[] = [
  page('', 'nav.board', 'view_board', () => import('@/board/BoardShow.vue')),
  page('todo', 'nav.todo', undefined, () => import('@/todo/TodoList.vue')),
  page('frameworks', 'nav.framework', 'view_framework', () => import('@/framework/EditionList.vue')),
  page('frameworks/crosswalk', 'crosswalk.title', 'view_framework', () => import('@/crosswalk/CrosswalkShow.vue')),
  page('frameworks/compare/:id', 'comparison.title', 'view_framework', () => import('@/comparison/ComparisonShow.vue')),
  page('frameworks/:id/changes', 'change.title', 'view_framework', () => import('@/comparison/UnitChangeShow.vue')),
  page('frameworks/:id', 'nav.framework', 'view_framework', () => import('@/framework/EditionShow.vue')),
  page('duties', 'nav.duty', 'view_duty', () => import('@/duty/DutyMatrix.vue')),
  page('duties/gaps', 'duty.gaps', 'view_duty', () => import('@/duty/GapList.vue')),
  page('duties/collectives', 'duty.collectives', 'assign_duty', () => import('@/duty/CollectiveList.vue')),
  page('duties/hand-over', 'duty.hand_over', 'assign_duty', () => import('@/duty/HandOver.vue')),
  page('duties/:id', 'duty.one', 'view_duty', () => import('@/duty/DutyShow.vue')),
  page('tasks', 'nav.task', 'view_task', () => import('@/task/TaskList.vue')),
  page('tasks/board', 'task.board', 'view_task', () => import('@/task/TaskBoard.vue')),
  page('tasks/calendar', 'task.calendar', 'view_task', () => import('@/task/TaskCalendar.vue')),
  page('tasks/gantt', 'task.gantt', 'view_task', () => import('@/task/TaskGantt.vue')),
  page('tasks/plans', 'task.plans', 'view_task', () => import('@/task/PlanList.vue')),
  page('tasks/:id', 'nav.task', 'view_task', () => import('@/task/TaskShow.vue')),
  page('campaigns', 'task.campaigns', 'view_task', () => import('@/task/CampaignList.vue')),
  page('campaigns/:id', 'task.campaign', 'view_task', () => import('@/task/CampaignShow.vue')),
  page('lookbacks', 'lookback.title', 'manage_task', () => import('@/lookback/LookbackList.vue')),
  page('lookbacks/:id', 'lookback.title', 'manage_task', () => import('@/lookback/LookbackShow.vue')),
  page('overview', 'mine.overview', 'view_task', () => import('@/mine/OverviewShow.vue')),
  page('facilities', 'facility.gaps', 'view_sites', () => import('@/facility/ShortfallList.vue')),
  page('rhythms', 'task.rhythms', 'view_task', () => import('@/task/RhythmList.vue')),
  page('sites', 'nav.site', 'view_sites', () => import('@/site/SiteList.vue')),
  page('sites/map', 'site.map', 'view_sites', () => import('@/site/SiteMapShow.vue')),
  page('sites/duplicates', 'merge.duplicates', 'manage_sites', () => import('@/site/DuplicateList.vue')),
  page('sites/merge', 'merge.title', 'manage_sites', () => import('@/site/MergeEdit.vue')),
  page('sites/:id', 'nav.site', 'view_sites', () => import('@/site/SiteShow.vue')),
  page('site-types', 'site.types', 'view_sites', () => import('@/site/SiteTypeList.vue')),
  page('site-types/:id', 'site.types', 'view_sites', () => import('@/site/SiteTypeShow.vue')),
  page('rounds', 'nav.round', 'view_round', () => import('@/round/RoundList.vue')),
  page('rounds/new', 'round.create', 'open_round', () => import('@/round/RoundCreate.vue')),
  page('rounds/:id', 'nav.round', 'view_round', () => import('@/round/RoundShow.vue')),
  page('rounds/:id/contrast', 'contrast.list', 'open_round', () => import('@/round/ContrastList.vue')),
  page('visits/:id', 'field.visit', 'view_round', () => import('@/round/VisitShow.vue')),
  page('problems', 'nav.problem', 'view_problem', () => import('@/problem/ProblemList.vue')),
  page('problems/board', 'problem.board', 'view_problem', () => import('@/problem/ProblemBoard.vue')),
  page('problems/checks', 'check.title', 'issue_slip', () => import('@/problem/CheckList.vue')),
  page('problems/:id', 'nav.problem', 'view_problem', () => import('@/problem/ProblemShow.vue')),
  page('slips', 'nav.slip', 'view_slip', () => import('@/slip/SlipList.vue')),
  page('slips/policies', 'ladder.title', 'view_slip', () => import('@/slip/PolicyList.vue')),
  page('slips/merits', 'merit.title', 'view_ranking', () => import('@/slip/MeritList.vue')),
  page('slips/referrals', 'referral.title', 'view_referral', () => import('@/slip/ReferralList.vue')),
  page('statistics', 'nav.statistics', 'view_board', () => import('@/statistics/StatisticsShow.vue')),
  page('slips/:id', 'nav.slip', 'view_slip', () => import('@/slip/SlipShow.vue')),
  page('score', 'nav.score', 'view_score', () => import('@/score/ScoreShow.vue')),
  page('score/stakes', 'nav.stake', 'view_score', () => import('@/score/StakeList.vue')),
  page('score/losses', 'nav.loss', 'view_score', () => import('@/score/LossList.vue')),
  page('score/index', 'nav.index', 'view_score', () => import('@/score/IndexShow.vue')),
  page('score/cycle', 'nav.cycle', 'view_score', () => import('@/score/CycleShow.vue')),
  page('incidents', 'nav.incident', 'view_score', () => import('@/score/IncidentList.vue')),
  page('assessments', 'nav.assessment', 'view_ranking', () => import('@/assessment/AssessmentList.vue')),
  page('assessments/policy', 'nav.assessment_policy', 'view_ranking', () => import('@/assessment/PolicyEdit.vue')),
  page('assessments/:id', 'nav.assessment', 'view_ranking', () => import('@/assessment/AssessmentShow.vue')),
  page('ranking', 'nav.ranking', 'view_ranking', () => import('@/score/RankingShow.vue')),
  page('units', 'nav.unit', 'view_units', () => import('@/unit/UnitList.vue')),
  page('units/:id', 'nav.unit', 'view_units', () => import('@/unit/UnitShow.vue')),
  page('patrols', 'patrol.title', 'view_patrol', () => import('@/patrol/PatrolList.vue')),
  page('patrols/:id', 'patrol.title', 'view_patrol', () => import('@/patrol/PatrolShow.vue')),
  page('parties', 'party.title', 'view_party', () => import('@/party/PartyList.vue')),
  page('pairings', 'pairing.title', 'view_sites', () => import('@/unit/PairingList.vue')),
  page('imports', 'nav.import', 'import', () => import('@/import/ImportList.vue')),
  page('imports/new', 'import.create', 'import', () => import('@/import/ImportCreate.vue')),
  page('imports/:id', 'nav.import', 'import', () => import('@/import/ImportShow.vue')),
  page('questions', 'nav.question', 'import', () => import('@/question/QuestionList.vue')),
  page('system/accounts', 'nav.account', 'manage_people', () => import('@/person/AccountList.vue')),
  page('system/accounts/hand-out', 'account.hand_out', 'manage_people', () => import('@/person/HandOutList.vue')),
  page('system/calendar', 'nav.calendar', undefined, () => import('@/calendar/CalendarShow.vue')),
  page('system/tables', 'table.title', 'view_problem', () => import('@/problem/TablesShow.vue')),
  page('system/audit', 'nav.audit', 'view_audit', () => import('@/audit/AuditList.vue')),
  page('system/jobs', 'nav.job', 'view_jobs', () => import('@/job/JobList.vue')),
  { path: 'system/cities', component: () => import('@/city/CityList.vue'), meta: { title: 'nav.city', platform: true } },
  page('me', 'nav.me', undefined, () => import('@/session/MeShow.vue')),
]

export function makeRouter(session: () => ReturnType<typeof useSession>): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/login', component: () => import('@/session/LoginShow.vue'), meta: { title: 'login.title', open: true } },
      { path: '/wall', component: () => import('@/board/WallShow.vue'), meta: { title: 'board.wall', right: 'view_board' } },
      // The field face is an application of its own: it is gone to as to another site.
      { path: '/m/:rest(.*)*', component: () => import('@/app/MissingShow.vue'), beforeEnter: (to) => { location.assign(to.fullPath); return false } },
      {
        path: '/',
        component: () => import('@/app/ConsoleShell.vue'),
        children: [...CONSOLE, { path: ':rest(.*)*', component: () => import('@/app/MissingShow.vue'), meta: { title: 'app.missing' } }],
      },
    ],
    scrollBehavior: (_to, _from, kept) => kept ?? { top: 0 },
  })
  router.beforeEach(async (to) => {
    const store = session()
    if (!store.asked) await store.load().catch(() => undefined)
    if (to.meta.open) return store.signedIn && to.path === '/login' ? '/' : true
    if (!store.signedIn) return { path: '/login', query: to.path === '/' ? {} : { next: to.fullPath } }
    if (to.path === '/' && !store.may('view_board')) return firstPage(store.may, store.view?.account.platform_admin === true)
    return true
  })
  return router
}

/** Where somebody without a board begins. */
function firstPage(may: (right: string) => boolean, platformAdmin: boolean): string {
  if (may('view_problem')) return '/problems'
  if (may('visit_site')) return '/m'
  if (platformAdmin) return '/system/cities'
  return may('manage_people') ? '/system/accounts' : '/me'
}
