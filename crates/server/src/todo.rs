//! What waits for the reader: problems to assign, decide, rectify, verify; slips to issue, to answer; tasks to determine,
//! report, sign, accept; objections to decide.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;
use yipanqi_domain::access::{Reach, Right, Role};
use yipanqi_domain::id::{DutyId, ProblemId, SlipId, TaskId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::slip::SlipState;
use yipanqi_domain::task::State;
use yipanqi_store::problem::{Kept, ProblemSort};
use yipanqi_store::slip::{KeptSlip, SlipFilter};
use yipanqi_store::task::{TaskFilter, TaskSort};
use yipanqi_store::{ReadTx, duty, problem, slip, task};

use crate::error::Error;
use crate::problem::Rules;
use crate::problem::query::ProblemQuery;
use crate::problem::views::{Names, ProblemRow};
use crate::request::{CityCtx, Json};
use crate::rights::{Access, Routes};
use crate::task::query::TaskQuery;
use crate::task::views::TaskRow;

/// Things shown of each kind; the lists hold the rest.
const EACH: u64 = 30;

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

/// The route.
#[must_use]
pub fn routes() -> Routes {
    Routes::default().route(Access::Member, routes!(mine))
}

/// What waits for me, by kind, soonest due first.
#[utoipa::path(get, path = "/api/my/todo", tag = "todo", responses((status = 200, body = Vec<TodoRow>)))]
pub async fn mine(ctx: CityCtx) -> Result<Json<Vec<TodoRow>>, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let holds = |roles: &[Role]| ctx.actor.posts.iter().any(|post| roles.contains(&post.role));
    let mut rows = Vec::new();
    let mut views: Vec<(&'static str, &str)> = Vec::new();
    if holds(&[Role::UnitHead, Role::Officer, Role::Liaison, Role::GridWorker]) {
        views.push(("rectify", "mine"));
    }
    if holds(&[Role::Office]) {
        views.extend([("assign", "to_assign"), ("decide", "to_decide")]);
    }
    if holds(&[Role::Office, Role::Inspector]) {
        views.push(("verify", "to_verify"));
    }
    for (kind, view) in views {
        let filter = ProblemQuery { view: view.to_owned(), ..ProblemQuery::default() }.filter(&ctx, &rules)?;
        let kept = problem::list(&tx, &filter, ProblemSort::default(), 0, EACH).await?;
        rows.extend(problems(&ctx, &tx, &rules, kind, &kept).await?);
    }
    rows.extend(slips(&ctx, &tx, &rules, "issue_slip", Right::IssueSlip, &[SlipState::Proposed]).await?);
    let unanswered = [SlipState::Issued, SlipState::Received, SlipState::NotAccepted];
    rows.extend(slips(&ctx, &tx, &rules, "reply_slip", Right::ReplySlip, &unanswered).await?);
    rows.extend(tasks(&ctx, &tx).await?);
    if holds(&[Role::Office]) {
        rows.extend(objections(&ctx, &tx).await?);
    }
    Ok(Json(rows))
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
            due_at: row.clock.due_at,
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
