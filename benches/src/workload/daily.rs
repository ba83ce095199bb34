//! A day's work on problems: one problem's page, the search, a year's statistics, the sweep of the ladder, and two hundred
//! people commanding at once, against the same by raw statements.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures_util::future::join_all;
use serde_json::{Value, json};
use yipanqi_domain::unit::UnitKind;
use yipanqi_server::demo::Person;
use yipanqi_store::{testing, unit};

use super::problems;
use crate::city::Bench;
use crate::report::{Line, middle, once};

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    problems::fill(bench).await?;
    let mut lines = vec![page(bench).await?];
    lines.extend(found(bench).await?);
    lines.push(year(bench).await?);
    lines.extend(swept(bench).await?);
    lines.push(commanded(bench).await?);
    Ok(lines)
}

/// How long a page takes in the middle, and in how many statements.
async fn asked(bench: &Bench, person: &Person, path: &str) -> anyhow::Result<(Duration, String)> {
    let before = bench.city.statements();
    bench.client.get(person, path).await?;
    let note = format!("{} statements", bench.city.statements() - before);
    let took = middle(bench.size.repeats(), async || {
        bench.client.get(person, path).await?;
        Ok(())
    })
    .await?;
    Ok((took, note))
}

async fn raw(bench: &Bench, statements: &[String]) -> anyhow::Result<Duration> {
    middle(bench.size.repeats(), async || {
        for statement in statements {
            testing::rows(&bench.city, statement).await;
        }
        Ok(())
    })
    .await
}

async fn page(bench: &Bench) -> anyhow::Result<Line> {
    let listed = bench.client.get(&bench.office, "/api/problems?size=1").await?;
    let id = listed["items"][0]["id"].as_str().context("no problem")?;
    let (took, note) = asked(bench, &bench.office, &format!("/api/problems/{id}")).await?;
    let rows =
        [format!("SELECT * FROM problem WHERE id = '{id}'"), format!("SELECT * FROM problem_step WHERE problem_id = '{id}'")];
    let baseline = raw(bench, &rows).await?;
    Ok(Line { what: "problem: its page".to_owned(), took, against: "its row and its steps", baseline, note })
}

async fn found(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let mut lines = Vec::new();
    for (name, person, word, escaped) in [
        ("search: a word that many have", &bench.office, "占道", "%E5%8D%A0%E9%81%93"),
        ("search: a number", &bench.office, "第4711号", "%E7%AC%AC4711%E5%8F%B7"),
        ("search: a word that nothing has", &bench.office, "火星", "%E7%81%AB%E6%98%9F"),
        ("search: a department's", &bench.liaison, "占道", "%E5%8D%A0%E9%81%93"),
    ] {
        let (took, note) = asked(bench, person, &format!("/api/search?q={escaped}")).await?;
        let baseline = raw(bench, &[format!("SELECT id FROM problem WHERE title LIKE '%{word}%' LIMIT 6")]).await?;
        lines.push(Line { what: name.to_owned(), took, against: "six titles by LIKE", baseline, note });
    }
    Ok(lines)
}

async fn year(bench: &Bench) -> anyhow::Result<Line> {
    let (took, note) = asked(bench, &bench.office, "/api/statistics?from=2024-09-01&to=2025-08-31").await?;
    let baseline = raw(bench, &["SELECT * FROM problem".to_owned()]).await?;
    Ok(Line { what: "statistics: a year".to_owned(), took, against: "all problems read as rows", baseline, note })
}

async fn swept(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let baseline =
        raw(bench, &["SELECT * FROM problem WHERE state NOT IN ('closed', 'imported', 'rejected')".to_owned()]).await?;
    let sweep = async || bench.client.post(&bench.office, "/api/slips/sweep", json!({})).await;
    let (first, told) = once(sweep()).await?;
    let (again, quiet) = once(sweep()).await?;
    ensure!(quiet["proposed"] == 0, "what was proposed was proposed again: {quiet}");
    let line =
        |what: &str, took, note| Line { what: what.to_owned(), took, against: "open problems read as rows", baseline, note };
    let proposed = format!("{} slips proposed", told["proposed"]);
    Ok(vec![line("ladder: the first sweep", first, proposed), line("ladder: the next sweep", again, String::new())])
}

/// Two hundred assign a problem each, at the same moment.
async fn commanded(bench: &Bench) -> anyhow::Result<Line> {
    let filed = bench.client.get(&bench.office, "/api/problems?size=200&state=filed").await?;
    let filed: &Vec<Value> = filed["items"].as_array().context("no list")?;
    let tx = bench.city.read().await?;
    let directory = unit::directory(&tx).await?;
    drop(tx);
    let unit = directory.units().iter().find(|unit| unit.kind == UnitKind::Department).context("no department")?.id;
    let begun = Instant::now();
    let sent = filed.iter().map(async |problem| {
        let started = Instant::now();
        let body = json!({
            "version": problem["version"], "command": "assign", "unit_id": unit, "limit": { "unit": "working_days", "count": 3 },
        });
        let path = format!("/api/problems/{}/commands", problem["id"].as_str().unwrap_or_default());
        bench.client.post(&bench.office, &path, body).await.map(|_| started.elapsed())
    });
    let waited = join_all(sent).await.into_iter().collect::<anyhow::Result<Vec<Duration>>>()?;
    let took = begun.elapsed();
    let longest = waited.iter().max().copied().unwrap_or_default();
    let note = format!("{} commands, the last answered after {} ms", waited.len(), longest.as_millis());
    let begun = Instant::now();
    for problem in filed {
        let id = problem["id"].as_str().unwrap_or_default();
        testing::sql(&bench.city, &format!("UPDATE problem SET version = version WHERE id = '{id}'")).await;
    }
    let baseline = begun.elapsed();
    Ok(Line {
        what: "200 people: a command each".to_owned(),
        took,
        against: "as many rows updated, a transaction each",
        baseline,
        note,
    })
}
