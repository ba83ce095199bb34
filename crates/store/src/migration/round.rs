//! Rounds, visits, findings and what is computed from them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, boolean_null, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        round(manager).await?;
        round_site(manager).await?;
        visit(manager).await?;
        finding(manager).await?;
        result(manager).await?;
        score_run(manager).await?;
        ranking(manager).await?;
        Ok(())
    }
}

async fn round(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("round")
        .col(text("id").primary_key())
        .col(text("number"))
        .col(text("name"))
        .col(one_of("kind", &["mock", "routine", "spot", "covert", "special", "recheck", "external"]))
        .col(text("state"))
        .col(text_null("edition_id"))
        .col(text("opened_on"))
        .col(text_null("due_on"))
        .col(text_null("closed_at"))
        .col(boolean("covert"))
        .col(text_null("draw"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("round_edition_id_fk").from("round", "edition_id").to("edition", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("round_number_key", "round", &["number"])).await?;
    manager.create_index(index("round_state_idx", "round", &["state"])).await?;
    Ok(())
}

async fn round_site(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("round_site")
        .col(text("id").primary_key())
        .col(text("round_id"))
        .col(text("site_id"))
        .col(text_null("inspector_id"))
        .col(text_null("given_at"))
        .col(text_null("given_before"))
        .col(big_integer("position"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("round_site_round_id_fk").from("round_site", "round_id").to("round", "id"))
        .foreign_key(ForeignKey::create().name("round_site_site_id_fk").from("round_site", "site_id").to("site", "id"))
        .foreign_key(
            ForeignKey::create().name("round_site_inspector_id_fk").from("round_site", "inspector_id").to("person", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("round_site_round_id_site_id_key", "round_site", &["round_id", "site_id"])).await?;
    manager.create_index(index("round_site_inspector_id_idx", "round_site", &["inspector_id"])).await?;
    Ok(())
}

async fn visit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("visit")
        .col(text("id").primary_key())
        .col(text("round_id"))
        .col(text("site_id"))
        .col(text_null("inspector_id"))
        .col(big_integer("ordinal"))
        .col(text("started_at"))
        .col(text_null("finished_at"))
        .col(big_integer_null("longitude"))
        .col(big_integer_null("latitude"))
        .col(big_integer_null("accuracy_m"))
        .col(one_of("purpose", &["assess", "agreement", "late"]))
        .col(text_null("arrived_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("visit_round_id_fk").from("visit", "round_id").to("round", "id"))
        .foreign_key(ForeignKey::create().name("visit_site_id_fk").from("visit", "site_id").to("site", "id"))
        .foreign_key(ForeignKey::create().name("visit_inspector_id_fk").from("visit", "inspector_id").to("person", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("visit_round_id_site_id_ordinal_key", "visit", &["round_id", "site_id", "ordinal"])).await?;
    manager.create_index(index("visit_inspector_id_idx", "visit", &["inspector_id"])).await?;
    Ok(())
}

async fn finding(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("finding")
        .col(text("id").primary_key())
        .col(text("visit_id"))
        .col(text("item_id"))
        .col(text("result"))
        .col(big_integer("faults"))
        .col(text_null("grade"))
        .col(boolean_null("pass"))
        .col(boolean("applicable"))
        .col(text("phrase"))
        .col(text("note"))
        .col(text("made_at"))
        .col(text_null("problem_id"))
        .foreign_key(ForeignKey::create().name("finding_visit_id_fk").from("finding", "visit_id").to("visit", "id"))
        .foreign_key(ForeignKey::create().name("finding_item_id_fk").from("finding", "item_id").to("checklist_item", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("finding_visit_id_item_id_key", "finding", &["visit_id", "item_id"])).await?;
    manager.create_index(index("finding_item_id_idx", "finding", &["item_id"])).await?;
    Ok(())
}

async fn result(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("result")
        .col(text("id").primary_key())
        .col(text("edition_id"))
        .col(text("round_id"))
        .col(text("measure_id"))
        .col(text("form"))
        .col(text("value"))
        .col(text("source"))
        .col(text("entered_by"))
        .col(text("entered_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("result_edition_id_fk").from("result", "edition_id").to("edition", "id"))
        .foreign_key(ForeignKey::create().name("result_round_id_fk").from("result", "round_id").to("round", "id"))
        .foreign_key(ForeignKey::create().name("result_measure_id_fk").from("result", "measure_id").to("measure", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("result_round_id_measure_id_key", "result", &["round_id", "measure_id"])).await?;
    Ok(())
}

async fn score_run(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("score_run")
        .col(text("id").primary_key())
        .col(text("round_id"))
        .col(text("edition_id"))
        .col(text("computed_at"))
        .col(text("inputs_hash"))
        .col(text("figures"))
        .foreign_key(ForeignKey::create().name("score_run_round_id_fk").from("score_run", "round_id").to("round", "id"))
        .foreign_key(ForeignKey::create().name("score_run_edition_id_fk").from("score_run", "edition_id").to("edition", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("score_run_round_id_computed_at_idx", "score_run", &["round_id", "computed_at"])).await?;
    Ok(())
}

async fn ranking(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("ranking")
        .col(text("id").primary_key())
        .col(text("round_id"))
        .col(text("group_kind"))
        .col(text_null("published_at"))
        .col(text("body"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("ranking_round_id_fk").from("ranking", "round_id").to("round", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(unique("ranking_round_id_group_kind_version_key", "ranking", &["round_id", "group_kind", "version"]))
        .await?;
    Ok(())
}
