//! A round's sites, results and quality, and the second looks at what was closed, as workbooks.

use yipanqi_documents::list::ListCell;
use yipanqi_domain::id::RoundId;

use crate::error::{Error, FailureBody};
use crate::export::{Column, ColumnQuery, Pen, Sheet, book, count, day, figure, some, text, unit};
use crate::page::Workbook;
use crate::problem::checks::{self, CheckQuery, OddView, SampledView};
use crate::problem::recheck::{self, RecheckView};
use crate::request::{CityCtx, Json, Path, Query};
use crate::round::agreement::{self, AgreementView, OddVisit};
use crate::round::views::{ResultBody, ResultView, RoundSiteView};
use crate::round::{handlers, results as entered};

const SITES: Sheet<RoundSiteView> = Sheet {
    file: "round-sites",
    zh: "批次点位",
    en: "Sites of the round",
    columns: &[
        Column { name: "code", zh: "点位编号", en: "Code", width: 16, cell: |row, _| text(&row.site.code) },
        Column { name: "name", zh: "点位", en: "Site", width: 32, cell: |row, _| text(&row.site.name) },
        Column { name: "site_type", zh: "点位类型", en: "Site type", width: 18, cell: |row, _| text(&row.site.site_type) },
        Column { name: "street", zh: "属地", en: "Street", width: 20, cell: |row, _| unit(row.street.as_ref()) },
        Column {
            name: "inspector",
            zh: "检查员",
            en: "Inspector",
            width: 12,
            cell: |row, _| some(row.inspector.as_ref().map(|person| person.name.as_str())),
        },
        Column { name: "visit_on", zh: "计划日期", en: "Planned for", width: 14, cell: |row, _| day(row.visit_on) },
        Column { name: "state", zh: "状态", en: "State", width: 10, cell: |row, pen| pen.word("site_state", &row.state) },
        Column {
            name: "faults",
            zh: "问题数",
            en: "Faults",
            width: 10,
            cell: |row, _| if row.visit_id.is_some() { count(row.faults) } else { ListCell::Blank },
        },
    ],
};

/// The sites of a round as far as the reader may see them, as a workbook.
#[utoipa::path(get, path = "/api/rounds/{id}/sites/export.xlsx", tag = "rounds", params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn sites(ctx: CityCtx, id: Path<RoundId>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(round) = handlers::show(ctx.clone(), id).await?;
    book(&ctx, &SITES, &columns, &round.round_sites).await
}

fn result(row: &ResultView, pen: &Pen) -> ListCell {
    let share = |observed: u32, total: u32| ListCell::Text(format!("{observed}/{total}"));
    match &row.value {
        ResultBody::Points { points } => ListCell::Decimal(points.clone(), 2),
        ResultBody::Percent { percent } => ListCell::Text(format!("{}%", percent.published(2))),
        ResultBody::PassFail { pass } => pen.word("verdict", &if *pass { "pass" } else { "fail" }),
        ResultBody::Grade { grade } => pen.word("grade", grade),
        ResultBody::Faults { count: many } | ResultBody::Count { count: many } => count((*many).into()),
        ResultBody::Ratio { observed, total } | ResultBody::Timed { observed, total, .. } => share(*observed, *total),
        ResultBody::GateFailed => pen.word("said", &"gate_failed"),
    }
}

const RESULTS: Sheet<ResultView> = Sheet {
    file: "results",
    zh: "录入结果",
    en: "Entered results",
    columns: &[
        Column { name: "number", zh: "编号", en: "Number", width: 14, cell: |row, _| text(&row.number) },
        Column { name: "title", zh: "测评标准", en: "Criterion", width: 56, cell: |row, _| text(&row.title) },
        Column { name: "method", zh: "测评方式", en: "Method", width: 14, cell: |row, pen| pen.word("method", &row.method) },
        Column { name: "value", zh: "结果", en: "Result", width: 16, cell: result },
        Column { name: "source", zh: "来源", en: "Source", width: 40, cell: |row, _| text(&row.source) },
        Column { name: "entered_by", zh: "录入人", en: "Entered by", width: 12, cell: |row, _| text(&row.entered_by) },
        Column {
            name: "entered_at",
            zh: "录入时间",
            en: "Entered",
            width: 18,
            cell: |row, pen| pen.moment(Some(row.entered_at)),
        },
    ],
};

