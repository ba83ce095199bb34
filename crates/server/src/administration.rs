//! Keeping the machine and the city: health, cities, units, calendar, audit log.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::job::{Every, Kinds};
use crate::rights::{Access, Routes};

mod audit;
pub(crate) mod calendar;
pub mod cities;
pub mod health;
mod units;

/// The kind of job that keeps the end of a city's audit log in the hub.
const KEEP_HEAD: &str = "audit_head";

/// Registers the nightly work.
#[must_use]
pub fn kinds(kinds: Kinds) -> Kinds {
    let night = chrono::NaiveTime::MIN + chrono::TimeDelta::hours(2);
    kinds.with(KEEP_HEAD, audit::keep_head).every(KEEP_HEAD, Every::Day(night))
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Access::Public, routes!(health::alive))
        .route(Access::Public, routes!(health::ready))
        .route(Access::Platform, routes!(cities::list))
        .route(Access::Platform, routes!(cities::add))
        .route(Access::Platform, routes!(cities::administrator))
        .route(Right::ViewUnits, routes!(units::list))
        .route(Right::ViewUnits, routes!(units::export))
        .route(Right::ViewUnits, routes!(units::tree))
        .route(Right::ViewUnits, routes!(units::show))
        .route(Right::ViewUnits, routes!(units::boundaries))
        .route(Right::ViewUnits, routes!(calendar::years))
        .route(Right::ViewUnits, routes!(calendar::due))
        .route(Right::ViewAudit, routes!(audit::list))
        .route(Right::ViewAudit, routes!(audit::export))
        .route(Right::ViewAudit, routes!(audit::verify))
}
