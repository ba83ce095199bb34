//! Wrong secrets of a link, by whoever sent them.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "party_guess")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ask_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub client: String,
    pub failures: i64,
    pub locked_until: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
