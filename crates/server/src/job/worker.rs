//! The loop over the cities' queues.
//!
//! A queue is looked at when this process commits a change of its city, and every few seconds besides: another process
//! may have enqueued, a lease may have run out. Several jobs run at the same time, of any city; a panic in one is its
//! failure and nobody else's.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;
use yipanqi_domain::moment::Moment;
use yipanqi_store::job::{self, AfterFailure};
use yipanqi_store::{City, Slug, schedule};

use super::Failure;
use super::task::{LEASE_SECONDS, Task, lease_end};
use crate::app::App;
use crate::error::Error;

/// Runs that are begun before a job that fails with a passing trouble is given up.
const ATTEMPTS: i64 = 5;

/// The running workers of a process.
#[derive(Debug)]
pub struct Workers(Option<JoinHandle<()>>);

impl Workers {
    /// Waits until running jobs have ended after the application was shut down.
    pub async fn ended(self) {
        if let Some(handle) = self.0
            && let Err(error) = handle.await
        {
            tracing::error!(%error, "the worker loop failed");
        }
    }
}

/// Starts the loop, unless the configuration leaves jobs to another process.
#[must_use]
pub fn start(app: &App) -> Workers {
    let slots = app.config().workers;
    if slots == 0 {
        return Workers(None);
    }
    let app = app.clone();
    Workers(Some(tokio::spawn(async move {
        let free = Arc::new(Semaphore::new(slots));
        tokio::select! {
            () = sweep(&app, &free) => {}
            () = app.ending() => {}
        }
        let all = u32::try_from(slots).unwrap_or(u32::MAX);
        // Every slot is free again only when every run has ended.
        if free.acquire_many(all).await.is_err() {
            tracing::warn!("the slots of the workers were closed");
        }
    })))
}

async fn sweep(app: &App, free: &Arc<Semaphore>) {
    let owner = uuid::Uuid::new_v4().to_string();
    let woken = Arc::new(Notify::new());
    let mut listening = HashSet::new();
    loop {
        match app.store().cities().await {
            Ok(cities) => {
                for info in cities {
                    if let Err(error) = serve_city(app, &info.slug, &owner, free, &woken, &mut listening).await {
                        tracing::warn!(city = %info.slug, %error, "the queue could not be read");
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "the hub could not be read"),
        }
        let wait = Duration::from_secs(app.config().sweep_seconds.max(1));
        tokio::select! {
            () = woken.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn serve_city(
    app: &App,
    slug: &Slug,
    owner: &str,
    free: &Arc<Semaphore>,
    woken: &Arc<Notify>,
    listening: &mut HashSet<Slug>,
) -> Result<(), Error> {
    let city = app.store().city(slug).await?;
    if listening.insert(slug.clone()) {
        tokio::spawn(wake(city.commits(), Arc::clone(woken)));
    }
    crate::person::actions::deliver(app, &city).await?;
    begin_recurring(app, &city).await?;
    while let Some(task) = {
        let slot = Arc::clone(free).acquire_owned().await.map_err(Error::internal)?;
        take(app, &city, owner).await?.map(|task| (task, slot))
    } {
        let (app, woken) = (app.clone(), Arc::clone(woken));
        let (task, slot) = task;
        tokio::spawn(async move {
            run(&app, &task).await;
            drop(slot);
            woken.notify_one();
        });
    }
    Ok(())
}

/// Passes on that a city was changed; ends when the city is no longer open here, and the slow look takes over.
async fn wake(mut commits: tokio::sync::watch::Receiver<u64>, woken: Arc<Notify>) {
    while commits.changed().await.is_ok() {
        woken.notify_one();
    }
}

async fn take(app: &App, city: &City, owner: &str) -> Result<Option<Task>, Error> {
    let kinds: Vec<&str> = app.kinds().names().collect();
    let clock = app.clock();
    let lease = job::lease(city, &kinds, owner, clock.running(), lease_end(clock)).await?;
    Ok(lease.map(|lease| Task::new(city.clone(), clock.clone(), lease)))
}

/// Enqueues the recurring work of a city that is due; gives how many jobs.
///
/// # Errors
/// Those of the database.
pub async fn begin_recurring(app: &App, city: &City) -> Result<usize, Error> {
    let now = app.clock().running();
    Ok(schedule::begin_due(city, &app.kinds().recurring(now), now).await?)
}

/// Runs every job that is due in a city, one after the other, until none is left; what the tests and the demo use.
///
/// # Errors
/// Those of the database; a job's own failure is noted in the job.
pub async fn drain(app: &App, city: &City) -> Result<usize, Error> {
    let owner = uuid::Uuid::new_v4().to_string();
    let mut count = 0;
    while let Some(task) = take(app, city, &owner).await? {
        run(app, &task).await;
        count += 1;
    }
    Ok(count)
}

async fn run(app: &App, task: &Task) {
    let lease = task.lease();
    let (kind, attempt) = (lease.job.kind.as_str(), lease.job.attempts);
    tracing::info!(job = task.id(), kind, attempt, city = %task.city().slug(), "job begins");
    let ended = match app.kinds().get(kind) {
        Some(run) => {
            let mut running = tokio::spawn(run(app.clone(), task.clone()));
            loop {
                let renewal = tokio::time::sleep(Duration::from_secs(LEASE_SECONDS.unsigned_abs() / 3));
                tokio::select! {
                    joined = &mut running => break joined.unwrap_or_else(|error| Err(Failure::Dead(Error::internal(error)))),
                    () = renewal => {
                        if let Err(error) = task.renew().await {
                            tracing::warn!(job = task.id(), %error, "the lease could not be renewed");
                        }
                    }
                }
            }
        }
        None => Err(Failure::Dead(Error::new("job_kind_unknown").with("kind", kind))),
    };
    if let Err(error) = note(app, task, ended).await {
        tracing::warn!(job = task.id(), %error, "the end of the job could not be noted; it will be run again");
    }
}

async fn note(app: &App, task: &Task, ended: Result<serde_json::Value, Failure>) -> Result<(), Error> {
    let lease = task.lease();
    let mut tx = task.write().await?;
    match ended {
        Ok(message) => job::finish(&mut tx, lease, &message).await?,
        Err(Failure::Cancelled) => job::cancelled(&mut tx, lease).await?,
        Err(Failure::Retry(error)) if lease.job.attempts < ATTEMPTS => {
            tracing::warn!(job = task.id(), %error, "job failed and is tried again");
            let at = AfterFailure::RetryAt(next_try(app, lease.job.attempts));
            job::fail(&mut tx, lease, &described(&error), at).await?;
        }
        Err(Failure::Retry(error) | Failure::Dead(error)) => {
            tracing::error!(job = task.id(), %error, "job failed");
            job::fail(&mut tx, lease, &described(&error), AfterFailure::GiveUp).await?;
        }
    }
    Ok(tx.commit().await?)
}

/// 10 s, 40 s, 2 min 40 s, 10 min 40 s after the first four failures.
fn next_try(app: &App, attempts: i64) -> Moment {
    let exponent = u32::try_from(attempts.clamp(1, 8) - 1).unwrap_or(0);
    Moment::new(app.clock().running().utc() + TimeDelta::seconds(10 * 4_i64.pow(exponent)))
}

fn described(error: &Error) -> serde_json::Value {
    json!({ "code": error.code(), "params": error.data() })
}
