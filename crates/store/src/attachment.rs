//! What a photograph or file belongs to; whoever may see the subject may see it.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use yipanqi_domain::id::MediaId;

use crate::entity::attachment;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, insert_all, new_id};
use crate::write::WriteTx;

/// A photograph in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Which.
    pub media: MediaId,
    /// `before`, `after`, `evidence`, `reply`.
    pub stage: String,
}

/// Hangs photographs on a subject, in this order.
///
/// # Errors
/// The database's.
pub async fn attach(tx: &WriteTx, media: &[MediaId], subject_kind: &str, subject_id: &str, stage: &str) -> Result<(), StoreError> {
    let row = |(position, media): (i64, &MediaId)| attachment::Model {
        id: new_id().to_string(),
        media_id: media.to_string(),
        subject_kind: subject_kind.to_owned(),
        subject_id: subject_id.to_owned(),
        stage: stage.to_owned(),
        position,
    };
    insert_all::<attachment::Entity, _>(tx.db(), (0..).zip(media).map(row).collect()).await
}

/// What hangs on the subjects of a kind, in order.
///
/// # Errors
/// The database's.
pub async fn of(tx: &ReadTx, subject_kind: &str, subjects: &[String]) -> Result<BTreeMap<String, Vec<Attachment>>, StoreError> {
    let mut found = BTreeMap::<String, Vec<Attachment>>::new();
    for subjects in subjects.chunks(500) {
        let rows = attachment::Entity::find()
            .filter(attachment::Column::SubjectKind.eq(subject_kind))
            .filter(attachment::Column::SubjectId.is_in(subjects.iter().map(String::as_str)))
            .order_by_asc(attachment::Column::Id)
            .all(tx.db())
            .await?;
        for row in rows {
            let attachment = Attachment { media: id(&row.media_id)?, stage: row.stage };
            found.entry(row.subject_id).or_default().push(attachment);
        }
    }
    Ok(found)
}

/// The subjects on which a photograph hangs, as kind and identity.
///
/// # Errors
/// The database's.
pub async fn subjects(tx: &ReadTx, media: MediaId) -> Result<Vec<(String, String)>, StoreError> {
    let rows = attachment::Entity::find().filter(attachment::Column::MediaId.eq(media.to_string())).all(tx.db()).await?;
    Ok(rows.into_iter().map(|row| (row.subject_kind, row.subject_id)).collect())
}
