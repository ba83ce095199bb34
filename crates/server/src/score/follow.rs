//! The figures of a round that is being visited follow its work: a finding, an entered result touches the criteria it
//! feeds and the units that answer for them, and nothing else is read or computed.
//!
//! Invariant: what is followed equals [`super::figures::of`] of the same snapshot. What was followed is compared with the
//! snapshot of each reader: which visits count and in which version, which results in which version, and whether
//! anything else of which a score is made is the same (reference tables by their revision, sites by their versions). The
//! findings of a visit count once it is finished, and from then on they stay. In every doubt the round is computed in full.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Edition, Method, SiteMean};
use yipanqi_domain::id::{CriterionId, ItemId, RoundId, SiteId, UnitId};
use yipanqi_domain::round::RoundState;
use yipanqi_domain::score::{
    self, Change, CriterionScore, CriterionUnits, LiveScore, LossPolicy, MeasureScore, NodeScore, ScoreTree, SheetSite,
};
use yipanqi_domain::statistics::{Frames, Intervals};
use yipanqi_store::round::{self, Draw, Round};
use yipanqi_store::unit::Directory;
use yipanqi_store::{City, ReadTx};

use super::figures::{self, Figures, UnitFigures};
use super::sheet::{Inputs, counting};
use crate::error::Error;

/// A round that is followed.
pub struct Following {
    at: Standing,
    measures: HashMap<Uuid, (CriterionId, Method)>,
    sites: Vec<SheetSite>,
    directory: std::sync::Arc<Directory>,
    drawn: Option<(Frames, String)>,
    score: LiveScore,
    shares: Shares,
    followed: u64,
}

/// What a score was made of, by identities and versions.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Standing {
    ground: Ground,
    /// The visits that count.
    visits: HashMap<Uuid, Visited>,
    /// The versions of the entered results, by measure.
    results: HashMap<Uuid, i64>,
}

/// What does not change while a round is visited; where it does, the round is computed in full.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ground {
    revision: i64,
    edition: Uuid,
    draw: Option<Draw>,
    sites: String,
}

/// A visit that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Visited {
    site: SiteId,
    version: i64,
    items: Vec<ItemId>,
}

/// Under which name a round is followed beside its city.
#[must_use]
pub fn name(round: RoundId) -> String {
    format!("score of {round}")
}

/// The figures of a round as this snapshot has them.
///
/// # Errors
/// `round_without_edition`, or the database's.
pub async fn figures(city: &City, tx: &ReadTx, round: &Round) -> Result<Figures, Error> {
    let name = name(round.id);
    let kept: Option<Following> = city.take(&name);
    let ground = Ground::read(tx, round).await?;
    if let (Some(kept), Some(ground)) = (kept, &ground)
        && kept.at.ground == *ground
    {
        let (changes, at) = kept.changes(tx, round).await?;
        if let Some((kept, figures)) = blocking(move || kept.followed(&changes, at)).await? {
            city.put_back(&name, kept);
            return Ok(figures);
        }
    }
    let inputs = Inputs::read(tx, round).await?;
    let policy = figures::policy(tx).await?;
    let standing = match ground.filter(|_| round.state == RoundState::Open) {
        Some(ground) => Standing::read(tx, round, ground, &inputs).await?,
        None => return blocking(move || figures::of(&inputs, &policy)).await,
    };
    let (kept, figures) = blocking(move || {
        let figures = figures::of(&inputs, &policy);
        (Following::new(inputs, policy, standing), figures)
    })
    .await?;
    if let Some(kept) = kept {
        city.put_back(&name, kept);
    }
    Ok(figures)
}

/// Thousands of findings take a good part of a second: other requests go on meanwhile.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

impl Ground {
    /// None where the transaction does not see one snapshot.
    async fn read(tx: &ReadTx, round: &Round) -> Result<Option<Self>, Error> {
        let edition = round.edition.ok_or_else(|| Error::new("round_without_edition"))?;
        let Some(revision) = tx.revision().await? else { return Ok(None) };
        let sites = yipanqi_store::score::sites_stamp(tx, round.id).await?;
        Ok(Some(Self { revision, edition, draw: round.draw.clone(), sites }))
    }
}

impl Standing {
    /// What these inputs, read in the same snapshot, were made of.
    async fn read(tx: &ReadTx, round: &Round, ground: Ground, inputs: &Inputs) -> Result<Self, Error> {
        let rows = round::visits(tx, round.id).await?;
        let sites = counting(&rows);
        let mut visits: HashMap<Uuid, Visited> = HashMap::new();
        for row in &rows {
            if let Some(site) = sites.get(&row.id) {
                visits.insert(row.id, Visited { site: *site, version: row.version, items: Vec::new() });
            }
        }
        for ((_, item), finding) in &inputs.findings {
            if let Some(visited) = visits.get_mut(&finding.visit) {
                visited.items.push(*item);
            }
        }
        let results = round::results(tx, round.id).await?.into_iter().map(|row| (row.measure, row.version)).collect();
        Ok(Self { ground, visits, results })
    }

