//! A leader and a unit paired with an area (包联), with dates.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pairing")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub leader_name: String,
    pub leader_person_id: Option<String>,
    pub leader_title: Option<String>,
    pub unit_id: Option<String>,
    pub area_unit_id: String,
    pub valid_from: String,
    pub valid_to: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
