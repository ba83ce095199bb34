//! Pages of the ledger as the console asks for them, against the bare rows and their number.

use yipanqi_server::demo::Person;
use yipanqi_store::testing;

use super::problems;
use crate::city::Bench;
use crate::report::{Line, middle};

const BASE: &str = "the newest 50 rows and their number";

/// The pages: who asks, for what, and what it is called.
const PAGES: [(&str, bool, &str); 7] = [
    ("newest first", true, "size=50"),
    ("the fortieth page", true, "size=50&page=40"),
    ("overdue, by due date", true, "size=50&clock=overdue&sort=due_at"),
    ("to be assigned", true, "size=50&view=to_assign"),
    ("words in the text", true, "size=50&q=%E5%8D%A0%E9%81%93"),
    ("words that nothing has", true, "size=50&q=%E7%81%AB%E6%98%9F"),
    ("a department's own", false, "size=50"),
];

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    problems::fill(bench).await?;
    let baseline = middle(bench.size.repeats(), async || {
        testing::rows(&bench.city, "SELECT * FROM problem ORDER BY number DESC LIMIT 50").await;
        testing::rows(&bench.city, "SELECT count(*) FROM problem").await;
        Ok(())
    })
    .await?;
    let mut lines = Vec::new();
    for (name, of_office, query) in PAGES {
        let person: &Person = if of_office { &bench.office } else { &bench.liaison };
        let path = format!("/api/problems?{query}");
        let before = bench.city.statements();
        bench.client.get(person, &path).await?;
        let statements = bench.city.statements() - before;
        let took = middle(bench.size.repeats(), async || {
            bench.client.get(person, &path).await?;
            Ok(())
        })
        .await?;
        let note = format!("{statements} statements");
        lines.push(Line { what: format!("ledger: {name}"), took, against: BASE, baseline, note });
    }
    Ok(lines)
}
