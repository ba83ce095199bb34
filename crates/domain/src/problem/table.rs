//! The table of commands: *command × from × to × who*, and how each stands to an undecided request.

use super::State::{Assigned, Closed, Deferred, Dismissed, Filed, Merged, Rectifying, Reported, Submitted};
use super::{CommandKind, Problem, ProblemActor, RequestKind, State};
use crate::access::Role;
use crate::id::UnitId;
use crate::unit::UnitTree;

/// Where an accepted command leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// The state does not change.
    Stay,
    /// To this state.
    State(State),
    /// To where it stood before a deferral.
    BeforeDeferral,
    /// To reported if it was merged from there, else to filed.
    BeforeMerge,
}

/// Who may command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// 创建办.
    Office,
    /// Whoever keeps the city's data, for imports.
    Admin,
    /// Anybody who works in the city.
    Finder,
    /// Those who do the work in the rectifying unit or above it: head, officer, liaison; a grid worker in the own grid.
    Unit,
    /// The same in a supporting unit.
    Support,
    /// Those who answer for the rectifying unit: head, officer, liaison.
    Staff,
    /// Those who sign for the rectifying unit: head, officer.
    Signer,
    /// Office, inspector; for the creation office's own problems the supervision office.
    Verifier,
    /// 市领导.
    Leader,
    /// 督查室.
    Supervisor,
    /// The citizen who reported it.
    Reporter,
    /// The product itself.
    System,
}

/// How a command stands to an undecided request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    /// It does not matter.
    Anyway,
    /// Not while a decline or transfer waits, for the clock stands still.
    NotWhileStanding,
    /// Only when nothing is asked.
    NothingAsked,
    /// It decides a request of this kind.
    Decides(RequestKind),
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The states it is open in; none for the command that begins a history.
    pub from: &'static [State],
    /// Where it leads.
    pub to: To,
    /// Who may.
    pub who: &'static [Who],
    /// How it stands to a request.
    pub asks: Asks,
}

const OPEN: &[State] = &[Reported, Filed, Assigned, Rectifying, Submitted, Deferred];
const WITH_UNIT: &[State] = &[Assigned, Rectifying];
const CLOCKED: &[State] = &[Assigned, Rectifying, Submitted, Deferred, Closed];
const OFFICE: &[Who] = &[Who::Office];

