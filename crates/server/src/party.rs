//! Responsible parties without accounts 责任主体: the register, and asking one by a link to put one problem right.
//!
//! A link is an address whose last part (`#city.ask.secret`) never reaches a log: the page sends it in a header. It opens one
//! problem of one city, ends by its day, can be taken back, and is kept only as the hash of its secret. What comes by it is
//! an answer; the unit takes it as its own evidence by the command `rectify`, or returns it with a reason.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::job::{Every, Kinds};
use crate::rights::{Access, Routes};

mod actions;
mod client;
mod expiry;
mod handlers;
pub mod link;
mod views;

pub use actions::SHORT;
pub use link::LinkCtx;

/// The job that tells of links that ended without an answer.
const EXPIRY: &str = "party_expiry";

/// The kinds of background jobs of the noun.
#[must_use]
pub fn kinds(kinds: Kinds) -> Kinds {
    kinds.with(EXPIRY, expiry::run).every(EXPIRY, Every::Minutes(30))
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewParty, routes!(handlers::list))
        .route(Right::ViewParty, routes!(handlers::export))
        .route(Right::ManageParty, routes!(handlers::save))
        .route(Right::ViewProblem, routes!(handlers::of_problem))
        .route(Right::CommandProblem, routes!(handlers::ask))
        .route(Right::CommandProblem, routes!(handlers::decide))
        .route(Access::Link, routes!(link::show))
        .route(Access::Link, routes!(link::photo))
        .upload(Access::Link, routes!(link::upload))
        .route(Access::Link, routes!(link::answer))
}
