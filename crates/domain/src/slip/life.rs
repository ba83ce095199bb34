//! The life of one slip: *command × from × to × who*.

use serde::{Deserialize, Serialize};

use super::SlipState::{Accepted, Appealed, Issued, Lifted, NotAccepted, Proposed, Received, Replied, Withdrawn};
use super::{Slip, SlipChange, SlipCommand, SlipCommandKind, SlipState};
use crate::access::{self, Actor, Place, Right};
use crate::calendar::Calendar;
use crate::moment::Moment;
use crate::problem::{By, Due};
use crate::unit::UnitTree;

/// Who commands a slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlipActor {
    /// A person.
    Person(Actor),
    /// The ladder itself: where the policy says that a step goes out by itself, and when the problem is closed.
    Ladder,
}

/// Why a command on a slip is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code")]
pub enum Refusal {
    /// The command is not for this actor on this slip.
    #[error("{command:?} is not yours to command here")]
    #[serde(rename = "slip_not_yours")]
    NotYours { command: SlipCommandKind },
    /// The command is not open in this state.
    #[error("{command:?} is not open while the slip is {state:?}")]
    #[serde(rename = "slip_state")]
    State { command: SlipCommandKind, state: SlipState },
    /// A reason is required.
    #[error("a reason is required")]
    #[serde(rename = "slip_reason_missing")]
    ReasonMissing,
    /// A reply says something.
    #[error("the reply is empty")]
    #[serde(rename = "slip_reply_empty")]
    ReplyEmpty,
    /// The number is not of the year of issue.
    #[error("a slip issued in {year} takes a number of that year")]
    #[serde(rename = "slip_number_year")]
    NumberYear { year: i32 },
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYours { .. } => "slip_not_yours",
            Self::State { .. } => "slip_state",
            Self::ReasonMissing => "slip_reason_missing",
            Self::ReplyEmpty => "slip_reply_empty",
            Self::NumberYear { .. } => "slip_number_year",
        }
    }
}

/// From where, to where (none: back to before the appeal), under which right.
#[rustfmt::skip]
const fn row(kind: SlipCommandKind) -> (&'static [SlipState], Option<SlipState>, Right) {
    use SlipCommandKind as C;
    match kind {
        C::Issue        => (&[Proposed],                                                   Some(Issued),      Right::IssueSlip),
        C::Receive      => (&[Issued],                                                     Some(Received),    Right::ReplySlip),
        C::Reply        => (&[Received, NotAccepted],                                      Some(Replied),     Right::ReplySlip),
        C::Accept       => (&[Replied],                                                    Some(Accepted),    Right::IssueSlip),
        C::NotAccept    => (&[Replied],                                                    Some(NotAccepted), Right::IssueSlip),
        C::Appeal       => (&[Issued, Received, NotAccepted],                              Some(Appealed),    Right::ReplySlip),
        C::RejectAppeal => (&[Appealed],                                                   None,              Right::IssueSlip),
        C::Withdraw     => (&[Proposed, Issued, Received, Replied, NotAccepted, Appealed], Some(Withdrawn),   Right::IssueSlip),
        C::Lift         => (&[Issued, Received, Replied, Accepted, NotAccepted],           Some(Lifted),      Right::IssueSlip),
    }
}

impl Slip {
    /// Judges a command.
    ///
    /// # Errors
    /// The [`Refusal`] with its code and facts.
    pub fn apply(
        &self,
        command: &SlipCommand,
        actor: &SlipActor,
        tree: &UnitTree,
        calendar: &Calendar,
        moment: Moment,
    ) -> Result<SlipChange, Refusal> {
        let to = self.admit(command.kind(), actor, tree)?;
        self.complete(command, calendar, moment)?;
        let by = match actor {
            SlipActor::Person(actor) => By::Person { person: actor.person },
            SlipActor::Ladder => By::System,
        };
        let issued = command.kind() == SlipCommandKind::Issue;
        let reply_due = if issued { Due::from(calendar.due(moment, self.reply_limit)) } else { self.reply_due };
        Ok(SlipChange { command: command.clone(), by, at: moment, from: self.state, to, reply_due })
    }

    /// The slip after an accepted change.
    #[must_use]
    pub fn after(&self, change: &SlipChange) -> Self {
        let mut next = Self { state: change.to, version: self.version + 1, reply_due: change.reply_due, ..self.clone() };
        match &change.command {
            SlipCommand::Issue { number } => {
                next.number = Some(*number);
                next.issued_at = Some(change.at);
            }
            SlipCommand::Reply { .. } => next.replied_at = Some(change.at),
            SlipCommand::Appeal { .. } => next.before_appeal = Some(self.state),
            SlipCommand::RejectAppeal { .. } => next.before_appeal = None,
            SlipCommand::Receive
            | SlipCommand::Accept { .. }
            | SlipCommand::NotAccept { .. }
            | SlipCommand::Withdraw { .. }
            | SlipCommand::Lift { .. } => {}
        }
        next
    }

    /// The commands open to the actor: exactly those that [`Slip::apply`] accepts when filled in well.
    #[must_use]
    pub fn allowed(&self, actor: &SlipActor, tree: &UnitTree) -> Vec<SlipCommandKind> {
        SlipCommandKind::ALL.into_iter().filter(|&kind| self.admit(kind, actor, tree).is_ok()).collect()
    }

    fn admit(&self, kind: SlipCommandKind, actor: &SlipActor, tree: &UnitTree) -> Result<SlipState, Refusal> {
        let (from, to, right) = row(kind);
        let may = match actor {
            SlipActor::Person(actor) => access::allows(right, actor, &Place::Units(&[self.unit]), tree).is_ok(),
            SlipActor::Ladder => matches!(kind, SlipCommandKind::Issue | SlipCommandKind::Withdraw | SlipCommandKind::Lift),
        };
        if !may {
            return Err(Refusal::NotYours { command: kind });
        }
        if !from.contains(&self.state) {
            return Err(Refusal::State { command: kind, state: self.state });
        }
        Ok(to.or(self.before_appeal).unwrap_or(Issued))
    }

    fn complete(&self, command: &SlipCommand, calendar: &Calendar, moment: Moment) -> Result<(), Refusal> {
        match command {
            SlipCommand::NotAccept { reason }
            | SlipCommand::Appeal { reason }
            | SlipCommand::RejectAppeal { reason }
            | SlipCommand::Withdraw { reason }
            | SlipCommand::Lift { reason } => {
                if reason.trim().is_empty() {
                    Err(Refusal::ReasonMissing)
                } else {
                    Ok(())
                }
            }
            SlipCommand::Reply { text, .. } => {
                if text.trim().is_empty() {
                    Err(Refusal::ReplyEmpty)
                } else {
                    Ok(())
                }
            }
            SlipCommand::Issue { number } => {
                let year = chrono::Datelike::year(&calendar.local(moment).date_naive());
                if number.year == year && number.number > 0 { Ok(()) } else { Err(Refusal::NumberYear { year }) }
            }
            SlipCommand::Receive | SlipCommand::Accept { .. } => Ok(()),
        }
    }
}
