//! Extract, act, answer.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use yipanqi_domain::access::Role;
use yipanqi_domain::id::{SiteId, TaskId, UnitId};
use yipanqi_domain::task::{Context, State, plan};
use yipanqi_store::task::{self as store, TaskFilter, TaskSort};
use yipanqi_store::{ReadTx, calendar, site};

use super::actions::{self, TaskCommandInput, broken};
use super::query::{TaskQuery, of_sites};
use super::views::{
    self, DraftInput, MilestoneView, Names, PlanView, PreviewInput, ReportView, TaskBulkInput, TaskBulkResults, TaskColumn,
    TaskList, TaskRow, TaskStepView, TaskTotals, TaskView, Timeline, TimelineRow,
};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path, Query};

/// Cards shown in a column of the board.
const CARDS: u64 = 30;
/// Tasks shown in time.
const BARS: u64 = 500;

/// The tasks within reach.
#[utoipa::path(get, path = "/api/tasks", tag = "task", params(TaskQuery),
    responses((status = 200, body = TaskList), (status = 400, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<TaskQuery>) -> Result<Json<TaskList>, Error> {
    let tx = ctx.read().await?;
    let calendar = calendar::load(&tx).await?;
    let filter = of_sites(&tx, query.filter(&ctx, &calendar)?).await?;
    let (page, size) = query.paging();
    let kept = store::list(&tx, &filter, query.sorting()?, (page - 1) * size, size).await?;
    let total = store::count(&tx, &filter).await?;
    let late = store::count(&tx, &TaskFilter { late: Some(ctx.moment), ..filter }).await?;
    let names = Names::load(&tx).await?;
    Ok(Json(TaskList {
        items: kept.iter().map(|kept| TaskRow::of(kept, &names, ctx.moment)).collect(),
        total,
        page,
        size,
        totals: TaskTotals { tasks: total, late },
    }))
}

/// The same by state.
#[utoipa::path(get, path = "/api/tasks/board", tag = "task", params(TaskQuery),
    responses((status = 200, body = Vec<TaskColumn>), (status = 400, body = FailureBody)))]
pub async fn board(ctx: CityCtx, Query(query): Query<TaskQuery>) -> Result<Json<Vec<TaskColumn>>, Error> {
    let tx = ctx.read().await?;
    let calendar = calendar::load(&tx).await?;
    let filter = of_sites(&tx, query.filter(&ctx, &calendar)?).await?;
    let figures = store::figures(&tx, &filter).await?;
    let names = Names::load(&tx).await?;
    let mut columns = Vec::new();
    for state in State::ALL {
        let count = figures.iter().find(|row| row.state == state).map_or(0, |row| row.count);
        let of_state = TaskFilter { states: vec![state], ..filter.clone() };
        let kept = if count == 0 { Vec::new() } else { store::list(&tx, &of_state, TaskSort::default(), 0, CARDS).await? };
        let items = kept.iter().map(|kept| TaskRow::of(kept, &names, ctx.moment)).collect();
        columns.push(TaskColumn { state, count, items });
    }
    Ok(Json(columns))
}

/// The same in time, with milestones: for the calendar and the Gantt chart.
#[utoipa::path(get, path = "/api/tasks/timeline", tag = "task", params(TaskQuery),
    responses((status = 200, body = Timeline), (status = 400, body = FailureBody)))]
pub async fn timeline(ctx: CityCtx, Query(query): Query<TaskQuery>) -> Result<Json<Timeline>, Error> {
    let tx = ctx.read().await?;
    let calendar = calendar::load(&tx).await?;
    let filter = of_sites(&tx, query.filter(&ctx, &calendar)?).await?;
    let kept = store::list(&tx, &filter, query.sorting()?, 0, BARS).await?;
    let names = Names::load(&tx).await?;
    let row = |kept: &store::KeptTask| TimelineRow {
        row: TaskRow::of(kept, &names, ctx.moment),
        milestones: views::milestones(&kept.task, &calendar),
    };
    Ok(Json(Timeline { items: kept.iter().map(row).collect(), total: store::count(&tx, &filter).await? }))
}

