//! The figures of a round as the data are, kept by the hash of their inputs; a round that is being visited is followed, so
//! that a new finding does not mean computing the city anew ([`super::follow`]).

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Edition, Method};
use yipanqi_domain::id::{RoundId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::score::{self, LossPolicy, NodeScore, ScoreTree, SheetSite};
use yipanqi_domain::statistics::{self, Frames, Interval, Intervals, Sample, intervals};
use yipanqi_store::round::Round;
use yipanqi_store::unit::Directory;
use yipanqi_store::{Author, City, NewJob, ReadTx, WriteTx, setting};

use super::follow;
use super::ranking::{Group, peer};
use super::sheet::Inputs;
use crate::app::App;
use crate::error::Error;
use crate::job::{Failure, Kinds, Task};

/// Grows whenever the same inputs give other figures than before, so that kept ones are computed anew.
const FORM: &str = "5";

/// How often a drawn round is drawn again to say how sure its score is.
const REPLICATES: u32 = 2_000;

/// The setting under which a city keeps its policy of sharing losses.
pub(super) const LOSS_POLICY: &str = "loss_policy";

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
    /// The same of the points earned in and below each node, by its number; nodes that no draw changes are left out.
    #[serde(default)]
    pub node_intervals: BTreeMap<String, Interval>,
    /// The same of what the sites of a unit and of those below it earned of what they could, in per cent.
    #[serde(default)]
    pub unit_intervals: BTreeMap<UnitId, Interval>,
}

impl Figures {
    /// Half the interval of the total, widened from the measured points to all of them; none if the sites were named.
    #[must_use]
    pub fn margin(&self) -> Option<Exact> {
        let interval = self.interval.as_ref()?;
        let score::Figure { covered, points, .. } = &self.tree.total;
        (&(&interval.high - &interval.low) * points).checked_div(&(covered * &Exact::whole(2)))
    }

    /// Whether the round's sites were drawn and judged, but too few in each stratum to say how sure the figures are.
    #[must_use]
    pub fn unsure(&self, round: &Round) -> bool {
        let judged = self.tree.by_method.iter().any(|of| of.method == Method::OnSite && !of.figure.covered.is_zero());
        round.draw.is_some() && judged && self.interval.is_none()
    }
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
    pub figures: Arc<Figures>,
}

/// Computed figures never change: those asked for again and again stay in memory.
#[derive(Default)]
struct Remembered {
    /// By run, the newest last.
    figures: VecDeque<(Uuid, Computed)>,
    /// Of every run that was looked at, its round and total.
    totals: HashMap<Uuid, (RoundId, Total)>,
}

/// Figures kept in memory at most; a city looks at few rounds at a time.
const FIGURES: usize = 3;
/// Totals kept in memory at most.
const TOTALS: usize = 512;

impl Remembered {
    /// What is remembered of the city; everybody shares it.
    fn of(city: &City) -> Arc<Mutex<Self>> {
        let name = "score runs";
        let shared: Arc<Mutex<Self>> = city.take(name).unwrap_or_default();
        city.put_back(name, Arc::clone(&shared));
        shared
    }

    fn figures(&self, run: Uuid) -> Option<Computed> {
        self.figures.iter().find(|(known, _)| *known == run).map(|(_, computed)| computed.clone())
    }

    fn put(&mut self, run: Uuid, computed: Computed) {
        self.figures.retain(|(known, _)| *known != run);
        while self.figures.len() >= FIGURES {
            self.figures.pop_front();
        }
        self.figures.push_back((run, computed));
    }
}

/// The figures of a run.
async fn remembered(city: &City, tx: &ReadTx, run: Uuid) -> Result<Option<Computed>, Error> {
    let shared = Remembered::of(city);
    if let Some(known) = shared.lock().unwrap_or_else(PoisonError::into_inner).figures(run) {
        return Ok(Some(known));
    }
    let Some(read) = yipanqi_store::score::runs::<Figures>(tx, &[run]).await?.pop() else { return Ok(None) };
    let computed = Computed { edition: read.edition, at: read.computed_at, figures: Arc::new(read.figures) };
    shared.lock().unwrap_or_else(PoisonError::into_inner).put(run, computed.clone());
    Ok(Some(computed))
}

/// The figures of a round as its data are now, if somebody has asked since they last changed.
async fn of_now(city: &City, tx: &ReadTx, round: &Round, hash: &str) -> Result<Option<Computed>, Error> {
    match yipanqi_store::score::run_id_of(tx, round.id, hash).await? {
        Some(run) => remembered(city, tx, run).await,
        None => Ok(None),
    }
}

