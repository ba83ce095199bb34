//! Supervision slips 督办单: proposed by the ladder, issued by a person, answered, lifted; as docx and pdf.

use serde_json::{Value, json};
use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::app::App;
use crate::job::{Every, Failure, Kinds, Task};
use crate::request::CityCtx;
use crate::rights::Routes;

pub mod actions;
mod document;
mod handlers;
pub mod views;

/// The kind of job that proposes the slips which have become due since.
const SWEEP: &str = "slip_sweep";

/// Registers the recurring look at the ladder.
#[must_use]
pub fn kinds(kinds: Kinds) -> Kinds {
    kinds.with(SWEEP, sweep).every(SWEEP, Every::Minutes(30))
}

async fn sweep(_: App, task: Task) -> Result<Value, Failure> {
    let ctx = CityCtx::of_office(task.city(), &task.author(), task.now(), Right::IssueSlip).await?;
    Ok(json!({ "proposed": actions::sweep(&ctx).await? }))
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewSlip, routes!(handlers::list))
        .route(Right::ViewSlip, routes!(handlers::export))
        .route(Right::ViewSlip, routes!(handlers::show))
        .route(Right::IssueSlip, routes!(handlers::sweep))
        .route(Right::IssueSlip, routes!(handlers::issue))
        .route(Right::ViewSlip, routes!(handlers::command))
        .route(Right::ViewSlip, routes!(document::docx))
        .route(Right::ViewSlip, routes!(document::pdf))
}
