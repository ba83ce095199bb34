//! The ledger with thumbnails, written by a job: any number of problems, in the memory of a few.
//!
//! The job reads as the person who asked, with the posts held when it runs. Lines go to the writer through a short channel;
//! pictures are read one at a time. The file is kept by its hash and given to whoever asked for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use utoipa::ToSchema;
use yipanqi_documents::list::{ColumnKind, ListCell, ListColumn, ListError, ListHead, PictureBytes, PicturedRow, write_pictured};
use yipanqi_domain::access::Right;
use yipanqi_domain::id::{CommandId, PersonId};
use yipanqi_store::job::{self, JobState};
use yipanqi_store::media::MediaInfo;
use yipanqi_store::{NewJob, StoreError, media, problem as store};

use super::export::{SHEET, in_order};
use super::query::ProblemQuery;
use super::rules::Rules;
use super::views::{Names, ProblemRow};
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::export::{self, ColumnQuery, Pen};
use crate::job::{Failure, Task};
use crate::request::{CityCtx, Json, Lang, Path, Query, read_query};
use crate::session;

/// The kind of the job.
pub const JOB: &str = "ledger";

/// Problems read at a time.
const BATCH: usize = 500;
/// Lines on their way to the writer.
const AHEAD: usize = 256;

/// Asks for a ledger with thumbnails.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct AskLedger {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
}

/// A ledger that is being written, or is done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LedgerView {
    /// Identity of the job.
    pub id: String,
    /// `waiting`, `running`, `done`, `failed` or `cancelled`.
    #[schema(value_type = String)]
    pub state: JobState,
    /// Problems and pictures written.
    pub done: i64,
    /// Of how many; 0 while unknown.
    pub total: i64,
    /// Bytes of the finished file.
    pub size: Option<u64>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    query: String,
    lang: String,
    person: PersonId,
}

#[derive(Debug, Serialize, Deserialize)]
struct Written {
    sha256: String,
    size: u64,
    rows: u64,
    pictures: u64,
}

fn view(job: &job::Job) -> LedgerView {
    let written: Option<Written> = job.message.clone().and_then(|message| serde_json::from_value(message).ok());
    let size = written.filter(|_| job.state == JobState::Done).map(|written| written.size);
    LedgerView { id: job.id.clone(), state: job.state, done: job.done, total: job.total, size }
}

/// Write the ledger of a query with a thumbnail in each row, in the background.
#[utoipa::path(post, path = "/api/problems/ledger", tag = "problem", params(ProblemQuery, ColumnQuery), request_body = AskLedger,
    responses((status = 200, body = LedgerView), (status = 400, body = FailureBody)))]
pub async fn ask(
    ctx: CityCtx,
    RawQuery(raw): RawQuery,
    Query(query): Query<ProblemQuery>,
    Json(input): Json<AskLedger>,
) -> Result<Json<LedgerView>, Error> {
    let mut tx = ctx.write().await?;
    let text = raw.unwrap_or_default();
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(&text, input)).await? {
        return Ok(Json(before));
    }
    let rules = Rules::load(&tx, ctx.moment).await?;
    query.filter(&ctx, &rules)?;
    query.sorting()?;
    let payload = Payload { query: text, lang: ctx.lang.tag().to_owned(), person: ctx.actor.person };
    let payload = serde_json::to_value(&payload).map_err(Error::internal)?;
    let id = tx.enqueue(NewJob { kind: JOB.to_owned(), payload, run_at: ctx.moment }).await?;
    tx.audit("ledger.ask", "job", &id, &query.view)?;
    let answer = view(&job::find(&tx, &id).await?);
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}

/// The reader's own ledger; others' are not found.
async fn own(ctx: &CityCtx, id: &str) -> Result<job::Job, Error> {
    let found = job::find(&ctx.read().await?, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("job_not_found"),
        other => other.into(),
    })?;
    if found.kind == JOB && found.created_by == Some(ctx.actor.person) { Ok(found) } else { Err(Error::new("job_not_found")) }
}

