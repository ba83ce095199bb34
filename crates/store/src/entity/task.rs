//! Tasks; the domain value is kept whole in `body`, the columns serve lists.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "task")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub number: i64,
    pub state: String,
    pub class: String,
    pub title: String,
    pub lead_id: Option<String>,
    pub responsible_id: Option<String>,
    pub campaign_id: Option<String>,
    pub start_on: Option<String>,
    pub due_on: Option<String>,
    pub next_due: Option<String>,
    pub percent: i64,
    pub last_report_at: Option<String>,
    pub plan: String,
    pub plan_percent: Option<i64>,
    pub origin_key: Option<String>,
    pub created_at: String,
    pub body: String,
    pub search_text: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
