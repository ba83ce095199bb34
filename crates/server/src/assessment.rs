//! Assessment of units (考核): policies from a day on, drafts gathered from the work, publication, appeals, corrections.
//!
//! A published assessment is frozen with its policy and inputs; [`actions::verified`] computes it anew and compares the
//! bytes. A correction is a new version beside the old one.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
mod export;
mod gather;
mod handlers;
pub(crate) mod policy;
mod views;
mod wording;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewRanking, routes!(policy::list))
        .route(Right::PublishRanking, routes!(policy::add))
        .route(Right::ViewRanking, routes!(handlers::list))
        .route(Right::PublishRanking, routes!(handlers::create))
        .route(Right::ViewRanking, routes!(handlers::show))
        .route(Right::PublishRanking, routes!(handlers::enter_fact))
        .route(Right::PublishRanking, routes!(handlers::enter_event))
        .route(Right::PublishRanking, routes!(handlers::refresh))
        .route(Right::PublishRanking, routes!(handlers::publish))
        .route(Right::ViewRanking, routes!(handlers::verify))
        .route(Right::ViewRanking, routes!(handlers::export))
        .route(Right::ViewRanking, routes!(export::assessments))
        .route(Right::ViewRanking, routes!(export::appeals))
        .route(Right::ReplySlip, routes!(handlers::appeal))
        .route(Right::PublishRanking, routes!(handlers::decide))
}
