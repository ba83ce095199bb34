//! Runs of the importer: what was read, what became of each row, and the mappings people confirmed.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, NotSet, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use yipanqi_domain::moment::Moment;

use crate::WriteTx;
use crate::entity::{import_mapping, import_row, import_run};
use crate::error::StoreError;
use crate::question::Phrase;
use crate::tx::ReadTx;
use crate::value::{id, insert_all, json, moment, moment_opt, new_id, read_json, read_word, word};

/// One reading of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Identity.
    pub id: Uuid,
    /// What is imported, such as `sites`.
    pub kind: String,
    /// The name under which the file came.
    pub file_name: String,
    /// The file itself, by its hash.
    pub file: Option<String>,
    /// Where it stands.
    pub state: RunState,
    /// The mapping from columns to fields.
    pub mapping: serde_json::Value,
    /// Whether nothing is kept but the report.
    pub dry_run: bool,
    /// Rows by what became of them, and other counts of the report.
    pub counts: serde_json::Value,
    /// Rows done.
    pub done: i64,
    /// Rows to do; 0 while unknown.
    pub total: i64,
    /// Who started it.
    pub started_by: String,
    /// When the file came.
    pub created_at: Moment,
    /// When it ended.
    pub finished_at: Option<Moment>,
    /// Why it failed.
    pub error: Option<Phrase>,
    /// One more with every change.
    pub version: i64,
}

/// Where a reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// The file is there, the mapping is being looked at.
    Preview,
    /// Waits for the worker.
    Queued,
    /// Rows are being read.
    Running,
    /// Every row has its line in the report.
    Finished,
    /// Broken off by an error.
    Failed,
    /// Broken off by a person.
    Cancelled,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowAction {
    /// Something new was entered.
    Created,
    /// Something known was changed.
    Changed,
    /// Everything was known.
    Unchanged,
    /// Could not be taken.
    Refused,
    /// A person has to decide.
    Question,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// The sheet.
    pub sheet: String,
    /// The row, counted from 1 as spreadsheets do.
    pub row: i64,
    /// The column's header; empty for the whole row.
    pub column: String,
    /// What became of it.
    pub action: RowAction,
    /// The stable code; empty where nothing needs saying.
    pub code: String,
    /// What is said, with parameters.
    pub message: Phrase,
    /// The cells of a refused row, to be sent back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<serde_json::Value>,
}

/// Which lines of a report a list shows.
#[derive(Debug, Clone, Default)]
pub struct RowFilter {
    /// Only with this action.
    pub action: Option<RowAction>,
    /// Only with this code.
    pub code: Option<String>,
}

fn read(row: import_run::Model) -> Result<Run, StoreError> {
    Ok(Run {
        id: id(&row.id)?,
        state: read_word("import_run.state", &row.state)?,
        mapping: read_json("import_run.mapping", &row.mapping)?,
        counts: read_json("import_run.counts", &row.counts)?,
        created_at: moment(&row.created_at)?,
        finished_at: moment_opt(row.finished_at.as_ref())?,
        error: row.error.as_deref().map(|text| read_json("import_run.error", text)).transpose()?,
        kind: row.kind,
        file_name: row.file_name,
        file: row.media_sha,
        dry_run: row.dry_run,
        done: row.done,
        total: row.total,
        started_by: row.started_by,
        version: row.version,
    })
}

fn model(run: &Run) -> Result<import_run::Model, StoreError> {
    Ok(import_run::Model {
        id: run.id.to_string(),
        kind: run.kind.clone(),
        file_name: run.file_name.clone(),
        media_sha: run.file.clone(),
        state: word(&run.state)?,
        mapping: json(&run.mapping)?,
        dry_run: run.dry_run,
        counts: json(&run.counts)?,
        done: run.done,
        total: run.total,
        started_by: run.started_by.clone(),
        created_at: run.created_at.stored(),
        finished_at: run.finished_at.map(Moment::stored),
        error: run.error.as_ref().map(json).transpose()?,
        version: run.version,
    })
}

/// Adds a run.
///
/// # Errors
/// The database's.
pub async fn add(tx: &WriteTx, run: &Run) -> Result<(), StoreError> {
    import_run::Entity::insert(model(run)?.into_active_model()).exec_without_returning(tx.db()).await?;
    Ok(())
}

/// One run.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn get(tx: &ReadTx, run: Uuid) -> Result<Run, StoreError> {
    let row = import_run::Entity::find_by_id(run.to_string()).one(tx.db()).await?;
    row.map(read).transpose()?.ok_or(StoreError::NotFound { kind: "import_run", id: run.to_string() })
}

/// A page of the runs, newest first, and how many there are.
///
/// # Errors
/// The database's.
pub async fn list(tx: &ReadTx, offset: u64, limit: u64) -> Result<(Vec<Run>, u64), StoreError> {
    let find = import_run::Entity::find();
    let total = find.clone().count(tx.db()).await?;
    let rows = find
        .order_by_desc(import_run::Column::CreatedAt)
        .order_by_desc(import_run::Column::Id)
        .offset(offset)
        .limit(limit)
        .all(tx.db())
        .await?;
    Ok((rows.into_iter().map(read).collect::<Result<_, _>>()?, total))
}

