//! The lists that a page shows whole, as workbooks: gaps, missing facilities, campaigns, look-backs, units at a glance, black
//! plates and praise, referrals; in its parts duties and editions, rounds and checks, what the office keeps.

use utoipa_axum::routes;
use yipanqi_domain::access::Right;

use crate::duty::gaps;
use crate::duty::views::{EditionQuery, GapRow};
use crate::error::{Error, FailureBody};
use crate::export::{Column, ColumnQuery, Sheet, book, count, day, some, text, unit};
use crate::facility::{self, ShortfallQuery, ShortfallRow};
use crate::lookback::{self, LookbackRow};
use crate::mine::{self, OverviewRow};
use crate::page::Workbook;
use crate::request::{CityCtx, Json, Query};
use crate::rights::{Access, Routes};
use crate::slip::merit::{self, MeritQuery, MeritView};
use crate::slip::referral::{self, ReferralView};
use crate::task::campaign::{self, CampaignRow};

mod duties;
mod office;
mod rounds;

/// The routes of these workbooks, each with the right of its list.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewDuty, routes!(duty_gaps))
        .route(Right::ViewSites, routes!(shortfalls))
        .route(Right::ViewTask, routes!(campaigns))
        .route(Right::ManageTask, routes!(lookbacks))
        .route(Right::ViewTask, routes!(overview))
        .route(Right::ViewRanking, routes!(merits))
        .route(Right::ViewReferral, routes!(referrals))
        .route(Right::ViewDuty, routes!(duties::duties))
        .route(Right::AssignDuty, routes!(duties::collectives))
        .route(Right::ViewFramework, routes!(duties::crosswalk))
        .route(Right::ViewFramework, routes!(duties::comparison))
        .route(Right::ViewFramework, routes!(duties::changes))
        .route(Right::ManageFramework, routes!(duties::readings))
        .route(Right::ViewRound, routes!(rounds::sites))
        .route(Right::ViewScore, routes!(rounds::results))
        .route(Right::OpenRound, routes!(rounds::quality))
        .route(Right::IssueSlip, routes!(rounds::oddities))
        .route(Right::IssueSlip, routes!(rounds::sample))
        .route(Right::OpenRound, routes!(rounds::rechecks))
        .route(Right::ViewTask, routes!(office::rhythms))
        .route(Right::ManagePeople, routes!(office::candidates))
        .route(Access::Platform, routes!(office::cities))
        .route(Right::ViewUnits, routes!(office::calendar))
        .route(Right::ViewRanking, routes!(office::policies))
}

const GAPS: Sheet<GapRow> = Sheet {
    file: "duty-gaps",
    zh: "责任缺口",
    en: "Gaps in the duties",
    columns: &[
        Column { name: "kind", zh: "缺口", en: "Gap", width: 22, cell: |row, pen| pen.word("gap", &row.kind) },
        Column { name: "number", zh: "标准编号", en: "Number", width: 14, cell: |row, _| some(row.number.as_deref()) },
        Column { name: "title", zh: "标准", en: "Criterion", width: 48, cell: |row, _| some(row.title.as_deref()) },
        Column { name: "unit", zh: "单位", en: "Unit", width: 26, cell: |row, _| unit(row.unit.as_ref()) },
        Column { name: "site", zh: "点位", en: "Site", width: 26, cell: |row, _| some(row.site_name.as_deref()) },
        Column {
            name: "person",
            zh: "人员",
            en: "Person",
            width: 12,
            cell: |row, _| some(row.person.as_ref().map(|person| person.name.as_str())),
        },
        Column { name: "name", zh: "原文名称", en: "Name as written", width: 26, cell: |row, _| some(row.name.as_deref()) },
    ],
};

/// All gaps in the duties of an edition, as a workbook.
#[utoipa::path(get, path = "/api/duties/gaps/export.xlsx", tag = "duty", params(EditionQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn duty_gaps(
    ctx: CityCtx,
    Query(query): Query<EditionQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let rows = gaps::rows(&ctx, &query, usize::MAX).await?.items;
    book(&ctx, &GAPS, &columns, &rows).await
}

