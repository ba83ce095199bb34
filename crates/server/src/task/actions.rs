//! Intentions about tasks, each in one transaction: draft, command, command many.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::access::{Place, Right};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{CommandId, CriterionId, MediaId, PersonId, SiteId, TaskId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::task::quantity::MonthlyPlan;
use yipanqi_domain::task::{
    self, Change, Class, Command, CommandKind, Context, Determined, Milestone, Origin, State, Step, Task, plan,
};
use yipanqi_store::media::Stage;
use yipanqi_store::task::{self as store, KeptTask};
use yipanqi_store::{ReadTx, StoreError, WriteTx, calendar, media, unit};

use super::views::{DraftInput, TaskBulkResult};
use crate::error::Error;
use crate::request::CityCtx;

/// When something of a task is due next: its nearest open milestone, or the close of its last day.
#[must_use]
pub fn next_due(task: &Task, calendar: &Calendar) -> Option<Moment> {
    match task.state {
        State::Draft | State::Running => {
            let open = task.milestones.iter().filter(|milestone| milestone.done_at.is_none()).map(|milestone| milestone.due);
            open.chain(task.due_on.map(|day| calendar.day_close(day))).min()
        }
        State::Concluded | State::Signed => task.due_on.map(|day| calendar.day_close(day)),
        State::Done | State::Cancelled => None,
    }
}

/// A task to be drafted.
#[derive(Debug, Clone)]
pub struct NewTask {
    /// The task; identity, state and history are given here.
    pub task: Task,
    /// What it is generated from, once for each.
    pub origin_key: Option<String>,
    /// What is planned by month.
    pub plan: MonthlyPlan,
}

/// A task without anything determined yet.
#[must_use]
pub fn blank(title: String, class: Class, moment: Moment) -> Task {
    Task {
        id: TaskId::new(Uuid::now_v7()),
        title,
        class,
        origin: Origin::default(),
        goal: String::new(),
        measures: String::new(),
        standard: String::new(),
        lead: None,
        supporting: [].into(),
        responsible: None,
        start_on: None,
        due_on: None,
        milestones: Vec::new(),
        reports: [].into(),
        state: State::Draft,
        since: moment,
        concluded_at: None,
        returns: 0,
        version: 0,
    }
}

/// Drafts tasks in a transaction that may do more.
///
/// # Errors
/// The rules' refusal of the first that is refused; `task_known`.
pub async fn enter(ctx: &CityCtx, tx: &mut WriteTx, new: Vec<NewTask>) -> Result<Vec<KeptTask>, Error> {
    let calendar = calendar::load(tx).await?;
    let context = Context { calendar: &calendar, tree: &ctx.tree };
    let mut rows = Vec::with_capacity(new.len());
    for NewTask { task, origin_key, plan } in new {
        let change = task::draft(task, &ctx.actor, &context, ctx.moment)?;
        let task = task::replay(std::slice::from_ref(&change)).ok_or_else(|| Error::internal("a draft that begins nothing"))?;
        let next_due = next_due(&task, &calendar);
        rows.push((KeptTask { number: 0, task, plan, next_due, origin_key, created_at: ctx.moment }, change));
    }
    let changes: Vec<Change> = rows.iter().map(|(_, change)| change.clone()).collect();
    let kept = store::add(tx, rows).await?;
    for (kept, change) in kept.iter().zip(&changes) {
        let text = kept.task.id.to_string();
        tx.audit("task.draft", "task", &text, change)?;
        tx.event("task", &text, &kept.task.units().collect::<Vec<_>>())?;
    }
    Ok(kept)
}

