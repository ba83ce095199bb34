//! Look-backs 回头望: what lagged at the end of a quarter, and what was decided.

use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;
use yipanqi_domain::id::{CriterionId, TaskId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::task::lookback::Lag;

use crate::entity::{lookback, lookback_item};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day, id, id_opt, insert_all, json, moment, moment_opt, read_json, text_opt};
use crate::write::WriteTx;

/// A look-back.
#[doc(alias = "回头望")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookback {
    /// Identity.
    pub id: Uuid,
    /// The key of its quarter, `2026-Q1`.
    pub period: String,
    /// First day of the quarter.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// When it was first held.
    pub created_at: Moment,
}

/// What lags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LagSubject {
    /// A task.
    Task(TaskId),
    /// A criterion.
    Criterion(CriterionId),
}

/// Something that lags, with what was decided about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookbackItem {
    /// Identity.
    pub id: Uuid,
    /// The look-back.
    pub lookback: Uuid,
    /// Its place in the list.
    pub position: i64,
    /// What lags.
    pub subject: LagSubject,
    /// Why.
    pub lags: Vec<Lag>,
    /// Problems that came back in the quarter.
    pub rebounds: u64,
    /// What was decided.
    pub decision: Option<String>,
    /// When.
    pub decided_at: Option<Moment>,
    /// By whom.
    pub decided_by: Option<String>,
    /// The task that came of it.
    pub task: Option<TaskId>,
    /// One more with every change.
    pub version: i64,
}

fn read(row: lookback::Model) -> Result<Lookback, StoreError> {
    Ok(Lookback {
        id: id(&row.id)?,
        from: day(&row.from_on)?,
        to: day(&row.to_on)?,
        created_at: moment(&row.created_at)?,
        period: row.period,
    })
}

fn model(item: &LookbackItem) -> Result<lookback_item::Model, StoreError> {
    let (kind, subject_id) = match item.subject {
        LagSubject::Task(task) => ("task", task.to_string()),
        LagSubject::Criterion(criterion) => ("criterion", criterion.to_string()),
    };
    Ok(lookback_item::Model {
        id: item.id.to_string(),
        lookback_id: item.lookback.to_string(),
        position: item.position,
        kind: kind.to_owned(),
        subject_id,
        lags: json(&item.lags)?,
        rebounds: i64::try_from(item.rebounds).unwrap_or(i64::MAX),
        decision: item.decision.clone(),
        decided_at: item.decided_at.map(Moment::stored),
        decided_by: item.decided_by.clone(),
        task_id: text_opt(item.task.as_ref()),
        version: item.version,
    })
}

fn read_item(row: lookback_item::Model) -> Result<LookbackItem, StoreError> {
    Ok(LookbackItem {
        id: id(&row.id)?,
        lookback: id(&row.lookback_id)?,
        position: row.position,
        subject: match row.kind.as_str() {
            "task" => LagSubject::Task(id(&row.subject_id)?),
            _ => LagSubject::Criterion(id(&row.subject_id)?),
        },
        lags: read_json("lookback_item.lags", &row.lags)?,
        rebounds: u64::try_from(row.rebounds).unwrap_or(0),
        decision: row.decision,
        decided_at: moment_opt(row.decided_at.as_ref())?,
        decided_by: row.decided_by,
        task: id_opt(row.task_id.as_ref())?,
        version: row.version,
    })
}

/// All look-backs, the newest quarter first.
///
/// # Errors
/// The database's.
pub async fn all(tx: &ReadTx) -> Result<Vec<Lookback>, StoreError> {
    let rows = lookback::Entity::find().order_by_desc(lookback::Column::Period).all(tx.db()).await?;
    rows.into_iter().map(read).collect()
}

/// One look-back.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, wanted: Uuid) -> Result<Lookback, StoreError> {
    let row = lookback::Entity::find_by_id(wanted.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "lookback", id: wanted.to_string() })
}

/// Adds a look-back.
///
/// # Errors
/// `lookback_known` if its quarter has one, or the database's.
pub async fn add(tx: &WriteTx, new: &Lookback) -> Result<(), StoreError> {
    let row = lookback::Model {
        id: new.id.to_string(),
        period: new.period.clone(),
        from_on: new.from.to_string(),
        to_on: new.to.to_string(),
        created_at: new.created_at.stored(),
    };
    lookback::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// What lags in a look-back, in its order.
///
/// # Errors
/// The database's.
pub async fn items(tx: &ReadTx, of: Uuid) -> Result<Vec<LookbackItem>, StoreError> {
    let rows = lookback_item::Entity::find()
        .filter(lookback_item::Column::LookbackId.eq(of.to_string()))
        .order_by_asc(lookback_item::Column::Position)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read_item).collect()
}

/// Adds what lags (`version` 1).
///
/// # Errors
/// The database's; among them a subject that is in the list already.
pub async fn add_items(tx: &WriteTx, new: &[LookbackItem]) -> Result<(), StoreError> {
    let rows = new.iter().map(model).collect::<Result<Vec<_>, _>>()?;
    insert_all::<lookback_item::Entity, _>(tx.db(), rows).await
}

/// Replaces an item read with `item.version - 1`.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save_item(tx: &WriteTx, item: &LookbackItem) -> Result<(), StoreError> {
    let changed = lookback_item::Entity::update_many()
        .set(model(item)?.into_active_model().reset_all())
        .filter(lookback_item::Column::Id.eq(item.id.to_string()))
        .filter(lookback_item::Column::Version.eq(item.version - 1))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "lookback_item", id: item.id.to_string() });
    }
    Ok(())
}
