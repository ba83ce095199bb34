//! What stands beside the findings: incidents of the negative list, official results of whole years, and the assessment of
//! units with its policies and appeals.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        incident(manager).await?;
        year_result(manager).await?;
        assessment_policy(manager).await?;
        assessment(manager).await?;
        appeal(manager).await?;
        Ok(())
    }
}

async fn incident(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("incident")
        .col(text("id").primary_key())
        .col(text("edition_id"))
        .col(text("number"))
        .col(big_integer("count"))
        .col(text("occurred_on"))
        .col(text("title"))
        .col(text("source"))
        .col(text("units"))
        .col(one_of("state", &["alleged", "stands", "withdrawn"]))
        .col(text("decision"))
        .col(text_null("decided_at"))
        .col(text("decided_by"))
        .col(text("withdrawal"))
        .col(text_null("withdrawn_at"))
        .col(text("entered_by"))
        .col(text("entered_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("incident_edition_id_fk").from("incident", "edition_id").to("edition", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("incident_edition_id_occurred_on_idx", "incident", &["edition_id", "occurred_on"])).await?;
    Ok(())
}

async fn year_result(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("year_result")
        .col(text("id").primary_key())
        .col(text("framework_id"))
        .col(big_integer("year"))
        .col(text("result_num"))
        .col(text("result_den"))
        .col(text("source"))
        .col(text("entered_by"))
        .col(text("entered_at"))
        .col(big_integer("version"))
        .foreign_key(
            ForeignKey::create().name("year_result_framework_id_fk").from("year_result", "framework_id").to("framework", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("year_result_framework_id_year_key", "year_result", &["framework_id", "year"])).await?;
    Ok(())
}

async fn assessment_policy(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("assessment_policy")
        .col(text("id").primary_key())
        .col(text("name"))
        .col(text("effective_on"))
        .col(text("body"))
        .col(text("made_by"))
        .col(text("made_at"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("assessment_policy_effective_on_idx", "assessment_policy", &["effective_on"])).await?;
    Ok(())
}

async fn assessment(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("assessment")
        .col(text("id").primary_key())
        .col(text("series_id"))
        .col(big_integer("ordinal"))
        .col(text("name"))
        .col(text("from_day"))
        .col(text("until_day"))
        .col(text_null("round_id"))
        .col(one_of("state", &["draft", "published"]))
        .col(text("policy_id"))
        .col(text("policy"))
        .col(text("entered"))
        .col(text("inputs"))
        .col(text("outcome"))
        .col(text("outcome_hash"))
        .col(text("corrections"))
        .col(text("reason"))
        .col(text_null("published_at"))
        .col(text_null("appeal_until"))
        .col(text("made_by"))
        .col(text("made_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("assessment_round_id_fk").from("assessment", "round_id").to("round", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("assessment_series_id_ordinal_key", "assessment", &["series_id", "ordinal"])).await?;
    Ok(())
}

async fn appeal(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("appeal")
        .col(text("id").primary_key())
        .col(text("assessment_id"))
        .col(text("unit_id"))
        .col(text("subject"))
        .col(text("reason"))
        .col(one_of("state", &["filed", "accepted", "rejected"]))
        .col(text("until"))
        .col(text("filed_by"))
        .col(text("filed_at"))
        .col(text("decision"))
        .col(text("decided_by"))
        .col(text_null("decided_at"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("appeal_assessment_id_fk").from("appeal", "assessment_id").to("assessment", "id"))
        .foreign_key(ForeignKey::create().name("appeal_unit_id_fk").from("appeal", "unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("appeal_assessment_id_idx", "appeal", &["assessment_id"])).await?;
    Ok(())
}
