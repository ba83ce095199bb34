//! Photographs: sent in, shown as they are or as a thumbnail.
//!
//! A photograph is seen by whoever sent it and by whoever may see something it is attached to; for everybody else it
//! does not exist.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::{Access, Routes};

pub mod actions;
mod evidence;
mod handlers;
mod views;

pub use handlers::PhotoForm;
pub use views::MediaView;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .upload(Right::UploadMedia, routes!(handlers::upload))
        .route(Access::Member, routes!(handlers::original))
        .route(Access::Member, routes!(handlers::thumb))
        .route(Access::Member, routes!(handlers::facts))
        .route(Right::ViewProblem, routes!(evidence::show))
        .route(Right::CommandProblem, routes!(evidence::decide))
}
