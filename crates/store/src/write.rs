//! A transaction that changes the hub or a city, and what goes with every change: audit entries, events, jobs.
//!
//! Entries and events are collected and written by [`WriteTx::commit`] after the head of the chain is locked, as the last
//! statements: so writers wait for each other only there, and entries and events are numbered in the order of commits.
//! A transaction that is dropped leaves nothing behind.

use std::ops::Deref;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde::Serialize;
use tokio::sync::watch;
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::moment::Moment;

use crate::audit;
use crate::batch::Gathered;
use crate::entity::{audit_entry, audit_head, event, job, revision};
use crate::error::StoreError;
use crate::shelf::{Shelf, Watched};
use crate::tx::ReadTx;

/// Rows per statement, so that the number of bound values stays below both databases' limits.
const CHUNK: usize = 500;

/// In whose name a change is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The person of the city; none for the installation itself and for accounts of the hub.
    pub person: Option<PersonId>,
    /// The name as it stands in the log.
    pub name: String,
}

/// Work to be done after the change is committed.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Which worker takes it, e.g. `import`.
    pub kind: String,
    /// What the worker needs.
    pub payload: serde_json::Value,
    /// Not before this moment.
    pub run_at: Moment,
}

/// Who is to be woken by a commit.
#[derive(Debug)]
pub(crate) struct Wake {
    /// Whoever waits in this process.
    pub here: watch::Sender<u64>,
    /// The statement that tells other processes.
    pub elsewhere: Option<String>,
}

/// A transaction that writes; reads as a [`ReadTx`] does, and sees its own changes.
#[derive(Debug)]
pub struct WriteTx {
    tx: ReadTx,
    by: Author,
    at: Moment,
    entries: Vec<audit::NewEntry>,
    events: Vec<event::ActiveModel>,
    wake: Option<Wake>,
    queued: bool,
    within: Option<Gathered>,
}

impl Deref for WriteTx {
    type Target = ReadTx;

    fn deref(&self) -> &ReadTx {
        &self.tx
    }
}

impl WriteTx {
    pub(crate) fn new(
        tx: sea_orm::DatabaseTransaction,
        by: Author,
        at: Moment,
        wake: Option<Wake>,
        shelf: Option<Arc<Shelf>>,
    ) -> Self {
        let tx = ReadTx::of_writer(Watched::new(tx, shelf.clone()), shelf);
        Self { tx, by, at, entries: Vec::new(), events: Vec::new(), wake, queued: false, within: None }
    }

    /// A step within this transaction, that hands what goes with it to `gathered` once it is done.
    pub(crate) async fn step(&self, gathered: Gathered) -> Result<Self, StoreError> {
        Ok(Self {
            tx: self.tx.part().await?,
            by: self.by.clone(),
            at: self.at,
            entries: Vec::new(),
            events: Vec::new(),
            wake: None,
            queued: false,
            within: Some(gathered),
        })
    }

    /// Takes over what the steps of this transaction have gathered.
    pub(crate) fn take_over(&mut self, gathered: &Gathered) {
        let mut gathered = gathered.lock();
        self.entries.append(&mut gathered.entries);
        self.events.append(&mut gathered.events);
        self.queued |= gathered.queued;
    }

    /// In whose name this transaction changes things.
    #[must_use]
    pub fn by(&self) -> &Author {
        &self.by
    }

    /// The moment of the change.
    #[must_use]
    pub fn at(&self) -> Moment {
        self.at
    }

    /// Notes the change for the audit log; it is chained and written by [`WriteTx::commit`].
    ///
    /// # Errors
    /// If the payload cannot be written as JSON.
    pub fn audit(
        &mut self,
        action: &str,
        subject_kind: &str,
        subject_id: &str,
        payload: &impl Serialize,
    ) -> Result<(), StoreError> {
        self.entries.push(audit::NewEntry {
            action: action.to_owned(),
            subject_kind: subject_kind.to_owned(),
            subject_id: subject_id.to_owned(),
            payload: serde_json::to_string(payload)?,
        });
        Ok(())
    }

