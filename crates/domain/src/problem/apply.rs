//! Judging a command: first what the table says of actor, state and request, then what the command itself says.
//!
//! The first half needs nothing but the kind of the command, and so also answers which commands are open to a reader.

use serde::{Deserialize, Serialize};

use super::table::{Asks, Row, Who, row};
use super::{
    Change, Command, CommandKind, Context, Due, Field, Problem, ProblemActor, Refusal, Registration, Request, RequestKind,
    Source, State, counted_at,
};
use crate::access::Role;
use crate::id::UnitId;
use crate::moment::Moment;

/// A command open to a reader, with the fields it cannot do without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Which.
    pub command: CommandKind,
    /// What must be filled in.
    pub needs: Vec<Field>,
}

/// Judges a registration or an imported entry.
///
/// # Errors
/// [`Refusal`] if the command is not one that begins a history, or not for this actor.
pub fn register(command: &Command, actor: &ProblemActor, context: &Context<'_>, moment: Moment) -> Result<Change, Refusal> {
    let (kind, at) = (command.kind(), counted_at(context.made_at, moment));
    let row = row(kind);
    if !row.who.iter().any(|who| who.is(actor, None, context.tree)) {
        return Err(Refusal::NotYours { command: kind });
    }
    let state = row.to.of(State::Reported, None);
    if let Command::Register { registration } = command {
        may_report(registration, actor)?;
    } else if let Command::Imported { unit, closed_at, .. } = command {
        unit.map_or(Ok(()), |unit| must_exist(unit, context, at))?;
        if *closed_at > at {
            return Err(Refusal::ClosedInFuture);
        }
    } else {
        return Err(Refusal::NotRegistered { command: kind });
    }
    Ok(Change {
        command: command.clone(),
        by: actor.by(),
        at,
        arrived: (at != moment).then_some(moment),
        from: None,
        to: state,
        due_before: Due::None,
        due_after: Due::None,
        stages_due: Vec::new(),
        review_at: None,
    })
}

/// A citizen's report comes from nobody but the public.
fn may_report(registration: &Registration, actor: &ProblemActor) -> Result<(), Refusal> {
    if *actor == ProblemActor::Reporter && registration.source != Source::Citizen {
        return Err(Refusal::NotYours { command: CommandKind::Register });
    }
    let office = actor.posts().iter().any(|post| matches!(post.role, Role::Office | Role::CityAdmin));
    if registration.confidential && !office {
        return Err(Refusal::NotYours { command: CommandKind::Seal });
    }
    if registration.category.0.trim().is_empty() {
        return Err(Refusal::FieldMissing { field: Field::Registration });
    }
    Ok(())
}

impl Problem {
    /// Judges a command of this actor that arrives at `moment`.
    ///
    /// # Errors
    /// The [`Refusal`] with its code and facts; the problem is then as it was.
    pub fn apply(
        &self,
        command: &Command,
        actor: &ProblemActor,
        context: &Context<'_>,
        moment: Moment,
    ) -> Result<Change, Refusal> {
        let at = self.counted(context.made_at, moment);
        let row = self.admit(command.kind(), actor, context, at)?;
        self.complete(command, context, at)?;
        let to = row.to.of(self.state, self.before);
        let review_at = self.review_at(command, context);
        let next = self.stepped(command, to, at, review_at);
        let (due_after, stages_due) = next.dues(context);
        Ok(Change {
            command: command.clone(),
            by: actor.by(),
            at,
            arrived: (at != moment).then_some(moment),
            from: Some(self.state),
            to,
            due_before: self.due,
            due_after,
            stages_due,
            review_at,
        })
    }

    /// The commands open to the actor at `moment`: exactly those that [`Problem::apply`] accepts when filled in well.
    #[must_use]
    pub fn allowed(&self, actor: &ProblemActor, context: &Context<'_>, moment: Moment) -> Vec<Open> {
        let at = self.counted(context.made_at, moment);
        let open = |&&kind: &&CommandKind| self.admit(kind, actor, context, at).is_ok();
        CommandKind::ALL.iter().filter(open).map(|&command| Open { command, needs: self.needs(command) }).collect()
    }

