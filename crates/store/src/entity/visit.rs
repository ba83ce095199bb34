//! A visit of an inspector at a site.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub round_id: String,
    pub site_id: String,
    pub inspector_id: Option<String>,
    pub ordinal: i64,
    pub started_at: String,
    pub finished_at: Option<String>,
    pub longitude: Option<i64>,
    pub latitude: Option<i64>,
    pub accuracy_m: Option<i64>,
    pub purpose: String,
    pub arrived_at: Option<String>,
    pub begun_at: Option<String>,
    pub ended_at: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
