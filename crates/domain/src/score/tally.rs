//! Findings as whole numbers first, then one rule applied to the numbers: exact fractions are made once per distinct tally.

use crate::exact::Exact;
use crate::framework::{Amount, NotApplicable, Rule, Step, Thresholds};
use crate::id::ItemId;
use crate::round::{FindingResult, Grade, ItemStandard};

use super::tree::{Reason, Uncovered};

/// What the findings of one site (or of a round, or one entered result) add up to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Tally {
    pub met: u64,
    pub mostly_met: u64,
    pub not_met: u64,
    pub failed: u64,
    pub faults: u64,
    pub counted: u64,
    pub not_applicable: u64,
    pub count: Option<u64>,
    pub share: Option<(u64, u64)>,
    pub answers: Option<(u64, u64)>,
    /// Failing and visited samples.
    pub samples: Option<(u64, u64)>,
    pub out_of_range: bool,
}

impl Tally {
    pub fn judged(&self) -> u64 {
        self.met + self.mostly_met + self.not_met
    }

    /// Adds one item's result; at most `max_per_item` of its faults count.
    pub fn add(&mut self, result: &FindingResult, standard: &ItemStandard, thresholds: &Thresholds, max_per_item: Option<u32>) {
        match result {
            FindingResult::Count { count } => *self.count.get_or_insert(0) += u64::from(*count),
            FindingResult::Ratio { observed, total } | FindingResult::Timed { observed, total, .. } if *total > 0 => {
                self.out_of_range |= observed > total;
                add_pair(&mut self.share, *observed, *total);
            }
            FindingResult::Interview { correct, asked } => {
                self.out_of_range |= correct > asked;
                add_pair(&mut self.answers, *correct, *asked);
            }
            FindingResult::PassFail { .. }
            | FindingResult::Grade { .. }
            | FindingResult::Faults { .. }
            | FindingResult::Ratio { .. }
            | FindingResult::Timed { .. }
            | FindingResult::NotApplicable { .. } => {}
        }
        let Some(verdict) = result.verdict(standard, thresholds) else {
            self.not_applicable += 1;
            return;
        };
        match verdict.grade {
            Grade::Met => self.met += 1,
            Grade::MostlyMet => self.mostly_met += 1,
            Grade::NotMet => self.not_met += 1,
        }
        self.failed += u64::from(!verdict.pass);
        self.faults += u64::from(verdict.faults);
        self.counted += u64::from(max_per_item.map_or(verdict.faults, |most| verdict.faults.min(most)));
    }

    /// Adds another site's tally, for round scope.
    pub fn merge(&mut self, other: &Self) {
        self.met += other.met;
        self.mostly_met += other.mostly_met;
        self.not_met += other.not_met;
        self.failed += other.failed;
        self.faults += other.faults;
        self.counted += other.counted;
        self.not_applicable += other.not_applicable;
        self.out_of_range |= other.out_of_range;
        for (mine, theirs) in
            [(&mut self.share, other.share), (&mut self.answers, other.answers), (&mut self.samples, other.samples)]
        {
            if let Some((part, whole)) = theirs {
                let (my_part, my_whole) = mine.unwrap_or((0, 0));
                *mine = Some((my_part + part, my_whole + whole));
            }
        }
        if let Some(count) = other.count {
            *self.count.get_or_insert(0) += count;
        }
    }
}

fn add_pair(pair: &mut Option<(u64, u64)>, part: u32, whole: u32) {
    let (old_part, old_whole) = pair.unwrap_or((0, 0));
    *pair = Some((old_part + u64::from(part), old_whole + u64::from(whole)));
}

/// A rule with its gates taken off.
pub(super) struct Ungated<'a> {
    /// The gates' items, from outside in; none where no item is linked.
    pub gates: Vec<Option<ItemId>>,
    /// The rule behind them; never a gate.
    pub inner: &'a Rule,
}

impl<'a> Ungated<'a> {
    pub fn new(rule: &'a Rule) -> Self {
        let (mut gates, mut inner) = (Vec::new(), rule);
        while let Rule::Gate { item, then, .. } = inner {
            gates.push(*item);
            inner = then;
        }
        Self { gates, inner }
    }

