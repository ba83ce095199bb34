//! The register of the negative list, and the official results of years.

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::score::IncidentState;

use crate::entity::{incident, year_result};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{day, id, json, moment, moment_opt, read_json, read_word, word};
use crate::write::WriteTx;

/// An incident of an edition's negative list.
#[doc(alias = "负面清单")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncidentRow {
    /// Identity.
    pub id: Uuid,
    /// The edition on whose list it is.
    pub edition: Uuid,
    /// The number on that list.
    pub number: String,
    /// How often: 起, 件, 处.
    pub count: u32,
    /// When it happened.
    pub occurred_on: NaiveDate,
    /// What happened.
    pub title: String,
    /// Whence it is known.
    pub source: String,
    /// The units it concerns.
    pub units: Vec<UnitId>,
    /// How far it is.
    pub state: IncidentState,
    /// What was decided, with the document.
    pub decision: String,
    /// When it was decided.
    pub decided_at: Option<Moment>,
    /// By whom.
    pub decided_by: String,
    /// Why it was taken back.
    pub withdrawal: String,
    /// When it was taken back.
    pub withdrawn_at: Option<Moment>,
    /// Who entered it.
    pub entered_by: String,
    /// When it was entered.
    pub entered_at: Moment,
    /// One more with every change.
    pub version: i64,
}

fn model(row: &IncidentRow) -> Result<incident::Model, StoreError> {
    Ok(incident::Model {
        id: row.id.to_string(),
        edition_id: row.edition.to_string(),
        number: row.number.clone(),
        count: row.count.into(),
        occurred_on: row.occurred_on.to_string(),
        title: row.title.clone(),
        source: row.source.clone(),
        units: json(&row.units)?,
        state: word(&row.state)?,
        decision: row.decision.clone(),
        decided_at: row.decided_at.map(Moment::stored),
        decided_by: row.decided_by.clone(),
        withdrawal: row.withdrawal.clone(),
        withdrawn_at: row.withdrawn_at.map(Moment::stored),
        entered_by: row.entered_by.clone(),
        entered_at: row.entered_at.stored(),
        version: row.version + 1,
    })
}

fn read(row: incident::Model) -> Result<IncidentRow, StoreError> {
    Ok(IncidentRow {
        id: id(&row.id)?,
        edition: id(&row.edition_id)?,
        count: u32::try_from(row.count).unwrap_or(u32::MAX),
        occurred_on: day(&row.occurred_on)?,
        units: read_json("incident.units", &row.units)?,
        state: read_word("incident.state", &row.state)?,
        decided_at: moment_opt(row.decided_at.as_ref())?,
        withdrawn_at: moment_opt(row.withdrawn_at.as_ref())?,
        entered_at: moment(&row.entered_at)?,
        number: row.number,
        title: row.title,
        source: row.source,
        decision: row.decision,
        decided_by: row.decided_by,
        withdrawal: row.withdrawal,
        entered_by: row.entered_by,
        version: row.version,
    })
}

/// Enters an incident (its `version` is 0).
///
/// # Errors
/// The database's.
pub async fn add(tx: &WriteTx, new: &IncidentRow) -> Result<(), StoreError> {
    incident::Entity::insert(model(new)?.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// Replaces an incident read with `row.version`.
///
/// # Errors
/// `version_conflict` if somebody changed it since, or the database's.
pub async fn save(tx: &WriteTx, row: &IncidentRow) -> Result<(), StoreError> {
    let changed = incident::Entity::update_many()
        .set(model(row)?.into_active_model().reset_all())
        .filter(incident::Column::Id.eq(row.id.to_string()))
        .filter(incident::Column::Version.eq(row.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 1 { Ok(()) } else { Err(StoreError::Conflict { kind: "incident", id: row.id.to_string() }) }
}

/// One incident.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, wanted: Uuid) -> Result<IncidentRow, StoreError> {
    let row = incident::Entity::find_by_id(wanted.to_string()).one(tx.db()).await?;
    read(row.ok_or_else(|| StoreError::NotFound { kind: "incident", id: wanted.to_string() })?)
}

/// The incidents of an edition, newest first.
///
/// # Errors
/// The database's.
pub async fn of_edition(tx: &ReadTx, edition: Uuid) -> Result<Vec<IncidentRow>, StoreError> {
    let rows = incident::Entity::find()
        .filter(incident::Column::EditionId.eq(edition.to_string()))
        .order_by_desc(incident::Column::OccurredOn)
        .order_by_desc(incident::Column::Id)
        .all(tx.db())
        .await?;
    rows.into_iter().map(read).collect()
}

/// The official result of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearResult {
    /// Identity.
    pub id: Uuid,
    /// The framework.
    pub framework: Uuid,
    /// The year.
    pub year: i64,
    /// The points announced.
    pub result: Exact,
    /// Where it was announced.
    pub source: String,
    /// Who entered it.
    pub entered_by: String,
    /// When.
    pub entered_at: Moment,
    /// One more with every change.
    pub version: i64,
}

/// Enters the official result of a year; an earlier one of the same year is replaced.
///
/// # Errors
/// The database's.
pub async fn save_year(tx: &WriteTx, row: &YearResult) -> Result<(), StoreError> {
    use year_result::Column;
    let model = year_result::Model {
        id: row.id.to_string(),
        framework_id: row.framework.to_string(),
        year: row.year,
        result_num: row.result.numerator(),
        result_den: row.result.denominator(),
        source: row.source.clone(),
        entered_by: row.entered_by.clone(),
        entered_at: row.entered_at.stored(),
        version: 1,
    };
    let grown = Expr::col((year_result::Entity, Column::Version)).add(1);
    year_result::Entity::insert(model.into_active_model())
        .on_conflict(
            OnConflict::columns([Column::FrameworkId, Column::Year])
                .update_columns([Column::ResultNum, Column::ResultDen, Column::Source, Column::EnteredBy, Column::EnteredAt])
                .value(Column::Version, grown)
                .to_owned(),
        )
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}

/// The official results of a framework, by year.
///
/// # Errors
/// The database's.
pub async fn years(tx: &ReadTx, framework: Uuid) -> Result<Vec<YearResult>, StoreError> {
    let rows = year_result::Entity::find()
        .filter(year_result::Column::FrameworkId.eq(framework.to_string()))
        .order_by_asc(year_result::Column::Year)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            let result = Exact::from_parts(&row.result_num, &row.result_den);
            Ok(YearResult {
                id: id(&row.id)?,
                framework: id(&row.framework_id)?,
                year: row.year,
                result: result.map_err(|wrong| StoreError::Stored { what: "year_result.result", text: wrong.0 })?,
                source: row.source,
                entered_by: row.entered_by,
                entered_at: moment(&row.entered_at)?,
                version: row.version,
            })
        })
        .collect()
}
