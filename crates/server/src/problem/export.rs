//! The ledger as a workbook: exactly the problems of the query, all pages, in the chosen columns.

use std::collections::HashMap;
use std::sync::Arc;

use axum::response::Response;
use yipanqi_domain::id::ProblemId;
use yipanqi_store::ReadTx;
use yipanqi_store::problem::{self as store, Kept};

use super::query::ProblemQuery;
use super::rules::Rules;
use super::views::{Names, ProblemRow};
use crate::error::{Error, FailureBody};
use crate::export::{BATCH, Book, Column, ColumnQuery, Sheet, count, some, text};
use crate::request::{CityCtx, Query};
use crate::session::UnitRef;

fn short(unit: Option<&UnitRef>) -> yipanqi_documents::list::ListCell {
    some(unit.map(|unit| unit.short_name.as_str()))
}

/// Every column, in the ledger's order.
#[rustfmt::skip]
pub(super) const SHEET: Sheet<ProblemRow> = Sheet { file: "problems", zh: "问题台账", en: "Problems", columns: &[
    Column { name: "number", zh: "编号", en: "Number", width: 16, cell: |row, _| text(&row.text_number) },
    Column { name: "title", zh: "问题", en: "Problem", width: 36, cell: |row, _| text(&row.title) },
    Column { name: "site", zh: "点位", en: "Site", width: 28, cell: |row, _| text(row.site.as_ref().map_or(&row.place_text, |site| &site.name)) },
    Column { name: "site_type", zh: "点位类型", en: "Site type", width: 14, cell: |row, _| some(row.site.as_ref().map(|site| site.site_type.as_str())) },
    Column { name: "citations", zh: "标准", en: "Criteria", width: 18, cell: |row, _| {
        text(&row.citations.iter().map(|cited| cited.citation.as_str()).collect::<Vec<_>>().join("、"))
    } },
    Column { name: "source", zh: "来源", en: "Source", width: 14, cell: |row, pen| pen.word("source", &row.source) },
    Column { name: "unit", zh: "责任单位", en: "Unit", width: 18, cell: |row, _| short(row.unit.as_ref()) },
    Column { name: "street", zh: "属地", en: "Street", width: 14, cell: |row, _| short(row.street.as_ref()) },
    Column { name: "state", zh: "状态", en: "State", width: 12, cell: |row, pen| pen.word("state", &row.state) },
    Column { name: "due_at", zh: "时限", en: "Due", width: 18, cell: |row, pen| pen.moment(row.clock.due_at) },
    Column { name: "slip", zh: "督办", en: "Slip", width: 18, cell: |row, _| some(row.slip.as_ref().map(|slip| slip.number.as_str())) },
    Column { name: "party", zh: "责任主体", en: "Responsible party", width: 24, cell: |row, pen| match &row.party {
        Some(party) => match pen.word("ask_state", &party.state) {
            yipanqi_documents::list::ListCell::Text(state) => text(&format!("{} {state}", party.name)),
            _ => text(&party.name),
        },
        None => text(""),
    } },
    Column { name: "last_step", zh: "最近一步", en: "Last step", width: 14, cell: |row, pen| pen.word("command", &row.last_step.command) },
    Column { name: "last_step_at", zh: "最近一步时间", en: "Last step at", width: 18, cell: |row, pen| pen.moment(Some(row.last_step.at)) },
    Column { name: "category", zh: "类别", en: "Category", width: 14, cell: |row, _| text(&row.category) },
    Column { name: "deduction", zh: "扣分", en: "Deduction", width: 10, cell: |row, _| some(row.deduction.as_deref()) },
    Column { name: "confidential", zh: "保密", en: "Confidential", width: 8, cell: |row, pen| match (row.confidential, pen.lang) {
        (false, _) => text(""),
        (true, crate::request::Lang::Zh) => text("是"),
        (true, crate::request::Lang::En) => text("yes"),
    } },
    Column { name: "bounces", zh: "退转次数", en: "Bounces", width: 8, cell: |row, _| count(row.bounces.into()) },
    Column { name: "returns", zh: "返工", en: "Rework", width: 8, cell: |row, _| count(row.returns.into()) },
] };

/// The ledger as xlsx.
#[utoipa::path(get, path = "/api/problems/export.xlsx", tag = "problem", params(ProblemQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
    (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn export(
    ctx: CityCtx,
    Query(query): Query<ProblemQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Response, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let filter = query.settled(&ctx, &tx, &rules).await?;
    let chosen = store::ids(&tx, &filter, query.sorting()?).await?;
    let book = Book::begin(&ctx, Arc::clone(&rules.calendar), &SHEET, &columns, chosen.len() as u64)?;
    for ids in chosen.chunks(BATCH as usize) {
        let kept = in_order(&tx, ids).await?;
        let names = Names::load(&tx, &kept).await?;
        let rows: Vec<ProblemRow> = kept.iter().map(|kept| ProblemRow::of(kept, &names, &rules.calendar, ctx.moment)).collect();
        book.add(&rows).await;
    }
    drop(tx);
    book.finish().await
}

/// These problems, in the order of their identities.
pub(super) async fn in_order(tx: &ReadTx, ids: &[ProblemId]) -> Result<Vec<Kept>, Error> {
    let mut kept = store::get_all(tx, ids).await?;
    let place: HashMap<ProblemId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    kept.sort_by_key(|kept| place.get(&kept.problem.id).copied());
    Ok(kept)
}
