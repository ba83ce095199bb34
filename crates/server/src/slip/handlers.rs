//! Extract, act, answer.

use std::collections::HashMap;

use axum::response::Response;
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::id::{ProblemId, SlipId};
use yipanqi_domain::slip::SlipActor;
use yipanqi_store::slip::{KeptSlip, SlipFilter};
use yipanqi_store::{ReadTx, problem, slip as store};

use super::actions::{self, DirectInput, IssueInput, SlipCommandInput};
use super::sweep;
use super::views::{SlipList, SlipProblem, SlipQuery, SlipRow, SlipView, Swept};
use crate::error::{Error, FailureBody};
use crate::export::{self, BATCH, Book, Column, ColumnQuery, Sheet, some, text};
use crate::problem::Rules;
use crate::problem::views::{Names, ProblemRow};
use crate::request::{CityCtx, Json, Path, Query};

/// The slips within reach, newest first.
#[utoipa::path(get, path = "/api/slips", tag = "slip", params(SlipQuery),
    responses((status = 200, body = SlipList), (status = 400, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<SlipQuery>) -> Result<Json<SlipList>, Error> {
    let tx = ctx.read().await?;
    let (page, size) = (query.page.unwrap_or(1).max(1), query.size.unwrap_or(20).clamp(1, 200));
    let (kept, total) = store::list(&tx, &filter(&ctx, query), (page - 1) * size, size).await?;
    Ok(Json(SlipList { items: rows(&ctx, &tx, &kept).await?, total, page, size }))
}

/// Which slips the query asks for, bounded by what the reader may see.
fn filter(ctx: &CityCtx, query: SlipQuery) -> SlipFilter {
    SlipFilter {
        states: query.state,
        colours: query.colour,
        units: query.unit,
        problems: query.problem,
        number: None,
        expired: query.expired.then_some(ctx.moment),
        reach: match ctx.reach_of(Right::ViewSlip) {
            Reach::Everything => None,
            Reach::Units(units) => Some(units),
            Reach::Nothing => Some(std::collections::BTreeSet::new()),
        },
    }
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<SlipRow> = Sheet { file: "slips", zh: "督办单", en: "Slips", columns: &[
    Column { name: "text_number", zh: "文号", en: "Number", width: 18, cell: |row, _| some(row.text_number.as_deref()) },
    Column { name: "colour", zh: "类别", en: "Colour", width: 10, cell: |row, pen| pen.word("colour", &row.colour) },
    Column { name: "state", zh: "状态", en: "State", width: 14, cell: |row, pen| pen.word("slip_state", &row.state) },
    Column { name: "problem", zh: "问题编号", en: "Problem", width: 16, cell: |row, _| text(&row.problem.text_number) },
    Column { name: "title", zh: "问题", en: "What is wrong", width: 36, cell: |row, _| text(&row.problem.title) },
    Column { name: "place", zh: "地点", en: "Where", width: 28, cell: |row, _| text(&row.problem.place) },
    Column { name: "unit", zh: "责任单位", en: "Unit", width: 20, cell: |row, _| export::unit(row.unit.as_ref()) },
    Column { name: "proposed_at", zh: "拟发时间", en: "Proposed", width: 18, cell: |row, pen| pen.moment(Some(row.proposed_at)) },
    Column { name: "issued_at", zh: "签发时间", en: "Issued", width: 18, cell: |row, pen| pen.moment(row.issued_at) },
    Column { name: "reply_until", zh: "回复时限", en: "Reply until", width: 18, cell: |row, pen| pen.moment(row.reply_until) },
] };

/// The same slips as a workbook.
#[utoipa::path(get, path = "/api/slips/export.xlsx", tag = "slip", params(SlipQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<SlipQuery>, Query(columns): Query<ColumnQuery>) -> Result<Response, Error> {
    let tx = ctx.read().await?;
    let filter = filter(&ctx, query);
    let calendar = Rules::load(&tx, ctx.moment).await?.calendar;
    let (mut kept, total) = store::list(&tx, &filter, 0, BATCH).await?;
    let book = Book::begin(&ctx, calendar, &SHEET, &columns, total)?;
    let mut written = 0;
    while !kept.is_empty() {
        book.add(&rows(&ctx, &tx, &kept).await?).await;
        written += kept.len() as u64;
        (kept, _) = store::list(&tx, &filter, written, BATCH).await?;
    }
    drop(tx);
    book.finish().await
}

async fn rows(ctx: &CityCtx, tx: &ReadTx, slips: &[KeptSlip]) -> Result<Vec<SlipRow>, Error> {
    let ids: Vec<ProblemId> = slips.iter().map(|kept| kept.slip.occasion.problem).collect();
    let problems = problem::get_all(tx, &ids).await?;
    let names = Names::load(tx, &problems).await?;
    let rules = Rules::load(tx, ctx.moment).await?;
    let problems: HashMap<ProblemId, SlipProblem> = problems
        .iter()
        .map(|kept| {
            let row = ProblemRow::of(kept, &names, &rules.calendar, ctx.moment);
            let place = row.site.map_or(row.place_text, |site| site.name);
            (row.id, SlipProblem { id: row.id, text_number: row.text_number, title: row.title, place })
        })
        .collect();
    Ok(slips
        .iter()
        .filter_map(|kept| {
            let problem = problems.get(&kept.slip.occasion.problem)?.clone();
            Some(SlipRow::of(kept, problem, names.unit(Some(kept.slip.unit)), ctx.moment))
        })
        .collect())
}

/// A slip's page.
#[utoipa::path(get, path = "/api/slips/{id}", tag = "slip", params(("id" = String, Path)),
    responses((status = 200, body = SlipView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<SlipId>) -> Result<Json<SlipView>, Error> {
    Ok(Json(view(&ctx, id).await?))
}

async fn view(ctx: &CityCtx, id: SlipId) -> Result<SlipView, Error> {
    let tx = ctx.read().await?;
    let kept = actions::visible(ctx, &tx, id).await?;
    let row = rows(ctx, &tx, std::slice::from_ref(&kept)).await?.pop().ok_or_else(|| Error::new("slip_not_found"))?;
    Ok(SlipView {
        row,
        steps: kept.history.iter().map(Into::into).collect(),
        allowed: kept.slip.allowed(&SlipActor::Person(ctx.actor.clone()), &ctx.tree),
        signer: kept.signer,
        grounds: kept.grounds,
    })
}

/// Look for problems that have reached a step of the ladder and propose their slips.
#[utoipa::path(post, path = "/api/slips/sweep", tag = "slip",
    responses((status = 200, body = Swept), (status = 409, body = FailureBody)))]
