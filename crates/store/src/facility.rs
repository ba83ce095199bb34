//! Quotas of site types, and what was found at sites.

use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::facility::Found;
use yipanqi_domain::id::{SiteId, UnitId};

use crate::entity::{facility, quota};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day, id, id_opt, read_word, text_opt, word};
use crate::write::WriteTx;

/// What kind of facility it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacilityKind {
    /// 公益广告.
    Advert,
    /// 垃圾桶.
    Bin,
    /// 标识标牌.
    Sign,
    /// 便民服务.
    Service,
    /// Anything else.
    Other,
}

/// What must be at a site of a type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Identity.
    pub id: Uuid,
    /// At sites of this type.
    pub site_type: Uuid,
    /// What kind it is.
    pub kind: FacilityKind,
    /// Its name, unique in the type.
    pub name: String,
    /// How many there must be.
    pub required: u32,
    /// The requirement in words.
    pub words: String,
    /// One more with every change.
    pub version: i64,
}

/// What was found of a quota at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facility {
    /// Where.
    pub site: SiteId,
    /// Of which quota.
    pub quota: Uuid,
    /// How many.
    pub found: Found,
    /// The unit that keeps it.
    pub upkeep: Option<UnitId>,
    /// When it was looked at.
    pub checked_on: NaiveDate,
    /// Remark.
    pub note: String,
    /// One more with every change; 0: not looked at yet.
    pub version: i64,
}

fn natural(count: i64) -> u32 {
    u32::try_from(count).unwrap_or(0)
}

fn read_quota(row: quota::Model) -> Result<Quota, StoreError> {
    Ok(Quota {
        id: id(&row.id)?,
        site_type: id(&row.site_type_id)?,
        kind: read_word("quota.kind", &row.kind)?,
        required: natural(row.required),
        name: row.name,
        words: row.words,
        version: row.version,
    })
}

/// The quotas of a type, or of every type.
///
/// # Errors
/// The database's.
pub async fn quotas(tx: &ReadTx, site_type: Option<Uuid>) -> Result<Vec<Quota>, StoreError> {
    let mut find = quota::Entity::find();
    if let Some(site_type) = site_type {
        find = find.filter(quota::Column::SiteTypeId.eq(site_type.to_string()));
    }
    let rows = find.order_by_asc(quota::Column::Kind).order_by_asc(quota::Column::Name).all(tx.db()).await?;
    rows.into_iter().map(read_quota).collect()
}

/// Adds a quota (`version` 0) or replaces the one read with `version`.
///
/// # Errors
/// `quota_name_taken`, `version_conflict`, or the database's.
pub async fn save_quota(tx: &WriteTx, saved: &Quota) -> Result<(), StoreError> {
    let row = quota::Model {
        id: saved.id.to_string(),
        site_type_id: saved.site_type.to_string(),
        kind: word(&saved.kind)?,
        name: saved.name.clone(),
        required: saved.required.into(),
        words: saved.words.clone(),
        version: saved.version + 1,
    };
    if saved.version == 0 {
        quota::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = quota::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(quota::Column::Id.eq(saved.id.to_string()))
        .filter(quota::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "quota", id: saved.id.to_string() });
    }
    Ok(())
}

fn read(row: facility::Model) -> Result<Facility, StoreError> {
    Ok(Facility {
        site: id(&row.site_id)?,
        quota: id(&row.quota_id)?,
        found: Found { good: natural(row.good), broken: natural(row.broken) },
        upkeep: id_opt(row.upkeep_id.as_ref())?,
        checked_on: day(&row.checked_on)?,
        note: row.note,
        version: row.version,
    })
}

/// What was found at a site, or (none) at every site.
///
/// # Errors
/// The database's.
pub async fn found(tx: &ReadTx, site: Option<SiteId>) -> Result<Vec<Facility>, StoreError> {
    let mut find = facility::Entity::find();
    if let Some(site) = site {
        find = find.filter(facility::Column::SiteId.eq(site.to_string()));
    }
    find.all(tx.db()).await?.into_iter().map(read).collect()
}

/// Writes down what was found (`version` 0 the first time).
///
/// # Errors
/// `version_conflict` if somebody wrote meanwhile, or the database's.
pub async fn save(tx: &WriteTx, saved: &Facility) -> Result<(), StoreError> {
    let row = facility::Model {
        site_id: saved.site.to_string(),
        quota_id: saved.quota.to_string(),
        good: saved.found.good.into(),
        broken: saved.found.broken.into(),
        upkeep_id: text_opt(saved.upkeep.as_ref()),
        checked_on: saved.checked_on.to_string(),
        note: saved.note.clone(),
        version: saved.version + 1,
    };
    let conflict = || StoreError::Conflict { kind: "facility", id: saved.site.to_string() };
    if saved.version == 0 {
        let known = facility::Entity::find_by_id((row.site_id.clone(), row.quota_id.clone())).one(tx.db()).await?;
        if known.is_some() {
            return Err(conflict());
        }
        facility::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = facility::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(facility::Column::SiteId.eq(saved.site.to_string()))
        .filter(facility::Column::QuotaId.eq(saved.quota.to_string()))
        .filter(facility::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 { Err(conflict()) } else { Ok(()) }
}
