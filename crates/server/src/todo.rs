//! What waits for the reader: problems to assign, decide, rectify, verify; slips to issue, to answer; tasks to determine,
//! report, sign, accept; objections to decide.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;
use yipanqi_domain::access::{Reach, Right, Role};
use yipanqi_domain::id::{DutyId, ProblemId, SlipId, TaskId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::slip::SlipState;
use yipanqi_domain::task::State;
use yipanqi_store::problem::{Kept, ProblemSort};
use yipanqi_store::site::SortOrder;
use yipanqi_store::slip::{KeptSlip, SlipFilter};
use yipanqi_store::task::{TaskFilter, TaskSort};
use yipanqi_store::{ReadTx, duty, party, problem, slip, task};

use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, text};
use crate::page::{Workbook, sorted};
use crate::problem::Rules;
use crate::problem::query::ProblemQuery;
use crate::problem::views::{Names, ProblemRow};
use crate::request::{CityCtx, Json, Query};
use crate::rights::{Access, Routes};
use crate::task::query::TaskQuery;
use crate::task::views::TaskRow;

/// Things shown of each kind; the lists hold the rest.
const EACH: u64 = 500;

/// The problem of a to-do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TodoProblem {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// The number as written.
    pub text_number: String,
    /// A few words.
    pub title: String,
}

/// The slip of a to-do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TodoSlip {
    /// Identity.
    #[schema(value_type = String)]
    pub id: SlipId,
    /// Its number as printed.
    pub text_number: Option<String>,
}

/// The task of a to-do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TodoTask {
    /// Identity.
    #[schema(value_type = String)]
    pub id: TaskId,
    /// The number as written.
    pub text_number: String,
    /// A few words.
    pub title: String,
}

/// The duty of a to-do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TodoDuty {
    /// Identity.
    #[schema(value_type = String)]
    pub id: DutyId,
    /// The words of the criterion.
    pub title: String,
}

/// One thing that waits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TodoRow {
    /// `assign`, `decide`, `rectify`, `verify`, `issue_slip`, `reply_slip`, `task_determine`, `task_report`, `task_sign`,
    /// `task_accept`, `duty_decide`.
    pub kind: &'static str,
    /// The problem.
    pub problem: Option<TodoProblem>,
    /// The slip.
    pub slip: Option<TodoSlip>,
    /// The task.
    pub task: Option<TodoTask>,
    /// The duty.
    pub duty: Option<TodoDuty>,
    /// By when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Moment>,
    /// Where, or whose.
    pub text: String,
}

impl TodoRow {
    /// What is known by it: the kind and the thing.
    fn key(&self) -> String {
        let thing = (self.problem.as_ref().map(|problem| problem.id.to_string()))
            .or_else(|| self.slip.as_ref().map(|slip| slip.id.to_string()))
            .or_else(|| self.task.as_ref().map(|task| task.id.to_string()))
            .or_else(|| self.duty.as_ref().map(|duty| duty.id.to_string()));
        format!("{}-{}", self.kind, thing.unwrap_or_default())
    }

    fn number(&self) -> &str {
        (self.slip.as_ref().and_then(|slip| slip.text_number.as_deref()))
            .or_else(|| self.problem.as_ref().map(|problem| problem.text_number.as_str()))
            .or_else(|| self.task.as_ref().map(|task| task.text_number.as_str()))
            .unwrap_or_default()
    }

    fn title(&self) -> &str {
        (self.problem.as_ref().map(|problem| problem.title.as_str()))
            .or_else(|| self.task.as_ref().map(|task| task.title.as_str()))
            .or_else(|| self.duty.as_ref().map(|duty| duty.title.as_str()))
            .unwrap_or_default()
    }
}

/// One thing that waits, as a row of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct TodoItem {
    /// The kind and the thing: stays the same while it waits.
    pub id: String,
    /// What it is.
    #[serde(flatten)]
    pub row: TodoRow,
}

/// Which of them are shown, and in which order.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TodoQuery {
    /// Words that number, title or place contain, all of them.
    pub q: String,
    /// Kinds.
    pub kind: Vec<String>,
    /// Past due (`true`), or not yet.
    pub late: Option<bool>,
    /// `due_at` or `kind`; `-` before it turns the order. By kind as they are done, soonest due first, if left out.
    pub sort: String,
}

