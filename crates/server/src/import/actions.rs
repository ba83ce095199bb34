//! Intentions: take a file, set its mapping, try it, run it, stop it, give back what was refused.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;
use yipanqi_documents::kind::Kind;
use yipanqi_documents::mapping::{Mapping, SheetMapping};
use yipanqi_documents::record;
use yipanqi_documents::refused::{RefusedFile, refused as refused_file};
use yipanqi_documents::source::{Limits, Source};
use yipanqi_documents::table::{self, Suggestion};
use yipanqi_domain::access::Right;
use yipanqi_domain::id::CommandId;
use yipanqi_domain::moment::Moment;
use yipanqi_store::import::{self as store, ReportRow, RowAction, RowFilter, Run, RunState};
use yipanqi_store::question::Phrase;
use yipanqi_store::{Author, City, NewJob, Slug, StoreError};

use super::outcome::Counts;
use super::run::{Input, Partial, Reading, audit, source_error};
use super::sentences;
use crate::app::App;
use crate::error::Error;
use crate::job::{Failure, Task};
use crate::request::{CityCtx, Lang};

/// The kind of job that runs an import.
pub const JOB: &str = "import";
/// Lines of each code that a preview shows.
const SHOWN: usize = 5;

/// How a run reads its file; kept with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Columns and fields.
    pub mapping: Mapping,
    /// The round that results belong to, by its number.
    #[serde(default)]
    pub round: Option<String>,
    /// The job that runs it.
    #[serde(default)]
    pub job: Option<String>,
    /// Whether an edition is written without the rows that are refused.
    #[serde(default)]
    pub partial: Partial,
    /// The first values of each column, by sheet and letter, as seen when the file came.
    #[serde(default)]
    pub samples: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

/// What a dry run would do.
pub struct Tried {
    /// Rows by what would become of them.
    pub counts: Counts,
    /// The first lines of each code.
    pub lines: Vec<ReportRow>,
}

/// A whole import as the command line reports it.
#[derive(Debug, Serialize)]
pub struct FileReport {
    /// The kind.
    pub kind: Kind,
    /// The name of the file.
    pub file_name: String,
    /// The run; none for a dry one.
    pub run: Option<Uuid>,
    /// Rows by what became of them.
    pub counts: Counts,
    /// The lines.
    pub rows: Vec<FileLine>,
}

/// A line of a report with its sentence.
#[derive(Debug, Serialize)]
pub struct FileLine {
    /// The sheet.
    pub sheet: String,
    /// The row, counted from 1.
    pub row: i64,
    /// The column's header; empty: the whole row.
    pub column: String,
    /// What became of it.
    pub action: RowAction,
    /// The stable code; empty where nothing needs saying.
    pub code: String,
    /// The sentence.
    pub message: String,
}

impl FileLine {
    fn of(line: ReportRow, lang: Lang) -> Self {
        let message = sentences::sentence(&line.message, lang);
        Self { sheet: line.sheet, row: line.row, column: line.column, action: line.action, code: line.code, message }
    }
}

fn limits() -> Limits {
    Limits::default()
}

async fn opened(bytes: Bytes) -> Result<Source, Error> {
    let opened = tokio::task::spawn_blocking(move || Source::from_bytes(&bytes, limits())).await.map_err(Error::internal)?;
    opened.map_err(|error| source_error(&error))
}

async fn suggested(kind: Kind, mut source: Source) -> Result<(Source, Suggestion, i64), Error> {
    let looked = tokio::task::spawn_blocking(move || {
        let suggestion = table::suggest(kind, &mut source).map_err(|error| source_error(&error))?;
        // A suggestion that is not complete yet has nothing to count.
        let rows = record::count(&mut source, &suggestion.mapping).map(|counts| counts.values().sum()).unwrap_or(0_u64);
        Ok::<_, Error>((source, suggestion, rows))
    });
    let (source, suggestion, rows) = looked.await.map_err(Error::internal)??;
    Ok((source, suggestion, i64::try_from(rows).unwrap_or(i64::MAX)))
}

