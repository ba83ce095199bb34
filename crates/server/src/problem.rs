//! Problems 问题: registered, commanded through the table of `domain::problem`, listed, shown.
//!
//! [`actions`] holds the intentions; imports, rounds and the demo call the same ones as HTTP. A problem is reached by whoever
//! has to do with one of its units; which commands are open is the rules' answer, never the page's.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
mod clock;
mod export;
mod handlers;
pub mod ledger;
mod names;
pub mod query;
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
}
