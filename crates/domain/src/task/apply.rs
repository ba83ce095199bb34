//! Judging a command: first what the table says of actor and state, then what the command itself says.

use chrono::NaiveDate;

use super::table::{Row, Who, row};
use super::{Change, Command, CommandKind, Determined, Refusal, Report, State, Task};
use crate::access::{Actor, Role};
use crate::calendar::Calendar;
use crate::id::UnitId;
use crate::moment::Moment;
use crate::unit::UnitTree;

/// What the rules look up.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The working calendar.
    pub calendar: &'a Calendar,
    /// The units.
    pub tree: &'a UnitTree,
}

impl Context<'_> {
    fn today(&self, moment: Moment) -> NaiveDate {
        self.calendar.local(moment).date_naive()
    }

    fn open(&self, unit: UnitId, moment: Moment) -> Result<(), Refusal> {
        let open = self.tree.is_open(unit, self.today(moment));
        if open { Ok(()) } else { Err(Refusal::UnitUnknown { unit }) }
    }
}

/// Judges a draft. Staff drafts for the own unit only.
///
/// # Errors
/// The [`Refusal`].
pub fn draft(task: Task, actor: &Actor, context: &Context<'_>, moment: Moment) -> Result<Change, Refusal> {
    let command = CommandKind::Draft;
    if !row(command).who.iter().any(|who| task.is(*who, actor, context.tree)) {
        return Err(Refusal::NotYours { command });
    }
    let task = Task { state: State::Draft, since: moment, reports: [].into(), returns: 0, version: 1, ..task };
    task.sound(context, moment)?;
    Ok(Change { command: Command::Draft { task: Box::new(task) }, at: moment, from: None, to: State::Draft })
}

/// The task that a history tells; none if it does not begin with a draft.
#[must_use]
pub fn replay(history: &[Change]) -> Option<Task> {
    let (first, rest) = history.split_first()?;
    let Command::Draft { task } = &first.command else { return None };
    Some(rest.iter().fold((**task).clone(), |task, change| task.after(change)))
}

fn written(words: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() { Err(Refusal::WordsMissing) } else { Ok(()) }
}

impl Task {
    /// Judges a command of this actor.
    ///
    /// # Errors
    /// The [`Refusal`] with its code and facts; the task is then as it was.
    pub fn apply(&self, command: &Command, actor: &Actor, context: &Context<'_>, moment: Moment) -> Result<Change, Refusal> {
        let row = self.admit(command.kind(), actor, context)?;
        self.complete(command, actor, context, moment)?;
        Ok(Change { command: command.clone(), at: moment, from: Some(self.state), to: row.to.unwrap_or(self.state) })
    }

    /// The commands open to the actor: exactly those that [`Task::apply`] accepts when filled in well.
    #[must_use]
    pub fn allowed(&self, actor: &Actor, context: &Context<'_>) -> Vec<CommandKind> {
        CommandKind::ALL.iter().copied().filter(|&kind| self.admit(kind, actor, context).is_ok()).collect()
    }

    /// The task after a change.
    #[must_use]
    pub fn after(&self, change: &Change) -> Self {
        let mut next = Self { version: self.version + 1, ..self.clone() };
        if change.to != self.state {
            (next.state, next.since) = (change.to, change.at);
        }
        match &change.command {
            Command::Draft { task } => return (**task).clone(),
            Command::Determine { determined } => next.determine(determined),
            Command::Schedule { milestones } => next.milestones.clone_from(milestones),
            Command::Report { unit, percent, note, evidence } => {
                let report = Report { percent: *percent, note: note.clone(), evidence: evidence.clone(), at: change.at };
                next.reports.insert(*unit, report);
            }
            Command::CompleteMilestone { milestone, .. } => {
                if let Some(milestone) = next.milestones.get_mut(*milestone) {
                    milestone.done_at = Some(change.at);
                }
            }
            Command::Conclude { .. } => next.concluded_at = Some(change.at),
            Command::Return { .. } => next.returns += 1,
            Command::Postpone { due_on, .. } => next.due_on = Some(*due_on),
            Command::HandOver { to } => next.responsible = Some(*to),
            Command::Start | Command::Sign { .. } | Command::Accept { .. } | Command::Cancel { .. } => {}
        }
        next
    }

