//! Criteria of two editions that ask the same thing, wholly or in part (对照).

use sea_orm::sea_query::Cond;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::CriterionId;
use yipanqi_domain::moment::Moment;

use crate::WriteTx;
use crate::comparison::LinkState;
use crate::entity::crosswalk;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, insert_all, moment_opt, read_word, word};

/// What the first criterion is to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CrosswalkKind {
    /// They ask the same.
    Same,
    /// The first asks a part of what the second asks.
    Narrower,
    /// The first asks more than the second.
    Wider,
    /// They touch.
    Related,
}

impl CrosswalkKind {
    /// The kind as seen from the second criterion.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Self::Same => Self::Same,
            Self::Narrower => Self::Wider,
            Self::Wider => Self::Narrower,
            Self::Related => Self::Related,
        }
    }
}

/// A link between criteria of two editions.
#[doc(alias = "对照")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrosswalkLink {
    /// Identity.
    pub id: Uuid,
    /// Edition and criterion on one side.
    pub one: (Uuid, CriterionId),
    /// Edition and criterion on the other side.
    pub other: (Uuid, CriterionId),
    /// What the one is to the other.
    pub kind: CrosswalkKind,
    /// Proposed, confirmed or rejected.
    pub state: LinkState,
    /// How alike the words are, per mille.
    pub likeness: u32,
    /// Checklist items that serve both.
    pub shared_items: u32,
    /// A remark.
    pub note: String,
    /// When and by whom it was decided.
    pub decided: Option<(Moment, String)>,
    /// One more with every change.
    pub version: i64,
}

fn read(row: crosswalk::Model) -> Result<CrosswalkLink, StoreError> {
    let decided_at = moment_opt(row.decided_at.as_ref())?;
    Ok(CrosswalkLink {
        id: id(&row.id)?,
        one: (id(&row.one_edition_id)?, id(&row.one_node_id)?),
        other: (id(&row.other_edition_id)?, id(&row.other_node_id)?),
        kind: read_word("crosswalk.kind", &row.kind)?,
        state: read_word("crosswalk.state", &row.state)?,
        likeness: u32::try_from(row.likeness).unwrap_or(0),
        shared_items: u32::try_from(row.shared_items).unwrap_or(0),
        note: row.note,
        decided: decided_at.zip(row.decided_by),
        version: row.version,
    })
}

fn model(link: &CrosswalkLink) -> Result<crosswalk::Model, StoreError> {
    Ok(crosswalk::Model {
        id: link.id.to_string(),
        one_edition_id: link.one.0.to_string(),
        one_node_id: link.one.1.to_string(),
        other_edition_id: link.other.0.to_string(),
        other_node_id: link.other.1.to_string(),
        kind: word(&link.kind)?,
        state: word(&link.state)?,
        likeness: i64::from(link.likeness),
        shared_items: i64::from(link.shared_items),
        note: link.note.clone(),
        decided_at: link.decided.as_ref().map(|(at, _)| at.stored()),
        decided_by: link.decided.as_ref().map(|(_, by)| by.clone()),
        version: link.version + 1,
    })
}

/// The links between two editions, whichever side each stands on.
///
/// # Errors
/// The database's.
pub async fn between(tx: &ReadTx, one: Uuid, other: Uuid) -> Result<Vec<CrosswalkLink>, StoreError> {
    let side = |one: Uuid, other: Uuid| {
        Cond::all()
            .add(crosswalk::Column::OneEditionId.eq(one.to_string()))
            .add(crosswalk::Column::OtherEditionId.eq(other.to_string()))
    };
    let rows = crosswalk::Entity::find()
        .filter(Cond::any().add(side(one, other)).add(side(other, one)))
        .order_by_asc(crosswalk::Column::Id)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The confirmed links of these criteria, whichever side they stand on.
///
/// # Errors
/// The database's.
pub async fn of_criteria(tx: &ReadTx, criteria: &[CriterionId]) -> Result<Vec<CrosswalkLink>, StoreError> {
    if criteria.is_empty() {
        return Ok(Vec::new());
    }
    let ids = || criteria.iter().map(ToString::to_string);
    let rows = crosswalk::Entity::find()
        .filter(crosswalk::Column::State.eq("confirmed"))
        .filter(Cond::any().add(crosswalk::Column::OneNodeId.is_in(ids())).add(crosswalk::Column::OtherNodeId.is_in(ids())))
        .order_by_asc(crosswalk::Column::Id)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read).collect()
}

/// All links that stand on an edition.
///
/// # Errors
/// The database's.
pub async fn of_edition(tx: &ReadTx, edition: Uuid) -> Result<Vec<CrosswalkLink>, StoreError> {
    let wanted = edition.to_string();
    let rows = crosswalk::Entity::find()
        .filter(
            Cond::any()
                .add(crosswalk::Column::OneEditionId.eq(wanted.as_str()))
                .add(crosswalk::Column::OtherEditionId.eq(wanted.as_str())),
        )
        .order_by_asc(crosswalk::Column::Id)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Adds links.
///
/// # Errors
/// `crosswalk_exists`, or the database's.
pub async fn add(tx: &WriteTx, links: &[CrosswalkLink]) -> Result<(), StoreError> {
    let rows = links.iter().map(model).collect::<Result<Vec<_>, _>>()?;
    insert_all::<crosswalk::Entity, _>(tx.db(), rows).await
}

/// Replaces a link read with `version`.
///
/// # Errors
/// `version_conflict`, or the database's.
pub async fn save(tx: &WriteTx, link: &CrosswalkLink) -> Result<(), StoreError> {
    let changed = crosswalk::Entity::update_many()
        .set(model(link)?.into_active_model().reset_all())
        .filter(crosswalk::Column::Id.eq(link.id.to_string()))
        .filter(crosswalk::Column::Version.eq(link.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "crosswalk", id: link.id.to_string() });
    }
    Ok(())
}

/// Removes links that nobody has decided on, so that they can be suggested anew.
///
/// # Errors
/// The database's.
pub async fn forget_proposed(tx: &WriteTx, links: &[CrosswalkLink]) -> Result<(), StoreError> {
    let ids = links.iter().filter(|link| link.state == LinkState::Proposed).map(|link| link.id.to_string());
    let ids: Vec<String> = ids.collect();
    for chunk in ids.chunks(500) {
        crosswalk::Entity::delete_many()
            .filter(crosswalk::Column::Id.is_in(chunk.iter().map(String::as_str)))
            .exec(tx.db())
            .await?;
    }
    Ok(())
}
