//! Visits: one inspector's record of one site.

use std::collections::HashMap;

use chrono::NaiveDate;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{PersonId, RoundId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::VisitPurpose;

use super::Round;
use crate::entity::{round, round_site, visit as visit_table};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day_opt, id, id_opt, insert_all, moment, moment_opt, read_word, text_opt, word};
use crate::write::WriteTx;

/// A visit without its findings.
#[doc(alias = "到点记录")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRow {
    /// Identity.
    pub id: Uuid,
    /// The round.
    pub round: RoundId,
    /// The site.
    pub site: SiteId,
    /// Who visits.
    pub inspector: Option<PersonId>,
    /// 1 for the site's first visit in the round.
    pub ordinal: i64,
    /// When it was begun.
    pub started_at: Moment,
    /// When it was finished; none while it lasts.
    pub finished_at: Option<Moment>,
    /// Longitude where it was begun, in units of 1e-7 degree, WGS-84.
    pub longitude: Option<i64>,
    /// Latitude where it was begun.
    pub latitude: Option<i64>,
    /// Radius within which the device believed to be, in metres.
    pub accuracy_m: Option<i64>,
    /// Whether it may count.
    pub purpose: VisitPurpose,
    /// When its end arrived, if it was made without network at another time.
    pub arrived_at: Option<Moment>,
    /// When it was really begun, where that is not when it counts as begun.
    #[serde(default)]
    pub begun_at: Option<Moment>,
    /// When it was really finished, where that is not when it counts as finished.
    #[serde(default)]
    pub ended_at: Option<Moment>,
    /// One more with every change.
    pub version: i64,
}

impl VisitRow {
    /// When it was really begun.
    #[must_use]
    pub fn begun(&self) -> Moment {
        self.begun_at.unwrap_or(self.started_at)
    }

    /// When it was really finished; none while it lasts.
    #[must_use]
    pub fn ended(&self) -> Option<Moment> {
        self.ended_at.or(self.finished_at)
    }
}

pub(super) fn read(row: &visit_table::Model) -> Result<VisitRow, StoreError> {
    Ok(VisitRow {
        id: id(&row.id)?,
        round: id(&row.round_id)?,
        site: id(&row.site_id)?,
        inspector: id_opt(row.inspector_id.as_ref())?,
        ordinal: row.ordinal,
        started_at: moment(&row.started_at)?,
        finished_at: moment_opt(row.finished_at.as_ref())?,
        longitude: row.longitude,
        latitude: row.latitude,
        accuracy_m: row.accuracy_m,
        purpose: read_word("visit.purpose", &row.purpose)?,
        arrived_at: moment_opt(row.arrived_at.as_ref())?,
        begun_at: moment_opt(row.begun_at.as_ref())?,
        ended_at: moment_opt(row.ended_at.as_ref())?,
        version: row.version,
    })
}

fn model(visit: &VisitRow) -> Result<visit_table::Model, StoreError> {
    Ok(visit_table::Model {
        id: visit.id.to_string(),
        round_id: visit.round.to_string(),
        site_id: visit.site.to_string(),
        inspector_id: text_opt(visit.inspector.as_ref()),
        ordinal: visit.ordinal,
        started_at: visit.started_at.stored(),
        finished_at: visit.finished_at.map(Moment::stored),
        longitude: visit.longitude,
        latitude: visit.latitude,
        accuracy_m: visit.accuracy_m,
        purpose: word(&visit.purpose)?,
        arrived_at: visit.arrived_at.map(Moment::stored),
        begun_at: visit.begun_at.map(Moment::stored),
        ended_at: visit.ended_at.map(Moment::stored),
        version: visit.version + 1,
    })
}

/// Adds a visit (its `version` is 0).
///
/// # Errors
/// `visit_exists` if another visit of the site took its ordinal, or the database's.
pub async fn add_visit(tx: &WriteTx, visit: &VisitRow) -> Result<(), StoreError> {
    add_visits(tx, std::slice::from_ref(visit)).await
}

/// Adds visits (their `version` is 0).
///
/// # Errors
/// `visit_exists` if another visit of a site took its ordinal, or the database's.
pub async fn add_visits(tx: &WriteTx, visits: &[VisitRow]) -> Result<(), StoreError> {
    insert_all::<visit_table::Entity, _>(tx.db(), visits.iter().map(model).collect::<Result<_, _>>()?).await
}

/// Replaces a visit read with `visit.version`.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save_visit(tx: &WriteTx, visit: &VisitRow) -> Result<(), StoreError> {
    let changed = visit_table::Entity::update_many()
        .set(model(visit)?.into_active_model().reset_all())
        .filter(visit_table::Column::Id.eq(visit.id.to_string()))
        .filter(visit_table::Column::Version.eq(visit.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "visit", id: visit.id.to_string() });
    }
    Ok(())
}

/// One visit.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn visit(tx: &ReadTx, visit: Uuid) -> Result<VisitRow, StoreError> {
    let row = visit_table::Entity::find_by_id(visit.to_string()).one(tx.db()).await?;
    let row = row.ok_or(StoreError::NotFound { kind: "visit", id: visit.to_string() })?;
    read(&row)
}

