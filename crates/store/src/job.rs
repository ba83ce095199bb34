//! The queue of a room: work enqueued with a change, leased to one worker at a time, resumed after a crash.
//!
//! A worker holds a [`Lease`] until a moment; every step it commits with [`progress`] moves that moment. A lease that ran
//! out is taken over by the next worker, and the first one's next step fails with `lease_lost`, so nothing is done twice.
//! Steps run in the worker's own [`WriteTx`]: what a step changed and how far it is are committed together.

use sea_orm::sea_query::{Cond, LockBehavior, LockType};
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::Value;
use yipanqi_domain::id::PersonId;
use yipanqi_domain::moment::Moment;

use crate::city::City;
use crate::entity::job;
use crate::error::StoreError;
use crate::tx::{ReadTx, from_id, from_json, from_moment};
use crate::write::{Author, WriteTx};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Not begun, or to be tried again.
    Waiting,
    /// Leased to a worker.
    Running,
    /// Finished.
    Done,
    /// Given up.
    Failed,
    /// Stopped on request.
    Cancelled,
}

impl JobState {
    fn stored(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A job as pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Which worker takes it.
    pub kind: String,
    /// What the worker needs.
    pub payload: Value,
    /// Where it stands.
    pub state: JobState,
    /// How often it was begun.
    pub attempts: i64,
    /// Not before this moment.
    pub run_at: Moment,
    /// Steps done.
    pub done: i64,
    /// Steps in all; 0 while unknown.
    pub total: i64,
    /// What the worker says.
    pub message: Option<Value>,
    /// Why it failed.
    pub error: Option<Value>,
    /// When it was enqueued.
    pub created_at: Moment,
    /// By whom.
    pub created_by: Option<PersonId>,
    /// Somebody asked to stop it.
    pub cancel_requested: bool,
}

/// The right of one worker to run one job until a moment.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The job as it was when leased; `done` tells where to resume.
    pub job: Job,
    owner: String,
}

/// What the worker is to do after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    Continue,
    /// Stop, and call [`cancelled`].
    Cancel,
}

/// What becomes of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// It is tried again, not before this moment.
    RetryAt(Moment),
    /// It stays failed.
    GiveUp,
}

/// Leases the next job of one of these kinds that is due, or whose worker let its lease run out.
///
/// `owner` names the worker and must be unique among all running workers.
///
/// # Errors
/// If the database fails.
pub async fn lease(city: &City, kinds: &[&str], owner: &str, now: Moment, until: Moment) -> Result<Option<Lease>, StoreError> {
    if peek(city, kinds, now).await?.is_none() {
        return Ok(None);
    }
    let tx = city.write(Author { person: None, name: owner.to_owned() }, now).await?;
    let found = due(kinds, now).lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).one(tx.db()).await?;
    let Some(mut row) = found else { return Ok(None) };
    row.attempts += 1;
    row.state = JobState::Running.stored().to_owned();
    let change = job::ActiveModel {
        id: Set(row.id.clone()),
        state: Set(row.state.clone()),
        attempts: Set(row.attempts),
        lease_until: Set(Some(until.stored())),
        lease_owner: Set(Some(lease_name(owner, row.attempts))),
        ..Default::default()
    };
    change.update(tx.db()).await?;
    tx.commit().await?;
    let owner = lease_name(owner, row.attempts);
    Ok(Some(Lease { job: read(row)?, owner }))
}

/// An idle queue is only read: polling workers must not queue up behind the writers of a city.
async fn peek(city: &City, kinds: &[&str], now: Moment) -> Result<Option<job::Model>, StoreError> {
    let tx = city.read().await?;
    Ok(due(kinds, now).one(tx.db()).await?)
}

fn due(kinds: &[&str], now: Moment) -> sea_orm::Select<job::Entity> {
    let waiting = Cond::all().add(job::Column::State.eq(JobState::Waiting.stored())).add(job::Column::RunAt.lte(now.stored()));
    let abandoned =
        Cond::all().add(job::Column::State.eq(JobState::Running.stored())).add(job::Column::LeaseUntil.lt(now.stored()));
    job::Entity::find()
        .filter(job::Column::Kind.is_in(kinds.iter().copied()))
        .filter(Cond::any().add(waiting).add(abandoned))
        .order_by_asc(job::Column::RunAt)
        .order_by_asc(job::Column::Id)
        .limit(1)
}

/// The attempt belongs to the name: a worker that lost its lease and leases again must not be taken for the first one.
fn lease_name(owner: &str, attempt: i64) -> String {
    format!("{owner}#{attempt}")
}

/// Notes how far the job is, with the step's changes in the same transaction, and moves the end of the lease.
///
/// # Errors
/// `lease_lost` if another worker has it; drop the transaction then.
pub async fn progress(
    tx: &mut WriteTx,
    lease: &Lease,
    done: i64,
    total: i64,
    message: &Value,
    until: Moment,
) -> Result<Next, StoreError> {
    let row = held(tx, lease).await?;
    let change = job::ActiveModel {
        id: Set(row.id),
        done: Set(done),
        total: Set(total),
        message: Set(Some(message.to_string())),
        lease_until: Set(Some(until.stored())),
        ..Default::default()
    };
    change.update(tx.db()).await?;
    tx.event("job_progressed", &lease.job.id, &[])?;
    Ok(if row.cancel_requested { Next::Cancel } else { Next::Continue })
}

/// The job is done.
///
/// # Errors
/// `lease_lost` if another worker has it.
pub async fn finish(tx: &mut WriteTx, lease: &Lease, message: &Value) -> Result<(), StoreError> {
    let change = job::ActiveModel {
        state: Set(JobState::Done.stored().to_owned()),
        message: Set(Some(message.to_string())),
        error: Set(None),
        ..Default::default()
    };
    end(tx, lease, change).await
}

