//! The audit log of the city: read, and prove that nobody edited it.

use std::collections::HashMap;

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::audit::Entry;
use yipanqi_domain::moment::Moment;
use yipanqi_store::{ReadTx, audit, calendar, unit};

use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, count, text};
use crate::job::{Failure, Task};
use crate::page::Workbook;
use crate::request::{CityCtx, Json, Query};

/// Entries of a page.
const PAGE: u64 = 50;

/// An entry of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditRow {
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

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// From 1.
    pub page: Option<u64>,
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
#[utoipa::path(get, path = "/api/audit", tag = "audit", params(PageQuery), responses((status = 200, body = AuditPage)))]
pub async fn list(ctx: CityCtx, Query(query): Query<PageQuery>) -> Result<Json<AuditPage>, Error> {
    let tx = ctx.read().await?;
    let total = audit::head(&tx).await?.map_or(0, |head| head.seq);
    let page = query.page.unwrap_or(1).max(1);
    // Entries are numbered without gaps, so a page is a range of numbers.
    let before = (total + 1).saturating_sub((page - 1).saturating_mul(PAGE));
    let names = names(&tx).await?;
    let items = audit::page(&tx, Some(before), PAGE).await?.into_iter().map(|logged| row(logged.entry, &names));
    Ok(Json(AuditPage { items: items.collect(), total, page, size: PAGE }))
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

/// The whole log as a workbook, the newest entry first.
#[utoipa::path(get, path = "/api/audit/export.xlsx", tag = "audit", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let names = names(&tx).await?;
    let entries = audit::export(&tx).await?.entries;
    let rows: Vec<AuditRow> = entries.into_iter().rev().map(|logged| row(logged.entry, &names)).collect();
    export::workbook(&ctx, calendar::load(&tx).await?, &SHEET, &columns, &rows)
}

async fn names(tx: &ReadTx) -> Result<HashMap<String, String>, Error> {
    Ok(unit::persons(tx).await?.into_iter().map(|person| (person.id.to_string(), person.name)).collect())
}

/// Prove that no entry was changed, removed or inserted.
#[utoipa::path(post, path = "/api/audit/verify", tag = "audit", responses((status = 200, body = Verdict)))]
pub async fn verify(State(app): State<App>, ctx: CityCtx) -> Result<Json<Verdict>, Error> {
    let kept = app.store().hub().kept_heads(ctx.city.slug()).await?;
    let log = audit::export(&ctx.read().await?).await?;
    let fault = log.verify(&kept).err().map(|fault| {
        let error = Error::from(fault);
        AuditFault { seq: fault.seq, code: error.code().to_owned(), message: error.message(ctx.lang) }
    });
    Ok(Json(Verdict {
        ok: fault.is_none(),
        entries: u64::try_from(log.entries.len()).unwrap_or(u64::MAX),
        head: log.head.map(|head| head.hash.to_string()),
        fault,
    }))
}
