//! Rhythms 周调度、月部署、季通报、年考核；月检查、季考察: each creates its task once in every period.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::access::Right;
use yipanqi_domain::id::{CommandId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::task::quantity::MonthlyPlan;
use yipanqi_domain::task::rhythm::{Every, Period};
use yipanqi_domain::task::{Class, PlanFault, Task};
use yipanqi_store::task::{self as store, Rhythm, RhythmKind};
use yipanqi_store::{WriteTx, calendar, unit};

use super::actions::{self, NewTask, broken};
use super::views::Names;
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::job::{self, Failure};
use crate::request::{CityCtx, Json};
use crate::session::UnitRef;

/// The kind of job that drafts by itself what the rhythms bring.
pub const JOB: &str = "rhythms";

/// Each day before work begins.
#[must_use]
pub fn every() -> job::Every {
    job::Every::Day(NaiveTime::MIN + TimeDelta::hours(5))
}

/// A rhythm as a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct RhythmRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[schema(value_type = String)]
    pub kind: RhythmKind,
    /// How often.
    #[schema(value_type = String)]
    pub every: Every,
    /// On which working day of the period it is due.
    pub working_day: u32,
    /// The unit that does it.
    pub lead: Option<UnitRef>,
    /// What is to be done each time.
    pub words: String,
    /// Whether it goes on.
    pub active: bool,
    /// When it brings its next task by itself; none: it does not go on.
    pub next: Option<NextBeat>,
    /// Given back with a change; 0: one that the product proposes.
    pub version: i64,
}

/// The next task that a rhythm brings.
#[derive(Debug, Serialize, ToSchema)]
pub struct NextBeat {
    /// The period: `2026-W10`, `2026-03`, `2026-Q1`, `2026`.
    pub period: String,
    /// When it is drafted by itself.
    #[schema(value_type = String, format = DateTime)]
    pub comes_at: Moment,
    /// When the task is due; none: the calendar of that year has not been entered.
    pub due_on: Option<NaiveDate>,
}

/// A rhythm to be added or changed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RhythmInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which; none for a new one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Option<Uuid>,
    /// The version the page has seen; 0 for a new one.
    #[serde(default)]
    pub version: i64,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[schema(value_type = String)]
    pub kind: RhythmKind,
    /// How often.
    #[schema(value_type = String)]
    pub every: Every,
    /// On which working day of the period it is due, from 1.
    pub working_day: u32,
    /// The unit that does it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub lead_id: Option<UnitId>,
    /// What is to be done each time.
    #[serde(default)]
    pub words: String,
    /// Whether it goes on.
    pub active: bool,
}

/// How many tasks came back.
#[derive(Debug, Serialize, ToSchema)]
pub struct Beaten {
    /// Tasks drafted now.
    pub drafted: u64,
}

/// The rhythms that a city usually keeps; proposed until it decides.
fn usual() -> [(&'static str, RhythmKind, Every, u32, &'static str); 6] {
    [
        ("周调度", RhythmKind::Dispatch, Every::Week, 5, "听取本周进展，研究堵点，明确下周重点。"),
        ("月部署", RhythmKind::Deploy, Every::Month, 3, "总结上月，部署本月任务。"),
        ("季通报", RhythmKind::Bulletin, Every::Quarter, 5, "通报上季度任务、问题和排名。"),
        ("年考核", RhythmKind::Appraise, Every::Year, 10, "按办法考核上一年度。"),
        ("月检查", RhythmKind::Inspect, Every::Month, 15, "对任务和点位组织检查。"),
        ("季考察", RhythmKind::Examine, Every::Quarter, 40, "组织实地考察。"),
    ]
}

async fn rows(ctx: &CityCtx) -> Result<Vec<RhythmRow>, Error> {
    let tx = ctx.read().await?;
    let names = Names::load(&tx).await?;
    let kept = store::rhythms(&tx).await?;
    let calendar = calendar::load(&tx).await?;
    let coming = every().after(ctx.moment);
    let first = |rhythm: &Rhythm| rhythm.every.period(calendar.local(coming).date_naive());
    let keys: Vec<String> = kept.iter().filter_map(|rhythm| Some(key(rhythm, &first(rhythm)?))).collect();
    let known = store::known_origins(&tx, &keys).await?;
    let next = |rhythm: &Rhythm| -> Option<NextBeat> {
        let period = first(rhythm).filter(|_| rhythm.active)?;
        let brought = known.contains(&key(rhythm, &period));
        let period = if brought { rhythm.every.period(period.to.succ_opt()?)? } else { period };
        let begins = calendar.moment(period.from, NaiveTime::MIN);
        let comes_at = if brought { every().after(begins) } else { coming };
        let due_on = period.working_day(&calendar, rhythm.working_day).ok();
        Some(NextBeat { comes_at, due_on, period: period.key })
    };
    let mut rows: Vec<RhythmRow> = kept
        .into_iter()
        .map(|rhythm| RhythmRow {
            next: next(&rhythm),
            id: rhythm.id,
            lead: names.unit(rhythm.lead),
            name: rhythm.name,
            kind: rhythm.kind,
            every: rhythm.every,
            working_day: rhythm.working_day,
            words: rhythm.words,
            active: rhythm.active,
            version: rhythm.version,
        })
        .collect();
    for (name, kind, every, working_day, words) in usual() {
        if !rows.iter().any(|row| row.name == name) {
            rows.push(RhythmRow {
                id: Uuid::nil(),
                name: name.to_owned(),
                kind,
                every,
                working_day,
                lead: None,
                words: words.to_owned(),
                active: false,
                next: None,
                version: 0,
            });
        }
    }
    rows.sort_by_key(|row| row.every);
    Ok(rows)
}

