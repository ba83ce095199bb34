//! Computed scores kept by the hash of their inputs, and rankings.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use yipanqi_domain::id::RoundId;
use yipanqi_domain::moment::Moment;

use crate::entity::{
    checklist_item, duty, edition, framework, incident, item_criterion, measure, negative_item, node, ranking, result,
    round_site, score_run, site, site_type, unit, visit,
};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, json, moment, moment_opt, new_id, read_json};
use crate::write::WriteTx;

/// A computed score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run<T> {
    /// Identity.
    pub id: Uuid,
    /// The round.
    pub round: RoundId,
    /// The edition by which it was scored.
    pub edition: Uuid,
    /// When it was computed.
    pub computed_at: Moment,
    /// Of which inputs it was computed.
    pub inputs_hash: String,
    /// The figures.
    pub figures: T,
}

fn read<T: serde::de::DeserializeOwned>(row: &score_run::Model) -> Result<Run<T>, StoreError> {
    Ok(Run {
        id: id(&row.id)?,
        round: id(&row.round_id)?,
        edition: id(&row.edition_id)?,
        computed_at: moment(&row.computed_at)?,
        inputs_hash: row.inputs_hash.clone(),
        figures: read_json("score_run.figures", &row.figures)?,
    })
}

/// Keeps the figures of a round; gives the identity of the run.
///
/// # Errors
/// The database's.
pub async fn save_run<T: Serialize>(
    tx: &WriteTx,
    round: RoundId,
    edition: Uuid,
    inputs_hash: &str,
    figures: &T,
) -> Result<Uuid, StoreError> {
    let run = new_id();
    let row = score_run::Model {
        id: run.to_string(),
        round_id: round.to_string(),
        edition_id: edition.to_string(),
        computed_at: tx.at().stored(),
        inputs_hash: inputs_hash.to_owned(),
        figures: json(figures)?,
    };
    score_run::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(run)
}

/// The newest figures of a round that were computed of these inputs.
///
/// # Errors
/// The database's.
pub async fn run_of<T: serde::de::DeserializeOwned>(
    tx: &ReadTx,
    round: RoundId,
    inputs_hash: &str,
) -> Result<Option<Run<T>>, StoreError> {
    let Some(run) = run_id_of(tx, round, inputs_hash).await? else { return Ok(None) };
    Ok(runs(tx, &[run]).await?.pop())
}

/// Which run holds the newest figures of a round that were computed of these inputs.
///
/// # Errors
/// The database's.
pub async fn run_id_of(tx: &ReadTx, round: RoundId, inputs_hash: &str) -> Result<Option<Uuid>, StoreError> {
    let run: Option<String> = score_run::Entity::find()
        .select_only()
        .column(score_run::Column::Id)
        .filter(score_run::Column::RoundId.eq(round.to_string()))
        .filter(score_run::Column::InputsHash.eq(inputs_hash))
        .order_by_desc(score_run::Column::Id)
        .into_tuple()
        .one(tx.db())
        .await?;
    run.as_deref().map(id).transpose()
}

/// Which runs hold the newest figures of these rounds, whatever they were computed of.
///
/// # Errors
/// The database's.
pub async fn newest_run_ids(tx: &ReadTx, rounds: &[RoundId]) -> Result<Vec<Uuid>, StoreError> {
    let newest: Vec<String> = score_run::Entity::find()
        .select_only()
        .column_as(score_run::Column::Id.max(), "id")
        .filter(score_run::Column::RoundId.is_in(rounds.iter().map(ToString::to_string)))
        .group_by(score_run::Column::RoundId)
        .into_tuple()
        .all(tx.db())
        .await?;
    newest.iter().map(|run| id(run)).collect()
}

/// These runs, in no particular order. A run never changes.
///
/// # Errors
/// The database's.
pub async fn runs<T: serde::de::DeserializeOwned>(tx: &ReadTx, ids: &[Uuid]) -> Result<Vec<Run<T>>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let find = score_run::Entity::find().filter(score_run::Column::Id.is_in(ids.iter().map(ToString::to_string)));
    find.all(tx.db()).await?.iter().map(read).collect()
}

