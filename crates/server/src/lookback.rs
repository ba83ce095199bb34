//! The look-back 回头望: at the end of a quarter what lags is found by rule and gone through by a meeting; what it decides
//! becomes a task. Held again for the same quarter, only what is new is added.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;
use yipanqi_domain::access::Right;
use yipanqi_domain::id::{CommandId, CriterionId, TaskId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::task::lookback::{Lag, Rule, lags};
use yipanqi_domain::task::quantity::MonthlyPlan;
use yipanqi_domain::task::rhythm::{Every, Period};
use yipanqi_domain::task::{Class, State, Task};
use yipanqi_store::framework::Citing;
use yipanqi_store::lookback::{self as store, LagSubject, Lookback, LookbackItem};
use yipanqi_store::problem::{Cited, ProblemFilter, ProblemSort};
use yipanqi_store::task::{TaskFilter, TaskSort};
use yipanqi_store::{ReadTx, StoreError, calendar, framework, problem, setting, task};

use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};
use crate::rights::Routes;
use crate::task::actions::{self, NewTask, TaskFields};
use crate::task::views::{Names, TaskRow, criteria};

/// The key under which a city keeps its [`Rule`].
pub const RULE: &str = "lookback_rule";
/// Rows read from the database at a time.
const BATCH: u64 = 500;

/// A look-back as a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookbackRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The quarter, `2026-Q1`.
    pub period: String,
    /// Its first day.
    pub from_on: NaiveDate,
    /// Its last day.
    pub to_on: NaiveDate,
    /// What lags.
    pub items: u64,
    /// What is decided.
    pub decided: u64,
}

/// Something that lags.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookbackItemView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Why it lags.
    #[schema(value_type = Vec<String>)]
    pub lags: Vec<Lag>,
    /// Problems that came back in the quarter.
    pub rebounds: u64,
    /// The task that lags, as it stands now.
    pub task: Option<TaskRow>,
    /// The criterion that lags.
    pub criterion: Option<crate::task::views::TaskCriterion>,
    /// What was decided.
    pub decision: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Moment>,
    /// By whom.
    pub decided_by: Option<String>,
    /// The task that came of it.
    #[schema(value_type = Option<String>)]
    pub new_task: Option<TaskId>,
    /// Given back with a decision.
    pub version: i64,
}

/// A look-back's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookbackView {
    /// The line.
    #[serde(flatten)]
    pub row: LookbackRow,
    /// What lags, in the order in which a meeting goes through it.
    pub list: Vec<LookbackItemView>,
}

/// A look-back to be held.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LookbackInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// A day of the quarter; today if left out.
    #[serde(default)]
    pub day: Option<NaiveDate>,
}

/// What a meeting decided.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DecideInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which.
    #[schema(value_type = String)]
    pub item_id: Uuid,
    /// The version the page has seen.
    pub version: i64,
    /// In words.
    pub decision: String,
    /// The task that comes of it, if one does.
    #[serde(default)]
    pub task: Option<TaskFields>,
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ManageTask, routes!(list))
        .route(Right::ManageTask, routes!(hold))
        .route(Right::ManageTask, routes!(show))
        .route(Right::ManageTask, routes!(decide))
}

async fn row(tx: &ReadTx, lookback: Lookback) -> Result<(LookbackRow, Vec<LookbackItem>), Error> {
    let items = store::items(tx, lookback.id).await?;
    let row = LookbackRow {
        id: lookback.id,
        period: lookback.period,
        from_on: lookback.from,
        to_on: lookback.to,
        items: items.len() as u64,
        decided: items.iter().filter(|item| item.decision.is_some()).count() as u64,
    };
    Ok((row, items))
}

/// The look-backs, the newest quarter first.
#[utoipa::path(get, path = "/api/lookbacks", tag = "lookback", responses((status = 200, body = Vec<LookbackRow>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<LookbackRow>>, Error> {
    let tx = ctx.read().await?;
    let mut rows = Vec::new();
    for lookback in store::all(&tx).await? {
        rows.push(row(&tx, lookback).await?.0);
    }
    Ok(Json(rows))
}

fn known(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => Error::new("lookback_not_found"),
        other => other.into(),
    }
}

