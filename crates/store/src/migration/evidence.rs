//! By what near copies are found, and what reviewers decided about what they were shown.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let signature = Table::create().table("signature").col(text("media_id").primary_key()).col(text("cells")).take();
        let hash = Table::create()
            .table("block_hash")
            .col(text("id").primary_key())
            .col(text("media_id"))
            .col(big_integer("place"))
            .col(big_integer("hash"))
            .col(big_integer("first"))
            .col(big_integer("second"))
            .col(big_integer("third"))
            .col(big_integer("fourth"))
            .take();
        let decision = Table::create()
            .table("evidence_decision")
            .col(text("id").primary_key())
            .col(text("media_id"))
            .col(text("flag"))
            .col(one_of("decision", &["accepted", "doubted"]))
            .col(text("reason"))
            .col(text("decided_by"))
            .col(text("decided_at"))
            .take();
        for table in [signature, hash, decision] {
            manager.create_table(table).await?;
        }
        for (name, quarter) in [
            ("block_hash_first_place_idx", "first"),
            ("block_hash_second_place_idx", "second"),
            ("block_hash_third_place_idx", "third"),
            ("block_hash_fourth_place_idx", "fourth"),
        ] {
            manager.create_index(index(name, "block_hash", &[quarter, "place"])).await?;
        }
        manager.create_index(unique("block_hash_media_id_place_key", "block_hash", &["media_id", "place"])).await?;
        manager.create_index(unique("evidence_decision_media_id_flag_key", "evidence_decision", &["media_id", "flag"])).await
    }
}
