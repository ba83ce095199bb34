//! What editions look like from outside.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::framework::{Edition, FlawKind, Method, Rule, Scope, Scoring, Severity};
use yipanqi_domain::id::{CriterionId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_store::framework::{EditionState, RuleState};
use yipanqi_store::site::SortOrder;

use crate::error::Error;
use crate::figure::Figure;
use crate::page::sorted;

/// A framework by its code and name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FrameworkRef {
    /// Its code, such as `civilized_city`.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// An edition in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionSummary {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The framework it is an edition of.
    pub framework: FrameworkRef,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The year, if it has one.
    pub year: Option<i64>,
    /// The version that a command refers to.
    pub version: i64,
    /// 1 for the text as it came, one more with every correction.
    pub revision: i64,
    /// The revision it corrects.
    #[schema(value_type = Option<String>)]
    pub supersedes_id: Option<Uuid>,
    /// Why it was corrected.
    pub reason: String,
    /// When it was first used and its text became fixed.
    #[schema(value_type = Option<String>)]
    pub frozen_at: Option<Moment>,
    /// `points` or `conformity`.
    #[schema(value_type = String)]
    pub scoring: Scoring,
    /// `draft`, `in_use` or `frozen`.
    #[schema(value_type = String)]
    pub state: EditionState,
    /// All points of all measures.
    pub points: Figure,
    /// The total as the text states it.
    pub stated_total: Option<Figure>,
    /// Criteria.
    pub criteria: u64,
    /// The edition's own names of its levels, from the top.
    pub level_names: Vec<String>,
    /// Measures whose rule is still to be chosen.
    pub to_choose: u64,
    /// All points by method.
    #[schema(value_type = BTreeMap<String, Figure>)]
    pub totals: BTreeMap<Method, Figure>,
}

/// Which editions a list shows, and in which order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct EditionQuery {
    /// Words that name, code or framework contain, all of them.
    pub q: String,
    /// Codes of frameworks.
    pub framework: Vec<String>,
    /// States.
    #[param(value_type = Vec<String>)]
    pub state: Vec<EditionState>,
    /// Ways of scoring.
    #[param(value_type = Vec<String>)]
    pub scoring: Vec<Scoring>,
    /// `name`, `framework`, `criteria` or `to_choose`; `-` before it turns the order. As imported if left out.
    pub sort: String,
}

impl EditionQuery {
    /// Whether the list shows it.
    #[must_use]
    pub fn shows(&self, edition: &EditionSummary) -> bool {
        let words = format!("{} {} {}", edition.name, edition.code, edition.framework.name).to_lowercase();
        (self.framework.is_empty() || self.framework.contains(&edition.framework.code))
            && (self.state.is_empty() || self.state.contains(&edition.state))
            && (self.scoring.is_empty() || self.scoring.contains(&edition.scoring))
            && self.q.to_lowercase().split_whitespace().all(|word| words.contains(word))
    }

    /// Puts them in the order asked for.
    ///
    /// # Errors
    /// `query_invalid` for a column by which editions are not sorted.
    pub fn order(&self, editions: &mut [EditionSummary]) -> Result<(), Error> {
        let (column, order) = sorted(&self.sort);
        match column {
            "" => return Ok(()),
            "name" => editions.sort_by(|one, other| one.name.cmp(&other.name)),
            "framework" => editions.sort_by(|one, other| one.framework.name.cmp(&other.framework.name)),
            "criteria" => editions.sort_by_key(|one| one.criteria),
            "to_choose" => editions.sort_by_key(|one| one.to_choose),
            _ => return Err(Error::new("query_invalid").with("reason", "sort")),
        }
        match order {
            SortOrder::Ascending => {}
            SortOrder::Descending => editions.reverse(),
        }
        Ok(())
    }
}

/// A unit that leads or supports, or a collective name as given.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DutyView {
    /// The unit, if the name means one.
    #[schema(value_type = Option<String>)]
    pub id: Option<UnitId>,
    /// Its name; the given one where it means no unit.
    pub name: String,
    /// Name for lists.
    pub short_name: String,
}