/// A file as it comes in.
#[derive(Debug)]
pub struct Received {
    /// Made by the client; the same file is taken once.
    pub command: Option<CommandId>,
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub file_name: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// The round that results belong to.
    pub round: Option<String>,
}

/// Takes a file, keeps it and suggests how to read it.
///
/// # Errors
/// The file's own fault, `command_reused`, or the store's.
pub async fn receive(app: &App, ctx: &CityCtx, received: Received) -> Result<Run, Error> {
    let Received { command, kind, file_name, bytes, round } = received;
    let (_, mut suggestion, total) = suggested(kind, opened(bytes.clone()).await?).await?;
    let file = app.store().media().put_file(ctx.city.slug(), bytes).await?;
    let mut tx = ctx.write().await?;
    if let Some(command) = command
        && let Some(before) = ctx.once::<Uuid>(&mut tx, command, &(kind, &file_name, &file)).await?
    {
        return store::get(&tx, before).await.map_err(known);
    }
    let remembered = store::remembered(&tx, kind.name(), &suggestion.signature).await?;
    let remembered: Option<Mapping> = remembered.and_then(|known| serde_json::from_value(known).ok());
    if let Some(known) = &remembered {
        suggestion.mapping.take_over(known);
    }
    let samples = suggestion.sheets.iter().map(|sheet| {
        let columns = sheet.columns.iter().map(|column| (column.column.clone(), column.samples.clone()));
        (sheet.sheet.clone(), columns.collect())
    });
    let plan =
        Plan { mapping: suggestion.mapping.clone(), round, job: None, partial: Partial::Refuse, samples: samples.collect() };
    let run = Run {
        id: Uuid::now_v7(),
        kind: kind.name().to_owned(),
        file_name: file_name.clone(),
        file: Some(file.clone()),
        state: RunState::Preview,
        mapping: serde_json::to_value(&plan).map_err(Error::internal)?,
        dry_run: false,
        counts: json!(Counts::default()),
        done: 0,
        total,
        started_by: ctx.name.clone(),
        created_at: ctx.moment,
        finished_at: None,
        error: None,
        version: 1,
    };
    store::add(&tx, &run).await?;
    tx.audit(
        "import.receive",
        "import_run",
        &run.id.to_string(),
        &json!({ "kind": kind, "file_name": file_name, "file": file }),
    )?;
    if let Some(command) = command {
        ctx.answer_once(&mut tx, command, &run.id).await?;
    }
    tx.commit().await?;
    Ok(run)
}

/// A run, by its identity.
///
/// # Errors
/// `import_not_found`, or the store's.
pub async fn find(ctx: &CityCtx, id: Uuid) -> Result<Run, Error> {
    store::get(&ctx.read().await?, id).await.map_err(known)
}

fn known(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => Error::new("import_not_found"),
        other => other.into(),
    }
}

/// How a run reads its file.
///
/// # Errors
/// A plan that was stored and cannot be read.
pub fn plan(run: &Run) -> Result<Plan, Error> {
    serde_json::from_value(run.mapping.clone()).map_err(Error::internal)
}

async fn file_of(app: &App, city: &City, run: &Run) -> Result<Source, Error> {
    let sha256 = run.file.as_deref().ok_or_else(|| Error::new("import_not_found"))?;
    opened(app.store().media().original(city.slug(), sha256).await?).await
}

fn editable(run: &Run) -> Result<(), Error> {
    match run.state {
        RunState::Preview => Ok(()),
        RunState::Queued | RunState::Running | RunState::Finished | RunState::Failed | RunState::Cancelled => {
            Err(Error::new("import_started"))
        }
    }
}

fn same_version(run: &Run, version: i64) -> Result<(), Error> {
    if run.version == version { Ok(()) } else { Err(Error::new("version_conflict")) }
}

