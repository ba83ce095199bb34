//! Statistics of problems: rates with both counts, times by step and unit, age, shares, trends, a pivot; every figure with
//! the list behind it, and the whole as a workbook.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

mod export;
mod handlers;
mod lists;
mod pivot;
mod views;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewBoard, routes!(handlers::show))
        .route(Right::ViewBoard, routes!(pivot::pivot))
        .route(Right::ViewBoard, routes!(pivot::export))
        .route(Right::ViewBoard, routes!(export::export))
        .route(Right::ViewBoard, routes!(lists::choices))
        .route(Right::ManageSettings, routes!(lists::choose))
        .route(Right::ViewBoard, routes!(lists::book))
}
