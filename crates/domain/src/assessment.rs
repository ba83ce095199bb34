//! Assessment of units (考核): a dated policy composes figures of what units did, bonuses and deductions into one figure
//! per unit, ranked among its peers.
//!
//! Invariants: an outcome is a pure function of policy and inputs, so that a frozen one is recomputed byte by byte;
//! what a unit cannot be measured by counts neither 0 nor full; every number names what it was made of; rounding happens
//! once, at publication.

mod appeal;
mod policy;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::id::UnitId;
use crate::ranking::{self, Entrant, First, RankingPolicy, Standing};
use crate::statistics::Interval;

pub use appeal::{Appeal, AppealRefusal, AppealState, Correction, CorrectionMisfit, corrected};
pub use policy::{
    Adjustment, AdjustmentEffect, AssessmentPolicy, Component, ComponentKind, Exclusion, Finder, ListRule, PolicyFlaw, Price,
};

/// What one component rests on for one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What was reached: points, problems closed on time, tasks done.
    pub reached: Exact,
    /// Out of what.
    pub possible: Exact,
    /// On how many cases it rests.
    pub denominator: u64,
    /// The list behind it: path and query of the console.
    #[serde(default)]
    pub link: String,
    /// Where it was entered from, if it was.
    #[serde(default)]
    pub source: String,
    /// Where the rate would lie, in per cent, if the sites were drawn again; none of what no draw decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Box<Interval>>,
    /// The measures of which it is the sum, where it is a sum of few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<FactPart>,
}

/// A measure in the sum of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactPart {
    /// Number of its criterion.
    pub number: String,
    /// Title of its criterion.
    pub title: String,
    /// What was reached.
    pub reached: Exact,
    /// Out of what.
    pub possible: Exact,
    /// The page behind it: path and query of the console.
    pub link: String,
}

impl Fact {
    /// Whether no more was reached than is possible, and no less than nothing.
    #[must_use]
    pub fn can_be(&self) -> bool {
        !self.reached.is_negative() && self.reached <= self.possible
    }
}

/// Something that adds or takes points: who found it and how often it came back decide the price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessmentEvent {
    /// Identity, by which an appeal names it.
    pub id: String,
    /// The adjustment of the policy.
    pub adjustment: String,
    /// Who found it.
    pub finder: Finder,
    /// How often it had happened before.
    pub repeats: u32,
    /// How many.
    pub count: u32,
    /// What happened.
    pub note: String,
    /// The list or page behind it.
    #[serde(default)]
    pub link: String,
}

/// Everything about one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitInputs {
    /// The unit.
    pub unit: UnitId,
    /// Its code.
    pub code: String,
    /// Its name at that time.
    pub name: String,
    /// Its peer group.
    pub group: String,
    /// By key of the component.
    pub facts: BTreeMap<String, Fact>,
    /// What adds or takes points.
    pub events: Vec<AssessmentEvent>,
}

/// Why a component does not count for a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotCounted {
    /// There is nothing of it.
    NoFact,
    /// It rests on too few cases.
    BelowMinimum,
    /// More was reached than is possible, or less than nothing.
    OutOfRange,
    /// It has no weight.
    NoWeight,
}

/// One component of one unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentFigure {
    /// Its key.
    pub key: String,
    /// Its weight by the policy.
    pub weight: Exact,
    /// 100 × reached ÷ possible; none if it does not count.
    pub rate: Option<Exact>,
    /// What it brings to the base: rate × weight ÷ the weights that count.
    pub part: Option<Exact>,
    /// What it rests on.
    pub fact: Option<Fact>,
    /// Why it does not count.
    pub not_counted: Option<NotCounted>,
}

/// Points added or taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentFigure {
    /// The event.
    pub event: AssessmentEvent,
    /// The price of one.
    pub price: Exact,
    /// Price × count, below 0 if points are taken; 0 where the policy's limit was reached before.
    pub points: Exact,
    /// Why the points are less than price × count.
    pub limited: bool,
}

/// Why a unit has no figure or no rank although it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "excluded", rename_all = "snake_case")]
pub enum Excluded {
    /// The policy leaves it out.
    ByPolicy {
        /// Why.
        reason: String,
    },
    /// Less of the weights counts than the policy asks.
    CoveredTooLittle {
        /// Weights that count, of all weights, in per cent.
        covered: Exact,
        /// What the policy asks, in per cent.
        minimum: Exact,
    },
}

