//! Editions of the frameworks, as they are read: tree, measures with their rules in a sentence, duties, negative list.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

mod handlers;
mod views;
pub mod wording;

pub(crate) use handlers::known;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default().route(Right::ViewFramework, routes!(handlers::list)).route(Right::ViewFramework, routes!(handlers::show))
}
