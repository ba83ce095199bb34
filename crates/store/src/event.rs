//! What happened in a city, for pages that are open: read behind the last event a page has seen.
//!
//! Events are written while the head of the audit chain is locked, so their numbers grow in the order of commits and a
//! reader behind the last number misses none.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;

use crate::entity::event;
use crate::error::StoreError;
use crate::tx::{ReadTx, from_json, from_moment};

/// Something that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number; grows in the order of commits.
    pub seq: i64,
    /// When.
    pub at: Moment,
    /// What, e.g. `problem_changed`.
    pub kind: String,
    /// The row it is about.
    pub subject_id: String,
    /// The units it concerns; none means everybody in the city.
    pub units: Vec<UnitId>,
}

/// The events behind `last`, the oldest first, at most `limit`.
///
/// # Errors
/// If the database fails.
pub async fn since(tx: &ReadTx, last: i64, limit: u64) -> Result<Vec<Event>, StoreError> {
    let rows = event::Entity::find()
        .filter(event::Column::Seq.gt(last))
        .order_by_asc(event::Column::Seq)
        .limit(limit)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Event {
                seq: row.seq,
                at: from_moment(&row.at)?,
                kind: row.kind,
                subject_id: row.subject_id,
                units: from_json("units", &row.units)?,
            })
        })
        .collect()
}

/// The number of the newest event, 0 if there is none: where a page that opens now begins to listen.
///
/// # Errors
/// If the database fails.
pub async fn newest(tx: &ReadTx) -> Result<i64, StoreError> {
    let row = event::Entity::find().order_by_desc(event::Column::Seq).one(tx.db()).await?;
    Ok(row.map_or(0, |row| row.seq))
}
