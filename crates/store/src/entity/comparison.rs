//! An old edition beside a new one.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "comparison")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub old_edition_id: String,
    pub new_edition_id: String,
    pub state: String,
    pub job_id: Option<String>,
    pub created_at: String,
    pub created_by: String,
    pub carried_at: Option<String>,
    pub carried_by: Option<String>,
    pub report: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
