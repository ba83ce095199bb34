//! The rectifying clock: it runs from assignment and stands still while somebody else must decide.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, CalendarError, Limit, Pause};
use crate::moment::Moment;

/// How long work done offline may be under way and still count at its own time.
const LATE_ARRIVAL: TimeDelta = TimeDelta::hours(24);

/// The moment at which a command counts: its own corrected time if it arrives within 24 hours, else its arrival.
#[must_use]
pub fn counted_at(made_at: Option<Moment>, arrived: Moment) -> Moment {
    made_at.filter(|made| *made <= arrived && arrived.utc() - made.utc() <= LATE_ARRIVAL).unwrap_or(arrived)
}

/// When something is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "due", rename_all = "snake_case")]
pub enum Due {
    /// No clock runs.
    None,
    /// At this moment; on time means not later.
    At {
        /// The moment.
        at: Moment,
    },
    /// Computed when the calendar of this year is entered.
    AwaitingCalendar {
        /// The year.
        year: i32,
    },
    /// Beyond the time that a calendar can express.
    OutOfRange,
}

impl Due {
    /// The moment, where it is known.
    #[must_use]
    pub fn moment(self) -> Option<Moment> {
        match self {
            Self::At { at } => Some(at),
            Self::None | Self::AwaitingCalendar { .. } | Self::OutOfRange => None,
        }
    }
}

impl From<Result<Moment, CalendarError>> for Due {
    fn from(result: Result<Moment, CalendarError>) -> Self {
        match result {
            Ok(at) => Self::At { at },
            Err(CalendarError::YearMissing { year }) => Self::AwaitingCalendar { year },
            Err(CalendarError::OutOfRange) => Self::OutOfRange,
        }
    }
}

/// What a due moment is counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "basis", rename_all = "snake_case")]
pub enum Basis {
    /// A limit from the start of the clock.
    Limit {
        /// The limit.
        limit: Limit,
    },
    /// A moment granted by an extension.
    Until {
        /// The moment.
        until: Moment,
        /// When it was granted; only pauses after that move it.
        granted: Moment,
    },
}

/// The rectifying clock of one assignment.
#[doc(alias = "整改时钟")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// When it was started.
    pub start: Moment,
    /// What due is counted from.
    pub basis: Basis,
    /// Where it stood still ; they do not overlap.
    pub pauses: Vec<Pause>,
    /// Since when it stands still now.
    pub standing_since: Option<Moment>,
}

impl Clock {
    /// A clock started with a limit.
    #[must_use]
    pub fn started(start: Moment, limit: Limit) -> Self {
        Self { start, basis: Basis::Limit { limit }, pauses: Vec::new(), standing_since: None }
    }

    /// The same clock, standing still from `at`; a clock that stands already stays as it is.
    #[must_use]
    pub fn stopped(mut self, at: Moment) -> Self {
        self.standing_since.get_or_insert(at);
        self
    }

    /// The same clock, running again from `at`.
    #[must_use]
    pub fn running(mut self, at: Moment) -> Self {
        if let Some(from) = self.standing_since.take() {
            self.pauses.push(Pause { from, to: at });
        }
        self
    }

    /// The same clock running again, or with a limit a new one started.
    #[must_use]
    pub fn resumed(self, limit: Option<Limit>, at: Moment) -> Self {
        match limit {
            Some(limit) => Self::started(at, limit),
            None => self.running(at),
        }
    }

    /// The same clock with due moved to `until`.
    #[must_use]
    pub fn extended(mut self, until: Moment, granted: Moment) -> Self {
        self.basis = Basis::Until { until, granted };
        self
    }

    /// The same clock, its last pause ended at `at` if it would have lasted longer.
    #[must_use]
    pub fn paused_no_longer_than(mut self, at: Moment) -> Self {
        if let Some(pause) = self.pauses.last_mut() {
            pause.to = pause.to.min(at);
        }
        self
    }

    /// When it is due; a pause that still lasts is not counted yet.
    #[must_use]
    pub fn due(&self, calendar: &Calendar) -> Due {
        match self.basis {
            Basis::Limit { limit } => calendar.due_with_pauses(self.start, limit, &self.pauses).into(),
            Basis::Until { until, granted } => prolonged(until, granted, &self.pauses, calendar).into(),
        }
    }

    /// When it is overdue by so many working days; pauses after due push that on.
    ///
    /// # Errors
    /// [`CalendarError`] if a year without calendar is needed.
    pub fn overdue_at(&self, due: Moment, working_days: u32, calendar: &Calendar) -> Result<Moment, CalendarError> {
        prolonged(calendar.overdue_at(due, working_days)?, due, &self.pauses, calendar)
    }

    /// When a stage of it is due.
    #[must_use]
    pub fn stage_due(&self, limit: Limit, calendar: &Calendar) -> Due {
        calendar.due_with_pauses(self.start, limit, &self.pauses).into()
    }
}

/// A granted moment gains, like a day limit, one working day per close of business inside each later pause.
fn prolonged(until: Moment, granted: Moment, pauses: &[Pause], calendar: &Calendar) -> Result<Moment, CalendarError> {
    let mut due = until;
    for pause in pauses {
        let from = pause.from.max(granted);
        if from >= due || from >= pause.to {
            continue;
        }
        let (first, last) = (calendar.local(from).date_naive(), calendar.local(pause.to).date_naive());
        let mut closes = 0;
        for day in first.iter_days().take_while(|day| *day <= last) {
            let close = calendar.day_close(day);
            if from < close && close <= pause.to && calendar.is_working_day(day)? {
                closes += 1;
            }
        }
        if closes > 0 {
            due = calendar.overdue_at(due, closes)?;
        }
    }
    Ok(due)
}
