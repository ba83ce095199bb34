//! How long each step may take, by kind and urgency: the city's own table.

use chrono::{Datelike as _, NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{Category, Change, CommandKind, Due, Problem, State, Urgency};
use crate::calendar::{Calendar, Limit};
use crate::moment::Moment;

/// A step that has a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitedStep {
    /// 立案.
    File,
    /// 交办.
    Assign,
    /// 签收.
    Acknowledge,
    /// 整改: the limit that an assignment proposes.
    Rectify,
    /// 核查.
    Verify,
}

/// A row: what it leaves open holds for every kind or urgency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitRow {
    /// Of which kind.
    #[serde(default)]
    pub category: Option<Category>,
    /// How pressing.
    #[serde(default)]
    pub urgency: Option<Urgency>,
    /// Which step.
    pub step: LimitedStep,
    /// How long.
    pub limit: Limit,
}

/// Problems of a kind and urgency that wait too long where they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Where they stand.
    pub state: State,
    /// Of this kind; none: of every kind but those of `others_than`.
    pub category: Option<Category>,
    /// The kinds that have limits of their own.
    pub others_than: Vec<Category>,
    /// How pressing.
    pub urgency: Urgency,
    /// Since this moment or later; none: since ever.
    pub from: Option<Moment>,
    /// Since before this moment.
    pub before: Moment,
}

/// Since when a wait must have gone on to be over its limit now: not before the first moment of which the calendar knows, and
/// before the second. None if no wait is over.
fn begun_before(limit: Limit, calendar: &Calendar, now: Moment) -> Option<(Option<Moment>, Moment)> {
    let from = match limit {
        Limit::NaturalDays { .. } | Limit::NaturalHours { .. } => None,
        Limit::WorkingHours { .. } | Limit::WorkingDays { .. } => {
            let new_year = |year| NaiveDate::from_ymd_opt(year, 1, 1);
            let known = |year: &i32| new_year(*year).is_some_and(|day| calendar.is_working_day(day).is_ok());
            let this = calendar.local(now).year();
            let first = (0..YEARS).map(|back| this - back).take_while(known).last()?;
            Some(calendar.moment(new_year(first)?, NaiveTime::MIN))
        }
    };
    let over = |since: Moment| calendar.due(since, limit).is_ok_and(|due| due < now);
    let ago = |milliseconds: i64| Moment::new(now.utc() - TimeDelta::milliseconds(milliseconds));
    // A wait of this length is over, one of `short` is not; the later one begins, the later it is due.
    let (mut long, mut short) = (HOUR, 0);
    while !over(ago(long)) {
        (short, long) = (long, long * 2);
        if from.is_some_and(|from| ago(long) < from) || long > HOUR * 24 * 366 * i64::from(YEARS) {
            long = (now.utc() - from?.utc()).num_milliseconds();
            if !over(ago(long)) {
                return None;
            }
            break;
        }
    }
    while long - short > 1 {
        let middle = short + (long - short) / 2;
        if over(ago(middle)) { long = middle } else { short = middle }
    }
    Some((from, ago(short)))
}

/// Years looked back at most.
const YEARS: i32 = 20;
/// An hour in milliseconds.
const HOUR: i64 = 3_600_000;

impl LimitedStep {
    /// Where a problem stands that waits for the step; none for rectifying, which has the problem's own clock.
    #[must_use]
    pub fn waits_in(self) -> Option<State> {
        match self {
            Self::File => Some(State::Reported),
            Self::Assign => Some(State::Filed),
            Self::Acknowledge => Some(State::Assigned),
            Self::Verify => Some(State::Submitted),
            Self::Rectify => None,
        }
    }

    /// The step that a command ends.
    fn ended_by(command: CommandKind) -> Option<Self> {
        match command {
            CommandKind::File => Some(Self::File),
            CommandKind::Assign => Some(Self::Assign),
            CommandKind::Acknowledge => Some(Self::Acknowledge),
            CommandKind::Verify => Some(Self::Verify),
            _ => None,
        }
    }

    /// The step that a problem waits for; rectifying has the problem's own clock.
    #[must_use]
    pub fn waited_for(problem: &Problem) -> Option<Self> {
        match problem.state {
            State::Reported => Some(Self::File),
            State::Filed => Some(Self::Assign),
            State::Assigned => Some(Self::Acknowledge),
            State::Submitted => Some(Self::Verify),
            State::Rectifying | State::Deferred | State::Closed | State::Dismissed | State::Merged => None,
        }
    }
}

/// The table of limits.
#[doc(alias = "时限表")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LimitTable(pub Vec<LimitRow>);

impl Default for LimitTable {
    /// Four working hours to file, to assign and to acknowledge, two working days to verify; five working days to rectify, one
    /// when urgent, four working hours when immediate.
    fn default() -> Self {
        let row = |step, urgency, limit| LimitRow { category: None, urgency, step, limit };
        let hours = |count| Limit::WorkingHours { count };
        let days = |count| Limit::WorkingDays { count };
        Self(vec![
            row(LimitedStep::File, None, hours(4)),
            row(LimitedStep::Assign, None, hours(4)),
            row(LimitedStep::Acknowledge, None, hours(4)),
            row(LimitedStep::Rectify, None, days(5)),
            row(LimitedStep::Rectify, Some(Urgency::Urgent), days(1)),
            row(LimitedStep::Rectify, Some(Urgency::Immediate), hours(4)),
            row(LimitedStep::Verify, None, days(2)),
        ])
    }
}

