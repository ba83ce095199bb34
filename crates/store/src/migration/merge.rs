//! Sites that were merged into others, with what moved.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null};

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("site_merge")
            .col(text("id").primary_key())
            .col(text("merged_id"))
            .col(text("kept_id"))
            .col(text("made_by"))
            .col(text("made_at"))
            .col(text("moved"))
            .col(text_null("undone_at"))
            .foreign_key(ForeignKey::create().name("site_merge_merged_id_fk").from("site_merge", "merged_id").to("site", "id"))
            .foreign_key(ForeignKey::create().name("site_merge_kept_id_fk").from("site_merge", "kept_id").to("site", "id"))
            .take();
        manager.create_table(table).await?;
        manager.create_index(index("site_merge_kept_id_idx", "site_merge", &["kept_id"])).await?;
        manager.create_index(index("site_merge_merged_id_idx", "site_merge", &["merged_id"])).await?;
        manager.create_index(index("site_duplicate_of_idx", "site", &["duplicate_of"])).await
    }
}
