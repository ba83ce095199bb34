//! Merged sites: what moves to the kept one and back again, kept as a record.
//!
//! Problems, visits of pairings, facilities and campaigns move; visits and places move only in rounds that go on. Everything
//! else is read through [`super::Aliases`].

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{ProblemId, RoundId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::VisitPurpose;

use super::Site;
use crate::entity::{campaign_link, facility, pairing_visit, round_site, site_merge, visit};
use crate::error::StoreError;
use crate::round::RoundSite;
use crate::tx::ReadTx;
use crate::value::{id, json, moment, moment_opt, read_json, word};
use crate::write::WriteTx;

/// A place in a round that moved to the kept site, or was dropped because that had one there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceMoved {
    /// As it was.
    pub before: RoundSite,
    /// Whether it was dropped.
    pub dropped: bool,
}

/// A visit that moved to the kept site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitMoved {
    /// The visit.
    pub id: Uuid,
    /// Its round.
    pub round: RoundId,
    /// Its ordinal before.
    pub ordinal: i64,
    /// What it was for before.
    pub purpose: VisitPurpose,
}

/// What a merge moved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Moved {
    /// Problems.
    pub problems: Vec<ProblemId>,
    /// Visits of pairings.
    pub pairing_visits: Vec<Uuid>,
    /// Facilities, by quota.
    pub facilities: Vec<Uuid>,
    /// Campaigns that named the merged site only.
    pub campaigns: Vec<Uuid>,
    /// Places in rounds that go on.
    pub places: Vec<PlaceMoved>,
    /// Visits in rounds that go on.
    pub visits: Vec<VisitMoved>,
    /// The kept site before and after.
    pub kept: Option<(Site, Site)>,
    /// Whether the merged site was out of use before.
    pub was_retired: bool,
}

/// A merge that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// Identity.
    pub id: Uuid,
    /// The site that was given up.
    pub merged: SiteId,
    /// The site that stands for both.
    pub kept: SiteId,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: Moment,
    /// What moved.
    pub moved: Moved,
    /// When it was undone.
    pub undone_at: Option<Moment>,
}

fn model(merge: &Merge) -> Result<site_merge::Model, StoreError> {
    Ok(site_merge::Model {
        id: merge.id.to_string(),
        merged_id: merge.merged.to_string(),
        kept_id: merge.kept.to_string(),
        made_by: merge.by.clone(),
        made_at: merge.at.stored(),
        moved: json(&merge.moved)?,
        undone_at: merge.undone_at.map(Moment::stored),
    })
}

fn read(row: site_merge::Model) -> Result<Merge, StoreError> {
    Ok(Merge {
        id: id(&row.id)?,
        merged: id(&row.merged_id)?,
        kept: id(&row.kept_id)?,
        at: moment(&row.made_at)?,
        moved: read_json("site_merge.moved", &row.moved)?,
        undone_at: moment_opt(row.undone_at.as_ref())?,
        by: row.made_by,
    })
}

