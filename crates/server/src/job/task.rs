//! What a running job knows of itself, and how it says how far it is.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use serde_json::Value;
use yipanqi_domain::moment::Moment;
use yipanqi_store::job::{self, Lease, Next};
use yipanqi_store::{Author, City, StoreError, WriteTx};

use super::Failure;
use crate::clock::Clock;
use crate::error::Error;

/// Seconds a lease lasts; it is renewed at a third of that.
pub(super) const LEASE_SECONDS: i64 = 60;

/// A job that this process holds the lease of; cheap to clone.
#[derive(Debug, Clone)]
pub struct Task(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    city: City,
    clock: Clock,
    lease: Lease,
    reached: Mutex<(i64, i64, Value)>,
}

impl Task {
    pub(super) fn new(city: City, clock: Clock, lease: Lease) -> Self {
        let job = &lease.job;
        let reached = Mutex::new((job.done, job.total, job.message.clone().unwrap_or(Value::Null)));
        Self(Arc::new(Inner { city, clock, lease, reached }))
    }

    /// The job's identity.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.lease.job.id
    }

    /// What was asked when it was enqueued.
    ///
    /// # Errors
    /// Dead: the payload is not of this kind.
    pub fn payload<T: serde::de::DeserializeOwned>(&self) -> Result<T, Failure> {
        let payload = self.0.lease.job.payload.clone();
        serde_json::from_value(payload).map_err(|error| Failure::Dead(Error::internal(error)))
    }

    /// Steps that an earlier run had committed: where to resume.
    #[must_use]
    pub fn done(&self) -> i64 {
        self.0.lease.job.done
    }

    /// The city it belongs to.
    #[must_use]
    pub fn city(&self) -> &City {
        &self.0.city
    }

    /// The business moment now.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// In whose name it changes things: of the person who asked for it, if any.
    #[must_use]
    pub fn author(&self) -> Author {
        Author { person: self.0.lease.job.created_by, name: format!("job:{}", self.0.lease.job.kind) }
    }

    /// A transaction for the next step.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write(&self) -> Result<WriteTx, Error> {
        Ok(self.0.city.write(self.author(), self.now()).await?)
    }

    /// Commits a step together with how far the job is, renews the lease, and stops the job if somebody asked for it.
    ///
    /// # Errors
    /// [`Failure::Cancelled`] after the step was committed; a lost lease, and then the step is not committed.
    pub async fn commit(&self, mut tx: WriteTx, done: i64, total: i64, message: Value) -> Result<(), Failure> {
        let next = self.progress(&mut tx, done, total, &message).await.map_err(Error::from)?;
        tx.commit().await.map_err(Error::from)?;
        *self.0.reached.lock().unwrap_or_else(PoisonError::into_inner) = (done, total, message);
        match next {
            Next::Continue => Ok(()),
            Next::Cancel => Err(Failure::Cancelled),
        }
    }

    /// Says how far the job is, without a change of its own.
    ///
    /// # Errors
    /// As [`Task::commit`].
    pub async fn report(&self, done: i64, total: i64, message: Value) -> Result<(), Failure> {
        let tx = self.write().await?;
        self.commit(tx, done, total, message).await
    }

    async fn progress(&self, tx: &mut WriteTx, done: i64, total: i64, message: &Value) -> Result<Next, StoreError> {
        job::progress(tx, &self.0.lease, done, total, message, self.lease_end()).await
    }

    fn lease_end(&self) -> Moment {
        lease_end(&self.0.clock)
    }

    /// Renews the lease while a step takes long.
    pub(super) async fn renew(&self) -> Result<(), StoreError> {
        let (done, total, message) = self.0.reached.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut tx = self.0.city.write(self.author(), self.now()).await?;
        self.progress(&mut tx, done, total, &message).await?;
        tx.commit().await
    }

    pub(super) fn lease(&self) -> &Lease {
        &self.0.lease
    }
}

/// When a lease taken now ends.
pub(super) fn lease_end(clock: &Clock) -> Moment {
    Moment::new(clock.running().utc() + TimeDelta::seconds(LEASE_SECONDS))
}
