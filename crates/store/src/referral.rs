//! Referrals 问责线索移送: what was handed to the supervision office, with the evidence as it stood then.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use yipanqi_domain::id::{ProblemId, UnitId};
use yipanqi_domain::moment::Moment;

use crate::entity::referral;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, json, moment, read_json, read_word, word};
use crate::write::WriteTx;

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferralState {
    /// Handed over.
    Open,
    /// Taken up.
    Taken,
    /// Ended with an outcome.
    Ended,
}

/// What was said, and the frozen evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralBody {
    /// Why it is handed over.
    pub reason: String,
    /// Who handed it over.
    pub by: String,
    /// Problem, history, slips and the hashes of photographs as they stood.
    pub evidence: Value,
    /// SHA-256 of the evidence's text.
    pub hash: String,
    /// What came of it.
    pub outcome: String,
}

/// A referral.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Referral {
    /// Identity.
    pub id: Uuid,
    /// Year of its number.
    pub year: i64,
    /// Its number in the year.
    pub number: i64,
    /// Which problem.
    pub problem: ProblemId,
    /// Whose conduct.
    pub unit: UnitId,
    /// Where it stands.
    pub state: ReferralState,
    /// What was said.
    pub body: ReferralBody,
    /// When it was handed over.
    pub made_at: Moment,
    /// One more with every change.
    pub version: i64,
}

fn row(referral: &Referral) -> Result<referral::Model, StoreError> {
    Ok(referral::Model {
        id: referral.id.to_string(),
        number_year: referral.year,
        number: referral.number,
        problem_id: referral.problem.to_string(),
        unit_id: referral.unit.to_string(),
        state: word(&referral.state)?,
        body: json(&referral.body)?,
        made_at: referral.made_at.stored(),
        version: referral.version,
    })
}

fn read(row: referral::Model) -> Result<Referral, StoreError> {
    Ok(Referral {
        id: id(&row.id)?,
        year: row.number_year,
        number: row.number,
        problem: id(&row.problem_id)?,
        unit: id(&row.unit_id)?,
        state: read_word("referral state", &row.state)?,
        body: read_json("referral", &row.body)?,
        made_at: moment(&row.made_at)?,
        version: row.version,
    })
}

/// Every referral, newest first.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx) -> Result<Vec<Referral>, StoreError> {
    let find = referral::Entity::find().order_by_desc(referral::Column::NumberYear).order_by_desc(referral::Column::Number);
    find.all(tx.db()).await?.into_iter().map(read).collect()
}

/// One referral.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, referral: Uuid) -> Result<Referral, StoreError> {
    let row = referral::Entity::find_by_id(referral.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "referral", id: referral.to_string() })
}

/// Adds a referral.
///
/// # Errors
/// `referral_number_taken`, or the database's.
pub async fn add(tx: &WriteTx, new: &Referral) -> Result<(), StoreError> {
    referral::Entity::insert(row(new)?.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Saves after a change; `read_version` is the version the change was made on.
///
/// # Errors
/// `version_conflict`, or the database's.
pub async fn save(tx: &WriteTx, saved: &Referral, read_version: i64) -> Result<(), StoreError> {
    let changed = referral::Entity::update_many()
        .set(row(saved)?.into_active_model().reset_all())
        .filter(referral::Column::Id.eq(saved.id.to_string()))
        .filter(referral::Column::Version.eq(read_version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "referral", id: saved.id.to_string() });
    }
    Ok(())
}
