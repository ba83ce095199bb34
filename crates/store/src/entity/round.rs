//! A round of assessment (测评批次).

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "round")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub number: String,
    pub name: String,
    pub kind: String,
    pub state: String,
    pub edition_id: Option<String>,
    pub opened_on: String,
    pub due_on: Option<String>,
    pub closed_at: Option<String>,
    pub covert: bool,
    pub draw: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
