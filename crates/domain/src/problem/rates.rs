//! The rates by which units are judged: pure counts, numerator and denominator, never a rounded figure.
//!
//! A problem entered finished from elsewhere is in none of them until someone acts. Merged and dismissed problems are in
//! none of them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Problem, State};
use crate::exact::Exact;
use crate::id::ProblemId;
use crate::moment::Moment;

/// A share as two counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rate {
    /// How many.
    pub numerator: u64,
    /// Of how many.
    pub denominator: u64,
}

impl Rate {
    /// The exact percentage; none if the denominator is 0.
    #[must_use]
    pub fn percent(self) -> Option<Exact> {
        let (numerator, denominator) = (i64::try_from(self.numerator).ok()?, i64::try_from(self.denominator).ok()?);
        Exact::fraction(numerator, denominator).map(|share| share * Exact::whole(100))
    }

    fn count(&mut self, counted: Counted) {
        match counted {
            Counted::Outside => {}
            Counted::Below => self.denominator += 1,
            Counted::Above => {
                self.numerator += 1;
                self.denominator += 1;
            }
        }
    }
}

/// Where a problem counts in a rate.
#[derive(Clone, Copy)]
enum Counted {
    Outside,
    Below,
    Above,
}

fn counted(belongs: bool, fulfils: bool) -> Counted {
    match (belongs, fulfils) {
        (false, _) => Counted::Outside,
        (true, false) => Counted::Below,
        (true, true) => Counted::Above,
    }
}

/// From `from` (included) to `to` (excluded).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The first moment.
    pub from: Moment,
    /// The first moment after it.
    pub to: Moment,
}

impl Period {
    /// Whether the moment lies in it.
    #[must_use]
    pub fn holds(&self, moment: Moment) -> bool {
        self.from <= moment && moment < self.to
    }
}

/// The rates of a set of problems in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rates {
    /// 按期办结率: closed on time ÷ (due in the period − deferred − merged and dismissed).
    #[doc(alias = "按期办结率")]
    pub on_time: Rate,
    /// 办结率: closed ÷ the same.
    #[doc(alias = "办结率")]
    pub closing: Rate,
    /// 返工率: returns and reopenings ÷ submissions, of problems assigned in the period.
    #[doc(alias = "返工率")]
    pub rework: Rate,
    /// 退单率: declines ÷ assignments, of problems assigned in the period.
    #[doc(alias = "退单率")]
    pub decline: Rate,
    /// 反弹率: closed in the period and come back since ÷ closed in the period.
    #[doc(alias = "反弹率")]
    pub rebound: Rate,
    /// 延期率: with an extension ÷ assigned in the period.
    #[doc(alias = "延期率")]
    pub extension: Rate,
    /// 挂账率: with a deferral ÷ assigned in the period.
    #[doc(alias = "挂账率")]
    pub deferral: Rate,
}

/// The rates of these problems; rebounds are looked for among the same problems.
#[must_use]
pub fn rates<'a>(problems: impl IntoIterator<Item = &'a Problem>, period: Period) -> Rates {
    let problems: Vec<&Problem> = problems.into_iter().collect();
    let back: BTreeSet<ProblemId> = problems.iter().filter_map(|problem| problem.rebound_of).collect();
    let mut rates = Rates::default();
    for problem in problems.into_iter().filter(|problem| counts(problem)) {
        let closed = problem.state == State::Closed;
        let due = problem.due.moment().is_some_and(|due| period.holds(due)) && problem.state != State::Deferred;
        rates.on_time.count(counted(due, closed && problem.on_time() == Some(true)));
        rates.closing.count(counted(due, closed));
        let closed_now = closed && problem.closed_at.is_some_and(|at| period.holds(at));
        rates.rebound.count(counted(closed_now, back.contains(&problem.id)));
        let assigned = problem.assigned_at.is_some_and(|at| period.holds(at));
        rates.extension.count(counted(assigned, problem.tally.extensions > 0));
        rates.deferral.count(counted(assigned, problem.tally.deferrals > 0));
        if assigned {
            rates.rework.numerator += u64::from(problem.tally.reworks);
            rates.rework.denominator += u64::from(problem.tally.submissions);
            rates.decline.numerator += u64::from(problem.tally.declines);
            rates.decline.denominator += u64::from(problem.tally.assignments);
        }
    }
    rates
}

fn counts(problem: &Problem) -> bool {
    !problem.outside_rates
        && match problem.state {
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
