//! Rounds of assessment: states, visits, findings and what a finding means to a rule; drawing is in [`draw`], giving sites to
//! inspectors in [`assignment`].
//!
//! A finding is kept as it was observed; faults, grade and pass are always computed from it, by the edition's thresholds.

pub mod assignment;
pub mod draw;

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::framework::Thresholds;
use crate::id::{ItemId, SiteId};
use crate::moment::Moment;

/// What a round is for.
#[doc(alias = "测评批次")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundKind {
    /// 模拟测评
    Mock,
    /// 例行督查
    Routine,
    /// 随机抽查
    Spot,
    /// 暗访: shows nothing until released.
    Covert,
    /// 专项督导
    Special,
    /// 回头看
    Recheck,
    /// 上级测评
    External,
}

impl RoundKind {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Mock, Self::Routine, Self::Spot, Self::Covert, Self::Special, Self::Recheck, Self::External];

    /// The kind as every other layer writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mock => "mock",
            Self::Routine => "routine",
            Self::Spot => "spot",
            Self::Covert => "covert",
            Self::Special => "special",
            Self::Recheck => "recheck",
            Self::External => "external",
        }
    }
}

/// How far a round is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundState {
    /// Sites are being chosen.
    Planned,
    /// Visits are taken.
    Open,
    /// No more visits; the score is final.
    Closed,
    /// A covert round's results have been shown.
    Released,
}

impl RoundState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Planned, Self::Open, Self::Closed, Self::Released];

    /// The state as every other layer writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Released => "released",
        }
    }

    /// Whether a round of `kind` may go from here to `next`; only a covert round is released.
    #[must_use]
    pub fn leads_to(self, next: Self, kind: RoundKind) -> bool {
        match self {
            Self::Planned => next == Self::Open,
            Self::Open => next == Self::Closed,
            Self::Closed => next == Self::Released && kind == RoundKind::Covert,
            Self::Released => false,
        }
    }

    /// Whether what a round of `kind` found may be seen and may feed numbers, scores and events.
    #[must_use]
    pub fn visible(self, kind: RoundKind) -> bool {
        kind != RoundKind::Covert || self == Self::Released
    }
}

/// A grade of three, as offices give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// 达标
    Met,
    /// 基本达标
    MostlyMet,
    /// 不达标
    NotMet,
}

impl Grade {
    /// Reads the Chinese name.
    #[must_use]
    pub fn from_chinese(name: &str) -> Option<Self> {
        match name.trim() {
            "达标" | "符合" => Some(Self::Met),
            "基本达标" | "基本符合" => Some(Self::MostlyMet),
            "不达标" | "不符合" => Some(Self::NotMet),
            _ => None,
        }
    }
}

/// What was observed for one checklist item at one site.
#[doc(alias = "检查结果")]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FindingResult {
    /// Passed or not (全有全无).
    PassFail {
        /// Whether it passes.
        pass: bool,
    },
    /// Graded.
    Grade {
        /// The grade.
        grade: Grade,
    },
    /// Faults were counted (扣分：每处).
    Faults {
        /// How many.
        count: u32,
    },
    /// Things that should be there were counted (数量：≥3).
    Count {
        /// How many there are.
        count: u32,
    },
    /// A share was observed (比例).
    Ratio {
        /// How many of them comply.
        observed: u32,
        /// How many were looked at; 0 is not applicable.
        total: u32,
    },
    /// People were asked (询问).
    Interview {
        /// Correct answers.
        correct: u32,
        /// People asked.
        asked: u32,
    },
    /// The item does not apply here.
    NotApplicable {
        /// Why.
        reason: String,
    },
}

/// What an item asks of a count, a share or an interview to pass by itself, apart from what a criterion asks.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "asks", rename_all = "snake_case")]
pub enum ItemStandard {
    /// Everything observed has to comply; a count passes from 1.
    #[default]
    Everything,
    /// At least so many (数量：≥3), or so many correct answers.
    AtLeast {
        /// The smallest number that passes.
        n: u32,
    },
    /// At least such a share, in per cent.
    Percent {
        /// The smallest per cent that passes.
        target: Exact,
    },
}

