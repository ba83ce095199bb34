//! What the device knew when a photograph was taken.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "capture")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub media_id: String,
    pub made_at: String,
    pub clock_offset_ms: i64,
    pub longitude: Option<i64>,
    pub latitude: Option<i64>,
    pub accuracy_m: Option<i64>,
    pub datum: String,
    pub origin: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
