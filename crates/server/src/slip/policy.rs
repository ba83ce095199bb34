//! Versions of the ladder: written, rehearsed on the past, taken back until they hold.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::id::CommandId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::rates::Period;
use yipanqi_domain::slip::{DatedPolicy, Policy, Rehearsed, SlipColour, StepKind, rehearse};
use yipanqi_store::ladder::{self as store, KeptPolicy};
use yipanqi_store::problem::{ProblemFilter, ProblemSort, ProblemSortKey};
use yipanqi_store::site::SortOrder;
use yipanqi_store::{NewJob, problem, unit};

use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::job::{Failure, Task};
use crate::problem::Rules;
use crate::request::{CityCtx, Json, Path};

/// The versions that the product ships as a beginning.
const SAMPLES: [&str; 2] = [
    include_str!("../../../../catalogues/policies/ladder-3-days.json"),
    include_str!("../../../../catalogues/policies/ladder-5-days.json"),
];
/// Problems whose histories are walked in one go.
const BATCH: usize = 500;

/// A version of the ladder.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyView {
    /// Identity; none of a sample.
    #[schema(value_type = Option<String>)]
    pub id: Option<Uuid>,
    /// The first day on which it holds; none of a sample.
    pub valid_from: Option<NaiveDate>,
    /// What it is called.
    pub name: String,
    /// The ladder.
    #[schema(value_type = Object)]
    pub policy: Policy,
    /// Whether it holds today.
    pub in_force: bool,
    /// Whether it may still be changed: it has never held.
    pub open: bool,
    /// When it was written.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Moment>,
    /// By whom.
    pub created_by: String,
    /// Given back with a change.
    pub version: i64,
}

/// The versions of the ladder, and the samples to begin with.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyList {
    /// The city's versions, the one that takes effect last first.
    pub items: Vec<PolicyView>,
    /// What may be taken as a beginning.
    pub samples: Vec<PolicyView>,
}

#[derive(Deserialize)]
struct Sample {
    name: String,
    policy: Policy,
}

fn samples() -> Result<Vec<PolicyView>, Error> {
    let view = |text: &&str| {
        let Sample { name, policy } = serde_json::from_str(text).map_err(Error::internal)?;
        let (id, valid_from, created_at) = (None, None, None);
        Ok(PolicyView {
            id,
            valid_from,
            name,
            policy,
            in_force: false,
            open: false,
            created_at,
            created_by: String::new(),
            version: 0,
        })
    };
    SAMPLES.iter().map(view).collect()
}

/// Versions of the ladder.
#[utoipa::path(get, path = "/api/slip-policies", tag = "slip", responses((status = 200, body = PolicyList)))]
pub async fn list(ctx: CityCtx) -> Result<Json<PolicyList>, Error> {
    let kept = store::policies(&ctx.read().await?).await?;
    let today = ctx.today();
    let held = kept.iter().map(|kept| kept.dated.valid_from).filter(|from| *from <= today).max();
    let items = kept.into_iter().map(|kept| PolicyView {
        id: Some(kept.id),
        in_force: Some(kept.dated.valid_from) == held,
        open: kept.dated.valid_from > today,
        valid_from: Some(kept.dated.valid_from),
        name: kept.dated.name,
        policy: kept.dated.policy,
        created_at: Some(kept.created_at),
        created_by: kept.created_by,
        version: kept.version,
    });
    Ok(Json(PolicyList { items: items.collect(), samples: samples()? }))
}

/// A version to be written.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PolicyInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen; none for a new one.
    #[serde(default)]
    pub version: Option<i64>,
    /// The first day on which it holds: after today, or today for the city's first.
    pub valid_from: NaiveDate,
    /// What it is called.
    pub name: String,
    /// The ladder.
    #[schema(value_type = Object)]
    pub policy: Policy,
}

impl PolicyInput {
    fn dated(&self) -> Result<DatedPolicy, Error> {
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 60 {
            return Err(Error::invalid("name", "ladder_name"));
        }
        self.policy.check()?;
        Ok(DatedPolicy { valid_from: self.valid_from, name, policy: self.policy.clone() })
    }
}

