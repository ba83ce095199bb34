//! What a city has decided: policies and choices by key, as JSON.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::entity::setting;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{json, read_json};
use crate::write::WriteTx;

/// The value of a key; none if the city has not decided.
///
/// # Errors
/// `stored_value_unreadable`, or the database's.
pub async fn get<T: DeserializeOwned>(tx: &ReadTx, key: &str) -> Result<Option<T>, StoreError> {
    let settings = tx.kept("settings", all(tx)).await?;
    settings.get(key).map(|value| read_json("setting", value)).transpose()
}

async fn all(tx: &ReadTx) -> Result<HashMap<String, String>, StoreError> {
    let rows = setting::Entity::find().all(tx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.value)).collect())
}

/// Sets the value of a key.
///
/// # Errors
/// The database's.
pub async fn put<T: Serialize>(tx: &WriteTx, key: &str, value: &T) -> Result<(), StoreError> {
    let row = setting::ActiveModel { key: Set(key.to_owned()), value: Set(json(value)?) };
    setting::Entity::insert(row)
        .on_conflict(OnConflict::column(setting::Column::Key).update_column(setting::Column::Value).to_owned())
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}
