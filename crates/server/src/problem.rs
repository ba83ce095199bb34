//! Problems 问题: registered, commanded through the table of `domain::problem`, listed, shown.
//!
//! [`actions`] holds the intentions; imports, rounds and the demo call the same ones as HTTP. A problem is reached by whoever
//! has to do with one of its units; which commands are open is the rules' answer, never the page's.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
pub(crate) mod checks;
mod clock;
pub mod desk;
mod export;
mod exposure;
mod handlers;
pub mod ledger;
mod names;
pub mod query;
pub(crate) mod recheck;
pub mod rules;
pub mod views;

pub use rules::Rules;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewProblem, routes!(handlers::list))
        .route(Right::ViewProblem, routes!(handlers::saved_views))
        .route(Right::ViewProblem, routes!(handlers::board))
        .route(Right::ViewProblem, routes!(export::export))
        .route(Right::ViewProblem, routes!(ledger::ask))
        .route(Right::ViewProblem, routes!(ledger::show))
        .route(Right::ViewProblem, routes!(ledger::file))
        .route(Right::ViewProblem, routes!(handlers::show))
        .route(Right::RegisterProblem, routes!(handlers::register))
        .route(Right::CommandProblem, routes!(handlers::command))
        .route(Right::CommandProblem, routes!(handlers::bulk))
        .route(Right::ViewProblem, routes!(desk::tables))
        .route(Right::ManageSettings, routes!(desk::replace))
        .route(Right::RegisterProblem, routes!(desk::before))
        .route(Right::ViewProblem, routes!(desk::of))
        .route(Right::ViewProblem, routes!(exposure::aside))
        .route(Right::CommandProblem, routes!(exposure::claim))
        .route(Right::CommandProblem, routes!(exposure::follow))
        .route(Right::CommandProblem, routes!(exposure::explain))
        .route(Right::IssueSlip, routes!(checks::oddities))
        .route(Right::IssueSlip, routes!(checks::sample))
        .route(Right::CommandProblem, routes!(checks::second))
        .route(Right::IssueSlip, routes!(checks::warn))
        .route(Right::OpenRound, routes!(recheck::rechecks))
        .route(Right::OpenRound, routes!(recheck::open))
}

/// The kinds of jobs of the noun.
#[must_use]
pub fn kinds(kinds: crate::job::Kinds) -> crate::job::Kinds {
    let morning = chrono::NaiveTime::from_hms_opt(5, 30, 0).unwrap_or_default();
    ledger::kinds(kinds).with(recheck::JOB, recheck::run).every(recheck::JOB, crate::job::Every::Day(morning))
}
