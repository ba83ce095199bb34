/**
 * What the server answers, as the console and the field face use it.
 * The only place that other modules import such types from. Those that the server's document describes come
 * from the generated `schema.ts`.
 */
import type { components } from './schema'

type Schemas = components['schemas']

/** An exact number: decimal text at its published scale, and the fraction it stands for. */
export interface Figure {
  value: string
  exact: string
}

export interface UnitRef {
  id: string
  name: string
  short_name?: string | null
}

export interface SiteTypeRef {
  id: string
  name: string
  group?: string | null
}

export interface SiteRef {
  id: string
  code: string
  name: string
  site_type?: SiteTypeRef | string | null
}

export type PersonRef = Schemas['PersonRef']

export interface Position {
  longitude: number
  latitude: number
}

/** One page of a list. */
export interface Page<T, Totals = Record<string, unknown>> {
  items: T[]
  total: number
  page: number
  size: number
  totals?: Totals | null
}

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>

// ── Session ────────────────────────────────────────────────

export type CityRef = Schemas['CityRef']


export type SessionView = Schemas['SessionView']

export type AccountRow = Schemas['AccountRow']


// ── Jobs, media ────────────────────────────────────────────

export type Job = Schemas['JobView']

export interface Media {
  id: string
  sha256: string
  kind: string
  width: number
  height: number
  size: number
  taken_at?: string | null
  position?: Position | null
  file_name?: string | null
  uploaded_at?: string | null
  stage?: string | null
}

// ── Units, calendar, audit ─────────────────────────────────

export type UnitRow = Schemas['UnitRow']

export type UnitView = Schemas['UnitView']

export type UnitNode = Schemas['TreeUnit']

export type CalendarYear = Schemas['YearView']

export type AuditEntry = Schemas['AuditRow']

export type AuditVerdict = Schemas['Verdict']

// ── Import and questions ───────────────────────────────────

export interface ImportColumn {
  column: string
  header: string
  field: string | null
  samples: string[]
}

export interface ImportSheet {
  sheet: string
  part: string | null
  header_rows: number[]
  columns: ImportColumn[]
}

export interface ImportPart {
  part: string
  fields: { field: string; required: boolean; label_zh: string; label_en: string }[]
}

export interface ImportRow {
  sheet: string
  row: number
  column?: string | null
  action: string
  code?: string | null
  message?: string | null
}

export interface ImportCounts {
  created?: number
  changed?: number
  unchanged?: number
  refused?: number
  question?: number
}

export interface Said {
  code: string
  message: string
}

export interface ImportView {
  id: string
  kind: string
  file_name: string
  state: string
  mapping: { sheets: ImportSheet[] }
  parts: ImportPart[]
  counts?: ImportCounts | null
  /** The rows of a preview. */
  rows?: ImportRow[] | null
  done?: number | null
  total?: number | null
  created_at?: string | null
  finished_at?: string | null
  started_by?: string | null
  error?: Said | null
  job_id?: string | null
  /** The round that results belong to. */
  round?: string | null
  version: number
}

export interface Question {
  id: string
  kind: string
  subject: string
  text: string
  options: { value: string; label: string; detail?: string | null }[]
  state: 'open' | 'decided' | 'dropped'
  decision?: string | null
  decided_by?: string | null
  asked_at: string
  version: number
}

// ── Sites ──────────────────────────────────────────────────

export interface SiteRow {
  id: string
  code: string
  name: string
  site_type?: SiteTypeRef | null
  address?: string | null
  street?: UnitRef | null
  community?: UnitRef | null
  grid?: UnitRef | null
  industry?: UnitRef | null
  territorial?: UnitRef | null
  chief_name?: string | null
  chief_phone?: string | null
  position?: Position | null
  open_problems?: number | null
  late_problems?: number | null
  last_visit?: string | null
}

export interface Judgement {
  kind: string
  [detail: string]: unknown
}

export interface Item {
  id: string
  code: string
  text: string
  phrases: string[]
  judgement: Judgement | null
  judgement_words?: string | null
  photo_on_failure: boolean
  carve_out?: string | null
  walk_path?: string | null
  criteria: { framework: string; citation: string; criterion_id?: string | null }[]
}

/** A problem as a site's or a visit's page tells of it. */
export interface ProblemBrief {
  id: string
  number: number
  title: string
  state: string
  unit?: UnitRef | null
  reported_at: string
  due_at?: string | null
  closed_at?: string | null
  rebound: boolean
  media: string[]
}

export interface SiteView extends SiteRow {
  pairings: { leader_name: string; unit?: UnitRef | null; area?: UnitRef | null }[]
  remark?: string | null
  checklist: Item[]
  visits: { id: string; round_id: string; round_number: string; round_name: string; started_at: string; finished_at?: string | null }[]
  problems: ProblemBrief[]
  media: string[]
}

export interface SiteType {
  id: string
  name: string
  group: string
  shape: string
  items: number
  sites: number
  industry?: UnitRef | null
  industry_name?: string | null
}

// ── Frameworks ─────────────────────────────────────────────

