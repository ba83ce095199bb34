//! People, units and everything that ties them: names, posts, task forces, pairings, boundaries, the calendar.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        person(manager).await?;
        unit(manager).await?;
        unit_name(manager).await?;
        post(manager).await?;
        task_force_member(manager).await?;
        secondment(manager).await?;
        pairing(manager).await?;
        boundary(manager).await?;
        calendar_year(manager).await?;
        Ok(())
    }
}

async fn person(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("person")
        .col(text("id").primary_key())
        .col(text("name"))
        .col(text_null("phone"))
        .col(text_null("account_id"))
        .col(text("note"))
        .col(text_null("left_on"))
        .col(big_integer("version"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("person_name_idx", "person", &["name"])).await?;
    manager.create_index(index("person_account_id_idx", "person", &["account_id"])).await?;
    Ok(())
}

async fn unit(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("unit")
        .col(text("id").primary_key())
        .col(text("code"))
        .col(text("name"))
        .col(text_null("short_name"))
        .col(one_of(
            "kind",
            &[
                "leadership",
                "office",
                "department",
                "company",
                "district",
                "street",
                "town",
                "community",
                "village",
                "grid",
                "task_force",
            ],
        ))
        .col(text_null("parent_id"))
        .col(text_null("head_id"))
        .col(text_null("officer_id"))
        .col(text_null("liaison_id"))
        .col(text_null("phone"))
        .col(text("remark"))
        .col(big_integer_null("households"))
        .col(text_null("opened_on"))
        .col(text_null("closed_on"))
        .col(big_integer("position"))
        .col(big_integer("version"))
        .foreign_key(ForeignKey::create().name("unit_parent_id_fk").from("unit", "parent_id").to("unit", "id"))
        .foreign_key(ForeignKey::create().name("unit_head_id_fk").from("unit", "head_id").to("person", "id"))
        .foreign_key(ForeignKey::create().name("unit_officer_id_fk").from("unit", "officer_id").to("person", "id"))
        .foreign_key(ForeignKey::create().name("unit_liaison_id_fk").from("unit", "liaison_id").to("person", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("unit_code_key", "unit", &["code"])).await?;
    manager.create_index(index("unit_parent_id_idx", "unit", &["parent_id"])).await?;
    manager.create_index(index("unit_name_idx", "unit", &["name"])).await?;
    manager.create_index(index("unit_kind_idx", "unit", &["kind"])).await?;
    Ok(())
}

async fn unit_name(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("unit_name")
        .col(text("id").primary_key())
        .col(text("unit_id"))
        .col(text("name"))
        .col(one_of("kind", &["alias", "former"]))
        .col(text_null("valid_to"))
        .foreign_key(ForeignKey::create().name("unit_name_unit_id_fk").from("unit_name", "unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(unique("unit_name_unit_id_name_key", "unit_name", &["unit_id", "name"])).await?;
    manager.create_index(index("unit_name_name_idx", "unit_name", &["name"])).await?;
    Ok(())
}

async fn post(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("post")
        .col(text("id").primary_key())
        .col(text("person_id"))
        .col(text("unit_id"))
        .col(one_of(
            "role",
            &[
                "city_admin",
                "office",
                "unit_head",
                "officer",
                "liaison",
                "inspector",
                "grid_worker",
                "supervisor",
                "leader",
                "province",
            ],
        ))
        .col(text("valid_from"))
        .col(text_null("valid_to"))
        .foreign_key(ForeignKey::create().name("post_person_id_fk").from("post", "person_id").to("person", "id"))
        .foreign_key(ForeignKey::create().name("post_unit_id_fk").from("post", "unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("post_person_id_idx", "post", &["person_id"])).await?;
    manager.create_index(index("post_unit_id_idx", "post", &["unit_id"])).await?;
    Ok(())
}

async fn task_force_member(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("task_force_member")
        .col(text("task_force_id"))
        .col(text("unit_id"))
        .col(one_of("duty", &["lead", "member"]))
        .primary_key(Index::create().col("task_force_id").col("unit_id"))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

async fn secondment(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("secondment")
        .col(text("id").primary_key())
        .col(text("person_id"))
        .col(text_null("home_unit_id"))
        .col(text("task_force_id"))
        .col(text("valid_from"))
        .col(text_null("valid_to"))
        .foreign_key(ForeignKey::create().name("secondment_person_id_fk").from("secondment", "person_id").to("person", "id"))
        .foreign_key(ForeignKey::create().name("secondment_home_unit_id_fk").from("secondment", "home_unit_id").to("unit", "id"))
        .foreign_key(
            ForeignKey::create().name("secondment_task_force_id_fk").from("secondment", "task_force_id").to("unit", "id"),
        )
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("secondment_person_id_idx", "secondment", &["person_id"])).await?;
    manager.create_index(index("secondment_task_force_id_idx", "secondment", &["task_force_id"])).await?;
    Ok(())
}

async fn pairing(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("pairing")
        .col(text("id").primary_key())
        .col(text("leader_name"))
        .col(text_null("leader_person_id"))
        .col(text_null("leader_title"))
        .col(text_null("unit_id"))
        .col(text("area_unit_id"))
        .col(text("valid_from"))
        .col(text_null("valid_to"))
        .foreign_key(
            ForeignKey::create().name("pairing_leader_person_id_fk").from("pairing", "leader_person_id").to("person", "id"),
        )
        .foreign_key(ForeignKey::create().name("pairing_unit_id_fk").from("pairing", "unit_id").to("unit", "id"))
        .foreign_key(ForeignKey::create().name("pairing_area_unit_id_fk").from("pairing", "area_unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("pairing_area_unit_id_idx", "pairing", &["area_unit_id"])).await?;
    Ok(())
}

async fn boundary(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("boundary")
        .col(text("code").primary_key())
        .col(text("level"))
        .col(text("name"))
        .col(text_null("parent_code"))
        .col(text_null("unit_id"))
        .col(text("geometry"))
        .col(big_integer("min_x"))
        .col(big_integer("min_y"))
        .col(big_integer("max_x"))
        .col(big_integer("max_y"))
        .foreign_key(ForeignKey::create().name("boundary_unit_id_fk").from("boundary", "unit_id").to("unit", "id"))
        .to_owned();
    manager.create_table(table).await?;
    manager.create_index(index("boundary_level_idx", "boundary", &["level"])).await?;
    manager.create_index(index("boundary_unit_id_idx", "boundary", &["unit_id"])).await?;
    Ok(())
}

async fn calendar_year(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("calendar_year")
        .col(big_integer("year").primary_key())
        .col(text("body"))
        .col(big_integer("version"))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}
