//! Since when a problem waits for its next step, and whether the steps behind it were done within their own limits.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{boolean, boolean_null, text_null};

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let steps = ["file_in_time", "assign_in_time", "acknowledge_in_time", "verify_in_time"].map(boolean_null);
        for mut column in [text_null("since"), boolean("paused").default(false).take()].into_iter().chain(steps) {
            manager.alter_table(Table::alter().table("problem").add_column(column.take()).take()).await?;
        }
        // What a problem waits for began with its last step of that kind; the next change writes it anew.
        let of_state = |state: &str| Expr::col("state").eq(state);
        let since = CaseStatement::new()
            .case(of_state("reported"), Expr::col("reported_at"))
            .case(of_state("filed"), Expr::col("filed_at"))
            .case(of_state("assigned"), Expr::col("assigned_at"))
            .case(of_state("submitted"), Expr::col("submitted_at"))
            .finally(Expr::col("last_step_at"));
        manager.execute(Query::update().table("problem").value("since", since).take()).await?;
        let declined = Query::update()
            .table("problem")
            .value("paused", true)
            .and_where(of_state("assigned"))
            .and_where(Expr::col("declines").gt(0))
            .take();
        manager.execute(declined).await?;
        manager.create_index(index("problem_state_since_idx", "problem", &["state", "since"])).await
    }
}
