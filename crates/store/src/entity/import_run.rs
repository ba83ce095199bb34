//! One reading of one file.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "import_run")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub kind: String,
    pub file_name: String,
    pub media_sha: Option<String>,
    pub state: String,
    pub mapping: String,
    pub dry_run: bool,
    pub counts: String,
    pub done: i64,
    pub total: i64,
    pub started_by: String,
    pub created_at: String,
    pub finished_at: Option<String>,
    pub error: Option<String>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
