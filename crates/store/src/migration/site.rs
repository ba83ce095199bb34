//! Site types, their checklists, the registry of sites, and the standing list of questions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        site_type(manager).await?;
        site_type_name(manager).await?;
        checklist_item(manager).await?;
        item_criterion(manager).await?;
        site(manager).await?;
        question(manager).await?;
        Ok(())
    }
}

async fn site_type(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("site_type")
        .col(text("id").primary_key())
        .col(text("name"))
        .col(text("group_name"))
        .col(one_of("shape", &["point", "line", "vehicle", "hotline"]))
        .col(text_null("industry_unit_id"))
        .col(text("industry_unit_name"))
        .col(big_integer("position"))
        .col(big_integer("version"))
        .foreign_key(
            ForeignKey::create().name("site_type_industry_unit_id_fk").from("site_type", "industry_unit_id").to("unit", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("site_type_name_key", "site_type", &["name"])).await?;
    Ok(())
}

async fn site_type_name(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("site_type_name")
        .col(text("id").primary_key())
        .col(text("site_type_id"))
        .col(text("name"))
        .foreign_key(
            ForeignKey::create()
                .name("site_type_name_site_type_id_fk")
                .from("site_type_name", "site_type_id")
                .to("site_type", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("site_type_name_name_key", "site_type_name", &["name"])).await?;
    Ok(())
}

async fn checklist_item(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("checklist_item")
        .col(text("id").primary_key())
        .col(text("code"))
        .col(text("site_type_id"))
        .col(big_integer("position"))
        .col(text("text"))
        .col(text("phrases"))
        .col(text_null("judgement"))
        .col(text("judgement_words"))
        .col(boolean("photo_on_failure"))
        .col(text("carve_out"))
        .col(text("walk_path"))
        .col(big_integer("version"))
        .foreign_key(
            ForeignKey::create()
                .name("checklist_item_site_type_id_fk")
                .from("checklist_item", "site_type_id")
                .to("site_type", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("checklist_item_code_key", "checklist_item", &["code"])).await?;
    manager
        .create_index(index("checklist_item_site_type_id_position_idx", "checklist_item", &["site_type_id", "position"]))
        .await?;
    Ok(())
}

async fn item_criterion(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("item_criterion")
        .col(text("id").primary_key())
        .col(text("item_id"))
        .col(text("framework_code"))
        .col(text_null("edition_id"))
        .col(text("citation_key"))
        .col(text("citation"))
        .foreign_key(
            ForeignKey::create().name("item_criterion_item_id_fk").from("item_criterion", "item_id").to("checklist_item", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager
        .create_index(unique(
            "item_criterion_item_edition_citation_key",
            "item_criterion",
            &["item_id", "edition_id", "framework_code", "citation_key"],
        ))
        .await?;
    Ok(())
}

async fn site(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("site")
        .col(text("id").primary_key())
        .col(text("code"))
        .col(text("name"))
        .col(text_null("site_type_id"))
        .col(text("type_given"))
        .col(text("address"))
        .col(big_integer_null("longitude"))
        .col(big_integer_null("latitude"))
        .col(text_null("datum_given"))
        .col(text_null("given_longitude"))
        .col(text_null("given_latitude"))
        .col(text_null("street_id"))
        .col(text_null("community_id"))
        .col(text_null("grid_id"))
        .col(text_null("industry_unit_id"))
        .col(text_null("territorial_unit_id"))
        .col(text_null("chief_name"))
        .col(text_null("chief_phone"))
        .col(text_null("pairing_unit_id"))
        .col(text_null("pairing_leader"))
        .col(text("remark"))
        .col(boolean("retired"))
        .col(text_null("duplicate_of"))
        .col(text("search_text"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("site_site_type_id_fk").from("site", "site_type_id").to("site_type", "id"))
        .foreign_key(ForeignKey::create().name("site_street_id_fk").from("site", "street_id").to("unit", "id"))
        .foreign_key(ForeignKey::create().name("site_community_id_fk").from("site", "community_id").to("unit", "id"))
        .foreign_key(ForeignKey::create().name("site_grid_id_fk").from("site", "grid_id").to("unit", "id"))
        .foreign_key(ForeignKey::create().name("site_industry_unit_id_fk").from("site", "industry_unit_id").to("unit", "id"))
        .foreign_key(
            ForeignKey::create().name("site_territorial_unit_id_fk").from("site", "territorial_unit_id").to("unit", "id"),
        )
        .foreign_key(ForeignKey::create().name("site_pairing_unit_id_fk").from("site", "pairing_unit_id").to("unit", "id"))
        .foreign_key(ForeignKey::create().name("site_duplicate_of_fk").from("site", "duplicate_of").to("site", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("site_code_key", "site", &["code"])).await?;
    manager.create_index(index("site_site_type_id_idx", "site", &["site_type_id"])).await?;
    manager.create_index(index("site_street_id_idx", "site", &["street_id"])).await?;
    manager.create_index(index("site_community_id_idx", "site", &["community_id"])).await?;
    manager.create_index(index("site_grid_id_idx", "site", &["grid_id"])).await?;
    manager.create_index(index("site_industry_unit_id_idx", "site", &["industry_unit_id"])).await?;
    manager.create_index(index("site_name_idx", "site", &["name"])).await?;
    Ok(())
}

async fn question(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("question")
        .col(text("id").primary_key())
        .col(text("kind"))
        .col(text("key"))
        .col(text("subject_kind"))
        .col(text_null("subject_id"))
        .col(text("text"))
        .col(text("options"))
        .col(one_of("state", &["open", "decided", "dropped"]))
        .col(text_null("decision"))
        .col(text_null("decided_by"))
        .col(text_null("decided_at"))
        .col(text_null("import_id"))
        .col(text("asked_at"))
        .col(big_integer("version"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("question_kind_key_key", "question", &["kind", "key"])).await?;
    manager.create_index(index("question_state_kind_idx", "question", &["state", "kind"])).await?;
    manager.create_index(index("question_import_id_idx", "question", &["import_id"])).await?;
    Ok(())
}
