//! Results entered for whole measures that the product does not collect itself; one per measure and round.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::id::RoundId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::FindingResult;
use yipanqi_domain::score::EnteredValue;

use crate::entity::result;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, json, moment, read_json};
use crate::write::WriteTx;

/// An entered result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultRow {
    /// Identity.
    pub id: Uuid,
    /// The edition.
    pub edition: Uuid,
    /// The round.
    pub round: RoundId,
    /// The measure.
    pub measure: Uuid,
    /// What was entered.
    pub value: EnteredValue,
    /// Where it comes from, in words.
    pub source: String,
    /// Who entered it, by name.
    pub entered_by: String,
    /// When.
    pub entered_at: Moment,
    /// One more with every change.
    pub version: i64,
}

/// The form in which a result is given.
fn form(value: &EnteredValue) -> &'static str {
    match value {
        EnteredValue::Points { .. } => "points",
        EnteredValue::Percent { .. } => "percent",
        EnteredValue::GateFailed => "gate_failed",
        EnteredValue::Result { result } => match result {
            FindingResult::PassFail { .. } => "pass_fail",
            FindingResult::Grade { .. } => "grade",
            FindingResult::Faults { .. } => "faults",
            FindingResult::Count { .. } => "count",
            FindingResult::Ratio { .. } => "ratio",
            FindingResult::Timed { .. } => "timed",
            FindingResult::Interview { .. } => "interview",
            FindingResult::NotApplicable { .. } => "not_applicable",
        },
    }
}

/// Enters results, or enters them anew: an earlier result of the same measure and round is replaced.
///
/// # Errors
/// The database's.
pub async fn save_result(tx: &WriteTx, rows: &[ResultRow]) -> Result<(), StoreError> {
    use result::Column;
    for row in rows {
        let model = result::Model {
            id: row.id.to_string(),
            edition_id: row.edition.to_string(),
            round_id: row.round.to_string(),
            measure_id: row.measure.to_string(),
            form: form(&row.value).to_owned(),
            value: json(&row.value)?,
            source: row.source.clone(),
            entered_by: row.entered_by.clone(),
            entered_at: row.entered_at.stored(),
            version: 1,
        };
        let grown = Expr::col((result::Entity, Column::Version)).add(1);
        result::Entity::insert(model.into_active_model())
            .on_conflict(
                OnConflict::columns([Column::RoundId, Column::MeasureId])
                    .update_columns([Column::Form, Column::Value, Column::Source, Column::EnteredBy, Column::EnteredAt])
                    .value(Column::Version, grown)
                    .to_owned(),
            )
            .exec_without_returning(tx.db())
            .await?;
    }
    Ok(())
}

/// The entered results of a round, by measure.
///
/// # Errors
/// The database's.
pub async fn results(tx: &ReadTx, round: RoundId) -> Result<Vec<ResultRow>, StoreError> {
    let rows = result::Entity::find()
        .filter(result::Column::RoundId.eq(round.to_string()))
        .order_by_asc(result::Column::MeasureId)
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ResultRow {
                id: id(&row.id)?,
                edition: id(&row.edition_id)?,
                round: id(&row.round_id)?,
                measure: id(&row.measure_id)?,
                value: read_json("result.value", &row.value)?,
                source: row.source,
                entered_by: row.entered_by,
                entered_at: moment(&row.entered_at)?,
                version: row.version,
            })
        })
        .collect()
}
