//! What waits for the daily digests of notices.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text;

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let held = Table::create()
            .table("notice_held")
            .col(text("id").primary_key())
            .col(text("person_id"))
            .col(text("kind"))
            .col(text("subject_kind"))
            .col(text("subject_id"))
            .col(text("title"))
            .col(text("at"))
            .foreign_key(
                ForeignKey::create().name("notice_held_person_id_fk").from("notice_held", "person_id").to("person", "id"),
            )
            .take();
        manager.create_table(held).await?;
        manager.create_index(index("notice_held_at_idx", "notice_held", &["at"])).await
    }
}
