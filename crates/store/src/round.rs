//! Rounds of assessment: their sites, visits, findings and the results entered for whole measures.
//!
//! A finding is kept as it was observed; the columns beside it (faults, grade, pass) repeat what the rules made of it at
//! that moment and serve lists only. Whatever is read of a round is read in a bounded number of queries, never per row.

mod finding;
mod list;
mod look;
mod result;
mod visit;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query, SelectStatement};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::{PersonId, RoundId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::offline::{Earlier, Given};
use yipanqi_domain::round::draw::{Commitment, DrawRecord, Frame, Roster};
use yipanqi_domain::round::{RoundKind, RoundState};

pub use finding::{
    FindingFilter, FindingRow, VisitTally, add_findings, findings, findings_by_id, findings_of_visit, link_problems,
    media_missing, observed, put_finding, tallies, visit_of,
};
pub(crate) use list::hidden;
pub use list::{
    RoundCounts, RoundFilter, RoundSort, RoundSortKey, counts, failed_heat, faults_by_visit, last_inspectors, last_of_kind,
    last_visits, list, newest_visited, pass_counts,
};
pub use look::{Judged, judged, looks};
pub use result::{ResultRow, results, save_result};
pub use visit::{
    VisitRow, Waiting, add_visit, add_visits, rounds_by_id, save_visit, visit, visits, visits_at_site, visits_by_id,
    visits_of_place, waiting,
};

use crate::entity::{round as round_table, round_site, site};
use crate::error::StoreError;
use crate::site::Site;
use crate::tx::ReadTx;
use crate::value::{day, day_opt, id, id_opt, insert_all, json, moment_opt, read_json, read_word, text_opt, word};
use crate::write::WriteTx;

/// A round of assessment.
#[doc(alias = "测评批次")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Identity.
    pub id: RoundId,
    /// Its number, unique, such as `2026-03`.
    pub number: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: RoundKind,
    /// How far it is.
    pub state: RoundState,
    /// The edition by which it is scored.
    pub edition: Option<Uuid>,
    /// The day on which it was opened.
    pub opened_on: NaiveDate,
    /// The day by which its visits are to be made.
    pub due_on: Option<NaiveDate>,
    /// When it was closed.
    pub closed_at: Option<Moment>,
    /// How its sites were drawn; none if they were named.
    pub draw: Option<Draw>,
    /// One more with every change.
    pub version: i64,
}

impl Round {
    /// Whether what it found may be seen and may feed numbers.
    #[must_use]
    pub fn visible(&self) -> bool {
        self.state.visible(self.kind)
    }
}

/// A draw, recorded so that anybody can repeat it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    /// SHA-256 of the frame, in hexadecimal.
    pub frame_hash: String,
    /// The nonces in their order, in hexadecimal.
    pub nonces: Vec<String>,
    /// SHA-256 of the nonces, in hexadecimal.
    pub seed: String,
    /// The strata by name.
    pub strata: Vec<Stratum>,
    /// The sites that could be drawn, by stratum.
    #[serde(default)]
    pub frame: Frame,
    /// The hashes of the nonces as they were published before, the office's first; empty for a draw without witnesses.
    #[serde(default)]
    pub commitments: Vec<String>,
    /// Who held the other two nonces.
    #[serde(default)]
    pub witnesses: Vec<String>,
    /// Sites that were to be visited without being drawn.
    #[serde(default)]
    pub must: Vec<String>,
    /// Among whom the sites will be shared once they are drawn.
    #[serde(default)]
    pub inspectors: Vec<PersonId>,
    /// Who could be drawn for what; none if no inspectors are drawn.
    #[serde(default)]
    pub roster: Option<Roster>,
    /// SHA-256 of the roster as it was published, in hexadecimal.
    #[serde(default)]
    pub roster_hash: Option<String>,
    /// SHA-256 of quotas and must-visits as it was published, in hexadecimal; none in draws of before it was.
    #[serde(default)]
    pub plan_hash: Option<String>,
    /// Code of a site → inspector drawn for it.
    #[serde(default)]
    pub given: BTreeMap<String, String>,
    /// Sites that could be drawn, by site type; empty where they were drawn by type, and the strata say it.
    #[serde(default)]
    pub types: BTreeMap<String, u32>,
}

impl Draw {
    /// From how many sites of each type was drawn, whatever the strata were.
    #[must_use]
    pub fn frames(&self) -> BTreeMap<String, u32> {
        if self.types.is_empty() {
            return self.strata.iter().map(|stratum| (stratum.name.clone(), stratum.frame)).collect();
        }
        self.types.clone()
    }

    /// How many were to be drawn of each stratum.
    #[must_use]
    pub fn quotas(&self) -> BTreeMap<String, u32> {
        self.strata.iter().map(|stratum| (stratum.name.clone(), stratum.quota)).collect()
    }

