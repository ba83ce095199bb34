//! The table itself: one row per right, one column per role.

use super::{Right, Role};

/// How far a right reaches from the post that carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The whole city.
    Everywhere,
    /// The post's unit and everything below it.
    OwnTree,
    /// The post's unit alone.
    OwnUnit,
    /// Not at all.
    Nowhere,
}

const E: Scope = Scope::Everywhere;
const T: Scope = Scope::OwnTree;
const U: Scope = Scope::OwnUnit;
const N: Scope = Scope::Nowhere;

/// How far the right reaches for the role.
#[must_use]
pub const fn scope(right: Right, role: Role) -> Scope {
    row(right)[role as usize]
}

#[rustfmt::skip]
const fn row(right: Right) -> [Scope; 11] {
    match right {
        // platform, admin, office, head, officer, liaison, inspector, grid, supervisor, leader, province
        Right::ManageCity      => [E, N, N, N, N, N, N, N, N, N, N],
        Right::ManageSettings  => [N, E, E, N, N, N, N, N, N, N, N],
        Right::ManageUnits     => [N, E, E, N, N, N, N, N, N, N, N],
        Right::ManagePeople    => [N, E, N, N, N, N, N, N, N, N, N],
        Right::ManageSites     => [N, E, E, N, N, N, N, N, N, N, N],
        Right::ManageFramework => [N, E, E, N, N, N, N, N, N, N, N],
        Right::Import          => [N, E, E, N, N, N, N, N, N, N, N],
        Right::ViewJobs        => [N, E, E, N, N, N, N, N, N, N, N],
        Right::ViewBoard       => [N, E, E, T, T, T, N, U, E, E, N],
        Right::ViewFramework   => [N, E, E, E, E, E, E, E, E, E, N],
        Right::ViewUnits       => [N, E, E, E, E, E, E, E, E, E, N],
        Right::ViewSites       => [N, E, E, T, T, T, E, U, E, E, N],
        Right::OpenRound       => [N, N, E, N, N, N, N, N, N, N, N],
        Right::ViewRound       => [N, E, E, T, T, T, E, N, E, E, N],
        Right::VisitSite       => [N, N, E, N, N, N, E, N, N, N, N],
        Right::EnterResults    => [N, N, E, N, N, N, N, N, N, N, N],
        Right::RegisterProblem => [N, N, E, T, T, T, E, U, E, E, N],
        Right::ViewProblem     => [N, E, E, T, T, T, E, U, E, E, N],
        Right::CommandProblem  => [N, N, E, T, T, T, E, U, E, E, N],
        Right::IssueSlip       => [N, N, E, N, N, N, N, N, E, N, N],
        Right::ViewSlip        => [N, E, E, T, T, T, N, N, E, E, N],
        Right::ReplySlip       => [N, N, N, T, T, T, N, N, N, N, N],
        Right::ViewReferral    => [N, N, N, N, N, N, N, N, E, N, N],
        Right::ViewScore       => [N, E, E, T, T, T, N, N, E, E, N],
        Right::ViewRanking     => [N, E, E, E, E, E, E, E, E, E, N],
        Right::PublishRanking  => [N, N, E, N, N, N, N, N, N, N, N],
        Right::UploadMedia     => [N, E, E, T, T, T, E, U, E, E, N],
        Right::ViewAudit       => [N, E, E, N, N, N, N, N, E, N, N],
        Right::ViewSummary     => [N, E, E, N, N, N, N, N, E, E, E],
        Right::ViewDuty        => [N, E, E, T, T, T, N, N, E, E, N],
        Right::AssignDuty      => [N, E, E, N, N, N, N, N, N, N, N],
        Right::CommandDuty     => [N, N, E, T, T, T, N, N, N, N, N],
        Right::ViewTask        => [N, E, E, T, T, T, N, U, E, E, N],
        Right::CommandTask     => [N, E, E, T, T, T, N, U, N, N, N],
        Right::ManageTask      => [N, N, E, N, N, N, N, N, N, N, N],
        Right::ViewParty       => [N, E, E, T, T, T, N, U, E, E, N],
        Right::ManageParty     => [N, E, E, T, T, T, N, N, N, N, N],
        Right::ViewPatrol      => [N, E, E, T, T, T, N, U, E, E, N],
        Right::ManagePatrol    => [N, E, E, T, T, T, N, N, N, N, N],
        Right::WalkPatrol      => [N, N, N, N, N, N, N, U, N, N, N],
    }
}
