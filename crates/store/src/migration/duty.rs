//! Duties of units with their history, and the collective names that mean many units.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        unit_duty(manager).await?;
        duty_step(manager).await?;
        collective(manager).await?;
        Ok(())
    }
}

/// Goes with its row: a criterion that is taken out of a draft takes its duties along.
fn with(name: &'static str, column: &'static str, of: &'static str) -> ForeignKeyCreateStatement {
    let table = if column == "duty_id" { "duty_step" } else { "unit_duty" };
    ForeignKey::create().name(name).from(table, column).to(of, "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

async fn unit_duty(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let person = |name: &'static str, column: &'static str| {
        ForeignKey::create().name(name).from("unit_duty", column).to("person", "id").to_owned()
    };
    let table = Table::create()
        .table("unit_duty")
        .col(text("id").primary_key())
        .col(text("edition_id"))
        .col(text("node_id"))
        .col(text("unit_id"))
        .col(one_of("role", &["lead", "support"]))
        .col(one_of("state", &["held", "objected", "released"]))
        .col(text_null("head_id"))
        .col(text_null("officer_id"))
        .col(text_null("liaison_id"))
        .col(text_null("objection"))
        .col(big_integer("version"))
        .foreign_key(&mut with("unit_duty_edition_id_fk", "edition_id", "edition"))
        .foreign_key(&mut with("unit_duty_node_id_fk", "node_id", "node"))
        .foreign_key(ForeignKey::create().name("unit_duty_unit_id_fk").from("unit_duty", "unit_id").to("unit", "id"))
        .foreign_key(&mut person("unit_duty_head_id_fk", "head_id"))
        .foreign_key(&mut person("unit_duty_officer_id_fk", "officer_id"))
        .foreign_key(&mut person("unit_duty_liaison_id_fk", "liaison_id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("unit_duty_node_id_unit_id_key", "unit_duty", &["node_id", "unit_id"])).await?;
    manager.create_index(index("unit_duty_edition_id_idx", "unit_duty", &["edition_id"])).await?;
    manager.create_index(index("unit_duty_unit_id_idx", "unit_duty", &["unit_id"])).await?;
    Ok(())
}

async fn duty_step(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("duty_step")
        .col(text("id").primary_key())
        .col(text("duty_id"))
        .col(big_integer("ordinal"))
        .col(text("at"))
        .col(text_null("actor_id"))
        .col(text("actor_name"))
        .col(text("body"))
        .foreign_key(&mut with("duty_step_duty_id_fk", "duty_id", "unit_duty"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("duty_step_duty_id_ordinal_key", "duty_step", &["duty_id", "ordinal"])).await?;
    Ok(())
}

async fn collective(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("collective")
        .col(text("key").primary_key())
        .col(text("name"))
        .col(text("selection"))
        .col(big_integer("version"))
        .to_owned();
    manager.create_table(table).await
}
