//! Rounds of assessment: opening with a draw, visits with their findings, entered results, failed findings that become
//! problems.
//!
//! A covert round, until it is released, is seen only by those who run rounds and by its own inspectors; it sends no event.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
pub(crate) mod agreement;
mod contrast;
pub mod external;
pub(crate) mod handlers;
mod plan;
pub mod problems;
pub mod proof;
pub(crate) mod results;
mod roster;
mod route;
mod sight;
pub mod views;
pub mod visit;
pub mod visits;

pub use handlers::state_word;
pub use sight::{blind, get, hides, hides_problem};
pub use views::{FindingBody, FindingView, RoundRef};

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewRound, routes!(handlers::list))
        .route(Right::ViewRound, routes!(handlers::export))
        .route(Right::OpenRound, routes!(handlers::open))
        .route(Right::ViewRound, routes!(handlers::show))
        .route(Right::OpenRound, routes!(handlers::draw))
        .route(Right::OpenRound, routes!(handlers::close))
        .route(Right::OpenRound, routes!(handlers::plan_routes))
        .route(Right::OpenRound, routes!(handlers::release))
        .route(Right::ViewRound, routes!(problems::proposals))
        .route(Right::RegisterProblem, routes!(problems::confirm))
        .route(Right::OpenRound, routes!(handlers::inspectors))
        .route(Right::OpenRound, routes!(handlers::give))
        .route(Right::OpenRound, routes!(agreement::show))
        .route(Right::OpenRound, routes!(contrast::show, contrast::name))
        .route(Right::OpenRound, routes!(contrast::lines))
        .route(Right::OpenRound, routes!(contrast::export))
        .route(Right::VisitSite, routes!(visits::mine))
        .route(Right::VisitSite, routes!(visits::start))
        .route(Right::ViewRound, routes!(visits::show))
        .route(Right::VisitSite, routes!(visits::mark))
        .route(Right::VisitSite, routes!(visits::finish))
        .route(Right::EnterResults, routes!(results::enter))
        .route(Right::ViewScore, routes!(results::list))
}
