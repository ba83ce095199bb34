//! Responsible parties without accounts, and what they were asked.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

fn to(table: &'static str, name: &'static str, column: &'static str, other: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(name).from(table, column).to(other, "id").to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("party")
            .col(text("id").primary_key())
            .col(text("name"))
            .col(one_of("kind", &["shop", "property", "owner", "builder", "other"]))
            .col(text("contact"))
            .col(text("phone"))
            .col(text("address"))
            .col(text_null("site_id"))
            .col(text_null("unit_id"))
            .col(one_of("state", &["active", "gone"]))
            .col(text("note"))
            .col(text("search_text"))
            .col(big_integer("version"))
            .foreign_key(&mut to("party", "party_site_id_fk", "site_id", "site"))
            .foreign_key(&mut to("party", "party_unit_id_fk", "unit_id", "unit"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index("party_name_idx", "party", &["name"])).await?;
        let table = Table::create()
            .table("party_ask")
            .col(text("id").primary_key())
            .col(text("problem_id"))
            .col(text("party_id"))
            .col(text("unit_id"))
            .col(one_of("state", &["open", "answered", "returned", "accepted", "released", "revoked"]))
            .col(text_null("answer"))
            .col(text("words"))
            .col(text("secret_hash"))
            .col(text("expires_at"))
            .col(big_integer("failures"))
            .col(text_null("locked_until"))
            .col(text_null("opened_at"))
            .col(text("body"))
            .col(text("asked_at"))
            .col(text("asked_by"))
            .col(text("asked_name"))
            .col(big_integer("version"))
            .foreign_key(&mut to("party_ask", "party_ask_problem_id_fk", "problem_id", "problem"))
            .foreign_key(&mut to("party_ask", "party_ask_party_id_fk", "party_id", "party"))
            .foreign_key(&mut to("party_ask", "party_ask_unit_id_fk", "unit_id", "unit"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(unique("party_ask_secret_hash_key", "party_ask", &["secret_hash"])).await?;
        manager.create_index(index("party_ask_problem_id_idx", "party_ask", &["problem_id"])).await?;
        manager.create_index(index("party_ask_party_id_state_idx", "party_ask", &["party_id", "state"])).await
    }
}
