//! Rhythms, people without account, cities, calendar and policies of assessment as workbooks.

use axum::extract::State;
use chrono::NaiveDate;
use yipanqi_documents::list::ListCell;
use yipanqi_domain::assessment::{AdjustmentEffect, ComponentKind, Price};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::moment::Moment;

use crate::administration::calendar;
use crate::administration::cities::{self, CityQuery, CityRow};
use crate::app::App;
use crate::assessment::policy;
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Pen, Sheet, book, count, day, some, text, unit};
use crate::page::Workbook;
use crate::person::handout::{self, CandidateQuery, CandidateRow};
use crate::request::{CityCtx, Json, Lang, Query, Session};
use crate::task::rhythm::{self, RhythmRow};
use crate::words::word;

const RHYTHMS: Sheet<RhythmRow> = Sheet {
    file: "rhythms",
    zh: "调度制度",
    en: "Rhythms",
    columns: &[
        Column { name: "name", zh: "制度", en: "Rhythm", width: 20, cell: |row, _| text(&row.name) },
        Column { name: "kind", zh: "类别", en: "Kind", width: 12, cell: |row, pen| pen.word("rhythm_kind", &row.kind) },
        Column { name: "every", zh: "周期", en: "Every", width: 14, cell: |row, pen| pen.word("every", &row.every) },
        Column {
            name: "due", zh: "第几个工作日", en: "Working day", width: 14, cell: |row, _| count(row.working_day.into())
        },
        Column { name: "lead", zh: "牵头单位", en: "Lead", width: 26, cell: |row, _| unit(row.lead.as_ref()) },
        Column { name: "words", zh: "工作内容", en: "What is to be done", width: 50, cell: |row, _| text(&row.words) },
        Column {
            name: "next",
            zh: "下次生成",
            en: "Next comes",
            width: 18,
            cell: |row, pen| pen.moment(row.next.as_ref().map(|next| next.comes_at)),
        },
        Column {
            name: "next_due",
            zh: "下次截止",
            en: "Next due",
            width: 14,
            cell: |row, _| day(row.next.as_ref().and_then(|next| next.due_on)),
        },
        Column {
            name: "state",
            zh: "状态",
            en: "State",
            width: 10,
            cell: |row, pen| pen.word("said", &if row.active { "active" } else { "idle" }),
        },
    ],
};

/// The rhythms, as a workbook.
#[utoipa::path(get, path = "/api/rhythms/export.xlsx", tag = "task", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn rhythms(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(rows) = rhythm::list(ctx.clone()).await?;
    book(&ctx, &RHYTHMS, &columns, &rows).await
}

const CANDIDATES: Sheet<CandidateRow> = Sheet {
    file: "candidates",
    zh: "批量开通名单",
    en: "People for accounts",
    columns: &[
        Column { name: "name", zh: "姓名", en: "Name", width: 12, cell: |row, _| text(&row.name) },
        Column { name: "phone", zh: "手机号", en: "Telephone", width: 16, cell: |row, _| some(row.phone.as_deref()) },
        Column {
            name: "posts",
            zh: "职务",
            en: "Posts",
            width: 44,
            cell: |row, pen| {
                let said = |code: &serde_json::Value| word("role", code.as_str().unwrap_or_default(), pen.lang).to_owned();
                let posts: Vec<String> = (row.posts.iter())
                    .map(|post| {
                        let role = serde_json::to_value(post.role).unwrap_or_default();
                        format!("{} {}", post.unit.name, said(&role))
                    })
                    .collect();
                export::joined(posts.iter().map(String::as_str), pen.lang)
            },
        },
        Column { name: "standing", zh: "状态", en: "State", width: 18, cell: |row, pen| pen.word("standing", &row.standing) },
    ],
};

/// The people of the lists and whether each can be given an account, as a workbook.
#[utoipa::path(get, path = "/api/accounts/candidates/export.xlsx", tag = "people", params(CandidateQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn candidates(
    State(app): State<App>,
    ctx: CityCtx,
    Query(query): Query<CandidateQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let rows = handout::asked(&app, &ctx, &query).await?;
    book(&ctx, &CANDIDATES, &columns, &rows).await
}

const CITIES: Sheet<CityRow> = Sheet {
    file: "cities",
    zh: "城市",
    en: "Cities",
    columns: &[
        Column { name: "name", zh: "名称", en: "Name", width: 20, cell: |row, _| text(&row.name) },
        Column { name: "id", zh: "标识", en: "Short name", width: 20, cell: |row, _| text(&row.id) },
        Column { name: "title", zh: "页面标题", en: "Title", width: 44, cell: |row, _| text(&row.title) },
    ],
};

/// Every city of the installation, as a workbook; the clock is the usual one, for no city's is meant.
#[utoipa::path(get, path = "/api/cities/export.xlsx", tag = "administration", params(CityQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn cities(
    app: State<App>,
    session: Session,
    lang: Lang,
    query: Query<CityQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let Json(rows) = cities::list(app, query).await?;
    let pen = Pen { lang, calendar: std::sync::Arc::new(Calendar::default()) };
    export::written(&session.account.name, session.moment, pen, &CITIES, &columns, &rows)
}

/// A day that is not what its weekday says.
struct CalendarDay {
    year: i32,
    day: NaiveDate,
    kind: &'static str,
}

