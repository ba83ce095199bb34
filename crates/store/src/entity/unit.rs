//! A unit: leadership, department, street, community, grid, task force.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub code: String,
    pub name: String,
    pub short_name: Option<String>,
    pub kind: String,
    pub parent_id: Option<String>,
    pub head_id: Option<String>,
    pub officer_id: Option<String>,
    pub liaison_id: Option<String>,
    pub phone: Option<String>,
    pub remark: String,
    pub households: Option<i64>,
    pub opened_on: Option<String>,
    pub closed_on: Option<String>,
    pub position: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
