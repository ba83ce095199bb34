//! Between columns and values: identities, days, moments, words and JSON as text, and rows in bulk.

use std::fmt::Display;
use std::str::FromStr;

use chrono::NaiveDate;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use yipanqi_domain::moment::Moment;

use crate::error::StoreError;

/// A new identity; its text sorts by the time of its making.
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

fn unreadable(what: &'static str, text: &str) -> StoreError {
    StoreError::Stored { what, text: text.chars().take(80).collect() }
}

/// Reads a stored identity.
pub(crate) fn id<T: FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| unreadable("id", text))
}

/// Reads an identity that may be absent.
pub(crate) fn id_opt<T: FromStr>(text: Option<&String>) -> Result<Option<T>, StoreError> {
    text.map(|text| id(text)).transpose()
}

/// Writes an identity that may be absent.
pub(crate) fn text_opt<T: Display>(value: Option<&T>) -> Option<String> {
    value.map(ToString::to_string)
}

/// Reads a stored day.
pub(crate) fn day(text: &str) -> Result<NaiveDate, StoreError> {
    text.parse().map_err(|_| unreadable("day", text))
}

/// Reads a day that may be absent.
pub(crate) fn day_opt(text: Option<&String>) -> Result<Option<NaiveDate>, StoreError> {
    text.map(|text| day(text)).transpose()
}

/// Reads a stored moment.
pub(crate) fn moment(text: &str) -> Result<Moment, StoreError> {
    Moment::parse(text).map_err(|_| unreadable("moment", text))
}

/// Reads a moment that may be absent.
pub(crate) fn moment_opt(text: Option<&String>) -> Result<Option<Moment>, StoreError> {
    text.map(|text| moment(text)).transpose()
}

/// The word by which an enum is stored: its JSON text without quotes.
pub(crate) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(unreadable("word", &other.to_string())),
    }
}

/// Reads the word of an enum.
pub(crate) fn read_word<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).map_err(|_| unreadable(what, text))
}

/// A value as stored JSON text.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    Ok(serde_json::to_string(value)?)
}

/// Reads stored JSON text.
pub(crate) fn read_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| unreadable(what, text))
}

/// Inserts rows, as many per statement as both databases admit (SQLite: 32,766 variables).
pub(crate) async fn insert_all<E, M>(db: &impl ConnectionTrait, rows: Vec<M>) -> Result<(), StoreError>
where
    E: EntityTrait,
    M: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
    let per_statement = (30_000 / E::Column::iter().count().max(1)).min(500);
    let mut rows = rows.into_iter();
    loop {
        let batch: Vec<E::ActiveModel> = rows.by_ref().take(per_statement).map(IntoActiveModel::into_active_model).collect();
        if batch.is_empty() {
            return Ok(());
        }
        E::insert_many(batch).exec_without_returning(db).await?;
    }
}

/// How many fulfil the condition, of the rows of the query.
pub(crate) fn sum_of(fulfils: Condition) -> Expr {
    Expr::expr(CaseStatement::new().case(fulfils, 1_i64).finally(0_i64)).sum().cast_as("bigint")
}

/// A count as the database gives it; never below nothing.
pub(crate) fn natural(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
