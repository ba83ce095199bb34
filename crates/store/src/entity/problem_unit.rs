//! The units a problem concerns, for rights and counts; with what is read most of the problem, so that what a unit has is
//! listed and counted without reading the ledger.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "problem_unit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub problem_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub part: String,
    pub state: String,
    pub number: i64,
    /// The unit that rectifies.
    pub rectifying_id: Option<String>,
    pub street_id: Option<String>,
    pub site_id: Option<String>,
    pub due_state: String,
    pub pressing_at: Option<String>,
    pub on_time: Option<bool>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
