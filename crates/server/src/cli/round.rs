//! Repeating the draw of a round.

use std::path::PathBuf;

use clap::Subcommand;
use yipanqi_domain::round::draw::DrawRecord;
use yipanqi_store::{Slug, round};

use crate::app::App;
use crate::error::Error;

#[derive(Debug, Subcommand)]
pub enum Rounds {
    /// Repeat the draw of a round and compare it with what is recorded
    VerifyDraw {
        /// The city
        #[arg(long)]
        city: Slug,
        /// Number of the round
        #[arg(long)]
        round: String,
        /// Also write the record, so that others can repeat the draw without this program
        #[arg(long)]
        record: Option<PathBuf>,
    },
}

pub async fn run(app: &App, command: Rounds) -> Result<(), Error> {
    let Rounds::VerifyDraw { city, round: number, record: file } = command;
    let tx = app.store().city(&city).await?.read().await?;
    let round = round::by_number(&tx, &number).await?.ok_or_else(|| Error::new("round_not_found"))?;
    let record: DrawRecord = round
        .draw
        .as_ref()
        .and_then(|draw| draw.record())
        .ok_or_else(|| Error::new("draw_refused").with("reason", "no witnessed draw is recorded"))?;
    record.verify().map_err(|fault| Error::new("draw_refused").with("reason", fault.to_string()))?;
    if let Some(file) = file {
        let text = serde_json::to_string_pretty(&record).map_err(Error::internal)?;
        std::fs::write(&file, text).map_err(Error::internal)?;
    }
    let drawn: usize = record.drawn.values().map(Vec::len).sum();
    println!("{number}\t{}\t{}\t{drawn}", record.commitment.frame, record.frame.sites.len());
    Ok(())
}
