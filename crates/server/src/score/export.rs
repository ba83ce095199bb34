//! The lists of the scores as workbooks: the score's tree, the index, incidents, what is at stake, the years of a cycle.

use uuid::Uuid;
use yipanqi_documents::list::ListCell;
use yipanqi_domain::id::RoundId;
use yipanqi_store::calendar;

use super::course::{self, IndexPeriod, IndexQuery, UnitCourse};
use super::handlers;
use super::register::{self, CycleYear, IncidentView};
use super::stake::{self, StakeQuery, StakeRow};
use super::views::{IntervalView, NodeFigures};
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, count, day, figure, text};
use crate::page::Workbook;
use crate::request::{CityCtx, Lang, Path, Query};
use crate::session::UnitRef;

fn units(units: &[UnitRef]) -> ListCell {
    text(&units.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>().join("、"))
}

/// The columns by the names that the list uses.
const INCIDENTS: Sheet<IncidentView> = Sheet {
    file: "incidents",
    zh: "负面清单登记",
    en: "Register of the negative list",
    columns: &[
        Column { name: "title", zh: "事由", en: "What happened", width: 36, cell: |row, _| text(&row.title) },
        Column { name: "source", zh: "来源", en: "Source", width: 24, cell: |row, _| text(&row.source) },
        Column { name: "number", zh: "条目", en: "Item", width: 8, cell: |row, _| text(&row.number) },
        Column { name: "situation", zh: "情形", en: "Situation", width: 40, cell: |row, _| text(&row.situation) },
        Column { name: "occurred_on", zh: "发生日期", en: "Day", width: 14, cell: |row, _| day(Some(row.occurred_on)) },
        Column { name: "units", zh: "责任单位", en: "Units", width: 30, cell: |row, _| units(&row.units) },
        Column { name: "count", zh: "次数", en: "How often", width: 8, cell: |row, _| count(row.count.into()) },
        Column {
            name: "effect", zh: "后果", en: "Effect", width: 12, cell: |row, pen| pen.word("incident_effect", &row.effect)
        },
        Column { name: "points", zh: "扣分", en: "Costs", width: 10, cell: |row, _| figure(row.points.as_ref()) },
        Column { name: "state", zh: "状态", en: "State", width: 10, cell: |row, pen| pen.word("incident_state", &row.state) },
        Column { name: "decision", zh: "认定依据", en: "Grounds", width: 30, cell: |row, _| text(&row.decision) },
        Column { name: "decided_at", zh: "认定时间", en: "Decided", width: 18, cell: |row, pen| pen.moment(row.decided_at) },
        Column { name: "withdrawal", zh: "撤销理由", en: "Why withdrawn", width: 30, cell: |row, _| text(&row.withdrawal) },
        Column {
            name: "withdrawn_at",
            zh: "撤销时间",
            en: "Withdrawn",
            width: 18,
            cell: |row, pen| pen.moment(row.withdrawn_at),
        },
        Column { name: "entered_by", zh: "登记人", en: "Entered by", width: 12, cell: |row, _| text(&row.entered_by) },
    ],
};

/// What was entered on an edition's negative list, as a workbook.
#[utoipa::path(get, path = "/api/editions/{id}/incidents/export.xlsx", tag = "score",
    params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn incidents(ctx: CityCtx, Path(id): Path<Uuid>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let (_, rows) = register::of_edition(&ctx, &tx, id).await?;
    export::workbook(&ctx, calendar::load(&tx).await?, &INCIDENTS, &columns, &rows)
}

/// The columns by the names that the list uses.
const STAKES: Sheet<StakeRow> = Sheet {
    file: "stakes",
    zh: "失分潜力",
    en: "Points at stake",
    columns: &[
        Column { name: "title", zh: "事项", en: "What", width: 44, cell: |row, _| text(&row.title) },
        Column { name: "kind", zh: "类别", en: "Kind", width: 12, cell: |row, pen| pen.word("stake_kind", &row.kind) },
        Column { name: "units", zh: "责任单位", en: "Units", width: 30, cell: |row, _| units(&row.units) },
        Column { name: "days", zh: "剩余工作日", en: "Working days left", width: 12, cell: |row, _| count(row.days.into()) },
        Column { name: "gain", zh: "可挽回", en: "Returns", width: 12, cell: |row, _| figure(Some(&row.gain)) },
        Column {
            name: "per_day", zh: "每工作日", en: "Per working day", width: 14, cell: |row, _| figure(Some(&row.per_day))
        },
    ],
};