/// What a finding means to every rule: faults, grade and pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Faults found (a failed pass–fail, count, share or interview is one).
    pub faults: u32,
    /// The grade it stands for.
    pub grade: Grade,
    /// Whether the item passes.
    pub pass: bool,
}

impl FindingResult {
    /// From finding to rule; none if it is not applicable (also a share or an interview of 0).
    #[must_use]
    pub fn verdict(&self, standard: &ItemStandard, thresholds: &Thresholds) -> Option<Verdict> {
        let binary =
            |pass: bool| Verdict { faults: u32::from(!pass), grade: if pass { Grade::Met } else { Grade::NotMet }, pass };
        match self {
            Self::PassFail { pass } => Some(binary(*pass)),
            Self::Grade { grade } => {
                Some(Verdict { faults: u32::from(*grade != Grade::Met), grade: *grade, pass: *grade == Grade::Met })
            }
            Self::Faults { count } => {
                let grade = match *count {
                    0 => Grade::Met,
                    some if some <= thresholds.mostly_met_faults => Grade::MostlyMet,
                    _ => Grade::NotMet,
                };
                Some(Verdict { faults: *count, grade, pass: *count == 0 })
            }
            Self::Count { count } => Some(binary(match standard {
                ItemStandard::AtLeast { n } => count >= n,
                ItemStandard::Everything | ItemStandard::Percent { .. } => *count > 0,
            })),
            Self::Ratio { observed, total } => share_passes(*observed, *total, standard).map(binary),
            Self::Interview { correct, asked } => share_passes(*correct, *asked, standard).map(binary),
            Self::NotApplicable { .. } => None,
        }
    }
}

fn share_passes(observed: u32, total: u32, standard: &ItemStandard) -> Option<bool> {
    let share = Exact::fraction(i64::from(observed) * 100, i64::from(total))?;
    Some(match standard {
        ItemStandard::Everything => observed >= total,
        ItemStandard::AtLeast { n } => observed >= *n,
        ItemStandard::Percent { target } => share >= *target,
    })
}

/// One item's result within a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The checklist item.
    pub item: ItemId,
    /// What was observed.
    pub result: FindingResult,
}

/// One inspector's record of one site.
#[doc(alias = "到点记录")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The site.
    pub site: SiteId,
    /// When it was finished; none while the inspector is still there.
    pub finished_at: Option<Moment>,
    /// A second visit that only measures agreement.
    pub purpose: VisitPurpose,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Whether a visit counts or only measures agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitPurpose {
    /// It may count.
    #[default]
    Assess,
    /// A blind second visit: it never counts.
    Agreement,
}

impl Visit {
    /// The items of the checklist that have no finding yet, in its order.
    #[must_use]
    pub fn missing(&self, checklist: &[ItemId]) -> Vec<ItemId> {
        let found: std::collections::BTreeSet<_> = self.findings.iter().map(|finding| finding.item).collect();
        checklist.iter().copied().filter(|item| !found.contains(item)).collect()
    }

    /// Whether it is finished and every item of the checklist has a finding (not applicable is one).
    #[must_use]
    pub fn is_complete(&self, checklist: &[ItemId]) -> bool {
        self.finished_at.is_some() && self.missing(checklist).is_empty()
    }
}

/// The visit of a site that counts: the first complete one that is no agreement visit.
#[must_use]
pub fn counting_visit<'a>(visits: &'a [Visit], checklist: &[ItemId]) -> Option<&'a Visit> {
    visits
        .iter()
        .filter(|visit| visit.purpose == VisitPurpose::Assess && visit.is_complete(checklist))
        .min_by_key(|visit| visit.finished_at)
}
