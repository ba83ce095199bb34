//! What is late is counted by unit and street along an index in their order, and what waits for a unit is looked up in it;
//! the due date by state, which nothing asks for since stages have clocks of their own, goes.

use sea_orm_migration::prelude::*;

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &[&str] = &["state", "unit_id", "street_id", "due_state", "on_time", "pressing_at"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("problem_state_due_at_idx").table("problem").to_owned()).await?;
        manager.create_index(index("problem_state_unit_id_idx", "problem", COLUMNS)).await
    }
}
