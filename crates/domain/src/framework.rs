//! What is assessed and how it is scored: editions of a framework, their tree, measures, rules and negative list.
//!
//! Everything a city or a year may decide is data here: level names, totals (106 is legal), methods, rule shapes,
//! thresholds. [`Edition::check`] names what does not fit together; [`words`] reads rules and numbers as offices write
//! them and never guesses.

mod check;
mod citation;
pub mod example;
pub mod matching;
pub mod tree;
pub mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use check::{Flaw, FlawKind, Severity};
pub use citation::{Citation, split_number};

use crate::exact::Exact;
use crate::id::{CriterionId, ItemId};
use crate::round::Grade;

/// Whether an edition counts points or only whether each indicator is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scoring {
    /// Points per measure (文明城市).
    #[default]
    Points,
    /// Met, not met or unassessed per indicator (卫生城市).
    Conformity,
}

/// Over what a measure of site scope takes its mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteMean {
    /// Every site weighs the same.
    #[default]
    Sites,
    /// Every site type weighs the same, whatever its number of sites.
    SiteTypes,
}

/// What a site becomes at which none of a measure's items applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotApplicable {
    /// It leaves the mean.
    #[default]
    Leaves,
    /// It counts with full marks (an item: as passed).
    FullMarks,
    /// It counts with the mean of its type's other sites; without such a site it leaves.
    TypeMean,
}

/// When a visited site fails a measure that counts failing samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum SiteFails {
    /// As soon as one linked item fails.
    #[default]
    AnyItem,
    /// When its linked items have at least so many faults together.
    Faults {
        /// The smallest number of faults that fails.
        at_least: u32,
    },
}

/// How findings are turned into grades and verdicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// The largest number of faults that is still 基本达标 (0 faults are 达标); 2 by default.
    pub mostly_met_faults: u32,
    /// When a site fails as a sample.
    pub site_fails: SiteFails,
    /// The share of visited sites that has to pass for an indicator of a conformity edition to be met; 1 by default.
    pub conforming_sites: Exact,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { mostly_met_faults: 2, site_fails: SiteFails::AnyItem, conforming_sites: Exact::one() }
    }
}

/// One year's or version's text of a framework, as data.
#[doc(alias = "年度版")]
#[doc(alias = "测评体系")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Edition {
    /// Points or conformity.
    pub scoring: Scoring,
    /// The edition's own names of its levels, from the top: 测评项目, 测评内容, 测评标准.
    pub level_names: Vec<String>,
    /// Decimals of published points.
    pub published_decimals: u32,
    /// Decimals to which each measure's earned points are rounded before they are added; none by default.
    pub working_scale: Option<u32>,
    /// The mean of site scope.
    pub site_mean: SiteMean,
    /// From finding to grade and verdict.
    pub thresholds: Thresholds,
    /// What does not apply.
    pub not_applicable: NotApplicable,
    /// Weights of the years of a cycle, in per cent, first year first.
    pub year_weights: Vec<Exact>,
    /// The total as the text states it.
    pub stated_total: Option<Exact>,
    /// The totals by method as the text states them.
    pub stated_by_method: BTreeMap<Method, Exact>,
    /// The tree, parents and children in the order of the text.
    pub nodes: Vec<Node>,
    /// The negative list.
    pub negative_items: Vec<NegativeItem>,
}

impl Default for Edition {
    fn default() -> Self {
        Self {
            scoring: Scoring::Points,
            level_names: Vec::new(),
            published_decimals: 2,
            working_scale: None,
            site_mean: SiteMean::Sites,
            thresholds: Thresholds::default(),
            not_applicable: NotApplicable::Leaves,
            year_weights: [15, 25, 60].map(Exact::whole).to_vec(),
            stated_total: None,
            stated_by_method: BTreeMap::new(),
            nodes: Vec::new(),
            negative_items: Vec::new(),
        }
    }
}

impl Edition {
    /// Its criteria in the order of the text, each with its node.
    pub fn criteria(&self) -> impl Iterator<Item = (&Node, &Criterion)> {
        self.nodes.iter().filter_map(|node| node.criterion.as_ref().map(|criterion| (node, criterion)))
    }

    /// All points of all measures.
    #[must_use]
    pub fn total_points(&self) -> Exact {
        self.criteria().flat_map(|(_, criterion)| &criterion.measures).map(|measure| &measure.points).sum()
    }
}