    /// Tells open pages that something changed which concerns these units (none: everybody in the city).
    ///
    /// # Errors
    /// If the units cannot be written as JSON.
    pub fn event(&mut self, kind: &str, subject_id: &str, units: &[UnitId]) -> Result<(), StoreError> {
        self.events.push(event::ActiveModel {
            at: Set(self.at.stored()),
            kind: Set(kind.to_owned()),
            subject_id: Set(subject_id.to_owned()),
            units: Set(serde_json::to_string(units)?),
            ..Default::default()
        });
        Ok(())
    }

    /// Puts work into the queue of this room; it is there if and only if the change is committed. Gives the job's id.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn enqueue(&mut self, new: NewJob) -> Result<String, StoreError> {
        let id = crate::new_id();
        let row = job::ActiveModel {
            id: Set(id.clone()),
            kind: Set(new.kind),
            payload: Set(new.payload.to_string()),
            state: Set("waiting".to_owned()),
            attempts: Set(0),
            run_at: Set(new.run_at.stored()),
            lease_until: Set(None),
            lease_owner: Set(None),
            done: Set(0),
            total: Set(0),
            message: Set(None),
            error: Set(None),
            created_at: Set(self.at.stored()),
            created_by: Set(self.by.person.map(|person| person.to_string())),
            cancel_requested: Set(false),
        };
        job::Entity::insert(row).exec_without_returning(self.db()).await?;
        self.queued = true;
        Ok(id)
    }

    /// As [`WriteTx::enqueue`], unless the same work waits already: that will see this change too.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn enqueue_once(&mut self, new: NewJob) -> Result<String, StoreError> {
        let waiting = job::Entity::find()
            .filter(job::Column::State.eq("waiting"))
            .filter(job::Column::Kind.eq(new.kind.as_str()))
            .filter(job::Column::Payload.eq(new.payload.to_string()))
            .filter(job::Column::RunAt.lte(new.run_at.stored()))
            .order_by_asc(job::Column::Id)
            .one(self.db())
            .await?;
        match waiting {
            Some(job) => Ok(job.id),
            None => self.enqueue(new).await,
        }
    }

    /// Appends the collected audit entries and events and makes everything durable; a step of a [`crate::Batch`] is durable
    /// with its batch.
    ///
    /// # Errors
    /// If the database fails; then nothing of the change remains.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if let Some(gathered) = self.within.take() {
            self.tx.into_db().commit().await?;
            let mut gathered = gathered.lock();
            gathered.entries.append(&mut self.entries);
            gathered.events.append(&mut self.events);
            gathered.queued |= self.queued;
            return Ok(());
        }
        if self.tx.must_revise() {
            revision::Entity::update_many()
                .col_expr(revision::Column::Value, Expr::col(revision::Column::Value).add(1))
                .exec(self.db())
                .await?;
        }
        let elsewhere = self.wake.as_ref().and_then(|wake| wake.elsewhere.as_deref());
        if let Some(announcement) = elsewhere.filter(|_| self.queued || !self.events.is_empty()) {
            self.db().execute_unprepared(announcement).await?;
        }
        if !self.entries.is_empty() || !self.events.is_empty() {
            self.append().await?;
        }
        self.tx.into_db().commit().await?;
        if let Some(wake) = self.wake {
            wake.here.send_modify(|commits| *commits = commits.wrapping_add(1));
        }
        Ok(())
    }

    async fn append(&mut self) -> Result<(), StoreError> {
        let head = audit_head::Entity::find_by_id(1_i64).lock_exclusive().one(self.db()).await?;
        let head = head.ok_or(StoreError::NotFound { kind: "audit_head", id: "1".to_owned() })?;
        let events = std::mem::take(&mut self.events);
        for chunk in events.chunks(CHUNK) {
            event::Entity::insert_many(chunk.to_vec()).exec_without_returning(self.db()).await?;
        }
        let entries = std::mem::take(&mut self.entries);
        let Some((rows, end)) = audit::chain(&head, &self.by, self.at, entries) else { return Ok(()) };
        for chunk in rows.chunks(CHUNK) {
            audit_entry::Entity::insert_many(chunk.iter().cloned().map(IntoActiveModel::into_active_model))
                .exec_without_returning(self.db())
                .await?;
        }
        let end = audit_head::ActiveModel { id: Set(end.id), seq: Set(end.seq), hash: Set(end.hash) };
        end.update(self.db()).await?;
        Ok(())
    }
}
