//! Extract, act, answer.

use axum::extract::{Multipart, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use uuid::Uuid;
use yipanqi_documents::kind::Kind;
use yipanqi_documents::mapping::SheetMapping;
use yipanqi_domain::moment::Moment;
use yipanqi_store::calendar;
use yipanqi_store::import::{self as store, RowFilter};
use yipanqi_store::question;

use super::actions::{self, Received};
use super::decide as decision;
use super::run::Partial;
use super::views::{
    Decided, DecisionInput, ImportPage, ImportView, KindCount, LineCount, LinePage, LineQuery, LineView, MappingInput, PageQuery,
    QuestionPage, QuestionQuery, QuestionTotals, QuestionView, StartInput, UploadForm,
};
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::export::{self, BATCH, Book, Column, ColumnQuery, Sheet, some, text};
use crate::page::Workbook;
use crate::request::{CityCtx, Json, Path, Query};

/// Rows on a page unless asked otherwise.
const PAGE: u64 = 50;

fn page(page: Option<u64>, size: Option<u64>) -> (u64, u64) {
    let size = size.unwrap_or(PAGE).clamp(1, 500);
    (page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size), size)
}

/// Send a file; the answer suggests how to read it.
#[utoipa::path(post, path = "/api/imports", tag = "imports", request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, body = ImportView), (status = 422, body = FailureBody)))]
pub async fn upload(State(app): State<App>, ctx: CityCtx, mut form: Multipart) -> Result<(StatusCode, Json<ImportView>), Error> {
    let (mut command, mut kind, mut round, mut file) = (None, None, None, None::<(String, Bytes)>);
    while let Some(part) = form.next_field().await.map_err(broken)? {
        match part.name() {
            Some("kind") => {
                let name = part.text().await.map_err(broken)?;
                kind = Some(Kind::named(name.trim()).ok_or_else(|| Error::invalid("kind", "import_kind_unknown"))?);
            }
            Some("command_id") => {
                let text = part.text().await.map_err(broken)?;
                command = Some(text.trim().parse().map_err(|_| Error::invalid("command_id", "not_understood"))?);
            }
            Some("round") => round = Some(part.text().await.map_err(broken)?).filter(|round| !round.trim().is_empty()),
            Some("file") => {
                let name = part.file_name().unwrap_or("file").to_owned();
                file = Some((name, part.bytes().await.map_err(broken)?));
            }
            Some(_) | None => {}
        }
    }
    let kind = kind.ok_or_else(|| Error::invalid("kind", "import_kind_unknown"))?;
    let (file_name, bytes) = file.ok_or_else(|| Error::new("file_missing"))?;
    let run = actions::receive(&app, &ctx, Received { command, kind, file_name, bytes, round }).await?;
    Ok((StatusCode::CREATED, Json(ImportView::of(run, ctx.lang)?)))
}

fn broken(error: axum::extract::multipart::MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Error::new("body_too_large") } else { Error::new("file_missing") }
}

/// The imports of the city, newest first.
#[utoipa::path(get, path = "/api/imports", tag = "imports", params(PageQuery), responses((status = 200, body = ImportPage)))]
pub async fn list(ctx: CityCtx, Query(query): Query<PageQuery>) -> Result<Json<ImportPage>, Error> {
    let (offset, limit) = page(query.page, query.size);
    let (runs, total) = store::list(&ctx.read().await?, offset, limit).await?;
    let rows = runs.into_iter().map(|run| ImportView::of(run, ctx.lang)).collect::<Result<_, _>>()?;
    Ok(Json(ImportPage { items: rows, total }))
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<ImportView> = Sheet { file: "imports", zh: "导入记录", en: "Imports", columns: &[
    Column { name: "file_name", zh: "文件", en: "File", width: 36, cell: |row, _| text(&row.file_name) },
    Column { name: "kind", zh: "种类", en: "Kind", width: 18, cell: |row, pen| pen.word("import_kind", &row.kind) },
    Column { name: "state", zh: "状态", en: "State", width: 12, cell: |row, pen| pen.word("import_state", &row.state) },
    Column { name: "created", zh: "新增", en: "Created", width: 10, cell: |row, _| export::count(row.counts.created) },
    Column { name: "changed", zh: "更新", en: "Changed", width: 10, cell: |row, _| export::count(row.counts.changed) },
    Column { name: "unchanged", zh: "未变", en: "Unchanged", width: 10, cell: |row, _| export::count(row.counts.unchanged) },
    Column { name: "refused", zh: "未收下", en: "Refused", width: 10, cell: |row, _| export::count(row.counts.refused) },
    Column { name: "question", zh: "待裁定", en: "Questions", width: 10, cell: |row, _| export::count(row.counts.question) },
    Column { name: "started_by", zh: "经办人", en: "Started by", width: 14, cell: |row, _| text(&row.started_by) },
    Column { name: "created_at", zh: "时间", en: "At", width: 26, cell: |row, _| text(row.finished_at.as_ref().unwrap_or(&row.created_at)) },
] };

/// The imports of the city as a workbook.
#[utoipa::path(get, path = "/api/imports/export.xlsx", tag = "imports", params(ColumnQuery),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let (runs, _) = store::list(&tx, 0, u64::from(u32::MAX)).await?;
    let rows = runs.into_iter().map(|run| ImportView::of(run, ctx.lang)).collect::<Result<Vec<_>, _>>()?;
    export::workbook(&ctx, calendar::load(&tx).await?, &SHEET, &columns, &rows)
}