/// Which public list a unit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// 红榜
    Red,
    /// 黑榜
    Black,
}

/// A unit's figure with everything it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitAssessment {
    /// The unit.
    pub unit: UnitId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its peer group.
    pub group: String,
    /// Its components, in the policy's order.
    pub components: Vec<ComponentFigure>,
    /// Weights that count, of all weights, in per cent.
    pub covered: Exact,
    /// The components together, out of 100; none if nothing counts.
    pub base: Option<Exact>,
    /// Bonuses and deductions.
    pub adjustments: Vec<AdjustmentFigure>,
    /// Base and adjustments.
    pub total: Option<Exact>,
    /// Its place among its peers.
    pub standing: Standing,
    /// Why it is not ranked, where that is not for its peers' sake.
    pub excluded: Option<Excluded>,
    /// Red or black list.
    pub listed: Option<Listed>,
}

/// The outcome of an assessment: units in the order of groups and ranks, and what is wrong with the policy.
#[doc(alias = "考核")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// What does not fit in the policy, and what was done about it.
    pub flaws: Vec<PolicyFlaw>,
    /// Events whose adjustment or finder the policy does not know; they change nothing.
    pub ignored: Vec<String>,
    /// The units.
    pub units: Vec<UnitAssessment>,
}

/// Assesses all units by a policy.
#[must_use]
pub fn assess(policy: &AssessmentPolicy, inputs: &[UnitInputs]) -> Assessment {
    let mut ignored: Vec<String> = Vec::new();
    let mut units: Vec<UnitAssessment> = inputs.iter().map(|unit| assess_unit(policy, unit, &mut ignored)).collect();
    let entrants: Vec<Entrant> = units
        .iter()
        .map(|unit| Entrant {
            unit: unit.unit,
            code: unit.code.clone(),
            group: unit.group.clone(),
            figure: unit.total.clone().filter(|_| unit.excluded.is_none()),
            denominator: 1,
        })
        .collect();
    let ranking = RankingPolicy { first: First::Highest, decimals: policy.decimals, minimum_denominator: 1 };
    let mut order = BTreeMap::new();
    for (group, standings) in ranking::rank(&entrants, &ranking) {
        let ranked = standings.iter().filter(|standing| standing.rank.is_some()).count();
        for (place, standing) in standings.into_iter().enumerate() {
            if let Some(unit) = units.iter_mut().find(|unit| unit.unit == standing.unit) {
                let last = standing.rank.is_some().then_some(ranked);
                unit.listed = listed(policy, &standing, last);
                unit.standing = standing;
                order.insert(unit.unit, (group.clone(), place));
            }
        }
    }
    units.sort_by(|left, right| order.get(&left.unit).cmp(&order.get(&right.unit)));
    ignored.sort();
    Assessment { flaws: policy.check(), ignored, units }
}

fn assess_unit(policy: &AssessmentPolicy, unit: &UnitInputs, ignored: &mut Vec<String>) -> UnitAssessment {
    let hundred = Exact::whole(100);
    let mut components: Vec<ComponentFigure> = policy.components.iter().map(|component| figure(component, unit)).collect();
    let all: Exact = policy.components.iter().map(|component| &component.weight).filter(|weight| !weight.is_negative()).sum();
    let counting: Exact = components.iter().filter(|figure| figure.rate.is_some()).map(|figure| &figure.weight).sum();
    for figure in &mut components {
        figure.part = figure.rate.as_ref().and_then(|rate| (rate * &figure.weight).checked_div(&counting));
    }
    let base = (!counting.is_zero()).then(|| components.iter().filter_map(|figure| figure.part.as_ref()).sum::<Exact>());
    let covered = (&counting * &hundred).checked_div(&all).unwrap_or_else(Exact::zero);
    let adjustments = adjust(policy, unit, ignored);
    let total = base.as_ref().map(|base| base + &adjustments.iter().map(|adjustment| &adjustment.points).sum::<Exact>());
    let excluded = match policy.exclusions.iter().find(|exclusion| exclusion.unit == unit.unit) {
        Some(exclusion) => Some(Excluded::ByPolicy { reason: exclusion.reason.clone() }),
        None if base.is_some() && covered < policy.minimum_covered => {
            Some(Excluded::CoveredTooLittle { covered: covered.clone(), minimum: policy.minimum_covered.clone() })
        }
        None => None,
    };
    UnitAssessment {
        unit: unit.unit,
        code: unit.code.clone(),
        name: unit.name.clone(),
        group: unit.group.clone(),
        components,
        covered,
        base,
        adjustments,
        total,
        standing: Standing {
            unit: unit.unit,
            code: unit.code.clone(),
            rank: None,
            figure: None,
            published: None,
            denominator: 0,
            unranked: None,
        },
        excluded,
        listed: None,
    }
}