/// Replaces the mapping of a run that has not begun.
///
/// # Errors
/// The mapping's own fault, `import_started`, `version_conflict`, or the store's.
pub async fn set_mapping(
    ctx: &CityCtx,
    command: CommandId,
    id: Uuid,
    version: i64,
    sheets: &[SheetMapping],
    round: Option<String>,
) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, command, &(id, version, sheets, &round)).await?.is_some() {
        return Ok(());
    }
    let mut run = store::get(&tx, id).await.map_err(known)?;
    let mapping = Mapping { kind: plan(&run)?.mapping.kind, sheets: sheets.to_vec() };
    editable(&run)?;
    same_version(&run, version)?;
    mapping.check().map_err(|error| Error::new(error.code()).with("reason", error.to_string()))?;
    let plan = Plan { mapping, round, job: None, ..plan(&run)? };
    run.mapping = serde_json::to_value(&plan).map_err(Error::internal)?;
    store::update(&tx, &run).await?;
    tx.audit("import.mapping", "import_run", &id.to_string(), &plan)?;
    tx.answer(command, &serde_json::Value::Null).await?;
    tx.commit().await?;
    Ok(())
}

/// Decides on every row and writes nothing.
///
/// # Errors
/// The file's, the mapping's or the store's.
pub async fn preview(app: &App, ctx: &CityCtx, id: Uuid) -> Result<Tried, Error> {
    let run = find(ctx, id).await?;
    let plan = plan(&run)?;
    let office = CityCtx::of_office(&ctx.city, &ctx.author(), ctx.moment, Right::Import).await?;
    let author = ctx.author();
    let city_name = city_name(app, ctx.city.slug()).await?;
    let input = Input {
        mapping: &plan.mapping,
        file_name: &run.file_name,
        city_name: &city_name,
        round: plan.round.as_deref(),
        run: None,
        partial: Partial::Accept,
    };
    let mut reading = Reading::begin(&office, &author, file_of(app, &ctx.city, &run).await?, input).await?;
    let mut shown: BTreeMap<(RowAction, String), usize> = BTreeMap::new();
    let mut lines = Vec::new();
    while let Some(batch) = reading.next().await? {
        for line in batch.lines {
            let count = shown.entry((line.action, line.code.clone())).or_default();
            *count += 1;
            if *count <= SHOWN {
                lines.push(line);
            }
        }
    }
    Ok(Tried { counts: reading.counts().clone(), lines })
}

/// Puts a run into the queue and remembers its mapping.
///
/// # Errors
/// The mapping's own fault, `import_partial_unconfirmed`, `import_started`, `version_conflict`, or the store's.
pub async fn start(app: &App, ctx: &CityCtx, command: CommandId, id: Uuid, version: i64, partial: Partial) -> Result<(), Error> {
    let tried = find(ctx, id).await?;
    if partial == Partial::Refuse && tried.state == RunState::Preview && plan(&tried)?.mapping.kind == Kind::Framework {
        let counts = preview(app, ctx, id).await?.counts;
        let rest = counts.created + counts.changed;
        if counts.faults() > 0 && rest > 0 {
            return Err(unconfirmed(&Counts { withheld: rest, ..counts }));
        }
    }
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, command, &(id, version, partial)).await?.is_some() {
        return Ok(());
    }
    let mut run = store::get(&tx, id).await.map_err(known)?;
    editable(&run)?;
    same_version(&run, version)?;
    let mut plan = plan(&run)?;
    plan.mapping.check().map_err(|error| Error::new(error.code()).with("reason", error.to_string()))?;
    let remembered = serde_json::to_value(&plan.mapping).map_err(Error::internal)?;
    store::remember(&tx, &run.kind, &plan.mapping.signature(), &remembered).await?;
    let job = NewJob { kind: JOB.to_owned(), payload: json!({ "run": id }), run_at: ctx.moment };
    plan.job = Some(tx.enqueue(job).await?);
    plan.partial = partial;
    run.mapping = serde_json::to_value(&plan).map_err(Error::internal)?;
    run.state = RunState::Queued;
    store::update(&tx, &run).await?;
    tx.audit("import.start", "import_run", &id.to_string(), &json!({ "kind": run.kind, "file_name": run.file_name }))?;
    tx.event("import", &id.to_string(), &[])?;
    tx.answer(command, &serde_json::Value::Null).await?;
    tx.commit().await?;
    Ok(())
}

