//! Gapless series of numbers: a number is taken in the transaction that uses it, so a rolled back one is given again.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{EntityTrait, Set};

use crate::entity::series;
use crate::error::StoreError;
use crate::write::WriteTx;

/// The next number of the series, from 1; others who want one wait until this transaction ends.
///
/// # Errors
/// If the database fails.
pub async fn next(tx: &mut WriteTx, name: &str) -> Result<i64, StoreError> {
    take(tx, name, 1).await
}

/// Takes `count` numbers of the series at once and gives the last of them.
///
/// # Errors
/// If the database fails.
pub async fn take(tx: &mut WriteTx, name: &str, count: i64) -> Result<i64, StoreError> {
    let row = series::ActiveModel { name: Set(name.to_owned()), value: Set(count) };
    let grow = Expr::col((series::Entity, series::Column::Value)).add(count);
    let insert = series::Entity::insert(row)
        .on_conflict(OnConflict::column(series::Column::Name).value(series::Column::Value, grow).to_owned());
    Ok(insert.exec_with_returning(tx.db()).await?.value)
}
