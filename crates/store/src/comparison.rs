//! An old edition beside a new one: what became of each criterion, who decided it, and what was carried over.
//!
//! A link is proposed by matching or made by hand, and confirmed or rejected by a person. A criterion without counterpart
//! has a link of its own, so that "new" and "gone" are confirmed like everything else.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::framework::matching::ChangeKind;
use yipanqi_domain::id::CriterionId;
use yipanqi_domain::moment::Moment;

use crate::WriteTx;
use crate::entity::{comparison, comparison_link};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, id_opt, insert_all, json, moment, moment_opt, read_json, read_word, text_opt, word};

/// Two editions being compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// Identity.
    pub id: Uuid,
    /// The old edition.
    pub old: Uuid,
    /// The new edition.
    pub new: Uuid,
    /// Where it stands.
    pub state: ComparisonState,
    /// The job that matches.
    pub job: Option<String>,
    /// When it was begun.
    pub created_at: Moment,
    /// By whom.
    pub created_by: String,
    /// When and by whom things were carried over.
    pub carried: Option<(Moment, String)>,
    /// What was carried over and what needs a person.
    pub report: Option<serde_json::Value>,
    /// One more with every change.
    pub version: i64,
}

/// Where a comparison stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonState {
    /// The job is at it.
    Matching,
    /// People decide.
    Open,
    /// Duties, checklists, site types and rules were carried over.
    Carried,
}

/// What became of a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparisonLink {
    /// Identity.
    pub id: Uuid,
    /// The old criterion; none if the new one is new.
    pub old: Option<CriterionId>,
    /// The new criterion; none if the old one is gone.
    pub new: Option<CriterionId>,
    /// What happened.
    pub kind: ChangeKind,
    /// Whether points or methods differ.
    pub points_moved: bool,
    /// How alike the words are, per mille.
    pub likeness: u32,
    /// Proposed, confirmed or rejected.
    pub state: LinkState,
    /// Made by a person, not by matching.
    pub by_hand: bool,
    /// When and by whom it was decided.
    pub decided: Option<(Moment, String)>,
}

/// Where a proposed link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Nobody has looked yet.
    Proposed,
    /// A person agreed.
    Confirmed,
    /// A person refused.
    Rejected,
}

fn read(row: comparison::Model) -> Result<Comparison, StoreError> {
    let carried_at = moment_opt(row.carried_at.as_ref())?;
    Ok(Comparison {
        id: id(&row.id)?,
        old: id(&row.old_edition_id)?,
        new: id(&row.new_edition_id)?,
        state: read_word("comparison.state", &row.state)?,
        job: row.job_id,
        created_at: moment(&row.created_at)?,
        created_by: row.created_by,
        carried: carried_at.zip(row.carried_by),
        report: row.report.as_deref().map(|text| read_json("comparison.report", text)).transpose()?,
        version: row.version,
    })
}

/// All comparisons, the newest first.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx) -> Result<Vec<Comparison>, StoreError> {
    let rows = comparison::Entity::find().order_by_desc(comparison::Column::CreatedAt).all(tx.db()).await?;
    rows.into_iter().map(read).collect()
}

/// A comparison.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, of: Uuid) -> Result<Comparison, StoreError> {
    let row = comparison::Entity::find_by_id(of.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "comparison", id: of.to_string() })
}