/// One import.
#[utoipa::path(get, path = "/api/imports/{id}", tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, body = ImportView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<ImportView>, Error> {
    Ok(Json(ImportView::of(actions::find(&ctx, id).await?, ctx.lang)?))
}

/// Change how a file is read, before it is imported.
#[utoipa::path(put, path = "/api/imports/{id}/mapping", tag = "imports", params(("id" = Uuid, Path)), request_body = MappingInput,
    responses((status = 200, body = ImportView), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn set_mapping(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<MappingInput>) -> Result<Json<ImportView>, Error> {
    let sheets: Vec<SheetMapping> = input.mapping.sheets.into_iter().map(Into::into).collect();
    actions::set_mapping(&ctx, input.command_id, id, input.version, &sheets, input.round).await?;
    show(ctx, Path(id)).await
}

/// Try an import: decides on every row and writes nothing.
#[utoipa::path(post, path = "/api/imports/{id}/preview", tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, body = ImportView), (status = 422, body = FailureBody)))]
pub async fn preview(State(app): State<App>, ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<ImportView>, Error> {
    let tried = actions::preview(&app, &ctx, id).await?;
    let view = ImportView::of(actions::find(&ctx, id).await?, ctx.lang)?;
    Ok(Json(view.tried(tried, ctx.lang)))
}

/// Import a file in the background.
#[utoipa::path(post, path = "/api/imports/{id}/start", tag = "imports", params(("id" = Uuid, Path)), request_body = StartInput,
    responses((status = 200, body = ImportView), (status = 409, body = FailureBody)))]
pub async fn start(
    State(app): State<App>,
    ctx: CityCtx,
    Path(id): Path<Uuid>,
    Json(input): Json<StartInput>,
) -> Result<Json<ImportView>, Error> {
    let partial = if input.accept_partial { Partial::Accept } else { Partial::Refuse };
    actions::start(&app, &ctx, input.command_id, id, input.version, partial).await?;
    show(ctx, Path(id)).await
}

/// Stop an import; rows that were entered stay.
#[utoipa::path(post, path = "/api/imports/{id}/cancel", tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, body = ImportView), (status = 409, body = FailureBody)))]
pub async fn cancel(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<ImportView>, Error> {
    actions::cancel(&ctx, id).await?;
    show(ctx, Path(id)).await
}

/// What became of each row.
#[utoipa::path(get, path = "/api/imports/{id}/rows", tag = "imports", params(("id" = Uuid, Path), LineQuery),
    responses((status = 200, body = LinePage), (status = 404, body = FailureBody)))]
pub async fn rows(ctx: CityCtx, Path(id): Path<Uuid>, Query(query): Query<LineQuery>) -> Result<Json<LinePage>, Error> {
    actions::find(&ctx, id).await?;
    let (offset, limit) = page(query.page, query.size);
    let tx = ctx.read().await?;
    let filter = RowFilter { action: query.action, code: query.code };
    let (lines, total) = store::rows(&tx, id, &filter, offset, limit).await?;
    let counts = store::row_counts(&tx, id).await?;
    let counts = counts.into_iter().map(|(action, code, lines)| LineCount { action, code, lines });
    Ok(Json(LinePage {
        items: lines.into_iter().map(|line| LineView::of(line, ctx.lang)).collect(),
        total,
        counts: counts.collect(),
    }))
}

