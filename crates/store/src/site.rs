//! The registry of sites (点位台账) and its lists.

mod list;
pub mod merge;

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{SiteId, UnitId};

pub use list::{SiteFilter, SiteSort, SiteSortKey, SortOrder, count_by_type, ids, list, within};

use crate::WriteTx;
use crate::entity::site;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, insert_all, text_opt};

/// A place, line, vehicle or hotline that is inspected; coordinates in units of 1e-7 degree, WGS-84.
#[doc(alias = "点位")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Identity.
    pub id: SiteId,
    /// The city's own code, unique.
    pub code: String,
    /// Name.
    pub name: String,
    /// Its type, if the city knows it.
    pub site_type: Option<Uuid>,
    /// Its type as given.
    pub type_given: String,
    /// Address.
    pub address: String,
    /// Longitude, if known.
    pub longitude: Option<i64>,
    /// Latitude, if known.
    pub latitude: Option<i64>,
    /// The datum as given.
    pub datum_given: Option<String>,
    /// The longitude as given.
    pub given_longitude: Option<String>,
    /// The latitude as given.
    pub given_latitude: Option<String>,
    /// Street or town.
    pub street: Option<UnitId>,
    /// Community or village.
    pub community: Option<UnitId>,
    /// Grid.
    pub grid: Option<UnitId>,
    /// 行业主管部门.
    pub industry_unit: Option<UnitId>,
    /// 属地责任单位.
    pub territorial_unit: Option<UnitId>,
    /// 点位长.
    pub chief_name: Option<String>,
    /// The chief's telephone.
    pub chief_phone: Option<String>,
    /// 包联单位.
    pub pairing_unit: Option<UnitId>,
    /// 包联领导.
    pub pairing_leader: Option<String>,
    /// Remark.
    pub remark: String,
    /// No longer in use.
    pub retired: bool,
    /// The site of which this one is a second entry.
    pub duplicate_of: Option<SiteId>,
    /// One more with every change.
    pub version: i64,
}

impl Site {
    pub(crate) fn read(row: site::Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: id(&row.id)?,
            site_type: id_opt(row.site_type_id.as_ref())?,
            street: id_opt(row.street_id.as_ref())?,
            community: id_opt(row.community_id.as_ref())?,
            grid: id_opt(row.grid_id.as_ref())?,
            industry_unit: id_opt(row.industry_unit_id.as_ref())?,
            territorial_unit: id_opt(row.territorial_unit_id.as_ref())?,
            pairing_unit: id_opt(row.pairing_unit_id.as_ref())?,
            duplicate_of: id_opt(row.duplicate_of.as_ref())?,
            code: row.code,
            name: row.name,
            type_given: row.type_given,
            address: row.address,
            longitude: row.longitude,
            latitude: row.latitude,
            datum_given: row.datum_given,
            given_longitude: row.given_longitude,
            given_latitude: row.given_latitude,
            chief_name: row.chief_name,
            chief_phone: row.chief_phone,
            pairing_leader: row.pairing_leader,
            remark: row.remark,
            retired: row.retired,
            version: row.version,
        })
    }

    fn model(&self) -> site::Model {
        let search = [self.code.as_str(), self.name.as_str(), self.address.as_str(), self.chief_name.as_deref().unwrap_or("")];
        site::Model {
            id: self.id.to_string(),
            code: self.code.clone(),
            name: self.name.clone(),
            site_type_id: text_opt(self.site_type.as_ref()),
            type_given: self.type_given.clone(),
            address: self.address.clone(),
            longitude: self.longitude,
            latitude: self.latitude,
            datum_given: self.datum_given.clone(),
            given_longitude: self.given_longitude.clone(),
            given_latitude: self.given_latitude.clone(),
            street_id: text_opt(self.street.as_ref()),
            community_id: text_opt(self.community.as_ref()),
            grid_id: text_opt(self.grid.as_ref()),
            industry_unit_id: text_opt(self.industry_unit.as_ref()),
            territorial_unit_id: text_opt(self.territorial_unit.as_ref()),
            chief_name: self.chief_name.clone(),
            chief_phone: self.chief_phone.clone(),
            pairing_unit_id: text_opt(self.pairing_unit.as_ref()),
            pairing_leader: self.pairing_leader.clone(),
            remark: self.remark.clone(),
            retired: self.retired,
            duplicate_of: text_opt(self.duplicate_of.as_ref()),
            search_text: search.join(" ").to_lowercase(),
            version: self.version + 1,
        }
    }
}

