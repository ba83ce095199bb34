//! What the ledger and the board filter, count and sort by, in one index: with a hundred thousand problems they read it
//! instead of the rows, which are ten times as wide. Texts that anybody may write at any length are left out, because an
//! entry of an index has a greatest size.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const COLUMNS: &[&str] = &[
    "state",
    "due_state",
    "pressing_at",
    "on_time",
    "unit_id",
    "street_id",
    "site_id",
    "source",
    "urgency",
    "slip_colour",
    "pending",
    "rebound_of",
    "round_id",
    "reported_at",
    "filed_at",
    "assigned_at",
    "due_at",
    "closed_at",
    "imported",
    "last_step",
    "last_step_at",
    "extensions",
    "number",
    "id",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(super::column::index("problem_ledger_idx", "problem", COLUMNS)).await
    }
}
