//! A unit's appeal against a published assessment.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "appeal")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub assessment_id: String,
    pub unit_id: String,
    pub subject: String,
    pub reason: String,
    pub state: String,
    pub until: String,
    pub filed_by: String,
    pub filed_at: String,
    pub decision: String,
    pub decided_by: String,
    pub decided_at: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
