//! Frameworks and their editions: the tree of criteria with measures, duties and site types, and the negative list.
//!
//! [`EditionTree`] is the edition with everything lists and screens show; [`EditionTree::rules`] gives what is scored.

mod read;
mod write;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Criterion, Edition, Measure, Method, NegativeItem, Node, Rule, Scope, Scoring};
use yipanqi_domain::id::{CriterionId, UnitId};
use yipanqi_domain::moment::Moment;

pub use yipanqi_domain::duty::DutyRole;

pub use read::{CitedCriterion, Citing, cited, edition, edition_by_code, editions, fixed_unseen, frameworks, is_fixed, rules};
pub use write::{add_framework, adopt_site_type, freeze, remove_nodes, save_edition, save_negative_items, save_nodes, save_rule};

/// A family of editions.
#[doc(alias = "测评体系")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Framework {
    /// Identity.
    pub id: Uuid,
    /// Its code, unique, such as `civilized_city`.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// An edition without its tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionRow {
    /// Identity.
    pub id: Uuid,
    /// The family.
    pub framework: Uuid,
    /// Its code, unique, such as `civilized_city-2025`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The year, if it has one.
    pub year: Option<i64>,
    /// Where it stands.
    pub state: EditionState,
    /// 1 for the text as it came, one more with every correction.
    pub revision: i64,
    /// The revision it corrects.
    pub supersedes: Option<Uuid>,
    /// Why it was corrected; empty for the first revision.
    pub reason: String,
    /// When it was first used and its text became fixed.
    pub frozen_at: Option<Moment>,
    /// The file it came from.
    pub imported_from: Option<String>,
    /// Everything the edition decides but its tree and negative list (both empty here).
    pub settings: Edition,
    /// One more with every change.
    pub version: i64,
}

impl EditionRow {
    /// Points or conformity.
    #[must_use]
    pub fn scoring(&self) -> Scoring {
        self.settings.scoring
    }
}

/// Whether an edition may be used and changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditionState {
    /// Being prepared.
    Draft,
    /// Rounds may use it.
    InUse,
    /// Used by a round, a filing or a score; never changed again, only corrected by a new revision.
    Frozen,
}

/// A node of an edition's tree with what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionNode {
    /// Identity; that of the criterion if it is one.
    pub id: CriterionId,
    /// The node above.
    pub parent: Option<CriterionId>,
    /// Place in the text.
    pub position: i64,
    /// 0 at the top.
    pub depth: i64,
    /// Its number as the text writes it.
    pub number: String,
    /// Its number in comparable form (`6-2-1`), unique in the edition.
    pub citation_key: String,
    /// Its text without the number.
    pub title: String,
    /// Whether it is a leaf that is assessed.
    pub is_criterion: bool,
    /// Remark.
    pub remark: String,
    /// How it is measured.
    pub measures: Vec<MeasureRow>,
    /// At which site types.
    pub site_types: Vec<CriterionSiteType>,
    /// Who leads and supports it.
    pub duties: Vec<Duty>,
}

/// One method of a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureRow {
    /// Identity, to which entered results refer.
    pub id: Uuid,
    /// By what means.
    pub method: Method,
    /// What can be earned; none where the edition has no points.
    pub points: Option<Exact>,
    /// How it is scored.
    pub rule: Option<Rule>,
    /// Site or round, if chosen.
    pub scope: Option<Scope>,
    /// The rule in words.
    pub rule_words: String,
    /// Whence the rule comes.
    pub rule_state: RuleState,
}

/// Whence a rule comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleState {
    /// Read from its words.
    Recognised,
    /// A person has to choose.
    ToChoose,
    /// A person has chosen; a later reading of the same words keeps it.
    Chosen,
    /// The measure has none (conformity).
    None,
}

/// A site type at which a criterion is assessed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CriterionSiteType {
    /// The type, if the city knows it.
    pub site_type: Option<Uuid>,
    /// The name as given.
    pub name_given: String,
}

/// A unit that leads or supports a criterion; a collective name stays as given.
#[doc(alias = "牵头")]
#[doc(alias = "配合")]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Duty {
    /// The unit, if the name means one.
    pub unit: Option<UnitId>,
    /// The name as given.
    pub name_given: String,
    /// Lead or support.
    pub role: DutyRole,
}

/// An item of the negative list with what the text says about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NegativeRow {
    /// Identity.
    pub id: Uuid,
    /// The rule.
    pub item: NegativeItem,
    /// Who finds that it happened, as named.
    pub decider_name: String,
    /// The consequence in words.
    pub words: String,
}

/// An edition with its whole tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditionTree {
    /// The edition.
    pub row: EditionRow,
    /// The nodes in the order of the text, parents before children.
    pub nodes: Vec<EditionNode>,
    /// The negative list.
    pub negative_items: Vec<NegativeRow>,
}

impl EditionTree {
    /// What is scored, for the rules.
    #[must_use]
    pub fn rules(&self) -> Edition {
        let key_of = |id: CriterionId| self.nodes.iter().find(|node| node.id == id).map(|node| node.citation_key.clone());
        let nodes = self.nodes.iter().map(|node| Node {
            number: node.citation_key.clone(),
            parent: node.parent.and_then(key_of),
            title: node.title.clone(),
            criterion: node.is_criterion.then(|| Criterion { id: node.id, measures: node.rules() }),
        });
        let mut edition = self.row.settings.clone();
        edition.nodes = nodes.collect();
        edition.negative_items = self.negative_items.iter().map(|negative| negative.item.clone()).collect();
        edition
    }

    /// The node with this number. Articles of an edition without points are numbered through all aspects, so that the
    /// last part alone (第14条) names one.
    #[must_use]
    pub fn cited(&self, citation_key: &str) -> Option<&EditionNode> {
        let through = |node: &&EditionNode| {
            node.depth == 1
                && node.citation_key.rsplit('-').next() == Some(citation_key)
                && self.row.scoring() == Scoring::Conformity
        };
        self.nodes.iter().find(through).or_else(|| self.nodes.iter().find(|node| node.citation_key == citation_key))
    }

    /// The criteria that a node stands for: itself, or those below it.
    #[must_use]
    pub fn criteria_below(&self, node: CriterionId) -> BTreeSet<CriterionId> {
        let mut below = BTreeSet::from([node]);
        // Parents stand before their children.
        for one in &self.nodes {
            if one.parent.is_some_and(|parent| below.contains(&parent)) {
                below.insert(one.id);
            }
        }
        self.nodes.iter().filter(|one| one.is_criterion && below.contains(&one.id)).map(|one| one.id).collect()
    }
}

impl EditionNode {
    fn rules(&self) -> Vec<Measure> {
        let with_points = self.measures.iter().filter_map(|measure| measure.points.as_ref().map(|points| (measure, points)));
        with_points
            .map(|(measure, points)| Measure {
                method: measure.method,
                points: points.clone(),
                rule: measure.rule.clone(),
                scope: measure.scope,
                rule_words: measure.rule_words.clone(),
            })
            .collect()
    }
}
