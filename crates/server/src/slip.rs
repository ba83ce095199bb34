//! Supervision slips 督办单: proposed by the ladder, issued by a person, answered, lifted; as docx and pdf.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
mod document;
mod handlers;
pub mod views;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewSlip, routes!(handlers::list))
        .route(Right::ViewSlip, routes!(handlers::export))
        .route(Right::ViewSlip, routes!(handlers::show))
        .route(Right::IssueSlip, routes!(handlers::sweep))
        .route(Right::IssueSlip, routes!(handlers::issue))
        .route(Right::ViewSlip, routes!(handlers::command))
        .route(Right::ViewSlip, routes!(document::docx))
        .route(Right::ViewSlip, routes!(document::pdf))
}
