//! A situation that deducts points or vetoes.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "negative_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub edition_id: String,
    pub position: i64,
    pub number: String,
    pub text: String,
    pub effect: String,
    pub points_num: Option<String>,
    pub points_den: Option<String>,
    pub points_nano: Option<i64>,
    pub decider_name: String,
    pub words: String,
    pub per: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
