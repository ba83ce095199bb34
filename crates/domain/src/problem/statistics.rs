//! What many problems together say: rates with both their counts, times by step, the age of what is open, shares.
//!
//! Everything is counted; nothing is rounded here. A rate is the same as that of [`crate::problem::rates`] for the same
//! problems. Times are plain time in seconds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::UnitId;
use crate::moment::Moment;
use crate::problem::rates::{Period, Rate};
use crate::problem::{Source, State, Urgency};

/// A rate by which units are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateKind {
    /// 按期办结率: closed on time ÷ due in the period.
    #[doc(alias = "按期办结率")]
    OnTime,
    /// 办结率: closed ÷ due in the period.
    #[doc(alias = "办结率")]
    Closing,
    /// 返工率: returns and reopenings ÷ submissions, of problems assigned in the period.
    #[doc(alias = "返工率")]
    Rework,
    /// 退单率: declines ÷ assignments, of problems assigned in the period.
    #[doc(alias = "退单率")]
    Decline,
    /// 反弹率: closed in the period and come back since ÷ closed in the period.
    #[doc(alias = "反弹率")]
    Rebound,
    /// 巩固率: closed in the period and not come back ÷ closed in the period.
    #[doc(alias = "巩固率")]
    Holding,
    /// 延期率: with an extension ÷ assigned in the period.
    #[doc(alias = "延期率")]
    Extension,
    /// 挂账率: with a deferral ÷ assigned in the period.
    #[doc(alias = "挂账率")]
    Deferral,
    /// 立案及时率: filed within the step's limit ÷ filed, of problems registered in the period.
    #[doc(alias = "立案及时率")]
    FiledInTime,
    /// 交办及时率: assigned within the step's limit ÷ assigned, of problems assigned in the period.
    #[doc(alias = "交办及时率")]
    AssignedInTime,
    /// 签收及时率: acknowledged within the step's limit ÷ acknowledged, of problems assigned in the period.
    #[doc(alias = "签收及时率")]
    AcknowledgedInTime,
    /// 核查及时率: verified within the step's limit ÷ closed in the period.
    #[doc(alias = "核查及时率")]
    VerifiedInTime,
}

impl RateKind {
    /// Every rate, in the order in which they are shown.
    pub const ALL: [Self; 12] = [
        Self::OnTime,
        Self::Closing,
        Self::Rework,
        Self::Decline,
        Self::Rebound,
        Self::Holding,
        Self::Extension,
        Self::Deferral,
        Self::FiledInTime,
        Self::AssignedInTime,
        Self::AcknowledgedInTime,
        Self::VerifiedInTime,
    ];
}

/// Whether the steps that have a limit of their own were done within it; none: not done, or no limit held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StepsInTime {
    /// 立案.
    pub file: Option<bool>,
    /// 交办.
    pub assign: Option<bool>,
    /// 签收.
    pub acknowledge: Option<bool>,
    /// 核查.
    pub verify: Option<bool>,
}

/// Who finds problems.
#[doc(alias = "发现层级")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FinderLevel {
    /// The city's own inspection.
    City,
    /// The grids.
    GrassRoots,
    /// Citizens and the media.
    Public,
    /// Deputies, leaders, higher levels.
    Above,
}

impl FinderLevel {
    /// The level of a source.
    #[must_use]
    pub fn of(source: Source) -> Self {
        match source {
            Source::RoundFinding | Source::Covert | Source::OtherSystem => Self::City,
            Source::GridPatrol => Self::GrassRoots,
            Source::Citizen | Source::MediaExposure | Source::Hotline => Self::Public,
            Source::Deputies | Source::HigherFeedback | Source::LeaderInstruction => Self::Above,
        }
    }
}

/// A step of which the time is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimedStep {
    /// From registration to filing.
    Filing,
    /// From filing to assignment.
    Assigning,
    /// From assignment to acknowledgement.
    Acknowledging,
    /// From acknowledgement to submission.
    Rectifying,
    /// From submission to closing.
    Verifying,
    /// From registration to closing.
    Whole,
}

impl TimedStep {
    /// Every step, in the order of a problem's life.
    pub const ALL: [Self; 6] =
        [Self::Filing, Self::Assigning, Self::Acknowledging, Self::Rectifying, Self::Verifying, Self::Whole];

    fn span(self, fact: &Fact) -> Option<i64> {
        let (from, to) = match self {
            Self::Filing => (Some(fact.reported_at), fact.filed_at),
            Self::Assigning => (fact.filed_at, fact.assigned_at),
            Self::Acknowledging => (fact.assigned_at, fact.acknowledged_at),
            Self::Rectifying => (fact.acknowledged_at, fact.submitted_at),
            Self::Verifying => (fact.submitted_at, fact.closed_at),
            Self::Whole => (Some(fact.reported_at), fact.closed_at),
        };
        let seconds = (to?.utc() - from?.utc()).num_seconds();
        // A later assignment may lie behind an earlier step.
        (seconds >= 0).then_some(seconds)
    }
}

