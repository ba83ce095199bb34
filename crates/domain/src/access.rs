//! Who may do what where: one table *right × role → scope*, read by [`allows`] (may this be done here?) and
//! [`reach`] (what may a list show?), so that the two cannot disagree.
//!
//! State is not judged here: whoever may command problems is still bound by the table of [`crate::problem`],
//! and an inspector by the assignments of the round.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{PersonId, UnitId};
use crate::unit::UnitTree;

mod delegation;
mod table;

pub use delegation::Delegation;
pub use table::{Scope, scope};

/// What a person is in a unit.
#[doc(alias = "角色")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Keeps the machine: adds and moves cities, sees no city's data.
    PlatformAdmin,
    /// Keeps one city's units, people, calendar and settings.
    CityAdmin,
    /// 创建办: runs the work.
    Office,
    /// 第一责任人: signs for the unit.
    UnitHead,
    /// 具体责任人.
    Officer,
    /// 联络员.
    Liaison,
    /// 测评员、督查员.
    Inspector,
    /// 网格员.
    GridWorker,
    /// 督查室: sees everything, issues direct slips, verifies the creation office.
    Supervisor,
    /// 市领导: sees everything and may instruct.
    Leader,
    /// 省级: sees what a city has published.
    Province,
}

impl Role {
    /// Every role, in the order of the table.
    pub const ALL: [Self; 11] = [
        Self::PlatformAdmin,
        Self::CityAdmin,
        Self::Office,
        Self::UnitHead,
        Self::Officer,
        Self::Liaison,
        Self::Inspector,
        Self::GridWorker,
        Self::Supervisor,
        Self::Leader,
        Self::Province,
    ];
}

/// A role held in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Post {
    /// Where.
    pub unit: UnitId,
    /// As what.
    pub role: Role,
}

/// A person with the posts valid now, those by secondment included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub person: PersonId,
    /// The posts held now.
    pub posts: Vec<Post>,
}

/// A kind of thing that a route may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// Add, move, remove cities.
    ManageCity,
    /// Calendar, policies, names of levels, defaults.
    ManageSettings,
    /// Units, aliases, pairings.
    ManageUnits,
    /// Accounts, posts, secondments.
    ManagePeople,
    /// Sites, site types, checklists.
    ManageSites,
    /// Editions, measures, crosswalks.
    ManageFramework,
    /// Run an import.
    Import,
    /// See running and finished jobs.
    ViewJobs,
    /// See the board.
    ViewBoard,
    /// Read editions.
    ViewFramework,
    /// See units and who answers for them.
    ViewUnits,
    /// See sites.
    ViewSites,
    /// Open, plan, close, release rounds.
    OpenRound,
    /// See rounds, visits, findings.
    ViewRound,
    /// Visit a site and mark its items.
    VisitSite,
    /// Enter results that the product does not collect itself.
    EnterResults,
    /// Register a problem.
    RegisterProblem,
    /// See problems.
    ViewProblem,
    /// Command a problem, as far as the problem's own table lets.
    CommandProblem,
    /// Issue, withdraw, decide on slips.
    IssueSlip,
    /// See slips.
    ViewSlip,
    /// Reply to a slip and appeal.
    ReplySlip,
    /// See referrals and what they rest on, and hand matters over.
    ViewReferral,
    /// See scores with their reasons.
    ViewScore,
    /// See published rankings.
    ViewRanking,
    /// Publish rankings and bulletins.
    PublishRanking,
    /// Send photographs and files.
    UploadMedia,
    /// Read and export the audit log.
    ViewAudit,
    /// See the summaries that cities publish.
    ViewSummary,
    /// See who leads and supports which criterion.
    ViewDuty,
    /// Give duties, resolve collective names, hand over.
    AssignDuty,
    /// Command a duty, as far as the duty's own table lets: object, decide, name people.
    CommandDuty,
    /// See tasks.
    ViewTask,
    /// Draft a task and command it, as far as the task's own table lets.
    CommandTask,
    /// Generate tasks, keep campaigns and rhythms, hold look-backs.
    ManageTask,
    /// See responsible parties without accounts.
    ViewParty,
    /// Keep the register of responsible parties.
    ManageParty,
    /// See plans of grid patrols and what was walked.
    ViewPatrol,
    /// Keep plans of grid patrols.
    ManagePatrol,
    /// Write down what one has walked.
    WalkPatrol,
}

