//! What problems look like from outside.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::calendar::{Calendar, Limit};
use yipanqi_domain::id::{CommandId, CriterionId, ItemId, MediaId, ProblemId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Change, CommandKind, Field, Holder, Problem, RequestKind, Source, State, Urgency};
use yipanqi_store::problem::{Kept, Step};

pub use super::clock::{ClockState, ClockView, StepClockView};
pub use super::names::Names;
use crate::crosswalk::TwinView;
use crate::session::UnitRef;
use crate::site::SiteRef;

/// A criterion as cited.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CitedView {
    /// Code of the framework.
    pub framework: String,
    /// The citation as printed.
    pub citation: String,
}

/// The unit of a limit.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum LimitUnit {
    /// 工作时
    WorkingHours,
    /// 工作日
    WorkingDays,
    /// 自然日
    NaturalDays,
    /// 小时
    NaturalHours,
}

/// How somebody writes a limit; `domain::calendar::Limit` reads it.
#[derive(Debug, Clone, Copy, ToSchema)]
pub struct LimitBody {
    /// Which time counts.
    pub unit: LimitUnit,
    /// How many of them.
    pub count: u32,
}

/// How somebody writes a stage; `domain::problem::StagePlan` reads it.
#[derive(Debug, Clone, ToSchema)]
pub struct StageBody {
    /// What is to be done.
    pub name: String,
    /// Within how long from the start of the clock.
    pub limit: LimitBody,
}

/// The slip that hangs on a problem.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SlipTag {
    /// `white`, `yellow`, `red`.
    pub colour: String,
    /// Its number as printed.
    pub number: String,
}

/// The responsible party that was asked to put it right.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PartyTag {
    /// Its name.
    pub name: String,
    /// How far it is.
    #[schema(value_type = String)]
    pub state: yipanqi_domain::party::AskState,
}

/// The newest step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastStepView {
    /// The command.
    pub command: String,
    /// When it counted.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
}

/// A line of the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// Running number in the city.
    pub number: i64,
    /// The number as written, `WT-2026-01187`.
    pub text_number: String,
    /// A few words.
    pub title: String,
    /// The site, where registered.
    pub site: Option<SiteRef>,
    /// The place in words.
    pub place_text: String,
    /// How it became known.
    #[schema(value_type = String)]
    pub source: Source,
    /// The criteria as cited.
    pub citations: Vec<CitedView>,
    /// The kind.
    pub category: String,
    /// How pressing it is.
    #[schema(value_type = String)]
    pub urgency: Urgency,
    /// The unit that rectifies.
    pub unit: Option<UnitRef>,
    /// Street or town.
    pub street: Option<UnitRef>,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: State,
    /// The request that is not decided.
    #[schema(value_type = Option<String>)]
    pub pending: Option<RequestKind>,
    /// Its clock.
    pub clock: ClockView,
    /// The step that is waited for, with its own limit; none while the unit is at it, or at its end.
    pub step: Option<StepClockView>,
    /// The slip that hangs on it.
    pub slip: Option<SlipTag>,
    /// The responsible party that was asked last.
    pub party: Option<PartyTag>,
    /// The newest step.
    pub last_step: LastStepView,
    /// How often it was declined or transferred.
    pub bounces: u32,
    /// How often it was returned or reopened.
    pub returns: u32,
    /// Whether it came back after closing.
    pub rebound: bool,
    /// Whether it is kept from everybody but those who must know of it.
    pub confidential: bool,
    /// Whether it entered finished and is outside all rates.
    pub outside_rates: bool,
    /// What a higher level deducted, in points.
    pub deduction: Option<String>,
    /// The first photograph.
    #[schema(value_type = Option<String>)]
    pub thumb: Option<MediaId>,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub registered_at: Moment,
    /// Given back with a command.
    pub version: u64,
}

/// The number of a problem as it is written, such as `WT-2026-01284`.
#[must_use]
pub fn text_number(kept: &Kept, calendar: &Calendar) -> String {
    use chrono::Datelike as _;
    format!("WT-{}-{:05}", calendar.local(kept.problem.registered_at).year(), kept.number)
}

