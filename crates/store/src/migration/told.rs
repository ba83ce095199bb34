//! Who told of a problem finds it again without looking through every step.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(super::column::index("problem_step_actor_id_idx", "problem_step", &["actor_id", "ordinal"])).await
    }
}
