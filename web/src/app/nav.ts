/** The side navigation: only pages that exist, shown to those who hold the right. */
import type { IconName } from '@/components/icons'

export interface NavItem {
  path: string
  label: string
  icon: IconName
  right?: string
  /** Key of a count shown beside the word. */
  count?: 'late' | 'slips' | 'todo'
}

export const NAV: NavItem[][] = [
  [
    { path: '/', label: 'nav.board', icon: 'board', right: 'view_board' },
    { path: '/todo', label: 'nav.todo', icon: 'todo' },
    { path: '/overview', label: 'mine.overview', icon: 'score', right: 'view_task' },
    { path: '/frameworks', label: 'nav.framework', icon: 'framework', right: 'view_framework' },
    { path: '/duties', label: 'nav.duty', icon: 'columns', right: 'view_duty' },
    { path: '/tasks', label: 'nav.task', icon: 'tick', right: 'view_task' },
    { path: '/sites', label: 'nav.site', icon: 'site', right: 'view_sites' },
    { path: '/rounds', label: 'nav.round', icon: 'round', right: 'view_round' },
  ],
  [
    { path: '/problems', label: 'nav.problem', icon: 'problem', right: 'view_problem', count: 'late' },
    { path: '/slips', label: 'nav.slip', icon: 'slip', right: 'view_slip', count: 'slips' },
    { path: '/problems/checks', label: 'check.title', icon: 'tick', right: 'issue_slip' },
    { path: '/patrols', label: 'patrol.title', icon: 'route', right: 'view_patrol' },
    { path: '/parties', label: 'nav.party', icon: 'people', right: 'view_party' },
    { path: '/statistics', label: 'nav.statistics', icon: 'score', right: 'view_board' },
  ],
  [
    { path: '/score', label: 'nav.score', icon: 'score', right: 'view_score' },
    { path: '/score/losses', label: 'nav.loss', icon: 'people', right: 'view_score' },
    { path: '/score/stakes', label: 'nav.stake', icon: 'up', right: 'view_score' },
    { path: '/ranking', label: 'nav.ranking', icon: 'columns', right: 'view_round' },
    { path: '/assessments', label: 'nav.assessment', icon: 'tick', right: 'view_ranking' },
  ],
  [
    { path: '/units', label: 'nav.unit', icon: 'people', right: 'view_units' },
    { path: '/imports', label: 'nav.import', icon: 'import', right: 'import' },
    { path: '/questions', label: 'nav.question', icon: 'question', right: 'import' },
    { path: '/system/calendar', label: 'nav.system', icon: 'system' },
  ],
]

export const SYSTEM: { path: string; label: string; right?: string; platform?: boolean }[] = [
  { path: '/system/accounts', label: 'nav.account', right: 'manage_people' },
  { path: '/system/calendar', label: 'nav.calendar' },
  { path: '/system/tables', label: 'table.title', right: 'view_problem' },
  { path: '/system/audit', label: 'nav.audit', right: 'view_audit' },
  { path: '/system/jobs', label: 'nav.job', right: 'view_jobs' },
  { path: '/system/cities', label: 'nav.city', platform: true },
]
