//! What tasks look like from outside.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{CommandId, CriterionId, MediaId, PersonId, SiteId, TaskId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::task::quantity::{Achieved, MonthlyPlan};
use yipanqi_domain::task::{Change, Class, Command, CommandKind, Determination, State, Step, Task};
use yipanqi_store::task::{KeptTask, TaskStep};
use yipanqi_store::unit::{self, Directory};
use yipanqi_store::{ReadTx, task as store};

use super::actions::{TaskFields, TaskOrder};
use crate::error::Error;
use crate::session::{PersonRef, UnitRef};

/// A task to be drafted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DraftInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// What is known of it.
    #[serde(flatten)]
    pub fields: TaskFields,
}

/// Done of planned, published.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AchievedView {
    /// Done.
    pub done: String,
    /// Planned.
    pub planned: String,
    /// The share in percent with one decimal; none if nothing was planned.
    pub percent: Option<String>,
}

impl From<&Achieved> for AchievedView {
    fn from(achieved: &Achieved) -> Self {
        Self {
            done: achieved.done.to_string(),
            planned: achieved.planned.to_string(),
            percent: achieved.percent().map(|percent| percent.published(1)),
        }
    }
}

/// A campaign by identity and name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CampaignRef {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Name.
    pub name: String,
}

/// A line of the task list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TaskRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// The number as written, `RW-00012`.
    pub text_number: String,
    /// A few words.
    pub title: String,
    /// What kind of work.
    #[schema(value_type = String)]
    pub class: Class,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: State,
    /// The unit that leads.
    pub lead: Option<UnitRef>,
    /// Units that support.
    pub supporting: Vec<UnitRef>,
    /// The person in charge.
    pub responsible: Option<PersonRef>,
    /// The campaign.
    pub campaign: Option<CampaignRef>,
    /// The first day.
    pub start_on: Option<NaiveDate>,
    /// The last day.
    pub due_on: Option<NaiveDate>,
    /// When something of it is due next.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_due: Option<Moment>,
    /// Whether that has passed.
    pub late: bool,
    /// How far it has come, as the lead says.
    pub percent: u8,
    /// Done of what is planned by month, all months together; none: nothing is planned.
    pub achieved: Option<AchievedView>,
    /// The determinations that do not stand yet.
    #[schema(value_type = Vec<String>)]
    pub undetermined: Vec<Determination>,
    /// How often it was returned.
    pub returns: u32,
    /// Given back with a command.
    pub version: u64,
}

/// A page of the task list.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskList {
    /// The lines.
    pub items: Vec<TaskRow>,
    /// How many there are in all.
    pub total: u64,
    /// Which page, from 1.
    pub page: u64,
    /// Lines a page.
    pub size: u64,
    /// The totals of all of them.
    pub totals: TaskTotals,
}

/// The totals line.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct TaskTotals {
    /// Tasks.
    pub tasks: u64,
    /// With something past due.
    pub late: u64,
}

/// A column of the board by state.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskColumn {
    /// The state.
    #[schema(value_type = String)]
    pub state: State,
    /// Tasks in it.
    pub count: u64,
    /// The first of them, soonest due first.
    pub items: Vec<TaskRow>,
}

/// A milestone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MilestoneView {
    /// What is to be done.
    pub name: String,
    /// Working days.
    pub days: u32,
    /// Its first working day.
    pub from: NaiveDate,
    /// Its last working day.
    pub to: NaiveDate,
    /// The close of business of that day.
    #[schema(value_type = String, format = DateTime)]
    pub due: Moment,
    /// When it was done.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub done_at: Option<Moment>,
}

/// The milestones of a task.
#[must_use]
pub fn milestones(task: &Task, calendar: &Calendar) -> Vec<MilestoneView> {
    let view = |one: &yipanqi_domain::task::Milestone| MilestoneView {
        name: one.name.clone(),
        days: one.days,
        from: one.from,
        to: calendar.local(one.due).date_naive(),
        due: one.due,
        done_at: one.done_at,
    };
    task.milestones.iter().map(view).collect()
}

/// A task in time.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineRow {
    /// The line.
    #[serde(flatten)]
    pub row: TaskRow,
    /// Its milestones.
    pub milestones: Vec<MilestoneView>,
}

