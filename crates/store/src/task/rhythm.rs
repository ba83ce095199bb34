//! Rhythms: what comes back in every period.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::task::rhythm::Every;

use crate::entity::rhythm;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, read_word, text_opt, word};
use crate::write::WriteTx;

/// What a rhythm is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RhythmKind {
    /// 调度.
    Dispatch,
    /// 部署.
    Deploy,
    /// 通报.
    Bulletin,
    /// 考核.
    Appraise,
    /// 检查.
    Inspect,
    /// 考察.
    Examine,
}

/// What comes back in every period.
#[doc(alias = "周调度")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rhythm {
    /// Identity.
    pub id: Uuid,
    /// Its name, such as 周调度.
    pub name: String,
    /// What it is for.
    pub kind: RhythmKind,
    /// How often.
    pub every: Every,
    /// On which working day of the period it is due.
    pub working_day: u32,
    /// The unit that does it.
    pub lead: Option<UnitId>,
    /// What is to be done each time.
    pub words: String,
    /// Whether it goes on.
    pub active: bool,
    /// One more with every change.
    pub version: i64,
}

/// All rhythms, the most frequent first.
///
/// # Errors
/// The database's.
pub async fn rhythms(tx: &ReadTx) -> Result<Vec<Rhythm>, StoreError> {
    read(rhythm::Entity::find().order_by_asc(rhythm::Column::Name).all(tx.db()).await?)
}

/// All rhythms, held until the transaction ends: of two that draft at once the second sees what the first has drafted.
///
/// # Errors
/// The database's.
pub async fn hold_rhythms(tx: &WriteTx) -> Result<Vec<Rhythm>, StoreError> {
    read(rhythm::Entity::find().order_by_asc(rhythm::Column::Name).lock_exclusive().all(tx.db()).await?)
}

fn read(rows: Vec<rhythm::Model>) -> Result<Vec<Rhythm>, StoreError> {
    let mut rhythms = rows
        .into_iter()
        .map(|row| {
            Ok(Rhythm {
                id: id(&row.id)?,
                kind: read_word("rhythm.kind", &row.kind)?,
                every: read_word("rhythm.every", &row.every)?,
                working_day: u32::try_from(row.working_day).unwrap_or(1),
                lead: id_opt(row.lead_id.as_ref())?,
                name: row.name,
                words: row.words,
                active: row.active,
                version: row.version,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    rhythms.sort_by_key(|rhythm| rhythm.every);
    Ok(rhythms)
}

/// Adds a rhythm (`version` 0) or replaces the one read with `version`.
///
/// # Errors
/// `rhythm_name_taken`, `version_conflict`, or the database's.
pub async fn save_rhythm(tx: &WriteTx, saved: &Rhythm) -> Result<(), StoreError> {
    let row = rhythm::Model {
        id: saved.id.to_string(),
        name: saved.name.clone(),
        kind: word(&saved.kind)?,
        every: word(&saved.every)?,
        working_day: saved.working_day.into(),
        lead_id: text_opt(saved.lead.as_ref()),
        words: saved.words.clone(),
        active: saved.active,
        version: saved.version + 1,
    };
    if saved.version == 0 {
        rhythm::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = rhythm::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(rhythm::Column::Id.eq(saved.id.to_string()))
        .filter(rhythm::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "rhythm", id: saved.id.to_string() });
    }
    Ok(())
}
