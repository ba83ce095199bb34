//! The result of one item in one visit.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "finding")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub visit_id: String,
    pub item_id: String,
    pub result: String,
    pub faults: i64,
    pub grade: Option<String>,
    pub pass: Option<bool>,
    pub applicable: bool,
    pub phrase: String,
    pub note: String,
    pub made_at: String,
    pub marked_at: Option<String>,
    pub problem_id: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
