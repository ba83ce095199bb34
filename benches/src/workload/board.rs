//! The board, against one count of the problems by state.

use yipanqi_store::testing;

use super::problems;
use crate::city::Bench;
use crate::report::{Line, middle};

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    problems::fill(bench).await?;
    let baseline = middle(bench.size.repeats(), async || {
        testing::rows(&bench.city, "SELECT state, count(*) FROM problem GROUP BY state").await;
        Ok(())
    })
    .await?;
    let mut lines = Vec::new();
    for (name, person) in [("board: the office's", &bench.office), ("board: a department's", &bench.liaison)] {
        let before = bench.city.statements();
        bench.client.get(person, "/api/board").await?;
        let note = format!("{} statements", bench.city.statements() - before);
        let took = middle(bench.size.repeats(), async || {
            bench.client.get(person, "/api/board").await?;
            Ok(())
        })
        .await?;
        lines.push(Line { what: name.to_owned(), took, against: "problems counted by state", baseline, note });
    }
    Ok(lines)
}