    fn determine(&mut self, determined: &Determined) {
        let Determined { title, class, goal, measures, standard, lead, supporting, responsible, start_on, due_on, origin } =
            determined.clone();
        self.title = title.unwrap_or_else(|| self.title.clone());
        self.class = class.unwrap_or(self.class);
        self.goal = goal.unwrap_or_else(|| self.goal.clone());
        self.measures = measures.unwrap_or_else(|| self.measures.clone());
        self.standard = standard.unwrap_or_else(|| self.standard.clone());
        self.lead = lead.or(self.lead);
        self.supporting = supporting.unwrap_or_else(|| self.supporting.clone());
        self.responsible = responsible.or(self.responsible);
        self.start_on = start_on.or(self.start_on);
        self.due_on = due_on.or(self.due_on);
        self.origin = origin.unwrap_or_else(|| self.origin.clone());
    }

    /// What table and circumstances say of a kind of command, whatever it says itself.
    fn admit(&self, kind: CommandKind, actor: &Actor, context: &Context<'_>) -> Result<Row, Refusal> {
        let row = row(kind);
        if row.from.is_empty() {
            return Err(Refusal::NotBegun { command: kind });
        }
        if !row.who.iter().any(|who| self.is(*who, actor, context.tree)) {
            return Err(Refusal::NotYours { command: kind });
        }
        if !row.from.contains(&self.state) {
            return Err(Refusal::State { command: kind, state: self.state });
        }
        match kind {
            CommandKind::Start => self.must_be_determined()?,
            CommandKind::Conclude => self.must_be_finished()?,
            CommandKind::CompleteMilestone if self.milestones.iter().all(|one| one.done_at.is_some()) => {
                return Err(Refusal::MilestoneUnknown { milestone: self.milestones.len() });
            }
            CommandKind::Schedule if self.due_on.is_none() => {
                return Err(Refusal::Undetermined { determination: super::Determination::Deadline });
            }
            CommandKind::Draft
            | CommandKind::Determine
            | CommandKind::Schedule
            | CommandKind::Report
            | CommandKind::CompleteMilestone
            | CommandKind::Sign
            | CommandKind::Accept
            | CommandKind::Return
            | CommandKind::Postpone
            | CommandKind::HandOver
            | CommandKind::Cancel => {}
        }
        Ok(row)
    }

    /// 五定: none of the five is left open.
    fn must_be_determined(&self) -> Result<(), Refusal> {
        match self.undetermined().first() {
            Some(determination) => Err(Refusal::Undetermined { determination: *determination }),
            None => Ok(()),
        }
    }

    /// The lead concludes when every milestone is done and every supporting unit has said that its part is.
    fn must_be_finished(&self) -> Result<(), Refusal> {
        if let Some(open) = self.milestones.iter().find(|milestone| milestone.done_at.is_none()) {
            return Err(Refusal::MilestoneOpen { name: open.name.clone() });
        }
        let finished = |unit: &UnitId| self.reports.get(unit).is_some_and(|report| report.percent == 100);
        match self.supporting.iter().find(|unit| !finished(unit)) {
            Some(unit) => Err(Refusal::SupportUnfinished { unit: *unit }),
            None => Ok(()),
        }
    }

