//! Logging in, the current session, its city, its password; other sessions of the account.
//!
//! The cookie carries a random token; the hub keeps its hash only. Five wrong passwords pause an account for fifteen
//! minutes; an unknown login costs the same time and gives the same answer as a wrong password.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
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
        .route(Access::Member, routes!(handlers::issue_token))
}

/// The token of a request: in the cookie of a browser, or borne by another system.
#[must_use]
pub fn token(headers: &HeaderMap) -> Option<String> {
    let borne = || headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ").map(|token| token.trim().to_owned());
    CookieJar::from_headers(headers).get(COOKIE).map(|cookie| cookie.value().to_owned()).or_else(borne)
}