/// An edition has rows that are refused, and nobody said that the rest be taken.
fn unconfirmed(counts: &Counts) -> Error {
    Error::new("import_partial_unconfirmed").with("faults", counts.faults()).with("rest", counts.withheld)
}

/// Asks a run to stop; rows that were committed stay.
///
/// # Errors
/// `import_finished`, or the store's.
pub async fn cancel(ctx: &CityCtx, id: Uuid) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    let mut run = store::get(&tx, id).await.map_err(known)?;
    match run.state {
        RunState::Finished | RunState::Failed | RunState::Cancelled => return Err(Error::new("import_finished")),
        RunState::Running | RunState::Queued => {
            if let Some(job) = plan(&run)?.job {
                yipanqi_store::job::request_cancel(&mut tx, &job).await?;
            }
        }
        RunState::Preview => {}
    }
    if run.state != RunState::Running {
        run.state = RunState::Cancelled;
        run.finished_at = Some(ctx.moment);
        store::update(&tx, &run).await?;
    }
    tx.audit("import.cancel", "import_run", &id.to_string(), &json!({}))?;
    tx.event("import", &id.to_string(), &[])?;
    tx.commit().await?;
    Ok(())
}

#[derive(Deserialize)]
struct Payload {
    run: Uuid,
}

/// Runs an import in the background. A run that was broken off begins anew: rows entered before are then unchanged.
///
/// # Errors
/// As jobs fail; the run says why.
pub async fn work(app: App, task: Task) -> Result<serde_json::Value, Failure> {
    let Payload { run } = task.payload()?;
    match read_in_background(&app, &task, run).await {
        Ok(counts) => Ok(json!(counts)),
        Err(failure) => {
            let (state, error) = match &failure {
                Failure::Cancelled => (RunState::Cancelled, None),
                Failure::Dead(error) => (RunState::Failed, Some(error.clone())),
                // It is tried again; until then the run shows as queued.
                Failure::Retry(error) => (RunState::Queued, Some(error.clone())),
            };
            close(&task, run, state, error).await?;
            Err(failure)
        }
    }
}

async fn close(task: &Task, id: Uuid, state: RunState, error: Option<Error>) -> Result<(), Failure> {
    let mut tx = task.write().await?;
    let mut run = store::get(&tx, id).await.map_err(known)?;
    run.state = state;
    run.finished_at = (state != RunState::Queued).then(|| task.now());
    run.error = error.map(|error| {
        let said = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let params = error.data().iter().map(|(name, value)| (name.clone(), said(value))).collect();
        Phrase { code: error.code().to_owned(), params }
    });
    store::update(&tx, &run).await.map_err(Error::from)?;
    tx.event("import", &id.to_string(), &[]).map_err(Error::from)?;
    tx.commit().await.map_err(Error::from)?;
    Ok(())
}

