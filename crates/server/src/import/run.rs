//! One reading of one file: rows are streamed from a thread of its own, decided in batches, and written in one transaction
//! a batch together with their lines of the report. A dry run decides alike and writes nothing.

use std::ops::ControlFlow;

use serde::Serialize;
use tokio::sync::mpsc;
use yipanqi_documents::kind::Kind;
use yipanqi_documents::mapping::Mapping;
use yipanqi_documents::record::{self, Entry, ReadError, Record, SkipReason};
use yipanqi_documents::source::{Source, SourceError};
use yipanqi_store::import::ReportRow;
use yipanqi_store::{Author, ReadTx, WriteTx, question};

use super::calendar::Days;
use super::checklists::Checklists;
use super::desk::{Desk, Setting};
use super::feedback::Feedback;
use super::framework::Editions;
use super::grids::Grids;
use super::outcome::{Counts, Outcome};
use super::parties::Parties;
use super::results::Results;
use super::sites::Sites;
use super::tasks::Tasks;
use super::tickets::Tickets;
use super::units::Units;
use crate::error::Error;
use crate::request::CityCtx;

/// Rows decided and written together.
const BATCH: usize = 500;
/// Batches read ahead.
const AHEAD: usize = 2;

enum Importer {
    Units(Box<Units>),
    Grids(Grids),
    Calendar(Days),
    Sites(Box<Sites>),
    Checklists(Checklists),
    Framework(Box<Editions>),
    Feedback(Box<Feedback>),
    Tickets(Box<Tickets>),
    Results(Results),
    Tasks(Box<Tasks>),
    Parties(Box<Parties>),
}

impl Importer {
    async fn open(kind: Kind, tx: &ReadTx, desk: &Desk, round: Option<&str>) -> Result<Self, Error> {
        Ok(match kind {
            Kind::Units => Self::Units(Box::new(Units::open(tx, desk).await?)),
            Kind::Grids => Self::Grids(Grids::open(tx).await?),
            Kind::Calendar => Self::Calendar(Days::open(tx).await?),
            Kind::Sites => Self::Sites(Box::new(Sites::open(tx).await?)),
            Kind::Checklists => Self::Checklists(Checklists::open(tx).await?),
            Kind::Framework => Self::Framework(Box::new(Editions::open(tx).await?)),
            Kind::Feedback => Self::Feedback(Box::new(Feedback::open(tx, desk).await?)),
            Kind::Tickets => Self::Tickets(Box::new(Tickets::open(tx, desk).await?)),
            Kind::Results => Self::Results(Results::open(tx, round).await?),
            Kind::Tasks => Self::Tasks(Box::new(Tasks::open(tx, desk).await?)),
            Kind::Parties => Self::Parties(Box::new(Parties::open(tx, desk).await?)),
        })
    }

    async fn batch(
        &mut self,
        tx: &ReadTx,
        ctx: &CityCtx,
        records: Vec<Record>,
        desk: &mut Desk,
        out: &mut Outcome,
    ) -> Result<(), Error> {
        match self {
            Self::Units(units) => units.batch(records),
            Self::Grids(grids) => grids.batch(&records, desk, out),
            Self::Calendar(days) => days.batch(&records, desk, out),
            Self::Sites(sites) => sites.batch(tx, &records, desk, out).await?,
            Self::Checklists(checklists) => checklists.batch(records),
            Self::Framework(editions) => editions.batch(records),
            Self::Feedback(feedback) => feedback.batch(tx, ctx, &records, desk, out).await?,
            Self::Tickets(tickets) => tickets.batch(tx, ctx, &records, desk, out).await?,
            Self::Results(results) => results.batch(&records, desk, &ctx.name, out),
            Self::Tasks(tasks) => tasks.batch(tx, records).await?,
            Self::Parties(parties) => parties.batch(&records, desk, out),
        }
        Ok(())
    }

    fn finish(&mut self, ctx: &CityCtx, desk: &mut Desk, out: &mut Outcome) {
        match self {
            Self::Units(units) => units.finish(desk, out),
            Self::Calendar(days) => days.finish(out),
            Self::Checklists(checklists) => checklists.finish(desk, out),
            Self::Framework(editions) => editions.finish(desk, out),
            Self::Tasks(tasks) => tasks.finish(ctx, desk, out),
            Self::Grids(_) | Self::Sites(_) | Self::Feedback(_) | Self::Tickets(_) | Self::Results(_) | Self::Parties(_) => {}
        }
    }

    async fn save(&mut self, tx: &mut WriteTx, ctx: &CityCtx) -> Result<(), Error> {
        match self {
            Self::Units(units) => units.save(tx).await,
            Self::Grids(grids) => grids.save(tx).await,
            Self::Calendar(days) => days.save(tx).await,
            Self::Sites(sites) => sites.save(tx).await,
            Self::Checklists(checklists) => checklists.save(tx).await,
            Self::Framework(editions) => editions.save(tx).await,
            Self::Feedback(feedback) => feedback.save(tx, ctx).await,
            Self::Tickets(tickets) => tickets.save(tx).await,
            Self::Results(results) => results.save(tx).await,
            Self::Tasks(tasks) => tasks.save(tx, ctx).await,
            Self::Parties(parties) => parties.save(tx).await,
        }
    }
}

/// What is read, and how.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The mapping; its kind is the kind of the import.
    pub mapping: &'a Mapping,
    /// The name of the file.
    pub file_name: &'a str,
    /// The city's name.
    pub city_name: &'a str,
    /// The round that results belong to.
    pub round: Option<&'a str>,
    /// The run the report belongs to; none for a dry one.
    pub run: Option<uuid::Uuid>,
    /// Whether an edition with rows that are refused is written without them.
    pub partial: Partial,
}