    /// Why a kind of command is not open to the actor at `moment`, whatever it would say; none if it is open.
    #[must_use]
    pub fn refusal(&self, kind: CommandKind, actor: &ProblemActor, context: &Context<'_>, moment: Moment) -> Option<Refusal> {
        let at = self.counted(context.made_at, moment);
        self.admit(kind, actor, context, at).err()
    }

    /// When a command counts: never before the step it follows.
    fn counted(&self, made_at: Option<Moment>, moment: Moment) -> Moment {
        let standing = self.clock.as_ref().and_then(|clock| clock.standing_since);
        counted_at(made_at, moment).max(self.since).max(standing.unwrap_or(self.since))
    }

    fn dues(&self, context: &Context<'_>) -> (Due, Vec<Due>) {
        let Some(clock) = &self.clock else { return (Due::None, Vec::new()) };
        let stages = self.stages.iter().map(|stage| clock.stage_due(stage.limit, context.calendar)).collect();
        (clock.due(context.calendar), stages)
    }

    /// The clock runs again when the day of review begins.
    fn review_at(&self, command: &Command, context: &Context<'_>) -> Option<Moment> {
        let (Command::ApproveDeferral { .. }, Some(Request::Deferral { review_on, .. })) = (command, &self.pending) else {
            return None;
        };
        Some(context.calendar.moment(*review_on, chrono::NaiveTime::MIN))
    }

    /// What table and circumstances say of a kind of command, whatever it says itself.
    fn admit(&self, kind: CommandKind, actor: &ProblemActor, context: &Context<'_>, at: Moment) -> Result<Row, Refusal> {
        let row = row(kind);
        if !row.who.iter().any(|who| who.is(actor, Some(self), context.tree)) {
            return Err(Refusal::NotYours { command: kind });
        }
        if !row.from.contains(&self.state) {
            return Err(Refusal::State { command: kind, state: self.state });
        }
        self.heed_request(row.asks)?;
        if row.who.contains(&Who::Verifier) {
            self.must_be_independent(kind, actor, context)?;
        }
        self.heed_circumstances(kind, context, at)?;
        Ok(row)
    }

    fn heed_request(&self, asks: Asks) -> Result<(), Refusal> {
        let pending = self.pending.as_ref().map(Request::kind);
        match (asks, pending) {
            (Asks::Anyway, _) | (Asks::NothingAsked | Asks::NotWhileStanding, None) => Ok(()),
            (Asks::NotWhileStanding, Some(RequestKind::Extension | RequestKind::Deferral)) => Ok(()),
            (Asks::NotWhileStanding | Asks::NothingAsked, Some(request)) => Err(Refusal::RequestPending { request }),
            (Asks::Decides(request), Some(pending)) if pending == request => Ok(()),
            (Asks::Decides(request), _) => Err(Refusal::RequestMissing { request }),
        }
    }

    /// The unit that rectifies never verifies, nor anyone in its line; the supervision office verifies the creation office.
    fn must_be_independent(&self, kind: CommandKind, actor: &ProblemActor, context: &Context<'_>) -> Result<(), Refusal> {
        for unit in self.units() {
            let post = actor.posts_now_or_at_submission().find(|post| context.tree.in_line(unit, post.unit));
            if let Some(post) = post {
                return Err(Refusal::VerifierNotIndependent { unit, post: post.unit });
            }
        }
        let of_office = |unit: &UnitId| context.creation_offices.iter().any(|&office| context.tree.is_within(*unit, office));
        let supervises = actor.posts().iter().any(|post| post.role == Role::Supervisor);
        let verifies = actor.posts().iter().any(|post| matches!(post.role, Role::Office | Role::Inspector));
        match self.units().find(of_office) {
            Some(_) if supervises => Ok(()),
            Some(unit) => Err(Refusal::SupervisionOnly { unit }),
            None if verifies => Ok(()),
            None => Err(Refusal::NotYours { command: kind }),
        }
    }

