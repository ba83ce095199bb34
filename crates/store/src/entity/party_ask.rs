//! What a party was asked, and its link by the hash of its secret.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "party_ask")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub problem_id: String,
    pub party_id: String,
    pub unit_id: String,
    pub state: String,
    pub answer: Option<String>,
    pub words: String,
    pub secret_hash: String,
    pub expires_at: String,
    pub opened_at: Option<String>,
    pub ended_told: Option<String>,
    pub body: String,
    pub asked_at: String,
    pub asked_by: String,
    pub asked_name: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
