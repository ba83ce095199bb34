//! The figures of a score, each with what it was made of and why.

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::framework::{Method, Scoring};
use crate::id::{CriterionId, ItemId, SiteId};

/// Earned, covered and possible points; published once, from the exact values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What was earned.
    pub earned: Exact,
    /// The points of the measures that were measured.
    pub covered: Exact,
    /// The points of all measures.
    pub points: Exact,
    /// The same as text.
    pub published: Published,
}

/// A figure at the edition's published decimals, half away from zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// What was earned.
    pub earned: String,
    /// What was measured.
    pub covered: String,
    /// What was possible.
    pub points: String,
    /// 100 × earned ÷ covered; none if nothing is covered.
    pub percent: Option<String>,
    /// 100 × covered ÷ points; none without points.
    pub coverage: Option<String>,
}

impl Figure {
    /// A figure of exact values, published with `decimals`.
    #[must_use]
    pub fn new(earned: Exact, covered: Exact, points: Exact, decimals: u32) -> Self {
        let published = Published {
            earned: earned.published(decimals),
            covered: covered.published(decimals),
            points: points.published(decimals),
            percent: hundredfold(&earned, &covered).map(|percent| percent.published(decimals)),
            coverage: hundredfold(&covered, &points).map(|percent| percent.published(decimals)),
        };
        Self { earned, covered, points, published }
    }

    /// 100 × earned ÷ covered, by which cities and rounds of different coverage are compared; none if nothing is covered.
    #[must_use]
    pub fn percent(&self) -> Option<Exact> {
        hundredfold(&self.earned, &self.covered)
    }

    /// What was lost of what was covered.
    #[must_use]
    pub fn lost(&self) -> Exact {
        &self.covered - &self.earned
    }

    /// What all points would give if the unmeasured were like the measured; none if nothing is measured.
    #[must_use]
    pub fn forecast(&self) -> Option<Exact> {
        (&self.earned * &self.points).checked_div(&self.covered)
    }

    /// 100 × covered ÷ points; none without points.
    #[must_use]
    pub fn coverage(&self) -> Option<Exact> {
        (&self.covered * &Exact::whole(100)).checked_div(&self.points)
    }

    /// What was not measured.
    #[must_use]
    pub fn open(&self) -> Exact {
        &self.points - &self.covered
    }

    pub(super) fn sum<'a>(figures: impl Iterator<Item = &'a Self>, decimals: u32) -> Self {
        let (mut earned, mut covered, mut points) = (Exact::zero(), Exact::zero(), Exact::zero());
        for figure in figures {
            earned = &earned + &figure.earned;
            covered = &covered + &figure.covered;
            points = &points + &figure.points;
        }
        Self::new(earned, covered, points, decimals)
    }
}

fn hundredfold(part: &Exact, whole: &Exact) -> Option<Exact> {
    (part * &Exact::whole(100)).checked_div(whole)
}

/// The score of a round under an edition.
#[doc(alias = "得分")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreTree {
    /// Points or conformity.
    pub scoring: Scoring,
    /// All measures together, before the negative list.
    pub total: Figure,
    /// The same by method, in the order of [`Method::ALL`], methods without a measure left out.
    pub by_method: Vec<MethodFigure>,
    /// Deductions of the negative list.
    pub deductions: Vec<Deduction>,
    /// Earned less deductions; it may fall below 0.
    pub after_deductions: Exact,
    /// The same as text.
    pub published_after_deductions: String,
    /// Numbers of the veto items that stand.
    pub vetoes: Vec<String>,
    /// Indicators met and assessed, of a conformity edition.
    pub conformity: Option<ConformityCount>,
    /// The edition's tree.
    pub nodes: Vec<NodeScore>,
    /// What was given and could not be used.
    pub ignored: Vec<Ignored>,
}

/// A figure of one method.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodFigure {
    /// The method.
    pub method: Method,
    /// Its measures together.
    pub figure: Figure,
}

/// A deduction of the negative list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deduction {
    /// The number on the list.
    pub number: String,
    /// How often.
    pub count: u32,
    /// Points taken in all.
    pub points: Exact,
}

/// A node with its children.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeScore {
    /// Its number.
    pub number: String,
    /// Its text.
    pub title: String,
    /// Its measures and its children together.
    pub figure: Figure,
    /// The criterion, if it is a leaf.
    pub criterion: Option<CriterionScore>,
    /// Its children.
    pub children: Vec<Self>,
}

/// A criterion with its measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionScore {
    /// The criterion.
    pub id: CriterionId,
    /// Its measures.
    pub measures: Vec<MeasureScore>,
    /// Met or not, in a conformity edition.
    pub conformity: Option<Conformity>,
}

/// A measure with the sites it was measured at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureScore {
    /// Its method.
    pub method: Method,
    /// Its figure.
    pub figure: Figure,
    /// Why it is so.
    pub reasons: Vec<Reason>,
    /// The site types with their sites; empty for an entered result.
    pub site_types: Vec<TypeScore>,
    /// The part of the loss that no site bears: all of an entered result's, the rounding of a working scale.
    pub unattributed: Exact,
}

/// The sites of one type within a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TypeScore {
    /// The type.
    pub site_type: String,
    /// The mean of its sites' rates; none in round scope and where no site counts.
    pub rate: Option<Exact>,
    /// What its sites lost together.
    pub loss: Exact,
    /// Its sites, by code.
    pub sites: Vec<SiteScore>,
}

