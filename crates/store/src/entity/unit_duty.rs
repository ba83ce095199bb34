//! A unit that leads or supports a criterion, with the people named for it.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit_duty")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub edition_id: String,
    pub node_id: String,
    pub unit_id: String,
    pub role: String,
    pub state: String,
    pub head_id: Option<String>,
    pub officer_id: Option<String>,
    pub liaison_id: Option<String>,
    pub objection: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
