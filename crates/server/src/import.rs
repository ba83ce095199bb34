//! The importer: one pipeline for every kind of file.
//!
//! A file is kept as it came; its columns are mapped to fields (suggested from the headers, edited by people, remembered);
//! a preview decides on every row without writing; the import itself runs in the background, in batches, each committed
//! with its lines of the report. A kind reads rows in its own module and says what became of each. Nothing is guessed in
//! silence: what is doubtful is asked ([`decide`]), what is not taken is refused with a reason and can be sent back.

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::UtoipaMethodRouterExt;

pub mod actions;
mod calendar;
pub(crate) mod checklists;
pub mod decide;
mod desk;
mod feedback;
pub(crate) mod framework;
pub mod grids;
mod handlers;
mod outcome;
mod parties;
mod results;
pub mod run;
mod sentences;
mod sites;
mod tasks;
mod tickets;
mod units;
mod views;

pub use outcome::Counts;

use crate::job::Kinds;
use crate::rights::Routes;

/// Bytes of an uploaded file.
const FILE_BYTES: usize = 64 << 20;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    use utoipa_axum::routes;
    use yipanqi_domain::access::Right;
    Routes::default()
        .route(Right::Import, routes!(handlers::upload).layer(DefaultBodyLimit::max(FILE_BYTES)))
        .route(Right::Import, routes!(handlers::list))
        .route(Right::Import, routes!(handlers::export))
        .route(Right::Import, routes!(handlers::show))
        .route(Right::Import, routes!(handlers::set_mapping))
        .route(Right::Import, routes!(handlers::preview))
        .route(Right::Import, routes!(handlers::start))
        .route(Right::Import, routes!(handlers::cancel))
        .route(Right::Import, routes!(handlers::rows))
        .route(Right::Import, routes!(handlers::refused))
        .route(Right::Import, routes!(handlers::questions))
        .route(Right::Import, routes!(handlers::export_questions))
        .route(Right::Import, routes!(handlers::decide))
}

/// The kind of job that runs an import.
#[must_use]
pub fn kinds(kinds: Kinds) -> Kinds {
    kinds.with(actions::JOB, actions::work)
}
