//! Quotas of site types and the facilities found at sites.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("quota")
            .col(text("id").primary_key())
            .col(text("site_type_id"))
            .col(one_of("kind", &["advert", "bin", "sign", "service", "other"]))
            .col(text("name"))
            .col(big_integer("required"))
            .col(text("words"))
            .col(big_integer("version"))
            .foreign_key(ForeignKey::create().name("quota_site_type_id_fk").from("quota", "site_type_id").to("site_type", "id"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(unique("quota_site_type_id_name_key", "quota", &["site_type_id", "name"])).await?;
        let table = Table::create()
            .table("facility")
            .col(text("site_id"))
            .col(text("quota_id"))
            .col(big_integer("good"))
            .col(big_integer("broken"))
            .col(text_null("upkeep_id"))
            .col(text("checked_on"))
            .col(text("note"))
            .col(big_integer("version"))
            .primary_key(Index::create().col("site_id").col("quota_id"))
            .foreign_key(ForeignKey::create().name("facility_site_id_fk").from("facility", "site_id").to("site", "id"))
            .foreign_key(ForeignKey::create().name("facility_quota_id_fk").from("facility", "quota_id").to("quota", "id"))
            .foreign_key(ForeignKey::create().name("facility_upkeep_id_fk").from("facility", "upkeep_id").to("unit", "id"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index("facility_quota_id_idx", "facility", &["quota_id"])).await
    }
}
