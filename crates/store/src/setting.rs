//! What a city has decided: policies and choices by key, as JSON.

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
    let row = setting::Entity::find_by_id(key).one(tx.db()).await?;
    row.map(|row| read_json("setting", &row.value)).transpose()
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