async fn view(ctx: &CityCtx, id: Uuid) -> Result<LookbackView, Error> {
    let tx = ctx.read().await?;
    let (row, items) = row(&tx, store::get(&tx, id).await.map_err(known)?).await?;
    let names = Names::load(&tx).await?;
    let wanted: BTreeSet<CriterionId> = items
        .iter()
        .filter_map(|item| match item.subject {
            LagSubject::Criterion(criterion) => Some(criterion),
            LagSubject::Task(_) => None,
        })
        .collect();
    let mut words: BTreeMap<CriterionId, _> =
        criteria(&tx, &wanted).await?.into_iter().map(|criterion| (criterion.id, criterion)).collect();
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        let (task, criterion) = match item.subject {
            LagSubject::Task(id) => (Some(TaskRow::of(&task::get(&tx, id).await?, &names, ctx.moment)), None),
            LagSubject::Criterion(id) => (None, words.remove(&id)),
        };
        list.push(LookbackItemView {
            id: item.id,
            lags: item.lags,
            rebounds: item.rebounds,
            task,
            criterion,
            decision: item.decision,
            decided_at: item.decided_at,
            decided_by: item.decided_by,
            new_task: item.task,
            version: item.version,
        });
    }
    Ok(LookbackView { row, list })
}

/// A look-back's page.
#[utoipa::path(get, path = "/api/lookbacks/{id}", tag = "lookback", params(("id" = String, Path)),
    responses((status = 200, body = LookbackView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<LookbackView>, Error> {
    Ok(Json(view(&ctx, id).await?))
}

/// How many problems of each criterion came back in the period.
async fn rebounds(tx: &ReadTx, period: &Period, from: Moment, to: Moment) -> Result<BTreeMap<CriterionId, u64>, Error> {
    tracing::debug!(period = period.key, "looking for what came back");
    let filter = ProblemFilter { rebound: true, ..ProblemFilter::default() };
    let mut back: BTreeMap<CriterionId, u64> = BTreeMap::new();
    let mut offset = 0;
    loop {
        let kept = problem::list(tx, &filter, ProblemSort::default(), offset, BATCH).await?;
        let count = kept.len() as u64;
        for kept in kept.into_iter().filter(|kept| (from..to).contains(&kept.problem.registered_at)) {
            let cited: Vec<Citing<'_>> = (kept.facts.cited.iter())
                .map(|Cited { framework, edition, key, .. }| Citing { framework, edition: *edition, key })
                .collect();
            let mut of = kept.problem.criteria.clone();
            of.extend(framework::cited(tx, &cited).await?.into_values().map(|cited| cited.id));
            for criterion in of {
                *back.entry(criterion).or_default() += 1;
            }
        }
        if count < BATCH {
            return Ok(back);
        }
        offset += BATCH;
    }
}

/// Find what lags in a quarter and put it into its list.
#[utoipa::path(post, path = "/api/lookbacks", tag = "lookback", request_body = LookbackInput,
    responses((status = 200, body = LookbackView), (status = 422, body = FailureBody)))]
