//! The board: where the city stands, who is late, what to press for today. Counts only; every number leads to its list.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

mod handlers;
mod views;

/// The route of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default().route(Right::ViewBoard, routes!(handlers::show))
}