/// Drafts a task by hand and gives its identity.
///
/// # Errors
/// `command_reused`, `person_not_found`, and the rules' refusals.
pub async fn draft(ctx: &CityCtx, input: &DraftInput) -> Result<TaskId, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<TaskId>(&mut tx, input.command_id, input).await? {
        return Ok(done);
    }
    known_person(&tx, input.fields.responsible_id).await?;
    let task = from_fields(&input.fields, ctx.moment);
    let new = NewTask { task, origin_key: None, plan: MonthlyPlan::default() };
    let kept = enter(ctx, &mut tx, vec![new]).await?;
    let id = kept.first().map(|kept| kept.task.id).ok_or_else(|| Error::internal("no task was drafted"))?;
    ctx.answer_once(&mut tx, input.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

/// A task of what a form holds.
#[must_use]
pub fn from_fields(fields: &TaskFields, moment: Moment) -> Task {
    let determined = fields.determined();
    Task {
        origin: determined.origin.unwrap_or_default(),
        goal: determined.goal.unwrap_or_default(),
        measures: determined.measures.unwrap_or_default(),
        standard: determined.standard.unwrap_or_default(),
        lead: determined.lead,
        supporting: determined.supporting.unwrap_or_default(),
        responsible: determined.responsible,
        start_on: determined.start_on,
        due_on: determined.due_on,
        ..blank(determined.title.unwrap_or_default(), fields.class.unwrap_or(Class::Own), moment)
    }
}

async fn known_person(tx: &ReadTx, person: Option<PersonId>) -> Result<(), Error> {
    let Some(person) = person else { return Ok(()) };
    let known = unit::person(tx, person).await.ok();
    match known.is_some_and(|known| known.left_on.is_none()) {
        true => Ok(()),
        false => Err(Error::invalid("responsible_id", "person_not_found")),
    }
}

/// A task that the reader may see; one that he may not see does not exist for him. The person in charge always sees it.
///
/// # Errors
/// `task_not_found`.
pub async fn visible(ctx: &CityCtx, tx: &ReadTx, id: TaskId) -> Result<KeptTask, Error> {
    let missing = || Error::new("task_not_found");
    let kept = store::get(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => missing(),
        other => other.into(),
    })?;
    if kept.task.responsible == Some(ctx.actor.person) || ctx.allow_right(Right::ViewTask, &Place::City).is_ok() {
        return Ok(kept);
    }
    let units: Vec<UnitId> = kept.task.units().collect();
    ctx.allow_right(Right::ViewTask, &Place::Units(&units)).map_err(|_| missing())?;
    Ok(kept)
}

/// What can be determined of a task; what is left out keeps its value.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct TaskFields {
    /// A few words.
    pub title: Option<String>,
    /// What kind of work.
    #[schema(value_type = Option<String>)]
    pub class: Option<Class>,
    /// 定任务（目标）.
    pub goal: Option<String>,
    /// 定措施.
    pub measures: Option<String>,
    /// 定标准.
    pub standard: Option<String>,
    /// The unit that leads.
    #[schema(value_type = Option<String>)]
    pub lead_id: Option<UnitId>,
    /// Units that support.
    #[schema(value_type = Option<Vec<String>>)]
    pub supporting: Option<Vec<UnitId>>,
    /// The person in charge.
    #[schema(value_type = Option<String>)]
    pub responsible_id: Option<PersonId>,
    /// The first day.
    pub start_on: Option<NaiveDate>,
    /// The last day.
    pub due_on: Option<NaiveDate>,
    /// The criteria it serves.
    #[schema(value_type = Option<Vec<String>>)]
    pub criterion_ids: Option<Vec<CriterionId>>,
    /// The sites at which it is done.
    #[schema(value_type = Option<Vec<String>>)]
    pub site_ids: Option<Vec<SiteId>>,
    /// The campaign to which it belongs.
    #[schema(value_type = Option<String>)]
    pub campaign_id: Option<Uuid>,
}

impl TaskFields {
    fn determined(&self) -> Determined {
        self.over(&Origin::default())
    }