async fn read_in_background(app: &App, task: &Task, id: Uuid) -> Result<Counts, Failure> {
    let author = task.author();
    let mut tx = task.write().await?;
    let mut run = store::get(&tx, id).await.map_err(known)?;
    run.state = RunState::Running;
    store::clear_report(&tx, id).await.map_err(Error::from)?;
    store::update(&tx, &run).await.map_err(Error::from)?;
    tx.event("import", &id.to_string(), &[]).map_err(Error::from)?;
    tx.commit().await.map_err(Error::from)?;
    run.version += 1;
    let plan = plan(&run)?;
    let starter = Author { person: author.person, name: run.started_by.clone() };
    let office = CityCtx::of_office(task.city(), &starter, task.now(), Right::Import).await?;
    let author = Author { person: author.person, name: run.started_by.clone() };
    let city_name = city_name(app, task.city().slug()).await?;
    let input = Input {
        mapping: &plan.mapping,
        file_name: &run.file_name,
        city_name: &city_name,
        round: plan.round.as_deref(),
        run: Some(id),
        partial: plan.partial,
    };
    let mut reading = Reading::begin(&office, &author, file_of(app, task.city(), &run).await?, input).await?;
    while let Some(batch) = reading.next().await? {
        let Some(mut tx) = batch.tx else { continue };
        store::report(&tx, id, &batch.lines).await.map_err(Error::from)?;
        audit(&mut tx, plan.mapping.kind, &run.file_name, id, &batch.lines)?;
        run.done = i64::try_from(batch.done).unwrap_or(i64::MAX);
        run.counts = json!(reading.counts());
        store::update(&tx, &run).await.map_err(Error::from)?;
        run.version += 1;
        tx.event("import", &id.to_string(), &[]).map_err(Error::from)?;
        task.commit(tx, run.done, run.total, run.counts.clone()).await?;
    }
    if reading.counts().withheld > 0 {
        return Err(Failure::Dead(unconfirmed(reading.counts())));
    }
    let mut tx = task.write().await?;
    run.state = RunState::Finished;
    run.finished_at = Some(task.now());
    store::update(&tx, &run).await.map_err(Error::from)?;
    tx.event("import", &id.to_string(), &[]).map_err(Error::from)?;
    tx.commit().await.map_err(Error::from)?;
    Ok(reading.counts().clone())
}

/// The rows that were refused, in the layout of the file, to be corrected and sent again.
///
/// # Errors
/// `import_nothing_refused`, the file's, or the store's.
pub async fn refused(app: &App, ctx: &CityCtx, id: Uuid) -> Result<RefusedFile, Error> {
    let run = find(ctx, id).await?;
    let filter = RowFilter { action: Some(RowAction::Refused), code: None };
    let (lines, _) = store::rows(&ctx.read().await?, id, &filter, 0, u64::from(u32::MAX)).await?;
    let mut rows: BTreeMap<(String, u32), String> = BTreeMap::new();
    for line in lines {
        let Ok(row) = u32::try_from(line.row) else { continue };
        let message = rows.entry((line.sheet, row)).or_default();
        if !message.is_empty() {
            message.push('；');
        }
        message.push_str(&sentences::sentence(&line.message, ctx.lang));
    }
    if rows.is_empty() {
        return Err(Error::new("import_nothing_refused"));
    }
    let mapping = plan(&run)?.mapping;
    let mut source = file_of(app, &ctx.city, &run).await?;
    let written = tokio::task::spawn_blocking(move || refused_file(&mut source, &mapping, &rows));
    written.await.map_err(Error::internal)?.map_err(Error::internal)
}

/// What the command line asks for.
#[derive(Debug, Clone, Copy)]
pub struct FileInput<'a> {
    /// The kind.
    pub kind: Kind,
    /// The file.
    pub path: &'a Path,
    /// The mapping; none: as remembered or suggested.
    pub mapping: Option<&'a Mapping>,
    /// The round that results belong to, by its number.
    pub round: Option<&'a str>,
    /// Whether rows are written or only tried.
    pub mode: Mode,
    /// Whether an edition is written without the rows that are refused.
    pub partial: Partial,
    /// The language of the report.
    pub lang: Lang,
}

/// Whether rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Rows are written.
    Write,
    /// Everything is decided, nothing written.
    Try,
}

