//! An assessment of units, frozen with its policy and inputs when published; each correction is a row of its own.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "assessment")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub series_id: String,
    pub ordinal: i64,
    pub name: String,
    pub from_day: String,
    pub until_day: String,
    pub round_id: Option<String>,
    pub state: String,
    pub policy_id: String,
    pub policy: String,
    pub entered: String,
    pub inputs: String,
    pub outcome: String,
    pub outcome_hash: String,
    pub corrections: String,
    pub reason: String,
    pub published_at: Option<String>,
    pub appeal_until: Option<String>,
    pub made_by: String,
    pub made_at: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