    /// What is determined, over the origin as it stands.
    fn over(&self, standing: &Origin) -> Determined {
        let named = self.criterion_ids.is_some() || self.site_ids.is_some() || self.campaign_id.is_some();
        let origin = Origin {
            criteria: self.criterion_ids.as_ref().map_or_else(|| standing.criteria.clone(), |ids| ids.iter().copied().collect()),
            sites: self.site_ids.as_ref().map_or_else(|| standing.sites.clone(), |ids| ids.iter().copied().collect()),
            campaign: self.campaign_id.or(standing.campaign),
        };
        Determined {
            title: self.title.clone(),
            class: self.class,
            goal: self.goal.clone(),
            measures: self.measures.clone(),
            standard: self.standard.clone(),
            lead: self.lead_id,
            supporting: self.supporting.as_ref().map(|units| units.iter().copied().collect()),
            responsible: self.responsible_id,
            start_on: self.start_on,
            due_on: self.due_on,
            origin: named.then_some(origin),
        }
    }
}

/// A command as a page sends it: the fields that the kind needs are filled, the others left out.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskCommandInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: u64,
    /// What is to be done.
    #[serde(flatten)]
    pub order: TaskOrder,
}

/// What is to be done with a task.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TaskOrder {
    /// The kind of command.
    #[schema(value_type = String)]
    pub command: CommandKind,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// What was done, or a remark.
    #[serde(default)]
    pub note: Option<String>,
    /// What is determined.
    #[serde(default)]
    pub fields: TaskFields,
    /// The steps of a plan, laid backwards from the last day.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub steps: Vec<Step>,
    /// Whose part is reported.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub unit_id: Option<UnitId>,
    /// How far it has come.
    #[serde(default)]
    pub percent: Option<u8>,
    /// Which milestone, from 0.
    #[serde(default)]
    pub milestone: Option<usize>,
    /// The new last day.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// Who comes.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub person_id: Option<PersonId>,
    /// Photographs and files.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub media_ids: Vec<MediaId>,
}

fn needed<T>(field: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| Error::invalid(field, "task_field_missing").with("field", field))
}

impl TaskOrder {
    /// The command of the rules. Texts left out are empty, so that the rules themselves say which are required.
    fn command(&self, task: &Task, calendar: &Calendar, today: NaiveDate) -> Result<Command, Error> {
        let (reason, words) = (self.reason.clone().unwrap_or_default(), self.note.clone().unwrap_or_default());
        let note = self.note.clone().filter(|note| !note.trim().is_empty());
        let evidence = self.media_ids.clone();
        Ok(match self.command {
            CommandKind::Draft => return Err(Error::new("task_command_not_open")),
            CommandKind::Determine => Command::Determine { determined: Box::new(self.fields.over(&task.origin)) },
            CommandKind::Schedule => Command::Schedule { milestones: scheduled(task, calendar, today, &self.steps)? },
            CommandKind::Start => Command::Start,
            CommandKind::Report => Command::Report {
                unit: needed("unit_id", self.unit_id)?,
                percent: needed("percent", self.percent)?,
                note: words,
                evidence,
            },
            CommandKind::CompleteMilestone => {
                Command::CompleteMilestone { milestone: needed("milestone", self.milestone)?, note: words }
            }
            CommandKind::Conclude => Command::Conclude { note: words, evidence },
            CommandKind::Sign => Command::Sign { note },
            CommandKind::Accept => Command::Accept { note },
            CommandKind::Return => Command::Return { reason },
            CommandKind::Postpone => Command::Postpone { due_on: needed("due_on", self.due_on)?, reason },
            CommandKind::HandOver => Command::HandOver { to: needed("person_id", self.person_id)? },
            CommandKind::Cancel => Command::Cancel { reason },
        })
    }
}