/// A node of the tree: project, content or standard (板块·项目·内容·标准).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its number, written as [`Citation`] writes it (`6-2-1`); unique in the edition; what [`Flaw`]s refer to.
    pub number: String,
    /// The number of its parent; none at the top.
    pub parent: Option<String>,
    /// Its text without the number.
    pub title: String,
    /// What is scored, if it is a leaf.
    pub criterion: Option<Criterion>,
}

/// A leaf of the tree that is assessed.
#[doc(alias = "测评标准")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its id, to which checklist items, duties and results are linked.
    pub id: CriterionId,
    /// How it is measured; one or more (none in a conformity edition).
    pub measures: Vec<Measure>,
}

/// By what means a measure is taken.
#[doc(alias = "测评方式")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// 实地考察
    OnSite,
    /// 网上申报
    Filing,
    /// 问卷调查
    Survey,
    /// 舆情、公众评议
    Opinion,
    /// 统计数据
    Statistic,
}

impl Method {
    /// All methods, in the order of a sheet.
    pub const ALL: [Self; 5] = [Self::OnSite, Self::Filing, Self::Survey, Self::Opinion, Self::Statistic];

    /// The method as every other layer writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnSite => "on_site",
            Self::Filing => "filing",
            Self::Survey => "survey",
            Self::Opinion => "opinion",
            Self::Statistic => "statistic",
        }
    }

    /// Reads the Chinese name of a method as sheets write it (`实地考察`, `实地`, `网申`, …); none if it is no method.
    #[must_use]
    pub fn from_chinese(name: &str) -> Option<Self> {
        match name.trim() {
            "实地考察" | "实地" | "实地测评" | "现场考察" | "现场检查" | "暗访" | "实地暗访" | "现场评估" | "现场查看" => {
                Some(Self::OnSite)
            }
            "网上申报" | "网上" | "网申" | "材料申报" | "材料审核" | "资料审核" | "网络申报" | "申报材料" => {
                Some(Self::Filing)
            }
            "问卷调查" | "问卷" | "入户调查" | "电话调查" | "群众满意度调查" | "民意调查" => {
                Some(Self::Survey)
            }
            "舆情" | "网络舆情" | "公众评议" | "社会评议" | "整体观察" => Some(Self::Opinion),
            "统计数据" | "统计" | "数据核查" | "指标数据" => Some(Self::Statistic),
            _ => None,
        }
    }
}

/// One method, its points and its rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// By what means.
    pub method: Method,
    /// P: what can be earned.
    pub points: Exact,
    /// How it is scored; none is "to be chosen" by a person and leaves the measure uncovered.
    pub rule: Option<Rule>,
    /// Site or round, where the rule admits both; the rule's own by default.
    #[serde(default)]
    pub scope: Option<Scope>,
    /// The rule as the text words it.
    #[serde(default)]
    pub rule_words: String,
}

impl Measure {
    /// The scope in force: the chosen one, else the rule's own; none without a rule.
    #[must_use]
    pub fn scope(&self) -> Option<Scope> {
        let rule = self.rule.as_ref()?;
        let own = rule.scopes();
        self.scope.filter(|chosen| own.contains(chosen)).or_else(|| own.first().copied())
    }
}

/// Whether a rule is applied at each site and averaged, or once to the round's own count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Earned = P × mean of the sites' rates.
    Site,
    /// One count over the whole round.
    Round,
}

/// Points given absolutely or as a share of P.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// So many points: `{"points":"0.19"}`.
    Points(Exact),
    /// So much of the measure's points: `{"share":"0.25"}`.
    Share(Exact),
}

impl Amount {
    /// The points it stands for in a measure of `points`.
    #[must_use]
    pub fn of(&self, points: &Exact) -> Exact {
        match self {
            Self::Points(amount) => amount.clone(),
            Self::Share(share) => share * points,
        }
    }
}

/// Whether a part of a percentage point counts by its size or as a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// 1.6 points short cost 1.6 × each.
    #[default]
    Exact,
    /// 1.6 points short cost 2 × each.
    Begun,
}