fn figure(component: &Component, unit: &UnitInputs) -> ComponentFigure {
    let fact = unit.facts.get(&component.key).cloned();
    let (rate, not_counted) = match &fact {
        _ if component.weight <= Exact::zero() => (None, Some(NotCounted::NoWeight)),
        None => (None, Some(NotCounted::NoFact)),
        Some(fact) if fact.denominator < component.minimum => (None, Some(NotCounted::BelowMinimum)),
        Some(fact) if !fact.can_be() => (None, Some(NotCounted::OutOfRange)),
        Some(fact) => match (&fact.reached * &Exact::whole(100)).checked_div(&fact.possible) {
            Some(rate) => (Some(rate), None),
            None => (None, Some(NotCounted::NoFact)),
        },
    };
    ComponentFigure { key: component.key.clone(), weight: component.weight.clone(), rate, part: None, fact, not_counted }
}

/// The points of a unit's events, in the order of their identities; once an adjustment's limit is reached the rest adds
/// nothing more.
fn adjust(policy: &AssessmentPolicy, unit: &UnitInputs, ignored: &mut Vec<String>) -> Vec<AdjustmentFigure> {
    let mut events: Vec<&AssessmentEvent> = unit.events.iter().collect();
    events.sort_by(|left, right| left.id.cmp(&right.id));
    let mut spent: BTreeMap<&str, Exact> = BTreeMap::new();
    let mut figures = Vec::new();
    for event in events {
        let of_key = policy.adjustments.iter().find(|known| known.key == event.adjustment);
        let priced = of_key.and_then(|known| Some((known, known.price(event.finder, event.repeats)?)));
        let Some((adjustment, price)) = priced else {
            ignored.push(event.id.clone());
            continue;
        };
        let wanted = &price * &Exact::whole(i64::from(event.count));
        let so_far = spent.entry(&adjustment.key).or_insert_with(Exact::zero);
        let left = adjustment.limit.as_ref().map(|limit| (limit - so_far).max(Exact::zero()));
        let size = left.map_or_else(|| wanted.clone(), |left| wanted.clone().min(left));
        *so_far = &*so_far + &size;
        let limited = size != wanted;
        let points = match adjustment.effect {
            AdjustmentEffect::Bonus => size,
            AdjustmentEffect::Deduction => -size,
        };
        figures.push(AdjustmentFigure { event: event.clone(), price, points, limited });
    }
    figures
}

/// On which list a ranked unit is; a unit that would be on both, in a small group, is on none.
fn listed(policy: &AssessmentPolicy, standing: &Standing, ranked: Option<usize>) -> Option<Listed> {
    let (rank, figure, ranked) = (standing.rank?, standing.figure.as_ref()?.rounded(policy.decimals), ranked?);
    let from_below = u32::try_from(ranked).unwrap_or(u32::MAX).saturating_sub(rank).saturating_add(1);
    let red = match &policy.red {
        ListRule::Nobody => false,
        ListRule::Rank { n } => rank <= *n,
        ListRule::Threshold { figure: at_least } => figure >= *at_least,
    };
    let black = match &policy.black {
        ListRule::Nobody => false,
        ListRule::Rank { n } => from_below <= *n,
        ListRule::Threshold { figure: below } => figure < *below,
    };
    match (red, black) {
        (true, false) => Some(Listed::Red),
        (false, true) => Some(Listed::Black),
        (true, true) | (false, false) => None,
    }
}
