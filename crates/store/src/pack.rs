//! What each device of a person was given to take along, so that the next time only the difference is sent.
//!
//! Of a pack only the hash of each record is kept, for the last cursor and the one before it: an answer that was lost on
//! the way leaves the device at the one before.

use std::collections::BTreeMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set};
use yipanqi_domain::id::PersonId;

use crate::entity::pack as table;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{json, new_id, read_json};
use crate::write::WriteTx;

/// `kind/identity` of each record beside the hash of its content.
pub type Manifest = BTreeMap<String, String>;

/// What a device has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pack {
    /// Number of the last pull; 0 before the first.
    pub cursor: i64,
    /// What the last pull left on the device.
    pub manifest: Manifest,
    /// What the pull before it left there.
    pub earlier: Manifest,
}

/// What a device of this person has.
///
/// # Errors
/// The database's.
pub async fn get(tx: &ReadTx, person: PersonId, device: &str) -> Result<Pack, StoreError> {
    let row = table::Entity::find()
        .filter(table::Column::PersonId.eq(person.to_string()))
        .filter(table::Column::Device.eq(device))
        .one(tx.db())
        .await?;
    let Some(row) = row else { return Ok(Pack::default()) };
    Ok(Pack {
        cursor: row.cursor,
        manifest: read_json("pack.manifest", &row.manifest)?,
        earlier: read_json("pack.earlier", &row.earlier)?,
    })
}

/// Replaces what a device of this person has.
///
/// # Errors
/// The database's.
pub async fn put(tx: &WriteTx, person: PersonId, device: &str, pack: &Pack) -> Result<(), StoreError> {
    use table::Column;
    let row = table::ActiveModel {
        id: Set(new_id().to_string()),
        person_id: Set(person.to_string()),
        device: Set(device.to_owned()),
        cursor: Set(pack.cursor),
        manifest: Set(json(&pack.manifest)?),
        earlier: Set(json(&pack.earlier)?),
        pulled_at: Set(tx.at().stored()),
    };
    let changed = [Column::Cursor, Column::Manifest, Column::Earlier, Column::PulledAt];
    table::Entity::insert(row)
        .on_conflict(OnConflict::columns([Column::PersonId, Column::Device]).update_columns(changed).to_owned())
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}
