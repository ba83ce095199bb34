//! A problem; `body` is the domain value, the other columns serve lists.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "problem")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub number: i64,
    pub state: String,
    pub source: String,
    pub title: String,
    pub description: String,
    pub category: Option<String>,
    pub urgency: String,
    pub site_id: Option<String>,
    pub place_text: String,
    pub longitude: Option<i64>,
    pub latitude: Option<i64>,
    pub street_id: Option<String>,
    pub community_id: Option<String>,
    pub unit_id: Option<String>,
    pub round_id: Option<String>,
    pub visit_id: Option<String>,
    pub finding_id: Option<String>,
    pub item_id: Option<String>,
    pub citation_key: Option<String>,
    pub citation2_key: Option<String>,
    pub reported_at: String,
    pub filed_at: Option<String>,
    pub assigned_at: Option<String>,
    pub due_at: Option<String>,
    pub due_state: String,
    pub acknowledged_at: Option<String>,
    pub submitted_at: Option<String>,
    pub closed_at: Option<String>,
    pub on_time: Option<bool>,
    pub assignments: i64,
    pub submissions: i64,
    pub deferrals: i64,
    pub transfers: i64,
    pub returns: i64,
    pub declines: i64,
    pub extensions: i64,
    pub requires_after_photo: bool,
    pub pending: Option<String>,
    pub slip_colour: Option<String>,
    pub slip_number: Option<String>,
    pub rebound_of: Option<String>,
    pub merged_into: Option<String>,
    pub imported: bool,
    pub last_step: String,
    pub last_step_at: String,
    pub body: String,
    pub external_source: Option<String>,
    pub external_key: Option<String>,
    pub deduction_num: Option<String>,
    pub deduction_den: Option<String>,
    pub deduction_nano: Option<i64>,
    pub search_text: String,
    pub pressing_at: Option<String>,
    pub confidential: bool,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