impl ProblemRow {
    /// A line, with the names and the clock of the moment.
    #[must_use]
    pub fn of(kept: &Kept, names: &Names, calendar: &Calendar, now: Moment) -> Self {
        let Kept { number, problem, facts, last_step } = kept;
        let cited = facts.cited.iter();
        Self {
            id: problem.id,
            number: *number,
            text_number: text_number(kept, calendar),
            title: facts.title.clone(),
            site: names.site(problem.site),
            place_text: facts.place_text.clone(),
            source: problem.source,
            citations: cited
                .map(|cited| CitedView { framework: cited.framework.clone(), citation: cited.citation.clone() })
                .collect(),
            category: problem.category.0.clone(),
            urgency: problem.urgency,
            unit: names.unit(problem.unit),
            street: names.unit(facts.street),
            state: problem.state,
            pending: problem.pending.as_ref().map(yipanqi_domain::problem::Request::kind),
            clock: super::clock::view(problem, calendar, now),
            step: names.step(problem, calendar, now),
            slip: facts.slip.clone().map(|(colour, number)| SlipTag { colour, number }),
            party: names.party(problem.id).map(|(name, state)| PartyTag { name, state }),
            last_step: LastStepView { command: last_step.command.clone(), at: last_step.at },
            returns: problem.tally.reworks,
            bounces: problem.tally.declines + problem.tally.transfers,
            rebound: problem.rebound_of.is_some(),
            confidential: problem.confidential,
            outside_rates: problem.outside_rates,
            deduction: facts.deduction.as_ref().map(ToString::to_string),
            thumb: problem.before_photos.first().copied(),
            registered_at: problem.registered_at,
            version: problem.version,
        }
    }
}

/// The totals line.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct TotalsView {
    /// Problems.
    pub problems: u64,
    /// Sites on which they lie.
    pub sites: u64,
    /// Units that rectify them.
    pub units: u64,
    /// Past due.
    pub late: u64,
}

/// A page of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemList {
    /// The lines.
    pub items: Vec<ProblemRow>,
    /// How many there are in all.
    pub total: u64,
    /// Which page, from 1.
    pub page: u64,
    /// Lines a page.
    pub size: u64,
    /// The totals of all of them.
    pub totals: TotalsView,
}

/// A saved view with its count.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewCount {
    /// Which.
    pub view: String,
    /// Problems in it.
    pub count: u64,
    /// Past due among them.
    pub late: u64,
}

/// A column of the board by state.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardColumn {
    /// The state.
    #[schema(value_type = String)]
    pub state: State,
    /// Problems in it.
    pub count: u64,
    /// The first of them, soonest due first.
    pub items: Vec<ProblemRow>,
}

/// An entry of the history.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    /// From 1.
    pub ordinal: i64,
    /// When it counted.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// When it arrived.
    #[schema(value_type = String, format = DateTime)]
    pub arrived_at: Moment,
    /// Who.
    pub actor: String,
    /// The command.
    #[schema(value_type = String)]
    pub command: CommandKind,
    /// From where.
    #[schema(value_type = Option<String>)]
    pub from: Option<State>,
    /// To where.
    #[schema(value_type = String)]
    pub to: State,
    /// What was said with it.
    pub text: Option<String>,
    /// The unit it named.
    pub unit: Option<UnitRef>,
    /// When it was due afterwards.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Moment>,
    /// The photographs it brought.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
}

impl StepView {
    /// An entry with its names.
    #[must_use]
    pub fn of(step: &Step, names: &Names) -> Self {
        let Change { command, at, from, to, due_after, .. } = &step.change;
        // Every command carries at most one of these words; which, is the command's own matter.
        let said = serde_json::to_value(command).unwrap_or_default();
        let word = |name: &str| said.get(name).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
        let text = [word("reason"), word("note"), word("check"), word("progress"), word("plan")];
        let text: Vec<&str> = text.into_iter().flatten().collect();
        let unit = word("unit").or_else(|| word("to")).and_then(|id| id.parse().ok());
        Self {
            ordinal: step.ordinal,
            at: *at,
            arrived_at: step.arrived_at,
            actor: step.actor_name.clone(),
            command: command.kind(),
            from: *from,
            to: *to,
            text: (!text.is_empty()).then(|| text.join(" ")),
            unit: names.unit(unit),
            due_at: due_after.moment(),
            media: step.change.evidence().to_vec(),
        }
    }
}

/// How long somebody had it, in seconds of working time.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolderView {
    /// `office`, `unit`, `verifier`.
    pub holder: String,
    /// The unit.
    pub unit: Option<UnitRef>,
    /// All stretches together.
    pub seconds: i64,
    /// The stretches.
    pub stretches: Vec<Stretch>,
}

/// A stretch of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stretch {
    /// From.
    #[schema(value_type = String, format = DateTime)]
    pub from: Moment,
    /// Until.
    #[schema(value_type = String, format = DateTime)]
    pub to: Moment,
}

impl HolderView {
    /// The name of a holder, and its unit.
    #[must_use]
    pub fn named(holder: Holder, names: &Names) -> Option<(String, Option<UnitRef>)> {
        match holder {
            Holder::Office => Some(("office".to_owned(), None)),
            Holder::Unit { unit } => Some(("unit".to_owned(), names.unit(Some(unit)))),
            Holder::Verifier => Some(("verifier".to_owned(), None)),
            Holder::Nobody => None,
        }
    }
}

