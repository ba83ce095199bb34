//! How long each step may take, by kind and urgency: the city's own table.

use serde::{Deserialize, Serialize};

use super::{Category, Due, Problem, State, Urgency};
use crate::calendar::{Calendar, Limit};

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

impl LimitedStep {
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
    use super::*;

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
