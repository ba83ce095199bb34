//! Plans of grid patrols, what was walked, and the problems that were reported on the way.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, text, text_null};

use super::column::{index, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

fn to(table: &'static str, name: &'static str, column: &'static str, other: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(name).from(table, column).to(other, "id").to_owned()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("patrol_plan")
            .col(text("id").primary_key())
            .col(text("unit_id"))
            .col(text("name"))
            .col(text_null("person_id"))
            .col(text("from_on"))
            .col(text_null("to_on"))
            .col(text("body"))
            .col(big_integer("version"))
            .foreign_key(&mut to("patrol_plan", "patrol_plan_unit_id_fk", "unit_id", "unit"))
            .foreign_key(&mut to("patrol_plan", "patrol_plan_person_id_fk", "person_id", "person"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(unique("patrol_plan_unit_id_name_key", "patrol_plan", &["unit_id", "name"])).await?;
        let table = Table::create()
            .table("patrol")
            .col(text("id").primary_key())
            .col(text("plan_id"))
            .col(text("person_id"))
            .col(text("person_name"))
            .col(text("walked_on"))
            .col(text("begun_at"))
            .col(text("ended_at"))
            .col(text("looked"))
            .col(text("note"))
            .col(text("made_at"))
            .foreign_key(&mut to("patrol", "patrol_plan_id_fk", "plan_id", "patrol_plan"))
            .foreign_key(&mut to("patrol", "patrol_person_id_fk", "person_id", "person"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index("patrol_walked_on_idx", "patrol", &["walked_on"])).await?;
        manager.create_index(index("patrol_plan_id_walked_on_idx", "patrol", &["plan_id", "walked_on"])).await?;
        // A problem may be told of before the walk arrives, so that the walk is not referred to.
        let table = Table::create()
            .table("patrol_problem")
            .col(text("problem_id").primary_key())
            .col(text("patrol_id"))
            .col(text("person_id"))
            .foreign_key(&mut to("patrol_problem", "patrol_problem_problem_id_fk", "problem_id", "problem"))
            .to_owned();
        manager.create_table(table).await?;
        manager.create_index(index("patrol_problem_patrol_id_idx", "patrol_problem", &["patrol_id"])).await
    }
}
