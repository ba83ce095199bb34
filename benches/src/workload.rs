//! The workloads, a file each. To add one: a module with `run`, a word in [`Workload`], an arm in [`Workload::run`].

mod board;
mod daily;
mod draw;
mod field;
mod import;
mod ledger;
mod matching;
mod matrix;
mod near;
mod problems;
mod score;
mod tasks;

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
    /// A day's work on problems.
    Daily,
    /// The whole score of a round.
    Score,
    /// Pages of the task list.
    Tasks,
    /// The matrix of duties.
    Matrix,
    /// Two editions matched.
    Matching,
    /// Sites and inspectors drawn, days routed.
    Draw,
    /// Near copies of a photograph among very many.
    Near,
    /// Phones that synchronise, and one behind a bad connection.
    Field,
}

impl Workload {
    /// All of them, in an order in which each finds what the earlier ones left.
    pub const ALL: [Self; 11] = [
        Self::Import,
        Self::Ledger,
        Self::Daily,
        Self::Score,
        Self::Board,
        Self::Tasks,
        Self::Matrix,
        Self::Matching,
        Self::Draw,
        Self::Near,
        Self::Field,
    ];

    /// Runs it.
    ///
    /// # Errors
    /// What the product refuses.
    pub async fn run(self, bench: &Bench) -> anyhow::Result<Vec<Line>> {
        // On the heap: together they are larger than the stack of a thread.
        match self {
            Self::Import => Box::pin(import::run(bench)).await,
            Self::Ledger => Box::pin(ledger::run(bench)).await,
            Self::Board => Box::pin(board::run(bench)).await,
            Self::Daily => Box::pin(daily::run(bench)).await,
            Self::Score => Box::pin(score::run(bench)).await,
            Self::Tasks => Box::pin(tasks::run(bench)).await,
            Self::Matrix => Box::pin(matrix::run(bench)).await,
            Self::Matching => Box::pin(matching::run(bench)).await,
            Self::Draw => Box::pin(draw::run(bench)).await,
            Self::Near => Box::pin(near::run(bench)).await,
            Self::Field => Box::pin(field::run(bench)).await,
        }
    }
}