    pub fn max_per_item(&self) -> Option<u32> {
        match self.inner {
            Rule::DeductPerFault { max_per_item, .. } => *max_per_item,
            Rule::Grades { .. }
            | Rule::AllOrNothing
            | Rule::CountAtLeast { .. }
            | Rule::Ratio
            | Rule::PerPercentagePoint { .. }
            | Rule::FailingSamples { .. }
            | Rule::Interview { .. }
            | Rule::Gate { .. } => None,
        }
    }

    /// Whether the inner rule reads this result by its kind (counts, shares, answers); none if it reads verdicts.
    pub fn reads_kind(&self, result: &FindingResult) -> Option<bool> {
        match self.inner {
            Rule::CountAtLeast { .. } => Some(matches!(result, FindingResult::Count { .. })),
            Rule::Ratio | Rule::PerPercentagePoint { .. } => {
                Some(matches!(result, FindingResult::Ratio { .. } | FindingResult::Timed { .. }))
            }
            Rule::Interview { .. } => Some(matches!(result, FindingResult::Interview { .. })),
            Rule::Grades { .. }
            | Rule::AllOrNothing
            | Rule::DeductPerFault { .. }
            | Rule::FailingSamples { .. }
            | Rule::Gate { .. } => None,
        }
    }
}

/// What a rule makes of a tally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Between 0 and 1.
    Rate(Exact),
    NotApplicable,
    Uncovered(Uncovered),
}

/// An outcome with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Judged {
    pub outcome: Outcome,
    pub reasons: Vec<Reason>,
}

impl Judged {
    pub fn uncovered(why: Uncovered) -> Self {
        Self { outcome: Outcome::Uncovered(why), reasons: vec![Reason::Uncovered { why }] }
    }

    fn rate(rate: Exact, reasons: Vec<Reason>) -> Self {
        Self { outcome: Outcome::Rate(rate), reasons }
    }
}

/// Applies a rule without gates to a tally; `points` is above 0.
pub(super) fn judge(rule: &Rule, points: &Exact, tally: &Tally, not_applicable: NotApplicable) -> Judged {
    if tally.out_of_range {
        return Judged::uncovered(Uncovered::OutOfRange);
    }
    let mut judged = judge_applicable(rule, points, tally, not_applicable);
    if tally.not_applicable > 0 && matches!(judged.outcome, Outcome::Rate(_)) {
        judged.reasons.push(Reason::ItemsNotApplicable { items: tally.not_applicable });
    }
    judged
}

