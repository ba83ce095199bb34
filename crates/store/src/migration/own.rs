//! What a unit has is counted and listed from its own rows, which carry what clocks, states and totals are read from; words
//! in a problem's text are looked up by their pairs of characters, of which each problem has exactly those of its text.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean_null, text, text_null};

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

const OWN: &[&str] =
    &["unit_id", "state", "due_state", "pressing_at", "on_time", "number", "rectifying_id", "street_id", "site_id", "problem_id"];

/// The column of the unit's row, and that of the problem which it repeats.
const REPEATED: [(&str, &str); 7] = [
    ("number", "number"),
    ("rectifying_id", "unit_id"),
    ("street_id", "street_id"),
    ("site_id", "site_id"),
    ("due_state", "due_state"),
    ("pressing_at", "pressing_at"),
    ("on_time", "on_time"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name("problem_unit_unit_id_state_idx").table("problem_unit").to_owned()).await?;
        let columns = [
            big_integer("number").default(0).take(),
            text_null("rectifying_id"),
            text_null("street_id"),
            text_null("site_id"),
            text("due_state").default("").take(),
            text_null("pressing_at"),
            boolean_null("on_time"),
        ];
        for column in columns {
            manager.alter_table(Table::alter().table("problem_unit").add_column(column).take()).await?;
        }
        let mut repeat = Query::update();
        repeat.table("problem_unit");
        for (own, of_problem) in REPEATED {
            let value = Query::select()
                .column(("problem", of_problem))
                .from("problem")
                .and_where(Expr::col(("problem", "id")).equals(("problem_unit", "problem_id")))
                .take();
            repeat.value(own, Expr::from(value));
        }
        manager.execute(repeat).await?;
        manager.create_index(index("problem_unit_own_idx", "problem_unit", OWN)).await?;
        manager.drop_index(Index::drop().name("problem_pressing_at_idx").table("problem").to_owned()).await?;
        manager.create_index(index("problem_pressing_at_number_idx", "problem", &["pressing_at", "number"])).await?;
        manager.create_index(index("problem_unit_unit_id_number_idx", "problem_unit", &["unit_id", "number"])).await?;
        crate::search::rebuild(manager.get_connection()).await.map_err(|error| DbErr::Migration(error.to_string()))
    }
}