export interface EditionRow {
  id: string
  framework: { code: string; name: string }
  name: string
  year?: number | null
  scoring: 'points' | 'conformity'
  state: string
  points?: Figure | null
  stated_total?: Figure | null
  criteria: number
  level_names: string[]
  to_choose: number
}

export interface MeasureView {
  id: string
  method: string
  points: Figure | null
  rule: Record<string, unknown> | null
  rule_words?: string | null
  rule_state: string
  rule_text?: string | null
}

/** Something named in a sheet; without an id it was not found in the city. */
export interface NamedRef {
  id?: string | null
  name: string
  short_name?: string | null
}

export interface NodeView {
  id: string
  parent_id?: string | null
  depth: number
  number: string
  /** The citation by which problems are found. */
  citation_key?: string | null
  title: string
  is_criterion: boolean
  points?: Figure | null
  measures: MeasureView[]
  lead: NamedRef[]
  support: NamedRef[]
  site_types: NamedRef[]
  remark?: string | null
}

export interface NegativeItemView {
  number: string
  text: string
  effect: string
  points?: Figure | null
  decider?: string | null
}

export interface EditionView extends EditionRow {
  nodes: NodeView[]
  negative_items: NegativeItemView[]
  totals?: Record<string, Figure> | null
}

// ── Rounds and visits ──────────────────────────────────────

export interface RoundRow {
  id: string
  number: string
  name: string
  kind: string
  state: string
  edition?: { id: string; name: string } | null
  sites: number
  visited: number
  findings: number
  faults: number
  opened_on: string
  due_on?: string | null
  version: number
}

export interface RoundSite {
  site: SiteRef
  inspector?: PersonRef | null
  street?: UnitRef | null
  state: string
  visit_id?: string | null
  faults?: number | null
}

export interface RoundView extends RoundRow {
  closed_at?: string | null
  draw?: { frame_hash: string; nonces?: string[]; seed: string; strata: { name: string; frame: number; drawn: number }[] } | null
  site_list: RoundSite[]
}

export interface Proposal {
  finding_id: string
  visit_id?: string | null
  site: SiteRef
  item_code: string
  item: string
  result: FindingResult
  faults: number
  title: string
  phrase?: string | null
  note?: string | null
  media?: string[] | null
  criteria?: Citation[] | null
}

export interface ConfirmResult {
  results: { finding_id: string; problem_id?: string | null; ok: boolean; code?: string | null; message?: string | null }[]
}

export interface InspectorRow {
  person: PersonRef
  unit?: UnitRef | null
}

export type FindingResult =
  | { kind: 'pass_fail'; pass: boolean }
  | { kind: 'grade'; grade: string }
  | { kind: 'faults'; count: number }
  | { kind: 'count'; count: number }
  | { kind: 'ratio'; observed: number; total: number }
  | { kind: 'interview'; correct: number; asked: number }
  | { kind: 'not_applicable'; reason: string }

export interface MyVisit {
  round: { id: string; name: string; due_on?: string | null }
  site: SiteRef
  address?: string | null
  position?: Position | null
  state: string
  visit_id?: string | null
}

export interface FindingView {
  item_id: string
  result: FindingResult
  phrase?: string | null
  note?: string | null
  media_ids: string[]
}

export interface VisitView {
  id: string
  version: number
  site: SiteRef
  address?: string | null
  round: { id: string; name: string }
  items: Item[]
  findings: FindingView[]
  past_problems: ProblemBrief[]
  finished_at?: string | null
}

export interface ResultRow {
  measure_id: string
  number: string
  title: string
  method?: string
  value: Record<string, unknown>
  source?: string | null
  entered_by?: string | null
  entered_at?: string | null
}

// ── Score and ranking ──────────────────────────────────────

export interface ScoreReason {
  code: string
  text: string
}

export interface ScoreMeasure {
  id: string
  method: string
  rule_text?: string | null
  earned: Figure | null
  covered: Figure | null
  points: Figure
  reasons: ScoreReason[]
}

export interface ScoreNode {
  id: string
  parent_id?: string | null
  number: string
  title: string
  earned: Figure | null
  covered: Figure | null
  points: Figure
  lost?: Figure | null
  measures: ScoreMeasure[]
}

export interface MethodScore {
  method: string
  earned: Figure
  covered: Figure
  points: Figure
}

export interface ScoreView {
  edition: { id: string; name: string }
  earned: Figure
  covered: Figure
  points: Figure
  rate: Figure | null
  coverage?: Figure | null
  methods: MethodScore[]
  nodes: ScoreNode[]
  computed_at?: string | null
}

export interface ScoreSites {
  sites: { site: SiteRef; rate: Figure | null; loss: Figure | null; faults: number; findings: { id: string; item_code: string; item: string; result: FindingResult; media: string[] }[] }[]
}

export interface RankingRow {
  rank: number | null
  unit: UnitRef
  rate: Figure | null
  sites: number
  lost: Figure | null
  reason?: string | null
  reason_text?: string | null
}

// ── Board ──────────────────────────────────────────────────

export interface Counted {
  count: number
  link?: string | null
}

