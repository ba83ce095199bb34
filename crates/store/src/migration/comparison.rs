//! Editions beside each other: comparisons with their links, the crosswalk, and who has read what changed.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, text, text_null};

use super::column::{index, one_of, unique};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(comparison()).await?;
        manager
            .create_index(unique(
                "comparison_old_edition_id_new_edition_id_key",
                "comparison",
                &["old_edition_id", "new_edition_id"],
            ))
            .await?;
        manager.create_table(comparison_link()).await?;
        manager
            .create_index(index("comparison_link_comparison_id_idx", "comparison_link", &["comparison_id", "position"]))
            .await?;
        manager.create_table(crosswalk()).await?;
        manager
            .create_index(unique("crosswalk_one_node_id_other_node_id_key", "crosswalk", &["one_node_id", "other_node_id"]))
            .await?;
        manager.create_index(index("crosswalk_editions_idx", "crosswalk", &["one_edition_id", "other_edition_id"])).await?;
        manager.create_index(index("crosswalk_other_node_id_idx", "crosswalk", &["other_node_id"])).await?;
        manager.create_table(edition_reading()).await?;
        let key = unique("edition_reading_key", "edition_reading", &["edition_id", "unit_id", "person_id"]);
        manager.create_index(key).await
    }
}

fn to_edition(name: &'static str, table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(name).from(table, column).to("edition", "id").to_owned()
}

fn to_node(name: &'static str, table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(name).from(table, column).to("node", "id").to_owned()
}

fn comparison() -> TableCreateStatement {
    Table::create()
        .table("comparison")
        .col(text("id").primary_key())
        .col(text("old_edition_id"))
        .col(text("new_edition_id"))
        .col(one_of("state", &["matching", "open", "carried"]))
        .col(text_null("job_id"))
        .col(text("created_at"))
        .col(text("created_by"))
        .col(text_null("carried_at"))
        .col(text_null("carried_by"))
        .col(text_null("report"))
        .col(big_integer("version"))
        .foreign_key(&mut to_edition("comparison_old_edition_id_fk", "comparison", "old_edition_id"))
        .foreign_key(&mut to_edition("comparison_new_edition_id_fk", "comparison", "new_edition_id"))
        .to_owned()
}

fn comparison_link() -> TableCreateStatement {
    Table::create()
        .table("comparison_link")
        .col(text("id").primary_key())
        .col(text("comparison_id"))
        .col(big_integer("position"))
        .col(text_null("old_node_id"))
        .col(text_null("new_node_id"))
        .col(one_of("kind", &["same", "points", "reworded", "split", "merged", "new", "gone"]))
        .col(boolean("points_moved"))
        .col(big_integer("likeness"))
        .col(one_of("state", &["proposed", "confirmed", "rejected"]))
        .col(boolean("by_hand"))
        .col(text_null("decided_at"))
        .col(text_null("decided_by"))
        .foreign_key(
            ForeignKey::create()
                .name("comparison_link_comparison_id_fk")
                .from("comparison_link", "comparison_id")
                .to("comparison", "id"),
        )
        .foreign_key(&mut to_node("comparison_link_old_node_id_fk", "comparison_link", "old_node_id"))
        .foreign_key(&mut to_node("comparison_link_new_node_id_fk", "comparison_link", "new_node_id"))
        .to_owned()
}

fn crosswalk() -> TableCreateStatement {
    Table::create()
        .table("crosswalk")
        .col(text("id").primary_key())
        .col(text("one_edition_id"))
        .col(text("one_node_id"))
        .col(text("other_edition_id"))
        .col(text("other_node_id"))
        .col(one_of("kind", &["same", "narrower", "wider", "related"]))
        .col(one_of("state", &["proposed", "confirmed", "rejected"]))
        .col(big_integer("likeness"))
        .col(big_integer("shared_items"))
        .col(text("note"))
        .col(text_null("decided_at"))
        .col(text_null("decided_by"))
        .col(big_integer("version"))
        .foreign_key(&mut to_edition("crosswalk_one_edition_id_fk", "crosswalk", "one_edition_id"))
        .foreign_key(&mut to_edition("crosswalk_other_edition_id_fk", "crosswalk", "other_edition_id"))
        .foreign_key(&mut to_node("crosswalk_one_node_id_fk", "crosswalk", "one_node_id"))
        .foreign_key(&mut to_node("crosswalk_other_node_id_fk", "crosswalk", "other_node_id"))
        .to_owned()
}

fn edition_reading() -> TableCreateStatement {
    Table::create()
        .table("edition_reading")
        .col(text("id").primary_key())
        .col(text("edition_id"))
        .col(text("unit_id"))
        .col(text("person_id"))
        .col(text("person_name"))
        .col(text("read_at"))
        .foreign_key(&mut to_edition("edition_reading_edition_id_fk", "edition_reading", "edition_id"))
        .foreign_key(ForeignKey::create().name("edition_reading_unit_id_fk").from("edition_reading", "unit_id").to("unit", "id"))
        .to_owned()
}