/// The milestones of a plan laid backwards from the task's last day; those that are done stay, the others follow them.
fn scheduled(task: &Task, calendar: &Calendar, today: NaiveDate, steps: &[Step]) -> Result<Vec<Milestone>, Error> {
    let due = needed("due_on", task.due_on)?;
    let mut milestones: Vec<Milestone> = task.milestones.iter().filter(|one| one.done_at.is_some()).cloned().collect();
    let done = milestones.last().map(|last| calendar.local(last.due).date_naive()).and_then(|day| day.succ_opt());
    let first = task.start_on.unwrap_or(today).max(done.unwrap_or(NaiveDate::MIN));
    let open: Vec<Step> = steps.iter().filter(|step| !milestones.iter().any(|done| done.name == step.name)).cloned().collect();
    milestones.extend(plan::backwards(calendar, first, due, &open).map_err(broken)?);
    Ok(milestones)
}

/// A plan that cannot be laid, named.
pub(super) fn broken(fault: yipanqi_domain::task::PlanFault) -> Error {
    yipanqi_domain::task::Refusal::Plan { fault }.into()
}

/// Applies one command to a task.
///
/// # Errors
/// `version_conflict`, `command_reused`, and the rules' refusals.
pub async fn command(ctx: &CityCtx, id: TaskId, input: &TaskCommandInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let calendar = calendar::load(&tx).await?;
    apply(ctx, &mut tx, &calendar, id, input.version, &input.order).await?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Commands many tasks; each succeeds or is refused for itself.
///
/// # Errors
/// Only what concerns the whole: the store's.
pub async fn bulk(
    ctx: &CityCtx,
    command_id: CommandId,
    order: &TaskOrder,
    targets: &[(TaskId, u64)],
) -> Result<Vec<TaskBulkResult>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Vec<TaskBulkResult>>(&mut tx, command_id, &(order, targets)).await? {
        return Ok(done);
    }
    let calendar = calendar::load(&tx).await?;
    let mut results = Vec::with_capacity(targets.len());
    for (id, version) in targets {
        // A refusal is found before anything is written, so what follows stays in the same transaction.
        let outcome = apply(ctx, &mut tx, &calendar, *id, *version, order).await;
        results.push(match outcome {
            Ok(()) => TaskBulkResult { id: *id, ok: true, code: None, message: None },
            Err(error) if error.status().is_server_error() => return Err(error),
            Err(error) => {
                TaskBulkResult { id: *id, ok: false, code: Some(error.code().to_owned()), message: Some(error.message(ctx.lang)) }
            }
        });
    }
    ctx.answer_once(&mut tx, command_id, &results).await?;
    tx.commit().await?;
    Ok(results)
}

/// Loads, asks the rules, saves, notes.
async fn apply(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    calendar: &Calendar,
    id: TaskId,
    version: u64,
    order: &TaskOrder,
) -> Result<(), Error> {
    let kept = visible(ctx, tx, id).await?;
    if kept.task.version != version {
        return Err(Error::new("version_conflict").with("version", kept.task.version));
    }
    crate::problem::actions::own(ctx, tx, &order.media_ids).await?;
    known_person(tx, order.fields.responsible_id.or(order.person_id)).await?;
    let command = order.command(&kept.task, calendar, ctx.today())?;
    saved(ctx, tx, calendar, kept, &command).await
}

/// Judges, saves, notes; also for what other rooms do with a task.
pub(crate) async fn saved(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    calendar: &Calendar,
    kept: KeptTask,
    command: &Command,
) -> Result<(), Error> {
    let context = Context { calendar, tree: &ctx.tree };
    let change = kept.task.apply(command, &ctx.actor, &context, ctx.moment)?;
    let read_version = kept.task.version;
    let task = kept.task.after(&change);
    let next = KeptTask { next_due: next_due(&task, calendar), task, ..kept };
    store::save(tx, &next, read_version, &change).await?;
    let text = next.task.id.to_string();
    tx.audit("task.command", "task", &text, &change)?;
    media::attach(tx, change.evidence(), "task", &text, Stage::Evidence).await?;
    tx.event("task", &text, &next.task.units().collect::<Vec<_>>())?;
    Ok(())
}