impl From<yipanqi_domain::slip::PolicyFault> for Error {
    fn from(fault: yipanqi_domain::slip::PolicyFault) -> Self {
        Self::coded(fault.code(), &fault, &fault)
    }
}

/// Write a version of the ladder.
#[utoipa::path(post, path = "/api/slip-policies", tag = "slip", request_body = PolicyInput,
    responses((status = 200, body = PolicyList), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn create(ctx: CityCtx, Json(input): Json<PolicyInput>) -> Result<Json<PolicyList>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        let dated = input.dated()?;
        let known = store::policies(&tx).await?;
        // Nothing that has held is rewritten: only the first version of all may hold from today or before.
        let late = dated.valid_from <= ctx.today() && known.iter().any(|kept| kept.dated.valid_from <= ctx.today());
        if late {
            return Err(Error::invalid("valid_from", "ladder_day_past"));
        }
        let kept = KeptPolicy { id: Uuid::now_v7(), dated, created_at: ctx.moment, created_by: ctx.name.clone(), version: 1 };
        store::add(&tx, &kept).await?;
        tx.audit("slip_policy.create", "slip_policy", &kept.id.to_string(), &kept.dated)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    list(ctx).await
}

async fn open(ctx: &CityCtx, tx: &yipanqi_store::ReadTx, id: Uuid) -> Result<KeptPolicy, Error> {
    let known = store::policies(tx).await?;
    let kept = known.into_iter().find(|kept| kept.id == id).ok_or_else(|| Error::new("ladder_not_found"))?;
    if kept.dated.valid_from <= ctx.today() {
        return Err(Error::new("ladder_in_force"));
    }
    Ok(kept)
}

/// Change a version that has never held.
#[utoipa::path(put, path = "/api/slip-policies/{id}", tag = "slip", params(("id" = String, Path)), request_body = PolicyInput,
    responses((status = 200, body = PolicyList), (status = 404, body = FailureBody), (status = 409, body = FailureBody),
    (status = 422, body = FailureBody)))]
pub async fn change(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<PolicyInput>) -> Result<Json<PolicyList>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let mut kept = open(&ctx, &tx, id).await?;
        kept.dated = input.dated()?;
        if kept.dated.valid_from <= ctx.today() {
            return Err(Error::invalid("valid_from", "ladder_day_past"));
        }
        let read_version = input.version.unwrap_or(kept.version);
        kept.version = read_version + 1;
        store::save(&tx, &kept, read_version).await?;
        tx.audit("slip_policy.change", "slip_policy", &id.to_string(), &kept.dated)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    list(ctx).await
}

/// Which version to take back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PolicyRemoval {
    /// Made by the client.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: i64,
}

/// Take back a version that has never held.
#[utoipa::path(post, path = "/api/slip-policies/{id}/remove", tag = "slip", params(("id" = String, Path)),
    request_body = PolicyRemoval,
    responses((status = 200, body = PolicyList), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn remove(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<PolicyRemoval>) -> Result<Json<PolicyList>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let kept = open(&ctx, &tx, id).await?;
        store::remove(&tx, id, input.version).await?;
        tx.audit("slip_policy.remove", "slip_policy", &id.to_string(), &kept.dated)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    list(ctx).await
}

/// A ladder to be tried on the past.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RehearsalInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The ladder.
    #[schema(value_type = Object)]
    pub policy: Policy,
    /// The first day; a year ago unless said.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day; yesterday unless said.
    #[serde(default)]
    pub to: Option<NaiveDate>,
}

/// A job that was begun.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RehearsalBegun {
    /// Its identity; its message becomes the result.
    pub job_id: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    policy: Policy,
    from: NaiveDate,
    to: NaiveDate,
}

/// Try a ladder on the past; nothing is written but the result of the job.
#[utoipa::path(post, path = "/api/slip-policies/rehearse", tag = "slip", request_body = RehearsalInput,
    responses((status = 200, body = RehearsalBegun), (status = 422, body = FailureBody)))]
