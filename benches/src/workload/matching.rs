//! Two editions matched, against counting the signs that each pair of texts has in common; and how much of what matching
//! says is right: of a pair of editions read by hand, and of the places named in a provincial team's list.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::path::Path;

use anyhow::Context as _;
use serde::Deserialize;
use uuid::Uuid;
use yipanqi_domain::framework::Method;
use yipanqi_domain::framework::matching::{Matcher, Standard, standards};
use yipanqi_domain::id::CriterionId;
use yipanqi_domain::likeness::{Candidate, Match, SiteIndex};
use yipanqi_store::framework;

use crate::city::Bench;
use crate::report::{Line, middle};

/// Criteria that matching looks at before it says how far it is.
const STEP: usize = 20;

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let (old, new) = sides(bench).await?;
    let note = format!("{}; {}", editions_read_by_hand()?, places_of_a_list()?);
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

/// What a person read out of a pair of editions and a list of places, kept with the tests of matching.
fn fixture<T: serde::de::DeserializeOwned>(name: &str) -> anyhow::Result<T> {
    Ok(serde_json::from_str(&text(name)?)?)
}

fn text(name: &str) -> anyhow::Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/domain/tests/fixtures").join(name);
    std::fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// A criterion of a pair of editions read by hand.
#[derive(Deserialize)]
struct Known {
    number: String,
    above: Vec<String>,
    title: String,
    points: BTreeMap<Method, String>,
}

impl Known {
    fn standard(self) -> anyhow::Result<Standard> {
        let exact = |(method, points): (Method, String)| Ok((method, points.parse().map_err(|_| anyhow::anyhow!("{points}"))?));
        let points = self.points.into_iter().map(exact).collect::<anyhow::Result<_>>()?;
        Ok(Standard { id: CriterionId::new(Uuid::now_v7()), number: self.number, above: self.above, title: self.title, points })
    }
}

/// From which old criteria a new one comes.
#[derive(Deserialize)]
struct Origins {
    rows: Vec<Origin>,
}

#[derive(Deserialize)]
struct Origin {
    number: String,
    from: Vec<String>,
}

/// Links between two editions that are right, of those found and of those that a person found.
fn editions_read_by_hand() -> anyhow::Result<String> {
    let side = |name| fixture::<Vec<Known>>(name)?.into_iter().map(Known::standard).collect::<anyhow::Result<Vec<_>>>();
    let (old, new) = (side("editions/old.json")?, side("editions/new.json")?);
    let truth: Origins = fixture("editions/truth.json")?;
    let links = truth.rows.iter().flat_map(|row| row.from.iter().map(|from| (from.as_str(), row.number.as_str())));
    let links: BTreeSet<(&str, &str)> = links.collect();
    let found: BTreeSet<(&str, &str)> =
        pairs(&old, &new).into_iter().map(|(before, after)| (old[before].number.as_str(), new[after].number.as_str())).collect();
    let both = found.intersection(&links).count();
    Ok(format!("of editions read by hand: precision {both}/{}, recall {both}/{}", found.len(), links.len()))
}

/// A place as a list spells it, and the site it is.
#[derive(Deserialize)]
struct Place {
    spelt: String,
    #[serde(rename = "type")]
    site_type: Option<String>,
    code: Option<String>,
}

/// Places that were given a site without asking: right, and wrong ones counted three times.
fn places_of_a_list() -> anyhow::Result<String> {
    let sites = text("sites.tsv")?;
    let candidate = |row: &str| {
        let mut cells = row.split('\t').map(str::to_owned);
        let mut next = || cells.next().unwrap_or_default();
        let (id, name, site_type, street) = (next(), next(), next(), next());
        Candidate { id, name, site_type, street: Some(street).filter(|street| !street.is_empty()) }
    };
    let index = SiteIndex::new(sites.lines().skip(1).map(candidate), &["云溪市", "云溪"]);
    let rows: Vec<Place> = fixture("feedback-truth.json")?;
    let (mut right, mut wrong) = (0, 0);
    for row in &rows {
        match index.match_site(&row.spelt, row.site_type.as_deref(), None) {
            Match::Sure { site, .. } if row.code.as_ref() == Some(&site) => right += 1,
            Match::Sure { .. } => wrong += 1,
            Match::Unsure { .. } | Match::None => {}
        }
    }
    let known = rows.iter().filter(|row| row.code.is_some()).count();
    Ok(format!("of places in a list: precision {right}/{}, recall {right}/{known}", right + 3 * wrong))
}
