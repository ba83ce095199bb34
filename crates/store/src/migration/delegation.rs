//! Who acts for whom.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{text, text_null};

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let person = |name: &'static str, column: &'static str| {
            ForeignKey::create().name(name).from("delegation", column).to("person", "id").to_owned()
        };
        let table = Table::create()
            .table("delegation")
            .col(text("id").primary_key())
            .col(text("absent_id"))
            .col(text("deputy_id"))
            .col(text("from_on"))
            .col(text("to_on"))
            .col(text_null("ended_on"))
            .col(text("reason"))
            .col(text("created_at"))
            .col(text("created_by"))
            .foreign_key(&mut person("delegation_absent_id_fk", "absent_id"))
            .foreign_key(&mut person("delegation_deputy_id_fk", "deputy_id"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index("delegation_deputy_id_idx", "delegation", &["deputy_id"])).await?;
        manager.create_index(index("delegation_absent_id_idx", "delegation", &["absent_id"])).await
    }
}
