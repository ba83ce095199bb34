//! Editions of the frameworks: tree, measures with their rules in a sentence, duties, negative list; changed until first used,
//! then corrected by a new revision.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
mod example;
pub mod export;
mod handlers;
mod views;
pub mod wording;

pub(crate) use example::flaws;
pub(crate) use handlers::known;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewFramework, routes!(handlers::list))
        .route(Right::ViewFramework, routes!(handlers::export_list))
        .route(Right::ViewFramework, routes!(handlers::show))
        .route(Right::ManageFramework, routes!(handlers::edit))
        .route(Right::ManageFramework, routes!(handlers::correct))
        .route(Right::ViewFramework, routes!(export::export))
        .route(Right::ViewFramework, routes!(example::attempt))
}
