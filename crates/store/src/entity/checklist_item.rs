//! An item that is looked at on a site of a type.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "checklist_item")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub code: String,
    pub site_type_id: String,
    pub position: i64,
    pub text: String,
    pub phrases: String,
    pub judgement: Option<String>,
    pub judgement_words: String,
    pub photo_on_failure: bool,
    pub carve_out: String,
    pub walk_path: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
