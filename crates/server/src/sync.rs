//! Phones that work without network: what they send from their outbox, piece by piece, and what they take along.
//!
//! A command of an outbox carries its id, the hash of its body, its person and device, its parents, the device's time and
//! clock offset. It is carried out by the same action as the page's own request, once: seen again it gets its first answer;
//! its id under another body is refused. Photographs are sent before the commands that name them, by the hash that was
//! taken when they were captured; whether a hash is known is told to its sender only. What is taken along is sent as the
//! difference to what the device has, with a list of what it has to forget.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::{Access, Routes};

mod actions;
mod handlers;
mod pull;
mod upload;
mod views;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Access::Member, routes!(handlers::commands))
        .route(Access::Member, routes!(handlers::pull))
        .route(Right::UploadMedia, routes!(handlers::begin_upload))
        .route(Right::UploadMedia, routes!(handlers::show_upload))
        .route(Right::UploadMedia, routes!(handlers::continue_upload))
}
