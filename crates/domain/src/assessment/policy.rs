//! The policy of an assessment: data that a city dates, edits and never rewrites.

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::id::UnitId;

/// What a component is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComponentKind {
    /// What the unit's own sites earned of what they could, in the round.
    FieldScore,
    /// Problems closed on time, of those due in the period.
    Rectification,
    /// Tasks done on time, of those due in the period.
    Tasks,
    /// The unit's filing: entered or imported.
    Filing,
    /// Survey results: entered or imported.
    Survey,
    /// Anything else, entered or imported.
    Entered,
}

/// One part of the figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    /// Its key, unique in the policy.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is taken from.
    pub kind: ComponentKind,
    /// Its weight; weights are read relative to their sum, 100 by custom.
    pub weight: Exact,
    /// Cases below which it does not count for a unit.
    #[serde(default)]
    pub minimum: u64,
}

/// Who found what a unit did well or badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finder {
    /// The unit itself.
    Own,
    /// The city's own inspection.
    City,
    /// Province or nation.
    Higher,
    /// The press.
    Media,
    /// Citizens.
    Public,
}

/// What one costs or brings, by who found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// Who found it.
    pub finder: Finder,
    /// Points for one.
    pub points: Exact,
}

/// Whether points are added or taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustmentEffect {
    /// 加分
    Bonus,
    /// 扣分
    Deduction,
}

/// A bonus or a deduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Its key, unique in the policy.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Whether points are added or taken.
    pub effect: AdjustmentEffect,
    /// Prices by finder; a finder without a price changes nothing.
    pub prices: Vec<Price>,
    /// What the price is multiplied with if it happened before; 1 leaves it.
    #[serde(default = "Exact::one")]
    pub repeat_factor: Exact,
    /// At most so many points for a unit; none: without limit.
    #[serde(default)]
    pub limit: Option<Exact>,
}

impl Adjustment {
    /// The price of one that this finder found and that had happened so often before.
    #[must_use]
    pub fn price(&self, finder: Finder, repeats: u32) -> Option<Exact> {
        let price = self.prices.iter().find(|price| price.finder == finder)?;
        Some(if repeats == 0 { price.points.clone() } else { &price.points * &self.repeat_factor })
    }
}

/// A unit that the policy leaves out of the ranking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The unit.
    pub unit: UnitId,
    /// Why.
    pub reason: String,
}

/// Who comes on a public list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum ListRule {
    /// Nobody.
    #[default]
    Nobody,
    /// The first (red) or last (black) so many of each peer group.
    Rank {
        /// How many places.
        n: u32,
    },
    /// Whose published figure is at least (red) or below (black) this.
    Threshold {
        /// The figure.
        figure: Exact,
    },
}

/// How units are assessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AssessmentPolicy {
    /// The parts of the figure.
    pub components: Vec<Component>,
    /// Bonuses and deductions.
    pub adjustments: Vec<Adjustment>,
    /// Decimals of the published figure.
    pub decimals: u32,
    /// Weights that have to count for a unit to be ranked, of all weights, in per cent.
    pub minimum_covered: Exact,
    /// Units left out of the ranking.
    pub exclusions: Vec<Exclusion>,
    /// The red list.
    pub red: ListRule,
    /// The black list.
    pub black: ListRule,
    /// Working days after publication within which a unit may appeal.
    pub appeal_days: u32,
}

impl Default for AssessmentPolicy {
    fn default() -> Self {
        let component = |key: &str, name: &str, kind, weight, minimum| Component {
            key: key.to_owned(),
            name: name.to_owned(),
            kind,
            weight: Exact::whole(weight),
            minimum,
        };
        let price = |finder, points: i64| Price { finder, points: Exact::fraction(points, 10).unwrap_or_else(Exact::zero) };
        Self {
            components: vec![
                component("field", "实地测评", ComponentKind::FieldScore, 50, 5),
                component("rectification", "问题整改", ComponentKind::Rectification, 25, 3),
                component("tasks", "任务完成", ComponentKind::Tasks, 10, 1),
                component("filing", "网上申报", ComponentKind::Filing, 10, 0),
                component("survey", "群众满意度", ComponentKind::Survey, 5, 0),
            ],
            adjustments: vec![
                Adjustment {
                    key: "exposure".to_owned(),
                    name: "媒体曝光或上级通报".to_owned(),
                    effect: AdjustmentEffect::Deduction,
                    prices: vec![price(Finder::City, 5), price(Finder::Media, 10), price(Finder::Higher, 20)],
                    repeat_factor: Exact::whole(2),
                    limit: Some(Exact::whole(10)),
                },
                Adjustment {
                    key: "rebound".to_owned(),
                    name: "问题反弹".to_owned(),
                    effect: AdjustmentEffect::Deduction,
                    prices: vec![price(Finder::City, 2), price(Finder::Public, 3), price(Finder::Higher, 10)],
                    repeat_factor: Exact::whole(2),
                    limit: Some(Exact::whole(5)),
                },
                Adjustment {
                    key: "experience".to_owned(),
                    name: "经验推广".to_owned(),
                    effect: AdjustmentEffect::Bonus,
                    prices: vec![price(Finder::City, 5), price(Finder::Higher, 10)],
                    repeat_factor: Exact::one(),
                    limit: Some(Exact::whole(3)),
                },
            ],
            decimals: 2,
            minimum_covered: Exact::whole(50),
            exclusions: Vec::new(),
            red: ListRule::Rank { n: 1 },
            black: ListRule::Rank { n: 1 },
            appeal_days: 3,
        }
    }
}

/// Something in a policy that does not fit; the figure is computed nevertheless, as the flaw says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "flaw", rename_all = "snake_case")]
pub enum PolicyFlaw {
    /// The weights do not add up to 100: each counts relative to their sum.
    WeightsDiffer {
        /// Their sum.
        sum: Exact,
    },
    /// No component has a weight: nobody has a figure.
    NoWeights,
    /// A weight below 0: the component does not count.
    NegativeWeight {
        /// The component.
        key: String,
    },
    /// A key is used twice: both read the same facts.
    KeyRepeated {
        /// The key.
        key: String,
    },
    /// A price or a factor below 0 turns a bonus into a deduction or back.
    NegativePrice {
        /// The adjustment.
        key: String,
    },
}

impl AssessmentPolicy {
    /// What does not fit.
    #[must_use]
    pub fn check(&self) -> Vec<PolicyFlaw> {
        let mut flaws = Vec::new();
        let sum: Exact = self.components.iter().map(|component| &component.weight).filter(|weight| !weight.is_negative()).sum();
        if sum.is_zero() {
            flaws.push(PolicyFlaw::NoWeights);
        } else if sum != Exact::whole(100) {
            flaws.push(PolicyFlaw::WeightsDiffer { sum });
        }
        let mut keys: Vec<&str> = Vec::new();
        let of_components = self.components.iter().map(|component| component.key.as_str());
        for key in of_components.chain(self.adjustments.iter().map(|adjustment| adjustment.key.as_str())) {
            if keys.contains(&key) {
                flaws.push(PolicyFlaw::KeyRepeated { key: key.to_owned() });
            }
            keys.push(key);
        }
        for component in self.components.iter().filter(|component| component.weight.is_negative()) {
            flaws.push(PolicyFlaw::NegativeWeight { key: component.key.clone() });
        }
        for adjustment in &self.adjustments {
            if adjustment.repeat_factor.is_negative() || adjustment.prices.iter().any(|price| price.points.is_negative()) {
                flaws.push(PolicyFlaw::NegativePrice { key: adjustment.key.clone() });
            }
        }
        flaws
    }
}
