//! What a unit has to do, and what everybody has to do: a unit's home page and a leader's overview.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;
use yipanqi_domain::access::{Place, Right};
use yipanqi_domain::duty::{DutyRole, DutyState};
use yipanqi_domain::id::UnitId;
use yipanqi_domain::task::State;
use yipanqi_store::problem::{self, ProblemFilter};
use yipanqi_store::task::{self, TaskFilter};
use yipanqi_store::{calendar, duty, unit};

use crate::error::{Error, FailureBody};
use crate::problem::Rules;
use crate::problem::query::ProblemQuery;
use crate::request::{CityCtx, Json, Path};
use crate::rights::Routes;
use crate::session::UnitRef;
use crate::task::query::TaskQuery;
use crate::task::views::{Names, TaskRow};

/// Tasks shown on a unit's home page.
const SHOWN: u64 = 12;

/// What a unit has to do.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitWork {
    /// Criteria that it leads.
    pub leads: u64,
    /// Criteria that it supports.
    pub supports: u64,
    /// Objections of its that wait.
    pub objections: u64,
    /// Open tasks that it leads or supports.
    pub tasks: u64,
    /// Those with something past due.
    pub late_tasks: u64,
    /// Tasks that wait for its head's signature.
    pub to_sign: u64,
    /// Open problems.
    pub problems: u64,
    /// Those past due.
    pub late_problems: u64,
    /// The tasks that are due first.
    pub next: Vec<TaskRow>,
}

/// A unit in a leader's overview.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewRow {
    /// The unit.
    pub unit: UnitRef,
    /// Open tasks that it leads.
    pub tasks: u64,
    /// Those with something past due.
    pub late_tasks: u64,
    /// Tasks that are done.
    pub done_tasks: u64,
    /// Problems past due.
    pub late_problems: u64,
}

/// Where every unit stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct Overview {
    /// Open tasks.
    pub tasks: u64,
    /// Those with something past due.
    pub late_tasks: u64,
    /// Tasks that wait for a signature.
    pub to_sign: u64,
    /// Tasks that wait for the office.
    pub to_accept: u64,
    /// Units with anything to do, the latest first.
    pub units: Vec<OverviewRow>,
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default().route(Right::ViewTask, routes!(work)).route(Right::ViewTask, routes!(overview))
}

/// What a unit has to do: duties, tasks, problems.
#[utoipa::path(get, path = "/api/units/{id}/work", tag = "mine", params(("id" = String, Path)),
    responses((status = 200, body = UnitWork), (status = 403, body = FailureBody), (status = 404, body = FailureBody)))]
pub async fn work(ctx: CityCtx, Path(id): Path<UnitId>) -> Result<Json<UnitWork>, Error> {
    if ctx.tree.get(id).is_none() {
        return Err(Error::new("unit_not_found"));
    }
    ctx.allow_right(Right::ViewTask, &Place::Units(&[id]))?;
    let tx = ctx.read().await?;
    let held: Vec<_> = duty::of_unit(&tx, id).await?.into_iter().filter(|kept| kept.duty.state.is_held()).collect();
    let role = |role| held.iter().filter(|kept| kept.duty.role == role).count() as u64;
    let open: Vec<State> = State::ALL.into_iter().filter(|state| state.is_open()).collect();
    let mine = TaskFilter { units: vec![id], states: open, ..TaskFilter::default() };
    let late = TaskFilter { late: Some(ctx.moment), ..mine.clone() };
    let to_sign = TaskFilter { leads: vec![id], states: vec![State::Concluded], ..TaskFilter::default() };
    let names = Names::load(&tx).await?;
    let next = task::list(&tx, &mine, task::TaskSort::default(), 0, SHOWN).await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let of_unit = |query: ProblemQuery| ProblemQuery { unit: vec![id], ..query }.filter(&ctx, &rules);
    let late_problems = of_unit(ProblemQuery { clock: vec!["overdue".to_owned()], ..ProblemQuery::default() })?;
    let states = yipanqi_domain::problem::State::ALL.into_iter().filter(|state| state.is_open()).collect();
    let problems: ProblemFilter = of_unit(ProblemQuery { state: states, ..ProblemQuery::default() })?;
    Ok(Json(UnitWork {
        leads: role(DutyRole::Lead),
        supports: role(DutyRole::Support),
        objections: held.iter().filter(|kept| kept.duty.state == DutyState::Objected).count() as u64,
        tasks: task::count(&tx, &mine).await?,
        late_tasks: task::count(&tx, &late).await?,
        to_sign: task::count(&tx, &to_sign).await?,
        problems: problem::count(&tx, &problems).await?,
        late_problems: problem::count(&tx, &late_problems).await?,
        next: next.iter().map(|kept| TaskRow::of(kept, &names, ctx.moment)).collect(),
    }))
}

/// Where every unit within reach stands, the latest first.
#[utoipa::path(get, path = "/api/overview", tag = "mine", responses((status = 200, body = Overview)))]
pub async fn overview(ctx: CityCtx) -> Result<Json<Overview>, Error> {
    let tx = ctx.read().await?;
    let calendar = calendar::load(&tx).await?;
    let directory = unit::directory(&tx).await?;
    let all = TaskQuery::default().filter(&ctx, &calendar)?;
    let mut rows: BTreeMap<UnitId, OverviewRow> = BTreeMap::new();
    let mut row = |unit: UnitId, change: &mut dyn FnMut(&mut OverviewRow)| {
        if let Some(known) = directory.get(unit) {
            let fresh = OverviewRow { unit: UnitRef::from(known), tasks: 0, late_tasks: 0, done_tasks: 0, late_problems: 0 };
            change(rows.entry(unit).or_insert(fresh));
        }
    };
    let open: Vec<State> = State::ALL.into_iter().filter(|state| state.is_open()).collect();
    let of = |states: Vec<State>| TaskFilter { states, ..all.clone() };
    for (unit, count) in task::by_lead(&tx, &of(open.clone())).await? {
        row(unit, &mut |row| row.tasks = count);
    }
    for (unit, count) in task::by_lead(&tx, &TaskFilter { late: Some(ctx.moment), ..of(open.clone()) }).await? {
        row(unit, &mut |row| row.late_tasks = count);
    }
    for (unit, count) in task::by_lead(&tx, &of(vec![State::Done])).await? {
        row(unit, &mut |row| row.done_tasks = count);
    }
    let rules = Rules::load(&tx, ctx.moment).await?;
    let problems = ProblemQuery::default().filter(&ctx, &rules)?;
    for late in problem::late_by_unit(&tx, &problems, ctx.moment).await? {
        row(late.unit, &mut |row| row.late_problems = late.count);
    }
    let mut units: Vec<OverviewRow> = rows.into_values().collect();
    units.sort_by_key(|row| std::cmp::Reverse((row.late_tasks + row.late_problems, row.tasks)));
    Ok(Json(Overview {
        tasks: task::count(&tx, &of(open.clone())).await?,
        late_tasks: task::count(&tx, &TaskFilter { late: Some(ctx.moment), ..of(open) }).await?,
        to_sign: task::count(&tx, &of(vec![State::Concluded])).await?,
        to_accept: task::count(&tx, &of(vec![State::Signed])).await?,
        units,
    }))
}
