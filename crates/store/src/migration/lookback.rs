//! Look-backs with what lags and what was decided.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null};

use super::column::{one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("lookback")
            .col(text("id").primary_key())
            .col(text("period"))
            .col(text("from_on"))
            .col(text("to_on"))
            .col(text("created_at"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(unique("lookback_period_key", "lookback", &["period"])).await?;
        let table = Table::create()
            .table("lookback_item")
            .col(text("id").primary_key())
            .col(text("lookback_id"))
            .col(big_integer("position"))
            .col(one_of("kind", &["task", "criterion"]))
            .col(text("subject_id"))
            .col(text("lags"))
            .col(big_integer("rebounds"))
            .col(text_null("decision"))
            .col(text_null("decided_at"))
            .col(text_null("decided_by"))
            .col(text_null("task_id"))
            .col(big_integer("version"))
            .foreign_key(
                ForeignKey::create()
                    .name("lookback_item_lookback_id_fk")
                    .from("lookback_item", "lookback_id")
                    .to("lookback", "id"),
            )
            .foreign_key(ForeignKey::create().name("lookback_item_task_id_fk").from("lookback_item", "task_id").to("task", "id"))
            .to_owned();
        manager.create_table(table).await?;
        let columns = ["lookback_id", "kind", "subject_id"];
        manager.create_index(unique("lookback_item_lookback_id_kind_subject_id_key", "lookback_item", &columns)).await
    }
}
