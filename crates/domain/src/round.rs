//! Rounds of assessment: states, visits, findings and what a finding means to a rule; drawing is in [`draw`], giving sites to
//! inspectors in [`assignment`].
//!
//! A finding is kept as it was observed; faults, grade and pass are always computed from it, by the edition's thresholds.

pub mod agreement;
pub mod assignment;
pub mod contrast;
pub mod draw;
pub mod watch;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::framework::{Rule, Thresholds};
use crate::id::{ItemId, SiteId};
use crate::moment::Moment;
use crate::site::Judgement;

pub use watch::{Minute, Watch};

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

    /// Whether its findings are complete: what is counted from it changes only by correction.
    #[must_use]
    pub fn is_settled(self) -> bool {
        match self {
            Self::Planned | Self::Open => false,
            Self::Closed | Self::Released => true,
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
        /// How many of each typical fault that was picked; together they are the count. Empty where none was picked, and
        /// where they were not counted singly.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by_phrase: Vec<PhraseCount>,
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
    /// A share was gathered by watching for a time (限时观察): it counts as a share, and keeps how it was gathered.
    Timed {
        /// How many of them comply.
        observed: u32,
        /// How many were looked at; 0 is not applicable.
        total: u32,
        /// From when, how long, and minute by minute.
        watch: Watch,
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

/// How often a typical fault was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PhraseCount {
    /// The typical fault, as the checklist words it.
    pub phrase: String,
    /// How many, 1 at least.
    pub count: u32,
}

/// Between typical faults, as sheets write several.
pub const PHRASE_MARK: &str = "；";

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
    /// Nothing by itself: only the rules that read its kind judge it.
    Nothing,
}

impl ItemStandard {
    /// What an item of this judgement asks; a share observed by percentage points asks the highest target of the rules of
    /// the criteria it serves.
    #[must_use]
    pub fn of<'a>(judgement: Judgement, rules: impl IntoIterator<Item = &'a Rule>) -> Self {
        match judgement {
            Judgement::CountAtLeast { n } => Self::AtLeast { n },
            Judgement::Percentage { .. } => {
                let target = rules.into_iter().filter_map(Rule::target).max();
                target.map_or(Self::Nothing, |target| Self::Percent { target: target.clone() })
            }
            Judgement::PassFail | Judgement::Grade | Judgement::FaultCount | Judgement::Ratio | Judgement::Interview { .. } => {
                Self::Everything
            }
        }
    }
}

/// Why a result cannot be a finding of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Misfit {
    /// The item is judged in another way.
    #[error("the item is judged in another way")]
    Kind,
    /// More comply than were looked at.
    #[error("more comply than were looked at")]
    MoreThanAll,
    /// The minutes of an observation do not come to its counts.
    #[error("the minutes do not come to the counts")]
    Minutes,
    /// The counts of the typical faults do not come to the count, or one stands twice or for none.
    #[error("the counts of the typical faults do not come to the count")]
    Phrases,
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
    /// Whether it can be a finding of an item judged so; not applicable always can.
    ///
    /// # Errors
    /// [`Misfit`] if it is of another kind or says more than all.
    pub fn fits(&self, judgement: Judgement) -> Result<(), Misfit> {
        if let Self::Timed { observed, total, watch } = self
            && !watch.comes_to(*observed, *total)
        {
            return Err(Misfit::Minutes);
        }
        if let Self::Faults { count, by_phrase } = self
            && !come_to(by_phrase, *count)
        {
            return Err(Misfit::Phrases);
        }
        let (of_kind, possible) = match self {
            Self::PassFail { .. } => (judgement == Judgement::PassFail, true),
            Self::Grade { .. } => (judgement == Judgement::Grade, true),
            Self::Faults { .. } => (judgement == Judgement::FaultCount, true),
            Self::Count { .. } => (matches!(judgement, Judgement::CountAtLeast { .. }), true),
            Self::Ratio { observed, total } | Self::Timed { observed, total, .. } => {
                (matches!(judgement, Judgement::Ratio | Judgement::Percentage { .. }), observed <= total)
            }
            Self::Interview { correct, asked } => (matches!(judgement, Judgement::Interview { .. }), correct <= asked),
            Self::NotApplicable { .. } => (true, true),
        };
        match (of_kind, possible) {
            (false, _) => Err(Misfit::Kind),
            (true, false) => Err(Misfit::MoreThanAll),
            (true, true) => Ok(()),
        }
    }

    /// What the same observation is once nothing is wrong any more; a count reaches at least `wanted`.
    #[must_use]
    pub fn mended(&self, wanted: u32) -> Self {
        match self {
            Self::PassFail { .. } => Self::PassFail { pass: true },
            Self::Grade { .. } => Self::Grade { grade: Grade::Met },
            Self::Faults { .. } => Self::faults(0),
            Self::Count { count } => Self::Count { count: (*count).max(wanted) },
            Self::Ratio { total, .. } | Self::Timed { total, .. } => Self::Ratio { observed: *total, total: *total },
            Self::Interview { asked, .. } => Self::Interview { correct: *asked, asked: *asked },
            Self::NotApplicable { reason } => Self::NotApplicable { reason: reason.clone() },
        }
    }

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
            Self::Faults { count, .. } => {
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
                ItemStandard::Nothing => true,
            })),
            Self::Ratio { observed, total } | Self::Timed { observed, total, .. } => {
                share_passes(*observed, *total, standard).map(binary)
            }
            Self::Interview { correct, asked } => share_passes(*correct, *asked, standard).map(binary),
            Self::NotApplicable { .. } => None,
        }
    }
}