/// Of a problem what statistics need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Where it stands.
    pub state: State,
    /// How it became known.
    pub source: Source,
    /// Its kind.
    pub category: String,
    /// How pressing.
    pub urgency: Urgency,
    /// The unit that rectifies.
    pub unit: Option<UnitId>,
    /// Street or town.
    pub street: Option<UnitId>,
    /// When it was registered.
    pub reported_at: Moment,
    /// When it was filed.
    pub filed_at: Option<Moment>,
    /// When it was assigned last.
    pub assigned_at: Option<Moment>,
    /// When that was acknowledged.
    pub acknowledged_at: Option<Moment>,
    /// When it was submitted last.
    pub submitted_at: Option<Moment>,
    /// When it was closed.
    pub closed_at: Option<Moment>,
    /// When it is due.
    pub due_at: Option<Moment>,
    /// Whether the accepted or standing submission was in time.
    pub on_time: Option<bool>,
    /// Whether its steps were done within their own limits.
    pub in_time: StepsInTime,
    /// Counts.
    pub counts: Counts,
    /// It is the return of another.
    pub is_rebound: bool,
    /// It has come back since.
    pub came_back: bool,
    /// Entered finished from elsewhere; outside all rates.
    pub outside_rates: bool,
}

/// How often something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Times a unit got it.
    pub assignments: u64,
    /// 报结.
    pub submissions: u64,
    /// 退单.
    pub declines: u64,
    /// 返工.
    pub reworks: u64,
    /// 延期.
    pub extensions: u64,
    /// 挂账.
    pub deferrals: u64,
}

/// Median and 90th percentile of a step, by nearest rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// Problems that have gone through the step.
    pub count: u64,
    /// Half of them took no longer, in seconds.
    pub median: i64,
    /// Nine tenths of them took no longer, in seconds.
    pub ninetieth: i64,
}

/// How old what is open is: up to so many days, or (none) older.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeBand {
    /// Up to so many days; none: older than the last band.
    pub days: Option<u32>,
    /// Open problems.
    pub count: u64,
}

const BANDS: [u32; 4] = [3, 7, 15, 30];

/// The rates of these problems in a period.
#[must_use]
pub fn rates<'a>(facts: impl IntoIterator<Item = &'a Fact>, period: Period) -> BTreeMap<RateKind, Rate> {
    let mut rates: BTreeMap<RateKind, Rate> = RateKind::ALL.into_iter().map(|kind| (kind, Rate::default())).collect();
    let mut count = |kind: RateKind, above: u64, below: u64| {
        let rate = rates.entry(kind).or_default();
        rate.numerator += above;
        rate.denominator += below;
    };
    for fact in facts.into_iter().filter(|fact| fact.counts()) {
        let within = |moment: Option<Moment>| moment.is_some_and(|moment| period.holds(moment));
        let closed = fact.state == State::Closed;
        if within(fact.due_at) && fact.state != State::Deferred {
            count(RateKind::OnTime, u64::from(closed && fact.on_time == Some(true)), 1);
            count(RateKind::Closing, u64::from(closed), 1);
        }
        let mut step = |kind: RateKind, in_time: Option<bool>, holds: bool| {
            if let Some(in_time) = in_time.filter(|_| holds) {
                count(kind, u64::from(in_time), 1);
            }
        };
        let assigned = within(fact.assigned_at);
        step(RateKind::FiledInTime, fact.in_time.file, period.holds(fact.reported_at));
        step(RateKind::AssignedInTime, fact.in_time.assign, assigned);
        step(RateKind::AcknowledgedInTime, fact.in_time.acknowledge, assigned);
        step(RateKind::VerifiedInTime, fact.in_time.verify, closed && within(fact.closed_at));
        if closed && within(fact.closed_at) {
            count(RateKind::Rebound, u64::from(fact.came_back), 1);
            count(RateKind::Holding, u64::from(!fact.came_back), 1);
        }
        if assigned {
            count(RateKind::Rework, fact.counts.reworks, fact.counts.submissions);
            count(RateKind::Decline, fact.counts.declines, fact.counts.assignments);
            count(RateKind::Extension, u64::from(fact.counts.extensions > 0), 1);
            count(RateKind::Deferral, u64::from(fact.counts.deferrals > 0), 1);
        }
    }
    rates
}

/// The times of a step; none if nothing has gone through it.
#[must_use]
pub fn times<'a>(facts: impl IntoIterator<Item = &'a Fact>, step: TimedStep) -> Option<Times> {
    let mut spans: Vec<i64> = facts.into_iter().filter(|fact| fact.counts()).filter_map(|fact| step.span(fact)).collect();
    spans.sort_unstable();
    Some(Times { count: spans.len() as u64, median: ranked(&spans, 50)?, ninetieth: ranked(&spans, 90)? })
}

/// The smallest value that at least so many percent do not exceed.
fn ranked(sorted: &[i64], percent: usize) -> Option<i64> {
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied()
}

