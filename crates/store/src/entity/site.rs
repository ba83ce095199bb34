//! A place, line, vehicle or hotline that is inspected; coordinates in units of 1e-7 degree, WGS-84.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "site")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub code: String,
    pub name: String,
    pub site_type_id: Option<String>,
    pub type_given: String,
    pub address: String,
    pub longitude: Option<i64>,
    pub latitude: Option<i64>,
    pub datum_given: Option<String>,
    pub given_longitude: Option<String>,
    pub given_latitude: Option<String>,
    pub street_id: Option<String>,
    pub community_id: Option<String>,
    pub grid_id: Option<String>,
    pub industry_unit_id: Option<String>,
    pub territorial_unit_id: Option<String>,
    pub chief_name: Option<String>,
    pub chief_phone: Option<String>,
    pub pairing_unit_id: Option<String>,
    pub pairing_leader: Option<String>,
    pub remark: String,
    pub retired: bool,
    pub duplicate_of: Option<String>,
    pub search_text: String,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
