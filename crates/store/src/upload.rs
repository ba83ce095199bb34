//! Photographs that arrive by and by: who is sending what, by the hash of its bytes.
//!
//! The bytes lie as a part beside the photographs ([`crate::media::Media::part_size`] and its neighbours); how far a part
//! has come is the length of its file, so that a crash between file and row loses nothing. A row belongs to one person:
//! whether a hash is known is told to nobody else.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;
use yipanqi_domain::evidence::Capture;
use yipanqi_domain::id::{MediaId, PersonId};
use yipanqi_domain::moment::Moment;

use crate::entity::upload as table;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, json, moment, read_json};
use crate::write::WriteTx;

/// A photograph under way, or arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Identity, also the name of its part.
    pub id: Uuid,
    /// Who sends it.
    pub person: PersonId,
    /// The hash that was taken when it was captured.
    pub sha256: String,
    /// Bytes in all.
    pub size: i64,
    /// What the file is called.
    pub file_name: String,
    /// What the device knew when it was taken.
    pub capture: Option<Capture>,
    /// The photograph, once everything has arrived.
    pub media: Option<MediaId>,
    /// When its first piece was announced.
    pub begun_at: Moment,
}

/// What this person sends under this hash.
///
/// # Errors
/// The database's.
pub async fn find(tx: &ReadTx, person: PersonId, sha256: &str) -> Result<Option<Upload>, StoreError> {
    let row = table::Entity::find()
        .filter(table::Column::PersonId.eq(person.to_string()))
        .filter(table::Column::Sha256.eq(sha256))
        .one(tx.db())
        .await?;
    row.map(read).transpose()
}

fn read(row: table::Model) -> Result<Upload, StoreError> {
    Ok(Upload {
        id: id(&row.id)?,
        person: id(&row.person_id)?,
        size: row.size,
        capture: row.capture.as_deref().map(|text| read_json("upload.capture", text)).transpose()?,
        media: id_opt(row.media_id.as_ref())?,
        begun_at: moment(&row.begun_at)?,
        sha256: row.sha256,
        file_name: row.file_name,
    })
}

/// Announces a photograph.
///
/// # Errors
/// `already_exists` if this person has announced this hash, or the database's.
pub async fn begin(tx: &WriteTx, upload: &Upload) -> Result<(), StoreError> {
    let row = table::ActiveModel {
        id: Set(upload.id.to_string()),
        person_id: Set(upload.person.to_string()),
        sha256: Set(upload.sha256.clone()),
        size: Set(upload.size),
        file_name: Set(upload.file_name.clone()),
        capture: Set(upload.capture.as_ref().map(json).transpose()?),
        media_id: Set(None),
        begun_at: Set(upload.begun_at.stored()),
    };
    table::Entity::insert(row).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Notes that everything has arrived and which photograph it is.
///
/// # Errors
/// The database's.
pub async fn finish(tx: &WriteTx, upload: Uuid, media: MediaId) -> Result<(), StoreError> {
    let row = table::ActiveModel { id: Set(upload.to_string()), media_id: Set(Some(media.to_string())), ..Default::default() };
    row.update(tx.db()).await?;
    Ok(())
}