impl FindingResult {
    /// So many faults, not counted by typical fault.
    #[must_use]
    pub fn faults(count: u32) -> Self {
        Self::Faults { count, by_phrase: Vec::new() }
    }

    /// How many of each typical fault, where they were counted singly.
    #[must_use]
    pub fn by_phrase(&self) -> &[PhraseCount] {
        match self {
            Self::Faults { by_phrase, .. } => by_phrase,
            Self::PassFail { .. }
            | Self::Grade { .. }
            | Self::Count { .. }
            | Self::Ratio { .. }
            | Self::Timed { .. }
            | Self::Interview { .. }
            | Self::NotApplicable { .. } => &[],
        }
    }

    /// The typical faults that were picked, in one text: those that were counted, then what else `picked` names.
    #[doc(alias = "典型问题")]
    #[must_use]
    pub fn picked(&self, picked: &str) -> String {
        self.each(picked, |one| one.phrase.clone())
    }

    /// As [`Self::picked`], in words: with its count where it was counted and there is more than one fault.
    #[must_use]
    pub fn phrases(&self, picked: &str) -> String {
        let single = self.by_phrase().iter().map(|one| u64::from(one.count)).sum::<u64>() == 1;
        self.each(picked, |one| if single { one.phrase.clone() } else { format!("{}{}处", one.phrase, one.count) })
    }

    fn each(&self, picked: &str, said: impl Fn(&PhraseCount) -> String) -> String {
        let counted = self.by_phrase();
        if counted.is_empty() {
            return picked.trim().to_owned();
        }
        let is_counted = |text: &str| counted.iter().any(|one| one.phrase == text);
        let rest = picked.split(PHRASE_MARK).map(str::trim).filter(|text| !text.is_empty() && !is_counted(text));
        let all: Vec<String> = counted.iter().map(said).chain(rest.map(str::to_owned)).collect();
        all.join(PHRASE_MARK)
    }

    /// By how many seconds an observation was shorter than its item asks; none if it was long enough, or nothing is asked. It
    /// is said, never refused.
    #[must_use]
    pub fn short_by(&self, judgement: Judgement) -> Option<u32> {
        let (Self::Timed { watch, .. }, Judgement::Percentage { minutes: Some(minutes) }) = (self, judgement) else {
            return None;
        };
        minutes.saturating_mul(60).checked_sub(watch.seconds).filter(|short| *short > 0)
    }
}

