//! Work in the queue of the room.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub kind: String,
    pub payload: String,
    pub state: String,
    pub attempts: i64,
    pub run_at: String,
    pub lease_until: Option<String>,
    pub lease_owner: Option<String>,
    pub done: i64,
    pub total: i64,
    pub message: Option<String>,
    pub error: Option<String>,
    pub created_at: String,
    pub created_by: Option<String>,
    pub cancel_requested: bool,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
