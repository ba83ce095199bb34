//! The table of a duty's commands: *command × from × to × who*.

use super::DutyState::{Held, Objected, Released};
use super::{DutyCommandKind, DutyState};

/// Who may command a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// 创建办.
    Office,
    /// Whoever keeps the city's data, for imports.
    Admin,
    /// Head, officer, liaison of the unit or of one above it.
    Staff,
    /// Head or officer of the unit or of one above it.
    Signer,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The states it is open in.
    pub from: &'static [DutyState],
    /// Where it leads; none: the state stays.
    pub to: Option<DutyState>,
    /// Who may.
    pub who: &'static [Who],
}

const GIVERS: &[Who] = &[Who::Office, Who::Admin];

/// The row of a command.
#[must_use]
#[rustfmt::skip]
pub const fn row(kind: DutyCommandKind) -> Row {
    use DutyCommandKind as C;
    const fn r(from: &'static [DutyState], to: Option<DutyState>, who: &'static [Who]) -> Row {
        Row { from, to, who }
    }
    match kind {
        C::Assign   => r(&[Held, Objected, Released], Some(Held),     GIVERS),
        C::Name     => r(&[Held, Objected],           None,           &[Who::Office, Who::Admin, Who::Signer]),
        C::Object   => r(&[Held],                     Some(Objected), &[Who::Staff]),
        C::Uphold   => r(&[Objected],                 Some(Held),     &[Who::Office]),
        C::Release  => r(&[Held, Objected],           Some(Released), GIVERS),
        C::HandOver => r(&[Held, Objected],           None,           GIVERS),
    }
}
