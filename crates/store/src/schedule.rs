//! When the recurring work of a city is due next; several servers may look at the same time and each time is begun once.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};
use yipanqi_domain::moment::Moment;

use crate::city::City;
use crate::entity::schedule;
use crate::error::StoreError;
use crate::tx::{ReadTx, from_moment};
use crate::write::{Author, NewJob};

/// Work that recurs.
#[derive(Debug, Clone)]
pub struct Recurring {
    /// The kind of its job.
    pub kind: &'static str,
    /// When it is to be begun next, if it is begun now.
    pub next: Moment,
}

/// Enqueues a job for all recurring work that is due, and notes when each is due next; gives how many were enqueued.
/// Work that the city meets for the first time is begun at its next time, not at once.
///
/// # Errors
/// If the database fails.
pub async fn begin_due(city: &City, recurring: &[Recurring], now: Moment) -> Result<usize, StoreError> {
    let due = |known: &[(String, Moment)]| -> Vec<Recurring> {
        let waits = |kind: &str| known.iter().any(|(known, at)| known == kind && *at > now);
        recurring.iter().filter(|work| !waits(work.kind)).cloned().collect()
    };
    // Mostly nothing is due: then nobody waits for the writer.
    let found = due(&known(&city.read().await?).await?);
    if found.is_empty() {
        return Ok(0);
    }
    let mut tx = city.write(Author { person: None, name: "schedule".to_owned() }, now).await?;
    let kinds = found.iter().map(|work| work.kind);
    let locked = schedule::Entity::find().filter(schedule::Column::Kind.is_in(kinds)).lock_exclusive().all(tx.db()).await?;
    let mut begun = 0;
    for work in found {
        let row = schedule::Model { kind: work.kind.to_owned(), next_at: work.next.stored() };
        match locked.iter().find(|known| known.kind == work.kind) {
            // Another server was quicker.
            Some(known) if from_moment(&known.next_at)? > now => continue,
            Some(_) => {
                let payload = serde_json::json!({});
                tx.enqueue_once(NewJob { kind: work.kind.to_owned(), payload, run_at: now }).await?;
                let next = schedule::ActiveModel { kind: Set(row.kind), next_at: Set(row.next_at) };
                next.update(tx.db()).await?;
                begun += 1;
            }
            None => {
                let first = OnConflict::column(schedule::Column::Kind).do_nothing().to_owned();
                schedule::Entity::insert(row.into_active_model()).on_conflict(first).exec_without_returning(tx.db()).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(begun)
}

/// The kinds of recurring work that the city has met, and when each is due next.
///
/// # Errors
/// If the database fails.
pub async fn known(tx: &ReadTx) -> Result<Vec<(String, Moment)>, StoreError> {
    let rows = schedule::Entity::find().all(tx.db()).await?;
    rows.into_iter().map(|row| Ok((row.kind, from_moment(&row.next_at)?))).collect()
}