/// Tasks in time, at most five hundred.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// The tasks, soonest due first.
    pub items: Vec<TimelineRow>,
    /// How many there are in all.
    pub total: u64,
}

/// What a unit says about its part.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// The unit.
    pub unit: UnitRef,
    /// `lead` or `support`.
    pub part: &'static str,
    /// How far its part has come; none: no word yet.
    pub percent: Option<u8>,
    /// What was done.
    pub note: String,
    /// Photographs and files.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Moment>,
    /// Whether the reader may report for it.
    pub mine: bool,
}

/// An entry of a task's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskStepView {
    /// From 1.
    pub ordinal: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// The command.
    #[schema(value_type = String)]
    pub command: CommandKind,
    /// Where the task stood afterwards.
    #[schema(value_type = String)]
    pub to: State,
    /// What was said with it.
    pub text: Option<String>,
    /// The unit it named.
    pub unit: Option<UnitRef>,
    /// How far it had come.
    pub percent: Option<u8>,
    /// Photographs and files.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
}

/// A criterion that a task serves.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskCriterion {
    /// Identity.
    #[schema(value_type = String)]
    pub id: CriterionId,
    /// Its words.
    pub title: String,
}

/// A month of the plan.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanMonth {
    /// `2026-03`.
    pub month: String,
    /// Planned, as a decimal.
    pub planned: String,
    /// Done, as a decimal; none: not reported yet.
    #[serde(default)]
    pub done: Option<String>,
}

/// The monthly plan of a task.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlanView {
    /// In what it is counted.
    pub measure: String,
    /// By month.
    pub months: Vec<PlanMonth>,
}

impl From<&MonthlyPlan> for PlanView {
    fn from(plan: &MonthlyPlan) -> Self {
        let month =
            |(month, planned): (&yipanqi_domain::task::quantity::Month, &yipanqi_domain::task::quantity::Planned)| PlanMonth {
                month: month.to_string(),
                planned: planned.planned.to_string(),
                done: planned.done.as_ref().map(ToString::to_string),
            };
        Self { measure: plan.measure.clone(), months: plan.months.iter().map(month).collect() }
    }
}

/// A task's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    /// The line of the list.
    #[serde(flatten)]
    pub row: TaskRow,
    /// 定任务（目标）.
    pub goal: String,
    /// 定措施.
    pub measures: String,
    /// 定标准.
    pub standard: String,
    /// The criteria it serves.
    pub criteria: Vec<TaskCriterion>,
    /// The sites at which it is done.
    #[schema(value_type = Vec<String>)]
    pub site_ids: Vec<SiteId>,
    /// Its milestones.
    pub milestones: Vec<MilestoneView>,
    /// What the units say.
    pub reports: Vec<ReportView>,
    /// What is planned and done by month.
    pub plan: PlanView,
    /// Its history, oldest first.
    pub steps: Vec<TaskStepView>,
    /// The commands open to the reader.
    #[schema(value_type = Vec<String>)]
    pub allowed: Vec<CommandKind>,
}

/// One command for many tasks.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskBulkInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which, with the versions the page has seen.
    pub ids: Vec<TaskTarget>,
    /// What is to be done.
    #[serde(flatten)]
    pub order: TaskOrder,
}

/// A task with the version the page has seen.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct TaskTarget {
    /// Which.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// The version.
    pub version: u64,
}

/// What became of one task.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskBulkResult {
    /// Which.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// Whether it was done.
    pub ok: bool,
    /// Why not, by code.
    pub code: Option<String>,
    /// Why not.
    pub message: Option<String>,
}

/// What became of each task.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskBulkResults {
    /// In the order of the request.
    pub results: Vec<TaskBulkResult>,
}

/// Steps to be laid backwards, to look at before anything is written.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PreviewInput {
    /// No step begins before this day; today if left out.
    #[serde(default)]
    pub start_on: Option<NaiveDate>,
    /// The last step ends not after this day.
    pub due_on: NaiveDate,
    /// The steps in their order.
    #[schema(value_type = Vec<Object>)]
    pub steps: Vec<Step>,
}

