//! A criterion of one edition that asks what one of another edition asks.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "crosswalk")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub one_edition_id: String,
    pub one_node_id: String,
    pub other_edition_id: String,
    pub other_node_id: String,
    pub kind: String,
    pub state: String,
    pub likeness: i64,
    pub shared_items: i64,
    pub note: String,
    pub decided_at: Option<String>,
    pub decided_by: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
