//! The table of a task's commands: *command × from × to × who*.

use super::State::{Cancelled, Concluded, Done, Draft, Running, Signed};
use super::{CommandKind, State};

/// Who may command a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// 创建办.
    Office,
    /// Whoever keeps the city's data, for imports.
    Admin,
    /// Head, officer or liaison of the lead unit or of one above it, and the person in charge.
    Lead,
    /// The same of a supporting unit.
    Support,
    /// Head of the lead unit or of one above it.
    Head,
    /// Head, officer or liaison of any unit, for a task of the own unit.
    Staff,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The states it is open in; none for the command that begins a history.
    pub from: &'static [State],
    /// Where it leads; none: the state stays.
    pub to: Option<State>,
    /// Who may.
    pub who: &'static [Who],
}

const OFFICE: &[Who] = &[Who::Office];

/// The row of a command.
#[must_use]
#[rustfmt::skip]
pub const fn row(kind: CommandKind) -> Row {
    use CommandKind as C;
    const fn r(from: &'static [State], to: Option<State>, who: &'static [Who]) -> Row {
        Row { from, to, who }
    }
    match kind {
        C::Draft             => r(&[],                  Some(Draft),     &[Who::Office, Who::Admin, Who::Staff]),
        C::Determine         => r(&[Draft, Running],    None,            &[Who::Office, Who::Admin, Who::Lead]),
        C::Schedule          => r(&[Draft, Running],    None,            &[Who::Office, Who::Lead]),
        C::Start             => r(&[Draft],             Some(Running),   &[Who::Office, Who::Lead]),
        C::Report            => r(&[Running],           None,            &[Who::Lead, Who::Support]),
        C::CompleteMilestone => r(&[Running],           None,            &[Who::Lead]),
        C::Conclude          => r(&[Running],           Some(Concluded), &[Who::Lead]),
        C::Sign              => r(&[Concluded],         Some(Signed),    &[Who::Head]),
        C::Accept            => r(&[Signed],            Some(Done),      OFFICE),
        C::Return            => r(&[Concluded, Signed], Some(Running),   &[Who::Office, Who::Head]),
        C::Postpone          => r(&[Draft, Running],    None,            OFFICE),
        C::HandOver          => r(&[Draft, Running, Concluded, Signed], None, &[Who::Office, Who::Admin]),
        C::Cancel            => r(&[Draft, Running],    Some(Cancelled), OFFICE),
    }
}