impl TodoQuery {
    fn shows(&self, row: &TodoRow, now: Moment) -> bool {
        let words = format!("{} {} {}", row.number(), row.title(), row.text).to_lowercase();
        (self.kind.is_empty() || self.kind.iter().any(|kind| kind == row.kind))
            && self.late.is_none_or(|late| row.due_at.is_some_and(|due| due < now) == late)
            && self.q.to_lowercase().split_whitespace().all(|word| words.contains(word))
    }

    /// What has no due moment comes last, whichever way.
    fn order(&self, rows: &mut [TodoRow]) -> Result<(), Error> {
        let (column, order) = sorted(&self.sort);
        let turned = |ordering: Ordering| match order {
            SortOrder::Ascending => ordering,
            SortOrder::Descending => ordering.reverse(),
        };
        match column {
            "" => {}
            "due_at" => rows.sort_by(|one, other| match (one.due_at, other.due_at) {
                (Some(one), Some(other)) => turned(one.cmp(&other)),
                (one, other) => one.is_none().cmp(&other.is_none()),
            }),
            "kind" => rows.sort_by(|one, other| turned(one.kind.cmp(other.kind))),
            _ => return Err(Error::new("query_invalid").with("reason", "sort")),
        }
        Ok(())
    }
}

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::default().route(Access::Member, routes!(mine)).route(Access::Member, routes!(export))
}

/// What waits for me, by kind, soonest due first.
#[utoipa::path(get, path = "/api/my/todo", tag = "todo", params(TodoQuery), responses((status = 200, body = Vec<TodoItem>),
    (status = 400, body = FailureBody)))]
