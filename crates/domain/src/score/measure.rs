//! One measure: its sites' rates and their mean, the round's own count, or an entered result.

use std::collections::{BTreeMap, HashMap};

use crate::exact::Exact;
use crate::framework::{Edition, Measure, Method, NotApplicable, Rule, Scope, SiteFails, SiteMean};
use crate::id::{CriterionId, ItemId};
use crate::round::{FindingResult, ItemStandard};

use super::index::{Entry, Index};
use super::sheet::{EnteredValue, SheetSite};
use super::tally::{Judged, Outcome, Tally, Ungated, judge, judge_share, number, share_of};
use super::tree::{Figure, MeasureScore, Reason, SiteScore, TypeScore, Uncovered};

/// What the gates of a rule say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum GateState {
    Passed,
    Undecided,
    Failed { faults: u64 },
}

/// One visited site as a measure sees it.
struct Seen<'a> {
    site: &'a SheetSite,
    gate: GateState,
    tally: Tally,
    items: Vec<ItemId>,
}

/// Points earned (none if uncovered) with reasons and the sites they come from.
struct Taken {
    earned: Option<Exact>,
    reasons: Vec<Reason>,
    site_types: Vec<TypeScore>,
}

impl Taken {
    fn uncovered(why: Uncovered) -> Self {
        Self { earned: None, reasons: vec![Reason::Uncovered { why }], site_types: Vec::new() }
    }
}

/// Scores a measure from an entered result, else (on site) from findings.
pub(super) fn score_measure(
    edition: &Edition,
    criterion: CriterionId,
    measure: &Measure,
    entered: Option<&EnteredValue>,
    index: &Index<'_>,
) -> MeasureScore {
    let points = &measure.points;
    let mut taken = if points.is_zero() || points.is_negative() {
        Taken::uncovered(Uncovered::NoPoints)
    } else if let Some(value) = entered {
        take_entered(edition, measure, value)
    } else if measure.method != Method::OnSite {
        Taken::uncovered(Uncovered::NoResult)
    } else {
        match (&measure.rule, measure.scope()) {
            (Some(rule), Some(scope)) => {
                let rule = Ungated::new(rule);
                let seen: Vec<Seen<'_>> = index.sites(criterion).map(|entries| see(edition, &rule, entries)).collect();
                match scope {
                    Scope::Site => take_sites(edition, rule.inner, points, &seen),
                    Scope::Round => take_round(edition, rule.inner, points, &seen),
                }
            }
            (None, _) | (_, None) => Taken::uncovered(Uncovered::NoRule),
        }
    };
    if let (Some(decimals), Some(exact)) = (edition.working_scale, &taken.earned) {
        let rounded = exact.rounded(decimals);
        if rounded != *exact {
            taken.reasons.push(Reason::WorkingScale { decimals, exact: exact.clone() });
        }
        taken.earned = Some(rounded);
    }
    let covered = if taken.earned.is_some() { points.clone() } else { Exact::zero() };
    let figure = Figure::new(taken.earned.unwrap_or_else(Exact::zero), covered, points.clone(), edition.published_decimals);
    let at_sites: Exact = taken.site_types.iter().map(|site_type| &site_type.loss).sum();
    let unattributed = &figure.lost() - &at_sites;
    MeasureScore { method: measure.method, figure, reasons: taken.reasons, site_types: taken.site_types, unattributed }
}

