//! Notices to persons: what happened that concerns them, whether they have read it, and by which ways they want to hear.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use yipanqi_domain::id::PersonId;
use yipanqi_domain::moment::Moment;

use crate::entity::{notice, notice_held, notice_way};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, insert_all, json, moment, moment_opt, read_json, read_word, word};
use crate::write::WriteTx;

/// By which way somebody wants to hear of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Not at all.
    None,
    /// In the product.
    InApp,
    /// In the product and by mail at once.
    Mail,
    /// In the product and by mail, once a day: one for each kind.
    Digest,
}

/// A notice.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Identity.
    pub id: Uuid,
    /// To whom.
    pub person: PersonId,
    /// What happened, as a word.
    pub kind: String,
    /// The noun it is about.
    pub subject_kind: String,
    /// The one it is about; none: several.
    pub subject: Option<String>,
    /// How many it is about.
    pub count: i64,
    /// What its sentence is filled with.
    pub body: Value,
    /// When.
    pub at: Moment,
    /// When it was read.
    pub read_at: Option<Moment>,
}

fn read(row: notice::Model) -> Result<Notice, StoreError> {
    Ok(Notice {
        id: id(&row.id)?,
        person: id(&row.person_id)?,
        kind: row.kind,
        subject_kind: row.subject_kind,
        subject: row.subject_id,
        count: row.count,
        body: read_json("notice", &row.body)?,
        at: moment(&row.at)?,
        read_at: moment_opt(row.read_at.as_ref())?,
    })
}

/// Adds notices and tells the pages of their receivers.
///
/// # Errors
/// The database's.
pub async fn add(tx: &mut WriteTx, new: &[Notice]) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(new.len());
    for notice in new {
        rows.push(notice::Model {
            id: notice.id.to_string(),
            person_id: notice.person.to_string(),
            kind: notice.kind.clone(),
            subject_kind: notice.subject_kind.clone(),
            subject_id: notice.subject.clone(),
            count: notice.count,
            body: json(&notice.body)?,
            at: notice.at.stored(),
            read_at: notice.read_at.map(Moment::stored),
        });
    }
    insert_all::<notice::Entity, _>(tx.db(), rows).await?;
    for notice in new {
        tx.event("notice", &notice.person.to_string(), &[])?;
    }
    Ok(())
}

/// A person's notices, newest first, and how many there are.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx, person: PersonId, offset: u64, limit: u64) -> Result<(Vec<Notice>, u64), StoreError> {
    let find = notice::Entity::find().filter(notice::Column::PersonId.eq(person.to_string()));
    let total = find.clone().count(tx.db()).await?;
    let rows =
        find.order_by_desc(notice::Column::At).order_by_desc(notice::Column::Id).offset(offset).limit(limit).all(tx.db()).await?;
    Ok((rows.into_iter().map(read).collect::<Result<_, _>>()?, total))
}

/// How many a person has not read.
///
/// # Errors
/// The database's.
pub async fn unread(tx: &ReadTx, person: PersonId) -> Result<u64, StoreError> {
    let find =
        notice::Entity::find().filter(notice::Column::PersonId.eq(person.to_string())).filter(notice::Column::ReadAt.is_null());
    Ok(find.count(tx.db()).await?)
}

/// Marks notices of a person as read; all of them if none is named.
///
/// # Errors
/// The database's.
pub async fn mark_read(tx: &mut WriteTx, person: PersonId, notices: &[Uuid]) -> Result<u64, StoreError> {
    let mut update = notice::Entity::update_many()
        .col_expr(notice::Column::ReadAt, Expr::value(Some(tx.at().stored())))
        .filter(notice::Column::PersonId.eq(person.to_string()))
        .filter(notice::Column::ReadAt.is_null());
    if !notices.is_empty() {
        update = update.filter(notice::Column::Id.is_in(notices.iter().map(ToString::to_string)));
    }
    let changed = update.exec(tx.db()).await?.rows_affected;
    tx.event("notice", &person.to_string(), &[])?;
    Ok(changed)
}

/// The ways chosen by these persons, by person and kind; what is not chosen is left out.
///
/// # Errors
/// The database's.
pub async fn ways(tx: &ReadTx, persons: &[PersonId]) -> Result<BTreeMap<(PersonId, String), Way>, StoreError> {
    let mut ways = BTreeMap::new();
    for persons in persons.chunks(500) {
        let rows = notice_way::Entity::find()
            .filter(notice_way::Column::PersonId.is_in(persons.iter().map(ToString::to_string)))
            .all(tx.db())
            .await?;
        for row in rows {
            ways.insert((id(&row.person_id)?, row.kind), read_word("way", &row.way)?);
        }
    }
    Ok(ways)
}

/// Something that waits for a person's digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Who hears of it.
    pub person: PersonId,
    /// What happened, as a word.
    pub kind: String,
    /// The noun it is about.
    pub subject_kind: String,
    /// The one it is about.
    pub subject: String,
    /// It in words.
    pub title: String,
}

/// Keeps things for the digests of their receivers.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &WriteTx, held: Vec<Held>) -> Result<(), StoreError> {
    let row = |held: Held| notice_held::Model {
        id: Uuid::now_v7().to_string(),
        person_id: held.person.to_string(),
        kind: held.kind,
        subject_kind: held.subject_kind,
        subject_id: held.subject,
        title: held.title,
        at: tx.at().stored(),
    };
    insert_all::<notice_held::Entity, _>(tx.db(), held.into_iter().map(row).collect()).await
}

/// Takes out what waits for digests, oldest first.
///
/// # Errors
/// The database's.
pub async fn take_held(tx: &WriteTx) -> Result<Vec<Held>, StoreError> {
    let rows = notice_held::Entity::find().order_by_asc(notice_held::Column::At).order_by_asc(notice_held::Column::Id);
    let rows = rows.all(tx.db()).await?;
    let mut held = Vec::with_capacity(rows.len());
    for rows in rows.chunks(500) {
        let ids = rows.iter().map(|row| row.id.clone());
        notice_held::Entity::delete_many().filter(notice_held::Column::Id.is_in(ids)).exec(tx.db()).await?;
    }
    for row in rows {
        let person = id(&row.person_id)?;
        let (kind, subject_kind, subject, title) = (row.kind, row.subject_kind, row.subject_id, row.title);
        held.push(Held { person, kind, subject_kind, subject, title });
    }
    Ok(held)
}

/// Sets a person's way for a kind.
///
/// # Errors
/// The database's.
pub async fn set_way(tx: &WriteTx, person: PersonId, kind: &str, way: Way) -> Result<(), StoreError> {
    let row = notice_way::Model { person_id: person.to_string(), kind: kind.to_owned(), way: word(&way)? };
    let conflict = OnConflict::columns([notice_way::Column::PersonId, notice_way::Column::Kind])
        .update_column(notice_way::Column::Way)
        .to_owned();
    notice_way::Entity::insert(row.into_active_model()).on_conflict(conflict).exec_without_returning(tx.db()).await?;
    Ok(())
}
