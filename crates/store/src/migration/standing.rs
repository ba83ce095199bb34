//! What the board counts is read from narrow lists: the units of a problem know its state, so that what a unit has open is
//! found without reading all it ever had, and slips are counted from an index.

use sea_orm_migration::prelude::*;

use super::column::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = ColumnDef::new("state").text().not_null().default("").take();
        manager.alter_table(Table::alter().table("problem_unit").add_column(column).take()).await?;
        let of_problem = Query::select()
            .column(("problem", "state"))
            .from("problem")
            .and_where(Expr::col(("problem", "id")).equals(("problem_unit", "problem_id")))
            .take();
        let kept = Query::update().table("problem_unit").value("state", Expr::from(of_problem)).take();
        manager.execute(kept).await?;
        manager.drop_index(Index::drop().name("problem_unit_unit_id_part_idx").table("problem_unit").to_owned()).await?;
        manager
            .create_index(index("problem_unit_unit_id_state_idx", "problem_unit", &["unit_id", "state", "problem_id"]))
            .await?;
        manager.drop_index(Index::drop().name("slip_state_idx").table("slip").to_owned()).await?;
        manager.create_index(index("slip_state_colour_idx", "slip", &["state", "colour", "unit_id", "reply_until"])).await
    }
}
