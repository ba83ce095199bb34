//! One entry of a problem's history; `body` is the domain change.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "problem_step")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub problem_id: String,
    pub ordinal: i64,
    pub at: String,
    pub arrived_at: String,
    pub actor_id: Option<String>,
    pub actor_name: String,
    pub command: String,
    pub from_state: String,
    pub to_state: String,
    pub body: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
