//! The audit log of the city: read, and prove that nobody edited it.

use std::collections::HashMap;

use axum::extract::State;
use axum::response::Response;
use chrono::{Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::audit::Entry;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::moment::Moment;
use yipanqi_store::audit::{self, AuditFilter};
use yipanqi_store::{ReadTx, calendar, unit};

use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::export::{BATCH, Book, Column, ColumnQuery, Sheet, count, text};
use crate::job::{Failure, Task};
use crate::page::Page;
use crate::request::{CityCtx, Json, Query};

/// An entry of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditRow {
    /// Its number as text, the identity of the row.
    pub id: String,
    /// Its number.
    pub seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// Who, by name where the city knows the person.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub subject_kind: String,
    /// To which.
    pub subject_id: String,
    /// The hash of the entry.
    pub hash: String,
}

/// A page of the log, the newest entry first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    /// The entries.
    pub items: Vec<AuditRow>,
    /// Entries in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// Entries per page.
    pub size: u64,
}

/// Which entries; repeat a name to give several.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct AuditQuery {
    /// A person's name or a part of it, the name of what is no person, or the whole identity of a subject.
    pub q: String,
    /// Kinds of subjects.
    pub subject_kind: Vec<String>,
    /// The first day.
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<NaiveDate>,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Entries per page, 10 to 200.
    pub size: Option<u64>,
}

/// What verifying found.
#[derive(Debug, Serialize, ToSchema)]
pub struct Verdict {
    /// Whether the log is whole.
    pub ok: bool,
    /// Entries read.
    pub entries: u64,
    /// The hash of the last entry, to be kept elsewhere.
    pub head: Option<String>,
    /// The first fault.
    pub fault: Option<AuditFault>,
}

/// The first entry that does not fit.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditFault {
    /// Its number.
    pub seq: u64,
    /// `audit_entry_changed`, `audit_entry_removed`, `audit_entry_inserted`, `audit_tail_cut`.
    pub code: String,
    /// What to do.
    pub message: String,
}

/// The log, the newest entry first.
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(AuditQuery), responses((status = 200, body = AuditPage)))]
pub async fn list(ctx: CityCtx, Query(query): Query<AuditQuery>) -> Result<Json<AuditPage>, Error> {
    let page = Page::of(query.page, query.size);
    let tx = ctx.read().await?;
    let names = names(&tx).await?;
    let filter = filter(&*calendar::load(&tx).await?, &names, &query);
    let logged = audit::list(&tx, &filter, page.offset(), page.size).await?;
    let items = logged.into_iter().map(|logged| row(logged.entry, &names)).collect();
    Ok(Json(AuditPage { items, total: audit::count(&tx, &filter).await?, page: page.page, size: page.size }))
}

fn filter(calendar: &Calendar, names: &HashMap<String, String>, query: &AuditQuery) -> AuditFilter {
    let start = |day: NaiveDate| calendar.moment(day, NaiveTime::MIN);
    let words = query.q.trim();
    let mut filter = AuditFilter {
        subject_kinds: query.subject_kind.clone(),
        from: query.from.map(start),
        until: query.to.map(|day| start(day + Days::new(1))),
        ..AuditFilter::default()
    };
    if words.parse::<uuid::Uuid>().is_ok() {
        words.clone_into(&mut filter.subject_id);
    } else if !words.is_empty() {
        let called = names.iter().filter(|(_, name)| name.contains(words)).map(|(id, _)| id.clone());
        filter.actors = called.chain([words.to_owned()]).collect();
    }
    filter
}

/// Keeps the end of the city's log in the hub; run each night.
pub async fn keep_head(app: App, task: Task) -> Result<Value, Failure> {
    let head = audit::head(&task.city().read().await.map_err(Error::from)?).await.map_err(Error::from)?;
    let Some(head) = head else { return Ok(Value::Null) };
    let hub = app.store().hub();
    hub.keep_head(task.city().slug(), head, task.author(), task.now()).await.map_err(Error::from)?;
    Ok(json!({ "seq": head.seq, "hash": head.hash.to_string() }))
}

fn row(entry: Entry, names: &HashMap<String, String>) -> AuditRow {
    let (subject_kind, subject_id) = entry.subject.split_once('/').unwrap_or((&entry.subject, ""));
    AuditRow {
        id: entry.seq.to_string(),
        seq: entry.seq,
        at: entry.at,
        actor: names.get(&entry.actor).cloned().unwrap_or_else(|| entry.actor.clone()),
        subject_kind: subject_kind.to_owned(),
        subject_id: subject_id.to_owned(),
        action: entry.action,
        hash: entry.hash.to_string(),
    }
}

/// Every column, in the log's order.
#[rustfmt::skip]
const SHEET: Sheet<AuditRow> = Sheet { file: "audit", zh: "审计日志", en: "Audit log", columns: &[
    Column { name: "seq", zh: "序号", en: "Entry", width: 10, cell: |row, _| count(row.seq) },
    Column { name: "at", zh: "时间", en: "At", width: 18, cell: |row, pen| pen.moment(Some(row.at)) },
    Column { name: "actor", zh: "人员", en: "Who", width: 16, cell: |row, _| text(&row.actor) },
    Column { name: "action", zh: "动作", en: "Action", width: 20, cell: |row, _| text(&row.action) },
    Column { name: "subject_kind", zh: "对象", en: "Subject", width: 14, cell: |row, _| text(&row.subject_kind) },
    Column { name: "subject_id", zh: "对象标识", en: "Identity", width: 38, cell: |row, _| text(&row.subject_id) },
    Column { name: "hash", zh: "散列", en: "Hash", width: 66, cell: |row, _| text(&row.hash) },
] };

/// The same entries as a workbook.
#[utoipa::path(get, path = "/api/audit/export.xlsx", tag = "audit", params(AuditQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(
    ctx: CityCtx,
    Query(query): Query<AuditQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Response, Error> {
    let tx = ctx.read().await?;
    let (calendar, names) = (calendar::load(&tx).await?, names(&tx).await?);
    let mut filter = filter(&calendar, &names, &query);
    let book = Book::begin(&ctx, calendar, &SHEET, &columns, audit::count(&tx, &filter).await?)?;
    loop {
        let logged = audit::list(&tx, &filter, 0, BATCH).await?;
        let rows: Vec<AuditRow> = logged.into_iter().map(|logged| row(logged.entry, &names)).collect();
        let Some(last) = rows.last() else { break };
        filter.before = Some(last.seq);
        book.add(&rows).await;
    }
    drop(tx);
    book.finish().await
}

async fn names(tx: &ReadTx) -> Result<HashMap<String, String>, Error> {
    Ok(unit::persons(tx).await?.into_iter().map(|person| (person.id.to_string(), person.name)).collect())
}

/// Prove that no entry was changed, removed or inserted.
#[utoipa::path(post, path = "/api/audit/verify", tag = "audit", responses((status = 200, body = Verdict)))]
pub async fn verify(State(app): State<App>, ctx: CityCtx) -> Result<Json<Verdict>, Error> {
    let kept = app.store().hub().kept_heads(ctx.city.slug()).await?;
    let audit::Verdict { entries, head, fault } = audit::verify(&ctx.read().await?, &kept).await?;
    let fault = fault.map(|fault| {
        let error = Error::from(fault);
        AuditFault { seq: fault.seq, code: error.code().to_owned(), message: error.message(ctx.lang) }
    });
    Ok(Json(Verdict { ok: fault.is_none(), entries, head: head.map(|head| head.hash.to_string()), fault }))
}