/// What is known of a round's figures without computing any.
#[derive(Debug, Clone)]
pub struct Known {
    /// The newest figures; none before the first.
    pub computed: Option<Computed>,
    /// Whether the data have changed since, so that new ones should be asked for ([`ask_for`]).
    pub outdated: bool,
}

/// What is known of the figures of a round.
///
/// # Errors
/// `round_without_edition`, or the database's.
pub async fn known(city: &City, tx: &ReadTx, round: &Round) -> Result<Known, Error> {
    let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
    let hash = inputs_hash(tx, round, edition).await?;
    if let Some(computed) = of_now(city, tx, round, &hash).await? {
        return Ok(Known { computed: Some(computed), outdated: false });
    }
    let computed = match yipanqi_store::score::newest_run_ids(tx, &[round.id]).await?.pop() {
        Some(run) => remembered(city, tx, run).await?.filter(|older| older.edition == edition),
        None => None,
    };
    Ok(Known { computed, outdated: true })
}

/// Has the figures of a round computed, in a moment of their own.
///
/// # Errors
/// The database's.
pub async fn ask_for(city: &City, by: Author, at: Moment, round: RoundId) -> Result<(), Error> {
    let mut tx = city.write(by, at).await?;
    ask(&mut tx, round).await?;
    Ok(tx.commit().await?)
}

/// What a round earned in all, and how sure that is.
#[derive(Debug, Clone)]
pub struct Total {
    /// What was earned of what.
    pub figure: score::Figure,
    /// Where the points earned would lie if the sites were drawn again; none if they were named.
    pub interval: Option<Interval>,
}

impl Total {
    /// Where 100 × earned ÷ covered would lie if the sites were drawn again; none where no draw decides.
    #[must_use]
    pub fn spread(&self) -> Option<Interval> {
        let interval = self.interval.as_ref().filter(|drawn| drawn.low < drawn.high);
        statistics::pooled([(&self.figure.earned, interval)], &self.figure.covered)
    }
}

/// As much of kept figures as their total needs.
#[derive(Deserialize)]
struct Kept {
    tree: KeptTree,
    #[serde(default)]
    interval: Option<Interval>,
}

#[derive(Deserialize)]
struct KeptTree {
    total: score::Figure,
}

/// The totals of the newest figures of these rounds, whatever they were computed of.
///
/// # Errors
/// The database's.
pub async fn newest_totals(city: &City, tx: &ReadTx, rounds: &[RoundId]) -> Result<HashMap<RoundId, Total>, Error> {
    let shared = Remembered::of(city);
    let runs = yipanqi_store::score::newest_run_ids(tx, rounds).await?;
    let unknown: Vec<Uuid> = {
        let known = shared.lock().unwrap_or_else(PoisonError::into_inner);
        runs.iter().copied().filter(|run| !known.totals.contains_key(run)).collect()
    };
    let read = yipanqi_store::score::runs::<Kept>(tx, &unknown).await?;
    let mut known = shared.lock().unwrap_or_else(PoisonError::into_inner);
    if known.totals.len() + read.len() > TOTALS {
        known.totals.retain(|run, _| runs.contains(run));
    }
    known.totals.extend(read.into_iter().map(|run| {
        let Kept { tree, interval } = run.figures;
        (run.id, (run.round, Total { figure: tree.total, interval }))
    }));
    Ok(runs.iter().filter_map(|run| known.totals.get(run).cloned()).collect())
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
    let known = known(city, &city.read().await?, round).await?;
    if known.outdated {
        ask_for(city, by, at, round.id).await?;
    }
    known.computed.ok_or_else(|| Error::new("score_pending"))
}

/// The figures of a round as the data are now; computed if nobody has asked since the last change.
///
/// # Errors
/// `round_without_edition`, or the database's.
pub async fn current(city: &City, by: Author, at: Moment, round: &Round) -> Result<Computed, Error> {
    let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
    let tx = city.read().await?;
    let hash = inputs_hash(&tx, round, edition).await?;
    if let Some(computed) = of_now(city, &tx, round, &hash).await? {
        return Ok(computed);
    }
    let figures = follow::figures(city, &tx, round).await?;
    drop(tx);
    let mut tx = city.write(by, at).await?;
    let run = yipanqi_store::score::save_run(&tx, round.id, edition, &hash, &figures).await?;
    if round.visible() {
        tx.event("score", &round.id.to_string(), &[])?;
    }
    tx.commit().await?;
    let computed = Computed { edition, at, figures: Arc::new(figures) };
    Remembered::of(city).lock().unwrap_or_else(PoisonError::into_inner).put(run, computed.clone());
    Ok(computed)
}