/// A site type at which a criterion is assessed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CriterionSiteTypeView {
    /// The type, if the city knows it.
    #[schema(value_type = Option<String>)]
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
}

/// One method of a criterion.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasureView {
    /// Identity, to which entered results refer.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// `on_site`, `filing`, `survey`, `opinion` or `statistic`.
    #[schema(value_type = String)]
    pub method: Method,
    /// What can be earned; none in a conformity edition.
    pub points: Option<Figure>,
    /// The rule as data, by its `shape`.
    #[schema(value_type = Option<Object>)]
    pub rule: Option<Rule>,
    /// `site` or `round`; none without a rule.
    #[schema(value_type = Option<String>)]
    pub scope: Option<Scope>,
    /// The rule as the text words it.
    pub rule_words: String,
    /// `recognised`, `to_choose`, `chosen` or `none`.
    #[schema(value_type = String)]
    pub rule_state: RuleState,
    /// Parts of the words that were not understood, where a rule is still to be chosen.
    pub not_understood: Vec<String>,
    /// A worked example in the reader's language, computed by the rule.
    pub example: Option<String>,
    /// The rule as a sentence in the reader's language; empty where the edition has no points.
    pub rule_text: String,
}

/// A node of the tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct NodeView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: CriterionId,
    /// The node above.
    #[schema(value_type = Option<String>)]
    pub parent_id: Option<CriterionId>,
    /// 0 at the top.
    pub depth: i64,
    /// Its number as the text writes it.
    pub number: String,
    /// Its number in comparable form, by which problems and items cite it.
    pub citation_key: String,
    /// Its text without the number.
    pub title: String,
    /// Whether it is a leaf that is assessed.
    pub is_criterion: bool,
    /// All points in and below it.
    pub points: Figure,
    /// How it is measured.
    pub measures: Vec<MeasureView>,
    /// 牵头.
    pub lead: Vec<DutyView>,
    /// 配合.
    pub support: Vec<DutyView>,
    /// At which site types.
    pub site_types: Vec<CriterionSiteTypeView>,
    /// Remark.
    pub remark: String,
}

/// An item of the negative list.
#[derive(Debug, Serialize, ToSchema)]
pub struct NegativeItemView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its number on the list.
    pub number: String,
    /// The situation.
    pub text: String,
    /// `deduct` or `veto`.
    pub effect: String,
    /// Points taken for one.
    pub points: Option<Figure>,
    /// What is counted: 起, 件, 处.
    pub per: Option<String>,
    /// Who finds that it happened.
    pub decider: String,
    /// The consequence in words.
    pub words: String,
}

/// Something that does not fit together.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlawView {
    /// The number of the node, `negative:3`, or `edition`.
    pub reference: String,
    /// The node it was found at.
    #[schema(value_type = Option<String>)]
    pub node_id: Option<CriterionId>,
    /// `error` or `note`.
    #[schema(value_type = String)]
    pub severity: Severity,
    /// Its code with what belongs to it.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub kind: FlawKind,
}

/// An edition with its tree.
#[derive(Debug, Serialize, ToSchema)]
pub struct EditionView {
    /// The same as in the list.
    #[serde(flatten)]
    pub summary: EditionSummary,
    /// Decimals of published points.
    pub published_decimals: u32,
    /// Everything it decides besides its tree.
    #[schema(value_type = Object)]
    pub settings: Edition,
    /// What does not fit together.
    pub flaws: Vec<FlawView>,
    /// The revision that corrects it.
    #[schema(value_type = Option<String>)]
    pub superseded_by: Option<Uuid>,
    /// Whether the reader may change it: not once it has been used.
    pub may_edit: bool,
    /// Whether the reader may correct it by a new revision: once it has been used, and if none supersedes it.
    pub may_correct: bool,
    /// The nodes in the order of the text, parents before children.
    pub nodes: Vec<NodeView>,
    /// The negative list.
    pub negative_items: Vec<NegativeItemView>,
}