/// The refused rows in the layout of the file, with what is wrong with each.
#[utoipa::path(get, path = "/api/imports/{id}/refused.xlsx", tag = "imports", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 404, body = FailureBody)))]
pub async fn refused(State(app): State<App>, ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Response, Error> {
    let file = actions::refused(&app, &ctx, id).await?;
    let kind = match file.extension {
        "geojson" => "application/geo+json",
        _ => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    };
    let named =
        HeaderValue::from_str(&format!("attachment; filename=\"refused.{}\"", file.extension)).map_err(Error::internal)?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, named)];
    Ok((headers, file.bytes).into_response())
}

/// What imports could not decide, oldest first.
#[utoipa::path(get, path = "/api/questions", tag = "imports", params(QuestionQuery), responses((status = 200, body = QuestionPage)))]
pub async fn questions(ctx: CityCtx, Query(query): Query<QuestionQuery>) -> Result<Json<QuestionPage>, Error> {
    let (offset, limit) = page(query.page, query.size);
    let filter = query.filter()?;
    let tx = ctx.read().await?;
    let (asked, total) = question::list(&tx, &filter, offset, limit).await?;
    let kinds = question::kinds(&tx, &filter).await?.into_iter().map(|(kind, count)| KindCount { kind, count });
    let totals = QuestionTotals { kinds: kinds.collect() };
    Ok(Json(QuestionPage { totals, items: asked.into_iter().map(|asked| QuestionView::of(asked, ctx.lang)).collect(), total }))
}

/// Every column, in the list's order.
#[rustfmt::skip]
const QUESTIONS: Sheet<QuestionView> = Sheet { file: "questions", zh: "待裁定问题", en: "Questions", columns: &[
    Column { name: "kind", zh: "类别", en: "Kind", width: 18, cell: |row, pen| pen.word("question_kind", &row.kind) },
    Column { name: "subject", zh: "对象", en: "About", width: 28, cell: |row, _| text(&row.subject) },
    Column { name: "text", zh: "问题", en: "Question", width: 60, cell: |row, _| text(&row.text) },
    Column { name: "options", zh: "可选答案", en: "Possible answers", width: 60, cell: |row, _| {
        text(&row.options.iter().map(|option| option.label.as_str()).collect::<Vec<_>>().join("；"))
    } },
    Column { name: "state", zh: "状态", en: "State", width: 10, cell: |row, pen| pen.word("question_state", &row.state) },
    Column { name: "decision", zh: "裁定", en: "Decision", width: 30, cell: |row, _| {
        let taken = row.options.iter().find(|option| Some(&option.value) == row.decision.as_ref()).map(|option| option.label.as_str());
        some(taken.or(row.decision.as_deref()))
    } },
    Column { name: "decided_by", zh: "裁定人", en: "Decided by", width: 12, cell: |row, _| some(row.decided_by.as_deref()) },
    Column { name: "asked_at", zh: "提出时间", en: "Asked", width: 18, cell: |row, pen| pen.moment(Moment::parse(&row.asked_at).ok()) },
] };

/// The same questions as a workbook, all pages, in the columns asked for.
#[utoipa::path(get, path = "/api/questions/export.xlsx", tag = "imports", params(QuestionQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
    (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn export_questions(
    ctx: CityCtx,
    Query(query): Query<QuestionQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Response, Error> {
    let filter = query.filter()?;
    let tx = ctx.read().await?;
    let (mut asked, total) = question::list(&tx, &filter, 0, BATCH).await?;
    let book = Book::begin(&ctx, calendar::load(&tx).await?, &QUESTIONS, &columns, total)?;
    let mut written = 0;
    while !asked.is_empty() {
        written += asked.len() as u64;
        let rows: Vec<QuestionView> = asked.into_iter().map(|asked| QuestionView::of(asked, ctx.lang)).collect();
        book.add(&rows).await;
        (asked, _) = question::list(&tx, &filter, written, BATCH).await?;
    }
    drop(tx);
    book.finish().await
}

/// Decide a question; it takes effect at once and is remembered.
#[utoipa::path(post, path = "/api/questions/{id}/decide", tag = "imports", params(("id" = Uuid, Path)), request_body = DecisionInput,
    responses((status = 200, body = Decided), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn decide(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<DecisionInput>) -> Result<Json<Decided>, Error> {
    let value = serde_json::from_str(&input.value).map_err(|_| Error::new("decision_invalid"))?;
    let changed = decision::decide(&ctx, input.command_id, id, input.version, &value).await?;
    Ok(Json(Decided { changed }))
}
