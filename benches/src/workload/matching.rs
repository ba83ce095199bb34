//! Two editions matched, against counting the signs that each pair of texts has in common; where the truth of the demo
//! city's editions is given (`YIPANQI_TRUTH`, a JSON file), precision and recall are printed too.

use std::collections::BTreeSet;
use std::hint::black_box;

use anyhow::Context as _;
use uuid::Uuid;
use yipanqi_domain::framework::Citation;
use yipanqi_domain::framework::matching::{Matcher, Standard, standards};
use yipanqi_domain::id::CriterionId;
use yipanqi_store::framework;

use crate::city::Bench;
use crate::report::{Line, middle};

/// Criteria that matching looks at before it says how far it is.
const STEP: usize = 20;

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let (old, new) = sides(bench).await?;
    let note = quality(&old, &new)?;
    let wanted = bench.size.standards();
    let (old, new) = (grown(&old, wanted), grown(&new, wanted));
    let signs = |side: &[Standard]| -> Vec<BTreeSet<char>> { side.iter().map(|one| one.title.chars().collect()).collect() };
    let baseline = middle(bench.size.repeats(), async || {
        let (old, new) = (signs(&old), signs(&new));
        let common: usize = old.iter().flat_map(|one| new.iter().map(move |other| one.intersection(other).count())).sum();
        black_box(common);
        Ok(())
    })
    .await?;
    let took = middle(bench.size.repeats(), async || {
        black_box(pairs(&old, &new));
        Ok(())
    })
    .await?;
    let what = format!("matching: {} with {} criteria", old.len(), new.len());
    Ok(vec![Line { what, took, against: "signs in common of every pair", baseline, note }])
}

fn pairs(old: &[Standard], new: &[Standard]) -> Vec<(usize, usize)> {
    let mut matcher = Matcher::new(old, new);
    while matcher.advance(STEP) {}
    matcher.pairs().iter().map(|pair| (pair.old, pair.new)).collect()
}

/// The demo city's two editions of one framework that follow each other.
async fn sides(bench: &Bench) -> anyhow::Result<(Vec<Standard>, Vec<Standard>)> {
    let tx = bench.city.read().await?;
    let mut rows = framework::editions(&tx).await?;
    rows.sort_by_key(|row| (row.framework, row.year));
    let follows = rows.windows(2).find(|pair| pair[0].framework == pair[1].framework);
    let pair = follows.context("the demo city has no two editions of one framework")?;
    let (old, new) = (framework::edition(&tx, pair[0].id).await?, framework::edition(&tx, pair[1].id).await?);
    Ok((standards(&old.rules()), standards(&new.rules())))
}

/// The same criteria again, worded for other places, until there are as many as wanted.
fn grown(side: &[Standard], wanted: usize) -> Vec<Standard> {
    let again = |(number, one): (usize, &Standard)| Standard {
        id: CriterionId::new(Uuid::now_v7()),
        number: format!("{}-{}", number / side.len() + 1, one.number),
        title: format!("{}（第{}类场所）", one.title, number / side.len() + 1),
        ..one.clone()
    };
    (0..wanted).zip(side.iter().cycle()).map(again).collect()
}

/// How much of what was matched is right, and how much of what is right was matched.
fn quality(old: &[Standard], new: &[Standard]) -> anyhow::Result<String> {
    let Ok(path) = std::env::var("YIPANQI_TRUTH") else { return Ok(String::new()) };
    let text = std::fs::read_to_string(&path).with_context(|| path.clone())?;
    let truth: serde_json::Value = serde_json::from_str(&text).with_context(|| path.clone())?;
    let key = |given: Option<&str>| given.and_then(Citation::normal).map(|citation| citation.to_string());
    let mut right: BTreeSet<(String, String)> = BTreeSet::new();
    for row in truth["rows"].as_array().into_iter().flatten() {
        let Some(new) = key(row["ref_2026"].as_str()) else { continue };
        let olds = row["refs_2025"].as_array().into_iter().flatten();
        right.extend(olds.filter_map(|old| Some((key(old.as_str())?, new.clone()))));
    }
    let found: BTreeSet<(String, String)> =
        pairs(old, new).into_iter().map(|(before, after)| (old[before].number.clone(), new[after].number.clone())).collect();
    let both = found.intersection(&right).count();
    Ok(format!("precision {both}/{}, recall {both}/{}", found.len(), right.len()))
}
