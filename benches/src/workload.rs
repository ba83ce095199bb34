//! The workloads, a file each. To add one: a module with `run`, a word in [`Workload`], an arm in [`Workload::run`].

mod board;
mod import;
mod ledger;
mod problems;
mod score;

use crate::city::Bench;
use crate::report::Line;

/// A workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Workload {
    /// Problems through the importer.
    Import,
    /// Pages of the ledger.
    Ledger,
    /// The board.
    Board,
    /// The whole score of a round.
    Score,
}

impl Workload {
    /// All of them, in an order in which each finds what the earlier ones left.
    pub const ALL: [Self; 4] = [Self::Import, Self::Ledger, Self::Board, Self::Score];

    /// Runs it.
    ///
    /// # Errors
    /// What the product refuses.
    pub async fn run(self, bench: &Bench) -> anyhow::Result<Vec<Line>> {
        match self {
            Self::Import => import::run(bench).await,
            Self::Ledger => ledger::run(bench).await,
            Self::Board => board::run(bench).await,
            Self::Score => score::run(bench).await,
        }
    }
}