/// The nine shapes of a scoring rule; P is the measure's points.
#[doc(alias = "计分规则")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub enum Rule {
    /// Mean of the items' grade values.
    Grades {
        /// The rate each grade stands for: 达标 1, 基本达标 0.6, 不达标 0.
        grades: BTreeMap<Grade, Exact>,
    },
    /// Full marks if every item passes, else 0.
    AllOrNothing,
    /// max(floor, P − each × faults).
    DeductPerFault {
        /// Lost for one fault.
        each: Amount,
        /// Points that stay whatever is found; 0 by default.
        #[serde(default = "Exact::zero")]
        floor: Exact,
        /// An item counts at most so many faults (at each site).
        #[serde(default)]
        max_per_item: Option<u32>,
    },
    /// max(0, P − each × max(0, n − count)).
    CountAtLeast {
        /// How many there should be.
        n: u32,
        /// Lost for each missing one.
        each: Amount,
    },
    /// P × observed ÷ total; total 0 is not applicable.
    Ratio,
    /// max(0, P − each × max(0, target − 100 × observed ÷ total)).
    PerPercentagePoint {
        /// The per cent at which nothing is lost.
        target: Exact,
        /// Lost for each percentage point short.
        each: Amount,
        /// How a begun point counts.
        #[serde(default)]
        step: Step,
    },
    /// max(0, P − each × n × failing ÷ visited), in the round.
    FailingSamples {
        /// The sample the text speaks of.
        n: u32,
        /// Lost for each failing one.
        each: Amount,
    },
    /// min(P, each × correct).
    Interview {
        /// Earned for each correct answer.
        each: Amount,
    },
    /// 0 if the gate fails, else the inner rule.
    Gate {
        /// The checklist item that decides; none while nobody has linked one, then an entered result decides.
        #[serde(default)]
        item: Option<ItemId>,
        /// The condition as the text words it.
        #[serde(default)]
        condition: String,
        /// What is scored once the gate is passed.
        then: Box<Self>,
    },
}

impl Rule {
    /// 达标 1, 基本达标 0.6, 不达标 0.
    #[must_use]
    pub fn three_grades() -> Self {
        let mostly = Exact::fraction(3, 5).unwrap_or_else(Exact::zero);
        Self::Grades {
            grades: BTreeMap::from([(Grade::Met, Exact::one()), (Grade::MostlyMet, mostly), (Grade::NotMet, Exact::zero())]),
        }
    }

    /// The scopes the rule admits, its own first.
    #[must_use]
    pub fn scopes(&self) -> &'static [Scope] {
        match self {
            Self::Grades { .. } | Self::AllOrNothing | Self::CountAtLeast { .. } | Self::Interview { .. } => &[Scope::Site],
            Self::DeductPerFault { .. } | Self::Ratio | Self::PerPercentagePoint { .. } => &[Scope::Site, Scope::Round],
            Self::FailingSamples { .. } => &[Scope::Round],
            Self::Gate { then, .. } => then.scopes(),
        }
    }

    /// The per cent at which a rule by percentage points takes nothing, also behind a gate; none for other rules.
    #[must_use]
    pub fn target(&self) -> Option<&Exact> {
        match self {
            Self::PerPercentagePoint { target, .. } => Some(target),
            Self::Gate { then, .. } => then.target(),
            Self::Grades { .. }
            | Self::AllOrNothing
            | Self::DeductPerFault { .. }
            | Self::CountAtLeast { .. }
            | Self::Ratio
            | Self::FailingSamples { .. }
            | Self::Interview { .. } => None,
        }
    }

    /// The shape as every other layer writes it.
    #[must_use]
    pub fn shape(&self) -> &'static str {
        match self {
            Self::Grades { .. } => "grades",
            Self::AllOrNothing => "all_or_nothing",
            Self::DeductPerFault { .. } => "deduct_per_fault",
            Self::CountAtLeast { .. } => "count_at_least",
            Self::Ratio => "ratio",
            Self::PerPercentagePoint { .. } => "per_percentage_point",
            Self::FailingSamples { .. } => "failing_samples",
            Self::Interview { .. } => "interview",
            Self::Gate { .. } => "gate",
        }
    }
}

/// A situation that costs points or the title, whatever was earned.
#[doc(alias = "负面清单")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NegativeItem {
    /// Its number on the list.
    pub number: String,
    /// The situation in words.
    pub situation: String,
    /// What follows.
    pub effect: NegativeEffect,
}

/// What a negative item does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum NegativeEffect {
    /// Points are taken for each occurrence.
    Deduct {
        /// Points for one.
        points: Exact,
        /// What is counted: 起, 件, 处; empty where the text counts once.
        per: String,
    },
    /// The title is refused (一票否决).
    Veto,
}