    /// What anybody needs to repeat it; none while not all of its nonces are opened.
    #[must_use]
    pub fn record(&self) -> Option<DrawRecord> {
        let commitment = Commitment {
            frame: self.frame_hash.clone(),
            nonces: self.commitments.clone(),
            roster: self.roster_hash.clone(),
            plan: self.plan_hash.clone(),
        };
        let is_open = self.nonces.len() == commitment.nonces.len().max(1);
        is_open.then(|| DrawRecord {
            frame: self.frame.clone(),
            commitment,
            nonces: self.nonces.clone(),
            quotas: self.quotas(),
            must: self.must.clone(),
            drawn: self.strata.iter().map(|stratum| (stratum.name.clone(), stratum.drawn.clone())).collect(),
            roster: self.roster.clone(),
            given: self.given.clone(),
        })
    }
}

/// A stratum of a draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// Its name: a site type, a street, or both.
    pub name: String,
    /// Sites in the frame.
    pub frame: u32,
    /// How many were to be drawn.
    #[serde(default)]
    pub quota: u32,
    /// Codes of the sites drawn, in the order of the draw.
    pub drawn: Vec<String>,
}

/// A site of a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundSite {
    /// Identity.
    pub id: Uuid,
    /// The round.
    pub round: RoundId,
    /// The site.
    pub site: SiteId,
    /// Who is to visit it; none: any inspector.
    pub inspector: Option<PersonId>,
    /// Since when it is given to this inspector, if it was given to another before.
    pub given_at: Option<Moment>,
    /// Who is to visit it a second time, without knowing what the first one saw.
    #[serde(default)]
    pub second: Option<PersonId>,
    /// Who was to visit it before, in order.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
    /// Place in the round's order.
    pub position: i64,
    /// The day on which it is to be visited, once routes are planned.
    pub visit_on: Option<NaiveDate>,
    /// Place in that day's route, from 1.
    pub stop: Option<i64>,
    /// One more with every change.
    pub version: i64,
}

impl RoundSite {
    /// To whom it is given, and to whom it was.
    #[must_use]
    pub fn given(&self) -> Given {
        Given { to: self.inspector, second: self.second, earlier: self.earlier.clone() }
    }
}

fn read(row: round_table::Model) -> Result<Round, StoreError> {
    Ok(Round {
        id: id(&row.id)?,
        kind: read_word("round.kind", &row.kind)?,
        state: read_word("round.state", &row.state)?,
        edition: id_opt(row.edition_id.as_ref())?,
        opened_on: day(&row.opened_on)?,
        due_on: day_opt(row.due_on.as_ref())?,
        closed_at: moment_opt(row.closed_at.as_ref())?,
        draw: row.draw.as_deref().map(|text| read_json("round.draw", text)).transpose()?,
        number: row.number,
        name: row.name,
        version: row.version,
    })
}

fn model(round: &Round) -> Result<round_table::Model, StoreError> {
    Ok(round_table::Model {
        id: round.id.to_string(),
        number: round.number.clone(),
        name: round.name.clone(),
        kind: word(&round.kind)?,
        state: word(&round.state)?,
        edition_id: text_opt(round.edition.as_ref()),
        opened_on: round.opened_on.to_string(),
        due_on: text_opt(round.due_on.as_ref()),
        closed_at: round.closed_at.map(Moment::stored),
        covert: round.kind == RoundKind::Covert,
        draw: round.draw.as_ref().map(json).transpose()?,
        version: round.version + 1,
    })
}

/// Adds a round (its `version` is 0) with its sites.
///
/// # Errors
/// `round_number_taken`, or the database's.
pub async fn add(tx: &WriteTx, round: &Round, sites: &[RoundSite]) -> Result<(), StoreError> {
    round_table::Entity::insert(model(round)?.into_active_model()).exec_without_returning(tx.db()).await?;
    insert_all::<round_site::Entity, _>(tx.db(), round_site_models(sites)?).await
}

fn round_site_model(site: &RoundSite) -> Result<round_site::Model, StoreError> {
    Ok(round_site::Model {
        id: site.id.to_string(),
        round_id: site.round.to_string(),
        site_id: site.site.to_string(),
        inspector_id: text_opt(site.inspector.as_ref()),
        given_at: site.given_at.map(Moment::stored),
        second_id: text_opt(site.second.as_ref()),
        earlier: json(&site.earlier)?,
        position: site.position,
        visit_on: text_opt(site.visit_on.as_ref()),
        stop: site.stop,
        version: site.version + 1,
    })
}

fn round_site_models(sites: &[RoundSite]) -> Result<Vec<round_site::Model>, StoreError> {
    sites.iter().map(round_site_model).collect()
}

/// Replaces a site of a round read with `site.version`.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save_round_site(tx: &WriteTx, site: &RoundSite) -> Result<(), StoreError> {
    let changed = round_site::Entity::update_many()
        .set(round_site_model(site)?.into_active_model().reset_all())
        .filter(round_site::Column::Id.eq(site.id.to_string()))
        .filter(round_site::Column::Version.eq(site.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "round_site", id: site.id.to_string() });
    }
    Ok(())
}

