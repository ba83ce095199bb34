//! What a change makes of a problem, without looking anything up: a history alone gives the problem.

use super::{Change, Clock, Command, Due, Problem, Registration, Request, RequestKind, Stage, State, Tally};
use crate::calendar::Pause;
use crate::moment::Moment;

/// The problem after a whole history; none if it does not begin with a registration or an imported entry.
#[must_use]
pub fn replay(history: &[Change]) -> Option<Problem> {
    let (first, rest) = history.split_first()?;
    let begun = Problem::begun(first)?;
    Some(rest.iter().fold(begun, |problem, change| problem.after(change)))
}

impl Problem {
    /// The problem that a first change begins; none if the change is not one that begins a history.
    #[must_use]
    pub fn begun(change: &Change) -> Option<Self> {
        if let Command::Register { registration } = &change.command {
            return Some(Self::registered(registration, change));
        }
        if let Command::Imported { registration, unit, closed_at } = &change.command {
            let registered = Self::registered(registration, change);
            return Some(Self { unit: *unit, closed_at: Some(*closed_at), outside_rates: true, ..registered });
        }
        None
    }

    fn registered(registration: &Registration, change: &Change) -> Self {
        Self {
            id: registration.id,
            version: 1,
            state: change.to,
            since: change.at,
            source: registration.source,
            registered_at: change.at,
            registered_by: change.by.person(),
            site: registration.site,
            item: registration.item,
            criteria: registration.criteria.clone(),
            category: registration.category.clone(),
            urgency: registration.urgency,
            requires_after_photo: registration.requires_after_photo,
            confidential: registration.confidential,
            rebound_of: registration.rebound_of,
            merged_into: None,
            unit: None,
            supporting: std::collections::BTreeSet::new(),
            assigned_at: None,
            clock: None,
            due: Due::None,
            stages: Vec::new(),
            pending: None,
            reopen_requested: false,
            tally: Tally::default(),
            review_on: None,
            before: None,
            submitted_at: None,
            closed_at: None,
            before_photos: registration.photos.clone(),
            after_photos: Vec::new(),
            outside_rates: false,
        }
    }

    /// The problem after an accepted change.
    #[must_use]
    pub fn after(&self, change: &Change) -> Self {
        let mut next = self.stepped(&change.command, change.to, change.at, change.review_at);
        next.due = change.due_after;
        for (stage, due) in next.stages.iter_mut().zip(&change.stages_due) {
            stage.due = *due;
        }
        next.outside_rates &= change.by == super::By::System;
        next.version = self.version + 1;
        next
    }