impl LimitTable {
    /// Whether a change ended the wait for its step within that step's limit. None if it ended none, no row fits, or the
    /// calendar of a year is missing.
    #[must_use]
    pub fn in_time(&self, before: &Problem, change: &Change, calendar: &Calendar) -> Option<(LimitedStep, bool)> {
        let step = LimitedStep::ended_by(change.command.kind())?;
        let (waited, due) = self.step_due(before, calendar)?;
        (waited == step).then_some((step, change.at <= due.moment()?))
    }

    /// Who waits too long for a step at a moment, by kind and urgency, for problems whose clock has never stood still.
    #[must_use]
    pub fn overdue(&self, step: LimitedStep, calendar: &Calendar, now: Moment) -> Vec<Overdue> {
        let Some(state) = step.waits_in() else { return Vec::new() };
        let mut named: Vec<Category> =
            self.0.iter().filter(|row| row.step == step).filter_map(|row| row.category.clone()).collect();
        named.sort();
        named.dedup();
        let mut overdue = Vec::new();
        for urgency in [Urgency::Ordinary, Urgency::Urgent, Urgency::Immediate] {
            for category in named.iter().cloned().map(Some).chain([None]) {
                // A kind that no row names: its limit is that of all the others.
                let limit = match &category {
                    Some(category) => self.limit(step, category, urgency),
                    None => self.limit_of_others(step, urgency),
                };
                let Some((from, before)) = limit.and_then(|limit| begun_before(limit, calendar, now)) else { continue };
                let others_than = if category.is_none() { named.clone() } else { Vec::new() };
                overdue.push(Overdue { state, category, others_than, urgency, from, before });
            }
        }
        overdue
    }

    fn limit_of_others(&self, step: LimitedStep, urgency: Urgency) -> Option<Limit> {
        let open = self.0.iter().filter(|row| row.category.is_none()).cloned().collect();
        Self(open).limit(step, &Category(String::new()), urgency)
    }

    /// The limit of a step: a row that names the kind goes before one that names the urgency, and that before one that names
    /// neither; of equals the first. None if no row fits.
    #[must_use]
    pub fn limit(&self, step: LimitedStep, category: &Category, urgency: Urgency) -> Option<Limit> {
        let fits = |row: &&LimitRow| {
            row.step == step
                && row.category.as_ref().is_none_or(|known| known == category)
                && row.urgency.is_none_or(|known| known == urgency)
        };
        let precision = |row: &LimitRow| (row.category.is_some(), row.urgency.is_some());
        let mut best: Option<&LimitRow> = None;
        for row in self.0.iter().filter(fits) {
            if best.is_none_or(|best| precision(row) > precision(best)) {
                best = Some(row);
            }
        }
        best.map(|row| row.limit)
    }

    /// The step that a problem waits for and when that is due, from when it came to stand there; while a unit's request waits
    /// for the office, its acknowledgement is not. None where nothing is waited for, or no row fits.
    #[must_use]
    pub fn step_due(&self, problem: &Problem, calendar: &Calendar) -> Option<(LimitedStep, Due)> {
        let step = LimitedStep::waited_for(problem)?;
        let limit = self.limit(step, &problem.category, problem.urgency)?;
        let clock = problem.clock.as_ref().filter(|_| step == LimitedStep::Acknowledge);
        if clock.is_some_and(|clock| clock.standing_since.is_some()) {
            return None;
        }
        let pauses = clock.map(|clock| clock.pauses.as_slice()).unwrap_or_default();
        Some((step, calendar.due_with_pauses(problem.since, limit, pauses).into()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn who_is_over_the_limit_is_told_by_since_when_alone(
            count in 1u32..40, unit in 0usize..4, now_minutes in 0i64..600_000, since_minutes in 0i64..900_000,
        ) {
            let mut calendar = Calendar::default();
            calendar.enter_year(2026, crate::calendar::Year::default()).unwrap();
            calendar.enter_year(2025, crate::calendar::Year::default()).unwrap();
            let begin = Moment::parse("2025-11-01T00:00:00+08:00").unwrap();
            let at = |minutes: i64| Moment::new(begin.utc() + TimeDelta::minutes(minutes));
            let now = at(now_minutes);
            let since = Moment::new(now.utc() - TimeDelta::minutes(since_minutes));
            let limit = [
                Limit::WorkingHours { count },
                Limit::WorkingDays { count },
                Limit::NaturalDays { count },
                Limit::NaturalHours { count },
            ][unit];
            let late = calendar.due(since, limit).is_ok_and(|due| due < now);
            let told = begun_before(limit, &calendar, now)
                .is_some_and(|(from, before)| since < before && from.is_none_or(|from| since >= from));
            prop_assert_eq!(told, late);
        }
    }

    #[test]
    fn the_kind_goes_before_the_urgency_and_that_before_what_holds_for_all() {
        let mut table = LimitTable::default();
        let water = Category("井盖".to_owned());
        table.0.push(LimitRow {
            category: Some(water.clone()),
            urgency: None,
            step: LimitedStep::Rectify,
            limit: Limit::NaturalHours { count: 2 },
        });
        let limit = |category: &str, urgency| table.limit(LimitedStep::Rectify, &Category(category.to_owned()), urgency);
        assert_eq!(limit("垃圾", Urgency::Ordinary), Some(Limit::WorkingDays { count: 5 }));
        assert_eq!(limit("垃圾", Urgency::Urgent), Some(Limit::WorkingDays { count: 1 }));
        assert_eq!(limit("井盖", Urgency::Urgent), Some(Limit::NaturalHours { count: 2 }));
        assert_eq!(LimitTable(Vec::new()).limit(LimitedStep::File, &water, Urgency::Ordinary), None);
    }
}
