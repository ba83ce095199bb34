//! Lists as somebody keeps them: filter, columns and order under a name of one's own.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set};
use yipanqi_domain::id::PersonId;

use crate::entity::saved_view;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::write::WriteTx;

/// A kept view of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its name, unique per person and list.
    pub name: String,
    /// The query string of the page.
    pub query: String,
}

/// The views a person keeps of a list, in order.
///
/// # Errors
/// If the database fails.
pub async fn of_list(tx: &ReadTx, person: PersonId, list: &str) -> Result<Vec<SavedView>, StoreError> {
    let rows = kept(person, list).order_by_asc(saved_view::Column::Position).all(tx.db()).await?;
    Ok(rows.into_iter().map(|row| SavedView { name: row.name, query: row.query }).collect())
}

/// Keeps a view, behind the others, or in place of the one of the same name.
///
/// # Errors
/// If the database fails.
pub async fn keep(tx: &mut WriteTx, person: PersonId, list: &str, view: SavedView) -> Result<(), StoreError> {
    let position = kept(person, list).count(tx.db()).await?;
    let row = saved_view::ActiveModel {
        id: Set(crate::new_id()),
        person_id: Set(person.to_string()),
        list: Set(list.to_owned()),
        name: Set(view.name),
        query: Set(view.query),
        position: Set(i64::try_from(position).unwrap_or(i64::MAX)),
    };
    let same = OnConflict::columns([saved_view::Column::PersonId, saved_view::Column::List, saved_view::Column::Name])
        .update_column(saved_view::Column::Query)
        .to_owned();
    saved_view::Entity::insert(row).on_conflict(same).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Forgets a view.
///
/// # Errors
/// If the database fails.
pub async fn forget(tx: &mut WriteTx, person: PersonId, list: &str, name: &str) -> Result<(), StoreError> {
    saved_view::Entity::delete_many()
        .filter(saved_view::Column::PersonId.eq(person.to_string()))
        .filter(saved_view::Column::List.eq(list))
        .filter(saved_view::Column::Name.eq(name))
        .exec(tx.db())
        .await?;
    Ok(())
}

fn kept(person: PersonId, list: &str) -> sea_orm::Select<saved_view::Entity> {
    saved_view::Entity::find()
        .filter(saved_view::Column::PersonId.eq(person.to_string()))
        .filter(saved_view::Column::List.eq(list))
}
