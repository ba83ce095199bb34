//! One year's or version's text of a framework.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "edition")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub framework_id: String,
    pub code: String,
    pub name: String,
    pub year: Option<i64>,
    pub scoring: String,
    pub published_decimals: i64,
    pub settings: String,
    pub stated_total: Option<String>,
    pub state: String,
    pub revision: i64,
    pub supersedes_id: Option<String>,
    pub reason: String,
    pub frozen_at: Option<String>,
    pub imported_from: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
