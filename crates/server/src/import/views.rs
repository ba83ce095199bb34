//! What the interface sends and takes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_store::import::{ReportRow, Run};
use yipanqi_store::question::{Phrase, Question};

use super::actions::{self, Received, Tried};
use super::outcome::Counts;
use super::sentences::sentence;
use crate::error::Error;
use crate::request::Lang;

/// A sentence with its code.
#[derive(Debug, Serialize, ToSchema)]
pub struct Said {
    /// The stable code.
    pub code: String,
    /// What is filled in.
    #[schema(value_type = Object)]
    pub params: Value,
    /// The sentence in the reader's language.
    pub message: String,
}

impl Said {
    fn of(phrase: &Phrase, lang: Lang) -> Self {
        Self { code: phrase.code.clone(), params: serde_json::json!(phrase.params), message: sentence(phrase, lang) }
    }
}

/// A run of the importer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    /// Identity.
    pub id: Uuid,
    /// `units`, `grids`, `calendar`, `sites`, `checklists`, `framework`, `feedback`, `tickets` or `results`.
    pub kind: String,
    /// The name of the file.
    pub file_name: String,
    /// `preview`, `queued`, `running`, `finished`, `failed` or `cancelled`.
    pub state: String,
    /// Rows by what became of them.
    pub counts: Counts,
    /// Rows done.
    pub done: i64,
    /// Rows to do, as counted when the file came.
    pub total: i64,
    /// Who started it.
    pub started_by: String,
    /// When the file came (RFC 3339).
    pub created_at: String,
    /// When it ended.
    pub finished_at: Option<String>,
    /// Why it failed.
    pub error: Option<Said>,
    /// How the file is read: kind, sheets, columns, fields.
    #[schema(value_type = Object)]
    pub mapping: Value,
    /// The round that results belong to.
    pub round: Option<String>,
    /// Sent back with a change.
    pub version: i64,
}

impl ImportView {
    /// The view of a run.
    ///
    /// # Errors
    /// A plan that was stored and cannot be read.
    pub fn of(run: Run, lang: Lang) -> Result<Self, Error> {
        let plan = actions::plan(&run)?;
        let state = serde_json::to_value(run.state).map_err(Error::internal)?;
        Ok(Self {
            id: run.id,
            state: state.as_str().unwrap_or_default().to_owned(),
            counts: serde_json::from_value(run.counts).map_err(Error::internal)?,
            mapping: serde_json::to_value(&plan.mapping).map_err(Error::internal)?,
            round: plan.round,
            created_at: run.created_at.stored(),
            finished_at: run.finished_at.map(yipanqi_domain::moment::Moment::stored),
            error: run.error.as_ref().map(|phrase| Said::of(phrase, lang)),
            kind: run.kind,
            file_name: run.file_name,
            done: run.done,
            total: run.total,
            started_by: run.started_by,
            version: run.version,
        })
    }
}

/// A received file with the suggestion how to read it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceivedView {
    /// The run.
    pub import: ImportView,
    /// What was seen on each sheet: titles, headers, samples, likeness per mille.
    #[schema(value_type = Vec<Object>)]
    pub sheets: Value,
    /// Whether the mapping was confirmed for an earlier file of the same layout.
    pub remembered: bool,
    /// The fields that the kind knows, by part.
    #[schema(value_type = Vec<Object>)]
    pub parts: Value,
}

impl ReceivedView {
    /// The view of a received file.
    ///
    /// # Errors
    /// What was seen cannot be written as JSON.
    pub fn of(received: Received, lang: Lang) -> Result<Self, Error> {
        let kind = received.suggestion.mapping.kind;
        let parts = kind.parts().iter().map(|part| {
            let fields: Vec<Value> =
                part.fields.iter().map(|field| serde_json::json!({ "name": field.name, "hint": field.hint })).collect();
            serde_json::json!({ "name": part.name, "fields": fields, "needs": part.needs })
        });
        Ok(Self {
            parts: parts.collect(),
            sheets: serde_json::to_value(&received.suggestion.sheets).map_err(Error::internal)?,
            remembered: received.remembered,
            import: ImportView::of(received.run, lang)?,
        })
    }
}

/// A line of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// The sheet.
    pub sheet: String,
    /// The row, counted from 1; 0: the whole sheet.
    pub row: i64,
    /// The column's header; empty: the whole row.
    pub column: String,
    /// `created`, `changed`, `unchanged`, `refused` or `question`.
    #[schema(value_type = String)]
    pub action: yipanqi_store::import::RowAction,
    /// The stable code; empty where nothing needs saying.
    pub code: String,
    /// The sentence in the reader's language.
    pub message: String,
}

impl LineView {
    /// The view of a line.
    #[must_use]
    pub fn of(line: ReportRow, lang: Lang) -> Self {
        let message = sentence(&line.message, lang);
        Self { sheet: line.sheet, row: line.row, column: line.column, action: line.action, code: line.code, message }
    }
}

/// What a dry run would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriedView {
    /// Rows by what would become of them.
    pub counts: Counts,
    /// The first lines of each code.
    pub rows: Vec<LineView>,
}