const SHORTFALLS: Sheet<ShortfallRow> = Sheet {
    file: "facilities",
    zh: "设施缺口",
    en: "Facilities missing",
    columns: &[
        Column { name: "site", zh: "点位", en: "Site", width: 30, cell: |row, _| text(&row.site_name) },
        Column { name: "name", zh: "设施", en: "Facility", width: 24, cell: |row, _| text(&row.name) },
        Column { name: "kind", zh: "种类", en: "Kind", width: 14, cell: |row, pen| pen.word("facility_kind", &row.kind) },
        Column { name: "missing", zh: "缺", en: "Missing", width: 8, cell: |row, _| count(row.missing.into()) },
        Column { name: "to_mend", zh: "待修", en: "To mend", width: 8, cell: |row, _| count(row.to_mend.into()) },
        Column { name: "unit", zh: "单位", en: "Unit", width: 26, cell: |row, _| unit(row.unit.as_ref()) },
    ],
};

/// What is missing at sites, as a workbook.
#[utoipa::path(get, path = "/api/facilities/gaps/export.xlsx", tag = "facility", params(ShortfallQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn shortfalls(
    ctx: CityCtx,
    query: Query<ShortfallQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let Json(rows) = facility::gaps(ctx.clone(), query).await?;
    book(&ctx, &SHORTFALLS, &columns, &rows).await
}

const CAMPAIGNS: Sheet<CampaignRow> = Sheet {
    file: "campaigns",
    zh: "专项行动",
    en: "Campaigns",
    columns: &[
        Column { name: "name", zh: "名称", en: "Name", width: 34, cell: |row, _| text(&row.name) },
        Column { name: "goal", zh: "目标", en: "Goal", width: 40, cell: |row, _| text(&row.goal) },
        Column { name: "from", zh: "开始", en: "From", width: 14, cell: |row, _| day(Some(row.from_on)) },
        Column { name: "to", zh: "结束", en: "To", width: 14, cell: |row, _| day(Some(row.to_on)) },
        Column { name: "lead", zh: "牵头单位", en: "Lead", width: 26, cell: |row, _| unit(row.lead.as_ref()) },
        Column { name: "state", zh: "状态", en: "State", width: 10, cell: |row, pen| pen.word("campaign_state", &row.state) },
        Column { name: "tasks", zh: "任务", en: "Tasks", width: 8, cell: |row, _| count(row.tasks) },
        Column { name: "done", zh: "已办结", en: "Done", width: 8, cell: |row, _| count(row.done) },
        Column { name: "late", zh: "超期", en: "Late", width: 8, cell: |row, _| count(row.late) },
        Column { name: "sites", zh: "点位", en: "Sites", width: 8, cell: |row, _| count(row.sites) },
        Column { name: "problems", zh: "问题", en: "Problems", width: 8, cell: |row, _| count(row.problems) },
        Column { name: "closed", zh: "已销号", en: "Closed", width: 8, cell: |row, _| count(row.closed) },
    ],
};

/// The campaigns, as a workbook.
#[utoipa::path(get, path = "/api/campaigns/export.xlsx", tag = "task", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn campaigns(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = campaign::list(ctx.clone()).await?;
    book(&ctx, &CAMPAIGNS, &columns, &rows).await
}

const LOOKBACKS: Sheet<LookbackRow> = Sheet {
    file: "lookbacks",
    zh: "回头望",
    en: "Look-backs",
    columns: &[
        Column { name: "period", zh: "时期", en: "Period", width: 14, cell: |row, _| text(&row.period) },
        Column { name: "from", zh: "开始", en: "From", width: 14, cell: |row, _| day(Some(row.from_on)) },
        Column { name: "to", zh: "结束", en: "To", width: 14, cell: |row, _| day(Some(row.to_on)) },
        Column { name: "items", zh: "事项", en: "Items", width: 8, cell: |row, _| count(row.items) },
        Column { name: "decided", zh: "已决定", en: "Decided", width: 8, cell: |row, _| count(row.decided) },
    ],
};

/// The look-backs, as a workbook.
#[utoipa::path(get, path = "/api/lookbacks/export.xlsx", tag = "lookback", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn lookbacks(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = lookback::list(ctx.clone()).await?;
    book(&ctx, &LOOKBACKS, &columns, &rows).await
}

const OVERVIEW: Sheet<OverviewRow> = Sheet {
    file: "overview",
    zh: "各单位一览",
    en: "Units at a glance",
    columns: &[
        Column { name: "unit", zh: "单位", en: "Unit", width: 28, cell: |row, _| text(&row.unit.name) },
        Column { name: "tasks", zh: "在办任务", en: "Open tasks", width: 12, cell: |row, _| count(row.tasks) },
        Column { name: "late_tasks", zh: "超期任务", en: "Late tasks", width: 12, cell: |row, _| count(row.late_tasks) },
        Column { name: "done_tasks", zh: "已办结任务", en: "Done tasks", width: 12, cell: |row, _| count(row.done_tasks) },
        Column {
            name: "late_problems", zh: "超期问题", en: "Late problems", width: 12, cell: |row, _| count(row.late_problems)
        },
    ],
};

