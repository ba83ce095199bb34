//! Repeating the draw of a round, and comparing it with the round and the log.

use std::path::PathBuf;

use clap::Subcommand;
use yipanqi_domain::round::draw::Unproven;
use yipanqi_store::{Slug, round};

use crate::app::App;
use crate::error::Error;
use crate::round::proof::{Proof, prove};

#[derive(Debug, Subcommand)]
pub enum Rounds {
    /// Repeat the draw of a round and compare it with its sites and inspectors and with the audit log
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
    let kept = app.store().hub().kept_heads(&city).await?;
    let Proof { record, unproven, others, given_on } = prove(&tx, &round, &kept).await?;
    if let Some(file) = file {
        let text = serde_json::to_string_pretty(&record).map_err(Error::internal)?;
        std::fs::write(&file, text).map_err(Error::internal)?;
    }
    let drawn: usize = record.drawn.values().map(Vec::len).sum();
    println!("{number}\t{}\t{}\t{drawn}", record.commitment.frame, record.frame.sites.len());
    for missing in unproven {
        match missing {
            Unproven::Unwitnessed => {
                println!(
                    "未经见证:种子只由创建办一方的随机数产生,不能证明没有重抽\tunwitnessed: the office's nonce alone made the seed"
                );
                println!("同一底册的其他未见证抽样\tother unwitnessed draws from this frame\t{}", others.join(" "));
            }
            Unproven::Plan => {
                println!("抽样数和必查点位事先没有公布校验值\tquotas and must-visits were not published before the draw")
            }
        }
    }
    if given_on > 0 {
        println!("抽样后改派的点位\tsites given on since the draw\t{given_on}");
    }
    Ok(())
}
