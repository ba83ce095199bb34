//! Extract, act, answer.

use yipanqi_store::StoreError;
use yipanqi_store::job::{self, JobState};

use super::views::JobView;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};

/// Jobs shown in the list, newest first.
const LISTED: u64 = 100;

/// The newest jobs of the city.
#[utoipa::path(get, path = "/api/jobs", tag = "jobs", responses((status = 200, body = Vec<JobView>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<JobView>>, Error> {
    let jobs = job::newest(&ctx.read().await?, LISTED).await?;
    Ok(Json(jobs.into_iter().map(|job| JobView::of(job, ctx.lang)).collect()))
}

/// One job.
#[utoipa::path(get, path = "/api/jobs/{id}", tag = "jobs", params(("id" = String, Path)),
    responses((status = 200, body = JobView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<String>) -> Result<Json<JobView>, Error> {
    let job = job::find(&ctx.read().await?, &id).await.map_err(known)?;
    Ok(Json(JobView::of(job, ctx.lang)))
}

/// Ask a job to stop: a waiting one does at once, a running one after its step.
#[utoipa::path(post, path = "/api/jobs/{id}/cancel", tag = "jobs", params(("id" = String, Path)),
    responses((status = 200, body = JobView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn cancel(ctx: CityCtx, Path(id): Path<String>) -> Result<Json<JobView>, Error> {
    let mut tx = ctx.write().await?;
    match job::request_cancel(&mut tx, &id).await.map_err(known)? {
        JobState::Done | JobState::Failed => return Err(Error::new("job_finished")),
        JobState::Waiting | JobState::Running | JobState::Cancelled => {}
    }
    let job = job::find(&tx, &id).await?;
    tx.commit().await?;
    Ok(Json(JobView::of(job, ctx.lang)))
}

fn known(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => Error::new("job_not_found"),
        other => other.into(),
    }
}
