//! A problem's clock in figures: how long it had, has used, has left, is over; working time only.

use serde::Serialize;
use utoipa::ToSchema;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Due, LimitedStep, Problem, State};

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// Not started.
    None,
    /// Running, not yet due.
    Running,
    /// Past due and not finished.
    Late,
    /// Standing still while somebody else decides.
    Stopped,
    /// The calendar of a year is missing.
    AwaitingCalendar,
    /// At its end.
    Done,
}

/// The clock of a problem; all times in seconds of working time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ClockView {
    /// How it stands.
    pub state: ClockState,
    /// When it is due: the whole, or the stage that is due before it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Moment>,
    /// The stage that is due then; none: the whole.
    pub stage: Option<String>,
    /// The year whose calendar is missing.
    pub missing_year: Option<i32>,
    /// From the start of the clock to the due moment.
    pub limit_seconds: Option<i64>,
    /// Used of it.
    pub used_seconds: Option<i64>,
    /// Left until due.
    pub remaining_seconds: Option<i64>,
    /// Since due.
    pub late_seconds: Option<i64>,
    /// The length of a working day.
    pub day_seconds: i64,
}

/// The step that a problem waits for 环节时限: filing, assigning, acknowledging, verifying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepClockView {
    /// Which.
    #[schema(value_type = String)]
    pub step: LimitedStep,
    /// When it is due; none while the calendar of a year is missing.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Moment>,
    /// Whether that has passed.
    pub late: bool,
}

/// The clock at a moment.
#[must_use]
pub fn view(problem: &Problem, calendar: &Calendar, now: Moment) -> ClockView {
    let day_seconds = calendar.segments().iter().map(|segment| (segment.close - segment.open).num_seconds()).sum();
    let mut view = ClockView {
        state: ClockState::None,
        due_at: problem.pressing().moment(),
        stage: problem.pressing_stage().map(|(_, stage)| stage.name.clone()),
        missing_year: None,
        limit_seconds: None,
        used_seconds: None,
        remaining_seconds: None,
        late_seconds: None,
        day_seconds,
    };
    if let Due::AwaitingCalendar { year } = problem.due {
        return ClockView { state: ClockState::AwaitingCalendar, missing_year: Some(year), ..view };
    }
    let (Some(clock), Some(due)) = (&problem.clock, problem.pressing().moment()) else { return view };
    let between = |from: Moment, to: Moment| {
        // Natural limits need no calendar: where it says nothing, time is plain time.
        calendar.working_seconds(from, to).unwrap_or_else(|_| (to.utc() - from.utc()).num_seconds())
    };
    let ended = match problem.state {
        State::Submitted | State::Closed => problem.submitted_at.or(problem.closed_at),
        State::Merged | State::Dismissed => Some(problem.since),
        State::Reported | State::Filed | State::Assigned | State::Rectifying | State::Deferred => clock.standing_since,
    };
    let until = ended.unwrap_or(now);
    let limit = between(clock.start, due);
    view.limit_seconds = Some(limit);
    view.used_seconds = Some(between(clock.start, until.min(due)));
    if until > due {
        view.late_seconds = Some(between(due, until));
    } else {
        view.remaining_seconds = Some(between(until, due));
    }
    view.state = match problem.state {
        State::Closed | State::Dismissed | State::Merged => ClockState::Done,
        State::Reported | State::Filed | State::Assigned | State::Rectifying | State::Submitted | State::Deferred => {
            if until > due {
                ClockState::Late
            } else if clock.standing_since.is_some() || problem.state == State::Submitted {
                ClockState::Stopped
            } else {
                ClockState::Running
            }
        }
    };
    view
}
