//! Extract, act, answer.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use axum::http::StatusCode;
use chrono::{Months, NaiveDate};
use uuid::Uuid;
use yipanqi_domain::access::{Place, Reach, Right};
use yipanqi_domain::id::{PersonId, ProblemId, UnitId};
use yipanqi_domain::patrol::{Frequency, coverage};
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::patrol::{self as store, KeptPlan, KeptWalk};
use yipanqi_store::unit::Directory;
use yipanqi_store::{ReadTx, calendar, problem, unit};

use super::actions;
use super::views::{
    PackPatrol, PatrolInput, PatrolList, PatrolPlace, PatrolQuery, PatrolRow, PatrolTotals, PatrolView, WalkInput, WalkView,
};
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, count, day, some, text};
use crate::page::{Page, Workbook};
use crate::problem::query::reach as problem_reach;
use crate::request::{CityCtx, Json, Lang, Path, Query};
use crate::session::{PersonRef, UnitRef};
use crate::site::Names;

/// First and last day of a day's month.
fn month(of: NaiveDate) -> Result<(NaiveDate, NaiveDate), Error> {
    use chrono::Datelike as _;
    let first = of.with_day(1).ok_or_else(|| Error::internal("a month without a first day"))?;
    let last = first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt());
    Ok((first, last.ok_or_else(|| Error::invalid("day", "value_missing"))?))
}

/// Plans with their walks of a month.
struct Found {
    rows: Vec<PatrolRow>,
    walks: Vec<KeptWalk>,
    reported: HashMap<Uuid, Vec<ProblemId>>,
    plans: Vec<KeptPlan>,
}

fn street(ctx: &CityCtx, directory: &Directory, grid: UnitId) -> Option<UnitRef> {
    let above = ctx.tree.ancestors(grid).into_iter();
    above
        .filter_map(|unit| directory.get(unit))
        .find(|unit| matches!(unit.kind, UnitKind::Street | UnitKind::Town))
        .map(UnitRef::from)
}

async fn found(ctx: &CityCtx, tx: &ReadTx, only: Option<Uuid>, query: &PatrolQuery) -> Result<Found, Error> {
    let reach = match ctx.reach() {
        Reach::Everything => None,
        Reach::Units(units) => Some(units),
        Reach::Nothing => Some(BTreeSet::new()),
    };
    let mut plans = store::plans(tx, reach.as_ref()).await?;
    plans.retain(|kept| only.is_none_or(|id| kept.id == id));
    if !query.unit.is_empty() {
        plans.retain(|kept| query.unit.iter().any(|&above| ctx.tree.is_within(kept.unit, above)));
    }
    let today = ctx.today();
    let (from, to) = month(query.day.unwrap_or(today))?;
    let ids: Vec<Uuid> = plans.iter().map(|kept| kept.id).collect();
    // Walks of the week before serve the week whose Sunday lies in the month.
    let early = from.checked_sub_days(chrono::Days::new(6)).unwrap_or(from);
    let walks = store::walks(tx, &ids, early, to).await?;
    let reported =
        store::reported(tx, &walks.iter().map(|walk| walk.id).collect::<Vec<_>>(), problem_reach(ctx).as_ref()).await?;
    let mut days: BTreeMap<Uuid, BTreeSet<NaiveDate>> = BTreeMap::new();
    let mut problems: BTreeMap<Uuid, u64> = BTreeMap::new();
    for walk in &walks {
        days.entry(walk.plan).or_default().insert(walk.on);
        if walk.on >= from {
            *problems.entry(walk.plan).or_default() += reported.get(&walk.id).map_or(0, Vec::len) as u64;
        }
    }
    let (calendar, directory) = (calendar::load(tx).await?, unit::directory(tx).await?);
    let people: HashMap<PersonId, String> = unit::persons(tx).await?.into_iter().map(|person| (person.id, person.name)).collect();
    let words = query.q.to_lowercase();
    let mut rows = Vec::with_capacity(plans.len());
    for kept in &plans {
        let none = BTreeSet::new();
        let walked = days.get(&kept.id).unwrap_or(&none);
        // Nothing is owed after this week yet, so that a year to come needs no calendar.
        let owed = kept.plan.owed(from, to.min(week_end(today)), &calendar)?;
        let person = kept.person.map(|id| PersonRef { id, name: people.get(&id).cloned().unwrap_or_default() });
        let row = PatrolRow {
            id: kept.id,
            name: kept.name.clone(),
            unit: directory.get(kept.unit).map(UnitRef::from),
            street: street(ctx, &directory, kept.unit),
            person,
            frequency: kept.plan.frequency.clone(),
            from: kept.plan.from,
            to: kept.plan.to,
            places: kept.plan.stretches.iter().map(PatrolPlace::from).collect(),
            month_from: from,
            owed: 0,
            walked: 0,
            missed: 0,
            waiting: 0,
            problems: problems.get(&kept.id).copied().unwrap_or(0),
            last_on: walked.range(from..).next_back().copied(),
            editable: ctx.allow_right(Right::ManagePatrol, &Place::Units(&[kept.unit])).is_ok(),
            version: kept.version,
        };
        let row = row.standing(coverage(&owed, walked, today));
        let unit = row.unit.as_ref().map(|unit| unit.name.as_str()).unwrap_or_default();
        let above = row.street.as_ref().map(|unit| unit.name.as_str()).unwrap_or_default();
        let who = row.person.as_ref().map(|person| person.name.as_str()).unwrap_or_default();
        let said = format!("{} {unit} {above} {who}", row.name).to_lowercase();
        let wanted = words.split_whitespace().all(|word| said.contains(word));
        if wanted && query.missed.is_none_or(|missed| missed == (row.missed > 0)) {
            rows.push(row);
        }
    }
    rows.sort_by_key(|row| {
        let position =
            |unit: &Option<UnitRef>| unit.as_ref().and_then(|unit| directory.get(unit.id)).map(|unit| unit.code.clone());
        (position(&row.street), position(&row.unit), row.name.clone())
    });
    Ok(Found { rows, walks, reported, plans })
}

