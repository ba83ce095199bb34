//! Who guesses at a link is slowed down, not the link; and of a link that ends without an answer somebody is told once.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null};

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("party_guess")
            .col(text("ask_id"))
            .col(text("client"))
            .col(big_integer("failures"))
            .col(text_null("locked_until"))
            .primary_key(Index::create().col("ask_id").col("client"))
            .foreign_key(ForeignKey::create().name("party_guess_ask_id_fk").from("party_guess", "ask_id").to("party_ask", "id"))
            .to_owned();
        manager.create_table(table).await?;
        for gone in ["failures", "locked_until"] {
            manager.alter_table(Table::alter().table("party_ask").drop_column(gone).take()).await?;
        }
        manager.alter_table(Table::alter().table("party_ask").add_column(text_null("ended_told")).take()).await?;
        manager.create_index(index("party_ask_state_expires_at_idx", "party_ask", &["state", "expires_at"])).await
    }
}
