//! The words that checklist items had before they were changed: a finding is read by the words that it was judged by.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("item_wording")
            .col(text("id").primary_key())
            .col(text("item_id"))
            .col(big_integer("item_version"))
            .col(text("text"))
            .col(text_null("judgement"))
            .col(text("judgement_words"))
            .col(text("carve_out"))
            .col(text("until"))
            .foreign_key(
                ForeignKey::create().name("item_wording_item_id_fk").from("item_wording", "item_id").to("checklist_item", "id"),
            )
            .take();
        manager.create_table(table).await?;
        manager
            .create_index(super::column::unique("item_wording_item_id_version_key", "item_wording", &["item_id", "item_version"]))
            .await
    }
}