pub async fn sweep(ctx: CityCtx) -> Result<Json<Swept>, Error> {
    let sweep::Sweep { proposed, missing_year } = sweep::sweep(&ctx.city, &ctx.author(), ctx.moment).await?;
    Ok(Json(Swept { proposed, missing_year }))
}

/// Propose a slip for a problem by a person's decision.
#[utoipa::path(post, path = "/api/problems/{id}/slips", tag = "slip", params(("id" = String, Path)), request_body = DirectInput,
    responses((status = 200, body = SlipView), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn take(ctx: CityCtx, Path(id): Path<ProblemId>, Json(input): Json<DirectInput>) -> Result<Json<SlipView>, Error> {
    let slip = actions::take(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, slip).await?))
}

/// Issue a proposed slip.
#[utoipa::path(post, path = "/api/slips/{id}/issue", tag = "slip", params(("id" = String, Path)), request_body = IssueInput,
    responses((status = 200, body = SlipView), (status = 403, body = FailureBody), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody)))]
pub async fn issue(ctx: CityCtx, Path(id): Path<SlipId>, Json(input): Json<IssueInput>) -> Result<Json<SlipView>, Error> {
    actions::issue(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, id).await?))
}

/// Command a slip: receive, reply, accept, lift and so on.
#[utoipa::path(post, path = "/api/slips/{id}/commands", tag = "slip", params(("id" = String, Path)),
    request_body = SlipCommandInput, responses((status = 200, body = SlipView), (status = 403, body = FailureBody),
    (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn command(ctx: CityCtx, Path(id): Path<SlipId>, Json(input): Json<SlipCommandInput>) -> Result<Json<SlipView>, Error> {
    actions::command(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, id).await?))
}
