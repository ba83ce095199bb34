//! Problems with their history, reports that are none, and slips.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, boolean_null, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        problem(manager).await?;
        problem_unit(manager).await?;
        problem_step(manager).await?;
        report(manager).await?;
        slip(manager).await?;
        Ok(())
    }
}

async fn problem(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("problem")
        .col(text("id").primary_key())
        .col(big_integer("number"))
        .col(text("state"))
        .col(text("source"))
        .col(text("title"))
        .col(text("description"))
        .col(text_null("category"))
        .col(text("urgency"))
        .col(text_null("site_id"))
        .col(text("place_text"))
        .col(big_integer_null("longitude"))
        .col(big_integer_null("latitude"))
        .col(text_null("street_id"))
        .col(text_null("community_id"))
        .col(text_null("unit_id"))
        .col(text_null("round_id"))
        .col(text_null("visit_id"))
        .col(text_null("finding_id"))
        .col(text_null("item_id"))
        .col(text_null("citation_key"))
        .col(text_null("citation2_key"))
        .col(text("reported_at"))
        .col(text_null("filed_at"))
        .col(text_null("assigned_at"))
        .col(text_null("due_at"))
        .col(one_of("due_state", &["none", "at", "stopped", "awaiting_calendar"]))
        .col(text_null("acknowledged_at"))
        .col(text_null("submitted_at"))
        .col(text_null("closed_at"))
        .col(boolean_null("on_time"))
        .col(big_integer("assignments"))
        .col(big_integer("submissions"))
        .col(big_integer("deferrals"))
        .col(big_integer("transfers"))
        .col(big_integer("returns"))
        .col(big_integer("declines"))
        .col(big_integer("extensions"))
        .col(boolean("requires_after_photo"))
        .col(text_null("pending"))
        .col(text_null("slip_colour"))
        .col(text_null("slip_number"))
        .col(text_null("rebound_of"))
        .col(text_null("merged_into"))
        .col(boolean("imported"))
        .col(text("last_step"))
        .col(text("last_step_at"))
        .col(text("body"))
        .col(text_null("external_source"))
        .col(text_null("external_key"))
        .col(text_null("deduction_num"))
        .col(text_null("deduction_den"))
        .col(big_integer_null("deduction_nano"))
        .col(text("search_text"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("problem_site_id_fk").from("problem", "site_id").to("site", "id"))
        .foreign_key(ForeignKey::create().name("problem_street_id_fk").from("problem", "street_id").to("unit", "id"))
        .foreign_key(ForeignKey::create().name("problem_community_id_fk").from("problem", "community_id").to("unit", "id"))
        .foreign_key(ForeignKey::create().name("problem_unit_id_fk").from("problem", "unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("problem_number_key", "problem", &["number"])).await?;
    manager
        .create_index(unique("problem_external_source_external_key_key", "problem", &["external_source", "external_key"]))
        .await?;
    manager.create_index(index("problem_state_due_at_idx", "problem", &["state", "due_at"])).await?;
    manager.create_index(index("problem_unit_id_state_idx", "problem", &["unit_id", "state"])).await?;
    manager.create_index(index("problem_street_id_state_idx", "problem", &["street_id", "state"])).await?;
    manager.create_index(index("problem_site_id_idx", "problem", &["site_id"])).await?;
    manager.create_index(index("problem_due_at_idx", "problem", &["due_at"])).await?;
    manager.create_index(index("problem_reported_at_idx", "problem", &["reported_at"])).await?;
    manager.create_index(index("problem_closed_at_idx", "problem", &["closed_at"])).await?;
    manager.create_index(index("problem_filed_at_idx", "problem", &["filed_at"])).await?;
    manager.create_index(index("problem_assigned_at_idx", "problem", &["assigned_at"])).await?;
    manager.create_index(index("problem_pending_idx", "problem", &["pending"])).await?;
    manager.create_index(index("problem_rebound_of_idx", "problem", &["rebound_of"])).await?;
    manager.create_index(index("problem_source_idx", "problem", &["source"])).await?;
    manager.create_index(index("problem_round_id_idx", "problem", &["round_id"])).await?;
    manager.create_index(index("problem_citation_key_idx", "problem", &["citation_key"])).await?;
    Ok(())
}

async fn problem_unit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("problem_unit")
        .col(text("problem_id"))
        .col(text("unit_id"))
        .col(one_of("part", &["rectifying", "supporting", "territorial", "industry"]))
        .primary_key(Index::create().col("problem_id").col("unit_id").col("part"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("problem_unit_unit_id_part_idx", "problem_unit", &["unit_id", "part"])).await?;
    Ok(())
}

async fn problem_step(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("problem_step")
        .col(text("id").primary_key())
        .col(text("problem_id"))
        .col(big_integer("ordinal"))
        .col(text("at"))
        .col(text("arrived_at"))
        .col(text_null("actor_id"))
        .col(text("actor_name"))
        .col(text("command"))
        .col(text("from_state"))
        .col(text("to_state"))
        .col(text("body"))
        .foreign_key(
            ForeignKey::create().name("problem_step_problem_id_fk").from("problem_step", "problem_id").to("problem", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("problem_step_problem_id_ordinal_key", "problem_step", &["problem_id", "ordinal"])).await?;
    manager.create_index(index("problem_step_at_idx", "problem_step", &["at"])).await?;
    Ok(())
}

async fn report(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("report")
        .col(text("id").primary_key())
        .col(text("kind"))
        .col(text("source"))
        .col(text("external_key"))
        .col(text("place_text"))
        .col(text("text"))
        .col(text_null("unit_id"))
        .col(text("received_at"))
        .col(text("body"))
        .foreign_key(ForeignKey::create().name("report_unit_id_fk").from("report", "unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("report_source_external_key_key", "report", &["source", "external_key"])).await?;
    manager.create_index(index("report_kind_idx", "report", &["kind"])).await?;
    Ok(())
}

async fn slip(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("slip")
        .col(text("id").primary_key())
        .col(one_of("colour", &["white", "yellow", "red"]))
        .col(text("state"))
        .col(big_integer_null("number_year"))
        .col(big_integer_null("number"))
        .col(text("problem_id"))
        .col(text("occasion"))
        .col(text_null("unit_id"))
        .col(text("body"))
        .col(text("proposed_at"))
        .col(text_null("issued_at"))
        .col(text_null("issued_by"))
        .col(text_null("reply_until"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("slip_problem_id_fk").from("slip", "problem_id").to("problem", "id"))
        .foreign_key(ForeignKey::create().name("slip_unit_id_fk").from("slip", "unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("slip_number_year_number_key", "slip", &["number_year", "number"])).await?;
    manager.create_index(unique("slip_occasion_key", "slip", &["occasion"])).await?;
    manager.create_index(index("slip_state_idx", "slip", &["state"])).await?;
    manager.create_index(index("slip_problem_id_idx", "slip", &["problem_id"])).await?;
    manager.create_index(index("slip_unit_id_idx", "slip", &["unit_id"])).await?;
    Ok(())
}