fn see<'a>(edition: &Edition, rule: &Ungated<'_>, entries: &[Entry<'a>]) -> Seen<'a> {
    let site = entries[0].site;
    let (mut tally, mut items) = (Tally::default(), Vec::new());
    let mut gate = GateState::Passed;
    for wanted in &rule.gates {
        let found = entries.iter().find(|entry| Some(entry.item) == *wanted);
        gate = gate.max(found.map_or(
            GateState::Undecided,
            |entry| match entry.result.verdict(entry.standard, &edition.thresholds) {
                Some(verdict) if !verdict.pass => GateState::Failed { faults: u64::from(verdict.faults) },
                Some(_) | None => GateState::Passed,
            },
        ));
    }
    for entry in entries {
        let is_gate = rule.gates.contains(&Some(entry.item));
        let not_applicable = entry.result.verdict(entry.standard, &edition.thresholds).is_none();
        // A gate's item is only a gate, unless the rule behind it reads its very kind.
        let read = match rule.reads_kind(entry.result) {
            Some(of_kind) => of_kind || (not_applicable && !is_gate),
            None => !is_gate,
        };
        if read || is_gate {
            items.push(entry.item);
        }
        if read {
            tally.add(entry.result, entry.standard, &edition.thresholds, rule.max_per_item());
        } else if !is_gate {
            // Only so that "nothing of its kind" can be told from "nothing at all".
            tally.met += 1;
        }
    }
    Seen { site, gate, tally, items }
}

fn judge_seen(edition: &Edition, rule: &Rule, points: &Exact, seen: &Seen<'_>) -> Judged {
    match seen.gate {
        GateState::Failed { .. } => Judged { outcome: Outcome::Rate(Exact::zero()), reasons: vec![Reason::GateFailed] },
        GateState::Undecided => Judged::uncovered(Uncovered::GateUndecided),
        GateState::Passed => judge(rule, points, &seen.tally, edition.not_applicable),
    }
}

/// The sites of one type: how many have each outcome, the type's mean, and what one site of an outcome loses.
#[derive(Default)]
struct TypeMean {
    outcomes: BTreeMap<usize, u64>,
    sites: u64,
    not_applicable: u64,
    sum: Option<Exact>,
}

fn take_sites(edition: &Edition, rule: &Rule, points: &Exact, seen: &[Seen<'_>]) -> Taken {
    let (mut known, mut judged): (HashMap<(GateState, &Tally), usize>, Vec<Judged>) = (HashMap::new(), Vec::new());
    let mut outcome_of = Vec::with_capacity(seen.len());
    let mut types: BTreeMap<&str, TypeMean> = BTreeMap::new();
    for site in seen {
        let outcome = *known.entry((site.gate, &site.tally)).or_insert_with(|| {
            judged.push(judge_seen(edition, rule, points, site));
            judged.len() - 1
        });
        outcome_of.push(outcome);
        *types.entry(&site.site.site_type).or_default().outcomes.entry(outcome).or_insert(0) += 1;
    }
    for mean in types.values_mut() {
        mean.close(&judged, edition.not_applicable);
    }
    let counting_types = u64::try_from(types.values().filter(|mean| mean.sites > 0).count()).unwrap_or(u64::MAX);
    let sites: u64 = types.values().map(|mean| mean.sites).sum();
    let left_out = u64::try_from(seen.len()).unwrap_or(u64::MAX).saturating_sub(sites);
    let mean = match edition.site_mean {
        SiteMean::Sites => share_of(&types.values().filter_map(|mean| mean.sum.as_ref()).sum(), &number(sites)),
        SiteMean::SiteTypes => share_of(&types.values().filter_map(TypeMean::rate).sum(), &number(counting_types)),
    };
    let mut by_type: BTreeMap<&str, Vec<SiteScore>> = BTreeMap::new();
    let mut losses: HashMap<(&str, usize), (Option<Exact>, Exact)> = HashMap::new();
    for (site, outcome) in seen.iter().zip(outcome_of) {
        let name = site.site.site_type.as_str();
        let type_mean = &types[name];
        let (rate, loss) = losses.entry((name, outcome)).or_insert_with(|| {
            let weight = match edition.site_mean {
                SiteMean::Sites => number(sites),
                SiteMean::SiteTypes => number(counting_types) * number(type_mean.sites),
            };
            let rate = type_mean.rate_of(&judged[outcome].outcome, edition.not_applicable);
            let loss = rate.as_ref().map_or_else(Exact::zero, |rate| share_of(&(points * &(&Exact::one() - rate)), &weight));
            (rate, loss)
        });
        by_type.entry(name).or_default().push(SiteScore {
            site: site.site.site,
            rate: rate.clone(),
            loss: loss.clone(),
            reasons: judged[outcome].reasons.clone(),
            items: site.items.clone(),
        });
    }
    let site_types = by_type
        .into_iter()
        .map(|(name, sites)| {
            let type_mean = &types[name];
            let lost = |(outcome, count): (&usize, &u64)| &losses[&(name, *outcome)].1 * &number(*count);
            let loss = type_mean.outcomes.iter().map(lost).sum();
            TypeScore { site_type: name.to_owned(), rate: type_mean.rate(), loss, sites }
        })
        .collect();
    if sites == 0 {
        return Taken { earned: None, reasons: vec![Reason::Uncovered { why: why_nothing(&judged) }], site_types };
    }
    let mut reasons = vec![Reason::MeanOfSites { sites, left_out }];
    if edition.site_mean == SiteMean::SiteTypes {
        reasons.push(Reason::MeanOfTypes { types: counting_types });
    }
    Taken { earned: Some(points * &mean), reasons, site_types }
}

impl TypeMean {
    fn close(&mut self, judged: &[Judged], not_applicable: NotApplicable) {
        let mut sum = Exact::zero();
        for (outcome, count) in &self.outcomes {
            match &judged[*outcome].outcome {
                Outcome::Rate(rate) => {
                    sum = &sum + &(rate * &number(*count));
                    self.sites += count;
                }
                Outcome::NotApplicable => self.not_applicable += count,
                Outcome::Uncovered(_) => {}
            }
        }
        match not_applicable {
            NotApplicable::Leaves => {}
            NotApplicable::FullMarks => {
                sum = &sum + &number(self.not_applicable);
                self.sites += self.not_applicable;
            }
            NotApplicable::TypeMean if self.sites > 0 => {
                let mean = share_of(&sum, &number(self.sites));
                self.sites += self.not_applicable;
                sum = &mean * &number(self.sites);
            }
            NotApplicable::TypeMean => {}
        }
        self.sum = (self.sites > 0).then_some(sum);
    }

    fn rate(&self) -> Option<Exact> {
        self.sum.as_ref().map(|sum| share_of(sum, &number(self.sites)))
    }

    fn rate_of(&self, outcome: &Outcome, not_applicable: NotApplicable) -> Option<Exact> {
        match outcome {
            Outcome::Rate(rate) => Some(rate.clone()),
            Outcome::NotApplicable => match not_applicable {
                NotApplicable::Leaves => None,
                NotApplicable::FullMarks => Some(Exact::one()),
                NotApplicable::TypeMean => self.rate(),
            },
            Outcome::Uncovered(_) => None,
        }
    }
}

fn why_nothing(judged: &[Judged]) -> Uncovered {
    let why = |judged: &Judged| match judged.outcome {
        Outcome::Uncovered(why) => why,
        Outcome::NotApplicable | Outcome::Rate(_) => Uncovered::NotApplicable,
    };
    judged.iter().map(why).max().unwrap_or(Uncovered::NoFinding)
}

fn take_round(edition: &Edition, rule: &Rule, points: &Exact, seen: &[Seen<'_>]) -> Taken {
    let mut whole = Tally::default();
    let decided = seen.iter().any(|site| site.gate != GateState::Undecided);
    let gate_failed = seen.iter().any(|site| matches!(site.gate, GateState::Failed { .. }));
    for site in seen {
        whole.merge(&site.tally);
        if matches!(rule, Rule::FailingSamples { .. }) && site.tally.judged() > 0 {
            let sample = Tally { samples: Some((u64::from(fails(edition, &site.tally)), 1)), ..Tally::default() };
            whole.merge(&sample);
        }
    }
    let judged = if seen.is_empty() {
        Judged::uncovered(Uncovered::NoFinding)
    } else if gate_failed {
        Judged { outcome: Outcome::Rate(Exact::zero()), reasons: vec![Reason::GateFailed] }
    } else if decided {
        judge(rule, points, &whole, edition.not_applicable)
    } else {
        Judged::uncovered(Uncovered::GateUndecided)
    };
    let (earned, reasons) = settle(judged, points, edition.not_applicable);
    let loss = earned.as_ref().map_or_else(Exact::zero, |earned| points - earned);
    let weight_of = |site: &Seen<'_>| match site.gate {
        GateState::Failed { faults } => faults,
        GateState::Passed | GateState::Undecided if gate_failed => 0,
        GateState::Passed | GateState::Undecided => raw_faults(edition, rule, &site.tally),
    };
    let all: u64 = seen.iter().map(weight_of).sum();
    let mut shares: HashMap<u64, Exact> = HashMap::new();
    let mut types: BTreeMap<&str, (u64, Vec<SiteScore>)> = BTreeMap::new();
    for site in seen {
        let weight = weight_of(site);
        let share = shares.entry(weight).or_insert_with(|| share_of(&(&loss * &number(weight)), &number(all))).clone();
        let reasons = match site.gate {
            GateState::Failed { .. } => vec![Reason::GateFailed],
            GateState::Undecided => vec![Reason::Uncovered { why: Uncovered::GateUndecided }],
            GateState::Passed => site_reasons(rule, points, &site.tally),
        };
        let (weights, sites) = types.entry(&site.site.site_type).or_default();
        *weights += weight;
        sites.push(SiteScore { site: site.site.site, rate: None, loss: share, reasons, items: site.items.clone() });
    }
    let site_types = types
        .into_iter()
        .map(|(name, (weight, sites))| {
            let loss = share_of(&(&loss * &number(weight)), &number(all));
            TypeScore { site_type: name.to_owned(), rate: None, loss, sites }
        })
        .collect();
    Taken { earned, reasons, site_types }
}

fn fails(edition: &Edition, tally: &Tally) -> bool {
    match edition.thresholds.site_fails {
        SiteFails::AnyItem => tally.failed > 0,
        SiteFails::Faults { at_least } => tally.faults >= u64::from(at_least.max(1)),
    }
}

/// What a site contributed to the round's loss, in faults as found.
fn raw_faults(edition: &Edition, rule: &Rule, tally: &Tally) -> u64 {
    match rule {
        Rule::Ratio | Rule::PerPercentagePoint { .. } => {
            tally.share.map_or(0, |(observed, total)| total.saturating_sub(observed))
        }
        Rule::FailingSamples { .. } if fails(edition, tally) => tally.faults.max(1),
        Rule::FailingSamples { .. } => 0,
        Rule::Grades { .. }
        | Rule::AllOrNothing
        | Rule::DeductPerFault { .. }
        | Rule::CountAtLeast { .. }
        | Rule::Interview { .. }
        | Rule::Gate { .. } => tally.faults,
    }
}

fn site_reasons(rule: &Rule, points: &Exact, tally: &Tally) -> Vec<Reason> {
    let mut reasons = Vec::new();
    match rule {
        Rule::Ratio | Rule::PerPercentagePoint { .. } => {
            if let Some((observed, total)) = tally.share {
                reasons.push(Reason::Share { observed, total });
            }
        }
        Rule::DeductPerFault { each, .. } => {
            reasons.push(Reason::Faults { faults: tally.faults, counted: tally.counted, each: each.of(points) });
        }
        Rule::FailingSamples { .. }
        | Rule::Grades { .. }
        | Rule::AllOrNothing
        | Rule::CountAtLeast { .. }
        | Rule::Interview { .. }
        | Rule::Gate { .. } => reasons.push(Reason::ItemsFailed { failed: tally.failed, judged: tally.judged() }),
    }
    if tally.not_applicable > 0 {
        reasons.push(Reason::ItemsNotApplicable { items: tally.not_applicable });
    }
    reasons
}

/// The points of a judgement of the whole measure.
fn settle(judged: Judged, points: &Exact, not_applicable: NotApplicable) -> (Option<Exact>, Vec<Reason>) {
    match judged.outcome {
        Outcome::Rate(rate) => (Some(points * &rate), judged.reasons),
        Outcome::Uncovered(_) => (None, judged.reasons),
        Outcome::NotApplicable => match not_applicable {
            NotApplicable::FullMarks => (Some(points.clone()), judged.reasons),
            NotApplicable::Leaves | NotApplicable::TypeMean => (None, vec![Reason::Uncovered { why: Uncovered::NotApplicable }]),
        },
    }
}

fn take_entered(edition: &Edition, measure: &Measure, value: &EnteredValue) -> Taken {
    let points = &measure.points;
    let within = |value: &Exact, most: &Exact| !value.is_negative() && value <= most;
    let entered = |judged: Judged| {
        let (earned, mut reasons) = settle(judged, points, edition.not_applicable);
        reasons.insert(0, Reason::Entered);
        Taken { earned, reasons, site_types: Vec::new() }
    };
    if let EnteredValue::Points { points: earned } = value {
        return if within(earned, points) {
            Taken { earned: Some(earned.clone()), reasons: vec![Reason::Entered], site_types: Vec::new() }
        } else {
            entered(Judged::uncovered(Uncovered::OutOfRange))
        };
    }
    let Some(rule) = &measure.rule else { return entered(Judged::uncovered(Uncovered::NoRule)) };
    let rule = Ungated::new(rule);
    entered(match value {
        EnteredValue::GateFailed if rule.gates.is_empty() => Judged::uncovered(Uncovered::GateUndecided),
        EnteredValue::GateFailed => Judged { outcome: Outcome::Rate(Exact::zero()), reasons: vec![Reason::GateFailed] },
        EnteredValue::Percent { percent } if !within(percent, &Exact::whole(100)) => Judged::uncovered(Uncovered::OutOfRange),
        EnteredValue::Percent { percent } => judge_share(rule.inner, points, &share_of(percent, &Exact::whole(100))),
        EnteredValue::Result { result } => {
            judge(rule.inner, points, &entered_tally(edition, &rule, result), edition.not_applicable)
        }
        EnteredValue::Points { .. } => Judged::uncovered(Uncovered::OutOfRange),
    })
}

fn entered_tally(edition: &Edition, rule: &Ungated<'_>, result: &FindingResult) -> Tally {
    let mut tally = Tally::default();
    tally.add(result, &ItemStandard::Everything, &edition.thresholds, rule.max_per_item());
    if let Rule::FailingSamples { n, .. } = rule.inner {
        tally.samples = match result {
            FindingResult::Ratio { observed, total } | FindingResult::Timed { observed, total, .. } => {
                Some((u64::from(total.saturating_sub(*observed)), u64::from(*total)))
            }
            FindingResult::Faults { count, .. } => {
                tally.out_of_range = count > n;
                Some((u64::from(*count), u64::from(*n)))
            }
            FindingResult::PassFail { .. }
            | FindingResult::Grade { .. }
            | FindingResult::Count { .. }
            | FindingResult::Interview { .. }
            | FindingResult::NotApplicable { .. } => None,
        };
    }
    tally
}
