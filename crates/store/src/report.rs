//! What was told and is no problem: praise, advice, consultations. Each is kept once by where it came from.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;

use crate::WriteTx;
use crate::entity::report;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{insert_all, json, text_opt};

/// Something told that is no problem.
#[doc(alias = "表扬")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Identity.
    pub id: Uuid,
    /// `praise`, `advice` and the like.
    pub kind: String,
    /// Where it came from.
    pub source: String,
    /// Its key there.
    pub external_key: String,
    /// The place in words.
    pub place_text: String,
    /// What was told.
    pub text: String,
    /// The unit it is about.
    pub unit: Option<UnitId>,
    /// When it was received.
    pub received_at: Moment,
    /// Everything else the source says.
    pub body: serde_json::Value,
}

/// Which of these keys of a source are known.
///
/// # Errors
/// The database's.
pub async fn known(tx: &ReadTx, source: &str, keys: &[&str]) -> Result<HashSet<String>, StoreError> {
    let mut known = HashSet::new();
    for keys in keys.chunks(500) {
        let found: Vec<String> = report::Entity::find()
            .select_only()
            .column(report::Column::ExternalKey)
            .filter(report::Column::Source.eq(source))
            .filter(report::Column::ExternalKey.is_in(keys.iter().copied()))
            .into_tuple()
            .all(tx.db())
            .await?;
        known.extend(found);
    }
    Ok(known)
}

/// Adds reports.
///
/// # Errors
/// `already_exists` if one is known, or the database's.
pub async fn add(tx: &WriteTx, new: &[Report]) -> Result<(), StoreError> {
    let rows = new
        .iter()
        .map(|new| {
            Ok(report::Model {
                id: new.id.to_string(),
                kind: new.kind.clone(),
                source: new.source.clone(),
                external_key: new.external_key.clone(),
                place_text: new.place_text.clone(),
                text: new.text.clone(),
                unit_id: text_opt(new.unit.as_ref()),
                received_at: new.received_at.stored(),
                body: json(&new.body)?,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    insert_all::<report::Entity, _>(tx.db(), rows).await
}
