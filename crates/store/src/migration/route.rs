//! The day on which a site of a round is to be visited, and its place in that day's route.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer_null, text_null};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [text_null("visit_on"), big_integer_null("stop")] {
            manager.alter_table(Table::alter().table("round_site").add_column(column).take()).await?;
        }
        Ok(())
    }
}
