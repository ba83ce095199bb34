//! What the device knew when a photograph was taken, beside what the file says of itself.

use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};
use yipanqi_domain::evidence::Capture;
use yipanqi_domain::id::MediaId;

use crate::entity::capture as table;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{moment, read_word, word};
use crate::write::WriteTx;

/// Keeps what the device knew; what was kept first stays.
///
/// # Errors
/// The database's.
pub async fn keep_capture(tx: &WriteTx, media: MediaId, capture: &Capture) -> Result<(), StoreError> {
    let row = table::ActiveModel {
        media_id: Set(media.to_string()),
        made_at: Set(capture.made_at.stored()),
        clock_offset_ms: Set(capture.clock_offset_ms),
        longitude: Set(capture.longitude),
        latitude: Set(capture.latitude),
        accuracy_m: Set(capture.accuracy_m.map(i64::from)),
        datum: Set(word(&capture.datum)?),
        origin: Set(word(&capture.origin)?),
    };
    table::Entity::insert(row)
        .on_conflict(OnConflict::column(table::Column::MediaId).do_nothing().to_owned())
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// What the device knew when a photograph was taken; none where it came without a word.
///
/// # Errors
/// The database's.
pub async fn capture(tx: &ReadTx, media: MediaId) -> Result<Option<Capture>, StoreError> {
    let Some(row) = table::Entity::find_by_id(media.to_string()).one(tx.db()).await? else { return Ok(None) };
    Ok(Some(Capture {
        made_at: moment(&row.made_at)?,
        clock_offset_ms: row.clock_offset_ms,
        longitude: row.longitude,
        latitude: row.latitude,
        accuracy_m: row.accuracy_m.and_then(|metres| u32::try_from(metres).ok()),
        datum: read_word("capture.datum", &row.datum)?,
        origin: read_word("capture.origin", &row.origin)?,
    }))
}