/// Keeps the record of a merge.
///
/// # Errors
/// The database's.
pub async fn add(tx: &WriteTx, merge: &Merge) -> Result<(), StoreError> {
    site_merge::Entity::insert(model(merge)?.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Notes that a merge was undone.
///
/// # Errors
/// The database's.
pub async fn undone(tx: &WriteTx, merge: &Merge) -> Result<(), StoreError> {
    site_merge::Entity::update_many()
        .set(model(merge)?.into_active_model().reset_all())
        .filter(site_merge::Column::Id.eq(merge.id.to_string()))
        .exec(tx.db())
        .await?;
    Ok(())
}

/// The merges that stand into these sites, oldest first.
///
/// # Errors
/// The database's.
pub async fn into(tx: &ReadTx, kept: &[SiteId]) -> Result<Vec<Merge>, StoreError> {
    let rows = site_merge::Entity::find()
        .filter(site_merge::Column::KeptId.is_in(kept.iter().map(ToString::to_string)))
        .filter(site_merge::Column::UndoneAt.is_null())
        .order_by_asc(site_merge::Column::MadeAt)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The merge that stands of a site.
///
/// # Errors
/// The database's.
pub async fn of(tx: &ReadTx, merged: SiteId) -> Result<Option<Merge>, StoreError> {
    let row = site_merge::Entity::find()
        .filter(site_merge::Column::MergedId.eq(merged.to_string()))
        .filter(site_merge::Column::UndoneAt.is_null())
        .one(tx.db())
        .await?;
    row.map(read).transpose()
}

/// Puts visits of pairings from one site to another: those named, or all.
///
/// # Errors
/// The database's.
pub async fn move_pairing_visits(tx: &WriteTx, from: SiteId, to: SiteId, only: Option<&[Uuid]>) -> Result<Vec<Uuid>, StoreError> {
    use pairing_visit::Column;
    let mut find = pairing_visit::Entity::find().filter(Column::SiteId.eq(from.to_string()));
    if let Some(only) = only {
        find = find.filter(Column::Id.is_in(only.iter().map(ToString::to_string)));
    }
    let moved: Vec<Uuid> = find.all(tx.db()).await?.iter().map(|row| id(&row.id)).collect::<Result<_, _>>()?;
    pairing_visit::Entity::update_many()
        .col_expr(Column::SiteId, Expr::value(to.to_string()))
        .filter(Column::Id.is_in(moved.iter().map(ToString::to_string)))
        .exec(tx.db())
        .await?;
    Ok(moved)
}

/// Visits of pairings made at a site.
///
/// # Errors
/// The database's.
pub async fn count_pairing_visits(tx: &ReadTx, site: SiteId) -> Result<u64, StoreError> {
    Ok(pairing_visit::Entity::find().filter(pairing_visit::Column::SiteId.eq(site.to_string())).count(tx.db()).await?)
}

/// Puts facilities from one site to another: those named, or all; where the other has one of the same quota, it stays.
///
/// # Errors
/// The database's.
pub async fn move_facilities(tx: &WriteTx, from: SiteId, to: SiteId, only: Option<&[Uuid]>) -> Result<Vec<Uuid>, StoreError> {
    use facility::Column;
    let at = |site: SiteId| facility::Entity::find().filter(Column::SiteId.eq(site.to_string()));
    let taken: BTreeSet<String> = at(to).all(tx.db()).await?.into_iter().map(|row| row.quota_id).collect();
    let mut moved = Vec::new();
    for row in at(from).all(tx.db()).await? {
        let quota = id(&row.quota_id)?;
        if !taken.contains(&row.quota_id) && only.is_none_or(|only| only.contains(&quota)) {
            moved.push(quota);
        }
    }
    facility::Entity::update_many()
        .col_expr(Column::SiteId, Expr::value(to.to_string()))
        .filter(Column::SiteId.eq(from.to_string()))
        .filter(Column::QuotaId.is_in(moved.iter().map(ToString::to_string)))
        .exec(tx.db())
        .await?;
    Ok(moved)
}

/// Lets campaigns name another site: those named, or all; those that name both stay.
///
/// # Errors
/// The database's.
pub async fn move_campaigns(tx: &WriteTx, from: SiteId, to: SiteId, only: Option<&[Uuid]>) -> Result<Vec<Uuid>, StoreError> {
    use campaign_link::Column;
    let naming = |site: SiteId| {
        campaign_link::Entity::find().filter(Column::Kind.eq("site")).filter(Column::TargetId.eq(site.to_string()))
    };
    let taken: BTreeSet<String> = naming(to).all(tx.db()).await?.into_iter().map(|row| row.campaign_id).collect();
    let mut moved = Vec::new();
    for row in naming(from).all(tx.db()).await? {
        let campaign = id(&row.campaign_id)?;
        if !taken.contains(&row.campaign_id) && only.is_none_or(|only| only.contains(&campaign)) {
            moved.push(campaign);
        }
    }
    campaign_link::Entity::update_many()
        .col_expr(Column::TargetId, Expr::value(to.to_string()))
        .filter(Column::Kind.eq("site"))
        .filter(Column::TargetId.eq(from.to_string()))
        .filter(Column::CampaignId.is_in(moved.iter().map(ToString::to_string)))
        .exec(tx.db())
        .await?;
    Ok(moved)
}

/// The places of a site in rounds, whatever their state.
///
/// # Errors
/// The database's.
pub async fn places(tx: &ReadTx, site: SiteId) -> Result<Vec<RoundSite>, StoreError> {
    let rows = round_site::Entity::find().filter(round_site::Column::SiteId.eq(site.to_string())).all(tx.db()).await?;
    rows.iter().map(crate::round::round_site_row).collect()
}

/// Takes a place out of a round.
///
/// # Errors
/// The database's.
pub async fn drop_place(tx: &WriteTx, place: &RoundSite) -> Result<(), StoreError> {
    round_site::Entity::delete_by_id(place.id.to_string()).exec(tx.db()).await?;
    Ok(())
}

/// Puts a visit at a site, with its ordinal there and what it is for.
///
/// # Errors
/// The database's.
pub async fn move_visit(tx: &WriteTx, moved: Uuid, to: SiteId, ordinal: i64, purpose: VisitPurpose) -> Result<(), StoreError> {
    use visit::Column;
    visit::Entity::update_many()
        .col_expr(Column::SiteId, Expr::value(to.to_string()))
        .col_expr(Column::Ordinal, Expr::value(ordinal))
        .col_expr(Column::Purpose, Expr::value(word(&purpose)?))
        .filter(Column::Id.eq(moved.to_string()))
        .exec(tx.db())
        .await?;
    Ok(())
}
