//! Who acts for whom, from when to when.

use chrono::NaiveDate;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use uuid::Uuid;
use yipanqi_domain::access::Delegation;
use yipanqi_domain::id::PersonId;

use crate::entity::delegation;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day, day_opt, id};
use crate::write::WriteTx;

/// A delegation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDelegation {
    /// Identity.
    pub id: Uuid,
    /// What the rules know.
    pub delegation: Delegation,
    /// Why.
    pub reason: String,
    /// The name of who gave it.
    pub created_by: String,
}

fn read(row: delegation::Model) -> Result<KeptDelegation, StoreError> {
    Ok(KeptDelegation {
        id: id(&row.id)?,
        delegation: Delegation {
            absent: id(&row.absent_id)?,
            deputy: id(&row.deputy_id)?,
            from: day(&row.from_on)?,
            to: day(&row.to_on)?,
            ended_on: day_opt(row.ended_on.as_ref())?,
        },
        reason: row.reason,
        created_by: row.created_by,
    })
}

/// Those in which a person is absent or deputy, the newest first.
///
/// # Errors
/// The database's.
pub async fn of_person(tx: &ReadTx, person: PersonId) -> Result<Vec<KeptDelegation>, StoreError> {
    use delegation::Column::{AbsentId, DeputyId, FromOn, Id};
    let person = person.to_string();
    let mine = Condition::any().add(AbsentId.eq(person.as_str())).add(DeputyId.eq(person.as_str()));
    let rows = delegation::Entity::find().filter(mine).order_by_desc(FromOn).order_by_desc(Id).all(tx.db()).await?;
    rows.into_iter().map(read).collect()
}

/// One of them.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, wanted: Uuid) -> Result<KeptDelegation, StoreError> {
    let row = delegation::Entity::find_by_id(wanted.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "delegation", id: wanted.to_string() })
}

/// Adds one, in the name of the transaction.
///
/// # Errors
/// The database's.
pub async fn add(tx: &WriteTx, new: &KeptDelegation) -> Result<(), StoreError> {
    let row = delegation::Model {
        id: new.id.to_string(),
        absent_id: new.delegation.absent.to_string(),
        deputy_id: new.delegation.deputy.to_string(),
        from_on: new.delegation.from.to_string(),
        to_on: new.delegation.to.to_string(),
        ended_on: None,
        reason: new.reason.clone(),
        created_at: tx.at().stored(),
        created_by: tx.by().name.clone(),
    };
    delegation::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Ends one: from this day on it holds no more.
///
/// # Errors
/// The database's.
pub async fn end(tx: &WriteTx, ended: Uuid, on: NaiveDate) -> Result<(), StoreError> {
    delegation::Entity::update_many()
        .col_expr(delegation::Column::EndedOn, Expr::value(on.to_string()))
        .filter(delegation::Column::Id.eq(ended.to_string()))
        .exec(tx.db())
        .await?;
    Ok(())
}
