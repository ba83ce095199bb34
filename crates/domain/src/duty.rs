//! Duties 责任: which unit leads or supports which criterion, through which people, and what a unit may say against it.
//!
//! What a sheet names ("牵头单位: 市城管局; 责任单位: 各街道（镇）") is not yet a duty: collective names are resolved by the
//! city's own table ([`collective`]), and the office gives the duty. From then on the duty has a life of its own
//! ([`table`]): people are named, the unit may object in writing, the office decides, and every step stays.
//!
//! Invariants: one duty for each pair of criterion and unit, however often it is given and taken back; an objection stands
//! until the office has decided it; nothing is deleted.

use serde::{Deserialize, Serialize};

use crate::access::{Actor, Role};
use crate::id::{CriterionId, DutyId, PersonId, UnitId};
use crate::unit::UnitTree;

pub mod collective;
pub mod gap;
pub mod table;
#[cfg(test)]
mod tests;

pub use collective::Selection;
pub use gap::{Gap, GapKind, Holders, Standing, gaps};

/// What a unit does for a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyRole {
    /// 牵头.
    #[doc(alias = "牵头")]
    Lead,
    /// 配合.
    #[doc(alias = "配合")]
    Support,
}

/// Where a duty stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyState {
    /// 已落实: the unit has it.
    Held,
    /// 有异议: the unit objects, the office has not decided. It is still the unit's.
    Objected,
    /// 已解除: taken back.
    Released,
}

impl DutyState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Held, Self::Objected, Self::Released];

    /// Whether the unit has the duty.
    #[must_use]
    pub fn is_held(self) -> bool {
        match self {
            Self::Held | Self::Objected => true,
            Self::Released => false,
        }
    }
}

/// The people of a unit who answer for a duty; none: the unit's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Named {
    /// 第一责任人.
    pub head: Option<PersonId>,
    /// 具体责任人.
    pub officer: Option<PersonId>,
    /// 联络员.
    pub liaison: Option<PersonId>,
}

impl Named {
    /// The people in order.
    pub fn people(&self) -> impl Iterator<Item = PersonId> {
        [self.head, self.officer, self.liaison].into_iter().flatten()
    }

    /// The same with one person in the place of another.
    #[must_use]
    pub fn with(self, from: PersonId, to: PersonId) -> Self {
        let put = |person: Option<PersonId>| person.map(|person| if person == from { to } else { person });
        Self { head: put(self.head), officer: put(self.officer), liaison: put(self.liaison) }
    }
}

/// A unit beside a criterion.
#[doc(alias = "责任")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// Identity.
    pub id: DutyId,
    /// Of which criterion.
    pub criterion: CriterionId,
    /// Which unit.
    pub unit: UnitId,
    /// Lead or support.
    pub role: DutyRole,
    /// Through whom.
    pub named: Named,
    /// Where it stands.
    pub state: DutyState,
    /// What the unit says against it, while that is not decided.
    pub objection: Option<String>,
    /// One more with every change.
    pub version: u64,
}

/// What somebody wants done with a duty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum DutyCommand {
    /// 明确责任: the unit gets it, with this role; `from` says what it was read from (a name on the sheet, another edition).
    Assign {
        /// Lead or support.
        role: DutyRole,
        /// Whence.
        from: String,
    },
    /// 明确责任人.
    Name {
        /// Who.
        named: Named,
    },
    /// 提出异议.
    #[doc(alias = "异议")]
    Object {
        /// Why.
        reason: String,
    },
    /// 维持: the objection is refused.
    Uphold {
        /// Why.
        reason: String,
    },
    /// 解除: an objection is accepted, or the office takes the duty back by itself.
    Release {
        /// Why.
        reason: String,
    },
    /// 移交: one person in the place of another.
    HandOver {
        /// Who goes.
        from: PersonId,
        /// Who comes.
        to: PersonId,
    },
}

/// The kind of a [`DutyCommand`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DutyCommandKind {
    /// [`DutyCommand::Assign`]
    Assign,
    /// [`DutyCommand::Name`]
    Name,
    /// [`DutyCommand::Object`]
    Object,
    /// [`DutyCommand::Uphold`]
    Uphold,
    /// [`DutyCommand::Release`]
    Release,
    /// [`DutyCommand::HandOver`]
    HandOver,
}

impl DutyCommandKind {
    /// Every kind, in the order of the table.
    pub const ALL: [Self; 6] = [Self::Assign, Self::Name, Self::Object, Self::Uphold, Self::Release, Self::HandOver];
}

impl DutyCommand {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> DutyCommandKind {
        match self {
            Self::Assign { .. } => DutyCommandKind::Assign,
            Self::Name { .. } => DutyCommandKind::Name,
            Self::Object { .. } => DutyCommandKind::Object,
            Self::Uphold { .. } => DutyCommandKind::Uphold,
            Self::Release { .. } => DutyCommandKind::Release,
            Self::HandOver { .. } => DutyCommandKind::HandOver,
        }
    }
}

