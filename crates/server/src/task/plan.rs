//! The monthly plan 月度任务分解表: entered, shown and exported; the exported sheet imports again.

use std::io::Cursor;

use axum::http::header;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_documents::list::{ColumnKind, ListCell, ListColumn, ListHead};
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{CommandId, TaskId};
use yipanqi_domain::task::quantity::{Month, MonthlyPlan, Planned};
use yipanqi_domain::task::{CommandKind, Context};
use yipanqi_store::calendar;
use yipanqi_store::task::{self as store, KeptTask};

use super::actions;
use super::handlers::view;
use super::query::{TaskQuery, of_sites};
use super::views::{AchievedView, Names, PlanMonth, PlanView, TaskRow, TaskView};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Lang, Path, Query};

/// Tasks read from the database at a time.
const BATCH: u64 = 500;
/// Months of a plan at most: more is a mistake.
const MONTHS: usize = 60;

/// A task's plan as entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PlanInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: u64,
    /// In what it is counted.
    pub measure: String,
    /// By month.
    pub months: Vec<PlanMonth>,
}

/// A task with its plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlanRow {
    /// The line.
    #[serde(flatten)]
    pub row: TaskRow,
    /// Its plan.
    pub plan: PlanView,
    /// Done of planned until the end of this month.
    pub until_now: AchievedView,
    /// Whether that is less than eighty percent.
    pub behind: bool,
}

fn exact(field: &str, text: &str) -> Result<Exact, Error> {
    let number: Exact = text.trim().parse().map_err(|_| Error::invalid(field, "plan_quantity_invalid").with("text", text))?;
    if number.is_negative() { Err(Error::invalid(field, "plan_quantity_invalid").with("text", text)) } else { Ok(number) }
}

/// Reads what was entered.
fn read(input: &PlanInput) -> Result<MonthlyPlan, Error> {
    if input.measure.trim().is_empty() && !input.months.is_empty() {
        return Err(Error::invalid("measure", "plan_measure_missing"));
    }
    if input.months.len() > MONTHS {
        return Err(Error::invalid("months", "plan_month_invalid").with("text", input.months.len().to_string()));
    }
    let mut plan = MonthlyPlan { measure: input.measure.trim().to_owned(), ..MonthlyPlan::default() };
    for entered in &input.months {
        let month: Month =
            entered.month.parse().map_err(|text: String| Error::invalid("months", "plan_month_invalid").with("text", text))?;
        let done = entered.done.as_deref().filter(|done| !done.trim().is_empty());
        let planned =
            Planned { planned: exact("months", &entered.planned)?, done: done.map(|done| exact("months", done)).transpose()? };
        if plan.months.insert(month, planned).is_some() {
            return Err(Error::invalid("months", "plan_month_twice").with("month", month.to_string()));
        }
    }
    Ok(plan)
}

/// Replaces the plan of a task: whoever may determine the task plans; whoever may report reports what was done.
///
/// # Errors
/// `plan_not_yours`, or the store's.
pub(crate) async fn put(ctx: &CityCtx, tx: &mut yipanqi_store::WriteTx, kept: KeptTask, plan: MonthlyPlan) -> Result<(), Error> {
    let calendar = calendar::load(tx).await?;
    let open = kept.task.allowed(&ctx.actor, &Context { calendar: &calendar, tree: &ctx.tree });
    let planned = |plan: &MonthlyPlan| -> Vec<(Month, Exact)> {
        plan.months.iter().map(|(month, planned)| (*month, planned.planned.clone())).collect()
    };
    let same = planned(&plan) == planned(&kept.plan) && plan.measure == kept.plan.measure;
    let may = open.contains(&CommandKind::Determine) || (same && open.contains(&CommandKind::Report));
    if !may {
        return Err(Error::new("plan_not_yours"));
    }
    let read_version = kept.task.version;
    let mut next = KeptTask { plan, ..kept };
    // Whoever has the page open is told, instead of writing over what was entered meanwhile.
    next.task.version += 1;
    store::save_plan(tx, &next, read_version).await?;
    let text = next.task.id.to_string();
    tx.audit("task.plan", "task", &text, &next.plan)?;
    tx.event("task", &text, &next.task.units().collect::<Vec<_>>())?;
    Ok(())
}

/// Enter what is planned and done by month.
#[utoipa::path(put, path = "/api/tasks/{id}/plan", tag = "task", params(("id" = String, Path)), request_body = PlanInput,
    responses((status = 200, body = TaskView), (status = 403, body = FailureBody), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn save(ctx: CityCtx, Path(id): Path<TaskId>, Json(input): Json<PlanInput>) -> Result<Json<TaskView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let plan = read(&input)?;
        let kept = actions::visible(&ctx, &tx, id).await?;
        if kept.task.version != input.version {
            return Err(Error::new("version_conflict").with("version", kept.task.version));
        }
        put(&ctx, &mut tx, kept, plan).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    Ok(Json(view(&ctx, id).await?))
}