export interface BoardView {
  as_of: string
  score?: {
    round?: { id: string; name: string } | null
    earned: Figure
    covered: Figure
    points: Figure
    rate: Figure | null
    coverage?: Figure | null
    methods: MethodScore[]
    trend: { round: { id: string; name: string } | string; label: string; rate: Figure | null }[]
    link?: string | null
  } | null
  clock: { overdue: number | Counted; due_today: number | Counted; due_soon: number | Counted }
  late_units: { unit: UnitRef; count: number; link?: string | null }[]
  states: { state: string; count: number; link?: string | null }[]
  slips: { colour: string; proposed: Counted; issued: Counted; expired: Counted }[]
  ranking: { rank: number | null; unit: UnitRef; rate: Figure | null; reason?: string | null; link?: string | null }[]
  streets: { code: string; name: string; late: number; link?: string | null }[]
  todo: { kind: string; count: number; next_due?: string | null; link?: string | null }[]
  rates: { from: string } & Record<'on_time' | 'closing' | 'rebound' | 'extension', { numerator: number; denominator: number }>
  since_yesterday: { filed: number; closed: number; late: number } | null
}

// ── Problems ───────────────────────────────────────────────

export interface ClockView {
  state: 'none' | 'running' | 'stopped' | 'awaiting_calendar' | 'late' | 'done'
  limit_seconds?: number | null
  used_seconds?: number | null
  remaining_seconds?: number | null
  late_seconds?: number | null
  due_at?: string | null
  late_working_days?: number | null
  /** Seconds of one day of the limit's kind, to say a length in days and hours. */
  day_seconds?: number | null
  /** The year whose calendar is missing. */
  missing_year?: number | null
}

export interface Citation {
  framework: string
  citation: string
}

export interface ProblemRow {
  id: string
  number: number
  text_number: string
  title: string
  site?: SiteRef | null
  place_text?: string | null
  source: string
  citations: Citation[]
  unit?: UnitRef | null
  street?: UnitRef | string | null
  state: string
  pending?: string | null
  clock: ClockView
  slip?: { colour: string; number?: number | string | null } | null
  last_step?: { command: string; at: string; actor?: string | PersonRef | null } | null
  /** What a higher level deducted, in points. */
  deduction?: string | null
  category?: string | null
  urgency?: string | null
  returns: number
  rebound: boolean
  thumb?: string | null
  version: number
}

export interface ProblemTotals {
  sites?: number
  units?: number
  late?: number
}

export interface ProblemViewCount {
  view: string
  count: number
  late?: number
}

export interface CommandField {
  name: string
  kind: 'text' | 'unit' | 'date' | 'date_time' | 'media' | 'limit' | 'choice' | 'number' | 'problem' | 'stages'
  required: boolean
  options?: { value: string; label?: string }[] | string[] | null
}

export interface AllowedCommand {
  command: string
  fields: CommandField[]
}

export interface ProblemStep {
  ordinal: number
  at: string
  arrived_at?: string | null
  actor?: string | null
  unit?: UnitRef | null
  command: string
  from?: string | null
  to?: string | null
  text?: string | null
  due_at?: string | null
  media: string[]
}

export interface HolderView {
  holder: string
  unit?: UnitRef | null
  /** Working time, all stretches together. */
  seconds: number
  stretches: { from: string; to: string }[]
}

export interface ProblemView extends ProblemRow {
  description?: string | null
  criteria: {
    framework: string
    edition?: string | null
    citation: string
    criterion_id?: string | null
    title: string
    remark?: string | null
    points?: string | null
    rule_words?: string | null
  }[]
  before: string[]
  after: string[]
  requires_after_photo: boolean
  units: { rectifying?: UnitRef | null; supporting: UnitRef[]; territorial?: UnitRef | null; industry?: UnitRef | null }
  steps: ProblemStep[]
  holders: HolderView[]
  allowed: AllowedCommand[]
  refused: { command: string; code: string; message: string }[]
  /** Other problems at the same site. */
  related: ProblemRow[]
}

export interface BulkResult {
  results: { id: string; ok: boolean; code?: string | null; message?: string | null }[]
}

export interface BoardColumn {
  state: string
  count: number
  items: ProblemRow[]
}

export interface TodoRow {
  kind: string
  problem?: { id: string; text_number?: string; title?: string } | null
  slip?: { id: string; text_number?: string } | null
  visit?: { id: string; site?: SiteRef; round?: { id: string } } | null
  due_at?: string | null
  text: string
}

// ── Slips ──────────────────────────────────────────────────

export interface SlipRow {
  id: string
  colour: string
  state: string
  text_number?: string | null
  problem: { id: string; title: string; text_number: string; place?: string | null }
  unit?: UnitRef | null
  proposed_at: string
  issued_at?: string | null
  reply_until?: string | null
  /** Issued, not answered, past due. */
  expired: boolean
  version: number
}

export interface SlipView extends SlipRow {
  signer: string
  grounds?: Record<string, unknown> | null
  steps: { at: string; actor: string; command: string; to: string; text?: string | null; media: string[] }[]
  allowed: string[]
}