impl Right {
    /// Every right, in the order of the table.
    pub const ALL: [Self; 40] = [
        Self::ManageCity,
        Self::ManageSettings,
        Self::ManageUnits,
        Self::ManagePeople,
        Self::ManageSites,
        Self::ManageFramework,
        Self::Import,
        Self::ViewJobs,
        Self::ViewBoard,
        Self::ViewFramework,
        Self::ViewUnits,
        Self::ViewSites,
        Self::OpenRound,
        Self::ViewRound,
        Self::VisitSite,
        Self::EnterResults,
        Self::RegisterProblem,
        Self::ViewProblem,
        Self::CommandProblem,
        Self::IssueSlip,
        Self::ViewSlip,
        Self::ReplySlip,
        Self::ViewReferral,
        Self::ViewScore,
        Self::ViewRanking,
        Self::PublishRanking,
        Self::UploadMedia,
        Self::ViewAudit,
        Self::ViewSummary,
        Self::ViewDuty,
        Self::AssignDuty,
        Self::CommandDuty,
        Self::ViewTask,
        Self::CommandTask,
        Self::ManageTask,
        Self::ViewParty,
        Self::ManageParty,
        Self::ViewPatrol,
        Self::ManagePatrol,
        Self::WalkPatrol,
    ];
}

/// What a deed concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// The city as a whole.
    City,
    /// Any of these units; none of them at all is the city as a whole.
    Units(&'a [UnitId]),
}

/// What a list may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Every row of the city.
    Everything,
    /// Rows that concern one of these units; units below are already among them.
    Units(BTreeSet<UnitId>),
    /// No row.
    Nothing,
}

/// Why a person may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// None of the person's posts carries the right anywhere.
    #[error("no post of yours carries the right {right:?}")]
    RightMissing { right: Right },
    /// The right is held, but not at this place.
    #[error("your right {right:?} does not reach this place")]
    PlaceNotYours { right: Right },
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::RightMissing { .. } => "right_missing",
            Self::PlaceNotYours { .. } => "place_not_yours",
        }
    }
}

/// Whether the actor may do this at this place.
///
/// # Errors
/// [`Refusal`]: the right is missing altogether, or held elsewhere only.
pub fn allows(right: Right, actor: &Actor, place: &Place<'_>, tree: &UnitTree) -> Result<(), Refusal> {
    let mut held = false;
    for post in &actor.posts {
        let here = match scope(right, post.role) {
            Scope::Nowhere => continue,
            Scope::Everywhere => true,
            Scope::OwnTree => touches(place, |unit| tree.is_within(unit, post.unit)),
            Scope::OwnUnit => touches(place, |unit| unit == post.unit),
        };
        if here {
            return Ok(());
        }
        held = true;
    }
    Err(if held { Refusal::PlaceNotYours { right } } else { Refusal::RightMissing { right } })
}

fn touches(place: &Place<'_>, mine: impl Fn(UnitId) -> bool) -> bool {
    match place {
        Place::City => false,
        Place::Units(units) => units.iter().any(|&unit| mine(unit)),
    }
}

/// What a list under this right may show the actor.
#[must_use]
pub fn reach(right: Right, actor: &Actor, tree: &UnitTree) -> Reach {
    let mut units = BTreeSet::new();
    for post in &actor.posts {
        match scope(right, post.role) {
            Scope::Nowhere => {}
            Scope::Everywhere => return Reach::Everything,
            Scope::OwnTree => {
                units.insert(post.unit);
                units.extend(tree.descendants(post.unit));
            }
            Scope::OwnUnit => {
                units.insert(post.unit);
            }
        }
    }
    if units.is_empty() { Reach::Nothing } else { Reach::Units(units) }
}

#[cfg(test)]
mod tests;
