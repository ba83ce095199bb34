//! The crosswalk between two editions (对照): suggested from checklist items that serve both and from words, decided by people,
//! used wherever one finding or problem can serve both.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
pub mod counterpart;
pub(crate) mod handlers;
pub(crate) mod views;

pub use views::TwinView;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewFramework, routes!(handlers::list))
        .route(Right::ManageFramework, routes!(handlers::suggest))
        .route(Right::ManageFramework, routes!(handlers::link))
        .route(Right::ManageFramework, routes!(handlers::decide))
}