    /// What has to change for the score to be as the snapshot has it, and what it is made of then.
    async fn differences(
        &self,
        tx: &ReadTx,
        round: &Round,
        measures: &HashMap<Uuid, (CriterionId, Method)>,
    ) -> Result<(Vec<Change>, Self), Error> {
        let visits = round::visits(tx, round.id).await?;
        let versions: HashMap<Uuid, i64> = visits.iter().map(|visit| (visit.id, visit.version)).collect();
        let mut now: HashMap<Uuid, Visited> = HashMap::new();
        let mut fresh = Vec::new();
        for (visit, site) in counting(&visits) {
            let version = versions.get(&visit).copied().unwrap_or_default();
            let known = self.visits.get(&visit).filter(|known| known.version == version && known.site == site);
            if known.is_none() {
                fresh.push(visit);
            }
            now.insert(visit, known.cloned().unwrap_or(Visited { site, version, items: Vec::new() }));
        }
        let mut changes = Vec::new();
        for (visit, known) in &self.visits {
            if now.get(visit) != Some(known) {
                let gone = |item: &ItemId| Change::Finding { site: known.site, item: *item, result: None };
                changes.extend(known.items.iter().map(gone));
            }
        }
        fresh.sort_unstable();
        for (visit, item, result) in round::observed(tx, &fresh).await? {
            if let Some(visited) = now.get_mut(&visit) {
                visited.items.push(item);
                changes.push(Change::Finding { site: visited.site, item, result: Some(result) });
            }
        }
        let mut results = HashMap::new();
        for row in round::results(tx, round.id).await? {
            if self.results.get(&row.measure) != Some(&row.version) {
                let known = measures.get(&row.measure);
                changes.extend(known.map(|(criterion, method)| Change::Result {
                    criterion: *criterion,
                    method: *method,
                    value: Some(row.value),
                }));
            }
            results.insert(row.measure, row.version);
        }
        for measure in self.results.keys().filter(|measure| !results.contains_key(measure)) {
            let known = measures.get(measure);
            changes.extend(known.map(|(criterion, method)| Change::Result {
                criterion: *criterion,
                method: *method,
                value: None,
            }));
        }
        Ok((changes, Self { ground: self.ground.clone(), visits: now, results }))
    }
}

impl Following {
    /// Begins to follow; none where what was given could not all be used, or a result could be meant for two measures.
    fn new(inputs: Inputs, policy: LossPolicy, at: Standing) -> Option<Self> {
        let mut measures = HashMap::new();
        for node in &inputs.tree.nodes {
            measures.extend(node.measures.iter().map(|measure| (measure.id, (node.id, measure.method))));
        }
        let distinct: BTreeSet<(CriterionId, Method)> = measures.values().copied().collect();
        if distinct.len() != measures.len() {
            return None;
        }
        let duties = inputs.duties();
        let sites = inputs.sheet.sites.clone();
        let score = LiveScore::new(Edition::clone(&inputs.edition), inputs.sheet);
        if !score.tree().ignored.is_empty() {
            return None;
        }
        let by_id = sites.iter().map(|site| (site.site, site.clone())).collect();
        let mut shares = Shares::new(by_id, duties, policy, inputs.edition.site_mean);
        let mut waiting: Vec<&NodeScore> = score.tree().nodes.iter().collect();
        while let Some(node) = waiting.pop() {
            waiting.extend(&node.children);
            if let Some(criterion) = &node.criterion {
                shares.put(criterion);
            }
        }
        Some(Self { at, measures, sites, directory: inputs.names.directory, drawn: inputs.drawn, score, shares, followed: 0 })
    }

    /// How often it was brought up to date instead of being computed in full.
    #[must_use]
    pub fn times(&self) -> u64 {
        self.followed
    }

    async fn changes(&self, tx: &ReadTx, round: &Round) -> Result<(Vec<Change>, Standing), Error> {
        self.at.differences(tx, round, &self.measures).await
    }

    /// Follows the changes; none in doubt.
    fn followed(mut self, changes: &[Change], at: Standing) -> Option<(Self, Figures)> {
        let touched: BTreeSet<CriterionId> = changes.iter().flat_map(|change| self.score.fed(change)).collect();
        self.score.apply(changes).ok()?;
        for criterion in touched {
            self.shares.put(self.score.standing(criterion)?);
        }
        self.at = at;
        self.followed += 1;
        let figures = self.figures();
        Some((self, figures))
    }

    fn figures(&self) -> Figures {
        let tree = self.score.tree();
        let Intervals { total, nodes, units } =
            figures::sampled(self.score.edition(), tree, &self.sites, &self.directory, self.drawn.as_ref());
        Figures {
            tree: bare(tree),
            units: self.shares.units(),
            unattributed: self.shares.unattributed.clone(),
            interval: total,
            node_intervals: nodes,
            unit_intervals: units,
        }
    }
}