/// Saves a run read with `run.version`.
///
/// # Errors
/// `version_stale` if it changed since, or the database's.
pub async fn update(tx: &WriteTx, run: &Run) -> Result<(), StoreError> {
    let mut row = model(run)?;
    row.version += 1;
    let changed = import_run::Entity::update_many()
        .set(row.into_active_model().reset_all())
        .filter(import_run::Column::Id.eq(run.id.to_string()))
        .filter(import_run::Column::Version.eq(run.version))
        .exec(tx.db())
        .await?;
    if changed.rows_affected == 0 {
        return Err(StoreError::Conflict { kind: "import_run", id: run.id.to_string() });
    }
    Ok(())
}

/// Adds lines to a run's report.
///
/// # Errors
/// The database's.
pub async fn report(tx: &WriteTx, run: Uuid, rows: &[ReportRow]) -> Result<(), StoreError> {
    let rows = rows
        .iter()
        .map(|row| {
            Ok(import_row::ActiveModel {
                id: NotSet,
                import_id: Set(run.to_string()),
                sheet: Set(row.sheet.clone()),
                row: Set(row.row),
                col: Set(row.column.clone()),
                action: Set(word(&row.action)?),
                code: Set(row.code.clone()),
                message: Set(json(&row.message)?),
                record: Set(row.record.as_ref().map(json).transpose()?),
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    insert_all::<import_row::Entity, _>(tx.db(), rows).await
}

/// Forgets a run's report, before it is read again.
///
/// # Errors
/// The database's.
pub async fn clear_report(tx: &WriteTx, run: Uuid) -> Result<(), StoreError> {
    import_row::Entity::delete_many().filter(import_row::Column::ImportId.eq(run.to_string())).exec(tx.db()).await?;
    Ok(())
}

/// A page of a run's report in the order of the file, and how many lines there are.
///
/// # Errors
/// The database's.
pub async fn rows(
    tx: &ReadTx,
    run: Uuid,
    filter: &RowFilter,
    offset: u64,
    limit: u64,
) -> Result<(Vec<ReportRow>, u64), StoreError> {
    let mut find = import_row::Entity::find().filter(import_row::Column::ImportId.eq(run.to_string()));
    if let Some(action) = filter.action {
        find = find.filter(import_row::Column::Action.eq(word(&action)?));
    }
    if let Some(code) = &filter.code {
        find = find.filter(import_row::Column::Code.eq(code.as_str()));
    }
    let total = find.clone().count(tx.db()).await?;
    let rows = find.order_by_asc(import_row::Column::Id).offset(offset).limit(limit).all(tx.db()).await?;
    let rows = rows
        .into_iter()
        .map(|row| {
            Ok(ReportRow {
                action: read_word("import_row.action", &row.action)?,
                message: read_json("import_row.message", &row.message)?,
                record: row.record.as_deref().map(|text| read_json("import_row.record", text)).transpose()?,
                sheet: row.sheet,
                row: row.row,
                column: row.col,
                code: row.code,
            })
        })
        .collect::<Result<_, StoreError>>()?;
    Ok((rows, total))
}

/// How many lines a report has by action and code.
///
/// # Errors
/// The database's.
pub async fn row_counts(tx: &ReadTx, run: Uuid) -> Result<Vec<(RowAction, String, i64)>, StoreError> {
    let rows: Vec<(String, String, i64)> = import_row::Entity::find()
        .select_only()
        .column(import_row::Column::Action)
        .column(import_row::Column::Code)
        .column_as(Expr::col(import_row::Column::Id).count(), "lines")
        .filter(import_row::Column::ImportId.eq(run.to_string()))
        .group_by(import_row::Column::Action)
        .group_by(import_row::Column::Code)
        .order_by_asc(import_row::Column::Action)
        .order_by_asc(import_row::Column::Code)
        .into_tuple()
        .all(tx.db())
        .await?;
    rows.into_iter().map(|(action, code, lines)| Ok((read_word("import_row.action", &action)?, code, lines))).collect()
}

/// The mapping confirmed for files of this kind with this shape of header.
///
/// # Errors
/// The database's.
pub async fn remembered(tx: &ReadTx, kind: &str, signature: &str) -> Result<Option<serde_json::Value>, StoreError> {
    let row = import_mapping::Entity::find()
        .filter(import_mapping::Column::Kind.eq(kind))
        .filter(import_mapping::Column::Signature.eq(signature))
        .one(tx.db())
        .await?;
    row.map(|row| read_json("import_mapping.mapping", &row.mapping)).transpose()
}

/// Remembers a mapping for files of this kind with this shape of header.
///
/// # Errors
/// The database's.
pub async fn remember(tx: &WriteTx, kind: &str, signature: &str, mapping: &serde_json::Value) -> Result<(), StoreError> {
    let row = import_mapping::Model {
        id: new_id().to_string(),
        kind: kind.to_owned(),
        signature: signature.to_owned(),
        mapping: json(mapping)?,
    };
    import_mapping::Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::columns([import_mapping::Column::Kind, import_mapping::Column::Signature])
                .update_columns([import_mapping::Column::Mapping])
                .to_owned(),
        )
        .exec_without_returning(tx.db())
        .await?;
    Ok(())
}
