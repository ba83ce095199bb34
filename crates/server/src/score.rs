//! The score of a round with its reasons, what a measure lost where, and rankings.
//!
//! Figures are computed from the data as they are and kept by the hash of their inputs, so that whoever asks next waits
//! for nothing and nobody sees an old score.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

mod course;
mod export;
pub mod figures;
pub mod follow;
mod handlers;
mod owed;
mod place;
mod policy;
pub mod ranking;
mod register;
pub mod sheet;
mod stake;
mod views;
pub mod wording;

pub use figures::kinds;
pub use place::{SiteScored, scored};
pub use ranking::{Group, RankingRow, peer, publish, ranked};
pub use views::{ConformityTotals, IntervalView, MethodFigures};

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewScore, routes!(handlers::show))
        .route(Right::OpenRound, routes!(handlers::recompute))
        .route(Right::ViewScore, routes!(handlers::measure))
        .route(Right::ViewScore, routes!(handlers::indicator))
        .route(Right::ViewScore, routes!(policy::show))
        .route(Right::ManageSettings, routes!(policy::set))
        .route(Right::ViewScore, routes!(owed::list))
        .route(Right::ViewScore, routes!(owed::book))
        .route(Right::ViewScore, routes!(owed::of_unit))
        .route(Right::ViewScore, routes!(course::show))
        .route(Right::ViewScore, routes!(export::tree))
        .route(Right::ViewScore, routes!(export::periods))
        .route(Right::ViewScore, routes!(export::slumps))
        .route(Right::ViewScore, routes!(stake::list))
        .route(Right::ViewScore, routes!(stake::scenario))
        .route(Right::ViewScore, routes!(export::stakes))
        .route(Right::ViewScore, routes!(export::incidents))
        .route(Right::ViewScore, routes!(export::years))
        .route(Right::ViewScore, routes!(register::list))
        .route(Right::EnterResults, routes!(register::enter))
        .route(Right::EnterResults, routes!(register::decide))
        .route(Right::EnterResults, routes!(register::withdraw))
        .route(Right::ViewScore, routes!(register::cycle))
        .route(Right::EnterResults, routes!(register::enter_year))
        .route(Right::ViewRanking, routes!(ranking::show))
        .route(Right::ViewRanking, routes!(ranking::export))
        .route(Right::PublishRanking, routes!(ranking::correct))
}
