//! What comparisons look like from outside.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::framework::Method;
use yipanqi_domain::framework::matching::{ChangeKind, Stretch, marked};
use yipanqi_domain::id::CriterionId;
use yipanqi_domain::moment::Moment;
use yipanqi_store::comparison::{Comparison, ComparisonLink, ComparisonState, LinkState};
use yipanqi_store::framework::{DutyRole, EditionNode, EditionTree};

use super::carry::CarryReport;
use crate::figure::Figure;
use crate::site::Names;

/// An edition by its name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparedEdition {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The year, if it has one.
    pub year: Option<i64>,
}

impl From<&yipanqi_store::framework::EditionRow> for ComparedEdition {
    fn from(row: &yipanqi_store::framework::EditionRow) -> Self {
        Self { id: row.id, name: row.name.clone(), year: row.year }
    }
}

/// A comparison in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The old edition.
    pub old: ComparedEdition,
    /// The new edition.
    pub new: ComparedEdition,
    /// `matching`, `open` or `carried`.
    #[schema(value_type = String)]
    pub state: ComparisonState,
    /// The job that matches.
    pub job_id: Option<String>,
    /// When it was begun.
    #[schema(value_type = String)]
    pub created_at: Moment,
    /// By whom.
    pub created_by: String,
    /// When things were carried over.
    #[schema(value_type = Option<String>)]
    pub carried_at: Option<Moment>,
    /// By whom.
    pub carried_by: Option<String>,
    /// The version that a command refers to.
    pub version: i64,
}

impl ComparisonRow {
    pub(super) fn of(comparison: &Comparison, old: ComparedEdition, new: ComparedEdition) -> Self {
        Self {
            id: comparison.id,
            old,
            new,
            state: comparison.state,
            job_id: comparison.job.clone(),
            created_at: comparison.created_at,
            created_by: comparison.created_by.clone(),
            carried_at: comparison.carried.as_ref().map(|(at, _)| *at),
            carried_by: comparison.carried.as_ref().map(|(_, by)| by.clone()),
            version: comparison.version,
        }
    }
}

/// A stretch of a wording.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StretchView {
    /// The words.
    pub text: String,
    /// Whether the other wording has something else in its place.
    pub changed: bool,
}

impl From<Stretch> for StretchView {
    fn from(stretch: Stretch) -> Self {
        Self { text: stretch.text, changed: stretch.changed }
    }
}

/// A method with its points.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MethodPoints {
    /// The method.
    #[schema(value_type = String)]
    pub method: Method,
    /// Its points; none in an edition without points.
    pub points: Option<Figure>,
}

/// A criterion on one side.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SideView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: CriterionId,
    /// Its number as the text writes it.
    pub number: String,
    /// Its number in comparable form.
    pub citation_key: String,
    /// The texts above it, from the top.
    pub above: Vec<String>,
    /// Its text in stretches, changed ones marked.
    pub words: Vec<StretchView>,
    /// Methods and points.
    pub measures: Vec<MethodPoints>,
    /// Who leads it.
    pub lead: Vec<String>,
}

/// What became of a criterion.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ComparisonLine {
    /// Identity of the link.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// `same`, `points`, `reworded`, `split`, `merged`, `new` or `gone`.
    #[schema(value_type = String)]
    pub kind: ChangeKind,
    /// Whether points or methods differ.
    pub points_moved: bool,
    /// How alike the words are, per mille.
    pub likeness: u32,
    /// `proposed`, `confirmed` or `rejected`.
    #[schema(value_type = String)]
    pub state: LinkState,
    /// Linked by a person.
    pub by_hand: bool,
    /// When it was decided.
    #[schema(value_type = Option<String>)]
    pub decided_at: Option<Moment>,
    /// By whom.
    pub decided_by: Option<String>,
    /// The old criterion.
    pub old: Option<SideView>,
    /// The new criterion.
    pub new: Option<SideView>,
}

/// How many links are of a kind and how many of them are settled.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChangeCount {
    /// The kind.
    #[schema(value_type = String)]
    pub kind: ChangeKind,
    /// Links that stand.
    pub links: u64,
    /// Confirmed among them.
    pub confirmed: u64,
}

/// A comparison with all its lines.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonView {
    /// The same as in the list.
    #[serde(flatten)]
    pub row: ComparisonRow,
    /// Counts by kind.
    pub counts: Vec<ChangeCount>,
    /// The lines: the new edition in its order, then what is gone, then refused pairs.
    pub lines: Vec<ComparisonLine>,
    /// What was carried over and what needs a person.
    pub report: Option<CarryReport>,
}

/// Both editions with the names needed to show a line.
pub(super) struct Sides<'a> {
    pub(super) old: &'a EditionTree,
    pub(super) new: &'a EditionTree,
    pub(super) names: &'a Names,
}

impl Sides<'_> {
    pub(super) fn node(tree: &EditionTree, id: Option<CriterionId>) -> Option<&EditionNode> {
        tree.nodes.iter().find(|node| Some(node.id) == id)
    }

    pub(super) fn line(&self, link: &ComparisonLink) -> ComparisonLine {
        let (old, new) = (Self::node(self.old, link.old), Self::node(self.new, link.new));
        let plain = |text: &str| vec![StretchView { text: text.to_owned(), changed: false }];
        let (left, right) = match (old, new) {
            (Some(old), Some(new)) if link.kind != ChangeKind::Same && link.kind != ChangeKind::Points => {
                let (left, right) = marked(&old.title, &new.title);
                (left.into_iter().map(Into::into).collect(), right.into_iter().map(Into::into).collect())
            }
            (old, new) => {
                (old.map_or_else(Vec::new, |old| plain(&old.title)), new.map_or_else(Vec::new, |new| plain(&new.title)))
            }
        };
        ComparisonLine {
            id: link.id,
            kind: link.kind,
            points_moved: link.points_moved,
            likeness: link.likeness,
            state: link.state,
            by_hand: link.by_hand,
            decided_at: link.decided.as_ref().map(|(at, _)| *at),
            decided_by: link.decided.as_ref().map(|(_, by)| by.clone()),
            old: old.map(|node| self.side(self.old, node, left)),
            new: new.map(|node| self.side(self.new, node, right)),
        }
    }

    fn side(&self, tree: &EditionTree, node: &EditionNode, words: Vec<StretchView>) -> SideView {
        let decimals = tree.row.settings.published_decimals;
        let mut above = Vec::new();
        let mut parent = node.parent;
        while let Some(upper) = Self::node(tree, parent) {
            above.push(format!("{} {}", upper.number, upper.title).trim().to_owned());
            parent = upper.parent;
        }
        above.reverse();
        let lead = node.duties.iter().filter(|duty| duty.role == DutyRole::Lead);
        SideView {
            id: node.id,
            number: node.number.clone(),
            citation_key: node.citation_key.clone(),
            above,
            words,
            measures: (node.measures.iter())
                .map(|measure| MethodPoints {
                    method: measure.method,
                    points: measure.points.as_ref().map(|points| Figure::of(points, decimals)),
                })
                .collect(),
            lead: lead.map(|duty| self.names.unit(duty.unit).map_or(duty.name_given.clone(), |unit| unit.short_name)).collect(),
        }
    }
}
