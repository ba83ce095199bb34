//! Whose clock runs: the holder of a problem at each time, from its history alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Change, Problem, RequestKind, State};
use crate::id::UnitId;
use crate::moment::Moment;

/// Who must act next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "holder", rename_all = "snake_case")]
pub enum Holder {
    /// The creation office: to file, assign, decide.
    Office,
    /// The rectifying unit.
    Unit {
        /// Which.
        unit: UnitId,
    },
    /// Whoever verifies.
    Verifier,
    /// Nobody: put off, or at its end.
    Nobody,
}

/// A stretch of time in which one holder had it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// Who.
    pub holder: Holder,
    /// Since when.
    pub from: Moment,
    /// Until when.
    pub to: Moment,
}

impl Problem {
    /// Who must act next; during a deferral nobody until the day of review, then the unit.
    #[must_use]
    pub fn holder(&self, moment: Moment) -> Holder {
        let unit = self.unit.map_or(Holder::Office, |unit| Holder::Unit { unit });
        match self.state {
            State::Reported | State::Filed => Holder::Office,
            State::Assigned | State::Rectifying => match self.pending.as_ref().map(super::Request::kind) {
                Some(RequestKind::Decline | RequestKind::Transfer) => Holder::Office,
                Some(RequestKind::Extension | RequestKind::Deferral) | None => unit,
            },
            State::Submitted => Holder::Verifier,
            State::Deferred if self.review_moment().is_some_and(|review| moment >= review) => unit,
            State::Deferred | State::Closed | State::Dismissed | State::Merged => Holder::Nobody,
        }
    }

    fn review_moment(&self) -> Option<Moment> {
        match self.state {
            State::Deferred => self.clock.as_ref().and_then(|clock| clock.pauses.last()).map(|pause| pause.to),
            State::Reported
            | State::Filed
            | State::Assigned
            | State::Rectifying
            | State::Submitted
            | State::Closed
            | State::Dismissed
            | State::Merged => None,
        }
    }
}

/// The single holdings, without gap or overlap, from registration to `until`; empty if it is not a history.
#[must_use]
pub fn holders(history: &[Change], until: Moment) -> Vec<Holding> {
    let Some((first, rest)) = history.split_first() else { return Vec::new() };
    let Some(mut problem) = Problem::begun(first) else { return Vec::new() };
    let mut holdings = Vec::new();
    let mut from = first.at;
    for change in rest {
        let at = change.at.max(from);
        let next = problem.after(change);
        if next.holder(at) != problem.holder(from) || problem.review_moment().is_some() {
            hold(&mut holdings, &problem, from, at);
            from = at;
        }
        problem = next;
    }
    hold(&mut holdings, &problem, from, until.max(from));
    holdings
}

fn hold(holdings: &mut Vec<Holding>, problem: &Problem, from: Moment, to: Moment) {
    let review = problem.review_moment().filter(|review| from < *review && *review < to);
    let ends = review.into_iter().chain([to]);
    ends.fold(from, |from, to| {
        let holder = problem.holder(from);
        match holdings.last_mut() {
            Some(last) if last.holder == holder && last.to == from => last.to = to,
            _ if from < to => holdings.push(Holding { holder, from, to }),
            _ => {}
        }
        to
    });
}

/// The accumulated seconds of each holder.
#[must_use]
pub fn accumulated(holdings: &[Holding]) -> BTreeMap<Holder, i64> {
    let mut seconds = BTreeMap::new();
    for holding in holdings {
        *seconds.entry(holding.holder).or_default() += (holding.to.utc() - holding.from.utc()).num_seconds();
    }
    seconds
}
