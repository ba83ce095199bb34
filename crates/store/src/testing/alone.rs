//! A request holds one transaction at a time.
//!
//! On PostgreSQL the transactions of all requests share a pool: a request that holds one connection and waits for a second
//! can wait for ever when enough others do the same. Tests run each request as a task of its own, and this notices the
//! second transaction of a task.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use tokio::task::Id;

static OPEN: LazyLock<Mutex<HashSet<Id>>> = LazyLock::new(Mutex::default);

/// The transaction of a task; outside of tasks nothing is noted.
#[derive(Debug)]
pub(crate) struct Alone(Option<Id>);

impl Alone {
    pub(crate) fn enter() -> Self {
        let id = tokio::task::try_id();
        if let Some(id) = id {
            let fresh = OPEN.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
            assert!(fresh, "a second transaction while the first of the same request is open");
        }
        Self(id)
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        if let Some(id) = self.0 {
            OPEN.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        }
    }
}
