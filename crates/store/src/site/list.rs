//! Lists of sites: filtered, sorted, by the page.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;
use yipanqi_domain::geo::Area;
use yipanqi_domain::id::{SiteId, UnitId};

use super::Site;
use crate::entity::site;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::id;

/// Which sites a list shows; what is empty does not filter.
#[derive(Debug, Clone, Default)]
pub struct SiteFilter {
    /// Words that code, name, address or chief contain, all of them.
    pub text: String,
    /// Types.
    pub site_types: Vec<Uuid>,
    /// Streets, communities or grids in which the site lies.
    pub areas: Vec<UnitId>,
    /// Streets or towns.
    pub streets: Vec<UnitId>,
    /// Communities or villages.
    pub communities: Vec<UnitId>,
    /// 行业主管部门.
    pub industries: Vec<UnitId>,
    /// 属地责任单位.
    pub territorials: Vec<UnitId>,
    /// That concern one of these units: by place, trade or pairing.
    pub units: Vec<UnitId>,
    /// Only these.
    pub ids: Vec<SiteId>,
    /// Only these, and nothing if there are none: what lies in an area drawn on the map, by [`within`].
    pub within: Option<Vec<SiteId>>,
    /// With (`true`) or without coordinates.
    pub placed: Option<bool>,
    /// In use (`false`) or retired.
    pub retired: Option<bool>,
    /// What the reader may see: only sites that concern one of these units; none: everything.
    pub reach: Option<BTreeSet<UnitId>>,
}

/// Where a site names the units that it concerns.
const CONCERNED: [site::Column; 6] = [
    site::Column::StreetId,
    site::Column::CommunityId,
    site::Column::GridId,
    site::Column::IndustryUnitId,
    site::Column::TerritorialUnitId,
    site::Column::PairingUnitId,
];

/// By what a list of sites is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SiteSortKey {
    /// Code.
    #[default]
    Code,
    /// Name.
    Name,
    /// Type.
    SiteType,
    /// Street.
    Street,
}

/// Upwards or downwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SortOrder {
    /// Upwards.
    #[default]
    Ascending,
    /// Downwards.
    Descending,
}

/// How a list of sites is sorted; ties by code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SiteSort {
    /// By what.
    pub key: SiteSortKey,
    /// Which way.
    pub order: SortOrder,
}

fn any_of(columns: &[site::Column], units: &[String]) -> Condition {
    columns.iter().fold(Condition::any(), |any, column| any.add(column.is_in(units.iter().map(String::as_str))))
}

fn condition(filter: &SiteFilter) -> Condition {
    use site::Column;
    let mut all = Condition::all();
    for word in filter.text.to_lowercase().split_whitespace() {
        // A number that was merged into another finds the site that stands for it.
        let older = Query::select()
            .column(Column::DuplicateOf)
            .from(site::Entity)
            .and_where(Expr::col((site::Entity, Column::DuplicateOf)).is_not_null())
            .and_where(Column::SearchText.contains(word))
            .to_owned();
        all = all.add(Condition::any().add(Column::SearchText.contains(word)).add(Column::Id.in_subquery(older)));
    }
    if !filter.site_types.is_empty() {
        all = all.add(Column::SiteTypeId.is_in(filter.site_types.iter().map(ToString::to_string)));
    }
    if !filter.areas.is_empty() {
        let areas: Vec<String> = filter.areas.iter().map(ToString::to_string).collect();
        all = all.add(any_of(&[Column::StreetId, Column::CommunityId, Column::GridId], &areas));
    }
    for (column, wanted) in [
        (Column::StreetId, &filter.streets),
        (Column::CommunityId, &filter.communities),
        (Column::IndustryUnitId, &filter.industries),
        (Column::TerritorialUnitId, &filter.territorials),
    ] {
        if !wanted.is_empty() {
            all = all.add(column.is_in(wanted.iter().map(ToString::to_string)));
        }
    }
    if !filter.units.is_empty() {
        let units: Vec<String> = filter.units.iter().map(ToString::to_string).collect();
        all = all.add(any_of(&CONCERNED, &units));
    }
    if !filter.ids.is_empty() {
        all = all.add(Column::Id.is_in(filter.ids.iter().map(ToString::to_string)));
    }
    if let Some(within) = &filter.within {
        all = all.add(Column::Id.is_in(within.iter().map(ToString::to_string)));
    }
    match filter.placed {
        Some(true) => all = all.add(Column::Longitude.is_not_null()),
        Some(false) => all = all.add(Column::Longitude.is_null()),
        None => {}
    }
    if let Some(retired) = filter.retired {
        all = all.add(Column::Retired.eq(retired));
    }
    if let Some(reach) = &filter.reach {
        let units: Vec<String> = reach.iter().map(ToString::to_string).collect();
        all = all.add(any_of(&CONCERNED, &units));
    }
    all
}

