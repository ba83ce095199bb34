//! Supervision slips 督办单: proposed by the ladder, issued by a person, answered, lifted; as docx and pdf.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::job::{Every, Kinds};
use crate::rights::Routes;

pub mod actions;
mod document;
mod handlers;
pub mod merit;
pub mod policy;
pub mod referral;
pub mod sweep;
pub mod views;

/// The kinds of background jobs of the noun; the ladder is looked at by itself too.
#[must_use]
pub fn kinds(kinds: Kinds) -> Kinds {
    kinds.with("ladder_sweep", sweep::run).every("ladder_sweep", Every::Minutes(30)).with("ladder_rehearsal", policy::run)
}

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
        .route(Right::IssueSlip, routes!(handlers::take))
        .route(Right::ViewSlip, routes!(policy::list))
        .route(Right::ManageSettings, routes!(policy::create))
        .route(Right::ManageSettings, routes!(policy::change))
        .route(Right::ManageSettings, routes!(policy::remove))
        .route(Right::ManageSettings, routes!(policy::try_out))
        .route(Right::ViewRanking, routes!(merit::list))
        .route(Right::IssueSlip, routes!(merit::propose))
        .route(Right::IssueSlip, routes!(merit::decide))
        .route(Right::ViewReferral, routes!(referral::list))
        .route(Right::ViewReferral, routes!(referral::create))
        .route(Right::ViewReferral, routes!(referral::change))
        .route(Right::ViewReferral, routes!(referral::file))
        .route(Right::ViewSlip, routes!(document::docx))
        .route(Right::ViewSlip, routes!(document::pdf))
}