/// The rhythms that are kept, and the usual ones that are not yet.
#[utoipa::path(get, path = "/api/rhythms", tag = "task", responses((status = 200, body = Vec<RhythmRow>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<RhythmRow>>, Error> {
    Ok(Json(rows(&ctx).await?))
}

/// Add or change a rhythm.
#[utoipa::path(put, path = "/api/rhythms", tag = "task", request_body = RhythmInput,
    responses((status = 200, body = Vec<RhythmRow>), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn save(ctx: CityCtx, Json(input): Json<RhythmInput>) -> Result<Json<Vec<RhythmRow>>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        if input.name.trim().is_empty() {
            return Err(Error::invalid("name", "task_title_missing"));
        }
        let directory = unit::directory(&tx).await?;
        if input.lead_id.is_none_or(|unit| directory.get(unit).is_none()) {
            return Err(Error::invalid("lead_id", "unit_not_found"));
        }
        let fresh = input.id.is_none_or(|id| id.is_nil());
        let saved = Rhythm {
            id: input.id.filter(|id| !id.is_nil()).unwrap_or_else(Uuid::now_v7),
            name: input.name.trim().to_owned(),
            kind: input.kind,
            every: input.every,
            working_day: input.working_day.clamp(1, 260),
            lead: input.lead_id,
            words: input.words.trim().to_owned(),
            active: input.active,
            version: if fresh { 0 } else { input.version },
        };
        store::save_rhythm(&tx, &saved).await?;
        tx.audit("rhythm.save", "rhythm", &saved.id.to_string(), &saved)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    Ok(Json(rows(&ctx).await?))
}

/// What a task that a rhythm brings in a period is generated from: once.
fn key(rhythm: &Rhythm, period: &Period) -> String {
    format!("rhythm/{}/{}", rhythm.id, period.key)
}

/// Drafts what the rhythms bring in the current period and have not brought yet; gives how many, and the rhythms whose period
/// cannot be laid on the calendar.
async fn bring(ctx: &CityCtx, tx: &mut WriteTx) -> Result<(u64, Vec<(String, PlanFault)>), Error> {
    let rhythms = store::hold_rhythms(tx).await?;
    let calendar = calendar::load(tx).await?;
    let directory = unit::directory(tx).await?;
    let today = ctx.today();
    let (mut new, mut faults) = (Vec::new(), Vec::new());
    for rhythm in rhythms.into_iter().filter(|rhythm| rhythm.active) {
        let Some(period) = rhythm.every.period(today) else { continue };
        let due = match period.working_day(&calendar, rhythm.working_day) {
            Ok(due) => due,
            Err(fault) => {
                faults.push((rhythm.name, fault));
                continue;
            }
        };
        let origin = key(&rhythm, &period);
        let lead = rhythm.lead.and_then(|lead| directory.get(lead));
        new.push(NewTask {
            task: Task {
                goal: rhythm.words.clone(),
                lead: rhythm.lead,
                responsible: lead.and_then(|unit| unit.officer.or(unit.liaison).or(unit.head)),
                start_on: Some(period.from),
                due_on: Some(due),
                ..actions::blank(format!("{} {}", rhythm.name, period.key), Class::Own, ctx.moment)
            },
            origin_key: Some(origin),
            plan: MonthlyPlan::default(),
        });
    }
    let keys: Vec<String> = new.iter().filter_map(|new| new.origin_key.clone()).collect();
    let known = store::known_origins(tx, &keys).await?;
    new.retain(|new| new.origin_key.as_ref().is_none_or(|key| !known.contains(key)));
    let drafted = new.len() as u64;
    actions::enter(ctx, tx, new).await?;
    Ok((drafted, faults))
}

/// Drafts what the rhythms bring in the current period and have not brought yet.
///
/// # Errors
/// `calendar_year_missing` (then nothing is drafted), the rules' refusals, or the store's.
pub async fn beat(ctx: &CityCtx) -> Result<u64, Error> {
    let mut tx = ctx.write().await?;
    let (drafted, faults) = bring(ctx, &mut tx).await?;
    if let Some((_, fault)) = faults.into_iter().next() {
        return Err(broken(fault));
    }
    tx.commit().await?;
    Ok(drafted)
}

/// The same as a job, in the name of the office: what can be drafted is, and a year that is missing fails the job by name.
///
/// # Errors
/// `calendar_year_missing` after the others were drafted, the rules' refusals, or the store's.
pub async fn run(_: App, task: job::Task) -> Result<Value, Failure> {
    let ctx = CityCtx::of_office(task.city(), &task.author(), task.now(), Right::ManageTask).await?;
    let mut tx = task.write().await?;
    let (drafted, faults) = bring(&ctx, &mut tx).await?;
    tx.commit().await.map_err(Error::from)?;
    match faults.into_iter().next() {
        Some((rhythm, fault)) => Err(broken(fault).with("rhythm", rhythm).into()),
        None => Ok(json!({ "drafted": drafted })),
    }
}

/// Draft what the rhythms bring in this period; a second time nothing comes.
#[utoipa::path(post, path = "/api/rhythms/sweep", tag = "task",
    responses((status = 200, body = Beaten), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn sweep(ctx: CityCtx) -> Result<Json<Beaten>, Error> {
    Ok(Json(Beaten { drafted: beat(&ctx).await? }))
}