/// Whether an edition with rows that are refused is written without them; other kinds take each row for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Partial {
    /// Nothing of it is written.
    #[default]
    Refuse,
    /// Somebody said that the rest be taken.
    Accept,
}

/// Rows that were decided together.
pub struct Batch {
    /// The transaction that holds them, to be committed with their lines; none in a dry run.
    pub tx: Option<WriteTx>,
    /// Their lines of the report.
    pub lines: Vec<ReportRow>,
    /// Rows decided so far.
    pub done: u64,
}

/// What a batch changed, for the audit log.
#[derive(Debug, Serialize)]
struct Audited<'a> {
    kind: Kind,
    file_name: &'a str,
    rows: Vec<(&'a str, i64, yipanqi_store::import::RowAction)>,
}

/// A file that cannot be read, by its code.
#[must_use]
pub fn source_error(error: &SourceError) -> Error {
    Error::new(error.code()).with("reason", error.to_string())
}

fn read_error(error: &ReadError) -> Error {
    Error::new(error.code()).with("reason", error.to_string())
}

enum Sent {
    Entry(Box<Entry>),
    Failed(Error),
}

/// A file being read.
pub struct Reading<'a> {
    ctx: &'a CityCtx,
    author: &'a Author,
    input: Input<'a>,
    desk: Desk,
    importer: Importer,
    out: Outcome,
    entries: mpsc::Receiver<Sent>,
    done: u64,
    ended: bool,
}

impl<'a> Reading<'a> {
    /// Loads what is known and begins to read.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(ctx: &'a CityCtx, author: &'a Author, source: Source, input: Input<'a>) -> Result<Self, Error> {
        let tx = ctx.read().await?;
        let setting = Setting { file_name: input.file_name, city_name: input.city_name, moment: ctx.moment, run: input.run };
        let desk = Desk::open(&tx, &setting, input.mapping).await?;
        let importer = Importer::open(input.mapping.kind, &tx, &desk, input.round).await?;
        let entries = stream(source, input.mapping.clone());
        Ok(Self { ctx, author, input, desk, importer, out: Outcome::of(input.mapping), entries, done: 0, ended: false })
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        self.out.counts()
    }

    /// Reads and decides the next rows; none after the last.
    ///
    /// # Errors
    /// The file's, the mapping's or the database's; what was committed before stays.
    pub async fn next(&mut self) -> Result<Option<Batch>, Error> {
        if self.ended {
            return Ok(None);
        }
        let mut records = Vec::with_capacity(BATCH);
        while records.len() < BATCH {
            match self.entries.recv().await {
                Some(Sent::Entry(entry)) => match *entry {
                    Entry::Record(record) => records.push(record),
                    Entry::Skipped(skipped) => {
                        if skipped.why == SkipReason::Title {
                            self.desk.titles.push(skipped.text.clone());
                        }
                        self.out.skipped(&skipped);
                    }
                },
                Some(Sent::Failed(error)) => return Err(error),
                None => {
                    self.ended = true;
                    break;
                }
            }
        }
        self.done += records.len() as u64;
        let tx = self.decide(records).await?;
        Ok(Some(Batch { tx, lines: self.out.take(), done: self.done }))
    }

    async fn decide(&mut self, records: Vec<Record>) -> Result<Option<WriteTx>, Error> {
        if self.input.run.is_none() {
            let tx = self.ctx.read().await?;
            self.importer.batch(&tx, self.ctx, records, &mut self.desk, &mut self.out).await?;
            if self.ended {
                self.importer.finish(self.ctx, &mut self.desk, &mut self.out);
            }
            return Ok(None);
        }
        let mut tx = self.ctx.city.write(self.author.clone(), self.ctx.moment).await?;
        self.importer.batch(&tx, self.ctx, records, &mut self.desk, &mut self.out).await?;
        if self.ended {
            self.importer.finish(self.ctx, &mut self.desk, &mut self.out);
        }
        if self.ended
            && self.input.partial == Partial::Refuse
            && self.out.counts().faults() > 0
            && let Importer::Framework(editions) = &mut self.importer
            && editions.withhold()
        {
            self.out.withhold();
        }
        self.importer.save(&mut tx, self.ctx).await?;
        question::ask(&tx, &self.desk.take_asked()).await?;
        Ok(Some(tx))
    }
}

/// Notes in the audit log which rows of a batch changed something.
///
/// # Errors
/// Those of the database.
pub fn audit(tx: &mut WriteTx, kind: Kind, file_name: &str, run: uuid::Uuid, lines: &[ReportRow]) -> Result<(), Error> {
    use yipanqi_store::import::RowAction;
    let changed = lines.iter().filter(|line| line.code.is_empty());
    let changed = changed.filter(|line| matches!(line.action, RowAction::Created | RowAction::Changed));
    let rows: Vec<_> = changed.map(|line| (line.sheet.as_str(), line.row, line.action)).collect();
    if !rows.is_empty() {
        tx.audit("import.rows", "import_run", &run.to_string(), &Audited { kind, file_name, rows })?;
    }
    Ok(())
}

/// Reads on a thread of its own; a receiver that is dropped ends it.
fn stream(mut source: Source, mapping: Mapping) -> mpsc::Receiver<Sent> {
    let (sender, receiver) = mpsc::channel(BATCH * AHEAD);
    tokio::task::spawn_blocking(move || {
        let read = record::read(&mut source, &mapping, &mut |entry| {
            if sender.blocking_send(Sent::Entry(Box::new(entry))).is_err() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if let Err(error) = read {
            // A receiver that is gone does not wait for the reason.
            let _unheard = sender.blocking_send(Sent::Failed(read_error(&error)));
        }
    });
    receiver
}
