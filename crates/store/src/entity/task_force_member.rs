//! A unit that takes part in a task force.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "task_force_member")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub task_force_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit_id: String,
    pub duty: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
