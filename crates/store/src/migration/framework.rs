//! Frameworks, their editions, the tree of criteria, measures, duties and the negative list.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        framework(manager).await?;
        edition(manager).await?;
        node(manager).await?;
        measure(manager).await?;
        criterion_site_type(manager).await?;
        duty(manager).await?;
        negative_item(manager).await?;
        Ok(())
    }
}

async fn framework(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create().table("framework").col(text("id").primary_key()).col(text("code")).col(text("name")).to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("framework_code_key", "framework", &["code"])).await?;
    Ok(())
}

async fn edition(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("edition")
        .col(text("id").primary_key())
        .col(text("framework_id"))
        .col(text("code"))
        .col(text("name"))
        .col(big_integer_null("year"))
        .col(one_of("scoring", &["points", "conformity"]))
        .col(big_integer("published_decimals"))
        .col(text("settings"))
        .col(text_null("stated_total"))
        .col(one_of("state", &["draft", "in_use", "frozen"]))
        .col(big_integer("revision"))
        .col(text_null("supersedes_id"))
        .col(text("reason"))
        .col(text_null("frozen_at"))
        .col(text_null("imported_from"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("edition_framework_id_fk").from("edition", "framework_id").to("framework", "id"))
        .foreign_key(ForeignKey::create().name("edition_supersedes_id_fk").from("edition", "supersedes_id").to("edition", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("edition_supersedes_id_key", "edition", &["supersedes_id"])).await?;
    manager.create_index(unique("edition_code_key", "edition", &["code"])).await?;
    manager.create_index(index("edition_framework_id_idx", "edition", &["framework_id"])).await?;
    Ok(())
}

async fn node(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("node")
        .col(text("id").primary_key())
        .col(text("edition_id"))
        .col(text_null("parent_id"))
        .col(big_integer("position"))
        .col(big_integer("depth"))
        .col(text("number"))
        .col(text("citation_key"))
        .col(text("title"))
        .col(boolean("is_criterion"))
        .col(text("remark"))
        .foreign_key(ForeignKey::create().name("node_edition_id_fk").from("node", "edition_id").to("edition", "id"))
        .foreign_key(ForeignKey::create().name("node_parent_id_fk").from("node", "parent_id").to("node", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("node_edition_id_position_idx", "node", &["edition_id", "position"])).await?;
    manager.create_index(index("node_parent_id_idx", "node", &["parent_id"])).await?;
    manager.create_index(index("node_edition_id_citation_key_idx", "node", &["edition_id", "citation_key"])).await?;
    Ok(())
}

async fn measure(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("measure")
        .col(text("id").primary_key())
        .col(text("node_id"))
        .col(one_of("method", &["on_site", "filing", "survey", "opinion", "statistic"]))
        .col(text_null("scope"))
        .col(text_null("points_num"))
        .col(text_null("points_den"))
        .col(big_integer_null("points_nano"))
        .col(text_null("rule"))
        .col(text("rule_words"))
        .col(one_of("rule_state", &["recognised", "to_choose", "chosen", "none"]))
        .foreign_key(ForeignKey::create().name("measure_node_id_fk").from("measure", "node_id").to("node", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("measure_node_id_method_key", "measure", &["node_id", "method"])).await?;
    Ok(())
}

async fn criterion_site_type(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("criterion_site_type")
        .col(text("id").primary_key())
        .col(text("node_id"))
        .col(text_null("site_type_id"))
        .col(text("name_given"))
        .foreign_key(
            ForeignKey::create().name("criterion_site_type_node_id_fk").from("criterion_site_type", "node_id").to("node", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(unique("criterion_site_type_node_id_name_given_key", "criterion_site_type", &["node_id", "name_given"]))
        .await?;
    manager.create_index(index("criterion_site_type_site_type_id_idx", "criterion_site_type", &["site_type_id"])).await?;
    Ok(())
}

async fn duty(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("duty")
        .col(text("id").primary_key())
        .col(text("node_id"))
        .col(text_null("unit_id"))
        .col(text("name_given"))
        .col(one_of("role", &["lead", "support"]))
        .col(big_integer("position"))
        .foreign_key(ForeignKey::create().name("duty_node_id_fk").from("duty", "node_id").to("node", "id"))
        .foreign_key(ForeignKey::create().name("duty_unit_id_fk").from("duty", "unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("duty_node_id_idx", "duty", &["node_id"])).await?;
    manager.create_index(index("duty_unit_id_idx", "duty", &["unit_id"])).await?;
    Ok(())
}

async fn negative_item(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("negative_item")
        .col(text("id").primary_key())
        .col(text("edition_id"))
        .col(big_integer("position"))
        .col(text("number"))
        .col(text("text"))
        .col(one_of("effect", &["deduct", "veto"]))
        .col(text_null("points_num"))
        .col(text_null("points_den"))
        .col(big_integer_null("points_nano"))
        .col(text("decider_name"))
        .col(text("words"))
        .col(text("per"))
        .foreign_key(
            ForeignKey::create().name("negative_item_edition_id_fk").from("negative_item", "edition_id").to("edition", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("negative_item_edition_id_position_key", "negative_item", &["edition_id", "position"])).await?;
    Ok(())
}