/// Names behind identities, loaded once for a page of tasks.
pub struct Names {
    directory: Arc<Directory>,
    people: HashMap<PersonId, String>,
    campaigns: HashMap<Uuid, String>,
}

impl Names {
    /// Loads them.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(tx: &ReadTx) -> Result<Self, Error> {
        Ok(Self {
            directory: unit::directory(tx).await?,
            people: unit::persons(tx).await?.into_iter().map(|person| (person.id, person.name)).collect(),
            campaigns: store::campaigns(tx).await?.into_iter().map(|campaign| (campaign.id, campaign.name)).collect(),
        })
    }

    /// A unit by its names.
    #[must_use]
    pub fn unit(&self, id: Option<UnitId>) -> Option<UnitRef> {
        self.directory.get(id?).map(UnitRef::from)
    }

    /// A person by name.
    #[must_use]
    pub fn person(&self, id: Option<PersonId>) -> Option<PersonRef> {
        let id = id?;
        Some(PersonRef { id, name: self.people.get(&id)?.clone() })
    }
}

impl TaskRow {
    /// A line, with the names and the clock of the moment.
    #[must_use]
    pub fn of(kept: &KeptTask, names: &Names, now: Moment) -> Self {
        let KeptTask { number, task, plan, next_due, .. } = kept;
        let campaign = task.origin.campaign.and_then(|id| Some(CampaignRef { id, name: names.campaigns.get(&id)?.clone() }));
        Self {
            id: task.id,
            text_number: text_number(*number),
            title: task.title.clone(),
            class: task.class,
            state: task.state,
            lead: names.unit(task.lead),
            supporting: task.supporting.iter().filter_map(|unit| names.unit(Some(*unit))).collect(),
            responsible: names.person(task.responsible),
            campaign,
            start_on: task.start_on,
            due_on: task.due_on,
            next_due: *next_due,
            late: next_due.is_some_and(|due| due < now),
            percent: task.percent(),
            achieved: (!plan.months.is_empty()).then(|| AchievedView::from(&plan.whole())),
            undetermined: task.undetermined(),
            returns: task.returns,
            version: task.version,
        }
    }
}

/// The number of a task as written.
#[must_use]
pub fn text_number(number: i64) -> String {
    format!("RW-{number:05}")
}

impl TaskStepView {
    /// An entry with its names.
    #[must_use]
    pub fn of(step: &TaskStep, names: &Names) -> Self {
        let Change { command, at, to, .. } = &step.change;
        let (text, unit, percent) = match command {
            Command::Report { unit, percent, note, .. } => (Some(note.clone()), Some(*unit), Some(*percent)),
            Command::CompleteMilestone { note, .. } | Command::Conclude { note, .. } => (Some(note.clone()), None, None),
            Command::Sign { note } | Command::Accept { note } => (note.clone(), None, None),
            Command::Return { reason } | Command::Cancel { reason } => (Some(reason.clone()), None, None),
            Command::Postpone { due_on, reason } => (Some(format!("{due_on} {reason}")), None, None),
            Command::Draft { .. } | Command::Determine { .. } | Command::Schedule { .. } | Command::Start => (None, None, None),
            Command::HandOver { to } => (names.person(Some(*to)).map(|person| person.name), None, None),
        };
        Self {
            ordinal: step.ordinal,
            at: *at,
            actor: step.actor_name.clone(),
            command: command.kind(),
            to: *to,
            text: text.filter(|text| !text.trim().is_empty()),
            unit: names.unit(unit),
            percent,
            media: step.change.evidence().to_vec(),
        }
    }
}

/// Criteria by their words, over all editions.
///
/// # Errors
/// The store's.
pub async fn criteria(tx: &ReadTx, wanted: &BTreeSet<CriterionId>) -> Result<Vec<TaskCriterion>, Error> {
    let mut found = Vec::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    for edition in yipanqi_store::framework::editions(tx).await? {
        for node in &yipanqi_store::framework::edition(tx, edition.id).await?.nodes {
            if wanted.contains(&node.id) {
                found.push(TaskCriterion { id: node.id, title: node.title.clone() });
            }
        }
    }
    Ok(found)
}