const CALENDAR: Sheet<CalendarDay> = Sheet {
    file: "calendar",
    zh: "工作日历",
    en: "Working calendar",
    columns: &[
        Column { name: "year", zh: "年份", en: "Year", width: 10, cell: |row, _| ListCell::Integer(row.year.into()) },
        Column { name: "day", zh: "日期", en: "Day", width: 14, cell: |row, _| day(Some(row.day)) },
        Column { name: "kind", zh: "类别", en: "Kind", width: 22, cell: |row, pen| pen.word("day_kind", &row.kind) },
    ],
};

/// The days off and the make-up days of all years, as a workbook.
#[utoipa::path(get, path = "/api/calendar/years/export.xlsx", tag = "calendar", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn calendar(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(years) = calendar::years(ctx.clone()).await?;
    let mut rows: Vec<CalendarDay> = Vec::new();
    for one in years {
        let of = |days: Vec<NaiveDate>, kind| days.into_iter().map(move |day| CalendarDay { year: one.year, day, kind });
        rows.extend(of(one.days_off, "off"));
        rows.extend(of(one.make_up_days, "made"));
    }
    rows.sort_by_key(|row| row.day);
    book(&ctx, &CALENDAR, &columns, &rows).await
}

/// A part of a policy.
struct PolicyLine {
    policy: String,
    from: Option<NaiveDate>,
    part: &'static str,
    name: String,
    source: Option<ComponentKind>,
    prices: Vec<Price>,
    weight: Option<Exact>,
    minimum: Option<u64>,
    limit: Option<Exact>,
    by: String,
    at: Option<Moment>,
}

fn exact(number: Option<&Exact>) -> ListCell {
    number.map_or(ListCell::Blank, |number| ListCell::Decimal(number.clone(), 2))
}

const POLICIES: Sheet<PolicyLine> = Sheet {
    file: "assessment-policies",
    zh: "考核办法",
    en: "Policies of assessment",
    columns: &[
        Column { name: "policy", zh: "办法", en: "Policy", width: 30, cell: |row, _| text(&row.policy) },
        Column { name: "from", zh: "施行日期", en: "From", width: 14, cell: |row, _| day(row.from) },
        Column { name: "part", zh: "内容", en: "Part", width: 20, cell: |row, pen| pen.word("policy_part", &row.part) },
        Column { name: "name", zh: "名称", en: "Name", width: 28, cell: |row, _| text(&row.name) },
        Column {
            name: "source",
            zh: "取自",
            en: "Taken from",
            width: 26,
            cell: |row, pen| row.source.map_or(ListCell::Blank, |kind| pen.word("component_kind", &kind)),
        },
        Column { name: "weight", zh: "权重", en: "Weight", width: 10, cell: |row, _| exact(row.weight.as_ref()) },
        Column {
            name: "minimum",
            zh: "最少件数",
            en: "Minimum",
            width: 10,
            cell: |row, _| row.minimum.map_or(ListCell::Blank, count),
        },
        Column {
            name: "prices",
            zh: "分值（按发现方）",
            en: "Points by who found it",
            width: 40,
            cell: |row, pen| {
                let finder = |price: &Price| serde_json::to_value(price.finder).unwrap_or_default();
                let said = |price: &Price| {
                    let name = word("who_found", finder(price).as_str().unwrap_or_default(), pen.lang).to_owned();
                    format!("{name} {}", price.points.published(2))
                };
                let prices: Vec<String> = row.prices.iter().map(said).collect();
                export::joined(prices.iter().map(String::as_str), pen.lang)
            },
        },
        Column { name: "limit", zh: "最多分值", en: "At most", width: 10, cell: |row, _| exact(row.limit.as_ref()) },
        Column { name: "by", zh: "制定人", en: "Made by", width: 12, cell: |row, _| text(&row.by) },
        Column { name: "at", zh: "制定时间", en: "Made", width: 18, cell: |row, pen| pen.moment(row.at) },
    ],
};

/// The policies of assessment with their components and adjustments, as a workbook.
#[utoipa::path(get, path = "/api/assessment-policies/export.xlsx", tag = "assessment", params(ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn policies(ctx: CityCtx, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let Json(policies) = policy::list(ctx.clone()).await?;
    let mut rows: Vec<PolicyLine> = Vec::new();
    for one in policies {
        let line = |part, name| PolicyLine {
            policy: one.name.clone(),
            from: one.effective_on,
            part,
            name,
            source: None,
            prices: Vec::new(),
            weight: None,
            minimum: None,
            limit: None,
            by: one.made_by.clone(),
            at: one.made_at,
        };
        rows.extend(one.policy.components.into_iter().map(|component| PolicyLine {
            source: Some(component.kind),
            weight: Some(component.weight),
            minimum: Some(component.minimum),
            ..line("component", component.name)
        }));
        rows.extend(one.policy.adjustments.into_iter().map(|adjustment| {
            let part = match adjustment.effect {
                AdjustmentEffect::Bonus => "bonus",
                AdjustmentEffect::Deduction => "deduction",
            };
            PolicyLine { prices: adjustment.prices, limit: adjustment.limit, ..line(part, adjustment.name) }
        }));
    }
    book(&ctx, &POLICIES, &columns, &rows).await
}
