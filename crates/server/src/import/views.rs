//! What the interface sends and takes.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_documents::kind::{Kind, Part};
use yipanqi_documents::mapping::{BlankMeans, ColumnMapping, SheetMapping};
use yipanqi_store::import::{ReportRow, Run};
use yipanqi_store::question::{Phrase, Question, QuestionFilter, QuestionSort};

use super::actions::{self, Plan, Tried};
use super::outcome::Counts;
use super::sentences::sentence;
use crate::error::Error;
use crate::page::sorted;
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
    /// How the file is read.
    pub mapping: MappingView,
    /// The parts and fields that the kind knows.
    pub parts: Vec<PartView>,
    /// Rows by what became of them; of a preview, by what would.
    pub counts: Counts,
    /// Of a preview, the first lines of each code.
    pub rows: Vec<LineView>,
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
    /// The job that runs it.
    pub job_id: Option<String>,
    /// The round that results belong to.
    pub round: Option<String>,
    /// Sent back with a change.
    pub version: i64,
}

/// How a file is read.
#[derive(Debug, Serialize, ToSchema)]
pub struct MappingView {
    /// The sheets, also those left out.
    pub sheets: Vec<SheetView>,
}

/// How a sheet is read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SheetView {
    /// Its name.
    pub sheet: String,
    /// The part its rows are; none: left out.
    pub part: Option<String>,
    /// Its header rows.
    #[serde(default)]
    #[schema(required)]
    pub header_rows: Vec<u32>,
    /// Its columns.
    #[serde(default)]
    #[schema(required)]
    pub columns: Vec<ColumnView>,
}

/// How a column is read.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ColumnView {
    /// Its letter.
    pub column: String,
    /// Its header.
    pub header: String,
    /// The field; none: left out.
    pub field: Option<String>,
    /// `missing`, or `above` where a blank means the same as in the row above.
    #[serde(default)]
    #[schema(value_type = String)]
    pub blank: BlankMeans,
    /// The first values.
    #[serde(default)]
    #[schema(required)]
    pub samples: Vec<String>,
}

impl From<SheetView> for SheetMapping {
    fn from(view: SheetView) -> Self {
        let columns = view.columns.into_iter().map(|column| ColumnMapping {
            column: column.column,
            header: column.header,
            field: column.field,
            blank: column.blank,
        });
        Self { sheet: view.sheet, part: view.part, header_rows: view.header_rows, columns: columns.collect() }
    }
}

/// A part that a kind knows.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartView {
    /// Its identifier.
    pub part: String,
    /// Its fields.
    pub fields: Vec<FieldView>,
}

/// A field of a part.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldView {
    /// Its identifier.
    pub field: String,
    /// Whether the part cannot do without it.
    pub required: bool,
    /// Its usual header.
    pub label_zh: String,
    /// Its identifier in words.
    pub label_en: String,
}

fn parts(kind: Kind) -> Vec<PartView> {
    let part = |part: &Part| PartView {
        part: part.name.to_owned(),
        fields: part
            .fields
            .iter()
            .map(|field| FieldView {
                field: field.name.to_owned(),
                required: part.needs.iter().any(|group| group.len() == 1 && group.contains(&field.name)),
                label_zh: field.headers.first().copied().unwrap_or(field.name).to_owned(),
                label_en: field.name.replace('_', " "),
            })
            .collect(),
    };
    kind.parts().iter().map(part).collect()
}