/// All sites by code.
///
/// # Errors
/// The database's.
pub async fn all(tx: &ReadTx) -> Result<Vec<Site>, StoreError> {
    let rows = site::Entity::find().order_by_asc(site::Column::Code).all(tx.db()).await?;
    rows.into_iter().map(Site::read).collect()
}

/// The sites with these codes.
///
/// # Errors
/// The database's.
pub async fn by_codes(tx: &ReadTx, codes: &[&str]) -> Result<Vec<Site>, StoreError> {
    let rows = site::Entity::find().filter(site::Column::Code.is_in(codes.iter().copied())).all(tx.db()).await?;
    rows.into_iter().map(Site::read).collect()
}

/// Sites by identity, in no particular order; those that do not exist are left out.
///
/// # Errors
/// The database's.
pub async fn get_all(tx: &ReadTx, sites: &[SiteId]) -> Result<Vec<Site>, StoreError> {
    let mut found = Vec::new();
    for some in sites.chunks(500) {
        let rows = site::Entity::find().filter(site::Column::Id.is_in(some.iter().map(ToString::to_string)));
        for row in rows.all(tx.db()).await? {
            found.push(Site::read(row)?);
        }
    }
    Ok(found)
}

/// Which sites are second entries of which: what was kept under a merged one is seen under the kept one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aliases(HashMap<SiteId, SiteId>);

impl Aliases {
    /// The site that stands for it: the kept one, or itself.
    #[must_use]
    pub fn kept(&self, site: SiteId) -> SiteId {
        let mut kept = site;
        // A kept one may itself have been merged later; never more steps than there are entries.
        for _ in 0..=self.0.len() {
            match self.0.get(&kept) {
                Some(next) => kept = *next,
                None => break,
            }
        }
        kept
    }

    /// The site and everything merged into it.
    #[must_use]
    pub fn family(&self, site: SiteId) -> Vec<SiteId> {
        let mut family: Vec<SiteId> = self.0.keys().copied().filter(|merged| self.kept(*merged) == site).collect();
        family.sort_unstable();
        family.insert(0, site);
        family
    }

    /// The same of several sites at once.
    #[must_use]
    pub fn families(&self, sites: &BTreeSet<SiteId>) -> Vec<SiteId> {
        let merged = self.0.keys().copied().filter(|merged| sites.contains(&self.kept(*merged)));
        sites.iter().copied().chain(merged).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// Which sites were merged into which.
///
/// # Errors
/// The database's.
pub async fn aliases(tx: &ReadTx) -> Result<Aliases, StoreError> {
    let rows: Vec<(String, Option<String>)> = site::Entity::find()
        .select_only()
        .columns([site::Column::Id, site::Column::DuplicateOf])
        .filter(site::Column::DuplicateOf.is_not_null())
        .into_tuple()
        .all(tx.db())
        .await?;
    let mut aliases = HashMap::new();
    for (merged, kept) in rows {
        if let Some(kept) = id_opt(kept.as_ref())? {
            aliases.insert(id(&merged)?, kept);
        }
    }
    Ok(Aliases(aliases))
}

/// One site.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, site: SiteId) -> Result<Site, StoreError> {
    let row = site::Entity::find_by_id(site.to_string()).one(tx.db()).await?;
    row.map(Site::read).transpose()?.ok_or(StoreError::NotFound { kind: "site", id: site.to_string() })
}

/// Adds sites (their `version` is 0).
///
/// # Errors
/// `site_code_taken`, or the database's.
pub async fn add(tx: &WriteTx, sites: &[Site]) -> Result<(), StoreError> {
    insert_all::<site::Entity, _>(tx.db(), sites.iter().map(Site::model).collect()).await
}

/// Replaces a site read with `saved.version`.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn update(tx: &WriteTx, saved: &Site) -> Result<(), StoreError> {
    let changed = site::Entity::update_many()
        .set(saved.model().into_active_model().reset_all())
        .filter(site::Column::Id.eq(saved.id.to_string()))
        .filter(site::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "site", id: saved.id.to_string() });
    }
    Ok(())
}

/// Sites that gave a type by this name and knew none now belong to it.
///
/// # Errors
/// The database's.
pub async fn adopt_type(tx: &WriteTx, name: &str, site_type: Uuid) -> Result<u64, StoreError> {
    let changed = site::Entity::update_many()
        .col_expr(site::Column::SiteTypeId, Expr::value(site_type.to_string()))
        .col_expr(site::Column::Version, Expr::col(site::Column::Version).add(1))
        .filter(site::Column::SiteTypeId.is_null())
        .filter(site::Column::TypeGiven.eq(name))
        .exec(tx.db())
        .await?;
    Ok(changed.rows_affected)
}
