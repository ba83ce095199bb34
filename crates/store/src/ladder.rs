//! Versions of the ladder, and what it has sent that is no slip.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;
use yipanqi_domain::id::ProblemId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::slip::{DatedPolicy, Occasion, PastSlip, SlipState};

use crate::entity::{reminder, slip_policy};
use crate::error::StoreError;
use crate::slip::occasion_key;
use crate::tx::ReadTx;
use crate::value::{day, id, json, moment, read_json};
use crate::write::WriteTx;

/// A version as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPolicy {
    /// Identity.
    pub id: Uuid,
    /// The version with its day.
    pub dated: DatedPolicy,
    /// When it was written.
    pub created_at: Moment,
    /// By whom.
    pub created_by: String,
    /// One more with every change.
    pub version: i64,
}

fn row(kept: &KeptPolicy) -> Result<slip_policy::Model, StoreError> {
    Ok(slip_policy::Model {
        id: kept.id.to_string(),
        valid_from: kept.dated.valid_from.to_string(),
        name: kept.dated.name.clone(),
        body: json(&kept.dated.policy)?,
        created_at: kept.created_at.stored(),
        created_by: kept.created_by.clone(),
        version: kept.version,
    })
}

fn read(row: slip_policy::Model) -> Result<KeptPolicy, StoreError> {
    let dated = DatedPolicy { valid_from: day(&row.valid_from)?, name: row.name, policy: read_json("slip_policy", &row.body)? };
    Ok(KeptPolicy {
        id: id(&row.id)?,
        dated,
        created_at: moment(&row.created_at)?,
        created_by: row.created_by,
        version: row.version,
    })
}

/// Every version, the one that takes effect last first.
///
/// # Errors
/// The database's.
pub async fn policies(tx: &ReadTx) -> Result<Vec<KeptPolicy>, StoreError> {
    let rows = slip_policy::Entity::find().order_by_desc(slip_policy::Column::ValidFrom).all(tx.db()).await?;
    rows.into_iter().map(read).collect()
}

/// Adds a version.
///
/// # Errors
/// `ladder_day_taken` if another takes effect on the same day, or the database's.
pub async fn add(tx: &WriteTx, kept: &KeptPolicy) -> Result<(), StoreError> {
    slip_policy::Entity::insert(row(kept)?.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Saves a version after a change; `read_version` is the one the change was made on.
///
/// # Errors
/// `version_conflict`, `ladder_day_taken`, or the database's.
pub async fn save(tx: &WriteTx, kept: &KeptPolicy, read_version: i64) -> Result<(), StoreError> {
    let changed = slip_policy::Entity::update_many()
        .set(row(kept)?.into_active_model().reset_all())
        .filter(slip_policy::Column::Id.eq(kept.id.to_string()))
        .filter(slip_policy::Column::Version.eq(read_version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "slip_policy", id: kept.id.to_string() });
    }
    Ok(())
}

/// Takes a version back.
///
/// # Errors
/// `version_conflict`, or the database's.
pub async fn remove(tx: &WriteTx, policy: Uuid, read_version: i64) -> Result<(), StoreError> {
    let gone = slip_policy::Entity::delete_many()
        .filter(slip_policy::Column::Id.eq(policy.to_string()))
        .filter(slip_policy::Column::Version.eq(read_version))
        .exec(tx.db())
        .await?;
    if gone.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "slip_policy", id: policy.to_string() });
    }
    Ok(())
}

/// Notes that a reminder is sent; false if it was before, by whomever.
///
/// # Errors
/// The database's.
pub async fn remind(tx: &WriteTx, occasion: &Occasion) -> Result<bool, StoreError> {
    let row =
        reminder::Model { occasion: occasion_key(occasion), problem_id: occasion.problem.to_string(), sent_at: tx.at().stored() };
    let insert = reminder::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::column(reminder::Column::Occasion).do_nothing().to_owned());
    Ok(insert.exec_without_returning(tx.db()).await? == 1)
}

/// The reminders sent for problems, as the ladder reads them.
///
/// # Errors
/// The database's.
pub async fn reminders(tx: &ReadTx, problems: &[ProblemId]) -> Result<Vec<PastSlip>, StoreError> {
    let mut found = Vec::new();
    for ids in problems.chunks(500) {
        let rows = reminder::Entity::find()
            .filter(reminder::Column::ProblemId.is_in(ids.iter().map(ToString::to_string)))
            .all(tx.db())
            .await?;
        for row in rows {
            let mut parts = row.occasion.split('/').skip(1);
            let cycle = parts.next().and_then(|cycle| cycle.parse().ok()).unwrap_or_default();
            let step = parts.next().unwrap_or_default().to_owned();
            let ordinal = parts.next().and_then(|ordinal| ordinal.parse().ok()).unwrap_or(1);
            let occasion = Occasion { problem: id(&row.problem_id)?, cycle, step, ordinal };
            found.push(PastSlip { occasion, state: SlipState::Issued, reply_due: yipanqi_domain::problem::Due::None });
        }
    }
    Ok(found)
}
