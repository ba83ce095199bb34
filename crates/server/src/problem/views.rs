//! What problems look like from outside: the lines of lists here, the page and what is sent in rooms of their own.

use serde::Serialize;
use utoipa::ToSchema;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{MediaId, ProblemId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{RequestKind, Source, State, Urgency};
use yipanqi_store::problem::Kept;

mod input;
mod page;

pub use input::{BulkInput, BulkResult, BulkResults, RegisterInput, Target};
pub use page::{
    AllowedCommand, CommandField, CriterionView, HolderView, ProblemUnits, ProblemView, RefusedCommand, StageView, StepView,
    Stretch,
};

pub use super::clock::{ClockState, ClockView, StepClockView};
pub use super::names::Names;
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