/// Where every unit stands, as a workbook.
#[utoipa::path(get, path = "/api/overview/export.xlsx", tag = "mine", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn overview(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(overview) = mine::overview(ctx.clone()).await?;
    book(&ctx, &OVERVIEW, &columns, &overview.units).await
}

const MERITS: Sheet<MeritView> = Sheet {
    file: "merits",
    zh: "黑牌与表扬",
    en: "Plates and praise",
    columns: &[
        Column { name: "from", zh: "开始", en: "From", width: 14, cell: |row, _| day(Some(row.from)) },
        Column { name: "to", zh: "结束", en: "To", width: 14, cell: |row, _| day(Some(row.to)) },
        Column { name: "kind", zh: "类别", en: "Kind", width: 12, cell: |row, pen| pen.word("merit_kind", &row.kind) },
        Column { name: "unit", zh: "责任单位", en: "Unit", width: 28, cell: |row, _| unit(row.unit.as_ref()) },
        Column { name: "among", zh: "同类家数", en: "Peers", width: 10, cell: |row, _| count(row.among as u64) },
        Column { name: "on_time", zh: "按期办结", en: "Closed on time", width: 12, cell: |row, _| count(row.numerator) },
        Column { name: "due", zh: "期内到期", en: "Due", width: 12, cell: |row, _| count(row.denominator) },
        Column { name: "state", zh: "状态", en: "State", width: 10, cell: |row, pen| pen.word("merit_state", &row.state) },
        Column { name: "number", zh: "文号", en: "Number", width: 14, cell: |row, _| some(row.text_number.as_deref()) },
        Column { name: "decided_by", zh: "决定人", en: "Decided by", width: 12, cell: |row, _| text(&row.decided_by) },
        Column { name: "decided_at", zh: "决定时间", en: "Decided", width: 18, cell: |row, pen| pen.moment(row.decided_at) },
        Column { name: "ended_at", zh: "摘牌时间", en: "Taken down", width: 18, cell: |row, pen| pen.moment(row.ended_at) },
        Column { name: "note", zh: "说明", en: "Note", width: 30, cell: |row, _| text(&row.note) },
    ],
};

/// Black plates or notes of praise, as a workbook.
#[utoipa::path(get, path = "/api/merits/export.xlsx", tag = "slip", params(MeritQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn merits(ctx: CityCtx, query: Query<MeritQuery>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = merit::list(ctx.clone(), query).await?;
    book(&ctx, &MERITS, &columns, &rows).await
}

const REFERRALS: Sheet<ReferralView> = Sheet {
    file: "referrals",
    zh: "问责线索",
    en: "Referrals",
    columns: &[
        Column { name: "number", zh: "编号", en: "Number", width: 14, cell: |row, _| text(&row.text_number) },
        Column { name: "title", zh: "问题", en: "Problem", width: 36, cell: |row, _| text(&row.title) },
        Column { name: "unit", zh: "责任单位", en: "Unit", width: 28, cell: |row, _| unit(row.unit.as_ref()) },
        Column { name: "reason", zh: "移送理由", en: "Why", width: 40, cell: |row, _| text(&row.reason) },
        Column { name: "state", zh: "状态", en: "State", width: 12, cell: |row, pen| pen.word("referral_state", &row.state) },
        Column { name: "by", zh: "移送人", en: "Handed over by", width: 12, cell: |row, _| text(&row.by) },
        Column {
            name: "made_at", zh: "移送时间", en: "Handed over", width: 18, cell: |row, pen| pen.moment(Some(row.made_at))
        },
        Column { name: "outcome", zh: "结果", en: "Outcome", width: 36, cell: |row, _| text(&row.outcome) },
        Column { name: "hash", zh: "证据哈希", en: "Hash of the evidence", width: 66, cell: |row, _| text(&row.hash) },
    ],
};

/// Every referral, as a workbook.
#[utoipa::path(get, path = "/api/referrals/export.xlsx", tag = "slip", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn referrals(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = referral::list(ctx.clone()).await?;
    book(&ctx, &REFERRALS, &columns, &rows).await
}
