//! Tasks 任务: drafted or generated from duties, determined, scheduled, reported, concluded, signed, accepted.
//!
//! [`actions`] holds the intentions; imports, rhythms, look-backs and the demo call the same ones as HTTP. Which commands are
//! open is the answer of `domain::task`, never the page's.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::job::Kinds;
use crate::rights::Routes;

pub mod actions;
pub mod campaign;
mod export;
pub mod generate;
mod handlers;
pub(crate) mod plan;
pub mod query;
pub mod rhythm;
pub mod views;

/// The kinds of background jobs of the noun: rhythms bring their tasks by themselves.
#[must_use]
pub fn kinds(kinds: Kinds) -> Kinds {
    kinds.with(rhythm::JOB, rhythm::run).every(rhythm::JOB, rhythm::every())
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewTask, routes!(handlers::list))
        .route(Right::ViewTask, routes!(handlers::board))
        .route(Right::ViewTask, routes!(handlers::timeline))
        .route(Right::ViewTask, routes!(export::export))
        .route(Right::ViewTask, routes!(plan::export))
        .route(Right::ViewTask, routes!(plan::list))
        .route(Right::ViewTask, routes!(handlers::show))
        .route(Right::CommandTask, routes!(handlers::draft))
        .route(Right::CommandTask, routes!(handlers::preview))
        .route(Right::CommandTask, routes!(handlers::command))
        .route(Right::CommandTask, routes!(handlers::bulk))
        .route(Right::CommandTask, routes!(plan::save))
        .route(Right::ManageTask, routes!(generate::generate))
        .route(Right::ViewTask, routes!(campaign::list))
        .route(Right::ViewTask, routes!(campaign::show))
        .route(Right::ManageTask, routes!(campaign::save))
        .route(Right::ManageTask, routes!(campaign::link))
        .route(Right::ViewTask, routes!(rhythm::list))
        .route(Right::ManageTask, routes!(rhythm::save))
        .route(Right::ManageTask, routes!(rhythm::sweep))
}
