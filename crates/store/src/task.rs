//! Tasks with their lists and histories; the domain value is kept whole in `body`, the columns serve lists.

mod campaign;
mod list;
mod rhythm;

use std::collections::BTreeSet;

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use yipanqi_domain::id::{PersonId, TaskId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::task::quantity::MonthlyPlan;
use yipanqi_domain::task::{Change, Task};

pub use campaign::{
    Campaign, CampaignLink, CampaignState, campaign, campaign_links, campaigns, link_campaign, save_campaign, unlink_campaign,
};
pub use list::{StateCount, TaskFilter, TaskSort, TaskSortKey, by_lead, count, figures, list};
pub use rhythm::{Rhythm, RhythmKind, hold_rhythms, rhythms, save_rhythm};

use crate::entity::{task, task_link, task_step, task_unit};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{insert_all, json, moment, moment_opt, new_id, read_json, text_opt, word};
use crate::write::WriteTx;

/// A task as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTask {
    /// Running number in the city.
    pub number: i64,
    /// What the rules know.
    pub task: Task,
    /// What is planned and done by month.
    pub plan: MonthlyPlan,
    /// When something of it is due next; none: nothing is.
    pub next_due: Option<Moment>,
    /// What it was generated from, once for each: `criterion/…`, `rhythm/…/2026-03`.
    pub origin_key: Option<String>,
    /// When it was drafted.
    pub created_at: Moment,
}

/// An entry of a task's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskStep {
    /// From 1.
    pub ordinal: i64,
    /// Who, as written then.
    pub actor_name: String,
    /// What.
    pub change: Change,
}

fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// Whole percent of the plan done so far, for sorting and filtering; none: nothing planned.
fn plan_percent(plan: &MonthlyPlan) -> Option<i64> {
    plan.whole().percent().map(|percent| percent.nano() / 1_000_000_000)
}

impl KeptTask {
    pub(crate) fn read(row: task::Model) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.number,
            task: read_json("task", &row.body)?,
            plan: read_json("task.plan", &row.plan)?,
            next_due: moment_opt(row.next_due.as_ref())?,
            origin_key: row.origin_key,
            created_at: moment(&row.created_at)?,
        })
    }

    fn model(&self) -> Result<task::Model, StoreError> {
        let Self { number, task, plan, next_due, origin_key, created_at } = self;
        let search = [format!("{number:05}"), task.title.clone(), task.goal.clone()];
        Ok(task::Model {
            id: task.id.to_string(),
            number: *number,
            state: word(&task.state)?,
            class: word(&task.class)?,
            title: task.title.clone(),
            lead_id: text_opt(task.lead.as_ref()),
            responsible_id: text_opt(task.responsible.as_ref()),
            campaign_id: text_opt(task.origin.campaign.as_ref()),
            start_on: text_opt(task.start_on.as_ref()),
            due_on: text_opt(task.due_on.as_ref()),
            next_due: next_due.map(Moment::stored),
            percent: task.percent().into(),
            last_report_at: task.last_report().map(Moment::stored),
            plan: json(plan)?,
            plan_percent: plan_percent(plan),
            origin_key: origin_key.clone(),
            created_at: created_at.stored(),
            body: json(task)?,
            search_text: search.join(" ").to_lowercase(),
            version: version(task.version),
        })
    }

    fn parts(&self) -> Vec<task_unit::Model> {
        let part = |unit: UnitId, part: &str| task_unit::Model {
            task_id: self.task.id.to_string(),
            unit_id: unit.to_string(),
            part: part.to_owned(),
        };
        let lead = self.task.lead.map(|lead| part(lead, "lead"));
        lead.into_iter().chain(self.task.supporting.iter().map(|unit| part(*unit, "support"))).collect()
    }

    fn links(&self) -> Vec<task_link::Model> {
        let link = |kind: &str, target: String| task_link::Model {
            task_id: self.task.id.to_string(),
            kind: kind.to_owned(),
            target_id: target,
        };
        let origin = &self.task.origin;
        let criteria = origin.criteria.iter().map(|criterion| link("criterion", criterion.to_string()));
        criteria.chain(origin.sites.iter().map(|site| link("site", site.to_string()))).collect()
    }
}

fn step(tx: &WriteTx, kept: &KeptTask, change: &Change) -> Result<task_step::Model, StoreError> {
    Ok(task_step::Model {
        id: new_id().to_string(),
        task_id: kept.task.id.to_string(),
        ordinal: version(kept.task.version),
        at: change.at.stored(),
        actor_id: text_opt(tx.by().person.as_ref()),
        actor_name: tx.by().name.clone(),
        command: word(&change.command.kind())?,
        body: json(change)?,
    })
}

