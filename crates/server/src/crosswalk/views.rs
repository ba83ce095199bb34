//! What the crosswalk looks like from outside.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::id::CriterionId;
use yipanqi_domain::moment::Moment;
use yipanqi_store::comparison::LinkState;
use yipanqi_store::crosswalk::{self, CrosswalkKind, CrosswalkLink};
use yipanqi_store::framework::{self, EditionTree};
use yipanqi_store::{ReadTx, StoreError};

/// Between which editions.
#[derive(Debug, Deserialize, IntoParams)]
pub struct CrosswalkQuery {
    /// One edition.
    #[param(value_type = String)]
    pub one: Uuid,
    /// The other edition.
    #[param(value_type = String)]
    pub other: Uuid,
}

/// A criterion of the crosswalk.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CrosswalkSide {
    /// Identity.
    #[schema(value_type = String)]
    pub id: CriterionId,
    /// Its number in comparable form.
    pub citation_key: String,
    /// Its number as the text writes it.
    pub number: String,
    /// Its text.
    pub title: String,
}

/// A link.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CrosswalkRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The criterion of the one edition.
    pub one: CrosswalkSide,
    /// The criterion of the other edition.
    pub other: CrosswalkSide,
    /// What the one is to the other: `same`, `narrower`, `wider` or `related`.
    #[schema(value_type = String)]
    pub kind: CrosswalkKind,
    /// `proposed`, `confirmed` or `rejected`.
    #[schema(value_type = String)]
    pub state: LinkState,
    /// How alike the words are, per mille.
    pub likeness: u32,
    /// Checklist items that serve both.
    pub shared_items: u32,
    /// A remark.
    pub note: String,
    /// When it was decided.
    #[schema(value_type = Option<String>)]
    pub decided_at: Option<Moment>,
    /// By whom.
    pub decided_by: Option<String>,
    /// The version that a decision refers to.
    pub version: i64,
}

/// The crosswalk between two editions.
#[derive(Debug, Serialize, ToSchema)]
pub struct CrosswalkView {
    /// The links, in the order of the one edition.
    pub links: Vec<CrosswalkRow>,
    /// Criteria of the one edition without a confirmed or proposed link.
    pub one_unlinked: Vec<CrosswalkSide>,
    /// Criteria of the other edition without one.
    pub other_unlinked: Vec<CrosswalkSide>,
}

fn side(tree: &EditionTree, id: CriterionId) -> Option<CrosswalkSide> {
    let node = tree.nodes.iter().find(|node| node.id == id)?;
    Some(CrosswalkSide { id, citation_key: node.citation_key.clone(), number: node.number.clone(), title: node.title.clone() })
}

/// The link as seen from the one edition, whichever way round it is kept.
fn row(link: CrosswalkLink, one: &EditionTree, other: &EditionTree) -> Option<CrosswalkRow> {
    let straight = link.one.0 == one.row.id;
    let (left, right) = if straight { (link.one.1, link.other.1) } else { (link.other.1, link.one.1) };
    Some(CrosswalkRow {
        id: link.id,
        one: side(one, left)?,
        other: side(other, right)?,
        kind: if straight { link.kind } else { link.kind.turned() },
        state: link.state,
        likeness: link.likeness,
        shared_items: link.shared_items,
        note: link.note,
        decided_at: link.decided.as_ref().map(|(at, _)| *at),
        decided_by: link.decided.map(|(_, by)| by),
        version: link.version,
    })
}

impl CrosswalkView {
    pub(super) fn of(links: Vec<CrosswalkLink>, one: &EditionTree, other: &EditionTree) -> Self {
        let mut rows: Vec<CrosswalkRow> = links.into_iter().filter_map(|link| row(link, one, other)).collect();
        let place: HashMap<CriterionId, i64> = one.nodes.iter().map(|node| (node.id, node.position)).collect();
        rows.sort_by_key(|row| (place.get(&row.one.id).copied(), row.other.citation_key.clone()));
        let unlinked = |tree: &EditionTree, of: fn(&CrosswalkRow) -> CriterionId| {
            let linked = |id| rows.iter().any(|row| row.state != LinkState::Rejected && of(row) == id);
            let free = tree.nodes.iter().filter(|node| node.is_criterion && !linked(node.id));
            free.filter_map(|node| side(tree, node.id)).collect()
        };
        Self { one_unlinked: unlinked(one, |row| row.one.id), other_unlinked: unlinked(other, |row| row.other.id), links: rows }
    }
}

/// A criterion of another edition that asks what a criterion asks.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TwinView {
    /// Identity of the other criterion.
    #[schema(value_type = String)]
    pub criterion_id: CriterionId,
    /// Name of its edition.
    pub edition: String,
    /// Its number.
    pub citation_key: String,
    /// Its text.
    pub title: String,
    /// What the first criterion is to this one.
    #[schema(value_type = String)]
    pub kind: CrosswalkKind,
}

impl TwinView {
    /// The confirmed counterparts of criteria, by criterion.
    ///
    /// # Errors
    /// The database's.
    pub async fn of(tx: &ReadTx, criteria: &[CriterionId]) -> Result<HashMap<CriterionId, Vec<Self>>, StoreError> {
        let links = crosswalk::of_criteria(tx, criteria).await?;
        let mut editions: HashMap<Uuid, std::sync::Arc<EditionTree>> = HashMap::new();
        let mut twins: HashMap<CriterionId, Vec<Self>> = HashMap::new();
        for link in links {
            for (own, (edition, id), kind) in [(link.one.1, link.other, link.kind), (link.other.1, link.one, link.kind.turned())]
            {
                if !criteria.contains(&own) {
                    continue;
                }
                if let std::collections::hash_map::Entry::Vacant(place) = editions.entry(edition) {
                    place.insert(framework::edition(tx, edition).await?);
                }
                let Some(tree) = editions.get(&edition) else { continue };
                let Some(side) = side(tree, id) else { continue };
                twins.entry(own).or_default().push(Self {
                    criterion_id: id,
                    edition: tree.row.name.clone(),
                    citation_key: side.citation_key,
                    title: side.title,
                    kind,
                });
            }
        }
        Ok(twins)
    }
}
