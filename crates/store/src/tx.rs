//! A transaction that reads one snapshot of the hub or of one city.

use std::sync::Arc;

use tokio::sync::{OnceCell, OwnedMutexGuard};

use crate::error::StoreError;
use crate::media::Pictures;
use crate::shelf::{Shelf, Watched};

/// A read-only view of one moment; every query of the store takes one. A [`crate::WriteTx`] derefs to it.
#[derive(Debug)]
pub struct ReadTx {
    db: Watched,
    shelf: Option<Arc<Shelf>>,
    revision: OnceCell<i64>,
    keeps: Keeps,
}

/// Whether what a transaction loads may be kept for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// It sees one snapshot, so what it loads belongs to the revision it read.
    Yes,
    /// It may see the commits of others between two statements.
    No,
}

impl ReadTx {
    /// A transaction that only reads and sees one snapshot.
    pub(crate) fn snapshot(db: Watched, shelf: Option<Arc<Shelf>>) -> Self {
        Self { db, shelf, revision: OnceCell::new(), keeps: Keeps::Yes }
    }

    /// The reading side of a transaction that writes.
    pub(crate) fn of_writer(db: Watched, shelf: Option<Arc<Shelf>>) -> Self {
        Self { db, shelf, revision: OnceCell::new(), keeps: Keeps::No }
    }

    /// A part of this transaction that can be taken back by itself.
    pub(crate) async fn part(&self) -> Result<Self, StoreError> {
        // What is kept belongs to the revision with which the whole transaction began.
        let revision = match &self.shelf {
            Some(_) => Some(*self.revision.get_or_try_init(|| crate::shelf::revision(&self.db)).await?),
            None => None,
        };
        let db = self.db.part().await?;
        Ok(Self { db, shelf: self.shelf.clone(), revision: OnceCell::new_with(revision), keeps: self.keeps })
    }

    pub(crate) fn db(&self) -> &Watched {
        &self.db
    }

    /// The hashes of the city's photographs, for one search at a time; of the hub, none.
    pub(crate) async fn pictures(&self) -> OwnedMutexGuard<Pictures> {
        let kept = self.shelf.as_ref().map(|shelf| shelf.pictures()).unwrap_or_default();
        kept.lock_owned().await
    }

    pub(crate) fn into_db(self) -> Watched {
        self.db
    }

    /// Whether the city's reference tables were changed and so their revision has to move.
    pub(crate) fn must_revise(&self) -> bool {
        self.shelf.is_some() && self.db.reference_changed()
    }

    /// The revision of the city's reference tables in this snapshot: it grows with every change of one. None in a
    /// transaction that may see the commits of others, and in the hub.
    ///
    /// # Errors
    /// The database's.
    pub async fn revision(&self) -> Result<Option<i64>, StoreError> {
        match self.keeps {
            Keeps::Yes if self.shelf.is_some() => {
                Ok(Some(*self.revision.get_or_try_init(|| crate::shelf::revision(&self.db)).await?))
            }
            Keeps::Yes | Keeps::No => Ok(None),
        }
    }

    /// A value made of the city's reference tables alone, loaded when nobody has since they last changed.
    ///
    /// The reference tables are all but the busy ones that [`crate::shelf`] names. `name` with the type tells values apart.
    ///
    /// # Errors
    /// Those of `load`, or the database's.
    pub async fn kept<T, F>(&self, name: &str, load: F) -> Result<Arc<T>, StoreError>
    where
        T: Send + Sync + 'static,
        F: Future<Output = Result<T, StoreError>>,
    {
        let Some(shelf) = self.shelf.as_ref().filter(|_| !self.db.reference_changed()) else {
            return Ok(Arc::new(load.await?));
        };
        let revision = *self.revision.get_or_try_init(|| crate::shelf::revision(&self.db)).await?;
        if let Some(kept) = shelf.get(revision, name) {
            return Ok(kept);
        }
        let loaded = Arc::new(load.await?);
        match self.keeps {
            Keeps::Yes => shelf.put(revision, name, Arc::clone(&loaded)),
            // No commit of others lay between, so it belongs to the revision all the same.
            Keeps::No if crate::shelf::revision(&self.db).await? == revision => shelf.put(revision, name, Arc::clone(&loaded)),
            Keeps::No => {}
        }
        Ok(loaded)
    }
}

/// Reads stored JSON text.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Stored { what, text: text.chars().take(80).collect() })
}

/// Reads a stored moment.
pub(crate) fn from_moment(text: &str) -> Result<yipanqi_domain::moment::Moment, StoreError> {
    yipanqi_domain::moment::Moment::parse(text).map_err(|_| StoreError::Stored { what: "moment", text: text.to_owned() })
}

/// Reads a stored moment that may be absent.
pub(crate) fn moment_or_none(text: Option<&str>) -> Result<Option<yipanqi_domain::moment::Moment>, StoreError> {
    text.map(from_moment).transpose()
}

/// Reads a stored identity.
pub(crate) fn from_id<T: std::str::FromStr>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Stored { what: "identity", text: text.to_owned() })
}