async fn planned(ctx: &CityCtx, query: &TaskQuery) -> Result<Vec<KeptTask>, Error> {
    let tx = ctx.read().await?;
    let calendar = calendar::load(&tx).await?;
    let filter = of_sites(&tx, query.filter(ctx, &calendar)?).await?;
    let mut found = Vec::new();
    let mut offset = 0;
    loop {
        let kept = store::list(&tx, &filter, query.sorting()?, offset, BATCH).await?;
        let count = kept.len() as u64;
        found.extend(kept.into_iter().filter(|kept| !kept.plan.months.is_empty()));
        if count < BATCH {
            return Ok(found);
        }
        offset += BATCH;
    }
}

/// The tasks with a monthly plan: planned, done, and whether they are behind.
#[utoipa::path(get, path = "/api/tasks/plans", tag = "task", params(TaskQuery),
    responses((status = 200, body = Vec<PlanRow>), (status = 400, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<TaskQuery>) -> Result<Json<Vec<PlanRow>>, Error> {
    let found = planned(&ctx, &query).await?;
    let tx = ctx.read().await?;
    let names = Names::load(&tx).await?;
    let month = Month::of(ctx.today());
    let row = |kept: &KeptTask| {
        let achieved = kept.plan.until(month);
        PlanRow {
            row: TaskRow::of(kept, &names, ctx.moment),
            plan: PlanView::from(&kept.plan),
            behind: achieved.is_below(80),
            until_now: AchievedView::from(&achieved),
        }
    };
    Ok(Json(found.iter().map(row).collect()))
}

/// A quantity with as many decimals as it has: what is rounded would come back changed.
fn quantity(number: &Exact) -> ListCell {
    let whole = |scale: &u32| number.published(*scale).parse::<Exact>().is_ok_and(|read| read == *number);
    match (0..=9).find(whole) {
        Some(scale) => ListCell::Decimal(number.clone(), scale),
        None => ListCell::Text(number.to_string()),
    }
}

/// The monthly plan as xlsx, a line for each task and month; the sheet imports again.
#[utoipa::path(get, path = "/api/tasks/plan.xlsx", tag = "task", params(TaskQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (status = 400, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<TaskQuery>) -> Result<impl IntoResponse, Error> {
    let found = planned(&ctx, &query).await?;
    let tx = ctx.read().await?;
    let names = Names::load(&tx).await?;
    let calendar = calendar::load(&tx).await?;
    let text = |text: String| if text.is_empty() { ListCell::Blank } else { ListCell::Text(text) };
    let mut lines = Vec::new();
    for kept in &found {
        let row = TaskRow::of(kept, &names, ctx.moment);
        for (month, planned) in &kept.plan.months {
            let lead = row.lead.as_ref().map(|unit| unit.name.clone()).unwrap_or_default();
            lines.push(vec![
                text(row.text_number.clone()),
                text(row.title.clone()),
                text(lead),
                text(kept.plan.measure.clone()),
                text(month.to_string()),
                quantity(&planned.planned),
                planned.done.as_ref().map_or(ListCell::Blank, quantity),
            ]);
        }
    }
    let heads: [(&str, &str, u16); 7] = [
        ("任务编号", "Number", 14),
        ("任务名称", "Task", 40),
        ("牵头单位", "Lead", 22),
        ("计量单位", "Measure", 10),
        ("月份", "Month", 10),
        ("计划", "Planned", 12),
        ("完成", "Done", 12),
    ];
    let head = |(zh, en, width): &(&str, &str, u16)| ListColumn {
        head: match ctx.lang {
            Lang::Zh => *zh,
            Lang::En => *en,
        }
        .to_owned(),
        width: *width,
        kind: ColumnKind::Plain,
    };
    let now = calendar.local(ctx.moment).naive_local();
    let (title, subtitle) = match ctx.lang {
        Lang::Zh => ("月度任务分解表", format!("{} 项任务，{} 导出", found.len(), now.format("%Y年%-m月%-d日 %H:%M"))),
        Lang::En => ("Monthly plan", format!("{} tasks, exported {}", found.len(), now.format("%Y-%m-%d %H:%M"))),
    };
    let columns = heads.iter().map(head).collect();
    let head = ListHead { title: title.to_owned(), subtitle, generated_at: now, columns };
    let mut bytes = Cursor::new(Vec::new());
    yipanqi_documents::list::write(&mut bytes, &head, lines, None).map_err(Error::internal)?;
    Ok((
        [
            (header::CONTENT_TYPE, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned()),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"plan.xlsx\"".to_owned()),
        ],
        bytes.into_inner(),
    ))
}