    /// Everything of the next problem except its due moments, which need the calendar.
    pub(super) fn stepped(&self, command: &Command, to: State, at: Moment, review_at: Option<Moment>) -> Self {
        let mut next = self.clone();
        next.state = to;
        if to != self.state {
            next.since = at;
        }
        match command {
            Command::Register { .. }
            | Command::Imported { .. }
            | Command::File { .. }
            | Command::Dismiss { .. }
            | Command::Acknowledge
            | Command::Rectify { .. }
            | Command::SettleDue => {}
            Command::Seal { .. } => next.confidential = true,
            Command::Unseal { .. } => next.confidential = false,
            Command::Merge { into } => {
                next.merged_into = Some(*into);
                next.before = Some(self.state);
                next.pending = None;
                next.clock = self.clock.clone().map(|clock| clock.stopped(at));
            }
            Command::Unmerge { .. } => {
                next.merged_into = None;
                next.before = None;
                next.release();
            }
            Command::Assign { unit, supporting, limit, urgency } => {
                next.unit = Some(*unit);
                next.supporting.clone_from(supporting);
                next.urgency = urgency.unwrap_or(self.urgency);
                next.assigned_at = Some(at);
                next.tally.assignments += 1;
                next.begin_cycle(Clock::started(at, *limit));
            }
            Command::Decline { reason } => {
                next.pending = Some(Request::Decline { reason: reason.clone() });
                next.tally.declines += 1;
                next.clock = self.clock.clone().map(|clock| clock.stopped(at));
            }
            Command::AcceptDecline { .. } => {
                next.pending = None;
                next.release();
            }
            Command::Transfer { to, reason } => {
                next.pending = Some(Request::Transfer { to: *to, reason: reason.clone() });
                next.clock = self.clock.clone().map(|clock| clock.stopped(at));
            }
            Command::ApproveTransfer { limit } => next.transferred(*limit, at),
            Command::RefuseDecline { .. } | Command::RefuseTransfer { .. } => {
                next.pending = None;
                next.clock = self.clock.clone().map(|clock| clock.running(at));
            }
            Command::Submit { after_photos, .. } => {
                next.submitted_at = Some(at);
                next.after_photos.clone_from(after_photos);
                next.tally.submissions += 1;
                // A deferral is moot once the work is done; an extension may still decide whether it was in time.
                next.pending = next.pending.filter(|request| request.kind() == RequestKind::Extension);
                next.clock = self.clock.clone().map(|clock| clock.stopped(at));
            }
            Command::Return { limit, .. } => {
                next.submitted_at = None;
                next.tally.reworks += 1;
                next.tally.cycles += 1;
                if limit.is_some() {
                    next.pending = None;
                }
                next.clock = self.clock.clone().map(|clock| clock.resumed(*limit, at));
            }
            Command::Verify { .. } => {
                next.closed_at = Some(at);
                next.pending = None;
            }
            Command::Extend { until, reason, .. } => {
                next.pending = Some(Request::Extension { until: *until, reason: reason.clone() });
            }
            Command::ApproveExtension { .. } => {
                if let Some(Request::Extension { until, .. }) = next.pending.take() {
                    next.clock = self.clock.clone().map(|clock| clock.extended(until, at));
                    next.tally.extensions += 1;
                }
            }
            Command::RefuseExtension { .. } | Command::RefuseDeferral { .. } => next.pending = None,
            Command::Defer { review_on, reason, .. } => {
                next.pending = Some(Request::Deferral { review_on: *review_on, reason: reason.clone() });
            }
            Command::ApproveDeferral { .. } => next.deferred(self.state, at, review_at),
            Command::Resume { limit, .. } => {
                next.review_on = None;
                next.before = None;
                next.clock = self.clock.clone().map(|clock| match limit {
                    Some(limit) => Clock::started(at, *limit),
                    None => clock.paused_no_longer_than(at),
                });
            }
            Command::Reclassify { category, urgency, criteria, limit, .. } => {
                next.category = category.clone().unwrap_or(next.category);
                next.urgency = urgency.unwrap_or(self.urgency);
                next.criteria = criteria.clone().unwrap_or(next.criteria);
                if let (Some(clock), Some(limit)) = (&mut next.clock, limit) {
                    clock.basis = super::Basis::Limit { limit: *limit };
                }
            }
            Command::Urge { .. } => next.tally.urges += 1,
            Command::SetStages { stages } => {
                next.stages = stages
                    .iter()
                    .map(|plan| Stage { name: plan.name.clone(), limit: plan.limit, due: Due::None, done_at: None })
                    .collect();
            }
            Command::CompleteStage { stage, .. } => {
                if let Some(stage) = next.stages.get_mut(*stage) {
                    stage.done_at = Some(at);
                }
            }
            Command::RequestReopen { .. } => next.reopen_requested = true,
            Command::RefuseReopen { .. } => next.reopen_requested = false,
            Command::Reopen { limit, unit, .. } => {
                next.unit = unit.or(self.unit);
                next.supporting = self.supporting.iter().copied().filter(|unit| Some(*unit) != next.unit).collect();
                next.reopen_requested = false;
                next.closed_at = None;
                next.submitted_at = None;
                next.assigned_at = Some(at);
                next.tally.reworks += 1;
                next.begin_cycle(Clock::started(at, *limit));
            }
        }
        next
    }

    fn begin_cycle(&mut self, clock: Clock) {
        self.clock = Some(clock);
        self.stages.clear();
        self.tally.cycles += 1;
    }

    /// Takes the problem away from its units.
    fn release(&mut self) {
        self.unit = None;
        self.supporting.clear();
        self.assigned_at = None;
        self.clock = None;
        self.stages.clear();
    }

    fn transferred(&mut self, limit: Option<crate::calendar::Limit>, at: Moment) {
        if let Some(Request::Transfer { to, .. }) = self.pending.take() {
            self.unit = Some(to);
            self.supporting.remove(&to);
            self.since = at;
            self.assigned_at = Some(at);
            self.tally.transfers += 1;
            self.tally.assignments += 1;
            self.tally.cycles += 1;
            self.clock = self.clock.take().map(|clock| clock.resumed(limit, at));
        }
    }

    fn deferred(&mut self, before: State, at: Moment, review_at: Option<Moment>) {
        if let Some(Request::Deferral { review_on, .. }) = self.pending.take() {
            self.before = Some(before);
            self.review_on = Some(review_on);
            self.tally.deferrals += 1;
            if let (Some(clock), Some(to)) = (&mut self.clock, review_at) {
                clock.pauses.push(Pause { from: at, to });
            }
        }
    }
}
