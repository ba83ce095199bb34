//! A supervision slip (督办单).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "slip")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub colour: String,
    pub state: String,
    pub number_year: Option<i64>,
    pub number: Option<i64>,
    pub problem_id: String,
    pub occasion: String,
    pub unit_id: Option<String>,
    pub body: String,
    pub proposed_at: String,
    pub issued_at: Option<String>,
    pub issued_by: Option<String>,
    pub reply_until: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