/// A command open to the reader.
#[derive(Debug, Serialize, ToSchema)]
pub struct AllowedCommand {
    /// Which.
    #[schema(value_type = String)]
    pub command: CommandKind,
    /// What it may carry.
    pub fields: Vec<CommandField>,
}

/// A field of a command.
#[derive(Debug, Serialize, ToSchema)]
pub struct CommandField {
    /// Its name in the body.
    pub name: &'static str,
    /// `text`, `unit`, `limit`, `date_time`, `date`, `media`, `problem`, `stages`, `number`.
    pub kind: &'static str,
    /// Whether the command cannot do without.
    pub required: bool,
}

impl CommandField {
    fn required(field: Field) -> Self {
        let (name, kind) = match field {
            Field::Reason => ("reason", "text"),
            Field::Note => ("note", "text"),
            Field::Check => ("check", "text"),
            Field::Progress => ("progress", "text"),
            Field::Plan => ("plan", "text"),
            Field::Unit => ("unit_id", "unit"),
            Field::Limit => ("limit", "limit"),
            Field::Until => ("until", "date_time"),
            Field::ReviewOn => ("review_on", "date"),
            Field::Into => ("into", "problem"),
            Field::AfterPhotos => ("media_ids", "media"),
            Field::Stages => ("stages", "stages"),
            Field::Stage => ("stage", "number"),
            Field::Registration => ("registration", "text"),
        };
        Self { name, kind, required: true }
    }
}

impl AllowedCommand {
    /// A command with its required and its usual other fields.
    #[must_use]
    pub fn of(command: CommandKind, needs: &[Field]) -> Self {
        let mut fields: Vec<CommandField> = needs.iter().copied().map(CommandField::required).collect();
        let optional: &[(&'static str, &'static str)] = match command {
            CommandKind::Submit | CommandKind::Rectify => &[("note", "text"), ("media_ids", "media")],
            CommandKind::Verify => &[("note", "text"), ("media_ids", "media")],
            CommandKind::Return | CommandKind::ApproveTransfer => &[("limit", "limit")],
            CommandKind::Resume => &[("note", "text"), ("limit", "limit")],
            CommandKind::Reopen => &[("unit_id", "unit")],
            CommandKind::AcceptDecline | CommandKind::ApproveExtension | CommandKind::ApproveDeferral => &[("note", "text")],
            CommandKind::Reclassify => &[("category", "text"), ("limit", "limit")],
            CommandKind::File => &[("check", "text")],
            CommandKind::Register
            | CommandKind::Imported
            | CommandKind::Dismiss
            | CommandKind::Merge
            | CommandKind::Unmerge
            | CommandKind::Assign
            | CommandKind::Acknowledge
            | CommandKind::Decline
            | CommandKind::RefuseDecline
            | CommandKind::Transfer
            | CommandKind::RefuseTransfer
            | CommandKind::Extend
            | CommandKind::RefuseExtension
            | CommandKind::Defer
            | CommandKind::RefuseDeferral
            | CommandKind::Urge
            | CommandKind::SetStages
            | CommandKind::CompleteStage
            | CommandKind::RequestReopen
            | CommandKind::RefuseReopen
            | CommandKind::SettleDue
            | CommandKind::Seal
            | CommandKind::Unseal => &[],
        };
        for &(name, kind) in optional {
            if fields.iter().all(|field| field.name != name) {
                fields.push(CommandField { name, kind, required: false });
            }
        }
        Self { command, fields }
    }
}

/// A command that the reader might expect and why it is not open.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedCommand {
    /// Which.
    #[schema(value_type = String)]
    pub command: CommandKind,
    /// Why, by code.
    pub code: String,
    /// Why, and what remains possible.
    pub message: String,
}

/// A criterion under which the problem stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct CriterionView {
    /// Code of the framework.
    pub framework: String,
    /// The edition in use.
    pub edition: String,
    /// The citation as printed.
    pub citation: String,
    /// Identity in the edition.
    #[schema(value_type = Option<String>)]
    pub criterion_id: Option<CriterionId>,
    /// Its words.
    pub title: String,
    /// Its remark: carve-outs and walk path.
    pub remark: String,
    /// Points of its on-site measure.
    pub points: Option<String>,
    /// The words of the on-site rule.
    pub rule_words: String,
    /// Criteria of other editions that ask the same, wholly or in part: one rectification serves them too.
    pub twins: Vec<TwinView>,
}

/// The units that have to do with a problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemUnits {
    /// 整改.
    pub rectifying: Option<UnitRef>,
    /// 配合.
    pub supporting: Vec<UnitRef>,
    /// 属地.
    pub territorial: Option<UnitRef>,
    /// 行业主管.
    pub industry: Option<UnitRef>,
}