/// All that is at stake, as a workbook.
#[utoipa::path(get, path = "/api/rounds/{id}/score/stakes/export.xlsx", tag = "score",
    params(("id" = String, Path), StakeQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn stakes(
    ctx: CityCtx,
    Path(id): Path<RoundId>,
    Query(query): Query<StakeQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let calendar = calendar::load(&ctx.read().await?).await?;
    let list = stake::listed(&ctx, id, query, usize::MAX).await?;
    export::workbook(&ctx, calendar, &STAKES, &columns, &list.rows)
}

/// The columns by the names that the list uses.
const YEARS: Sheet<CycleYear> = Sheet {
    file: "cycle",
    zh: "测评周期",
    en: "Years of the cycle",
    columns: &[
        Column { name: "year", zh: "年度", en: "Year", width: 10, cell: |row, _| ListCell::Integer(row.year) },
        Column { name: "weight", zh: "权重（%）", en: "Weight (%)", width: 12, cell: |row, _| text(&row.weight) },
        Column {
            name: "official",
            zh: "公布结果",
            en: "Official result",
            width: 14,
            cell: |row, _| figure(row.official.as_ref()),
        },
        Column { name: "own", zh: "本市自测", en: "Own score", width: 14, cell: |row, _| figure(row.own.as_ref()) },
        Column {
            name: "margin", zh: "自测误差（±）", en: "Own, ±", width: 12, cell: |row, _| figure(row.margin.as_ref())
        },
        Column {
            name: "coverage", zh: "覆盖（%）", en: "Coverage (%)", width: 12, cell: |row, _| figure(row.coverage.as_ref())
        },
        Column {
            name: "vetoed",
            zh: "一票否决",
            en: "Veto stands",
            width: 10,
            cell: |row, pen| match (row.vetoed, pen.lang) {
                (true, Lang::Zh) => text("是"),
                (true, Lang::En) => text("yes"),
                (false, _) => ListCell::Blank,
            },
        },
        Column { name: "source", zh: "来源", en: "Source", width: 40, cell: |row, _| text(&row.source) },
    ],
};

/// The years of a cycle, as a workbook.
#[utoipa::path(get, path = "/api/frameworks/{id}/cycle/export.xlsx", tag = "score", params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn years(ctx: CityCtx, Path(id): Path<String>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let cycle = register::cycle_named(&tx, &id).await?;
    export::workbook(&ctx, calendar::load(&tx).await?, &YEARS, &columns, &cycle.years)
}

fn reasons(node: &NodeFigures) -> ListCell {
    let of_measures = node.measures.iter().flat_map(|measure| &measure.reasons);
    let of_indicator = node.conformity.iter().flat_map(|conformity| &conformity.reasons);
    let words: Vec<&str> = of_measures.chain(of_indicator).map(|reason| reason.text.as_str()).collect();
    text(&words.join("；"))
}

/// The columns by the names that the page uses.
const TREE: Sheet<NodeFigures> = Sheet {
    file: "score",
    zh: "得分表",
    en: "Score",
    columns: &[
        Column { name: "number", zh: "编号", en: "Number", width: 12, cell: |row, _| text(&row.number) },
        Column { name: "title", zh: "内容", en: "Text", width: 48, cell: |row, _| text(&row.title) },
        Column { name: "earned", zh: "得分", en: "Earned", width: 10, cell: |row, _| figure(Some(&row.earned)) },
        Column {
            name: "low",
            zh: "95%区间下限",
            en: "95 % interval, low",
            width: 12,
            cell: |row, _| figure(row.interval.as_ref().map(|interval| &interval.low)),
        },
        Column {
            name: "high",
            zh: "95%区间上限",
            en: "95 % interval, high",
            width: 12,
            cell: |row, _| figure(row.interval.as_ref().map(|interval| &interval.high)),
        },
        Column { name: "covered", zh: "已测分值", en: "Measured", width: 10, cell: |row, _| figure(Some(&row.covered)) },
        Column { name: "points", zh: "满分", en: "Points", width: 10, cell: |row, _| figure(Some(&row.points)) },
        Column { name: "lost", zh: "失分", en: "Lost", width: 10, cell: |row, _| figure(Some(&row.lost)) },
        Column { name: "rate", zh: "得分率（%）", en: "Rate (%)", width: 12, cell: |row, _| figure(row.rate.as_ref()) },
        Column {
            name: "rule",
            zh: "计分规则",
            en: "Rule",
            width: 48,
            cell: |row, _| text(&row.measures.iter().map(|measure| measure.rule_text.as_str()).collect::<Vec<_>>().join("；")),
        },
        Column { name: "reasons", zh: "得分依据", en: "Reasons", width: 60, cell: |row, _| reasons(row) },
    ],
};

