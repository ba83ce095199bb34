//! A city: its own database, read and changed only through transactions.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use yipanqi_domain::moment::Moment;

use crate::dialect::Room;
use crate::error::StoreError;
use crate::followed::Followed;
use crate::shelf::{Shelf, Watched};
use crate::tx::ReadTx;
use crate::write::{Author, Wake, WriteTx};

/// The short name of a city in paths, file names and schema names: `[a-z][a-z0-9_]{1,30}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Slug {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        let rest = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if first && rest && (2..=31).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(StoreError::Slug(text.to_owned()))
        }
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the hub knows of a city.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CityInfo {
    /// Its short name.
    pub slug: Slug,
    /// Its name, e.g. 云溪市.
    pub name: String,
    /// The title shown over its pages.
    pub title: String,
    /// When it was added.
    pub created_at: Moment,
}

/// An opened, migrated city; cheap to clone.
#[derive(Debug, Clone)]
pub struct City(pub(crate) Arc<Opened>);

#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) slug: Slug,
    pub(crate) room: Room,
    pub(crate) commits: watch::Sender<u64>,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) followed: Followed,
    pub(crate) turns: Turns,
}

/// Who goes first where very many come at once.
#[derive(Debug)]
pub(crate) struct Turns {
    incoming: Arc<Semaphore>,
    outgoing: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { incoming: Arc::new(Semaphore::new(1)), outgoing: Arc::new(Semaphore::new(2)) }
    }
}

/// A turn among very many; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Turn {
    async fn of(turns: &Arc<Semaphore>) -> Self {
        // Nobody closes it.
        Self { _permit: Arc::clone(turns).acquire_owned().await.ok() }
    }
}

impl City {
    /// Its short name.
    #[must_use]
    pub fn slug(&self) -> &Slug {
        &self.0.slug
    }

    /// Begins a read-only transaction that sees one snapshot.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn read(&self) -> Result<ReadTx, StoreError> {
        let db = Watched::new(self.0.room.begin_read().await?, Some(Arc::clone(&self.0.shelf)));
        Ok(ReadTx::snapshot(db, Some(Arc::clone(&self.0.shelf))))
    }

    /// Begins a transaction that changes the city, in the name of `by` at the moment `at`.
    ///
    /// # Errors
    /// If the database cannot be reached, or on SQLite another writer does not end within a minute.
    pub async fn write(&self, by: Author, at: Moment) -> Result<WriteTx, StoreError> {
        let wake = Wake { here: self.0.commits.clone(), elsewhere: self.0.room.announcement() };
        Ok(WriteTx::new(self.0.room.begin_write().await?, by, at, Some(wake), Some(Arc::clone(&self.0.shelf))))
    }

    /// Waits for the turn of one of very many who bring their work at once: so that behind them all, at the city's one
    /// writer, nobody else has to wait. Held over several transactions, never asked for within one.
    pub async fn incoming_turn(&self) -> Turn {
        Turn::of(&self.0.turns.incoming).await
    }

    /// The same for those who fetch much at once, and the city's readers.
    pub async fn outgoing_turn(&self) -> Turn {
        Turn::of(&self.0.turns.outgoing).await
    }

    /// Takes out a value that follows the city's work in memory, to use it and bring it up to date; until it is put back
    /// others find none. None if there is none of this kind.
    #[must_use]
    pub fn take<T: Send + 'static>(&self, name: &str) -> Option<T> {
        self.0.followed.take(name)
    }

    /// Puts in a value that is right in some snapshot of the city; a few are kept, the longest unused goes first.
    pub fn put_back<T: Send + 'static>(&self, name: &str, value: T) {
        self.0.followed.put(name, value);
    }

    /// How many statements this process has sent to the city; what a test compares to see that a page asks as often for
    /// many rows as for few.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.0.shelf.statements()
    }

    /// Wakes whenever a change of the city is committed: open pages then read the events, workers the queue. On SQLite and
    /// while a connection is lost, changes of other processes do not wake; look now and then.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.0.commits.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::Slug;

    #[test]
    fn a_slug_can_never_leave_its_folder_or_schema() {
        for good in ["yunxi", "a1", "a_b", &format!("a{}", "b".repeat(30))] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "a", "1a", "_a", "Yunxi", "a-b", "a b", "../a", "a.b", "云溪", "a;", &format!("a{}", "b".repeat(31))] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }
}
