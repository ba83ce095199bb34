//! The hub: who may log in, where, and which cities there are; with its own audit chain.

use sea_orm::{EntityTrait, QueryOrder, Set};
use serde_json::json;
use yipanqi_domain::moment::Moment;

use crate::city::{CityInfo, Slug};
use crate::dialect::Room;
use crate::entity::city;
use crate::error::StoreError;
use crate::tx::{ReadTx, from_moment};
use crate::write::{Author, WriteTx};

/// The database that all cities of an installation share.
#[derive(Debug)]
pub struct Hub {
    room: Room,
}

impl Hub {
    pub(crate) fn new(room: Room) -> Self {
        Self { room }
    }

    /// Begins a read-only transaction on the hub, e.g. to verify its audit chain.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn read(&self) -> Result<ReadTx, StoreError> {
        Ok(ReadTx(self.room.begin_read().await?))
    }

    pub(crate) async fn write(&self, by: Author, at: Moment) -> Result<WriteTx, StoreError> {
        Ok(WriteTx::new(self.room.begin_write().await?, by, at))
    }

    pub(crate) async fn add_city(&self, slug: &Slug, name: &str, title: &str, by: Author, at: Moment) -> Result<(), StoreError> {
        let mut tx = self.write(by, at).await?;
        let row = city::ActiveModel {
            slug: Set(slug.to_string()),
            name: Set(name.to_owned()),
            title: Set(title.to_owned()),
            created_at: Set(at.stored()),
            state: Set("open".to_owned()),
        };
        city::Entity::insert(row).exec_without_returning(tx.db()).await?;
        tx.audit("city_added", "city", slug.as_str(), &json!({ "name": name, "title": title }))?;
        tx.commit().await
    }

    pub(crate) async fn cities(&self) -> Result<Vec<CityInfo>, StoreError> {
        let tx = self.read().await?;
        let rows = city::Entity::find().order_by_asc(city::Column::Slug).all(tx.db()).await?;
        rows.into_iter().map(info).collect()
    }

    pub(crate) async fn city(&self, slug: &Slug) -> Result<CityInfo, StoreError> {
        let tx = self.read().await?;
        match city::Entity::find_by_id(slug.as_str()).one(tx.db()).await? {
            Some(row) => info(row),
            None => Err(StoreError::CityUnknown(slug.to_string())),
        }
    }
}

fn info(row: city::Model) -> Result<CityInfo, StoreError> {
    Ok(CityInfo { slug: row.slug.parse()?, name: row.name, title: row.title, created_at: from_moment(&row.created_at)? })
}