/// Adds tasks just drafted, numbers them in their order, and gives them with their numbers.
///
/// # Errors
/// `task_known` if one was generated from the same origin before, or the database's.
pub async fn add(tx: &mut WriteTx, new: Vec<(KeptTask, Change)>) -> Result<Vec<KeptTask>, StoreError> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let count = i64::try_from(new.len()).unwrap_or(i64::MAX);
    let first = crate::number::take(tx, "task", count).await? - count + 1;
    let (mut rows, mut units, mut links, mut steps, mut kept) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, (task, change)) in (first..).zip(new) {
        let task = KeptTask { number, ..task };
        rows.push(task.model()?);
        units.extend(task.parts());
        links.extend(task.links());
        steps.push(step(tx, &task, &change)?);
        kept.push(task);
    }
    insert_all::<task::Entity, _>(tx.db(), rows).await?;
    insert_all::<task_unit::Entity, _>(tx.db(), units).await?;
    insert_all::<task_link::Entity, _>(tx.db(), links).await?;
    insert_all::<task_step::Entity, _>(tx.db(), steps).await?;
    Ok(kept)
}

/// Saves a task after one change; `read_version` is the version the change was judged by.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save(tx: &WriteTx, kept: &KeptTask, read_version: u64, change: &Change) -> Result<(), StoreError> {
    replace(tx, kept, read_version).await?;
    insert_all::<task_step::Entity, _>(tx.db(), vec![step(tx, kept, change)?]).await
}

/// Saves the monthly plan of a task that was read at a version; no history entry of the task's life.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save_plan(tx: &WriteTx, kept: &KeptTask, read_version: u64) -> Result<(), StoreError> {
    replace(tx, kept, read_version).await
}

async fn replace(tx: &WriteTx, kept: &KeptTask, read_version: u64) -> Result<(), StoreError> {
    let task_id = kept.task.id.to_string();
    let changed = task::Entity::update_many()
        .set(kept.model()?.into_active_model().reset_all())
        .filter(task::Column::Id.eq(task_id.as_str()))
        .filter(task::Column::Version.eq(version(read_version)))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "task", id: task_id });
    }
    task_unit::Entity::delete_many().filter(task_unit::Column::TaskId.eq(task_id.as_str())).exec(tx.db()).await?;
    task_link::Entity::delete_many().filter(task_link::Column::TaskId.eq(task_id.as_str())).exec(tx.db()).await?;
    insert_all::<task_unit::Entity, _>(tx.db(), kept.parts()).await?;
    insert_all::<task_link::Entity, _>(tx.db(), kept.links()).await
}

/// One task.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, task: TaskId) -> Result<KeptTask, StoreError> {
    let row = task::Entity::find_by_id(task.to_string()).one(tx.db()).await?;
    row.map(KeptTask::read).transpose()?.ok_or(StoreError::NotFound { kind: "task", id: task.to_string() })
}

/// The open tasks of which a person is in charge.
///
/// # Errors
/// The database's.
pub async fn in_charge(tx: &ReadTx, person: PersonId) -> Result<Vec<KeptTask>, StoreError> {
    let rows = task::Entity::find()
        .filter(task::Column::ResponsibleId.eq(person.to_string()))
        .filter(task::Column::State.is_not_in(["done", "cancelled"]))
        .order_by_asc(task::Column::Number)
        .all(tx.db())
        .await?;
    rows.into_iter().map(KeptTask::read).collect()
}

/// Which of these origins have been used for a task.
///
/// # Errors
/// The database's.
pub async fn known_origins(tx: &ReadTx, keys: &[String]) -> Result<BTreeSet<String>, StoreError> {
    let mut known = BTreeSet::new();
    for keys in keys.chunks(500) {
        let rows: Vec<Option<String>> = task::Entity::find()
            .select_only()
            .column(task::Column::OriginKey)
            .filter(task::Column::OriginKey.is_in(keys.iter().map(String::as_str)))
            .into_tuple()
            .all(tx.db())
            .await?;
        known.extend(rows.into_iter().flatten());
    }
    Ok(known)
}

/// The history of a task, oldest first.
///
/// # Errors
/// The database's.
pub async fn history(tx: &ReadTx, task: TaskId) -> Result<Vec<TaskStep>, StoreError> {
    let rows = task_step::Entity::find()
        .filter(task_step::Column::TaskId.eq(task.to_string()))
        .order_by_asc(task_step::Column::Ordinal)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| Ok(TaskStep { ordinal: row.ordinal, actor_name: row.actor_name, change: read_json("task_step", &row.body)? }))
        .collect()
}

/// The tasks with these titles.
///
/// # Errors
/// The database's.
pub async fn by_titles(tx: &ReadTx, titles: &[&str]) -> Result<Vec<KeptTask>, StoreError> {
    let mut kept = Vec::new();
    for titles in titles.chunks(500) {
        let rows = task::Entity::find().filter(task::Column::Title.is_in(titles.iter().copied()));
        for row in rows.order_by_asc(task::Column::Number).all(tx.db()).await? {
            kept.push(KeptTask::read(row)?);
        }
    }
    Ok(kept)
}

/// The tasks with these numbers.
///
/// # Errors
/// The database's.
pub async fn by_numbers(tx: &ReadTx, numbers: &[i64]) -> Result<Vec<KeptTask>, StoreError> {
    let mut kept = Vec::new();
    for numbers in numbers.chunks(500) {
        let rows = task::Entity::find().filter(task::Column::Number.is_in(numbers.iter().copied()));
        for row in rows.all(tx.db()).await? {
            kept.push(KeptTask::read(row)?);
        }
    }
    Ok(kept)
}
