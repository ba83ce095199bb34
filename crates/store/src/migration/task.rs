//! Tasks with their units, links and histories; campaigns; rhythms.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        campaign(manager).await?;
        campaign_link(manager).await?;
        task(manager).await?;
        task_unit(manager).await?;
        task_link(manager).await?;
        task_step(manager).await?;
        rhythm(manager).await?;
        Ok(())
    }
}

async fn campaign(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("campaign")
        .col(text("id").primary_key())
        .col(text("name"))
        .col(text("goal"))
        .col(text("from_on"))
        .col(text("to_on"))
        .col(text_null("lead_id"))
        .col(one_of("state", &["open", "closed"]))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("campaign_lead_id_fk").from("campaign", "lead_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("campaign_name_key", "campaign", &["name"])).await
}

async fn campaign_link(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("campaign_link")
        .col(text("campaign_id"))
        .col(one_of("kind", &["site", "problem"]))
        .col(text("target_id"))
        .primary_key(Index::create().col("campaign_id").col("kind").col("target_id"))
        .foreign_key(
            ForeignKey::create().name("campaign_link_campaign_id_fk").from("campaign_link", "campaign_id").to("campaign", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("campaign_link_target_id_idx", "campaign_link", &["kind", "target_id"])).await
}

async fn task(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("task")
        .col(text("id").primary_key())
        .col(big_integer("number"))
        .col(one_of("state", &["draft", "running", "concluded", "signed", "done", "cancelled"]))
        .col(one_of("class", &["hardware", "service", "special", "own"]))
        .col(text("title"))
        .col(text_null("lead_id"))
        .col(text_null("responsible_id"))
        .col(text_null("campaign_id"))
        .col(text_null("start_on"))
        .col(text_null("due_on"))
        .col(text_null("next_due"))
        .col(big_integer("percent"))
        .col(text_null("last_report_at"))
        .col(text("plan"))
        .col(big_integer_null("plan_percent"))
        .col(text_null("origin_key"))
        .col(text("created_at"))
        .col(text("body"))
        .col(text("search_text"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("task_lead_id_fk").from("task", "lead_id").to("unit", "id"))
        .foreign_key(ForeignKey::create().name("task_responsible_id_fk").from("task", "responsible_id").to("person", "id"))
        .foreign_key(ForeignKey::create().name("task_campaign_id_fk").from("task", "campaign_id").to("campaign", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("task_number_key", "task", &["number"])).await?;
    manager.create_index(unique("task_origin_key_key", "task", &["origin_key"])).await?;
    manager.create_index(index("task_state_next_due_idx", "task", &["state", "next_due"])).await?;
    manager.create_index(index("task_next_due_idx", "task", &["next_due"])).await?;
    manager.create_index(index("task_lead_id_state_idx", "task", &["lead_id", "state"])).await?;
    manager.create_index(index("task_responsible_id_idx", "task", &["responsible_id", "state"])).await?;
    manager.create_index(index("task_campaign_id_idx", "task", &["campaign_id"])).await
}

fn of_task(table: &'static str, name: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(name).from(table, "task_id").to("task", "id").to_owned()
}

async fn task_unit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("task_unit")
        .col(text("task_id"))
        .col(text("unit_id"))
        .col(one_of("part", &["lead", "support"]))
        .primary_key(Index::create().col("task_id").col("unit_id"))
        .foreign_key(&mut of_task("task_unit", "task_unit_task_id_fk"))
        .foreign_key(ForeignKey::create().name("task_unit_unit_id_fk").from("task_unit", "unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("task_unit_unit_id_idx", "task_unit", &["unit_id", "task_id"])).await
}

async fn task_link(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("task_link")
        .col(text("task_id"))
        .col(one_of("kind", &["criterion", "site"]))
        .col(text("target_id"))
        .primary_key(Index::create().col("task_id").col("kind").col("target_id"))
        .foreign_key(&mut of_task("task_link", "task_link_task_id_fk"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("task_link_target_id_idx", "task_link", &["kind", "target_id"])).await
}

async fn task_step(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("task_step")
        .col(text("id").primary_key())
        .col(text("task_id"))
        .col(big_integer("ordinal"))
        .col(text("at"))
        .col(text_null("actor_id"))
        .col(text("actor_name"))
        .col(text("command"))
        .col(text("body"))
        .foreign_key(&mut of_task("task_step", "task_step_task_id_fk"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("task_step_task_id_ordinal_key", "task_step", &["task_id", "ordinal"])).await
}

async fn rhythm(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("rhythm")
        .col(text("id").primary_key())
        .col(text("name"))
        .col(one_of("kind", &["dispatch", "deploy", "bulletin", "appraise", "inspect", "examine"]))
        .col(one_of("every", &["week", "month", "quarter", "year"]))
        .col(big_integer("working_day"))
        .col(text_null("lead_id"))
        .col(text("words"))
        .col(boolean("active"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("rhythm_lead_id_fk").from("rhythm", "lead_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("rhythm_name_key", "rhythm", &["name"])).await
}
