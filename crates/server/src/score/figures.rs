//! The figures of a round: computed from the data as they are, kept by the hash of their inputs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::SiteMean;
use yipanqi_domain::id::{RoundId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::score::{self, LossPolicy, MeasureScore, NodeScore, ScoreTree};
use yipanqi_domain::statistics::{Interval, Sample, bootstrap};
use yipanqi_store::round::Round;
use yipanqi_store::{Author, City, NewJob, WriteTx, setting};

use super::sheet::Inputs;
use crate::app::App;
use crate::error::Error;
use crate::job::{Failure, Kinds, Task};

/// Grows whenever the same inputs give other figures than before, so that kept ones are computed anew.
const FORM: &str = "2";

/// How often a drawn round is drawn again to say how sure its score is.
const REPLICATES: u32 = 2_000;

/// The setting under which a city keeps its policy of sharing losses.
const LOSS_POLICY: &str = "loss_policy";

/// The sample policy: territorial and industry unit share alike; who leads bears 7 tenths, who supports 3.
#[must_use]
pub fn loss_policy() -> LossPolicy {
    LossPolicy { territorial: Exact::one(), industry: Exact::one(), lead: Exact::whole(7), support: Exact::whole(3) }
}

/// What is kept of a computed score: the tree without its sites, and what each unit's sites could earn and lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// The tree; the site types of its measures are left out.
    pub tree: ScoreTree,
    /// By unit: territorial and industry units of sites, leading and supporting units of criteria.
    pub units: BTreeMap<UnitId, UnitFigures>,
    /// What no unit bears.
    pub unattributed: Exact,
    /// Where the points earned would lie if the sites were drawn again; none if they were named.
    #[serde(default)]
    pub interval: Option<Interval>,
}

/// What a unit's sites could earn and lost, and what the unit bears.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitFigures {
    /// Its sites that were judged by at least one measure.
    pub sites: u64,
    /// What these sites could earn of the covered measures.
    pub possible: Exact,
    /// What they lost of that.
    pub lost_at_sites: Exact,
    /// The unit's share of all losses, by the policy.
    pub lost: Exact,
}

impl Default for UnitFigures {
    fn default() -> Self {
        Self { sites: 0, possible: Exact::zero(), lost_at_sites: Exact::zero(), lost: Exact::zero() }
    }
}

/// Figures with where they come from.
#[derive(Debug, Clone)]
pub struct Computed {
    /// The edition by which they were scored.
    pub edition: Uuid,
    /// When.
    pub at: Moment,
    /// The figures.
    pub figures: Figures,
}

/// The kind of job that computes the figures of a round after its data have changed.
const JOB: &str = "score";

/// What the job is told.
#[derive(Debug, Serialize, Deserialize)]
struct Wanted {
    round: RoundId,
}

/// Registers the job.
pub fn kinds(kinds: Kinds) -> Kinds {
    kinds.with(JOB, work)
}

/// Asks for the figures of a round to be computed after this change; one that waits already is enough.
///
/// # Errors
/// The database's.
pub async fn ask(tx: &mut WriteTx, round: RoundId) -> Result<(), Error> {
    let payload = serde_json::to_value(Wanted { round }).map_err(Error::internal)?;
    tx.enqueue_once(NewJob { kind: JOB.to_owned(), payload, run_at: tx.at() }).await?;
    Ok(())
}

async fn work(_: App, task: Task) -> Result<Value, Failure> {
    let Wanted { round } = task.payload()?;
    let round = yipanqi_store::round::get(&task.city().read().await.map_err(Error::from)?, round).await.map_err(Error::from)?;
    if round.edition.is_none() {
        return Ok(Value::Null);
    }
    let computed = current(task.city(), task.author(), task.now(), &round).await?;
    Ok(json!({ "round": round.number, "earned": computed.figures.tree.total.published.earned }))
}

/// The newest figures of a round, without computing any: where the data have changed since, new ones are asked for and
/// come a moment later.
///
/// # Errors
/// `round_without_edition`, `score_pending` where there are none yet, or the database's.
pub async fn newest(city: &City, by: Author, at: Moment, round: &Round) -> Result<Computed, Error> {
    let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
    let tx = city.read().await?;
    let hash = inputs_hash(&tx, round, edition).await?;
    if let Some(run) = yipanqi_store::score::run_of::<Figures>(&tx, round.id, &hash).await? {
        return Ok(Computed { edition, at: run.computed_at, figures: run.figures });
    }
    let old = yipanqi_store::score::newest_runs::<Figures>(&tx, &[round.id]).await?.pop();
    drop(tx);
    let mut tx = city.write(by, at).await?;
    ask(&mut tx, round.id).await?;
    tx.commit().await?;
    let old = old.filter(|run| run.edition == edition).ok_or_else(|| Error::new("score_pending"))?;
    Ok(Computed { edition, at: old.computed_at, figures: old.figures })
}

/// The figures of a round as the data are now; computed if nobody has asked since the last change.
///
/// # Errors
/// `round_without_edition`, or the database's.
pub async fn current(city: &City, by: Author, at: Moment, round: &Round) -> Result<Computed, Error> {
    let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
    let tx = city.read().await?;
    let hash = inputs_hash(&tx, round, edition).await?;
    if let Some(run) = yipanqi_store::score::run_of::<Figures>(&tx, round.id, &hash).await? {
        return Ok(Computed { edition, at: run.computed_at, figures: run.figures });
    }
    let figures = compute(&tx, round).await?;
    drop(tx);
    let mut tx = city.write(by, at).await?;
    yipanqi_store::score::save_run(&tx, round.id, edition, &hash, &figures).await?;
    if round.visible() {
        tx.event("score", &round.id.to_string(), &[])?;
    }
    tx.commit().await?;
    Ok(Computed { edition, at, figures })
}

