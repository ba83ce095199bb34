//! What a ladder would have proposed over the past, if it had held then.
//!
//! The history of a problem is walked day by day. Every slip proposed is taken as issued at once and never answered, so the
//! answer is the most that the ladder would have sent; what was really issued is not looked at and stays as it is.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::{Facts, Occasion, PastSlip, Policy, SlipState, StepKind, proposals};
use crate::calendar::{Calendar, CalendarError};
use crate::id::UnitId;
use crate::moment::Moment;
use crate::problem::rates::Period;
use crate::problem::{Change, Due, Problem, State};

/// A step that would have been reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsed {
    /// The occasion.
    pub occasion: Occasion,
    /// What would have been sent.
    pub kind: StepKind,
    /// To whom.
    pub unit: Option<UnitId>,
    /// When.
    pub at: Moment,
}

/// The steps that a problem would have reached in the period, in the order of time.
///
/// # Errors
/// [`CalendarError`] if a day of the period lies in a year without calendar.
pub fn rehearse(
    history: &[Change],
    rebounds: u32,
    policy: &Policy,
    calendar: &Calendar,
    period: Period,
) -> Result<Vec<Rehearsed>, CalendarError> {
    let mut found = Vec::new();
    let mut past: Vec<PastSlip> = Vec::new();
    let Some(mut problem) = history.first().and_then(Problem::begun) else { return Ok(found) };
    for (index, change) in history.iter().enumerate() {
        if index > 0 {
            problem = problem.after(change);
        }
        if problem.state == State::Closed {
            // Closing lifts what hangs on a problem.
            past.iter_mut().for_each(|past| past.state = SlipState::Lifted);
        }
        let until = history.get(index + 1).map_or(period.to, |next| next.at.min(period.to));
        for moment in looks(&problem, calendar, change.at.max(period.from), until) {
            let facts = Facts { problem: &problem, past: &past, rebounds };
            for proposal in proposals(&facts, policy, calendar, moment)? {
                let reply_due = match proposal.kind {
                    StepKind::Reminder => Due::None,
                    StepKind::Slip { reply_limit, .. } => calendar.due(moment, reply_limit).into(),
                };
                past.push(PastSlip { occasion: proposal.occasion.clone(), state: SlipState::Issued, reply_due });
                found.push(Rehearsed { occasion: proposal.occasion, kind: proposal.kind, unit: problem.unit, at: moment });
            }
        }
    }
    Ok(found)
}

/// When the ladder looks: at the change itself, and at the close of each day and just after it.
fn looks(problem: &Problem, calendar: &Calendar, from: Moment, until: Moment) -> Vec<Moment> {
    let pressed = match problem.state {
        State::Assigned | State::Rectifying | State::Submitted => true,
        State::Reported | State::Filed | State::Closed | State::Deferred | State::Dismissed | State::Merged => false,
    };
    if !pressed || from >= until {
        return Vec::new();
    }
    let last: NaiveDate = calendar.local(until).date_naive();
    let mut looks = vec![from];
    for day in calendar.local(from).date_naive().iter_days().take_while(|day| *day <= last) {
        let close = calendar.day_close(day);
        looks.extend([close, Moment::new(close.utc() + TimeDelta::minutes(1))]);
    }
    looks.retain(|moment| from <= *moment && *moment < until);
    looks
}