async fn inputs_hash(tx: &ReadTx, round: &Round, edition: Uuid) -> Result<String, Error> {
    let inputs = yipanqi_store::score::inputs_hash(tx, round.id, edition).await?;
    let policy = policy(tx).await?;
    Ok(format!("{FORM}:{inputs}:{}:{}:{}:{}", policy.territorial, policy.industry, policy.lead, policy.support))
}

/// Computes the figures anew and keeps them, with an audit entry.
///
/// # Errors
/// As [`current`].
pub async fn recompute(tx: &mut WriteTx, round: &Round) -> Result<Computed, Error> {
    let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
    let hash = inputs_hash(tx, round, edition).await?;
    let figures = compute(tx, round).await?;
    let run = yipanqi_store::score::save_run(tx, round.id, edition, &hash, &figures).await?;
    tx.audit("score.compute", "round", &round.id.to_string(), &(run, &hash, &figures.tree.total))?;
    Ok(Computed { edition, at: tx.at(), figures: Arc::new(figures) })
}

async fn compute(tx: &ReadTx, round: &Round) -> Result<Figures, Error> {
    let inputs = Inputs::read(tx, round).await?;
    let policy = policy(tx).await?;
    // Twenty thousand findings take a good part of a second: other requests go on meanwhile.
    tokio::task::spawn_blocking(move || of(&inputs, &policy)).await.map_err(Error::internal)
}

/// The city's policy of sharing losses.
pub(super) async fn policy(tx: &ReadTx) -> Result<LossPolicy, Error> {
    Ok(setting::get(tx, LOSS_POLICY).await?.unwrap_or_else(loss_policy))
}

/// The figures of these inputs.
#[must_use]
pub fn of(inputs: &Inputs, policy: &LossPolicy) -> Figures {
    let mut tree = score::score(&inputs.edition, &inputs.sheet);
    let intervals = sampled(&inputs.edition, &tree, &inputs.sheet.sites, &inputs.names.directory, inputs.drawn.as_ref());
    let losses = score::share_losses(&tree, &inputs.sheet, &inputs.duties(), policy);
    let mut units: BTreeMap<UnitId, UnitFigures> = BTreeMap::new();
    for (unit, loss) in losses.units {
        units.entry(unit).or_default().lost = loss.loss;
    }
    let answerable: HashMap<SiteId, BTreeSet<UnitId>> =
        inputs.sheet.sites.iter().map(|site| (site.site, answerable(site))).collect();
    let mut judged: BTreeMap<UnitId, BTreeSet<SiteId>> = BTreeMap::new();
    let mut waiting: Vec<&mut NodeScore> = tree.nodes.iter_mut().collect();
    while let Some(node) = waiting.pop() {
        for measure in node.criterion.iter_mut().flat_map(|criterion| &mut criterion.measures) {
            for (site, possible, lost) in score::site_weights(measure, inputs.edition.site_mean) {
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
    let Intervals { total, nodes, units: unit_intervals } = intervals;
    Figures { tree, units, unattributed: losses.unattributed, interval: total, node_intervals: nodes, unit_intervals }
}

/// The units whose figures a site is part of, each once.
pub(super) fn answerable(site: &SheetSite) -> BTreeSet<UnitId> {
    [site.territorial, site.industry].into_iter().flatten().collect()
}

/// How sure the figures of a drawn round are; nothing is said of named sites.
pub(super) fn sampled(
    edition: &Edition,
    tree: &ScoreTree,
    sites: &[SheetSite],
    directory: &Directory,
    drawn: Option<&(Frames, String)>,
) -> Intervals {
    let Some((frames, seed)) = drawn else { return Intervals::default() };
    let mut units: BTreeMap<UnitId, Vec<SiteId>> = BTreeMap::new();
    for site in sites {
        for unit in answerable(site) {
            // A unit is ranked with the sites of the units below it.
            let peers = Group::ALL.into_iter().filter_map(|group| peer(directory, unit, group.kind()));
            let above: BTreeSet<UnitId> = peers.chain([unit]).collect();
            for unit in above {
                units.entry(unit).or_default().push(site.site);
            }
        }
    }
    // The order of the sites decides nothing, but sums of floating point keep one only if it is fixed.
    for sites in units.values_mut() {
        sites.sort_unstable();
    }
    intervals(&Sample::of(edition, tree, frames).with_units(edition, tree, &units), seed, REPLICATES)
}