pub async fn try_out(ctx: CityCtx, Json(input): Json<RehearsalInput>) -> Result<Json<RehearsalBegun>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<RehearsalBegun>(&mut tx, input.command_id, &input).await? {
        return Ok(Json(done));
    }
    input.policy.check()?;
    let to = input.to.unwrap_or_else(|| ctx.today() - Days::new(1));
    let from = input.from.unwrap_or_else(|| to - Days::new(364));
    if from > to {
        return Err(Error::invalid("to", "period_backwards"));
    }
    let payload = serde_json::to_value(Asked { policy: input.policy.clone(), from, to }).map_err(Error::internal)?;
    let job = NewJob { kind: "ladder_rehearsal".to_owned(), payload, run_at: ctx.moment };
    let begun = RehearsalBegun { job_id: tx.enqueue(job).await? };
    ctx.answer_once(&mut tx, input.command_id, &begun).await?;
    tx.commit().await?;
    Ok(Json(begun))
}

/// Runs a rehearsal; the job's message is its result.
///
/// # Errors
/// `calendar_year_missing`, or the store's.
pub async fn run(_: App, task: Task) -> Result<Value, Failure> {
    let Asked { policy, from, to } = task.payload()?;
    let tx = task.city().read().await.map_err(Error::from)?;
    let rules = Rules::load(&tx, task.now()).await?;
    let period = Period {
        from: rules.calendar.moment(from, NaiveTime::MIN),
        to: rules.calendar.moment(to + Days::new(1), NaiveTime::MIN),
    };
    let sort = ProblemSort { key: ProblemSortKey::Number, order: SortOrder::Ascending };
    let all = problem::ids(&tx, &ProblemFilter::default(), sort).await.map_err(Error::from)?;
    let names = unit::directory(&tx).await.map_err(Error::from)?;
    drop(tx);
    let reached = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let (mut sums, mut done) = (Sums::default(), 0);
    for ids in all.chunks(BATCH) {
        let tx = task.city().read().await.map_err(Error::from)?;
        let kept = problem::get_all(&tx, ids).await.map_err(Error::from)?;
        let histories = problem::histories(&tx, ids).await.map_err(Error::from)?;
        drop(tx);
        for kept in &kept {
            let Some(history) = histories.get(&kept.problem.id) else { continue };
            let steps = rehearse(history, kept.facts.rebounds, &policy, &rules.calendar, period).map_err(Error::from)?;
            sums.add(&steps, &rules);
        }
        done += ids.len();
        task.report(reached(done), reached(all.len()), Value::Null).await?;
    }
    Ok(sums.told(&names, from, to))
}

#[derive(Default)]
struct Sums {
    problems: u64,
    steps: BTreeMap<String, u64>,
    colours: BTreeMap<SlipColour, u64>,
    units: BTreeMap<yipanqi_domain::id::UnitId, u64>,
    months: BTreeMap<String, u64>,
}

impl Sums {
    fn add(&mut self, steps: &[Rehearsed], rules: &Rules) {
        self.problems += u64::from(!steps.is_empty());
        for step in steps {
            *self.steps.entry(step.occasion.step.clone()).or_default() += 1;
            if let StepKind::Slip { colour, .. } = step.kind {
                *self.colours.entry(colour).or_default() += 1;
                *self.months.entry(rules.calendar.local(step.at).format("%Y-%m").to_string()).or_default() += 1;
                if let Some(unit) = step.unit {
                    *self.units.entry(unit).or_default() += 1;
                }
            }
        }
    }

    fn told(self, names: &unit::Directory, from: NaiveDate, to: NaiveDate) -> Value {
        let mut units: Vec<(String, u64)> = self
            .units
            .into_iter()
            .map(|(id, count)| (names.get(id).map(|unit| unit.name.clone()).unwrap_or_default(), count))
            .collect();
        units.sort_by(|(one, fewer), (other, more)| more.cmp(fewer).then_with(|| one.cmp(other)));
        json!({
            "from": from, "to": to, "problems": self.problems, "steps": self.steps, "colours": self.colours,
            "months": self.months, "units": units.into_iter().take(20).collect::<Vec<_>>(),
        })
    }
}
