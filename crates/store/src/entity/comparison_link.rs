//! What became of a criterion: an old one, a new one, or both.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comparison_link")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub comparison_id: String,
    pub position: i64,
    pub old_node_id: Option<String>,
    pub new_node_id: Option<String>,
    pub kind: String,
    pub points_moved: bool,
    pub likeness: i64,
    pub state: String,
    pub by_hand: bool,
    pub decided_at: Option<String>,
    pub decided_by: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
