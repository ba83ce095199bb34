//! The whole score of a round in which every site was visited, against adding up the same findings as plain numbers.

use std::collections::HashMap;
use std::hint::black_box;
use std::time::Instant;

use anyhow::Context as _;
use uuid::Uuid;
use yipanqi_domain::id::RoundId;
use yipanqi_domain::round::{FindingResult, Grade, RoundKind, RoundState, VisitPurpose};
use yipanqi_domain::site::Judgement;
use yipanqi_server::score::figures;
use yipanqi_server::score::sheet::Inputs;
use yipanqi_server::site::checklist::judgement;
use yipanqi_store::checklist::{self, Item};
use yipanqi_store::round::{self, FindingRow, Round, RoundSite, VisitRow};
use yipanqi_store::{framework, site};

use crate::city::Bench;
use crate::report::{Line, middle, once};

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let (round, findings) = visited(bench).await?;
    let inputs = async || {
        let tx = bench.city.read().await?;
        Inputs::read(&tx, &round).await.map_err(|error| anyhow::anyhow!("{error}"))
    };
    let read = middle(bench.size.repeats(), async || inputs().await.map(drop)).await?;
    let inputs = inputs().await?;
    let begun = Instant::now();
    let added: f64 = (inputs.sheet.findings.iter())
        .map(|finding| match &finding.result {
            FindingResult::PassFail { pass } => f64::from(u8::from(*pass)),
            FindingResult::Grade { .. } => 0.6,
            FindingResult::Faults { count } | FindingResult::Count { count } => f64::from(*count) * 0.1,
            FindingResult::Ratio { observed, total } => f64::from(*observed) / f64::from((*total).max(1)),
            FindingResult::Interview { correct, asked } => f64::from(*correct) / f64::from((*asked).max(1)),
            FindingResult::NotApplicable { .. } => 0.0,
        })
        .sum();
    black_box(added);
    let baseline = begun.elapsed();
    let policy = figures::loss_policy();
    let computed = middle(bench.size.repeats(), async || {
        black_box(figures::of(&inputs, &policy));
        Ok(())
    })
    .await?;
    let at = bench.app.clock().now();
    let whole = async || {
        let figures = figures::current(&bench.city, Bench::author(), at, &round).await;
        figures.map(drop).map_err(|error| anyhow::anyhow!("{error}"))
    };
    let (first, ()) = once(whole()).await?;
    let kept = middle(bench.size.repeats(), whole).await?;
    let path = format!("/api/rounds/{}/score", round.id);
    let page = middle(bench.size.repeats(), async || {
        bench.client.get(&bench.office, &path).await?;
        Ok(())
    })
    .await?;
    let against = "the same findings added up";
    let note = format!("{} sites, {findings} findings", inputs.sheet.sites.len());
    let line = |what: &str, took, note: &str| Line { what: what.to_owned(), took, against, baseline, note: note.to_owned() };
    Ok(vec![
        line("score: reading the round", read, &note),
        line("score: computing", computed, ""),
        line("score: read, compute and keep", first, ""),
        line("score: asked again", kept, ""),
        line("score: the page", page, ""),
    ])
}

/// A round in which every site was visited, a sixth of the findings bad; with their number.
async fn visited(bench: &Bench) -> anyhow::Result<(Round, usize)> {
    let now = bench.app.clock().now();
    let tx = bench.city.read().await?;
    let editions = framework::editions(&tx).await?;
    let edition = editions.iter().max_by_key(|edition| edition.year).context("no edition")?.id;
    let mut sites = site::all(&tx).await?;
    sites.retain(|site| site.site_type.is_some());
    sites.truncate(usize::try_from(bench.size.sites())?);
    let mut items: HashMap<Uuid, Vec<Item>> = HashMap::new();
    for item in checklist::items(&tx, None).await?.iter() {
        items.entry(item.site_type).or_default().push(item.clone());
    }
    drop(tx);
    let round = Round {
        id: RoundId::new(Uuid::now_v7()),
        number: "2025-99".to_owned(),
        name: "bench".to_owned(),
        kind: RoundKind::Mock,
        state: RoundState::Open,
        edition: Some(edition),
        opened_on: chrono::NaiveDate::from_ymd_opt(2025, 8, 1).context("a day")?,
        due_on: None,
        closed_at: None,
        draw: None,
        version: 0,
    };
    let tx = bench.city.write(Bench::author(), now).await?;
    let rows: Vec<RoundSite> = (0..)
        .zip(&sites)
        .map(|(position, site)| RoundSite {
            id: Uuid::now_v7(),
            round: round.id,
            site: site.id,
            inspector: None,
            given_at: None,
            given_before: None,
            position,
            version: 0,
        })
        .collect();
    round::add(&tx, &round, &rows).await?;
    let mut count = 0;
    for site in &sites {
        let visit = VisitRow {
            id: Uuid::now_v7(),
            round: round.id,
            site: site.id,
            inspector: None,
            ordinal: 1,
            purpose: VisitPurpose::Assess,
            arrived_at: None,
            accuracy_m: None,
            started_at: now,
            finished_at: Some(now),
            longitude: None,
            latitude: None,
            version: 0,
        };
        round::add_visit(&tx, &visit).await?;
        let items = site.site_type.and_then(|of| items.get(&of)).map(Vec::as_slice).unwrap_or_default();
        let findings: Vec<_> = items
            .iter()
            .map(|item| {
                count += 1;
                let finding = FindingRow {
                    id: Uuid::now_v7(),
                    visit: visit.id,
                    item: item.id,
                    result: result(item, count),
                    phrase: String::new(),
                    note: String::new(),
                    made_at: now,
                    problem: None,
                    media: Vec::new(),
                };
                (finding, None)
            })
            .collect();
        round::add_findings(&tx, &findings).await?;
    }
    tx.commit().await?;
    Ok((round, count))
}

fn result(item: &Item, count: usize) -> FindingResult {
    let bad = count % 6 == 5;
    match judgement(item) {
        None | Some(Judgement::PassFail) => FindingResult::PassFail { pass: !bad },
        Some(Judgement::Grade) => FindingResult::Grade { grade: if bad { Grade::MostlyMet } else { Grade::Met } },
        Some(Judgement::FaultCount) => FindingResult::Faults { count: if bad { 2 } else { 0 } },
        Some(Judgement::CountAtLeast { n }) => FindingResult::Count { count: if bad { n.saturating_sub(1) } else { n } },
        Some(Judgement::Ratio | Judgement::Percentage) => FindingResult::Ratio { observed: if bad { 17 } else { 20 }, total: 20 },
        Some(Judgement::Interview { n }) => {
            let asked = n.unwrap_or(4);
            FindingResult::Interview { correct: if bad { asked / 2 } else { asked }, asked }
        }
    }
}