    fn heed_circumstances(&self, kind: CommandKind, context: &Context<'_>, at: Moment) -> Result<(), Refusal> {
        match kind {
            CommandKind::Decline => self.may_decline(context, at),
            CommandKind::Extend => match self.due.moment() {
                Some(due) if at > due => Err(Refusal::ExtensionAfterDue { due }),
                Some(_) | None => Ok(()),
            },
            CommandKind::ApproveDeferral => match &self.pending {
                Some(Request::Deferral { review_on, .. }) if *review_on <= context.calendar.local(at).date_naive() => {
                    Err(Refusal::ReviewNotLater)
                }
                Some(_) | None => Ok(()),
            },
            CommandKind::CompleteStage if self.stages.iter().all(|stage| stage.done_at.is_some()) => {
                Err(Refusal::FieldMissing { field: Field::Stages })
            }
            CommandKind::RequestReopen if self.reopen_requested => Err(Refusal::ReopenRequested),
            CommandKind::RefuseReopen if !self.reopen_requested => Err(Refusal::ReopenNotRequested),
            CommandKind::SettleDue => self.must_be_unsettled(context),
            CommandKind::Seal if self.confidential => Err(Refusal::SealedAlready),
            CommandKind::Unseal if !self.confidential => Err(Refusal::NotSealed),
            CommandKind::Register
            | CommandKind::Imported
            | CommandKind::File
            | CommandKind::Dismiss
            | CommandKind::Merge
            | CommandKind::Unmerge
            | CommandKind::Assign
            | CommandKind::Acknowledge
            | CommandKind::AcceptDecline
            | CommandKind::RefuseDecline
            | CommandKind::Transfer
            | CommandKind::ApproveTransfer
            | CommandKind::RefuseTransfer
            | CommandKind::Rectify
            | CommandKind::Submit
            | CommandKind::Return
            | CommandKind::Verify
            | CommandKind::ApproveExtension
            | CommandKind::RefuseExtension
            | CommandKind::Defer
            | CommandKind::RefuseDeferral
            | CommandKind::Resume
            | CommandKind::Reclassify
            | CommandKind::Urge
            | CommandKind::SetStages
            | CommandKind::CompleteStage
            | CommandKind::RequestReopen
            | CommandKind::RefuseReopen
            | CommandKind::Reopen
            | CommandKind::Seal
            | CommandKind::Unseal => Ok(()),
        }
    }

    fn may_decline(&self, context: &Context<'_>, at: Moment) -> Result<(), Refusal> {
        if self.tally.declines >= context.policy.declines {
            return Err(Refusal::DeclineExhausted { declines: self.tally.declines });
        }
        let until = self.assigned_at.map(|assigned| context.calendar.due(assigned, context.policy.decline_within));
        match until {
            Some(Ok(until)) if at > until => Err(Refusal::DeclineTooLate { until }),
            // Without the year's calendar nobody can say that it is too late.
            Some(Ok(_) | Err(_)) | None => Ok(()),
        }
    }

    /// An accepted submission is judged once: after closing, only a due moment that was never known is computed.
    fn must_be_unsettled(&self, context: &Context<'_>) -> Result<(), Refusal> {
        let judged = self.state == State::Closed && !matches!(self.due, Due::AwaitingCalendar { .. });
        let (due, stages) = self.dues(context);
        let same = due == self.due && self.stages.iter().map(|stage| stage.due).eq(stages);
        if judged || same { Err(Refusal::DueSettled) } else { Ok(()) }
    }
}

pub(super) fn must_exist(unit: UnitId, context: &Context<'_>, at: Moment) -> Result<(), Refusal> {
    let today = context.calendar.local(at).date_naive();
    if context.tree.is_open(unit, today) { Ok(()) } else { Err(Refusal::UnitUnknown { unit }) }
}
