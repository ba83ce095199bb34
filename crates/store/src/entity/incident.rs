//! An incident of the negative list, from allegation to withdrawal.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub edition_id: String,
    pub number: String,
    pub count: i64,
    pub occurred_on: String,
    pub title: String,
    pub source: String,
    pub units: String,
    pub state: String,
    pub decision: String,
    pub decided_at: Option<String>,
    pub decided_by: String,
    pub withdrawal: String,
    pub withdrawn_at: Option<String>,
    pub entered_by: String,
    pub entered_at: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