/// The results entered for a round, as a workbook.
#[utoipa::path(get, path = "/api/rounds/{id}/results/export.xlsx", tag = "rounds", params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn results(ctx: CityCtx, id: Path<RoundId>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = entered::list(ctx.clone(), id).await?;
    book(&ctx, &RESULTS, &columns, &rows).await
}

/// A line of one of the tables of a round's quality.
struct QualityLine {
    part: &'static str,
    name: String,
    inspector: String,
    agreement: Option<AgreementView>,
    odd: Option<OddVisit>,
}

const QUALITY: Sheet<QualityLine> = Sheet {
    file: "quality",
    zh: "检查质量",
    en: "Quality of the round",
    columns: &[
        Column { name: "part", zh: "内容", en: "Part", width: 16, cell: |row, pen| pen.word("round_part", &row.part) },
        Column { name: "name", zh: "检查项或点位", en: "Item or site", width: 56, cell: |row, _| text(&row.name) },
        Column { name: "inspector", zh: "检查员", en: "Inspector", width: 12, cell: |row, _| text(&row.inspector) },
        Column {
            name: "pairs",
            zh: "两次都判",
            en: "Judged twice",
            width: 12,
            cell: |row, _| row.agreement.as_ref().map_or(ListCell::Blank, |one| count(one.pairs.into())),
        },
        Column {
            name: "same",
            zh: "判定一致",
            en: "Judged alike",
            width: 12,
            cell: |row, _| row.agreement.as_ref().map_or(ListCell::Blank, |one| count(one.same.into())),
        },
        Column {
            name: "kappa",
            zh: "Kappa",
            en: "Kappa",
            width: 10,
            cell: |row, _| figure(row.agreement.as_ref().and_then(|one| one.kappa.as_ref())),
        },
        Column {
            name: "why",
            zh: "须核看原因",
            en: "Why to look",
            width: 36,
            cell: |row, pen| row.odd.as_ref().map_or(ListCell::Blank, |odd| pen.words("odd_visit", &odd.oddities)),
        },
        Column {
            name: "seconds",
            zh: "用时（秒）",
            en: "Seconds",
            width: 12,
            cell: |row, _| row.odd.as_ref().map_or(ListCell::Blank, |odd| ListCell::Integer(odd.seconds)),
        },
    ],
};

/// How far the inspectors of a round agree, and which visits should be looked at, as a workbook.
#[utoipa::path(get, path = "/api/rounds/{id}/agreement/export.xlsx", tag = "rounds", params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn quality(ctx: CityCtx, id: Path<RoundId>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(view) = agreement::show(ctx.clone(), id).await?;
    let line = |part, name: String, inspector: String, agreement| QualityLine { part, name, inspector, agreement, odd: None };
    let mut rows = vec![line("whole", String::new(), String::new(), Some(view.agreement))];
    rows.extend(view.inspectors.into_iter().map(|one| line("inspector", String::new(), one.inspector.name, Some(one.agreement))));
    rows.extend(
        view.items.into_iter().map(|one| line("item", format!("{} {}", one.code, one.text), String::new(), Some(one.agreement))),
    );
    rows.extend(view.odd.into_iter().map(|odd| QualityLine {
        part: "odd",
        name: odd.site.name.clone(),
        inspector: odd.inspector.as_ref().map_or_else(String::new, |person| person.name.clone()),
        agreement: None,
        odd: Some(odd),
    }));
    book(&ctx, &QUALITY, &columns, &rows).await
}

