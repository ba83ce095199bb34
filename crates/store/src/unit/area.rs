//! Who is paired with which area (包联), and the polygons of streets, communities, villages and grids.

use chrono::NaiveDate;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use yipanqi_domain::id::{PersonId, UnitId};

use crate::WriteTx;
use crate::entity::{boundary, pairing};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day, day_opt, id, id_opt, insert_all, text_opt};

/// A leader and a unit paired with an area.
#[doc(alias = "包联")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pairing {
    /// Identity.
    pub id: uuid::Uuid,
    /// The leader as named.
    pub leader_name: String,
    /// The leader, if known.
    pub leader: Option<PersonId>,
    /// The leader's office.
    pub leader_title: Option<String>,
    /// The paired unit.
    pub unit: Option<UnitId>,
    /// The area.
    pub area: UnitId,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; none: until further notice.
    pub valid_to: Option<NaiveDate>,
}

/// A polygon of an area; bounds in units of 1e-7 degree, WGS-84.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boundary {
    /// The code of the area, unique.
    pub code: String,
    /// `street`, `community`, `village` or `grid`.
    pub level: String,
    /// Its name.
    pub name: String,
    /// The code of the area around it.
    pub parent_code: Option<String>,
    /// The unit that answers for it.
    pub unit: Option<UnitId>,
    /// The GeoJSON geometry as text.
    pub geometry: String,
    /// West.
    pub min_x: i64,
    /// South.
    pub min_y: i64,
    /// East.
    pub max_x: i64,
    /// North.
    pub max_y: i64,
}

/// All pairings, past and present.
///
/// # Errors
/// The database's.
pub async fn pairings(tx: &ReadTx) -> Result<Vec<Pairing>, StoreError> {
    let rows = pairing::Entity::find().order_by_asc(pairing::Column::Id).all(tx.db()).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Pairing {
                id: id(&row.id)?,
                leader: id_opt(row.leader_person_id.as_ref())?,
                unit: id_opt(row.unit_id.as_ref())?,
                area: id(&row.area_unit_id)?,
                valid_from: day(&row.valid_from)?,
                valid_to: day_opt(row.valid_to.as_ref())?,
                leader_name: row.leader_name,
                leader_title: row.leader_title,
            })
        })
        .collect()
}

/// Adds or replaces pairings by their identity.
///
/// # Errors
/// The database's.
pub async fn save_pairings(tx: &WriteTx, saved: &[Pairing]) -> Result<(), StoreError> {
    let ids = saved.iter().map(|pairing| pairing.id.to_string());
    pairing::Entity::delete_many().filter(pairing::Column::Id.is_in(ids)).exec(tx.db()).await?;
    let rows = saved
        .iter()
        .map(|pairing| pairing::Model {
            id: pairing.id.to_string(),
            leader_name: pairing.leader_name.clone(),
            leader_person_id: text_opt(pairing.leader.as_ref()),
            leader_title: pairing.leader_title.clone(),
            unit_id: text_opt(pairing.unit.as_ref()),
            area_unit_id: pairing.area.to_string(),
            valid_from: pairing.valid_from.to_string(),
            valid_to: text_opt(pairing.valid_to.as_ref()),
        })
        .collect();
    insert_all::<pairing::Entity, _>(tx.db(), rows).await
}

/// The boundaries of a level, or (none) of all, by code.
///
/// # Errors
/// The database's.
pub async fn boundaries(tx: &ReadTx, level: Option<&str>) -> Result<Vec<Boundary>, StoreError> {
    let mut find = boundary::Entity::find();
    if let Some(level) = level {
        find = find.filter(boundary::Column::Level.eq(level));
    }
    let rows = find.order_by_asc(boundary::Column::Code).all(tx.db()).await?;
    rows.into_iter()
        .map(|row| {
            Ok(Boundary {
                unit: id_opt(row.unit_id.as_ref())?,
                code: row.code,
                level: row.level,
                name: row.name,
                parent_code: row.parent_code,
                geometry: row.geometry,
                min_x: row.min_x,
                min_y: row.min_y,
                max_x: row.max_x,
                max_y: row.max_y,
            })
        })
        .collect()
}

/// Adds a boundary or replaces the one with its code.
///
/// # Errors
/// The database's.
pub async fn save_boundary(tx: &WriteTx, saved: &Boundary) -> Result<(), StoreError> {
    boundary::Entity::delete_by_id(saved.code.clone()).exec(tx.db()).await?;
    let row = boundary::Model {
        code: saved.code.clone(),
        level: saved.level.clone(),
        name: saved.name.clone(),
        parent_code: saved.parent_code.clone(),
        unit_id: text_opt(saved.unit.as_ref()),
        geometry: saved.geometry.clone(),
        min_x: saved.min_x,
        min_y: saved.min_y,
        max_x: saved.max_x,
        max_y: saved.max_y,
    };
    boundary::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}
