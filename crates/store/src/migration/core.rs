//! One hash for each photograph instead of one for each window into it, made of the signatures that are kept.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text};
use yipanqi_domain::evidence::near::Signature;

use crate::entity::{core_hash, signature};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("core_hash")
            .col(text("media_id"))
            .col(big_integer("hash"))
            // Both, so that reading all hashes in order reads nothing but the index.
            .primary_key(Index::create().name("core_hash_pkey").col("media_id").col("hash"))
            .take();
        manager.create_table(table).await?;
        let mut last = String::new();
        loop {
            let find = signature::Entity::find().filter(signature::Column::MediaId.gt(last.clone()));
            let rows = find.order_by_asc(signature::Column::MediaId).limit(500).all(manager.get_connection()).await?;
            let Some(end) = rows.last() else { break };
            last.clone_from(&end.media_id);
            let cores = rows.into_iter().filter_map(|row| {
                let signature = Signature::new(hex::decode(&row.cells).ok()?)?;
                let hash = i64::from_ne_bytes(signature.core().0.to_ne_bytes());
                Some(core_hash::ActiveModel { media_id: sea_orm::Set(row.media_id), hash: sea_orm::Set(hash) })
            });
            core_hash::Entity::insert_many(cores).exec_without_returning(manager.get_connection()).await?;
        }
        manager.drop_table(Table::drop().table("block_hash").take()).await
    }
}
