//! The ladder: which steps of a policy a problem has reached.

use serde::{Deserialize, Serialize};

use super::{Occasion, SlipColour, SlipState};
use crate::calendar::{Calendar, CalendarError, Limit};
use crate::moment::Moment;
use crate::problem::{Due, Problem, Source, State};

/// What a step sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StepKind {
    /// 提醒: a notice, no slip.
    Reminder,
    /// A slip with a reply due within a limit from issue.
    Slip {
        /// How grave.
        colour: SlipColour,
        /// Within what time a reply is due.
        reply_limit: Limit,
    },
}

/// Whether a person issues what a step proposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Release {
    /// A person issues it.
    ByPerson,
    /// It goes out by itself.
    ByItself,
}

/// What makes a step reached; one of a step's triggers is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "trigger", rename_all = "snake_case")]
pub enum Trigger {
    /// So many hours or fewer are left until due.
    DueWithin { hours: u32 },
    /// At the close of the n-th working day after due, time at which the clock stood still not counted.
    Overdue { working_days: u32 },
    /// The reply to the previous step's slip was due and the problem is still open, whatever was replied.
    PreviousExpired,
    /// The reply to the previous step's slip was not accepted.
    ReplyNotAccepted,
    /// Returned or reopened so often.
    Rework { times: u32 },
    /// Came back so often.
    Rebound { times: u32 },
    /// Exposed by the media.
    Exposure,
}

/// One step of the ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its code, which names it in occasions and never changes.
    pub code: String,
    /// What it sends.
    pub kind: StepKind,
    /// What makes it reached.
    pub triggers: Vec<Trigger>,
    /// Who lets it out.
    pub release: Release,
    /// What its slip says besides the facts; empty: the usual sentence.
    #[serde(default)]
    pub wording: String,
    /// Who signs, as printed; empty: whoever issues it.
    #[serde(default)]
    pub signer: String,
    /// Who receives a copy; empty: as the letterhead says.
    #[serde(default)]
    pub copies: Vec<String>,
}

/// A ladder: its steps, from the mildest to the gravest.
#[doc(alias = "督办梯次")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Policy {
    /// A sample: a reminder a day ahead; white one working day overdue; yellow and red when the slip before has expired or its
    /// reply was not accepted; yellow at once for what came back twice or was returned three times; replies within so many
    /// working days.
    #[must_use]
    pub fn sample(reply_days: u32) -> Self {
        let slip = |code: &str, colour, triggers| Step {
            code: code.to_owned(),
            kind: StepKind::Slip { colour, reply_limit: Limit::WorkingDays { count: reply_days } },
            triggers,
            release: Release::ByPerson,
            wording: String::new(),
            signer: String::new(),
            copies: Vec::new(),
        };
        let reminder = Step {
            code: "reminder".to_owned(),
            kind: StepKind::Reminder,
            triggers: vec![Trigger::DueWithin { hours: 24 }],
            release: Release::ByItself,
            wording: String::new(),
            signer: String::new(),
            copies: Vec::new(),
        };
        let escalation = vec![Trigger::PreviousExpired, Trigger::ReplyNotAccepted];
        let again = [Trigger::Rework { times: 3 }, Trigger::Rebound { times: 2 }];
        Self {
            steps: vec![
                reminder,
                slip("white", SlipColour::White, vec![Trigger::Overdue { working_days: 1 }]),
                slip("yellow", SlipColour::Yellow, [&escalation[..], &again].concat()),
                slip("red", SlipColour::Red, escalation),
            ],
        }
    }
}

/// What was proposed or sent for a problem before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastSlip {
    /// The occasion.
    pub occasion: Occasion,
    /// Where it stands; a reminder once sent is issued.
    pub state: SlipState,
    /// When its reply is due.
    pub reply_due: Due,
}

/// What the ladder looks at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The problem.
    pub problem: &'a Problem,
    /// What was proposed or sent for it, in that order.
    pub past: &'a [PastSlip],
    /// How often it came back before, itself included.
    pub rebounds: u32,
}

/// A step that a problem has reached and that was not proposed before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The occasion, proposed once.
    pub occasion: Occasion,
    /// What it sends.
    pub kind: StepKind,
    /// Who lets it out.
    pub release: Release,
    /// What made it reached; none: a person's direct decision.
    pub trigger: Option<Trigger>,
}

/// The steps reached at `moment` that were not proposed before, mildest first; then those that a stage has reached by its own
/// limit, stage by stage: each stage is reminded of and proposed for itself.
///
/// # Errors
/// [`CalendarError`] if an overdue step needs a year without calendar.
pub fn proposals(
    facts: &Facts<'_>,
    policy: &Policy,
    calendar: &Calendar,
    moment: Moment,
) -> Result<Vec<Proposal>, CalendarError> {
    let mut found = Vec::new();
    if !is_on_ladder(facts.problem) {
        return Ok(found);
    }
    for (index, step) in policy.steps.iter().enumerate() {
        let occasion = occasion(facts, step, 1);
        if facts.past.iter().any(|past| past.occasion == occasion) {
            continue;
        }
        let previous = index.checked_sub(1).and_then(|index| policy.steps.get(index));
        for trigger in &step.triggers {
            if reached(*trigger, facts, step, previous, calendar, moment)? {
                found.push(Proposal { occasion, kind: step.kind, release: step.release, trigger: Some(*trigger) });
                break;
            }
        }
    }
    for (place, stage) in facts.problem.open_stages() {
        for step in &policy.steps {
            let occasion = occasion(facts, step, Occasion::of_stage(place));
            if facts.past.iter().any(|past| past.occasion == occasion) {
                continue;
            }
            for trigger in &step.triggers {
                if timed(*trigger, stage.due.moment(), facts.problem, calendar, moment)? {
                    found.push(Proposal { occasion, kind: step.kind, release: step.release, trigger: Some(*trigger) });
                    break;
                }
            }
        }
    }
    Ok(found)
}

