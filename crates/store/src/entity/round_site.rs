//! A site drawn for a round and the inspector it was given to.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "round_site")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub round_id: String,
    pub site_id: String,
    pub inspector_id: Option<String>,
    pub given_at: Option<String>,
    pub second_id: Option<String>,
    pub earlier: String,
    pub position: i64,
    pub visit_on: Option<String>,
    pub stop: Option<i64>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