/// How old the open problems are at a moment, counted in whole days from registration.
#[must_use]
pub fn ages<'a>(facts: impl IntoIterator<Item = &'a Fact>, now: Moment) -> Vec<AgeBand> {
    let mut bands: Vec<AgeBand> = BANDS.into_iter().map(Some).chain([None]).map(|days| AgeBand { days, count: 0 }).collect();
    for fact in facts.into_iter().filter(|fact| fact.state.is_open()) {
        let days = (now.utc() - fact.reported_at.utc()).num_days();
        let band = bands.iter_mut().find(|band| band.days.is_none_or(|most| days < i64::from(most)));
        if let Some(band) = band {
            band.count += 1;
        }
    }
    bands
}

impl Fact {
    /// Whether it counts in rates and times.
    #[must_use]
    pub fn counts(&self) -> bool {
        !self.outside_rates
            && match self.state {
                State::Merged | State::Dismissed => false,
                State::Reported
                | State::Filed
                | State::Assigned
                | State::Rectifying
                | State::Submitted
                | State::Closed
                | State::Deferred => true,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: u32, hour: u32) -> Moment {
        Moment::parse(&format!("2026-03-{day:02}T{hour:02}:00:00+08:00")).unwrap()
    }

    fn fact(state: State) -> Fact {
        Fact {
            state,
            source: Source::Hotline,
            category: "环境卫生".to_owned(),
            urgency: Urgency::Ordinary,
            unit: None,
            street: None,
            reported_at: at(1, 9),
            filed_at: Some(at(1, 10)),
            assigned_at: Some(at(1, 11)),
            acknowledged_at: Some(at(1, 13)),
            submitted_at: None,
            closed_at: None,
            due_at: Some(at(3, 18)),
            on_time: None,
            in_time: StepsInTime::default(),
            counts: Counts { assignments: 1, ..Counts::default() },
            is_rebound: false,
            came_back: false,
            outside_rates: false,
        }
    }

    fn closed(on_time: bool) -> Fact {
        Fact { closed_at: Some(at(4, 9)), submitted_at: Some(at(3, 9)), on_time: Some(on_time), ..fact(State::Closed) }
    }

    const MARCH: (u32, u32) = (1, 31);

    fn march() -> Period {
        Period { from: at(MARCH.0, 0), to: at(MARCH.1, 0) }
    }

    #[test]
    fn a_hundred_due_ten_deferred_and_eighty_one_on_time_are_ninety_percent() {
        let facts: Vec<Fact> = (0..81)
            .map(|_| closed(true))
            .chain((0..5).map(|_| closed(false)))
            .chain((0..4).map(|_| fact(State::Rectifying)))
            .chain((0..10).map(|_| fact(State::Deferred)))
            .chain([fact(State::Merged), fact(State::Dismissed), Fact { outside_rates: true, ..closed(true) }])
            .collect();
        let rates = rates(&facts, march());
        assert_eq!(rates[&RateKind::OnTime], Rate { numerator: 81, denominator: 90 });
        assert_eq!(rates[&RateKind::Closing], Rate { numerator: 86, denominator: 90 });
    }

    #[test]
    fn what_held_and_what_came_back_are_all_that_was_closed() {
        let facts = [closed(true), Fact { came_back: true, ..closed(true) }, closed(false), fact(State::Assigned)];
        let rates = rates(&facts, march());
        assert_eq!(rates[&RateKind::Rebound], Rate { numerator: 1, denominator: 3 });
        assert_eq!(rates[&RateKind::Holding], Rate { numerator: 2, denominator: 3 });
    }

    #[test]
    fn half_take_no_longer_than_the_median_and_nine_tenths_than_the_ninetieth() {
        let took = |hours: i64| {
            let submitted = Moment::new(at(1, 13).utc() + chrono::TimeDelta::hours(hours));
            Fact { submitted_at: Some(submitted), ..fact(State::Submitted) }
        };
        let facts: Vec<Fact> = (1..=10).map(took).collect();
        let times = times(&facts, TimedStep::Rectifying).unwrap();
        assert_eq!((times.count, times.median, times.ninetieth), (10, 5 * 3600, 9 * 3600));
        assert_eq!(super::times(&facts, TimedStep::Verifying), None);
        let one = super::times(&facts[..1], TimedStep::Rectifying).unwrap();
        assert_eq!((one.median, one.ninetieth), (3600, 3600));
    }

    #[test]
    fn the_age_of_what_is_open_falls_into_one_band() {
        let open = |day: u32| Fact { reported_at: at(day, 9), ..fact(State::Rectifying) };
        let facts = [open(30), open(28), open(27), open(1), closed(true)];
        let counts: Vec<u64> = ages(&facts, at(31, 9)).into_iter().map(|band| band.count).collect();
        assert_eq!(counts, [1, 2, 0, 0, 1], "1, 3, 4 and 30 days");
    }
}