/// The newest figures of each of these rounds, whatever they were computed of.
///
/// # Errors
/// The database's.
pub async fn newest_runs<T: serde::de::DeserializeOwned>(tx: &ReadTx, rounds: &[RoundId]) -> Result<Vec<Run<T>>, StoreError> {
    runs(tx, &newest_run_ids(tx, rounds).await?).await
}

/// Freezes a ranking of a peer group; an earlier one of the same round and group stays, this one is the next version.
///
/// # Errors
/// The database's.
pub async fn publish_ranking<T: Serialize>(tx: &WriteTx, round: RoundId, group: &str, body: &T) -> Result<i64, StoreError> {
    let version = ranking_row(tx, round, group, None).await?.map_or(0, |row| row.version) + 1;
    let row = ranking::Model {
        id: new_id().to_string(),
        round_id: round.to_string(),
        group_kind: group.to_owned(),
        published_at: Some(tx.at().stored()),
        body: json(body)?,
        version,
    };
    ranking::Entity::insert(row.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(version)
}

/// A ranking as it was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published<T> {
    /// 1 for the first; a correction is the next.
    pub version: i64,
    /// When.
    pub at: Option<Moment>,
    /// What was frozen.
    pub body: T,
}

/// The newest published ranking of a peer group, or this version of it; none before the first.
///
/// # Errors
/// The database's.
pub async fn published_ranking<T: serde::de::DeserializeOwned>(
    tx: &ReadTx,
    round: RoundId,
    group: &str,
    version: Option<i64>,
) -> Result<Option<Published<T>>, StoreError> {
    let Some(row) = ranking_row(tx, round, group, version).await? else { return Ok(None) };
    let body = read_json("ranking.body", &row.body)?;
    Ok(Some(Published { version: row.version, at: moment_opt(row.published_at.as_ref())?, body }))
}

async fn ranking_row(
    tx: &ReadTx,
    round: RoundId,
    group: &str,
    version: Option<i64>,
) -> Result<Option<ranking::Model>, StoreError> {
    let find = ranking::Entity::find()
        .filter(ranking::Column::RoundId.eq(round.to_string()))
        .filter(ranking::Column::GroupKind.eq(group))
        .filter(Condition::all().add_option(version.map(|version| ranking::Column::Version.eq(version))))
        .order_by_desc(ranking::Column::Version);
    Ok(find.one(tx.db()).await?)
}

/// A hash of the reference data of which a score is made: the edition with its tree, measures and duties, the checklists
/// with what their items serve, the site types, and which unit stands below which.
async fn ground_hash(tx: &ReadTx, edition: Uuid) -> Result<String, StoreError> {
    let mut hasher = Sha256::new();
    let nodes = node::Entity::find()
        .filter(node::Column::EditionId.eq(edition.to_string()))
        .order_by_asc(node::Column::Id)
        .all(tx.db())
        .await?;
    let ids = Query::select()
        .column(node::Column::Id)
        .from(node::Entity)
        .and_where(Expr::col((node::Entity, node::Column::EditionId)).eq(edition.to_string()))
        .to_owned();
    let measures = measure::Entity::find()
        .filter(measure::Column::NodeId.in_subquery(ids.clone()))
        .order_by_asc(measure::Column::Id)
        .all(tx.db())
        .await?;
    let duties =
        duty::Entity::find().filter(duty::Column::NodeId.in_subquery(ids)).order_by_asc(duty::Column::Id).all(tx.db()).await?;
    let of = edition::Entity::find_by_id(edition.to_string()).one(tx.db()).await?;
    let negative = negative_item::Entity::find()
        .filter(negative_item::Column::EditionId.eq(edition.to_string()))
        .order_by_asc(negative_item::Column::Id)
        .all(tx.db())
        .await?;
    let frameworks = framework::Entity::find().order_by_asc(framework::Column::Id).all(tx.db()).await?;
    let types = site_type::Entity::find().order_by_asc(site_type::Column::Id).all(tx.db()).await?;
    let items: Vec<(String, String, Option<String>, i64)> = checklist_item::Entity::find()
        .select_only()
        .columns([checklist_item::Column::Id, checklist_item::Column::SiteTypeId, checklist_item::Column::Judgement])
        .column(checklist_item::Column::Version)
        .order_by_asc(checklist_item::Column::Id)
        .into_tuple()
        .all(tx.db())
        .await?;
    let links = item_criterion::Entity::find().order_by_asc(item_criterion::Column::Id).all(tx.db()).await?;
    let units: Vec<(String, Option<String>, String)> = unit::Entity::find()
        .select_only()
        .columns([unit::Column::Id, unit::Column::ParentId, unit::Column::Kind])
        .order_by_asc(unit::Column::Id)
        .into_tuple()
        .all(tx.db())
        .await?;
    hasher.update(format!("{of:?}{nodes:?}{measures:?}{duties:?}{negative:?}"));
    hasher.update(format!("{frameworks:?}{types:?}{items:?}{links:?}{units:?}"));
    Ok(hex::encode(hasher.finalize()))
}