/// A round's score as a workbook, a line for each node of the edition.
#[utoipa::path(get, path = "/api/rounds/{id}/score/export.xlsx", tag = "score", params(("id" = String, Path), ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn tree(ctx: CityCtx, Path(id): Path<RoundId>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let score = handlers::made(&ctx, id).await?;
    export::book(&ctx, &TREE, &columns, &score.nodes).await
}

/// The columns by the names that the page uses.
const PERIODS: Sheet<IndexPeriod> = Sheet {
    file: "index",
    zh: "文明程度指数",
    en: "Index over time",
    columns: &[
        Column { name: "period", zh: "时期", en: "Period", width: 14, cell: |row, _| text(&row.period) },
        Column { name: "index", zh: "指数", en: "Index", width: 12, cell: |row, _| figure(Some(&row.index)) },
        Column {
            name: "rate",
            zh: "当期得分率（%）",
            en: "Rate of the period (%)",
            width: 16,
            cell: |row, _| figure(Some(&row.rate)),
        },
        Column {
            name: "low",
            zh: "95%区间下限",
            en: "95 % interval, low",
            width: 14,
            cell: |row, _| figure(row.interval.as_ref().map(|interval| &interval.low)),
        },
        Column {
            name: "high",
            zh: "95%区间上限",
            en: "95 % interval, high",
            width: 14,
            cell: |row, _| figure(row.interval.as_ref().map(|interval| &interval.high)),
        },
        Column {
            name: "comparable",
            zh: "可比内容（%）",
            en: "Comparable (%)",
            width: 14,
            cell: |row, _| figure(row.comparable.as_ref()),
        },
        Column { name: "rounds", zh: "批次数", en: "Rounds", width: 10, cell: |row, _| count(row.rounds.into()) },
    ],
};

/// The periods of the index, as a workbook.
#[utoipa::path(get, path = "/api/index/export.xlsx", tag = "score", params(IndexQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn periods(
    ctx: CityCtx,
    Query(query): Query<IndexQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let index = course::made(&ctx, &query).await?;
    export::book(&ctx, &PERIODS, &columns, &index.periods).await
}

/// How sure the newest rate of a unit is.
fn newest(row: &UnitCourse) -> Option<&IntervalView> {
    row.points.last()?.interval.as_ref()
}

/// The columns by the names that the page uses.
const COURSES: Sheet<UnitCourse> = Sheet {
    file: "slumps",
    zh: "测评日前后回落情况",
    en: "Slumps after assessment days",
    columns: &[
        Column { name: "unit", zh: "单位", en: "Unit", width: 28, cell: |row, _| text(&row.unit.name) },
        Column {
            name: "rounds",
            zh: "有结果的批次",
            en: "Rounds with a result",
            width: 14,
            cell: |row, _| count(row.points.len() as u64),
        },
        Column {
            name: "newest",
            zh: "最近得分率（%）",
            en: "Newest rate (%)",
            width: 16,
            cell: |row, _| figure(row.points.last().map(|point| &point.rate)),
        },
        Column {
            name: "low",
            zh: "95%区间下限",
            en: "95 % interval, low",
            width: 14,
            cell: |row, _| figure(newest(row).map(|interval| &interval.low)),
        },
        Column {
            name: "high",
            zh: "95%区间上限",
            en: "95 % interval, high",
            width: 14,
            cell: |row, _| figure(newest(row).map(|interval| &interval.high)),
        },
        Column {
            name: "assessed_on",
            zh: "测评日",
            en: "Assessed on",
            width: 14,
            cell: |row, _| day(row.slumps.last().map(|slump| slump.day)),
        },
        Column {
            name: "before",
            zh: "测评前（%）",
            en: "Before (%)",
            width: 12,
            cell: |row, _| figure(row.slumps.last().map(|slump| &slump.before)),
        },
        Column {
            name: "after",
            zh: "测评后（%）",
            en: "After (%)",
            width: 12,
            cell: |row, _| figure(row.slumps.last().map(|slump| &slump.after)),
        },
        Column {
            name: "change",
            zh: "变化",
            en: "Change",
            width: 10,
            cell: |row, _| figure(row.slumps.last().map(|slump| &slump.change)),
        },
    ],
};

/// Every unit's course and newest slump, as a workbook.
#[utoipa::path(get, path = "/api/index/slumps/export.xlsx", tag = "score", params(IndexQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn slumps(
    ctx: CityCtx,
    Query(query): Query<IndexQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let index = course::made(&ctx, &query).await?;
    export::book(&ctx, &COURSES, &columns, &index.units).await
}