/// Replaces inspectors, days and places of sites of a round, all read with their `version`.
///
/// # Errors
/// `version_conflict` if somebody changed one since, or the database's.
pub async fn save_routes(tx: &WriteTx, sites: &[RoundSite]) -> Result<(), StoreError> {
    use round_site::Column;
    for batch in sites.chunks(500) {
        let unchanged = Expr::col((round_site::Entity, Column::Version)).eq(Expr::col(("excluded", Column::Version)).sub(1));
        let merge = OnConflict::column(Column::Id)
            .update_columns([Column::InspectorId, Column::VisitOn, Column::Stop, Column::Version])
            .action_and_where(unchanged)
            .to_owned();
        let rows = round_site_models(batch)?.into_iter().map(IntoActiveModel::into_active_model);
        let saved = round_site::Entity::insert_many(rows).on_conflict(merge).exec_without_returning(tx.db()).await?;
        if saved < u64::try_from(batch.len()).unwrap_or(u64::MAX) {
            return Err(StoreError::Conflict {
                kind: "round_site",
                id: batch.first().map(|site| site.round.to_string()).unwrap_or_default(),
            });
        }
    }
    Ok(())
}

/// Replaces a round read with `round.version`.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save(tx: &WriteTx, round: &Round) -> Result<(), StoreError> {
    let changed = round_table::Entity::update_many()
        .set(model(round)?.into_active_model().reset_all())
        .filter(round_table::Column::Id.eq(round.id.to_string()))
        .filter(round_table::Column::Version.eq(round.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "round", id: round.id.to_string() });
    }
    Ok(())
}

/// One round.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, round: RoundId) -> Result<Round, StoreError> {
    let row = round_table::Entity::find_by_id(round.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "round", id: round.to_string() })
}

/// The round with this number.
///
/// # Errors
/// The database's.
pub async fn by_number(tx: &ReadTx, number: &str) -> Result<Option<Round>, StoreError> {
    let row = round_table::Entity::find().filter(round_table::Column::Number.eq(number)).one(tx.db()).await?;
    row.map(read).transpose()
}

/// The sites of a round with their registry entries, in the round's order.
///
/// # Errors
/// The database's.
pub async fn sites(tx: &ReadTx, round: RoundId) -> Result<Vec<(RoundSite, Site)>, StoreError> {
    let rows = round_site::Entity::find()
        .filter(round_site::Column::RoundId.eq(round.to_string()))
        .order_by_asc(round_site::Column::Position)
        .all(tx.db())
        .await?;
    let registered = site::Entity::find().filter(site::Column::Id.in_subquery(site_ids(round))).all(tx.db()).await?;
    let mut registered: std::collections::HashMap<String, site::Model> =
        registered.into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut sites = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(registry) = registered.remove(&row.site_id) else { continue };
        sites.push((round_site_row(&row)?, Site::read(registry)?));
    }
    Ok(sites)
}

/// Adds sites to a round whose sites were drawn after it was planned.
///
/// # Errors
/// `round_site_exists`, or the database's.
pub async fn add_sites(tx: &WriteTx, sites: &[RoundSite]) -> Result<(), StoreError> {
    insert_all::<round_site::Entity, _>(tx.db(), round_site_models(sites)?).await
}

/// One site of a round; none if the round has it not.
///
/// # Errors
/// The database's.
pub async fn round_site(tx: &ReadTx, round: RoundId, site: SiteId) -> Result<Option<RoundSite>, StoreError> {
    let row = round_site::Entity::find()
        .filter(round_site::Column::RoundId.eq(round.to_string()))
        .filter(round_site::Column::SiteId.eq(site.to_string()))
        .one(tx.db())
        .await?;
    row.as_ref().map(round_site_row).transpose()
}

pub(crate) fn round_site_row(row: &round_site::Model) -> Result<RoundSite, StoreError> {
    Ok(RoundSite {
        id: id(&row.id)?,
        round: id(&row.round_id)?,
        site: id(&row.site_id)?,
        inspector: id_opt(row.inspector_id.as_ref())?,
        given_at: moment_opt(row.given_at.as_ref())?,
        second: id_opt(row.second_id.as_ref())?,
        earlier: read_json("round_site.earlier", &row.earlier)?,
        position: row.position,
        visit_on: day_opt(row.visit_on.as_ref())?,
        stop: row.stop,
        version: row.version,
    })
}

fn site_ids(round: RoundId) -> SelectStatement {
    Query::select()
        .column(round_site::Column::SiteId)
        .from(round_site::Entity)
        .and_where(Expr::col((round_site::Entity, round_site::Column::RoundId)).eq(round.to_string()))
        .to_owned()
}
