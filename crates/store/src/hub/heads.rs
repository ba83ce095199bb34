//! The ends of the cities' audit logs, kept in the hub day by day, so that a log cut at its end or rewritten is noticed.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use serde_json::json;
use yipanqi_domain::audit::{Hash, Head};
use yipanqi_domain::moment::Moment;

use super::Hub;
use crate::city::Slug;
use crate::entity::kept_head;
use crate::error::StoreError;
use crate::write::Author;

impl Hub {
    /// Keeps the end of a city's log; the same end kept twice is kept once.
    ///
    /// # Errors
    /// `reference_broken` if there is no such city.
    pub async fn keep_head(&self, city: &Slug, head: Head, by: Author, at: Moment) -> Result<(), StoreError> {
        let mut tx = self.write(by, at).await?;
        let row = kept_head::ActiveModel {
            city_slug: Set(city.to_string()),
            seq: Set(i64::try_from(head.seq).unwrap_or(i64::MAX)),
            hash: Set(head.hash.to_string()),
            kept_at: Set(at.stored()),
        };
        let same = OnConflict::columns([kept_head::Column::CitySlug, kept_head::Column::Seq]).do_nothing().to_owned();
        let kept = kept_head::Entity::insert(row).on_conflict(same).exec_without_returning(tx.db()).await?;
        if kept > 0 {
            tx.audit("head_kept", "city", city.as_str(), &json!({ "seq": head.seq, "hash": head.hash.to_string() }))?;
        }
        tx.commit().await
    }

    /// The ends of a city's log that were kept, the oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn kept_heads(&self, city: &Slug) -> Result<Vec<Head>, StoreError> {
        let tx = self.read().await?;
        let rows = kept_head::Entity::find()
            .filter(kept_head::Column::CitySlug.eq(city.as_str()))
            .order_by_asc(kept_head::Column::Seq)
            .all(tx.db())
            .await?;
        // What cannot be read was tampered with: a value that no entry has makes verifying name it.
        let head = |row: kept_head::Model| Head {
            seq: u64::try_from(row.seq).unwrap_or(u64::MAX),
            hash: row.hash.parse().unwrap_or(Hash::NONE),
        };
        Ok(rows.into_iter().map(head).collect())
    }
}
