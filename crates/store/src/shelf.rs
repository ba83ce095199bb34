//! Values that every request looks up and that change seldom (units, posts, editions, checklists, calendar), kept in
//! memory until the city's reference tables change.
//!
//! Every room has a revision, one more with every committed change of a reference table, in the same transaction. A
//! reader asks for it inside its own snapshot, so that a kept value is used exactly when it is what the reader would have
//! loaded; other servers on the same database see the same revision. Nothing has to announce its change: the connection
//! of a transaction sees the statements. A table counts as a reference table unless it is named as busy here.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, TransactionTrait};

use crate::entity::revision as table;
use crate::error::StoreError;
use crate::media::Pictures;

/// Tables that change with the daily work; nothing that is kept may be made of them.
const BUSY: &[&str] = &[
    "attachment",
    "audit_entry",
    "audit_head",
    "capture",
    "command",
    "core_hash",
    "duty_step",
    "event",
    "evidence_decision",
    "finding",
    "import_mapping",
    "import_row",
    "import_run",
    "job",
    "media",
    "notice",
    "notice_held",
    "pack",
    "pairing_visit",
    "party",
    "party_ask",
    "party_guess",
    "patrol",
    "patrol_problem",
    "problem",
    "problem_step",
    "problem_unit",
    "question",
    "ranking",
    "report",
    "result",
    "revision",
    "round",
    "round_site",
    "saved_view",
    "schedule",
    "score_run",
    "search_gram",
    "series",
    "signature",
    "site",
    "slip",
    "task",
    "task_link",
    "task_step",
    "task_unit",
    "upload",
    "visit",
];

/// Values kept at most; a city needs a few dozen.
const ROOM: usize = 512;

/// The kept values of one city in this process.
#[derive(Debug, Default)]
pub struct Shelf {
    kept: Mutex<Kept>,
    pictures: Arc<tokio::sync::Mutex<Pictures>>,
    statements: AtomicU64,
}

#[derive(Debug, Default)]
struct Kept {
    revision: i64,
    values: HashMap<(TypeId, String), Arc<dyn Any + Send + Sync>>,
}

impl Shelf {
    /// The value of this name that was loaded at this revision.
    pub fn get<T: Send + Sync + 'static>(&self, revision: i64, name: &str) -> Option<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.revision != revision {
            return None;
        }
        Arc::clone(kept.values.get(&(TypeId::of::<T>(), name.to_owned()))?).downcast().ok()
    }

    /// Keeps a value loaded at this revision, and nothing of an earlier one.
    pub fn put<T: Send + Sync + 'static>(&self, revision: i64, name: &str, value: Arc<T>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if revision < kept.revision {
            return;
        }
        if revision > kept.revision || kept.values.len() >= ROOM {
            kept.values.clear();
            kept.revision = revision;
        }
        kept.values.insert((TypeId::of::<T>(), name.to_owned()), value);
    }

    /// The hashes of the city's photographs.
    pub fn pictures(&self) -> Arc<tokio::sync::Mutex<Pictures>> {
        Arc::clone(&self.pictures)
    }

    /// Statements sent to the city by this process.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }
}

/// The revision of the room as this transaction sees it.
pub async fn revision(db: &Watched) -> Result<i64, StoreError> {
    let row = table::Entity::find_by_id(1_i64).one(db).await?;
    Ok(row.ok_or(StoreError::NotFound { kind: "revision", id: "1".to_owned() })?.value)
}

/// The connection of a transaction; sees which tables are changed through it.
#[derive(Debug)]
pub struct Watched {
    tx: DatabaseTransaction,
    changed: Arc<AtomicBool>,
    shelf: Option<Arc<Shelf>>,
    #[cfg(feature = "testing")]
    _alone: Option<crate::testing::alone::Alone>,
}

impl Watched {
    /// Watches a transaction.
    pub fn new(tx: DatabaseTransaction, shelf: Option<Arc<Shelf>>) -> Self {
        Self {
            tx,
            changed: Arc::default(),
            shelf,
            #[cfg(feature = "testing")]
            _alone: Some(crate::testing::alone::Alone::enter()),
        }
    }

    /// A part of this transaction that can be taken back by itself.
    pub async fn part(&self) -> Result<Self, DbErr> {
        Ok(Self {
            tx: self.tx.begin().await?,
            changed: Arc::clone(&self.changed),
            shelf: self.shelf.clone(),
            #[cfg(feature = "testing")]
            _alone: None,
        })
    }

    /// Whether a reference table was changed.
    pub fn reference_changed(&self) -> bool {
        self.changed.load(Ordering::Relaxed)
    }

    /// Makes everything durable.
    pub async fn commit(self) -> Result<(), DbErr> {
        self.tx.commit().await
    }

    /// The transaction, for a statement that is being seen.
    pub fn seeing(&self, sql: &str) -> &DatabaseTransaction {
        if let Some(shelf) = &self.shelf {
            shelf.statements.fetch_add(1, Ordering::Relaxed);
        }
        if changes_reference(sql) {
            self.changed.store(true, Ordering::Relaxed);
        }
        &self.tx
    }

    /// The transaction, for what sends no statement.
    pub fn unseen(&self) -> &DatabaseTransaction {
        &self.tx
    }
}

/// Whether a statement changes a table that is not a busy one.
fn changes_reference(sql: &str) -> bool {
    let Some(verb) = sql.split_whitespace().next() else { return false };
    if verb.eq_ignore_ascii_case("select") {
        return false;
    }
    // The library quotes names, and the table comes first.
    let table = sql.split('"').nth(1);
    table.is_none_or(|table| !BUSY.contains(&table))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_changed_table_counts_unless_it_is_busy() {
        for reference in [
            r#"INSERT INTO "unit" ("id") VALUES ($1)"#,
            r#"UPDATE "calendar_year" SET "body" = ?"#,
            r#"DELETE FROM "post" WHERE "id" = ?"#,
            r#"INSERT INTO "a_table_of_tomorrow" ("id") VALUES (1) RETURNING "id""#,
            "UPDATE unit SET name = 'x'",
        ] {
            assert!(changes_reference(reference), "{reference}");
        }
        for other in [
            r#"SELECT "unit"."id" FROM "unit""#,
            r#"INSERT INTO "problem" ("id") VALUES ($1)"#,
            r#"UPDATE "job" SET "state" = 'done' WHERE "id" IN (SELECT "id" FROM "unit")"#,
            "",
        ] {
            assert!(!changes_reference(other), "{other}");
        }
    }

    #[test]
    fn a_value_is_given_only_at_the_revision_it_was_loaded_at() {
        let shelf = Shelf::default();
        shelf.put(3, "name", Arc::new(7_u8));
        assert_eq!(shelf.get::<u8>(3, "name").as_deref(), Some(&7));
        assert_eq!(shelf.get::<u8>(2, "name"), None);
        assert_eq!(shelf.get::<u8>(4, "name"), None);
        assert_eq!(shelf.get::<u16>(3, "name"), None);
        assert_eq!(shelf.get::<u8>(3, "other"), None);
        // A reader of an old snapshot comes late.
        shelf.put(2, "name", Arc::new(6_u8));
        assert_eq!(shelf.get::<u8>(2, "name"), None);
        assert_eq!(shelf.get::<u8>(3, "name").as_deref(), Some(&7));
        shelf.put(4, "other", Arc::new(8_u8));
        assert_eq!(shelf.get::<u8>(3, "name"), None);
    }
}
