//! Black plates and notes of praise of units, with their history.

use chrono::NaiveDate;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::rates::Rate;

use crate::entity::merit;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day, id, json, moment, moment_opt, read_json, read_word, word};
use crate::write::WriteTx;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeritKind {
    /// 流动黑牌.
    BlackPlate,
    /// 表扬.
    Praise,
}

/// Where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeritState {
    /// Found by the figures; nobody has decided.
    Proposed,
    /// Decided by a person; a plate hangs with the unit, a note has its number.
    Confirmed,
    /// Decided against.
    Dismissed,
    /// The plate has moved on.
    Ended,
}

/// What it rests on, and what was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeritBody {
    /// The figure at the time of the proposal.
    pub rate: Rate,
    /// Units that could be compared.
    pub among: usize,
    /// Why it was decided so.
    pub note: String,
    /// Who decided.
    pub decided_by: String,
}

/// A black plate or a note of praise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merit {
    /// Identity.
    pub id: Uuid,
    /// Which of the two.
    pub kind: MeritKind,
    /// Where it stands.
    pub state: MeritState,
    /// The peer group.
    pub peer: String,
    /// Whose.
    pub unit: UnitId,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
    /// Year and number of a confirmed note.
    pub number: Option<(i64, i64)>,
    /// What it rests on.
    pub body: MeritBody,
    /// When it was proposed.
    pub proposed_at: Moment,
    /// When it was decided.
    pub decided_at: Option<Moment>,
    /// When the plate moved on.
    pub ended_at: Option<Moment>,
    /// One more with every change.
    pub version: i64,
}

fn row(merit: &Merit) -> Result<merit::Model, StoreError> {
    Ok(merit::Model {
        id: merit.id.to_string(),
        kind: word(&merit.kind)?,
        state: word(&merit.state)?,
        peer: merit.peer.clone(),
        unit_id: merit.unit.to_string(),
        period_from: merit.from.to_string(),
        period_to: merit.to.to_string(),
        number_year: merit.number.map(|(year, _)| year),
        number: merit.number.map(|(_, number)| number),
        body: json(&merit.body)?,
        proposed_at: merit.proposed_at.stored(),
        decided_at: merit.decided_at.map(Moment::stored),
        ended_at: merit.ended_at.map(Moment::stored),
        version: merit.version,
    })
}

fn read(row: merit::Model) -> Result<Merit, StoreError> {
    Ok(Merit {
        id: id(&row.id)?,
        kind: read_word("merit kind", &row.kind)?,
        state: read_word("merit state", &row.state)?,
        peer: row.peer,
        unit: id(&row.unit_id)?,
        from: day(&row.period_from)?,
        to: day(&row.period_to)?,
        number: row.number_year.zip(row.number),
        body: read_json("merit", &row.body)?,
        proposed_at: moment(&row.proposed_at)?,
        decided_at: moment_opt(row.decided_at.as_ref())?,
        ended_at: moment_opt(row.ended_at.as_ref())?,
        version: row.version,
    })
}

/// All of a kind, newest period first.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx, kind: MeritKind) -> Result<Vec<Merit>, StoreError> {
    let rows = merit::Entity::find()
        .filter(merit::Column::Kind.eq(word(&kind)?))
        .order_by_desc(merit::Column::PeriodTo)
        .order_by_asc(merit::Column::Peer)
        .order_by_asc(merit::Column::Id)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read).collect()
}

/// One.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, merit: Uuid) -> Result<Merit, StoreError> {
    let row = merit::Entity::find_by_id(merit.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "merit", id: merit.to_string() })
}

/// Adds a proposal; false if the unit was proposed for this period before.
///
/// # Errors
/// The database's.
pub async fn propose(tx: &WriteTx, new: &Merit) -> Result<bool, StoreError> {
    use merit::Column;
    let conflict =
        OnConflict::columns([Column::Kind, Column::UnitId, Column::PeriodFrom, Column::PeriodTo]).do_nothing().to_owned();
    let insert = merit::Entity::insert(row(new)?.into_active_model()).on_conflict(conflict);
    Ok(insert.exec_without_returning(tx.db()).await? == 1)
}

/// Saves after a change; `read_version` is the version the change was made on.
///
/// # Errors
/// `version_conflict`, or the database's.
pub async fn save(tx: &WriteTx, merit: &Merit, read_version: i64) -> Result<(), StoreError> {
    let changed = merit::Entity::update_many()
        .set(row(merit)?.into_active_model().reset_all())
        .filter(merit::Column::Id.eq(merit.id.to_string()))
        .filter(merit::Column::Version.eq(read_version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "merit", id: merit.id.to_string() });
    }
    Ok(())
}