async fn inputs_hash(tx: &yipanqi_store::ReadTx, round: &Round, edition: Uuid) -> Result<String, Error> {
    let inputs = yipanqi_store::score::inputs_hash(tx, round.id, edition).await?;
    let policy: LossPolicy = setting::get(tx, LOSS_POLICY).await?.unwrap_or_else(loss_policy);
    Ok(format!("{FORM}:{inputs}:{}:{}:{}:{}", policy.territorial, policy.industry, policy.lead, policy.support))
}

/// Computes the figures anew and keeps them, with an audit entry.
///
/// # Errors
/// As [`current`].
pub async fn recompute(tx: &mut yipanqi_store::WriteTx, round: &Round) -> Result<Computed, Error> {
    let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
    let hash = inputs_hash(tx, round, edition).await?;
    let figures = compute(tx, round).await?;
    let run = yipanqi_store::score::save_run(tx, round.id, edition, &hash, &figures).await?;
    tx.audit("score.compute", "round", &round.id.to_string(), &(run, &hash, &figures.tree.total))?;
    Ok(Computed { edition, at: tx.at(), figures })
}

async fn compute(tx: &yipanqi_store::ReadTx, round: &Round) -> Result<Figures, Error> {
    let inputs = Inputs::read(tx, round).await?;
    let policy: LossPolicy = setting::get(tx, LOSS_POLICY).await?.unwrap_or_else(loss_policy);
    // Twenty thousand findings take a good part of a second: other requests go on meanwhile.
    tokio::task::spawn_blocking(move || of(&inputs, &policy)).await.map_err(Error::internal)
}

/// The figures of these inputs.
#[must_use]
pub fn of(inputs: &Inputs, policy: &LossPolicy) -> Figures {
    let mut tree = score::score(&inputs.edition, &inputs.sheet);
    let interval =
        inputs.drawn.as_ref().and_then(|(frames, seed)| bootstrap(&Sample::of(&inputs.edition, &tree, frames), seed, REPLICATES));
    let losses = score::share_losses(&tree, &inputs.sheet, &inputs.duties(), policy);
    let mut units: BTreeMap<UnitId, UnitFigures> = BTreeMap::new();
    for (unit, loss) in losses.units {
        units.entry(unit).or_default().lost = loss.loss;
    }
    let answerable: HashMap<SiteId, BTreeSet<UnitId>> = (inputs.sheet.sites.iter())
        .map(|site| (site.site, [site.territorial, site.industry].into_iter().flatten().collect()))
        .collect();
    let mut judged: BTreeMap<UnitId, BTreeSet<SiteId>> = BTreeMap::new();
    let mut waiting: Vec<&mut NodeScore> = tree.nodes.iter_mut().collect();
    while let Some(node) = waiting.pop() {
        for measure in node.criterion.iter_mut().flat_map(|criterion| &mut criterion.measures) {
            for (site, possible, lost) in weights(measure, inputs.edition.site_mean) {
                for unit in answerable.get(&site).into_iter().flatten() {
                    let figures = units.entry(*unit).or_default();
                    figures.possible = &figures.possible + &possible;
                    figures.lost_at_sites = &figures.lost_at_sites + &lost;
                    judged.entry(*unit).or_default().insert(site);
                }
            }
            measure.site_types.clear();
        }
        waiting.extend(&mut node.children);
    }
    for (unit, sites) in judged {
        units.entry(unit).or_default().sites = sites.len() as u64;
    }
    Figures { tree, units, unattributed: losses.unattributed, interval }
}

/// What each site that counts could earn of a measure, and what it lost. In site scope a site weighs P ÷ sites, or within
/// its type where types weigh alike; in round scope every judged site weighs the same.
fn weights(measure: &MeasureScore, mean: SiteMean) -> Vec<(SiteId, Exact, Exact)> {
    if measure.figure.covered.is_zero() {
        return Vec::new();
    }
    let points = &measure.figure.points;
    let part = |count: usize| Exact::fraction(1, i64::try_from(count).unwrap_or(i64::MAX)).unwrap_or_else(Exact::zero);
    let all = || measure.site_types.iter().flat_map(|site_type| &site_type.sites);
    let rated: usize = all().filter(|site| site.rate.is_some()).count();
    if rated == 0 {
        let weight = points * &part(all().count());
        return all().map(|site| (site.site, weight.clone(), site.loss.clone())).collect();
    }
    let types = measure.site_types.iter().filter(|site_type| site_type.rate.is_some()).count();
    let mut weights = Vec::with_capacity(rated);
    for site_type in &measure.site_types {
        let sites: Vec<_> = site_type.sites.iter().filter(|site| site.rate.is_some()).collect();
        let weight = match mean {
            SiteMean::Sites => points * &part(rated),
            SiteMean::SiteTypes => points * &(&part(types) * &part(sites.len())),
        };
        weights.extend(sites.into_iter().map(|site| (site.site, weight.clone(), site.loss.clone())));
    }
    weights
}
