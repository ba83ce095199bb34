//! Who has read what a new edition changes for a unit.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::moment::Moment;

use crate::WriteTx;
use crate::entity::edition_reading;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, moment, new_id};

/// A person's receipt for the page of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The unit whose page was read.
    pub unit: UnitId,
    /// Who read it.
    pub person: PersonId,
    /// The name at that time.
    pub name: String,
    /// When first.
    pub at: Moment,
}

/// The receipts of an edition, the earliest first.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx, edition: Uuid) -> Result<Vec<Reading>, StoreError> {
    let rows = edition_reading::Entity::find()
        .filter(edition_reading::Column::EditionId.eq(edition.to_string()))
        .order_by_asc(edition_reading::Column::ReadAt)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Reading { unit: id(&row.unit_id)?, person: id(&row.person_id)?, name: row.person_name, at: moment(&row.read_at)? })
        })
        .collect()
}

/// Keeps a receipt; the first one of a person stays. Gives whether it is the first.
///
/// # Errors
/// The database's.
pub async fn add(tx: &WriteTx, edition: Uuid, reading: &Reading) -> Result<bool, StoreError> {
    let row = edition_reading::Model {
        id: new_id().to_string(),
        edition_id: edition.to_string(),
        unit_id: reading.unit.to_string(),
        person_id: reading.person.to_string(),
        person_name: reading.name.clone(),
        read_at: reading.at.stored(),
    };
    let columns = [edition_reading::Column::EditionId, edition_reading::Column::UnitId, edition_reading::Column::PersonId];
    let added = edition_reading::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::columns(columns).do_nothing().to_owned())
        .exec_without_returning(tx.db())
        .await?;
    Ok(added > 0)
}