/// Visits by identity; those that do not exist are left out.
///
/// # Errors
/// The database's.
pub async fn visits_by_id(tx: &ReadTx, wanted: &[Uuid]) -> Result<Vec<VisitRow>, StoreError> {
    let mut found = Vec::with_capacity(wanted.len());
    for some in wanted.chunks(500) {
        let of = visit_table::Entity::find().filter(visit_table::Column::Id.is_in(some.iter().map(ToString::to_string)));
        found.extend(of.all(tx.db()).await?.iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

/// The visits of one site in a round, by ordinal.
///
/// # Errors
/// The database's.
pub async fn visits_of_place(tx: &ReadTx, round: RoundId, site: SiteId) -> Result<Vec<VisitRow>, StoreError> {
    let rows = visit_table::Entity::find()
        .filter(visit_table::Column::RoundId.eq(round.to_string()))
        .filter(visit_table::Column::SiteId.eq(site.to_string()))
        .order_by_asc(visit_table::Column::Ordinal)
        .all(tx.db())
        .await?;
    rows.iter().map(read).collect()
}

/// All visits of a round, by site and ordinal.
///
/// # Errors
/// The database's.
pub async fn visits(tx: &ReadTx, round: RoundId) -> Result<Vec<VisitRow>, StoreError> {
    let rows = visit_table::Entity::find()
        .filter(visit_table::Column::RoundId.eq(round.to_string()))
        .order_by_asc(visit_table::Column::SiteId)
        .order_by_asc(visit_table::Column::Ordinal)
        .all(tx.db())
        .await?;
    rows.iter().map(read).collect()
}

/// The newest visits of a site, with the numbers merged into it, in whatever round that may be seen, each with its round; to a
/// `blind` person of rounds that go on only his own.
///
/// # Errors
/// The database's.
pub async fn visits_at_site(
    tx: &ReadTx,
    sites: &[SiteId],
    blind: Option<PersonId>,
    limit: u64,
) -> Result<Vec<(VisitRow, Round)>, StoreError> {
    let rows = visit_table::Entity::find()
        .filter(visit_table::Column::SiteId.is_in(sites.iter().map(ToString::to_string)))
        .filter(visit_table::Column::RoundId.not_in_subquery(super::hidden()))
        .filter(super::list::seen_by(blind))
        .order_by_desc(visit_table::Column::StartedAt)
        .limit(limit)
        .all(tx.db())
        .await?;
    let rounds = rounds(tx, rows.iter().map(|row| row.round_id.clone()).collect()).await?;
    let known = rows.iter().filter_map(|row| rounds.get(&row.round_id).map(|round| (row, round)));
    known.map(|(row, round)| Ok((read(row)?, round.clone()))).collect()
}

/// A site that waits for an inspector, or is being visited by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The round.
    pub round: Round,
    /// The site.
    pub site: SiteId,
    /// The day on which it is to be visited, once routes are planned.
    pub visit_on: Option<NaiveDate>,
    /// Place in that day's route, from 1.
    pub stop: Option<i64>,
    /// The inspector's own newest visit of the site in the round; of others' visits nothing is told.
    pub visit: Option<VisitRow>,
}

/// The sites given to an inspector in rounds that are open, also for a second visit: by day and route first, then in the order of their rounds.
///
/// # Errors
/// The database's.
pub async fn waiting(tx: &ReadTx, inspector: PersonId) -> Result<Vec<Waiting>, StoreError> {
    let open = round::Entity::find().filter(round::Column::State.eq("open")).all(tx.db()).await?;
    let open: HashMap<String, Round> =
        open.into_iter().map(|row| Ok((row.id.clone(), super::read(row)?))).collect::<Result<_, StoreError>>()?;
    if open.is_empty() {
        return Ok(Vec::new());
    }
    let rows = round_site::Entity::find()
        .filter(round_site::Column::RoundId.is_in(open.keys().map(String::as_str)))
        .filter(
            Condition::any()
                .add(round_site::Column::InspectorId.eq(inspector.to_string()))
                .add(round_site::Column::SecondId.eq(inspector.to_string())),
        )
        .order_by_asc(round_site::Column::RoundId)
        .order_by_asc(round_site::Column::Position)
        .all(tx.db())
        .await?;
    let of_rounds = Condition::all()
        .add(visit_table::Column::RoundId.is_in(open.keys().map(String::as_str)))
        .add(visit_table::Column::InspectorId.eq(inspector.to_string()));
    let made = visit_table::Entity::find().filter(of_rounds).order_by_asc(visit_table::Column::Ordinal).all(tx.db()).await?;
    let mut newest: HashMap<(String, String), visit_table::Model> = HashMap::new();
    for row in made {
        newest.insert((row.round_id.clone(), row.site_id.clone()), row);
    }
    let mut waiting = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(round) = open.get(&row.round_id).cloned() else { continue };
        let visit = newest.get(&(row.round_id.clone(), row.site_id.clone())).map(read).transpose()?;
        // Days and places are those of the first visit's inspector.
        let first = row.inspector_id.as_ref() == Some(&inspector.to_string());
        waiting.push(Waiting {
            round,
            site: id(&row.site_id)?,
            visit_on: day_opt(row.visit_on.as_ref().filter(|_| first))?,
            stop: row.stop.filter(|_| first),
            visit,
        });
    }
    waiting.sort_by_key(|one| (one.visit_on.is_none(), one.visit_on, one.stop));
    Ok(waiting)
}

/// Rounds by identity; those that do not exist are left out.
///
/// # Errors
/// The database's.
pub async fn rounds_by_id(tx: &ReadTx, wanted: &[RoundId]) -> Result<HashMap<RoundId, Round>, StoreError> {
    let found = rounds(tx, wanted.iter().map(ToString::to_string).collect()).await?;
    Ok(found.into_values().map(|round| (round.id, round)).collect())
}

async fn rounds(tx: &ReadTx, ids: Vec<String>) -> Result<HashMap<String, Round>, StoreError> {
    let rows = round::Entity::find().filter(round::Column::Id.is_in(ids)).all(tx.db()).await?;
    rows.into_iter().map(|row| Ok((row.id.clone(), super::read(row)?))).collect()
}
