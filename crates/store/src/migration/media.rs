//! Photographs and files, what they belong to, and the lists people keep.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [media(), attachment(), saved_view()] {
            manager.create_table(table).await?;
        }
        manager.create_index(unique("media_sha256_uploaded_by_key", "media", &["sha256", "uploaded_by"])).await?;
        manager
            .create_index(index("attachment_subject_kind_subject_id_idx", "attachment", &["subject_kind", "subject_id"]))
            .await?;
        manager.create_index(index("attachment_media_id_idx", "attachment", &["media_id"])).await?;
        manager.create_index(unique("saved_view_person_id_list_name_key", "saved_view", &["person_id", "list", "name"])).await
    }
}

fn media() -> TableCreateStatement {
    Table::create()
        .table("media")
        .col(text("id").primary_key())
        .col(text("sha256"))
        .col(big_integer("size"))
        .col(text("kind"))
        .col(big_integer_null("width"))
        .col(big_integer_null("height"))
        .col(big_integer_null("orientation"))
        .col(text_null("taken_at"))
        .col(big_integer_null("longitude"))
        .col(big_integer_null("latitude"))
        .col(text_null("camera"))
        .col(text_null("software"))
        .col(text("file_name"))
        .col(text("uploaded_by"))
        .col(text("uploaded_at"))
        .take()
}

fn attachment() -> TableCreateStatement {
    Table::create()
        .table("attachment")
        .col(text("id").primary_key())
        .col(text("media_id"))
        .col(text("subject_kind"))
        .col(text("subject_id"))
        .col(one_of("stage", &["before", "after", "evidence", "reply"]))
        .col(big_integer("position"))
        .foreign_key(ForeignKey::create().name("attachment_media_id_fk").from("attachment", "media_id").to("media", "id"))
        .take()
}

fn saved_view() -> TableCreateStatement {
    Table::create()
        .table("saved_view")
        .col(text("id").primary_key())
        .col(text("person_id"))
        .col(text("list"))
        .col(text("name"))
        .col(text("query"))
        .col(big_integer("position"))
        .take()
}
