//! Milestones 节点 laid backwards from the last day on the working calendar 倒排工期.
//!
//! Laws: every milestone ends at a close of business of a working day; they keep their order and never overlap; the last
//! one ends on the last working day not after the date wanted. A plan that would have to begin before the first day is
//! refused and names the step that does not fit, the working days short, and the earliest last day that would do.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, CalendarError};
use crate::moment::Moment;

/// A step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// What is to be done.
    pub name: String,
    /// How many working days it takes.
    pub days: u32,
}

/// A step with its place in time.
#[doc(alias = "节点")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// What is to be done.
    pub name: String,
    /// How many working days it takes.
    pub days: u32,
    /// Its first working day.
    pub from: NaiveDate,
    /// The close of business of its last working day.
    pub due: Moment,
    /// When it was done.
    pub done_at: Option<Moment>,
}

/// Why a plan cannot be laid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum PlanFault {
    /// No step at all.
    #[error("a plan needs a step")]
    NoStep,
    /// A step without name, or without a day.
    #[error("step {step} needs a name and at least one working day")]
    StepEmpty {
        /// Which, from 1.
        step: usize,
    },
    /// There is not enough time.
    #[error("step {step} does not fit: {short} working days short, {earliest} would do")]
    Impossible {
        /// The first step, counted from the end, that does not fit, by name.
        step: String,
        /// How many working days are short in all.
        short: u32,
        /// The earliest last day that would do.
        earliest: NaiveDate,
    },
    /// A year is needed that was not entered.
    #[error("the calendar of {year} has not been entered")]
    YearMissing {
        /// The year to enter.
        year: i32,
    },
    /// Beyond what dates can express.
    #[error("beyond what the calendar can express")]
    OutOfRange,
}

impl PlanFault {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoStep => "plan_no_step",
            Self::StepEmpty { .. } => "plan_step_empty",
            Self::Impossible { .. } => "plan_impossible",
            Self::YearMissing { .. } => "calendar_year_missing",
            Self::OutOfRange => "calendar_out_of_range",
        }
    }
}

impl From<CalendarError> for PlanFault {
    fn from(error: CalendarError) -> Self {
        match error {
            CalendarError::YearMissing { year } => Self::YearMissing { year },
            CalendarError::OutOfRange => Self::OutOfRange,
        }
    }
}

fn before(date: NaiveDate) -> Result<NaiveDate, PlanFault> {
    date.pred_opt().ok_or(PlanFault::OutOfRange)
}

fn after(date: NaiveDate) -> Result<NaiveDate, PlanFault> {
    date.succ_opt().ok_or(PlanFault::OutOfRange)
}

/// The nearest working day not after the date, but none before `first`.
fn at_or_before(calendar: &Calendar, mut date: NaiveDate, first: NaiveDate) -> Result<Option<NaiveDate>, PlanFault> {
    while date >= first {
        if calendar.is_working_day(date)? {
            return Ok(Some(date));
        }
        date = before(date)?;
    }
    Ok(None)
}

/// Lays steps backwards so that the last one ends on the last working day not after `due`, and none begins before `first`.
///
/// # Errors
/// [`PlanFault`]: a step is empty, there is not enough time, or a year of the calendar is missing.
pub fn backwards(calendar: &Calendar, first: NaiveDate, due: NaiveDate, steps: &[Step]) -> Result<Vec<Milestone>, PlanFault> {
    if steps.is_empty() {
        return Err(PlanFault::NoStep);
    }
    if let Some(step) = steps.iter().position(|step| step.days == 0 || step.name.trim().is_empty()) {
        return Err(PlanFault::StepEmpty { step: step + 1 });
    }
    let mut laid = Vec::with_capacity(steps.len());
    let mut free = due;
    for (place, step) in steps.iter().enumerate().rev() {
        let Some(last) = at_or_before(calendar, free, first)? else {
            return Err(impossible(calendar, first, steps, place, 0)?);
        };
        let (mut from, mut worked) = (last, 1);
        while worked < step.days {
            match at_or_before(calendar, before(from)?, first)? {
                Some(day) => (from, worked) = (day, worked + 1),
                None => return Err(impossible(calendar, first, steps, place, worked)?),
            }
        }
        laid.push(Milestone { name: step.name.clone(), days: step.days, from, due: calendar.day_close(last), done_at: None });
        free = before(from)?;
    }
    laid.reverse();
    Ok(laid)
}

/// How many days are short when the step at `place` found only `worked` of its days, and what would do.
fn impossible(calendar: &Calendar, first: NaiveDate, steps: &[Step], place: usize, worked: u32) -> Result<PlanFault, PlanFault> {
    let wanted = |steps: &[Step]| steps.iter().fold(0_u32, |sum, step| sum.saturating_add(step.days));
    let short = wanted(&steps[..=place]).saturating_sub(worked);
    let (mut day, mut left) = (first, wanted(steps));
    loop {
        left -= u32::from(calendar.is_working_day(day)?);
        if left == 0 {
            break;
        }
        day = after(day)?;
    }
    Ok(PlanFault::Impossible { step: steps[place].name.clone(), short, earliest: day })
}
