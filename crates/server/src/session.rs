//! Logging in, the current session, its city, its password; other sessions of the account.
//!
//! The cookie carries a random token; the hub keeps its hash only. Five wrong passwords pause an account for fifteen
//! minutes; an unknown login costs the same time and gives the same answer as a wrong password.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use utoipa_axum::routes;

use crate::rights::{Access, Routes};

pub mod actions;
mod handlers;
pub mod password;
mod views;

pub use views::{CityRef, PersonRef, SessionView, UnitRef};

/// Name of the session cookie.
pub const COOKIE: &str = "yipanqi_session";

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Access::Public, routes!(handlers::log_in))
        .route(Access::Session, routes!(handlers::show))
        .route(Access::Public, routes!(handlers::log_out))
        .route(Access::Session, routes!(handlers::choose_city))
        .route(Access::Session, routes!(handlers::change_password))
        .route(Access::Session, routes!(handlers::list))
        .route(Access::Session, routes!(handlers::revoke))
}

/// The token in the cookie of a request.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned())
}
