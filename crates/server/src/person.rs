//! Accounts of the city's people and the posts they hold.
//!
//! An account belongs to the hub, the person and the posts to the city. The city's administrator keeps both, but
//! touches only accounts that work in this city alone: somebody who also works elsewhere is reset by the platform.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod actions;
mod handlers;
pub mod handout;
pub(crate) mod people;
mod views;

pub use views::{CreatedAccount, NewAccount};

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ManagePeople, routes!(handlers::list))
        .route(Right::ManagePeople, routes!(handlers::export))
        .route(Right::ViewUnits, routes!(people::list))
        .route(Right::ManagePeople, routes!(handlers::create))
        .route(Right::ManagePeople, routes!(handlers::add_post))
        .route(Right::ManagePeople, routes!(handlers::end_post))
        .route(Right::ManagePeople, routes!(handlers::reset))
        .route(Right::ManagePeople, routes!(handlers::revoke))
        .route(Right::ManagePeople, routes!(handlers::set_phone))
        .route(Right::ManagePeople, routes!(handout::candidates))
        .route(Right::ManagePeople, routes!(handout::hand_out))
        .route(Right::ManagePeople, routes!(handout::re_issue))
}
