//! Grid patrols 网格巡查: plans of grids, what is due today, what was walked, and how a month stands.
//!
//! A walk says when it began and ended and which stretches were looked at; tracks and positions of persons are neither asked
//! nor kept. Problems reported on the way name the walk by the identity that the phone made for it, so that either may
//! arrive first.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
mod handlers;
pub mod views;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewPatrol, routes!(handlers::list))
        .route(Right::ViewPatrol, routes!(handlers::export))
        .route(Right::ViewPatrol, routes!(handlers::show))
        .route(Right::ManagePatrol, routes!(handlers::save))
        .route(Right::WalkPatrol, routes!(handlers::mine))
        .route(Right::WalkPatrol, routes!(handlers::walk))
}
