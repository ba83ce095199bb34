//! A node of an edition's tree; leaves are criteria.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "node")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub edition_id: String,
    pub parent_id: Option<String>,
    pub position: i64,
    pub depth: i64,
    pub number: String,
    pub citation_key: String,
    pub title: String,
    pub is_criterion: bool,
    pub remark: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
