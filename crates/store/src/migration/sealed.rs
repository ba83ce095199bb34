//! What is confidential is found among the others.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::boolean;

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Until now nothing could be made confidential.
        let column = boolean("confidential").default(false).take();
        manager.alter_table(Table::alter().table("problem").add_column(column).take()).await?;
        manager.create_index(index("problem_confidential_idx", "problem", &["confidential"])).await
    }
}