/// A page of the sites and how many there are in all.
///
/// # Errors
/// The database's.
pub async fn list(
    tx: &ReadTx,
    filter: &SiteFilter,
    sort: SiteSort,
    offset: u64,
    limit: u64,
) -> Result<(Vec<Site>, u64), StoreError> {
    let find = site::Entity::find().filter(condition(filter));
    let total = find.clone().count(tx.db()).await?;
    let key = match sort.key {
        SiteSortKey::Code => site::Column::Code,
        SiteSortKey::Name => site::Column::Name,
        SiteSortKey::SiteType => site::Column::SiteTypeId,
        SiteSortKey::Street => site::Column::StreetId,
    };
    let order = match sort.order {
        SortOrder::Ascending => Order::Asc,
        SortOrder::Descending => Order::Desc,
    };
    let rows = find.order_by(key, order).order_by_asc(site::Column::Code).offset(offset).limit(limit).all(tx.db()).await?;
    Ok((rows.into_iter().map(Site::read).collect::<Result<_, _>>()?, total))
}

/// The identities of the sites, by code.
///
/// # Errors
/// The database's.
pub async fn ids(tx: &ReadTx, filter: &SiteFilter) -> Result<Vec<SiteId>, StoreError> {
    let rows: Vec<String> = site::Entity::find()
        .select_only()
        .column(site::Column::Id)
        .filter(condition(filter))
        .order_by_asc(site::Column::Code)
        .into_tuple()
        .all(tx.db())
        .await?;
    rows.iter().map(|row| id(row)).collect()
}

/// The sites of the filter that lie in an area, by code.
///
/// # Errors
/// The database's.
pub async fn within(tx: &ReadTx, filter: &SiteFilter, area: &Area) -> Result<Vec<SiteId>, StoreError> {
    let (west, south, east, north) = area.bounds();
    let rows: Vec<(String, i64, i64)> = site::Entity::find()
        .select_only()
        .columns([site::Column::Id, site::Column::Longitude, site::Column::Latitude])
        .filter(condition(filter))
        .filter(site::Column::Longitude.between(west, east))
        .filter(site::Column::Latitude.between(south, north))
        .order_by_asc(site::Column::Code)
        .into_tuple()
        .all(tx.db())
        .await?;
    let inside = rows.iter().filter(|(_, longitude, latitude)| area.holds(*longitude, *latitude));
    inside.map(|(row, _, _)| id(row)).collect()
}

/// How many sites in use there are of each type.
///
/// # Errors
/// The database's.
pub async fn count_by_type(tx: &ReadTx) -> Result<HashMap<Uuid, u64>, StoreError> {
    let rows: Vec<(String, i64)> = site::Entity::find()
        .select_only()
        .column(site::Column::SiteTypeId)
        .column_as(site::Column::Id.count(), "sites")
        .filter(site::Column::Retired.eq(false))
        .filter(site::Column::SiteTypeId.is_not_null())
        .group_by(site::Column::SiteTypeId)
        .into_tuple()
        .all(tx.db())
        .await?;
    rows.iter().map(|(of, count)| Ok((id(of)?, u64::try_from(*count).unwrap_or(0)))).collect()
}