/// The row of a command.
#[must_use]
#[rustfmt::skip]
pub const fn row(kind: CommandKind) -> Row {
    use Asks::{Anyway, Decides, NotWhileStanding, NothingAsked};
    use CommandKind as C;
    use RequestKind as R;
    use To::Stay;
    const fn r(from: &'static [State], to: To, who: &'static [Who], asks: Asks) -> Row {
        Row { from, to, who, asks }
    }
    match kind {
        C::Register         => r(&[],                     To::State(Reported),   &[Who::Finder, Who::Admin, Who::Reporter], Anyway),
        C::Imported         => r(&[],                     To::State(Closed),     &[Who::Office, Who::Admin], Anyway),
        C::File             => r(&[Reported],             To::State(Filed),      OFFICE, Anyway),
        C::Dismiss          => r(&[Reported, Filed],      To::State(Dismissed),  OFFICE, Anyway),
        C::Merge            => r(&[Reported, Filed, Assigned, Rectifying], To::State(Merged), OFFICE, Anyway),
        C::Unmerge          => r(&[Merged],               To::BeforeMerge,       OFFICE, Anyway),
        C::Assign           => r(&[Filed],                To::State(Assigned),   OFFICE, Anyway),
        C::Acknowledge      => r(&[Assigned],             To::State(Rectifying), &[Who::Unit], NotWhileStanding),
        C::Decline          => r(&[Assigned],             Stay,                  &[Who::Staff], NothingAsked),
        C::AcceptDecline    => r(&[Assigned],             To::State(Filed),      OFFICE, Decides(R::Decline)),
        C::RefuseDecline    => r(&[Assigned],             Stay,                  OFFICE, Decides(R::Decline)),
        C::Transfer         => r(WITH_UNIT,               Stay,                  &[Who::Staff], NothingAsked),
        C::ApproveTransfer  => r(WITH_UNIT,               To::State(Assigned),   OFFICE, Decides(R::Transfer)),
        C::RefuseTransfer   => r(WITH_UNIT,               Stay,                  OFFICE, Decides(R::Transfer)),
        C::Rectify          => r(&[Rectifying, Deferred], Stay,                  &[Who::Unit, Who::Support], Anyway),
        C::Submit           => r(&[Rectifying],           To::State(Submitted),  &[Who::Unit], NotWhileStanding),
        C::Return           => r(&[Submitted],            To::State(Rectifying), &[Who::Verifier], Anyway),
        C::Verify           => r(&[Submitted],            To::State(Closed),     &[Who::Verifier], Anyway),
        C::Extend           => r(WITH_UNIT,               Stay,                  &[Who::Staff], NothingAsked),
        C::ApproveExtension => r(&[Assigned, Rectifying, Submitted], Stay,       OFFICE, Decides(R::Extension)),
        C::RefuseExtension  => r(&[Assigned, Rectifying, Submitted], Stay,       OFFICE, Decides(R::Extension)),
        C::Defer            => r(WITH_UNIT,               Stay,                  &[Who::Signer], NothingAsked),
        C::ApproveDeferral  => r(WITH_UNIT,               To::State(Deferred),   OFFICE, Decides(R::Deferral)),
        C::RefuseDeferral   => r(WITH_UNIT,               Stay,                  OFFICE, Decides(R::Deferral)),
        C::Resume           => r(&[Deferred],             To::BeforeDeferral,    OFFICE, Anyway),
        C::Reclassify       => r(OPEN,                    Stay,                  OFFICE, Anyway),
        C::Urge             => r(OPEN,                    Stay,                  &[Who::Office, Who::Leader, Who::Supervisor], Anyway),
        C::SetStages        => r(WITH_UNIT,               Stay,                  OFFICE, Anyway),
        C::CompleteStage    => r(&[Rectifying],           Stay,                  &[Who::Unit], NotWhileStanding),
        C::RequestReopen    => r(&[Closed],               Stay,                  &[Who::Reporter, Who::Office], Anyway),
        C::RefuseReopen     => r(&[Closed],               Stay,                  OFFICE, Anyway),
        C::Reopen           => r(&[Closed],               To::State(Rectifying), OFFICE, Anyway),
        C::SettleDue        => r(CLOCKED,                 Stay,                  &[Who::System, Who::Office], Anyway),
        C::Seal             => r(&State::ALL,             Stay,                  OFFICE, Anyway),
        C::Unseal           => r(&State::ALL,             Stay,                  OFFICE, Anyway),
    }
}

impl To {
    /// The state it leads to.
    pub(super) fn of(self, state: State, before: Option<State>) -> State {
        match self {
            Self::Stay => state,
            Self::State(to) => to,
            Self::BeforeDeferral => before.unwrap_or(Rectifying),
            Self::BeforeMerge => before.filter(|before| *before == Reported).unwrap_or(Filed),
        }
    }
}

impl Who {
    /// Whether the actor is one of these for the problem (none: for one that is just being registered).
    pub(super) fn is(self, actor: &ProblemActor, problem: Option<&Problem>, tree: &UnitTree) -> bool {
        let has = |roles: &[Role]| actor.posts().iter().any(|post| roles.contains(&post.role));
        let above = |roles: &[Role], unit: UnitId| {
            actor.posts().iter().any(|post| roles.contains(&post.role) && tree.is_within(unit, post.unit))
        };
        let works = |unit: UnitId| {
            above(&[Role::UnitHead, Role::Officer, Role::Liaison], unit)
                || actor.posts().iter().any(|post| post.role == Role::GridWorker && post.unit == unit)
        };
        let unit = problem.and_then(|problem| problem.unit);
        match self {
            Self::Office => has(&[Role::Office]),
            Self::Admin => has(&[Role::CityAdmin]),
            Self::Finder => has(&[
                Role::Office,
                Role::UnitHead,
                Role::Officer,
                Role::Liaison,
                Role::Inspector,
                Role::GridWorker,
                Role::Supervisor,
                Role::Leader,
            ]),
            Self::Unit => unit.is_some_and(works),
            Self::Support => problem.is_some_and(|problem| problem.supporting.iter().copied().any(works)),
            Self::Staff => unit.is_some_and(|unit| above(&[Role::UnitHead, Role::Officer, Role::Liaison], unit)),
            Self::Signer => unit.is_some_and(|unit| above(&[Role::UnitHead, Role::Officer], unit)),
            Self::Verifier => has(&[Role::Office, Role::Inspector, Role::Supervisor]),
            Self::Leader => has(&[Role::Leader]),
            Self::Supervisor => has(&[Role::Supervisor]),
            Self::Reporter => *actor == ProblemActor::Reporter,
            Self::System => *actor == ProblemActor::System,
        }
    }
}
