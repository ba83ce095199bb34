//! A problem's page: its history, who had it how long, what can be commanded and what cannot.

use serde::Serialize;
use utoipa::ToSchema;
use yipanqi_domain::calendar::Limit;
use yipanqi_domain::id::{CriterionId, MediaId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Change, CommandKind, Field, Holder, Problem, State};
use yipanqi_store::problem::Step;

use super::{LimitBody, Names, ProblemRow};
use crate::crosswalk::TwinView;
use crate::session::UnitRef;

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
