//! Sites, site types and their checklists: lists, one site, the map.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::rights::Routes;

pub mod checklist;
mod checklist_export;
mod edit;
mod export;
mod handlers;
pub mod merge;
mod names;
pub mod sheet;
pub mod views;

pub use merge::{known_by, standing_for};
pub use names::{Names, units_of};
pub(crate) use sheet::origin;
pub use views::{ItemView, ProblemBrief, SiteRef, SiteTypeRef};

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewSites, routes!(handlers::list))
        .route(Right::ViewSites, routes!(export::export))
        .route(Right::ViewSites, routes!(sheet::sheets))
        .route(Right::ViewSites, routes!(handlers::show))
        .route(Right::ViewSites, routes!(handlers::map))
        .route(Right::ViewSites, routes!(checklist::list))
        .route(Right::ViewSites, routes!(checklist_export::export))
        .route(Right::ViewSites, routes!(checklist::show))
        .route(Right::ManageSites, routes!(merge::duplicates))
        .route(Right::ManageSites, routes!(merge::preview, merge::merge))
        .route(Right::ManageSites, routes!(merge::unmerge))
        .route(Right::ManageSites, routes!(merge::distinct))
        .route(Right::ManageSites, routes!(edit::save_type))
        .route(Right::ManageSites, routes!(edit::save_item))
}
