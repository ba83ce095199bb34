//! Several changes of one sender in one transaction: each stands or falls by itself, and all become durable together.
//!
//! A step is a [`WriteTx`] like any other, with a savepoint in place of a transaction: dropped, it leaves nothing behind and
//! the steps before it stand. Audit entries and events of all steps are written once, at the end, in the order of the steps.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::audit::NewEntry;
use crate::entity::event;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::write::WriteTx;

/// What the steps leave for the end.
#[derive(Debug, Default)]
pub(crate) struct Left {
    pub(crate) entries: Vec<NewEntry>,
    pub(crate) events: Vec<event::ActiveModel>,
    pub(crate) queued: bool,
}

/// What the steps leave for the end, shared between them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathered(Arc<Mutex<Left>>);

impl Gathered {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A transaction of several steps. Dropped, none of them remains.
#[derive(Debug)]
pub struct Batch {
    tx: WriteTx,
    gathered: Gathered,
}

impl Batch {
    /// Makes a transaction one of several steps.
    #[must_use]
    pub fn new(tx: WriteTx) -> Self {
        Self { tx, gathered: Gathered::default() }
    }

    /// Begins the next step, in the name and at the moment of the whole; one at a time.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn step(&self) -> Result<WriteTx, StoreError> {
        self.tx.step(self.gathered.clone()).await
    }

    /// What the steps so far have made of the city.
    #[must_use]
    pub fn so_far(&self) -> &ReadTx {
        &self.tx
    }

    /// Makes every step durable that was committed.
    ///
    /// # Errors
    /// If the database fails; then no step remains.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.tx.take_over(&self.gathered);
        self.tx.commit().await
    }
}
