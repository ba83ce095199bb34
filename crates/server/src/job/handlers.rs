//! Extract, act, answer.

use yipanqi_documents::list::ListCell;
use yipanqi_store::StoreError;
use yipanqi_store::job::{self, JobState};

use super::views::{JobPage, JobQuery, JobView};
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, some};
use crate::page::{Page, Workbook};
use crate::request::{CityCtx, Json, Path, Query};

/// The jobs of the city, newest first.
#[utoipa::path(get, path = "/api/jobs", tag = "jobs", params(JobQuery), responses((status = 200, body = JobPage)))]
pub async fn list(ctx: CityCtx, Query(query): Query<JobQuery>) -> Result<Json<JobPage>, Error> {
    let page = Page::of(query.page, query.size);
    let (items, total) = found(&ctx, &query, page.offset(), page.size).await?;
    Ok(Json(JobPage { items, total, page: page.page, size: page.size }))
}

async fn found(ctx: &CityCtx, query: &JobQuery, offset: u64, limit: u64) -> Result<(Vec<JobView>, u64), Error> {
    let (jobs, total) = job::list(&ctx.read().await?, &query.state, &query.kind, offset, limit).await?;
    Ok((jobs.into_iter().map(|job| JobView::of(job, ctx.lang)).collect(), total))
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<JobView> = Sheet { file: "jobs", zh: "后台任务", en: "Jobs", columns: &[
    Column { name: "kind", zh: "事项", en: "Kind", width: 18, cell: |row, pen| pen.word("job_kind", &row.kind) },
    Column { name: "state", zh: "状态", en: "State", width: 12, cell: |row, pen| pen.word("job_state", &row.state) },
    Column { name: "done", zh: "完成", en: "Done", width: 10, cell: |row, _| ListCell::Integer(row.done) },
    Column { name: "total", zh: "共计", en: "Of", width: 10, cell: |row, _| ListCell::Integer(row.total) },
    Column { name: "created_at", zh: "提出时间", en: "Asked for", width: 18, cell: |row, pen| pen.moment(Some(row.created_at)) },
    Column { name: "error", zh: "未成原因", en: "Why it failed", width: 40, cell: |row, _| some(row.error.as_ref().map(|error| error.message.as_str())) },
] };

/// The same jobs as a workbook.
#[utoipa::path(get, path = "/api/jobs/export.xlsx", tag = "jobs", params(JobQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<JobQuery>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let (rows, _) = found(&ctx, &query, 0, u64::from(u32::MAX)).await?;
    export::book(&ctx, &SHEET, &columns, &rows).await
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