/// What an accepted command has changed: the history entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DutyChange {
    /// The command with everything it said.
    pub command: DutyCommand,
    /// Where the duty stood.
    pub from: DutyState,
    /// Where it stands now.
    pub to: DutyState,
}

/// Why a command on a duty is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code")]
pub enum Refusal {
    /// Not for this actor on this duty.
    #[error("{command:?} is not yours on this duty")]
    #[serde(rename = "duty_not_yours")]
    NotYours { command: DutyCommandKind },
    /// Not open in this state.
    #[error("{command:?} is not open while the duty is {state:?}")]
    #[serde(rename = "duty_state")]
    State { command: DutyCommandKind, state: DutyState },
    /// A reason is required.
    #[error("a reason is required")]
    #[serde(rename = "duty_reason_missing")]
    ReasonMissing,
    /// The unit has it already in this role.
    #[error("the unit has this duty already")]
    #[serde(rename = "duty_held")]
    Held { role: DutyRole },
    /// The person to be replaced is not named here.
    #[error("person {person} is not named here")]
    #[serde(rename = "duty_person_not_named")]
    PersonNotNamed { person: PersonId },
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYours { .. } => "duty_not_yours",
            Self::State { .. } => "duty_state",
            Self::ReasonMissing => "duty_reason_missing",
            Self::Held { .. } => "duty_held",
            Self::PersonNotNamed { .. } => "duty_person_not_named",
        }
    }
}

impl Duty {
    /// A duty that nobody has given yet: [`DutyCommand::Assign`] begins its history.
    #[must_use]
    pub fn unheld(id: DutyId, criterion: CriterionId, unit: UnitId) -> Self {
        let (role, named, state) = (DutyRole::Support, Named::default(), DutyState::Released);
        Self { id, criterion, unit, role, named, state, objection: None, version: 0 }
    }

    /// Judges a command of this actor.
    ///
    /// # Errors
    /// The [`Refusal`] with its code and facts; the duty is then as it was.
    pub fn apply(&self, command: &DutyCommand, actor: &Actor, tree: &UnitTree) -> Result<DutyChange, Refusal> {
        let row = self.admit(command.kind(), actor, tree)?;
        match command {
            DutyCommand::Object { reason } | DutyCommand::Uphold { reason } | DutyCommand::Release { reason } => {
                if reason.trim().is_empty() {
                    return Err(Refusal::ReasonMissing);
                }
            }
            DutyCommand::Assign { role, .. } if self.state.is_held() && self.role == *role => {
                return Err(Refusal::Held { role: *role });
            }
            DutyCommand::HandOver { from, .. } if !self.named.people().any(|person| person == *from) => {
                return Err(Refusal::PersonNotNamed { person: *from });
            }
            DutyCommand::Assign { .. } | DutyCommand::Name { .. } | DutyCommand::HandOver { .. } => {}
        }
        Ok(DutyChange { command: command.clone(), from: self.state, to: row.to.unwrap_or(self.state) })
    }

    /// The duty after a change.
    #[must_use]
    pub fn after(&self, change: &DutyChange) -> Self {
        let mut next = Self { state: change.to, version: self.version + 1, ..self.clone() };
        match &change.command {
            // Given anew, also in another role, an objection is answered.
            DutyCommand::Assign { role, .. } => (next.role, next.objection) = (*role, None),
            DutyCommand::Name { named } => next.named = *named,
            DutyCommand::Object { reason } => next.objection = Some(reason.clone()),
            DutyCommand::Uphold { .. } | DutyCommand::Release { .. } => next.objection = None,
            DutyCommand::HandOver { from, to } => next.named = next.named.with(*from, *to),
        }
        next
    }

    /// The commands open to the actor: exactly those that [`Duty::apply`] accepts when filled in well.
    #[must_use]
    pub fn allowed(&self, actor: &Actor, tree: &UnitTree) -> Vec<DutyCommandKind> {
        DutyCommandKind::ALL.into_iter().filter(|&kind| self.admit(kind, actor, tree).is_ok()).collect()
    }

    fn admit(&self, kind: DutyCommandKind, actor: &Actor, tree: &UnitTree) -> Result<table::Row, Refusal> {
        let row = table::row(kind);
        if !row.who.iter().any(|who| self.is(*who, actor, tree)) {
            return Err(Refusal::NotYours { command: kind });
        }
        if !row.from.contains(&self.state) {
            return Err(Refusal::State { command: kind, state: self.state });
        }
        Ok(row)
    }

    fn is(&self, who: table::Who, actor: &Actor, tree: &UnitTree) -> bool {
        let holds = |roles: &[Role]| actor.posts.iter().any(|post| roles.contains(&post.role));
        let staff =
            |roles: &[Role]| actor.posts.iter().any(|post| roles.contains(&post.role) && tree.is_within(self.unit, post.unit));
        match who {
            table::Who::Office => holds(&[Role::Office]),
            table::Who::Admin => holds(&[Role::CityAdmin]),
            table::Who::Staff => staff(&[Role::UnitHead, Role::Officer, Role::Liaison]),
            table::Who::Signer => staff(&[Role::UnitHead, Role::Officer]),
        }
    }
}