fn judge_applicable(rule: &Rule, points: &Exact, tally: &Tally, not_applicable: NotApplicable) -> Judged {
    let nothing = |why| match tally.not_applicable {
        0 => Judged::uncovered(why),
        _ => Judged { outcome: Outcome::NotApplicable, reasons: vec![Reason::SiteNotApplicable { counts_as: not_applicable }] },
    };
    match rule {
        Rule::Grades { grades } => {
            if tally.judged() == 0 {
                return nothing(Uncovered::NoFinding);
            }
            let full = if not_applicable == NotApplicable::FullMarks { tally.not_applicable } else { 0 };
            let mut sum = Exact::zero();
            for (grade, items) in
                [(Grade::Met, tally.met + full), (Grade::MostlyMet, tally.mostly_met), (Grade::NotMet, tally.not_met)]
            {
                match grades.get(&grade) {
                    Some(value) => sum = &sum + &(value * &number(items)),
                    None if items > 0 => return Judged::uncovered(Uncovered::GradeWithoutValue),
                    None => {}
                }
            }
            let rate = share_of(&sum, &number(tally.judged() + full));
            Judged::rate(rate, vec![Reason::Grades { met: tally.met, mostly_met: tally.mostly_met, not_met: tally.not_met }])
        }
        Rule::AllOrNothing => {
            if tally.judged() == 0 {
                return nothing(Uncovered::NoFinding);
            }
            let rate = if tally.failed == 0 { Exact::one() } else { Exact::zero() };
            Judged::rate(rate, vec![Reason::ItemsFailed { failed: tally.failed, judged: tally.judged() }])
        }
        Rule::DeductPerFault { each, floor, .. } => {
            if tally.judged() == 0 {
                return nothing(Uncovered::NoFinding);
            }
            let each_points = each.of(points);
            let reason = Reason::Faults { faults: tally.faults, counted: tally.counted, each: each_points.clone() };
            less(points, &(&each_points * &number(tally.counted)), floor, reason)
        }
        Rule::CountAtLeast { n, each } => {
            let Some(count) = tally.count else { return nothing(no_kind(tally)) };
            let each_points = each.of(points);
            let missing = u64::from(*n).saturating_sub(count);
            let reason = Reason::CountShort { count, n: *n, each: each_points.clone() };
            less(points, &(&each_points * &number(missing)), &Exact::zero(), reason)
        }
        Rule::Ratio | Rule::PerPercentagePoint { .. } => {
            let Some((observed, total)) = tally.share else { return nothing(no_kind(tally)) };
            let mut judged = judge_share(rule, points, &share_of(&number(observed), &number(total)));
            judged.reasons.insert(0, Reason::Share { observed, total });
            judged
        }
        Rule::FailingSamples { n, each } => {
            let Some((failing, visited)) = tally.samples.filter(|(_, visited)| *visited > 0) else {
                return nothing(Uncovered::NoFinding);
            };
            let each_points = each.of(points);
            let lost = share_of(&(&each_points * &number(u64::from(*n) * failing)), &number(visited));
            less(points, &lost, &Exact::zero(), Reason::SamplesFailed { failing, visited, n: *n, each: each_points })
        }
        Rule::Interview { each } => {
            let Some((correct, asked)) = tally.answers.filter(|(_, asked)| *asked > 0) else { return nothing(no_kind(tally)) };
            let each_points = each.of(points);
            let earned = (&each_points * &number(correct)).min(points.clone());
            Judged::rate(share_of(&earned, points), vec![Reason::Answers { correct, asked, each: each_points }])
        }
        Rule::Gate { .. } => Judged::uncovered(Uncovered::GateUndecided),
    }
}

/// Applies a rule that reads a share to a share between 0 and 1; another rule finds no item of its kind.
pub(super) fn judge_share(rule: &Rule, points: &Exact, share: &Exact) -> Judged {
    match rule {
        Rule::Ratio => Judged::rate(share.clone(), Vec::new()),
        Rule::PerPercentagePoint { target, each, step } => below_target(points, target, each, *step, share),
        Rule::Grades { .. }
        | Rule::AllOrNothing
        | Rule::DeductPerFault { .. }
        | Rule::CountAtLeast { .. }
        | Rule::FailingSamples { .. }
        | Rule::Interview { .. }
        | Rule::Gate { .. } => Judged::uncovered(Uncovered::NoItemOfKind),
    }
}

fn below_target(points: &Exact, target: &Exact, each: &Amount, step: Step, share: &Exact) -> Judged {
    let short = (target - &(share * &Exact::whole(100))).max(Exact::zero());
    let short = match step {
        Step::Exact => short,
        Step::Begun => short.ceil(),
    };
    let each = each.of(points);
    let reason = Reason::BelowTarget { target: target.clone(), short: short.clone(), each: each.clone() };
    less(points, &(&each * &short), &Exact::zero(), reason)
}

/// max(floor, P − lost) ÷ P, said to be exhausted where the floor holds it.
fn less(points: &Exact, lost: &Exact, floor: &Exact, reason: Reason) -> Judged {
    let left = points - lost;
    let mut reasons = vec![reason];
    if left < *floor {
        reasons.push(Reason::Exhausted);
    }
    Judged::rate(share_of(&left.max(floor.clone()), points), reasons)
}

fn no_kind(tally: &Tally) -> Uncovered {
    if tally.judged() == 0 { Uncovered::NoFinding } else { Uncovered::NoItemOfKind }
}

/// A whole number; numbers beyond `i64` cannot be counted in a city.
pub(super) fn number(count: u64) -> Exact {
    Exact::whole(i64::try_from(count).unwrap_or(i64::MAX))
}

/// `part ÷ whole`; 0 of nothing is 0.
pub(super) fn share_of(part: &Exact, whole: &Exact) -> Exact {
    part.checked_div(whole).unwrap_or_else(Exact::zero)
}
