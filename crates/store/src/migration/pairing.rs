//! Visits made under pairings without a round's checklist.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null};

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("pairing_visit")
            .col(text("id").primary_key())
            .col(text("person_id"))
            .col(text_null("area_unit_id"))
            .col(text_null("site_id"))
            .col(text("visited_on"))
            .col(text("note"))
            .col(text("made_at"))
            .foreign_key(
                ForeignKey::create().name("pairing_visit_person_id_fk").from("pairing_visit", "person_id").to("person", "id"),
            )
            .foreign_key(
                ForeignKey::create().name("pairing_visit_area_unit_id_fk").from("pairing_visit", "area_unit_id").to("unit", "id"),
            )
            .foreign_key(ForeignKey::create().name("pairing_visit_site_id_fk").from("pairing_visit", "site_id").to("site", "id"))
            .take();
        manager.create_table(table).await?;
        manager.create_index(index("pairing_visit_visited_on_idx", "pairing_visit", &["visited_on"])).await
    }
}
