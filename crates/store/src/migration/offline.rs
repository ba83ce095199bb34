//! What phones send and take along: photographs under way, what the device knew when it took them, the pack of each device.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null};

use super::column::{one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [upload(), capture(), pack()] {
            manager.create_table(table).await?;
        }
        manager.create_index(unique("upload_person_id_sha256_key", "upload", &["person_id", "sha256"])).await?;
        manager.create_index(unique("pack_person_id_device_key", "pack", &["person_id", "device"])).await
    }
}

fn upload() -> TableCreateStatement {
    Table::create()
        .table("upload")
        .col(text("id").primary_key())
        .col(text("person_id"))
        .col(text("sha256"))
        .col(big_integer("size"))
        .col(text("file_name"))
        .col(text_null("capture"))
        .col(text_null("media_id"))
        .col(text("begun_at"))
        .foreign_key(ForeignKey::create().name("upload_media_id_fk").from("upload", "media_id").to("media", "id"))
        .take()
}

fn capture() -> TableCreateStatement {
    Table::create()
        .table("capture")
        .col(text("media_id").primary_key())
        .col(text("made_at"))
        .col(big_integer("clock_offset_ms"))
        .col(big_integer_null("longitude"))
        .col(big_integer_null("latitude"))
        .col(big_integer_null("accuracy_m"))
        .col(one_of("datum", &["wgs84", "gcj02", "bd09"]))
        .col(one_of("origin", &["camera", "gallery"]))
        .foreign_key(ForeignKey::create().name("capture_media_id_fk").from("capture", "media_id").to("media", "id"))
        .take()
}

fn pack() -> TableCreateStatement {
    Table::create()
        .table("pack")
        .col(text("id").primary_key())
        .col(text("person_id"))
        .col(text("device"))
        .col(big_integer("cursor"))
        .col(text("manifest"))
        .col(text("earlier"))
        .col(text("pulled_at"))
        .take()
}
