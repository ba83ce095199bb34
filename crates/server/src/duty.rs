//! Duties 责任: the matrix of criteria and units, what a unit may say against a duty, gaps, and handing over.
//!
//! [`derive`] turns the names of the sheet into duties; [`actions`] holds the other intentions. The next edition takes its
//! duties along through [`actions::carry`].

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
pub(crate) mod collective;
pub mod derive;
pub mod gaps;
mod hand_over;
mod handlers;
pub(crate) mod matrix;
pub mod views;

pub(crate) use matrix::{groups, numbers};

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewDuty, routes!(matrix::matrix))
        .route(Right::ViewDuty, routes!(handlers::list))
        .route(Right::ViewDuty, routes!(gaps::list))
        .route(Right::ViewDuty, routes!(gaps::counts))
        .route(Right::ViewDuty, routes!(handlers::show))
        .route(Right::CommandDuty, routes!(handlers::command))
        .route(Right::AssignDuty, routes!(handlers::bulk))
        .route(Right::AssignDuty, routes!(handlers::derive))
        .route(Right::AssignDuty, routes!(collective::list))
        .route(Right::AssignDuty, routes!(collective::save))
        .route(Right::AssignDuty, routes!(hand_over::holdings))
        .route(Right::AssignDuty, routes!(hand_over::hand_over))
}