/// Whether the counts of the typical faults are sound and come to the count; none say nothing.
fn come_to(by_phrase: &[PhraseCount], count: u32) -> bool {
    let names: BTreeSet<&str> = by_phrase.iter().map(|one| one.phrase.trim()).collect();
    let sum: u64 = by_phrase.iter().map(|one| u64::from(one.count)).sum();
    let sound = names.len() == by_phrase.len() && !names.contains("") && by_phrase.iter().all(|one| one.count > 0);
    by_phrase.is_empty() || (sound && sum == u64::from(count))
}

fn share_passes(observed: u32, total: u32, standard: &ItemStandard) -> Option<bool> {
    let share = Exact::fraction(i64::from(observed) * 100, i64::from(total))?;
    Some(match standard {
        ItemStandard::Everything => observed >= total,
        ItemStandard::AtLeast { n } => observed >= *n,
        ItemStandard::Percent { target } => share >= *target,
        ItemStandard::Nothing => true,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitPurpose {
    /// It may count.
    #[default]
    Assess,
    /// A blind second visit: it never counts.
    Agreement,
    /// Made before the round was closed, arrived after: kept, but the score is final.
    Late,
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

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn item(number: u128) -> ItemId {
        ItemId::new(Uuid::from_u128(number))
    }

    fn watch(seconds: u32, minutes: &[(u32, u32)]) -> Watch {
        let minutes = minutes.iter().map(|(observed, total)| Minute { observed: *observed, total: *total }).collect();
        Watch { started_at: Moment::parse("2026-03-02T09:00:00+08:00").unwrap(), seconds, minutes }
    }

    #[test]
    fn counts_of_typical_faults_come_to_the_count() {
        let each = |list: &[(&str, u32)]| {
            let count = |(phrase, count): &(&str, u32)| PhraseCount { phrase: (*phrase).to_owned(), count: *count };
            list.iter().map(count).collect::<Vec<_>>()
        };
        let fits = |count, list| FindingResult::Faults { count, by_phrase: each(list) }.fits(Judgement::FaultCount);
        assert_eq!(fits(5, &[("垃圾", 3), ("烟头", 2)]), Ok(()));
        assert_eq!(fits(5, &[]), Ok(()), "not counted singly");
        for (count, wrong) in [
            (4, &[("垃圾", 3), ("烟头", 2)][..]),
            (6, &[("垃圾", 3), ("烟头", 2)]),
            (3, &[("垃圾", 3), ("烟头", 0)]),
            (4, &[("垃圾", 2), ("垃圾", 2)]),
            (2, &[(" ", 2)]),
            (u32::MAX, &[("垃圾", u32::MAX), ("烟头", u32::MAX)]),
        ] {
            assert_eq!(fits(count, wrong), Err(Misfit::Phrases), "{count} {wrong:?}");
        }
        let some = FindingResult::Faults { count: 5, by_phrase: each(&[("垃圾", 3), ("烟头", 2)]) };
        assert_eq!(some.phrases(""), "垃圾3处；烟头2处");
        assert_eq!(some.picked("烟头；积水"), "垃圾；烟头；积水", "what else was picked is not lost");
        assert_eq!(FindingResult::Faults { count: 1, by_phrase: each(&[("垃圾", 1)]) }.phrases("垃圾"), "垃圾");
        assert_eq!(FindingResult::faults(5).phrases("垃圾；烟头"), "垃圾；烟头", "as it was before");
        assert_eq!(some.mended(0), FindingResult::faults(0));
        assert_eq!(serde_json::to_string(&FindingResult::faults(2)).unwrap(), r#"{"kind":"faults","count":2}"#);
        let old: FindingResult = serde_json::from_str(r#"{"kind":"faults","count":2}"#).unwrap();
        assert_eq!(old, FindingResult::faults(2), "an old finding");
    }

    #[test]
    fn an_observation_counts_as_its_share_and_says_when_it_was_short() {
        let timed = |seconds| FindingResult::Timed { observed: 17, total: 20, watch: watch(seconds, &[]) };
        let ninety = ItemStandard::Percent { target: Exact::whole(90) };
        let plain = FindingResult::Ratio { observed: 17, total: 20 };
        assert_eq!(timed(900).verdict(&ninety, &Thresholds::default()), plain.verdict(&ninety, &Thresholds::default()));
        let asked = Judgement::Percentage { minutes: Some(15) };
        assert_eq!((timed(900).short_by(asked), timed(240).short_by(asked)), (None, Some(660)));
        assert_eq!((timed(1).short_by(Judgement::Percentage { minutes: None }), plain.short_by(asked)), (None, None));
    }

    #[test]
    fn every_finding_yields_faults_a_grade_and_a_verdict() {
        let thresholds = Thresholds::default();
        let everything = ItemStandard::Everything;
        let three = ItemStandard::AtLeast { n: 3 };
        let ninety = ItemStandard::Percent { target: Exact::whole(90) };
        let faults = FindingResult::faults;
        let grade = |grade| FindingResult::Grade { grade };
        let ratio = |observed, total| FindingResult::Ratio { observed, total };
        let interview = |correct, asked| FindingResult::Interview { correct, asked };
        for (result, standard, expected) in [
            (faults(0), &everything, Some((0, Grade::Met, true))),
            (faults(1), &everything, Some((1, Grade::MostlyMet, false))),
            (faults(2), &everything, Some((2, Grade::MostlyMet, false))),
            (faults(3), &everything, Some((3, Grade::NotMet, false))),
            (FindingResult::PassFail { pass: true }, &everything, Some((0, Grade::Met, true))),
            (FindingResult::PassFail { pass: false }, &everything, Some((1, Grade::NotMet, false))),
            (grade(Grade::Met), &everything, Some((0, Grade::Met, true))),
            (grade(Grade::MostlyMet), &everything, Some((1, Grade::MostlyMet, false))),
            (grade(Grade::NotMet), &everything, Some((1, Grade::NotMet, false))),
            (FindingResult::Count { count: 3 }, &three, Some((0, Grade::Met, true))),
            (FindingResult::Count { count: 2 }, &three, Some((1, Grade::NotMet, false))),
            (ratio(9, 10), &ninety, Some((0, Grade::Met, true))),
            (ratio(89, 100), &ninety, Some((1, Grade::NotMet, false))),
            (ratio(9, 10), &everything, Some((1, Grade::NotMet, false))),
            (ratio(0, 0), &everything, None),
            (interview(3, 4), &three, Some((0, Grade::Met, true))),
            (interview(3, 4), &everything, Some((1, Grade::NotMet, false))),
            (interview(0, 0), &everything, None),
            (FindingResult::NotApplicable { reason: "施工".to_owned() }, &everything, None),
        ] {
            let verdict = result.verdict(standard, &thresholds);
            let seen = verdict.map(|verdict| (verdict.faults, verdict.grade, verdict.pass));
            assert_eq!(seen, expected, "{result:?} against {standard:?}");
        }
    }

    #[test]
    fn a_result_is_of_the_kind_its_item_asks_for() {
        let ratio = |observed| FindingResult::Ratio { observed, total: 3 };
        let timed =
            |observed, total, minutes: &[(u32, u32)]| FindingResult::Timed { observed, total, watch: watch(240, minutes) };
        for (result, judgement, fits) in [
            (FindingResult::faults(9), Judgement::FaultCount, Ok(())),
            (FindingResult::faults(9), Judgement::PassFail, Err(Misfit::Kind)),
            (FindingResult::Count { count: 0 }, Judgement::CountAtLeast { n: 3 }, Ok(())),
            (ratio(3), Judgement::Percentage { minutes: None }, Ok(())),
            (timed(3, 4, &[(1, 2), (2, 2)]), Judgement::Percentage { minutes: Some(15) }, Ok(())),
            (timed(3, 4, &[]), Judgement::Ratio, Ok(())),
            (timed(3, 4, &[(1, 2), (1, 2)]), Judgement::Ratio, Err(Misfit::Minutes)),
            (timed(5, 4, &[]), Judgement::Ratio, Err(Misfit::MoreThanAll)),
            (timed(3, 4, &[]), Judgement::PassFail, Err(Misfit::Kind)),
            (ratio(4), Judgement::Ratio, Err(Misfit::MoreThanAll)),
            (ratio(4), Judgement::Grade, Err(Misfit::Kind)),
            (FindingResult::Interview { correct: 5, asked: 4 }, Judgement::Interview { n: Some(4) }, Err(Misfit::MoreThanAll)),
            (FindingResult::NotApplicable { reason: String::new() }, Judgement::Grade, Ok(())),
        ] {
            assert_eq!(result.fits(judgement), fits, "{result:?} for {judgement:?}");
        }
    }

    #[test]
    fn an_observed_share_asks_the_target_of_its_criterion() {
        let each = crate::framework::Amount::Share(Exact::one());
        let rule =
            |target| Rule::PerPercentagePoint { target: Exact::whole(target), each: each.clone(), step: Default::default() };
        let gated = Rule::Gate { item: None, condition: String::new(), then: Box::new(rule(95)) };
        let standard = ItemStandard::of(Judgement::Percentage { minutes: None }, [&rule(90), &gated, &Rule::Ratio]);
        assert_eq!(standard, ItemStandard::Percent { target: Exact::whole(95) });
        let nothing = ItemStandard::of(Judgement::Percentage { minutes: None }, [&Rule::AllOrNothing]);
        let observed = FindingResult::Ratio { observed: 1, total: 9 };
        assert!(observed.verdict(&nothing, &Thresholds::default()).unwrap().pass);
        assert_eq!(ItemStandard::of(Judgement::CountAtLeast { n: 3 }, []), ItemStandard::AtLeast { n: 3 });
    }

    #[test]
    fn thresholds_belong_to_the_edition() {
        let strict = Thresholds { mostly_met_faults: 0, ..Thresholds::default() };
        let verdict = FindingResult::faults(1).verdict(&ItemStandard::Everything, &strict).unwrap();
        assert_eq!(verdict.grade, Grade::NotMet);
    }

    #[test]
    fn the_first_complete_visit_counts() {
        let checklist = [item(1), item(2)];
        let visit = |finished: Option<&str>, purpose, items: &[u128]| Visit {
            site: SiteId::new(Uuid::from_u128(9)),
            finished_at: finished.map(|text| Moment::parse(text).unwrap()),
            purpose,
            findings: items
                .iter()
                .map(|&of| Finding { item: item(of), result: FindingResult::PassFail { pass: true } })
                .collect(),
        };
        let incomplete = visit(Some("2026-03-02T09:00:00+08:00"), VisitPurpose::Assess, &[1]);
        let unfinished = visit(None, VisitPurpose::Assess, &[1, 2]);
        let blind = visit(Some("2026-03-02T09:30:00+08:00"), VisitPurpose::Agreement, &[1, 2]);
        let late = visit(Some("2026-03-02T11:00:00+08:00"), VisitPurpose::Assess, &[1, 2]);
        let first = visit(Some("2026-03-02T10:00:00+08:00"), VisitPurpose::Assess, &[2, 1]);
        assert_eq!(incomplete.missing(&checklist), [item(2)]);
        let visits = [incomplete, unfinished, blind, late, first];
        assert_eq!(counting_visit(&visits, &checklist), Some(&visits[4]));
        assert_eq!(counting_visit(&visits[..3], &checklist), None);
    }

    #[test]
    fn a_covert_round_shows_nothing_until_released() {
        for kind in RoundKind::ALL {
            for state in RoundState::ALL {
                assert_eq!(state.visible(kind), kind != RoundKind::Covert || state == RoundState::Released, "{kind:?} {state:?}");
                let next: Vec<_> = RoundState::ALL.into_iter().filter(|next| state.leads_to(*next, kind)).collect();
                let expected = match (state, kind) {
                    (RoundState::Planned, _) => vec![RoundState::Open],
                    (RoundState::Open, _) => vec![RoundState::Closed],
                    (RoundState::Closed, RoundKind::Covert) => vec![RoundState::Released],
                    (RoundState::Closed | RoundState::Released, _) => vec![],
                };
                assert_eq!(next, expected, "{kind:?} {state:?}");
            }
        }
    }
}
