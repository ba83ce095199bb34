//! One method of a criterion with its points and rule.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "measure")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub node_id: String,
    pub method: String,
    pub scope: Option<String>,
    pub points_num: Option<String>,
    pub points_den: Option<String>,
    pub points_nano: Option<i64>,
    pub rule: Option<String>,
    pub rule_words: String,
    pub rule_state: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