/// A tree without the sites of its measures.
fn bare(tree: &ScoreTree) -> ScoreTree {
    ScoreTree {
        scoring: tree.scoring,
        total: tree.total.clone(),
        by_method: tree.by_method.clone(),
        deductions: tree.deductions.clone(),
        after_deductions: tree.after_deductions.clone(),
        published_after_deductions: tree.published_after_deductions.clone(),
        vetoes: tree.vetoes.clone(),
        conformity: tree.conformity.clone(),
        nodes: tree.nodes.iter().map(bare_node).collect(),
        ignored: tree.ignored.clone(),
    }
}

fn bare_node(node: &NodeScore) -> NodeScore {
    let measure = |measure: &MeasureScore| MeasureScore {
        method: measure.method,
        figure: measure.figure.clone(),
        reasons: measure.reasons.clone(),
        site_types: Vec::new(),
        unattributed: measure.unattributed.clone(),
    };
    NodeScore {
        number: node.number.clone(),
        title: node.title.clone(),
        figure: node.figure.clone(),
        criterion: node.criterion.as_ref().map(|criterion| CriterionScore {
            id: criterion.id,
            measures: criterion.measures.iter().map(measure).collect(),
            conformity: criterion.conformity.clone(),
        }),
        children: node.children.iter().map(bare_node).collect(),
    }
}

/// What the units' sites could earn and lost, and what the units bear, as sums of what each criterion gives.
struct Shares {
    sites: HashMap<SiteId, SheetSite>,
    duties: BTreeMap<CriterionId, CriterionUnits>,
    policy: LossPolicy,
    mean: SiteMean,
    parts: HashMap<CriterionId, Part>,
    /// With the number of criteria that give a unit something.
    units: BTreeMap<UnitId, (u64, UnitFigures)>,
    /// By site, the criteria by which it was judged.
    judged: HashMap<SiteId, u64>,
    unattributed: Exact,
}

/// What one criterion gives.
struct Part {
    units: BTreeMap<UnitId, UnitFigures>,
    judged: BTreeSet<SiteId>,
    unattributed: Exact,
}

impl Shares {
    fn new(
        sites: HashMap<SiteId, SheetSite>,
        duties: BTreeMap<CriterionId, CriterionUnits>,
        policy: LossPolicy,
        mean: SiteMean,
    ) -> Self {
        Self {
            sites,
            duties,
            policy,
            mean,
            parts: HashMap::new(),
            units: BTreeMap::new(),
            judged: HashMap::new(),
            unattributed: Exact::zero(),
        }
    }

    fn part(&self, criterion: &CriterionScore) -> Part {
        let losses = score::share_criterion(criterion, &self.sites, self.duties.get(&criterion.id), &self.policy);
        let mut part = Part { units: BTreeMap::new(), judged: BTreeSet::new(), unattributed: losses.unattributed };
        for (unit, loss) in losses.units {
            part.units.entry(unit).or_default().lost = loss.loss;
        }
        for measure in &criterion.measures {
            for (site, possible, lost) in score::site_weights(measure, self.mean) {
                let Some(of_site) = self.sites.get(&site) else { continue };
                for unit in figures::answerable(of_site) {
                    let figures = part.units.entry(unit).or_default();
                    figures.possible = &figures.possible + &possible;
                    figures.lost_at_sites = &figures.lost_at_sites + &lost;
                }
                part.judged.insert(site);
            }
        }
        part
    }

    /// Takes what a criterion gives now in place of what it gave before.
    fn put(&mut self, criterion: &CriterionScore) {
        let part = self.part(criterion);
        if let Some(before) = self.parts.remove(&criterion.id) {
            self.unattributed = &self.unattributed - &before.unattributed;
            for (unit, gave) in before.units {
                let Some((criteria, sum)) = self.units.get_mut(&unit) else { continue };
                *criteria -= 1;
                sum.possible = &sum.possible - &gave.possible;
                sum.lost_at_sites = &sum.lost_at_sites - &gave.lost_at_sites;
                sum.lost = &sum.lost - &gave.lost;
                if *criteria == 0 {
                    self.units.remove(&unit);
                }
            }
            for site in before.judged {
                let Some(criteria) = self.judged.get_mut(&site) else { continue };
                *criteria -= 1;
                if *criteria == 0 {
                    self.judged.remove(&site);
                }
            }
        }
        self.unattributed = &self.unattributed + &part.unattributed;
        for (unit, gives) in &part.units {
            let (criteria, sum) = self.units.entry(*unit).or_default();
            *criteria += 1;
            sum.possible = &sum.possible + &gives.possible;
            sum.lost_at_sites = &sum.lost_at_sites + &gives.lost_at_sites;
            sum.lost = &sum.lost + &gives.lost;
        }
        for site in &part.judged {
            *self.judged.entry(*site).or_insert(0) += 1;
        }
        self.parts.insert(criterion.id, part);
    }

    fn units(&self) -> BTreeMap<UnitId, UnitFigures> {
        let mut units: BTreeMap<UnitId, UnitFigures> =
            self.units.iter().map(|(unit, (_, figures))| (*unit, figures.clone())).collect();
        for site in self.judged.keys().filter_map(|site| self.sites.get(site)) {
            for unit in figures::answerable(site) {
                units.entry(unit).or_default().sites += 1;
            }
        }
        units
    }
}