impl TriedView {
    /// The view of a dry run.
    #[must_use]
    pub fn of(tried: Tried, lang: Lang) -> Self {
        Self { counts: tried.counts, rows: tried.lines.into_iter().map(|line| LineView::of(line, lang)).collect() }
    }
}

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportPage {
    /// The runs, newest first.
    pub rows: Vec<ImportView>,
    /// How many there are.
    pub total: u64,
}

/// A page of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinePage {
    /// The lines in the order of the file.
    pub rows: Vec<LineView>,
    /// How many there are.
    pub total: u64,
    /// Lines by action and code, of the whole report.
    pub counts: Vec<LineCount>,
}

/// How many lines a report has of a code.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineCount {
    /// What became of the rows.
    #[schema(value_type = String)]
    pub action: yipanqi_store::import::RowAction,
    /// The code.
    pub code: String,
    /// How many.
    pub lines: i64,
}

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// From 1.
    pub page: Option<u64>,
    /// Rows on a page, at most 500.
    pub size: Option<u64>,
}

/// A page of a report.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LineQuery {
    /// Only with this action.
    #[param(value_type = Option<String>)]
    pub action: Option<yipanqi_store::import::RowAction>,
    /// Only with this code.
    pub code: Option<String>,
    /// From 1.
    pub page: Option<u64>,
    /// Rows on a page, at most 500.
    pub size: Option<u64>,
}

/// Which questions are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct QuestionQuery {
    /// Only of this kind.
    pub kind: Option<String>,
    /// `open`, `decided` or `dropped`.
    #[param(value_type = Option<String>)]
    pub state: Option<yipanqi_store::question::QuestionState>,
    /// Only those that this import asked.
    pub import: Option<Uuid>,
    /// From 1.
    pub page: Option<u64>,
    /// Rows on a page, at most 500.
    pub size: Option<u64>,
}

/// Something that a person decides.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionView {
    /// Identity.
    pub id: Uuid,
    /// What sort of decision it is.
    pub kind: String,
    /// What it is about.
    pub key: String,
    /// The noun it is about.
    pub subject_kind: String,
    /// The row it is about, if there is one.
    pub subject_id: Option<String>,
    /// The question.
    pub text: Said,
    /// What can be decided, best proposal first.
    pub options: Vec<OptionView>,
    /// `open`, `decided` or `dropped`.
    #[schema(value_type = String)]
    pub state: yipanqi_store::question::QuestionState,
    /// What was decided.
    #[schema(value_type = Option<Object>)]
    pub decision: Option<Value>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When it was asked.
    pub asked_at: String,
    /// Sent back with the decision.
    pub version: i64,
}

/// One of the possible decisions.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionView {
    /// What is sent back.
    #[schema(value_type = Object)]
    pub value: Value,
    /// How it is worded.
    pub text: Said,
}

impl QuestionView {
    /// The view of a question.
    #[must_use]
    pub fn of(question: Question, lang: Lang) -> Self {
        let options = question.options.into_iter();
        Self {
            id: question.id,
            text: Said::of(&question.text, lang),
            options: options.map(|option| OptionView { text: Said::of(&option.text, lang), value: option.value }).collect(),
            state: question.state,
            decision: question.decision,
            decided_by: question.decided_by,
            asked_at: question.asked_at.stored(),
            version: question.version,
            kind: question.kind,
            key: question.key,
            subject_kind: question.subject_kind,
            subject_id: question.subject,
        }
    }
}

/// A page of questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionPage {
    /// The questions, oldest first.
    pub rows: Vec<QuestionView>,
    /// How many there are.
    pub total: u64,
}

/// An uploaded file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the form is read part by part; the type only describes it")]
pub struct UploadForm {
    /// The kind of import.
    pub kind: String,
    /// The number of the round that results belong to.
    pub round: Option<String>,
    /// The file.
    #[schema(value_type = String, format = Binary)]
    pub file: Vec<u8>,
}

/// A changed mapping.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MappingInput {
    /// Made by the client, applied once.
    #[schema(value_type = Uuid)]
    pub command_id: yipanqi_domain::id::CommandId,
    /// The version of the run it is based on.
    pub version: i64,
    /// How the file is read.
    #[schema(value_type = Object)]
    pub mapping: yipanqi_documents::mapping::Mapping,
    /// The round that results belong to.
    pub round: Option<String>,
}

/// A run to be started.
#[derive(Debug, Deserialize, ToSchema)]
pub struct StartInput {
    /// Made by the client, applied once.
    #[schema(value_type = Uuid)]
    pub command_id: yipanqi_domain::id::CommandId,
    /// The version of the run it is based on.
    pub version: i64,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DecisionInput {
    /// Made by the client, applied once.
    #[schema(value_type = Uuid)]
    pub command_id: yipanqi_domain::id::CommandId,
    /// The version of the question it is based on.
    pub version: i64,
    /// The value of an option, or one of its shape.
    #[schema(value_type = Object)]
    pub decision: Value,
}

/// What a decision did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decided {
    /// Rows it changed.
    pub changed: u64,
}