/// A problem's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemView {
    /// The line of the ledger.
    #[serde(flatten)]
    pub row: ProblemRow,
    /// What was seen.
    pub description: String,
    /// Longitude, WGS-84, in degrees.
    pub longitude: Option<String>,
    /// Latitude, WGS-84, in degrees.
    pub latitude: Option<String>,
    /// Its criteria in the editions in use.
    pub criteria: Vec<CriterionView>,
    /// Photographs of the fault.
    #[schema(value_type = Vec<String>)]
    pub before: Vec<MediaId>,
    /// Photographs of the last submission.
    #[schema(value_type = Vec<String>)]
    pub after: Vec<MediaId>,
    /// Whether a rectification needs the "after" photograph.
    pub requires_after_photo: bool,
    /// Its units.
    pub units: ProblemUnits,
    /// Limits on the way, in their order.
    pub stages: Vec<StageView>,
    /// Its history, oldest first.
    pub steps: Vec<StepView>,
    /// Who had it how long.
    pub holders: Vec<HolderView>,
    /// The commands open to the reader.
    pub allowed: Vec<AllowedCommand>,
    /// The commands that are not, and why.
    pub refused: Vec<RefusedCommand>,
    /// Other problems at the same site that are open, or were closed lately.
    pub related: Vec<ProblemRow>,
}

/// One of several limits within a problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageView {
    /// What is to be done.
    pub name: String,
    /// Within which limit from the start of the clock.
    #[schema(value_type = LimitBody)]
    pub limit: Limit,
    /// When that is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Moment>,
    /// When it was reported done.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<Moment>,
    /// Whether it was done too late, or is late now; none while its due moment is unknown.
    pub late: Option<bool>,
}

impl StageView {
    /// The stages of a problem at a moment.
    #[must_use]
    pub fn of(problem: &Problem, now: Moment) -> Vec<Self> {
        let standing = problem.clock.as_ref().and_then(|clock| clock.standing_since);
        let ended = problem.submitted_at.or(standing);
        let view = |stage: &yipanqi_domain::problem::Stage| Self {
            name: stage.name.clone(),
            limit: stage.limit,
            due_at: stage.due.moment(),
            done_at: stage.done_at,
            late: stage.is_late(ended, now),
        };
        problem.stages.iter().map(view).collect()
    }
}

/// What registering a problem takes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RegisterInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// How it became known.
    #[schema(value_type = String)]
    pub source: Source,
    /// A few words.
    pub title: String,
    /// What was seen.
    #[serde(default)]
    pub description: String,
    /// Its kind; left out, the one that follows from the site.
    #[serde(default)]
    pub category: String,
    /// How pressing it is.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub urgency: Option<Urgency>,
    /// Where, if at a registered site.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub site_id: Option<SiteId>,
    /// Where, in words.
    #[serde(default)]
    pub place_text: Option<String>,
    /// The key under which another system knows it; registered once.
    #[serde(default)]
    pub external_key: Option<String>,
    /// What the source's own form asks, by name.
    #[serde(default)]
    pub particulars: std::collections::BTreeMap<String, String>,
    /// The checklist item that failed.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub item_id: Option<ItemId>,
    /// The criterion it offends against.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub criterion_id: Option<CriterionId>,
    /// Whether a rectification needs the "after" photograph; yes unless said.
    #[serde(default)]
    pub requires_after_photo: Option<bool>,
    /// Whether it is kept from everybody but those who must know of it; the creation office alone says so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confidential: bool,
    /// The walk of a grid patrol on which it was found, by the identity that the phone made for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub patrol_id: Option<uuid::Uuid>,
    /// Photographs.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub media_ids: Vec<MediaId>,
    /// Where the device was; kept where no site is named.
    #[serde(default)]
    pub position: Option<crate::site::views::Position>,
    /// When it was seen, where it was reported without network; corrected by the clock's offset.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_at: Option<Moment>,
}

/// What became of one of many.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct BulkResult {
    /// Which problem.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// Whether it was done.
    pub ok: bool,
    /// Why not, by code.
    pub code: Option<String>,
    /// Why not, in words.
    pub message: Option<String>,
}

/// The answers of a bulk command.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkResults {
    /// One a problem.
    pub results: Vec<BulkResult>,
}

/// A problem in a bulk command.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Target {
    /// Which.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// The version the page has seen.
    pub version: u64,
}

/// A command for many problems.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct BulkInput {
    /// Made by the client.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which problems.
    pub ids: Vec<Target>,
    /// What is to be done.
    #[serde(flatten)]
    pub order: super::actions::Order,
}