/// A step taken by a person's decision, whatever the triggers say.
#[must_use]
pub fn direct(facts: &Facts<'_>, step: &Step) -> Proposal {
    let cycle = facts.problem.tally.cycles;
    let taken = facts.past.iter().map(|past| &past.occasion);
    let own = taken.filter(|past| past.cycle == cycle && past.step == step.code && past.stage().is_none());
    let last = own.map(|past| past.ordinal).max();
    // The first ordinal stays free for what the ladder itself proposes.
    let ordinal = last.unwrap_or(1) + 1;
    Proposal { occasion: occasion(facts, step, ordinal), kind: step.kind, release: Release::ByPerson, trigger: None }
}

fn occasion(facts: &Facts<'_>, step: &Step, ordinal: u32) -> Occasion {
    Occasion { problem: facts.problem.id, cycle: facts.problem.tally.cycles, step: step.code.clone(), ordinal }
}

/// Only what a unit has to do is pressed for; an approved deferral is quiet.
#[must_use]
pub fn is_on_ladder(problem: &Problem) -> bool {
    match problem.state {
        State::Assigned | State::Rectifying | State::Submitted => !problem.outside_rates,
        State::Reported | State::Filed | State::Closed | State::Deferred | State::Dismissed | State::Merged => false,
    }
}

fn reached(
    trigger: Trigger,
    facts: &Facts<'_>,
    step: &Step,
    previous: Option<&Step>,
    calendar: &Calendar,
    moment: Moment,
) -> Result<bool, CalendarError> {
    let problem = facts.problem;
    let Some(clock) = &problem.clock else { return Ok(false) };
    // What lies with the office or the verifier does not grow later meanwhile.
    let now = clock.standing_since.map_or(moment, |since| since.min(moment));
    Ok(match trigger {
        Trigger::DueWithin { .. } | Trigger::Overdue { .. } => timed(trigger, problem.due.moment(), problem, calendar, moment)?,
        Trigger::PreviousExpired => unanswered(facts, step, previous)
            .is_some_and(|past| past.state != SlipState::Appealed && past.reply_due.moment().is_some_and(|due| now > due)),
        Trigger::ReplyNotAccepted => unanswered(facts, step, previous).is_some_and(|past| past.state == SlipState::NotAccepted),
        Trigger::Rework { times } => problem.tally.reworks >= times,
        Trigger::Rebound { times } => facts.rebounds >= times,
        Trigger::Exposure => problem.source == Source::MediaExposure,
    })
}

/// Whether a trigger that looks at the time alone is reached for what is due at a moment: the whole or a stage of it.
fn timed(
    trigger: Trigger,
    due: Option<Moment>,
    problem: &Problem,
    calendar: &Calendar,
    moment: Moment,
) -> Result<bool, CalendarError> {
    let (Some(clock), Some(due)) = (&problem.clock, due) else { return Ok(false) };
    let now = clock.standing_since.map_or(moment, |since| since.min(moment));
    Ok(match trigger {
        Trigger::DueWithin { hours } => {
            let left = due.utc() - now.utc();
            clock.standing_since.is_none() && now <= due && left <= chrono::TimeDelta::hours(i64::from(hours))
        }
        Trigger::Overdue { working_days } => now > due && clock.overdue_at(due, working_days, calendar)? <= now,
        Trigger::PreviousExpired
        | Trigger::ReplyNotAccepted
        | Trigger::Rework { .. }
        | Trigger::Rebound { .. }
        | Trigger::Exposure => false,
    })
}

/// The previous step's last slip in force, unless this step was already taken after it.
fn unanswered<'a>(facts: &Facts<'a>, step: &Step, previous: Option<&Step>) -> Option<&'a PastSlip> {
    let previous = previous?;
    let in_force = |past: &PastSlip| match past.state {
        SlipState::Issued
        | SlipState::Received
        | SlipState::Replied
        | SlipState::Accepted
        | SlipState::NotAccepted
        | SlipState::Appealed => true,
        SlipState::Proposed | SlipState::Withdrawn | SlipState::Lifted => false,
    };
    let last = facts.past.iter().rposition(|past| past.occasion.step == previous.code && in_force(past))?;
    let taken = facts.past.iter().rposition(|past| past.occasion.step == step.code);
    if taken.is_some_and(|taken| taken > last) { None } else { facts.past.get(last) }
}
