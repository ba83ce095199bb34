//! Imports a file from the command line: the counts on stdout, the whole report as JSON where asked.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use yipanqi_documents::kind::{KINDS, Kind};
use yipanqi_documents::mapping::Mapping;
use yipanqi_store::Slug;

use super::console;
use crate::app::App;
use crate::import::actions::{FileInput, Mode, run_file};
use crate::import::run::Partial;
use crate::request::Lang;

#[derive(Debug, Args)]
pub struct Import {
    /// units, grids, calendar, sites, checklists, framework, feedback, tickets, results or tasks
    #[arg(value_parser = kind)]
    kind: Kind,
    /// The city
    #[arg(long)]
    city: Slug,
    /// The file: xlsx, csv, json or geojson
    file: PathBuf,
    /// How columns are read (JSON); as remembered or suggested if left out
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// The round that results belong to, by its number
    #[arg(long)]
    round: Option<String>,
    /// Import an edition without the rows that are refused; left out, a file with such rows writes nothing
    #[arg(long)]
    accept_partial: bool,
    /// Decide on every row and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Write what became of each row to this file (JSON)
    #[arg(long)]
    report: Option<PathBuf>,
}

fn kind(name: &str) -> Result<Kind, String> {
    let known = || KINDS.map(Kind::name).join(", ");
    Kind::named(name).ok_or_else(|| format!("not one of {}", known()))
}

/// Runs the import.
///
/// # Errors
/// The file's, the mapping's or the store's.
pub async fn run(app: &App, line: Import) -> anyhow::Result<()> {
    let mapping: Option<Mapping> = match &line.mapping {
        Some(path) => {
            let text = tokio::fs::read_to_string(path).await.with_context(|| path.display().to_string())?;
            Some(serde_json::from_str(&text).with_context(|| path.display().to_string())?)
        }
        None => None,
    };
    let mode = if line.dry_run { Mode::Try } else { Mode::Write };
    let input = FileInput {
        kind: line.kind,
        path: &line.file,
        mapping: mapping.as_ref(),
        round: line.round.as_deref(),
        mode,
        partial: if line.accept_partial { Partial::Accept } else { Partial::Refuse },
        lang: Lang::Zh,
    };
    let report = run_file(app, &line.city, &console(), input).await?;
    if let Some(path) = &line.report {
        let text = serde_json::to_string_pretty(&report)?;
        tokio::fs::write(path, text).await.with_context(|| path.display().to_string())?;
    }
    println!("{}", serde_json::to_string(&report.counts)?);
    let (faults, withheld) = (report.counts.faults(), report.counts.withheld);
    anyhow::ensure!(
        withheld == 0,
        "有 {faults} 行有错误，什么都没有写入；更正文件，或加 --accept-partial 只导入其余 {withheld} 行 \
         ({faults} rows are wrong and nothing was written; correct the file, or import the other {withheld} with --accept-partial)"
    );
    Ok(())
}