/// A site within a measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteScore {
    /// The site.
    pub site: SiteId,
    /// Its rate; none in round scope and where it does not count.
    pub rate: Option<Exact>,
    /// The points lost here: P(1 − rate) ÷ sites, or its share of the round's loss.
    pub loss: Exact,
    /// Why it is so.
    pub reasons: Vec<Reason>,
    /// The items whose findings it was made of.
    pub items: Vec<ItemId>,
}

/// Whether an indicator is met, and on what that rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conformity {
    /// Met, not met or unassessed.
    pub state: ConformityState,
    /// Sites at which every linked item passes.
    pub passing: u32,
    /// Sites at which it could be judged.
    pub visited: u32,
    /// The sites that fail.
    pub failing_sites: Vec<SiteId>,
    /// Why it is so.
    pub reasons: Vec<Reason>,
}

/// Whether an indicator is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConformityState {
    /// It is met.
    Met,
    /// It is not met.
    NotMet,
    /// Nobody has looked.
    Unassessed,
}

/// Indicators of a conformity edition; the result is met ÷ assessed, with both counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConformityCount {
    /// Indicators met.
    pub met: u32,
    /// Indicators met or not met.
    pub assessed: u32,
    /// Indicators nobody has looked at.
    pub unassessed: u32,
    /// met ÷ assessed; none if nothing is assessed.
    pub rate: Option<Exact>,
    /// The same in per cent, as text.
    pub published_percent: Option<String>,
}

/// Why a figure is what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// So many faults, of which `counted` cost `each`.
    Faults {
        /// Faults found.
        faults: u64,
        /// Faults that count after the limit per item.
        counted: u64,
        /// Points for one.
        each: Exact,
    },
    /// So many items of each grade.
    Grades {
        /// 达标
        met: u64,
        /// 基本达标
        mostly_met: u64,
        /// 不达标
        not_met: u64,
    },
    /// So many of the items failed; one is enough.
    ItemsFailed {
        /// Items failed.
        failed: u64,
        /// Items judged.
        judged: u64,
    },
    /// Fewer than there should be.
    CountShort {
        /// How many there are.
        count: u64,
        /// How many there should be.
        n: u32,
        /// Points for each missing one.
        each: Exact,
    },
    /// A share was observed.
    Share {
        /// How many comply.
        observed: u64,
        /// Out of how many.
        total: u64,
    },
    /// Percentage points short of the target.
    BelowTarget {
        /// The target in per cent.
        target: Exact,
        /// Percentage points short, as they count.
        short: Exact,
        /// Points for one.
        each: Exact,
    },
    /// Samples failed.
    SamplesFailed {
        /// Sites that failed.
        failing: u64,
        /// Sites visited.
        visited: u64,
        /// The sample the text speaks of.
        n: u32,
        /// Points for one.
        each: Exact,
    },
    /// Answers given.
    Answers {
        /// Correct answers.
        correct: u64,
        /// People asked.
        asked: u64,
        /// Points for one correct answer.
        each: Exact,
    },
    /// The gate failed: nothing is earned.
    GateFailed,
    /// Deductions went further than there were points.
    Exhausted,
    /// Items that do not apply and were left out.
    ItemsNotApplicable {
        /// How many.
        items: u64,
    },
    /// Nothing of it applies at the site; the edition says what it counts as.
    SiteNotApplicable {
        /// The edition's choice.
        counts_as: crate::framework::NotApplicable,
    },
    /// The mean of so many sites.
    MeanOfSites {
        /// Sites that count.
        sites: u64,
        /// Sites that were judged and do not count.
        left_out: u64,
    },
    /// The mean of so many site types' means.
    MeanOfTypes {
        /// Types that count.
        types: u64,
    },
    /// The result was entered.
    Entered,
    /// The earned points were rounded at the working scale.
    WorkingScale {
        /// Decimals.
        decimals: u32,
        /// Before rounding.
        exact: Exact,
    },
    /// It counts neither 0 nor full.
    Uncovered {
        /// Why.
        why: Uncovered,
    },
}

/// Why something is not measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Uncovered {
    /// The rule is to be chosen.
    NoRule,
    /// The measure has no points to earn.
    NoPoints,
    /// No site was visited with an item that serves it.
    NoFinding,
    /// No result was entered.
    NoResult,
    /// It applies at no site.
    NotApplicable,
    /// The rule reads counts, shares or answers, and there are none.
    NoItemOfKind,
    /// The gate has not been judged.
    GateUndecided,
    /// The observation or the entered value cannot be: more than all, below 0, above P.
    OutOfRange,
    /// The rule gives the grade no value.
    GradeWithoutValue,
}

/// Something given that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "ignored", rename_all = "snake_case")]
pub enum Ignored {
    /// The finding's site is not in the round.
    UnknownSite {
        /// The site.
        site: SiteId,
        /// The item.
        item: ItemId,
    },
    /// The finding's item is not on any checklist of the round.
    UnknownItem {
        /// The site.
        site: SiteId,
        /// The item.
        item: ItemId,
    },
    /// A second finding of the same item at the same site.
    RepeatedFinding {
        /// The site.
        site: SiteId,
        /// The item.
        item: ItemId,
    },
    /// No measure of the edition takes this result.
    ResultWithoutMeasure {
        /// The criterion.
        criterion: CriterionId,
        /// The method.
        method: Method,
    },
    /// A second result of the same measure; neither is used.
    RepeatedResult {
        /// The criterion.
        criterion: CriterionId,
        /// The method.
        method: Method,
    },
    /// The negative list has no such number.
    UnknownNegativeItem {
        /// The number.
        number: String,
    },
}