/// The comparisons whose new edition this is, the newest first.
///
/// # Errors
/// The database's.
pub async fn of_new(tx: &ReadTx, edition: Uuid) -> Result<Vec<Comparison>, StoreError> {
    let rows = comparison::Entity::find()
        .filter(comparison::Column::NewEditionId.eq(edition.to_string()))
        .order_by_desc(comparison::Column::CreatedAt)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Adds a comparison (`version` 0) or replaces the one read with `version`.
///
/// # Errors
/// `comparison_exists`, `version_conflict`, or the database's.
pub async fn save(tx: &WriteTx, saved: &Comparison) -> Result<(), StoreError> {
    let row = comparison::Model {
        id: saved.id.to_string(),
        old_edition_id: saved.old.to_string(),
        new_edition_id: saved.new.to_string(),
        state: word(&saved.state)?,
        job_id: saved.job.clone(),
        created_at: saved.created_at.stored(),
        created_by: saved.created_by.clone(),
        carried_at: saved.carried.as_ref().map(|(at, _)| at.stored()),
        carried_by: saved.carried.as_ref().map(|(_, by)| by.clone()),
        report: saved.report.as_ref().map(json).transpose()?,
        version: saved.version + 1,
    };
    if saved.version == 0 {
        comparison::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
        return Ok(());
    }
    let changed = comparison::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(comparison::Column::Id.eq(saved.id.to_string()))
        .filter(comparison::Column::Version.eq(saved.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "comparison", id: saved.id.to_string() });
    }
    Ok(())
}

/// The links of a comparison in their order.
///
/// # Errors
/// The database's.
pub async fn links(tx: &ReadTx, of: Uuid) -> Result<Vec<ComparisonLink>, StoreError> {
    let rows = comparison_link::Entity::find()
        .filter(comparison_link::Column::ComparisonId.eq(of.to_string()))
        .order_by_asc(comparison_link::Column::Position)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            let decided_at = moment_opt(row.decided_at.as_ref())?;
            Ok(ComparisonLink {
                id: id(&row.id)?,
                old: id_opt(row.old_node_id.as_ref())?,
                new: id_opt(row.new_node_id.as_ref())?,
                kind: read_word("comparison_link.kind", &row.kind)?,
                points_moved: row.points_moved,
                likeness: u32::try_from(row.likeness).unwrap_or(0),
                state: read_word("comparison_link.state", &row.state)?,
                by_hand: row.by_hand,
                decided: decided_at.zip(row.decided_by),
            })
        })
        .collect()
}

/// What people confirmed to be the same in an old and a new edition, of all comparisons: the old and the new criterion.
///
/// # Errors
/// The database's.
pub async fn confirmed_pairs(tx: &ReadTx) -> Result<Vec<(CriterionId, CriterionId)>, StoreError> {
    let rows: Vec<(Option<String>, Option<String>)> = comparison_link::Entity::find()
        .select_only()
        .columns([comparison_link::Column::OldNodeId, comparison_link::Column::NewNodeId])
        .filter(comparison_link::Column::State.eq(word(&LinkState::Confirmed)?))
        .filter(comparison_link::Column::OldNodeId.is_not_null())
        .filter(comparison_link::Column::NewNodeId.is_not_null())
        .into_tuple()
        .all(tx.db())
        .await?;
    let mut pairs = Vec::with_capacity(rows.len());
    for (old, new) in rows {
        if let (Some(old), Some(new)) = (id_opt(old.as_ref())?, id_opt(new.as_ref())?) {
            pairs.push((old, new));
        }
    }
    Ok(pairs)
}

/// Replaces the links of a comparison.
///
/// # Errors
/// The database's.
pub async fn replace_links(tx: &WriteTx, of: Uuid, links: &[ComparisonLink]) -> Result<(), StoreError> {
    comparison_link::Entity::delete_many().filter(comparison_link::Column::ComparisonId.eq(of.to_string())).exec(tx.db()).await?;
    let rows = (0_i64..)
        .zip(links)
        .map(|(position, link)| {
            Ok(comparison_link::Model {
                id: link.id.to_string(),
                comparison_id: of.to_string(),
                position,
                old_node_id: text_opt(link.old.as_ref()),
                new_node_id: text_opt(link.new.as_ref()),
                kind: word(&link.kind)?,
                points_moved: link.points_moved,
                likeness: i64::from(link.likeness),
                state: word(&link.state)?,
                by_hand: link.by_hand,
                decided_at: link.decided.as_ref().map(|(at, _)| at.stored()),
                decided_by: link.decided.as_ref().map(|(_, by)| by.clone()),
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    insert_all::<comparison_link::Entity, _>(tx.db(), rows).await
}