/// How far a ledger is.
#[utoipa::path(get, path = "/api/ledgers/{id}", tag = "problem", params(("id" = String, Path)),
    responses((status = 200, body = LedgerView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<String>) -> Result<Json<LedgerView>, Error> {
    Ok(Json(view(&own(&ctx, &id).await?)))
}

/// A finished ledger.
#[utoipa::path(get, path = "/api/ledgers/{id}/file", tag = "problem", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn file(State(app): State<App>, ctx: CityCtx, Path(id): Path<String>) -> Result<Response, Error> {
    let job = own(&ctx, &id).await?;
    if job.state != JobState::Done {
        return Err(Error::new("ledger_not_ready"));
    }
    let written: Written = serde_json::from_value(job.message.unwrap_or_default()).map_err(Error::internal)?;
    let (size, pieces) = app.store().media().pieces(ctx.city.slug(), &written.sha256).await?;
    let heads = [
        (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"problems.xlsx\"".to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((heads, Body::from_stream(pieces)).into_response())
}

/// What the writer needs of a photograph: where its thumbnail is, and how large it stands upright.
fn described(info: &MediaInfo) -> (String, u32, u32) {
    let side = |pixels: Option<i64>| pixels.and_then(|pixels| u32::try_from(pixels).ok()).unwrap_or(1);
    let (width, height) = (side(info.width), side(info.height));
    let turned = info.orientation.is_some_and(|orientation| orientation >= 5);
    if turned { (info.sha256.clone(), height, width) } else { (info.sha256.clone(), width, height) }
}

/// A picture's key carries what the writer asks for later, so that nothing is kept for each row.
fn key((sha256, width, height): &(String, u32, u32)) -> String {
    format!("{sha256}/{width}/{height}")
}

fn parts(key: &str) -> Option<(&str, u32, u32)> {
    let mut parts = key.split('/');
    Some((parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Writes a ledger.
///
/// # Errors
/// As every job: passing troubles are tried again.
pub async fn work(app: App, task: Task) -> Result<Value, Failure> {
    let payload: Payload = task.payload()?;
    let lang = if payload.lang == Lang::En.tag() { Lang::En } else { Lang::Zh };
    let ctx =
        session::actions::at_work(task.city().clone(), payload.person, None, task.now(), lang, Some(Right::ViewProblem)).await?;
    let query: ProblemQuery = read_query(&payload.query)?;
    let names: ColumnQuery = read_query(&payload.query)?;
    let columns = export::chosen(SHEET.columns, &names.columns)?;
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let filter = query.settled(&ctx, &tx, &rules).await?;
    let sort = query.sorting()?;
    let chosen = store::ids(&tx, &filter, sort).await.map_err(Error::from)?;
    drop(tx);
    let rows = chosen.len() as u64;
    let pen = Pen { lang, calendar: Arc::clone(&rules.calendar) };
    let mut head = export::head(&ctx, &SHEET, &columns, rows, &pen);
    let last = match lang {
        Lang::Zh => "照片",
        Lang::En => "Photograph",
    };
    head.columns.push(ListColumn { head: last.to_owned(), width: 15, kind: ColumnKind::Plain });

    let (lines, received) = mpsc::channel(AHEAD);
    let pictures = Arc::new(AtomicU64::new(0));
    let writer = tokio::task::spawn_blocking({
        let (app, city, pictures) = (app.clone(), task.city().slug().clone(), Arc::clone(&pictures));
        let handle = tokio::runtime::Handle::current();
        move || {
            write(head, received, |key| {
                pictures.fetch_add(1, Ordering::Relaxed);
                let (sha256, width, height) = parts(key)?;
                let jpeg = handle.block_on(app.store().media().thumbnail(&city, sha256)).ok()?;
                Some(PictureBytes { jpeg: jpeg.to_vec(), width, height })
            })
        }
    });
    let total = i64::try_from(rows).unwrap_or(i64::MAX);
    let mut written = 0_u64;
    for ids in chosen.chunks(BATCH) {
        let tx = ctx.read().await?;
        let kept = in_order(&tx, ids).await?;
        let texts: Vec<String> = kept.iter().map(|kept| kept.problem.id.to_string()).collect();
        let first = media::first_attached(&tx, "problem", &texts).await.map_err(Error::from)?;
        let named = Names::load(&tx, &kept).await?;
        drop(tx);
        for (id, kept) in texts.iter().zip(&kept) {
            let cells = export::line(&columns, &ProblemRow::of(kept, &named, &rules.calendar, ctx.moment), &pen);
            let picture = first.get(id).map(|info| key(&described(info)));
            if lines.send(row(cells, picture)).await.is_err() {
                break;
            }
        }
        written += kept.len() as u64;
        task.report(i64::try_from(written).unwrap_or(i64::MAX), total, Value::Null).await?;
    }
    drop(lines);
    while !writer.is_finished() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let done = written + pictures.load(Ordering::Relaxed);
        task.report(i64::try_from(done).unwrap_or(i64::MAX), total, Value::Null).await?;
    }
    let file = writer.await.map_err(Error::internal)?.map_err(Error::internal)?;
    let (sha256, size) = app.store().media().put_large(task.city().slug(), file).await.map_err(Error::from)?;
    let pictures = pictures.load(Ordering::Relaxed);
    Ok(json!(Written { sha256, size, rows: written, pictures }))
}

fn row(mut cells: Vec<ListCell>, picture: Option<String>) -> PicturedRow {
    cells.push(ListCell::Blank);
    PicturedRow { cells, picture }
}

fn write(
    head: ListHead,
    mut received: mpsc::Receiver<PicturedRow>,
    picture: impl FnMut(&str) -> Option<PictureBytes>,
) -> Result<std::fs::File, ListError> {
    let mut file = tempfile::tempfile()?;
    write_pictured(&mut file, &head, std::iter::from_fn(|| received.blocking_recv()), picture)?;
    Ok(file)
}

/// The kinds of jobs of the noun.
#[must_use]
pub fn kinds(kinds: crate::job::Kinds) -> crate::job::Kinds {
    kinds.with(JOB, work)
}
