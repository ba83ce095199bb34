//! Notices 通知: what happened that concerns a person, in the product and, if wanted, by mail.
//!
//! An action collects what is to be told in a [`Herald`] and flushes it before it commits: each receiver hears once of each
//! kind, however many things it was about, so that a bulk assignment of five hundred problems is one message. Who chooses the
//! digest of a kind hears of it once a day. Mail says how
//! many things wait and where to look, never what they are.

use utoipa_axum::routes;

use crate::job::{Every, Kinds};
use crate::rights::{Access, Routes};

mod handlers;
mod herald;
mod mail;

pub use herald::{Herald, Told};
pub use mail::MailConfig;

/// The job that tells digests, each morning before work begins.
const DIGEST: &str = "notice_digest";

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Access::Member, routes!(handlers::list))
        .route(Access::Member, routes!(handlers::read))
        .route(Access::Member, routes!(handlers::ways))
        .route(Access::Member, routes!(handlers::choose))
}

/// The kinds of background jobs of the noun.
pub fn kinds(kinds: Kinds) -> Kinds {
    let morning = chrono::NaiveTime::from_hms_opt(7, 30, 0).unwrap_or_default();
    kinds.with("mail", mail::run).with(DIGEST, mail::digest).every(DIGEST, Every::Day(morning))
}
