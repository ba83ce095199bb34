//! Keeping the machine and the city: health, units, calendar, audit log.

use utoipa_axum::routes;

use crate::rights::{Access, Routes};

pub mod health;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default().route(Access::Public, routes!(health::alive)).route(Access::Public, routes!(health::ready))
}