/// Imports a file at once: for the command line and the demo.
///
/// # Errors
/// The file's, the mapping's or the store's; what was committed before stays.
pub async fn run_file(app: &App, slug: &Slug, author: &Author, input: FileInput<'_>) -> Result<FileReport, Error> {
    let city = app.store().city(slug).await?;
    let moment = app.clock().now();
    let ctx = CityCtx::of_office(&city, author, moment, Right::Import).await?;
    let file_name = input.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bytes = Bytes::from(tokio::fs::read(input.path).await.map_err(|error| source_error(&error.into()))?);
    let (source, mut suggestion, total) = suggested(input.kind, opened(bytes.clone()).await?).await?;
    let mapping = match input.mapping {
        Some(mapping) => mapping.clone(),
        None => {
            let known = store::remembered(&city.read().await?, input.kind.name(), &suggestion.signature).await?;
            if let Some(known) = known.and_then(|known| serde_json::from_value::<Mapping>(known).ok()) {
                suggestion.mapping.take_over(&known);
            }
            suggestion.mapping
        }
    };
    mapping.check().map_err(|error| Error::new(error.code()).with("reason", error.to_string()))?;
    let plan =
        Plan { mapping, round: input.round.map(str::to_owned), job: None, partial: input.partial, samples: BTreeMap::new() };
    let mut run = match input.mode {
        Mode::Try => None,
        Mode::Write => Some(begin_run(app, &city, author, moment, &plan, &file_name, bytes, total).await?),
    };
    let city_name = city_name(app, slug).await?;
    let reading_input = Input {
        mapping: &plan.mapping,
        file_name: &file_name,
        city_name: &city_name,
        round: plan.round.as_deref(),
        run: run.as_ref().map(|run| run.id),
        partial: input.partial,
    };
    let mut reading = Reading::begin(&ctx, author, source, reading_input).await?;
    let mut rows = Vec::new();
    while let Some(batch) = reading.next().await? {
        if let (Some(mut tx), Some(run)) = (batch.tx, run.as_mut()) {
            store::report(&tx, run.id, &batch.lines).await?;
            audit(&mut tx, input.kind, &file_name, run.id, &batch.lines)?;
            run.done = i64::try_from(batch.done).unwrap_or(i64::MAX);
            run.counts = json!(reading.counts());
            store::update(&tx, run).await?;
            run.version += 1;
            tx.commit().await?;
        }
        rows.extend(batch.lines.into_iter().map(|line| FileLine::of(line, input.lang)));
    }
    let counts = reading.counts().clone();
    if let Some(run) = run.as_mut() {
        let tx = city.write(author.clone(), moment).await?;
        run.state = RunState::Finished;
        run.finished_at = Some(moment);
        store::update(&tx, run).await?;
        tx.commit().await?;
    }
    Ok(FileReport { kind: input.kind, file_name, run: run.map(|run| run.id), counts, rows })
}

#[expect(clippy::too_many_arguments, reason = "one call, all of them different things")]
async fn begin_run(
    app: &App,
    city: &City,
    author: &Author,
    moment: Moment,
    plan: &Plan,
    file_name: &str,
    bytes: Bytes,
    total: i64,
) -> Result<Run, Error> {
    let file = app.store().media().put_file(city.slug(), bytes).await?;
    let kind = plan.mapping.kind;
    let mut tx = city.write(author.clone(), moment).await?;
    let run = Run {
        id: Uuid::now_v7(),
        kind: kind.name().to_owned(),
        file_name: file_name.to_owned(),
        file: Some(file.clone()),
        state: RunState::Running,
        mapping: serde_json::to_value(plan).map_err(Error::internal)?,
        dry_run: false,
        counts: json!(Counts::default()),
        done: 0,
        total,
        started_by: author.name.clone(),
        created_at: moment,
        finished_at: None,
        error: None,
        version: 1,
    };
    store::add(&tx, &run).await?;
    tx.audit("import.start", "import_run", &run.id.to_string(), &json!({ "kind": kind, "file_name": file_name, "file": file }))?;
    tx.commit().await?;
    Ok(run)
}

/// The name of a city as people write it.
async fn city_name(app: &App, slug: &Slug) -> Result<String, Error> {
    let cities = app.store().cities().await?;
    Ok(cities.into_iter().find(|city| city.slug == *slug).map(|city| city.name).unwrap_or_default())
}
