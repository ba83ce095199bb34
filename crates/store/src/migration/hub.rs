//! The hub: accounts, sessions, cities, memberships.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [account(), session(), city(), membership(), outbox(), kept_head()] {
            manager.create_table(table).await?;
        }
        manager.create_index(unique("account_login_key", "account", &["login"])).await?;
        manager.create_index(index("session_account_id_idx", "session", &["account_id"])).await?;
        manager.create_index(index("outbox_city_slug_delivered_at_idx", "outbox", &["city_slug", "delivered_at"])).await?;
        manager.create_index(index("membership_city_slug_idx", "membership", &["city_slug"])).await
    }
}

fn account() -> TableCreateStatement {
    Table::create()
        .table("account")
        .col(text("id").primary_key())
        .col(text("login"))
        .col(text("name"))
        .col(text_null("phone"))
        .col(text("password_hash"))
        .col(boolean("platform_admin"))
        .col(boolean("must_change"))
        .col(boolean("disabled"))
        .col(big_integer("failures"))
        .col(text_null("locked_until"))
        .col(text("created_at"))
        .col(big_integer("version"))
        .take()
}

fn session() -> TableCreateStatement {
    Table::create()
        .table("session")
        .col(text("token_hash").primary_key())
        .col(text("account_id"))
        .col(text_null("city_slug"))
        .col(text("created_at"))
        .col(text("seen_at"))
        .col(text("expires_at"))
        .col(text_null("revoked_at"))
        .col(text("user_agent"))
        .foreign_key(ForeignKey::create().name("session_account_id_fk").from("session", "account_id").to("account", "id"))
        .take()
}

fn city() -> TableCreateStatement {
    Table::create()
        .table("city")
        .col(text("slug").primary_key())
        .col(text("name"))
        .col(text("title"))
        .col(text("created_at"))
        .col(one_of("state", &["open", "closed"]))
        .take()
}

fn kept_head() -> TableCreateStatement {
    Table::create()
        .table("kept_head")
        .col(text("city_slug"))
        .col(big_integer("seq"))
        .col(text("hash"))
        .col(text("kept_at"))
        .primary_key(Index::create().name("kept_head_pkey").col("city_slug").col("seq"))
        .foreign_key(ForeignKey::create().name("kept_head_city_slug_fk").from("kept_head", "city_slug").to("city", "slug"))
        .take()
}

fn outbox() -> TableCreateStatement {
    Table::create()
        .table("outbox")
        .col(text("id").primary_key())
        .col(text("city_slug"))
        .col(text("payload"))
        .col(text("by_name"))
        .col(text_null("by_person"))
        .col(text("at"))
        .col(text_null("delivered_at"))
        .foreign_key(ForeignKey::create().name("outbox_city_slug_fk").from("outbox", "city_slug").to("city", "slug"))
        .take()
}

fn membership() -> TableCreateStatement {
    Table::create()
        .table("membership")
        .col(text("account_id"))
        .col(text("city_slug"))
        .col(text("person_id"))
        .primary_key(Index::create().name("membership_pkey").col("account_id").col("city_slug"))
        .foreign_key(ForeignKey::create().name("membership_account_id_fk").from("membership", "account_id").to("account", "id"))
        .foreign_key(ForeignKey::create().name("membership_city_slug_fk").from("membership", "city_slug").to("city", "slug"))
        .take()
}