/// A task's page.
#[utoipa::path(get, path = "/api/tasks/{id}", tag = "task", params(("id" = String, Path)),
    responses((status = 200, body = TaskView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<TaskId>) -> Result<Json<TaskView>, Error> {
    Ok(Json(view(&ctx, id).await?))
}

pub(super) async fn view(ctx: &CityCtx, id: TaskId) -> Result<TaskView, Error> {
    let tx: ReadTx = ctx.read().await?;
    let kept = actions::visible(ctx, &tx, id).await?;
    let calendar = calendar::load(&tx).await?;
    let names = Names::load(&tx).await?;
    let task = &kept.task;
    let works = |unit: UnitId| {
        ctx.actor.posts.iter().any(|post| {
            matches!(post.role, Role::UnitHead | Role::Officer | Role::Liaison) && ctx.tree.is_within(unit, post.unit)
        })
    };
    let report = |unit: UnitId, part: &'static str| {
        let said = task.reports.get(&unit);
        let in_charge = part == "lead" && task.responsible == Some(ctx.actor.person);
        Some(ReportView {
            unit: names.unit(Some(unit))?,
            part,
            percent: said.map(|report| report.percent),
            note: said.map(|report| report.note.clone()).unwrap_or_default(),
            media: said.map(|report| report.evidence.clone()).unwrap_or_default(),
            at: said.map(|report| report.at),
            mine: works(unit) || in_charge,
        })
    };
    let lead = task.lead.and_then(|unit| report(unit, "lead"));
    let reports = lead.into_iter().chain(task.supporting.iter().filter_map(|unit| report(*unit, "support"))).collect();
    let context = Context { calendar: &calendar, tree: &ctx.tree };
    let aliases = site::aliases(&tx).await?;
    let sites: BTreeSet<SiteId> = task.origin.sites.iter().map(|site| aliases.kept(*site)).collect();
    Ok(TaskView {
        row: TaskRow::of(&kept, &names, ctx.moment),
        goal: task.goal.clone(),
        measures: task.measures.clone(),
        standard: task.standard.clone(),
        criteria: views::criteria(&tx, &task.origin.criteria).await?,
        site_ids: sites.into_iter().collect(),
        milestones: views::milestones(task, &calendar),
        reports,
        plan: PlanView::from(&kept.plan),
        steps: store::history(&tx, id).await?.iter().map(|step| TaskStepView::of(step, &names)).collect(),
        allowed: task.allowed(&ctx.actor, &context),
    })
}

/// Draft a task.
#[utoipa::path(post, path = "/api/tasks", tag = "task", request_body = DraftInput,
    responses((status = 201, body = TaskView), (status = 403, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn draft(ctx: CityCtx, Json(input): Json<DraftInput>) -> Result<(StatusCode, Json<TaskView>), Error> {
    let id = actions::draft(&ctx, &input).await?;
    Ok((StatusCode::CREATED, Json(view(&ctx, id).await?)))
}

/// Lay steps backwards from a day on the working calendar, without writing anything.
#[utoipa::path(post, path = "/api/tasks/schedule-preview", tag = "task", request_body = PreviewInput,
    responses((status = 200, body = Vec<MilestoneView>), (status = 422, body = FailureBody)))]
pub async fn preview(ctx: CityCtx, Json(input): Json<PreviewInput>) -> Result<Json<Vec<MilestoneView>>, Error> {
    let tx = ctx.read().await?;
    let calendar = calendar::load(&tx).await?;
    let first = input.start_on.unwrap_or_else(|| ctx.today());
    let milestones = plan::backwards(&calendar, first, input.due_on, &input.steps).map_err(broken)?;
    let task =
        yipanqi_domain::task::Task { milestones, ..actions::blank(String::new(), yipanqi_domain::task::Class::Own, ctx.moment) };
    Ok(Json(views::milestones(&task, &calendar)))
}

/// Command a task.
#[utoipa::path(post, path = "/api/tasks/{id}/commands", tag = "task", params(("id" = String, Path)),
    request_body = TaskCommandInput, responses((status = 200, body = TaskView), (status = 403, body = FailureBody),
    (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn command(ctx: CityCtx, Path(id): Path<TaskId>, Json(input): Json<TaskCommandInput>) -> Result<Json<TaskView>, Error> {
    actions::command(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, id).await?))
}

/// Command many tasks; the answer says for each what became of it.
#[utoipa::path(post, path = "/api/tasks/bulk", tag = "task", request_body = TaskBulkInput,
    responses((status = 200, body = TaskBulkResults), (status = 409, body = FailureBody)))]
pub async fn bulk(ctx: CityCtx, Json(input): Json<TaskBulkInput>) -> Result<Json<TaskBulkResults>, Error> {
    let targets: Vec<_> = input.ids.iter().map(|target| (target.id, target.version)).collect();
    Ok(Json(TaskBulkResults { results: actions::bulk(&ctx, input.command_id, &input.order, &targets).await? }))
}
