//! The working calendar of a city: its years as rows, its time zone and working segments as a setting.

use std::sync::Arc;

use sea_orm::{EntityTrait, IntoActiveModel, QueryOrder, sea_query};
use yipanqi_domain::calendar::{Calendar, Year};

use crate::WriteTx;
use crate::entity::calendar_year;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{json, read_json};

/// Reads the city's calendar; a city without any year has an empty one.
///
/// # Errors
/// The database's, or stored years that make no calendar.
pub async fn load(tx: &ReadTx) -> Result<Arc<Calendar>, StoreError> {
    tx.kept("calendar", read(tx)).await
}

async fn read(tx: &ReadTx) -> Result<Calendar, StoreError> {
    let rows = calendar_year::Entity::find().order_by_asc(calendar_year::Column::Year).all(tx.db()).await?;
    let years = rows
        .iter()
        .map(|row| {
            let year = i32::try_from(row.year)
                .map_err(|_| StoreError::Stored { what: "calendar_year.year", text: row.year.to_string() })?;
            Ok((year, read_json::<Year>("calendar_year.body", &row.body)?))
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Calendar::from_days(years).map_err(|error| StoreError::Stored { what: "calendar", text: error.to_string() })
}

/// Adds a year or replaces it.
///
/// # Errors
/// The database's.
pub async fn save_year(tx: &WriteTx, year: i32, body: &Year) -> Result<(), StoreError> {
    let row = calendar_year::Model { year: i64::from(year), body: json(body)?, version: 1 };
    calendar_year::Entity::insert(row.into_active_model())
        .on_conflict(
            sea_query::OnConflict::column(calendar_year::Column::Year).update_columns([calendar_year::Column::Body]).to_owned(),
        )
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}
