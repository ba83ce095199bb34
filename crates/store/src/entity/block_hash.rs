//! A block hash of a photograph or of a window into it, with its quarters.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "block_hash")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub media_id: String,
    pub place: i64,
    pub hash: i64,
    pub first: i64,
    pub second: i64,
    pub third: i64,
    pub fourth: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