const ODDITIES: Sheet<OddView> = Sheet {
    file: "odd-verifications",
    zh: "核查异常",
    en: "Odd verifications",
    columns: &[
        Column { name: "oddity", zh: "原因", en: "Why", width: 24, cell: |row, pen| pen.word("odd_verification", &row.oddity) },
        Column { name: "number", zh: "编号", en: "Number", width: 16, cell: |row, _| text(&row.problem.text_number) },
        Column { name: "title", zh: "问题", en: "Problem", width: 48, cell: |row, _| text(&row.problem.title) },
        Column { name: "unit", zh: "责任单位", en: "Unit", width: 26, cell: |row, _| unit(row.problem.unit.as_ref()) },
        Column { name: "submitter", zh: "报结人", en: "Submitted by", width: 12, cell: |row, _| text(&row.submitter) },
        Column { name: "verifier", zh: "核查人", en: "Verified by", width: 12, cell: |row, _| text(&row.verifier) },
        Column {
            name: "seconds",
            zh: "间隔（秒）",
            en: "Seconds between",
            width: 14,
            cell: |row, _| ListCell::Integer(row.seconds),
        },
        Column { name: "count", zh: "这对人件数", en: "Of this pair", width: 12, cell: |row, _| count(row.count as u64) },
    ],
};

/// Verifications that are worth a second look, as a workbook.
#[utoipa::path(get, path = "/api/verifications/oddities/export.xlsx", tag = "problem", params(CheckQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn oddities(ctx: CityCtx, query: Query<CheckQuery>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = checks::oddities(ctx.clone(), query).await?;
    book(&ctx, &ODDITIES, &columns, &rows).await
}

const SAMPLE: Sheet<SampledView> = Sheet {
    file: "second-verification",
    zh: "销号复核抽样",
    en: "Sample for a second verification",
    columns: &[
        Column { name: "number", zh: "编号", en: "Number", width: 16, cell: |row, _| text(&row.problem.text_number) },
        Column { name: "title", zh: "问题", en: "Problem", width: 48, cell: |row, _| text(&row.problem.title) },
        Column { name: "unit", zh: "责任单位", en: "Unit", width: 26, cell: |row, _| unit(row.problem.unit.as_ref()) },
        Column {
            name: "result",
            zh: "复核结果",
            en: "Result",
            width: 12,
            cell: |row, pen| {
                let said = match row.holds {
                    Some(true) => "holds",
                    Some(false) => "fails",
                    None => "waiting",
                };
                pen.word("said", &said)
            },
        },
        Column { name: "by", zh: "复核人", en: "By", width: 12, cell: |row, _| some(row.by.as_deref()) },
        Column { name: "note", zh: "情况", en: "Found", width: 36, cell: |row, _| some(row.note.as_deref()) },
    ],
};

/// The problems of which a second verification is asked, as a workbook.
#[utoipa::path(get, path = "/api/verifications/sample/export.xlsx", tag = "problem", params(CheckQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn sample(ctx: CityCtx, query: Query<CheckQuery>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = checks::sample(ctx.clone(), query).await?;
    book(&ctx, &SAMPLE, &columns, &rows).await
}

const RECHECKS: Sheet<RecheckView> = Sheet {
    file: "rechecks",
    zh: "回头看到期",
    en: "Rechecks due",
    columns: &[
        Column { name: "number", zh: "编号", en: "Number", width: 16, cell: |row, _| text(&row.problem.text_number) },
        Column { name: "title", zh: "问题", en: "Problem", width: 48, cell: |row, _| text(&row.problem.title) },
        Column {
            name: "site",
            zh: "点位",
            en: "Site",
            width: 28,
            cell: |row, _| some(row.problem.site.as_ref().map(|site| site.name.as_str())),
        },
        Column { name: "unit", zh: "责任单位", en: "Unit", width: 26, cell: |row, _| unit(row.problem.unit.as_ref()) },
        Column {
            name: "after",
            zh: "销号后（天）",
            en: "Days after closing",
            width: 14,
            cell: |row, _| count(row.after_days.into()),
        },
        Column { name: "due_on", zh: "应看日期", en: "Due", width: 14, cell: |row, _| day(Some(row.due_on)) },
        Column { name: "risk", zh: "风险", en: "Risk", width: 8, cell: |row, _| count(row.risk.into()) },
    ],
};

/// Closed problems of which a recheck is due, as a workbook.
#[utoipa::path(get, path = "/api/problems/rechecks/export.xlsx", tag = "problem", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn rechecks(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = recheck::rechecks(ctx.clone()).await?;
    book(&ctx, &RECHECKS, &columns, &rows).await
}
