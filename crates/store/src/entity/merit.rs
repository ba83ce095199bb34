//! A black plate or a note of praise, of a unit for a period.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "merit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub kind: String,
    pub state: String,
    pub peer: String,
    pub unit_id: String,
    pub period_from: String,
    pub period_to: String,
    pub number_year: Option<i64>,
    pub number: Option<i64>,
    pub body: String,
    pub proposed_at: String,
    pub decided_at: Option<String>,
    pub ended_at: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