/// The job failed, with a code and parameters that say why.
///
/// # Errors
/// `lease_lost` if another worker has it.
pub async fn fail(tx: &mut WriteTx, lease: &Lease, error: &Value, then: AfterFailure) -> Result<(), StoreError> {
    let mut change = job::ActiveModel { error: Set(Some(error.to_string())), ..Default::default() };
    match then {
        AfterFailure::RetryAt(at) => {
            change.state = Set(JobState::Waiting.stored().to_owned());
            change.run_at = Set(at.stored());
        }
        AfterFailure::GiveUp => change.state = Set(JobState::Failed.stored().to_owned()),
    }
    end(tx, lease, change).await
}

/// The worker stopped, as it was asked to.
///
/// # Errors
/// `lease_lost` if another worker has it.
pub async fn cancelled(tx: &mut WriteTx, lease: &Lease) -> Result<(), StoreError> {
    let change = job::ActiveModel { state: Set(JobState::Cancelled.stored().to_owned()), ..Default::default() };
    end(tx, lease, change).await
}

/// Asks for a job to be stopped: a waiting one is at once, a running one after its current step, an ended one stays.
///
/// # Errors
/// `not_found` if there is no such job.
pub async fn request_cancel(tx: &mut WriteTx, id: &str) -> Result<JobState, StoreError> {
    let row = job::Entity::find_by_id(id).lock_exclusive().one(tx.db()).await?;
    let before = read(row.ok_or_else(|| missing(id))?)?.state;
    let mut change = job::ActiveModel { id: Set(id.to_owned()), cancel_requested: Set(true), ..Default::default() };
    let after = match before {
        JobState::Waiting => JobState::Cancelled,
        JobState::Running => JobState::Running,
        JobState::Done | JobState::Failed | JobState::Cancelled => return Ok(before),
    };
    change.state = Set(after.stored().to_owned());
    change.update(tx.db()).await?;
    tx.audit("job_cancel_requested", "job", id, &serde_json::json!({}))?;
    tx.event("job_progressed", id, &[])?;
    Ok(after)
}

/// One job.
///
/// # Errors
/// `not_found` if there is none with this id.
pub async fn find(tx: &ReadTx, id: &str) -> Result<Job, StoreError> {
    read(job::Entity::find_by_id(id).one(tx.db()).await?.ok_or_else(|| missing(id))?)
}

/// A part of the jobs, the newest first, of these states and kinds or of all, and how many there are.
///
/// # Errors
/// If the database fails.
pub async fn list(
    tx: &ReadTx,
    states: &[JobState],
    kinds: &[String],
    offset: u64,
    limit: u64,
) -> Result<(Vec<Job>, u64), StoreError> {
    let chosen = Condition::all()
        .add_option((!states.is_empty()).then(|| job::Column::State.is_in(states.iter().map(|state| state.stored()))))
        .add_option((!kinds.is_empty()).then(|| job::Column::Kind.is_in(kinds)));
    let find = job::Entity::find().filter(chosen);
    let total = PaginatorTrait::count(find.clone(), tx.db()).await?;
    let rows = find.order_by_desc(job::Column::Id).offset(offset).limit(limit).all(tx.db()).await?;
    Ok((rows.into_iter().map(read).collect::<Result<_, _>>()?, total))
}

/// How many jobs wait or run.
///
/// # Errors
/// If the database fails.
pub async fn unfinished(tx: &ReadTx) -> Result<u64, StoreError> {
    let open = [JobState::Waiting.stored(), JobState::Running.stored()];
    Ok(sea_orm::PaginatorTrait::count(job::Entity::find().filter(job::Column::State.is_in(open)), tx.db()).await?)
}

async fn end(tx: &mut WriteTx, lease: &Lease, mut change: job::ActiveModel) -> Result<(), StoreError> {
    change.id = Set(held(tx, lease).await?.id);
    change.lease_until = Set(None);
    change.lease_owner = Set(None);
    change.update(tx.db()).await?;
    tx.event("job_progressed", &lease.job.id, &[])
}

async fn held(tx: &WriteTx, lease: &Lease) -> Result<job::Model, StoreError> {
    let row = job::Entity::find_by_id(&lease.job.id).lock_exclusive().one(tx.db()).await?;
    match row {
        Some(row) if row.lease_owner.as_ref() == Some(&lease.owner) => Ok(row),
        Some(_) | None => Err(StoreError::LeaseLost(lease.job.id.clone())),
    }
}

fn missing(id: &str) -> StoreError {
    StoreError::NotFound { kind: "job", id: id.to_owned() }
}

fn read(row: job::Model) -> Result<Job, StoreError> {
    let states = [JobState::Waiting, JobState::Running, JobState::Done, JobState::Failed, JobState::Cancelled];
    let state = states.into_iter().find(|state| state.stored() == row.state);
    Ok(Job {
        payload: from_json("payload", &row.payload)?,
        state: state.ok_or(StoreError::Stored { what: "job state", text: row.state })?,
        attempts: row.attempts,
        run_at: from_moment(&row.run_at)?,
        done: row.done,
        total: row.total,
        message: row.message.map(|text| from_json("message", &text)).transpose()?,
        error: row.error.map(|text| from_json("error", &text)).transpose()?,
        created_at: from_moment(&row.created_at)?,
        created_by: row.created_by.map(|id| from_id(&id)).transpose()?,
        cancel_requested: row.cancel_requested,
        id: row.id,
        kind: row.kind,
    })
}
