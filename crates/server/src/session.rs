//! Logging in, the current session, its city, its password; other sessions of the account.

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;

use crate::rights::Routes;

pub mod actions;
pub mod password;
mod views;

pub use views::{CityRef, PersonRef, SessionView, UnitRef};

/// Name of the session cookie.
pub const COOKIE: &str = "yipanqi_session";

/// The token in the cookie of a request.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<String> {
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned())
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
}