impl ImportView {
    /// The view of a run.
    ///
    /// # Errors
    /// A plan that was stored and cannot be read.
    pub fn of(run: Run, lang: Lang) -> Result<Self, Error> {
        let Plan { mapping, round, job, mut samples, partial: _ } = actions::plan(&run)?;
        let state = serde_json::to_value(run.state).map_err(Error::internal)?;
        let sheets = mapping.sheets.into_iter().map(|sheet| {
            let mut seen = samples.remove(&sheet.sheet).unwrap_or_default();
            let columns = sheet.columns.into_iter().map(|column| ColumnView {
                samples: seen.remove(&column.column).unwrap_or_default(),
                column: column.column,
                header: column.header,
                field: column.field,
                blank: column.blank,
            });
            SheetView { sheet: sheet.sheet, part: sheet.part, header_rows: sheet.header_rows, columns: columns.collect() }
        });
        Ok(Self {
            id: run.id,
            state: state.as_str().unwrap_or_default().to_owned(),
            mapping: MappingView { sheets: sheets.collect() },
            parts: parts(mapping.kind),
            counts: serde_json::from_value(run.counts).map_err(Error::internal)?,
            rows: Vec::new(),
            round,
            job_id: job,
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

    /// With what a dry run says.
    #[must_use]
    pub fn tried(self, tried: Tried, lang: Lang) -> Self {
        Self { counts: tried.counts, rows: tried.lines.into_iter().map(|line| LineView::of(line, lang)).collect(), ..self }
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

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportPage {
    /// The runs, newest first.
    pub items: Vec<ImportView>,
    /// How many there are.
    pub total: u64,
}

/// A page of a report.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinePage {
    /// The lines in the order of the file.
    pub items: Vec<LineView>,
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
    /// Words that what is asked about contains, all of them.
    #[serde(default)]
    pub q: String,
    /// `asked_at` or `kind`; `-` before it turns the order. The oldest first if left out.
    #[serde(default)]
    pub sort: String,
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
    /// What it is about, as people call it.
    pub subject: String,
    /// The question in the reader's language.
    pub text: String,
    /// The code of the question.
    pub code: String,
    /// What can be decided, best proposal first.
    pub options: Vec<OptionView>,
    /// `open`, `decided` or `dropped`.
    #[schema(value_type = String)]
    pub state: yipanqi_store::question::QuestionState,
    /// The value of the option that was taken.
    pub decision: Option<String>,
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
    /// What is sent back: JSON as text.
    pub value: String,
    /// How it is worded.
    pub label: String,
}

impl QuestionQuery {
    /// What the store is asked.
    ///
    /// # Errors
    /// `query_invalid` for a column by which questions are not sorted.
    pub fn filter(&self) -> Result<QuestionFilter, Error> {
        let (column, order) = sorted(&self.sort);
        let sort = match column {
            "" | "asked_at" => QuestionSort::AskedAt,
            "kind" => QuestionSort::Kind,
            _ => return Err(Error::new("query_invalid").with("reason", "sort")),
        };
        let kind = self.kind.clone().filter(|kind| !kind.is_empty());
        Ok(QuestionFilter { kind, state: self.state, import: self.import, text: self.q.clone(), sort, order })
    }
}

impl QuestionView {
    /// The view of a question.
    #[must_use]
    pub fn of(question: Question, lang: Lang) -> Self {
        let option = |option: &yipanqi_store::question::QuestionOption| OptionView {
            value: option.value.to_string(),
            label: sentence(&option.text, lang),
        };
        let known = |name: &str| question.text.params.get(name).cloned();
        Self {
            id: question.id,
            subject: known("name").or_else(|| known("given")).unwrap_or_else(|| question.key.clone()),
            text: sentence(&question.text, lang),
            code: question.text.code.clone(),
            options: question.options.iter().map(option).collect(),
            state: question.state,
            decision: question.decision.map(|decision| decision.to_string()),
            decided_by: question.decided_by,
            asked_at: question.asked_at.stored(),
            version: question.version,
            kind: question.kind,
            key: question.key,
        }
    }
}

/// How many questions there are of each kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionTotals {
    /// The kinds.
    pub kinds: Vec<KindCount>,
}

/// How many questions there are of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct KindCount {
    /// The kind.
    pub kind: String,
    /// How many.
    pub count: i64,
}

/// A page of questions.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionPage {
    /// The questions, oldest first.
    pub items: Vec<QuestionView>,
    /// How many there are.
    pub total: u64,
    /// How many of each kind.
    pub totals: QuestionTotals,
}

/// An uploaded file.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the form is read part by part; the type only describes it")]
pub struct UploadForm {
    /// Made by the client; the same file sent again is the same import.
    #[schema(value_type = Option<String>)]
    pub command_id: Option<yipanqi_domain::id::CommandId>,
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
    pub mapping: MappingBody,
    /// The round that results belong to.
    pub round: Option<String>,
}

/// How a file is to be read.
#[derive(Debug, Deserialize, ToSchema)]
pub struct MappingBody {
    /// The sheets.
    pub sheets: Vec<SheetView>,
}

/// A run to be started.
#[derive(Debug, Deserialize, ToSchema)]
pub struct StartInput {
    /// Made by the client, applied once.
    #[schema(value_type = Uuid)]
    pub command_id: yipanqi_domain::id::CommandId,
    /// The version of the run it is based on.
    pub version: i64,
    /// An edition with rows that are refused is written without them.
    #[serde(default)]
    pub accept_partial: bool,
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DecisionInput {
    /// Made by the client, applied once.
    #[schema(value_type = Uuid)]
    pub command_id: yipanqi_domain::id::CommandId,
    /// The version of the question it is based on.
    pub version: i64,
    /// The value of an option, or one of its shape: JSON as text.
    pub value: String,
}

/// What a decision did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Decided {
    /// Rows it changed.
    pub changed: u64,
}