    fn complete(&self, command: &Command, actor: &Actor, context: &Context<'_>, moment: Moment) -> Result<(), Refusal> {
        match command {
            Command::Draft { .. } => Err(Refusal::NotBegun { command: CommandKind::Draft }),
            Command::Determine { determined } => {
                let mut next = self.clone();
                next.determine(determined);
                next.sound(context, moment)?;
                let lost = next.undetermined();
                match lost.first() {
                    Some(determination) if self.state == State::Running => {
                        Err(Refusal::DeterminationLost { determination: *determination })
                    }
                    Some(_) | None => Ok(()),
                }
            }
            Command::Schedule { milestones } => self.in_order(milestones, context),
            Command::Report { unit, percent, note, .. } => {
                if *percent > 100 {
                    return Err(Refusal::PercentInvalid { percent: *percent });
                }
                if !self.units().any(|one| one == *unit) {
                    return Err(Refusal::UnitWithoutPart { unit: *unit });
                }
                let own = works(actor, *unit, context.tree);
                let in_charge = self.lead == Some(*unit) && self.responsible == Some(actor.person);
                if !own && !in_charge {
                    return Err(Refusal::NotYours { command: CommandKind::Report });
                }
                written(note)
            }
            Command::CompleteMilestone { milestone, .. } => match self.milestones.get(*milestone) {
                None => Err(Refusal::MilestoneUnknown { milestone: *milestone }),
                Some(done) if done.done_at.is_some() => Err(Refusal::MilestoneDone { name: done.name.clone() }),
                Some(_) => Ok(()),
            },
            Command::Conclude { note, .. } => written(note),
            Command::Return { reason } | Command::Cancel { reason } => written(reason),
            Command::Postpone { due_on, reason } => {
                written(reason)?;
                if *due_on < context.today(moment) || self.start_on.is_some_and(|start| *due_on < start) {
                    return Err(Refusal::DueTooEarly { due_on: *due_on });
                }
                Ok(())
            }
            Command::Start | Command::Sign { .. } | Command::Accept { .. } | Command::HandOver { .. } => Ok(()),
        }
    }

    /// What holds of every task, drafted or running.
    fn sound(&self, context: &Context<'_>, moment: Moment) -> Result<(), Refusal> {
        if self.title.trim().is_empty() {
            return Err(Refusal::TitleMissing);
        }
        for unit in self.units() {
            context.open(unit, moment)?;
        }
        if let Some(unit) = self.lead.filter(|lead| self.supporting.contains(lead)) {
            return Err(Refusal::UnitSupportsItself { unit });
        }
        match (self.start_on, self.due_on) {
            (Some(start), Some(due)) if due < start => Err(Refusal::DueTooEarly { due_on: due }),
            (Some(_) | None, _) => Ok(()),
        }
    }

    /// Milestones end in order, on working days, not after the last day; what is done stays done.
    fn in_order(&self, milestones: &[super::Milestone], context: &Context<'_>) -> Result<(), Refusal> {
        let broken = |fault: super::PlanFault| Refusal::Plan { fault };
        if milestones.is_empty() {
            return Err(broken(super::PlanFault::NoStep));
        }
        for (place, milestone) in milestones.iter().enumerate() {
            let day = context.calendar.local(milestone.due).date_naive();
            let works = context.calendar.is_working_day(day).map_err(|error| broken(error.into()))?;
            let ends_well = works && milestone.due == context.calendar.day_close(day) && milestone.from <= day;
            let in_order = place == 0 || milestones[place - 1].due < milestone.due;
            let in_time = self.due_on.is_none_or(|due| day <= due);
            if !(ends_well && in_order && in_time) || milestone.name.trim().is_empty() {
                return Err(broken(super::PlanFault::StepEmpty { step: place + 1 }));
            }
        }
        let lost = self
            .milestones
            .iter()
            .filter(|old| old.done_at.is_some())
            .find(|old| !milestones.iter().any(|new| new.name == old.name && new.done_at == old.done_at));
        match lost {
            Some(old) => Err(Refusal::MilestoneDone { name: old.name.clone() }),
            None => Ok(()),
        }
    }

    fn is(&self, who: Who, actor: &Actor, tree: &UnitTree) -> bool {
        let holds = |role: Role| actor.posts.iter().any(|post| post.role == role);
        match who {
            Who::Office => holds(Role::Office),
            Who::Admin => holds(Role::CityAdmin),
            Who::Lead => self.responsible == Some(actor.person) || self.lead.is_some_and(|lead| works(actor, lead, tree)),
            Who::Support => self.supporting.iter().any(|unit| works(actor, *unit, tree)),
            Who::Head => self.lead.is_some_and(|lead| {
                actor.posts.iter().any(|post| post.role == Role::UnitHead && tree.is_within(lead, post.unit))
            }),
            Who::Staff => self.lead.is_some_and(|lead| works(actor, lead, tree)),
        }
    }
}

/// Whether the actor is head, officer or liaison of the unit or of one above it.
fn works(actor: &Actor, unit: UnitId, tree: &UnitTree) -> bool {
    actor
        .posts
        .iter()
        .any(|post| matches!(post.role, Role::UnitHead | Role::Officer | Role::Liaison) && tree.is_within(unit, post.unit))
}
