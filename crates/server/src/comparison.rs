//! An old edition beside a new one: matching in the background, decisions of people, carrying over, and the page that tells
//! each unit what changed for it.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::job::Kinds;
use crate::rights::Routes;

pub mod actions;
pub mod carry;
pub(crate) mod change;
pub(crate) mod handlers;
pub(crate) mod views;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewFramework, routes!(handlers::list))
        .route(Right::ManageFramework, routes!(handlers::begin))
        .route(Right::ViewFramework, routes!(handlers::show))
        .route(Right::ManageFramework, routes!(handlers::decide))
        .route(Right::ManageFramework, routes!(handlers::relink))
        .route(Right::ManageFramework, routes!(handlers::carry))
        .route(Right::ViewFramework, routes!(change::show))
        .route(Right::ViewFramework, routes!(change::read))
        .route(Right::ManageFramework, routes!(change::readings))
}

/// The noun's background jobs.
#[must_use]
pub fn kinds(kinds: Kinds) -> Kinds {
    kinds.with(actions::JOB, |_, task| actions::matching(task))
}
