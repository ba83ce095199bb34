//! What waits for the reader: problems to assign, decide, rectify, verify; slips to issue, to answer.

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::routes;
use yipanqi_domain::access::{Reach, Right, Role};
use yipanqi_domain::id::{ProblemId, SlipId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::slip::SlipState;
use yipanqi_store::problem::{Kept, ProblemSort};
use yipanqi_store::slip::{KeptSlip, SlipFilter};
use yipanqi_store::{ReadTx, problem, slip};

use crate::error::Error;
use crate::problem::Rules;
use crate::problem::query::ProblemQuery;
use crate::problem::views::{Names, ProblemRow};
use crate::request::{CityCtx, Json};
use crate::rights::{Access, Routes};

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

/// One thing that waits.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TodoRow {
    /// `assign`, `decide`, `rectify`, `verify`, `issue_slip`, `reply_slip`.
    pub kind: &'static str,
    /// The problem.
    pub problem: Option<TodoProblem>,
    /// The slip.
    pub slip: Option<TodoSlip>,
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
    Ok(Json(rows))
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