pub async fn mine(ctx: CityCtx, Query(query): Query<TodoQuery>) -> Result<Json<Vec<TodoItem>>, Error> {
    let rows = shown(&ctx, &ctx.read().await?, &query).await?;
    Ok(Json(rows.into_iter().map(|row| TodoItem { id: row.key(), row }).collect()))
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<TodoRow> = Sheet { file: "todo", zh: "我的待办", en: "My to-do", columns: &[
    Column { name: "kind", zh: "事项", en: "What to do", width: 18, cell: |row, pen| pen.word("todo", &row.kind) },
    Column { name: "number", zh: "编号", en: "Number", width: 18, cell: |row, _| text(row.number()) },
    Column { name: "title", zh: "内容", en: "About", width: 40, cell: |row, _| text(row.title()) },
    Column { name: "text", zh: "地点或单位", en: "Where or whose", width: 28, cell: |row, _| text(&row.text) },
    Column { name: "due_at", zh: "期限", en: "Due", width: 18, cell: |row, pen| pen.moment(row.due_at) },
] };

/// The same as a workbook, in the columns asked for.
#[utoipa::path(get, path = "/api/my/todo/export.xlsx", tag = "todo", params(TodoQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
    (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<TodoQuery>, Query(columns): Query<ColumnQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let rows = shown(&ctx, &tx, &query).await?;
    export::workbook(&ctx, yipanqi_store::calendar::load(&tx).await?, &SHEET, &columns, &rows)
}

async fn shown(ctx: &CityCtx, tx: &ReadTx, query: &TodoQuery) -> Result<Vec<TodoRow>, Error> {
    let mut rows = waiting(ctx, tx).await?;
    rows.retain(|row| query.shows(row, ctx.moment));
    query.order(&mut rows)?;
    Ok(rows)
}

async fn waiting(ctx: &CityCtx, tx: &ReadTx) -> Result<Vec<TodoRow>, Error> {
    let rules = Rules::load(tx, ctx.moment).await?;
    let holds = |roles: &[Role]| ctx.actor.posts.iter().any(|post| roles.contains(&post.role));
    let mut rows = Vec::new();
    let mut views: Vec<(&'static str, &str)> = Vec::new();
    if holds(&[Role::UnitHead, Role::Officer, Role::Liaison, Role::GridWorker]) {
        views.push(("rectify", "mine"));
    }
    rows.extend(party_answers(ctx, tx, &rules).await?);
    if holds(&[Role::Office]) {
        views.extend([("assign", "to_assign"), ("decide", "to_decide")]);
    }
    if holds(&[Role::Office, Role::Inspector]) {
        views.push(("verify", "to_verify"));
    }
    for (kind, view) in views {
        let filter = ProblemQuery { view: view.to_owned(), ..ProblemQuery::default() }.filter(ctx, &rules)?;
        let kept = problem::list(tx, &filter, ProblemSort::default(), 0, EACH).await?;
        rows.extend(problems(ctx, tx, &rules, kind, &kept).await?);
    }
    rows.extend(slips(ctx, tx, &rules, "issue_slip", Right::IssueSlip, &[SlipState::Proposed]).await?);
    let unanswered = [SlipState::Issued, SlipState::Received, SlipState::NotAccepted];
    rows.extend(slips(ctx, tx, &rules, "reply_slip", Right::ReplySlip, &unanswered).await?);
    rows.extend(tasks(ctx, tx).await?);
    if holds(&[Role::Office]) {
        rows.extend(objections(ctx, tx).await?);
    }
    Ok(rows)
}

/// Tasks of which I am in charge or which my unit leads or supports; signatures and acceptances by post.
async fn tasks(ctx: &CityCtx, tx: &ReadTx) -> Result<Vec<TodoRow>, Error> {
    let of = |roles: &[Role]| -> Vec<UnitId> {
        ctx.actor.posts.iter().filter(|post| roles.contains(&post.role)).map(|post| post.unit).collect()
    };
    let calendar = yipanqi_store::calendar::load(tx).await?;
    let (work, heads) = (of(&[Role::UnitHead, Role::Officer, Role::Liaison]), of(&[Role::UnitHead]));
    let base = || TaskQuery::default().filter(ctx, &calendar);
    let mut wanted: Vec<(&'static str, TaskFilter)> = Vec::new();
    for (kind, state) in [("task_determine", State::Draft), ("task_report", State::Running)] {
        let mine = TaskFilter { states: vec![state], people: vec![ctx.actor.person], ..base()? };
        wanted.push((kind, mine));
        if !work.is_empty() {
            wanted.push((kind, TaskFilter { states: vec![state], units: work.clone(), ..base()? }));
        }
    }
    if !heads.is_empty() {
        wanted.push(("task_sign", TaskFilter { states: vec![State::Concluded], leads: heads, ..base()? }));
    }
    if ctx.actor.posts.iter().any(|post| post.role == Role::Office) {
        wanted.push(("task_accept", TaskFilter { states: vec![State::Signed], ..base()? }));
    }
    let names = crate::task::views::Names::load(tx).await?;
    let mut rows: Vec<TodoRow> = Vec::new();
    for (kind, filter) in wanted {
        for kept in task::list(tx, &filter, TaskSort::default(), 0, EACH).await? {
            if rows.iter().any(|row| row.task.as_ref().is_some_and(|known| known.id == kept.task.id)) {
                continue;
            }
            let row = TaskRow::of(&kept, &names, ctx.moment);
            rows.push(TodoRow {
                kind,
                problem: None,
                slip: None,
                duty: None,
                due_at: row.next_due,
                text: row.lead.map(|unit| unit.short_name).unwrap_or_default(),
                task: Some(TodoTask { id: row.id, text_number: row.text_number, title: row.title }),
            });
        }
    }
    Ok(rows)
}

/// Answers of responsible parties that wait for my unit.
async fn party_answers(ctx: &CityCtx, tx: &ReadTx, rules: &Rules) -> Result<Vec<TodoRow>, Error> {
    let works = |role: Role| matches!(role, Role::UnitHead | Role::Officer | Role::Liaison | Role::GridWorker);
    let units: Vec<UnitId> = ctx.actor.posts.iter().filter(|post| works(post.role)).map(|post| post.unit).collect();
    if units.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ProblemId> = party::answered(tx, &units, EACH).await?.into_iter().map(|kept| kept.problem).collect();
    let kept = problem::get_all(tx, &ids).await?;
    problems(ctx, tx, rules, "confirm_party", &kept).await
}

/// Objections that wait for the office.
async fn objections(ctx: &CityCtx, tx: &ReadTx) -> Result<Vec<TodoRow>, Error> {
    let mut rows = Vec::new();
    let directory = yipanqi_store::unit::directory(tx).await?;
    for kept in duty::objected(tx).await?.into_iter().take(usize::try_from(EACH).unwrap_or(usize::MAX)) {
        ctx.allow_right(Right::ViewDuty, &yipanqi_domain::access::Place::Units(&[kept.duty.unit]))?;
        let unit = directory.get(kept.duty.unit).map(|unit| unit.name.clone()).unwrap_or_default();
        rows.push(TodoRow {
            kind: "duty_decide",
            problem: None,
            slip: None,
            task: None,
            due_at: None,
            text: unit,
            duty: Some(TodoDuty { id: kept.duty.id, title: kept.duty.objection.unwrap_or_default() }),
        });
    }
    Ok(rows)
}

async fn problems(ctx: &CityCtx, tx: &ReadTx, rules: &Rules, kind: &'static str, kept: &[Kept]) -> Result<Vec<TodoRow>, Error> {
    let names = Names::load(tx, kept).await?;
    let row = |kept: &Kept| {
        let row = ProblemRow::of(kept, &names, &rules.calendar, ctx.moment);
        TodoRow {
            kind,
            // Who is waited for is asked by the limit of that step; the unit by whichever comes first.
            due_at: match (kind, row.step.and_then(|step| step.due_at)) {
                ("assign" | "verify", Some(due)) => Some(due),
                ("rectify", step) => step.into_iter().chain(row.clock.due_at).min(),
                _ => row.clock.due_at,
            },
            text: row.site.map_or(row.place_text, |site| site.name),
            problem: Some(TodoProblem { id: row.id, text_number: row.text_number, title: row.title }),
            slip: None,
            task: None,
            duty: None,
        }
    };
    Ok(kept.iter().map(row).collect())
}

async fn slips(
    ctx: &CityCtx,
    tx: &ReadTx,
    rules: &Rules,
    kind: &'static str,
    right: Right,
    states: &[SlipState],
) -> Result<Vec<TodoRow>, Error> {
    let reach = match ctx.reach_of(right) {
        Reach::Nothing => return Ok(Vec::new()),
        Reach::Everything => None,
        Reach::Units(units) => Some(units),
    };
    let filter = SlipFilter { states: states.to_vec(), reach, ..SlipFilter::default() };
    let (kept, _) = slip::list(tx, &filter, 0, EACH).await?;
    let ids: Vec<ProblemId> = kept.iter().map(|kept| kept.slip.occasion.problem).collect();
    let subjects = problems(ctx, tx, rules, kind, &problem::get_all(tx, &ids).await?).await?;
    let row = |KeptSlip { slip, .. }: KeptSlip| {
        let about = subjects.iter().find(|row| row.problem.as_ref().is_some_and(|known| known.id == slip.occasion.problem))?;
        Some(TodoRow {
            due_at: slip.reply_due.moment(),
            slip: Some(TodoSlip { id: slip.id, text_number: slip.number.map(|number| number.to_string()) }),
            ..about.clone()
        })
    };
    Ok(kept.into_iter().filter_map(row).collect())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn row(kind: &'static str, title: &str, due: Option<i64>) -> TodoRow {
        let now: Moment = Moment::parse("2026-03-05T06:30:00Z").unwrap();
        TodoRow {
            kind,
            problem: None,
            slip: None,
            task: None,
            duty: Some(TodoDuty { id: DutyId::new(uuid::Uuid::from_u128(7)), title: title.into() }),
            due_at: due.map(|hours| Moment::new(now.utc() + TimeDelta::hours(hours))),
            text: "东街街道".into(),
        }
    }

    #[test]
    fn what_has_no_due_moment_comes_last_whichever_way() {
        let titles = |sort: &str| {
            let mut rows = vec![row("verify", "a", None), row("assign", "b", Some(3)), row("decide", "c", Some(-3))];
            TodoQuery { sort: sort.into(), ..TodoQuery::default() }.order(&mut rows).unwrap();
            rows.iter().map(|row| row.title().to_owned()).collect::<String>()
        };
        for (sort, wanted) in [("", "abc"), ("due_at", "cba"), ("-due_at", "bca"), ("kind", "bca"), ("-kind", "acb")] {
            assert_eq!(titles(sort), wanted, "{sort}");
        }
        assert!(TodoQuery { sort: "title".into(), ..TodoQuery::default() }.order(&mut []).is_err());
    }

    #[test]
    fn words_kinds_and_lateness_are_all_asked() {
        let now: Moment = Moment::parse("2026-03-05T06:30:00Z").unwrap();
        let late = row("verify", "占道经营", Some(-1));
        for (query, wanted) in [
            (TodoQuery { q: "占道 东街".into(), ..TodoQuery::default() }, true),
            (TodoQuery { q: "占道 西街".into(), ..TodoQuery::default() }, false),
            (TodoQuery { kind: vec!["verify".into()], late: Some(true), ..TodoQuery::default() }, true),
            (TodoQuery { kind: vec!["assign".into()], ..TodoQuery::default() }, false),
            (TodoQuery { late: Some(false), ..TodoQuery::default() }, false),
        ] {
            assert_eq!(query.shows(&late, now), wanted, "{query:?}");
        }
    }
}