/// The Sunday of a day's week: what a running week owes is owed already.
fn week_end(day: NaiveDate) -> NaiveDate {
    use chrono::Datelike as _;
    let left = 6 - u64::from(day.weekday().num_days_from_monday());
    day.checked_add_days(chrono::Days::new(left)).unwrap_or(day)
}

/// The plans with how they stand in a month: owed, walked, missed, problems reported; sums by street.
#[utoipa::path(get, path = "/api/patrol-plans", tag = "patrol", params(PatrolQuery),
    responses((status = 200, body = PatrolList), (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<PatrolQuery>) -> Result<Json<PatrolList>, Error> {
    let tx = ctx.read().await?;
    let page = Page::of(query.page, query.size);
    let rows = found(&ctx, &tx, None, &query).await?.rows;
    let mut totals = PatrolTotals::default();
    rows.iter().for_each(|row| totals.add(row));
    let total = rows.len() as u64;
    let skip = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let items = rows.into_iter().skip(skip).take(usize::try_from(page.size).unwrap_or(usize::MAX)).collect();
    Ok(Json(PatrolList { items, total, page: page.page, size: page.size, totals }))
}

fn often(frequency: &Frequency, lang: Lang) -> String {
    match (frequency, lang) {
        (Frequency::Workdays, Lang::Zh) => "每个工作日".to_owned(),
        (Frequency::Workdays, Lang::En) => "Each working day".to_owned(),
        (Frequency::Weekly { times }, Lang::Zh) => format!("每周 {times} 次"),
        (Frequency::Weekly { times }, Lang::En) => format!("{times} a week"),
        (Frequency::Weekdays { days }, lang) => {
            let names = match lang {
                Lang::Zh => ["一", "二", "三", "四", "五", "六", "日"],
                Lang::En => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
            };
            let index = |day: &u32| usize::try_from(day.saturating_sub(1)).ok();
            let named: Vec<&str> = days.iter().filter_map(|day| names.get(index(day)?).copied()).collect();
            match lang {
                Lang::Zh => format!("每周{}", named.join("、")),
                Lang::En => named.join(", "),
            }
        }
    }
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<PatrolRow> = Sheet { file: "patrols", zh: "网格巡查", en: "Grid patrols", columns: &[
    Column { name: "name", zh: "计划", en: "Plan", width: 24, cell: |row, _| text(&row.name) },
    Column { name: "unit", zh: "网格", en: "Grid", width: 24, cell: |row, _| export::unit(row.unit.as_ref()) },
    Column { name: "street", zh: "街道", en: "Street", width: 16, cell: |row, _| export::unit(row.street.as_ref()) },
    Column { name: "person", zh: "网格员", en: "Who", width: 12, cell: |row, _| some(row.person.as_ref().map(|person| person.name.as_str())) },
    Column { name: "frequency", zh: "频次", en: "How often", width: 16, cell: |row, pen| text(&often(&row.frequency, pen.lang)) },
    Column { name: "places", zh: "范围", en: "Where", width: 36, cell: |row, _| {
        text(&row.places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join("、"))
    } },
    Column { name: "owed", zh: "应巡", en: "Owed", width: 8, cell: |row, _| count(row.owed.into()) },
    Column { name: "walked", zh: "已巡", en: "Walked", width: 8, cell: |row, _| count(row.walked.into()) },
    Column { name: "missed", zh: "漏巡", en: "Missed", width: 8, cell: |row, _| count(row.missed.into()) },
    Column { name: "waiting", zh: "待巡", en: "Waiting", width: 8, cell: |row, _| count(row.waiting.into()) },
    Column { name: "problems", zh: "上报问题", en: "Problems", width: 10, cell: |row, _| count(row.problems) },
    Column { name: "last_on", zh: "最近巡查", en: "Last walked", width: 14, cell: |row, _| day(row.last_on) },
    Column { name: "from", zh: "起始", en: "From", width: 14, cell: |row, _| day(Some(row.from)) },
    Column { name: "to", zh: "终止", en: "To", width: 14, cell: |row, _| day(row.to) },
] };

/// The same as a workbook, in the columns asked for.
#[utoipa::path(get, path = "/api/patrol-plans/export.xlsx", tag = "patrol", params(PatrolQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
    (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn export(
    ctx: CityCtx,
    Query(query): Query<PatrolQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let rows = found(&ctx, &tx, None, &query).await?.rows;
    export::workbook(&ctx, calendar::load(&tx).await?, &SHEET, &columns, &rows)
}

/// A plan with its walks of a month and what was reported on them.
#[utoipa::path(get, path = "/api/patrol-plans/{id}", tag = "patrol", params(("id" = String, Path), PatrolQuery),
    responses((status = 200, body = PatrolView), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>, Query(query): Query<PatrolQuery>) -> Result<Json<PatrolView>, Error> {
    let tx = ctx.read().await?;
    let query = PatrolQuery { day: query.day, ..PatrolQuery::default() };
    let Found { mut rows, walks, reported, plans } = found(&ctx, &tx, Some(id), &query).await?;
    let missing = || Error::new("patrol_plan_not_found");
    let (row, plan) = (rows.pop().ok_or_else(missing)?, plans.into_iter().next().ok_or_else(missing)?);
    let ids: Vec<ProblemId> = reported.values().flatten().copied().collect();
    let kept = problem::get_all(&tx, &ids).await?;
    let names = Names::read(&tx).await?;
    let seen = |kept: &&problem::Kept| crate::problem::actions::sees(&ctx, kept);
    let view = |walk: &KeptWalk| WalkView {
        id: walk.id,
        person: walk.person_name.clone(),
        on: walk.on,
        begun_at: walk.walk.begun_at,
        ended_at: walk.walk.ended_at,
        looked: walk.walk.looked.iter().filter_map(|at| Some(plan.plan.stretches.get(*at)?.name.clone())).collect(),
        note: walk.note.clone(),
        problems: {
            let of = reported.get(&walk.id).cloned().unwrap_or_default();
            kept.iter().filter(|kept| of.contains(&kept.problem.id)).filter(seen).map(|kept| names.problem(kept)).collect()
        },
    };
    let walks = walks.iter().rev().filter(|walk| walk.on >= row.month_from).map(view).collect();
    Ok(Json(PatrolView { row, walks }))
}

/// Add plans, one for each grid, or change one.
#[utoipa::path(post, path = "/api/patrol-plans", tag = "patrol", request_body = PatrolInput,
    responses((status = 204), (status = 403, body = FailureBody), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn save(ctx: CityCtx, Json(input): Json<PatrolInput>) -> Result<StatusCode, Error> {
    actions::save(&ctx, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The patrols that I have to walk today.
#[utoipa::path(get, path = "/api/my/patrols", tag = "patrol",
    responses((status = 200, body = Vec<PackPatrol>), (status = 422, body = FailureBody)))]
pub async fn mine(ctx: CityCtx) -> Result<Json<Vec<PackPatrol>>, Error> {
    Ok(Json(actions::due(&ctx, &ctx.read().await?).await?))
}

/// Write down what I have walked.
#[utoipa::path(post, path = "/api/patrols", tag = "patrol", request_body = WalkInput,
    responses((status = 204), (status = 404, body = FailureBody), (status = 409, body = FailureBody),
    (status = 422, body = FailureBody)))]
pub async fn walk(ctx: CityCtx, Json(input): Json<WalkInput>) -> Result<StatusCode, Error> {
    actions::walk(&ctx, &input).await?;
    Ok(StatusCode::NO_CONTENT)
}
