//! When something of a problem is due next: a stage of it, or the whole.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("problem").add_column(text_null("pressing_at")).take()).await?;
        let kept = Query::update().table("problem").value("pressing_at", Expr::col("due_at")).take();
        manager.execute(kept).await?;
        manager.create_index(index("problem_state_pressing_at_idx", "problem", &["state", "pressing_at"])).await?;
        manager.create_index(index("problem_pressing_at_idx", "problem", &["pressing_at"])).await
    }
}