pub async fn hold(ctx: CityCtx, Json(input): Json<LookbackInput>) -> Result<Json<LookbackView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Uuid>(&mut tx, input.command_id, &input).await? {
        drop(tx);
        return Ok(Json(view(&ctx, done).await?));
    }
    let day = input.day.unwrap_or_else(|| ctx.today());
    let period = Every::Quarter.period(day).filter(|period| period.from <= ctx.today());
    let period = period.ok_or_else(|| Error::invalid("day", "lookback_future"))?;
    let calendar = calendar::load(&tx).await?;
    let rule: Rule = setting::get(&tx, RULE).await?.unwrap_or_default();
    let known = store::all(&tx).await?.into_iter().find(|known| known.period == period.key);
    let lookback = match known {
        Some(known) => known,
        None => {
            let (id, created_at) = (Uuid::now_v7(), ctx.moment);
            let new = Lookback { id, period: period.key.clone(), from: period.from, to: period.to, created_at };
            store::add(&tx, &new).await?;
            new
        }
    };
    let midnight = |day: NaiveDate| calendar.moment(day, chrono::NaiveTime::MIN);
    let end = midnight(period.to.succ_opt().unwrap_or(period.to));
    let back = rebounds(&tx, &period, midnight(period.from), end).await?;
    let old = store::items(&tx, lookback.id).await?;
    let listed: BTreeSet<LagSubject> = old.iter().map(|item| item.subject).collect();
    let mut new: Vec<LookbackItem> = Vec::new();
    let mut put = |subject: LagSubject, lags: Vec<Lag>, rebounds: u64| {
        if !lags.is_empty() && !listed.contains(&subject) {
            new.push(LookbackItem {
                id: Uuid::now_v7(),
                lookback: lookback.id,
                position: i64::try_from(listed.len() + new.len()).unwrap_or(i64::MAX),
                subject,
                lags,
                rebounds,
                decision: None,
                decided_at: None,
                decided_by: None,
                task: None,
                version: 1,
            });
        }
    };
    let mut with_task: BTreeSet<CriterionId> = BTreeSet::new();
    let filter = TaskFilter { states: vec![State::Running], ..TaskFilter::default() };
    let mut offset = 0;
    loop {
        let kept = task::list(&tx, &filter, TaskSort::default(), offset, BATCH).await?;
        for kept in &kept {
            let of_task = &kept.task.origin.criteria;
            with_task.extend(of_task.iter().copied());
            let rebounds = of_task.iter().filter_map(|criterion| back.get(criterion)).sum();
            let found = lags(&kept.task, &kept.plan, rebounds, &rule, &period, &calendar, ctx.moment);
            put(LagSubject::Task(kept.task.id), found, rebounds);
        }
        if (kept.len() as u64) < BATCH {
            break;
        }
        offset += BATCH;
    }
    for (criterion, count) in back.iter().filter(|(criterion, _)| !with_task.contains(criterion)) {
        if *count >= rule.rebounds.max(1) {
            put(LagSubject::Criterion(*criterion), vec![Lag::Rebound], *count);
        }
    }
    store::add_items(&tx, &new).await?;
    tx.audit("lookback.hold", "lookback", &lookback.id.to_string(), &(&lookback.period, new.len()))?;
    ctx.answer_once(&mut tx, input.command_id, &lookback.id).await?;
    tx.commit().await?;
    Ok(Json(view(&ctx, lookback.id).await?))
}

/// Write down what a meeting decided; with a task, the decision becomes one.
#[utoipa::path(post, path = "/api/lookbacks/{id}/decisions", tag = "lookback", params(("id" = String, Path)),
    request_body = DecideInput, responses((status = 200, body = LookbackView), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn decide(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<DecideInput>) -> Result<Json<LookbackView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_some() {
        drop(tx);
        return Ok(Json(view(&ctx, id).await?));
    }
    if input.decision.trim().is_empty() {
        return Err(Error::invalid("decision", "task_words_missing"));
    }
    let items = store::items(&tx, id).await?;
    let item = items.into_iter().find(|item| item.id == input.item_id).ok_or_else(|| Error::new("lookback_not_found"))?;
    if item.version != input.version {
        return Err(Error::new("version_conflict").with("version", item.version));
    }
    let mut task_id = item.task;
    if let Some(fields) = &input.task {
        let standing = match item.subject {
            LagSubject::Task(task) => Some(task::get(&tx, task).await?.task),
            LagSubject::Criterion(_) => None,
        };
        let mut task: Task = actions::from_fields(fields, ctx.moment);
        match (&standing, item.subject) {
            (Some(standing), _) => task.origin.criteria.extend(standing.origin.criteria.iter().copied()),
            (None, LagSubject::Criterion(criterion)) => {
                task.origin.criteria.insert(criterion);
            }
            (None, LagSubject::Task(_)) => {}
        }
        task.lead = task.lead.or(standing.as_ref().and_then(|standing| standing.lead));
        task.responsible = task.responsible.or(standing.as_ref().and_then(|standing| standing.responsible));
        if task.goal.is_empty() {
            task.goal = input.decision.trim().to_owned();
        }
        if task.title.trim().is_empty() {
            task.title = input.decision.trim().chars().take(40).collect();
        }
        task.class = fields.class.unwrap_or(Class::Special);
        let new = NewTask { task, origin_key: None, plan: MonthlyPlan::default() };
        task_id = actions::enter(&ctx, &mut tx, vec![new]).await?.first().map(|kept| kept.task.id);
    }
    let decided = LookbackItem {
        decision: Some(input.decision.trim().to_owned()),
        decided_at: Some(ctx.moment),
        decided_by: Some(ctx.name.clone()),
        task: task_id,
        version: item.version + 1,
        ..item
    };
    store::save_item(&tx, &decided).await?;
    tx.audit("lookback.decide", "lookback", &id.to_string(), &(&decided.decision, decided.task))?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(Json(view(&ctx, id).await?))
}