/// Counts, versions and newest of the sites of a round; another text whenever one of them was added or changed.
///
/// # Errors
/// The database's.
pub async fn sites_stamp(tx: &ReadTx, round: RoundId) -> Result<String, StoreError> {
    let stamp = stamp_of_sites(tx, &round.to_string()).await?;
    Ok(stamp.map_or_else(String::new, |stamp| format!("{}|{:?}|{:?}", stamp.count, stamp.sum, stamp.last)))
}

async fn stamp_of_sites(tx: &ReadTx, round: &str) -> Result<Option<Stamp>, StoreError> {
    let sites: SelectStatement = Query::select()
        .column(round_site::Column::SiteId)
        .from(round_site::Entity)
        .and_where(Expr::col((round_site::Entity, round_site::Column::RoundId)).eq(round))
        .to_owned();
    let stamp = site::Entity::find()
        .select_only()
        .column_as(site::Column::Id.count(), "count")
        .column_as(Expr::col(site::Column::Version).sum().cast_as("bigint"), "sum")
        .column_as(site::Column::Id.max(), "last")
        .filter(site::Column::Id.in_subquery(sites))
        .into_model::<Stamp>()
        .one(tx.db())
        .await?;
    Ok(stamp)
}

#[derive(FromQueryResult, Debug)]
struct Stamp {
    count: i64,
    sum: Option<i64>,
    last: Option<String>,
}

/// A hash that changes whenever anything changes of which the score of the round is made. Of what changes daily it reads counts, versions and
/// moments, never the findings: a finding changes only while its visit lasts, and counts only afterwards, by the visit's new version.
///
/// # Errors
/// The database's.
pub async fn inputs_hash(tx: &ReadTx, round: RoundId, edition: Uuid) -> Result<String, StoreError> {
    let round_text = round.to_string();
    let mut hasher = Sha256::new();
    hasher.update(edition.as_bytes());
    hasher.update(tx.kept(&format!("ground of {edition}"), ground_hash(tx, edition)).await?.as_bytes());
    let sum = |column: sea_orm::sea_query::Expr| column.sum().cast_as("bigint");
    let stamps = [
        stamp_of_sites(tx, &round_text).await?,
        visit::Entity::find()
            .select_only()
            .column_as(visit::Column::Id.count(), "count")
            .column_as(sum(Expr::col(visit::Column::Version)), "sum")
            .column_as(visit::Column::FinishedAt.max(), "last")
            .filter(visit::Column::RoundId.eq(round_text.as_str()))
            .into_model::<Stamp>()
            .one(tx.db())
            .await?,
        result::Entity::find()
            .select_only()
            .column_as(result::Column::Id.count(), "count")
            .column_as(sum(Expr::col(result::Column::Version)), "sum")
            .column_as(result::Column::EnteredAt.max(), "last")
            .filter(result::Column::RoundId.eq(round_text.as_str()))
            .into_model::<Stamp>()
            .one(tx.db())
            .await?,
        incident::Entity::find()
            .select_only()
            .column_as(incident::Column::Id.count(), "count")
            .column_as(sum(Expr::col(incident::Column::Version)), "sum")
            .column_as(incident::Column::Id.max(), "last")
            .filter(incident::Column::EditionId.eq(edition.to_string()))
            .into_model::<Stamp>()
            .one(tx.db())
            .await?,
    ];
    for stamp in stamps.into_iter().flatten() {
        hasher.update(format!("{}|{:?}|{:?}\n", stamp.count, stamp.sum, stamp.last));
    }
    Ok(hex::encode(hasher.finalize()))
}
