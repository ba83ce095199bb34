//! A score that follows its findings: a change touches only the criteria it feeds and the sums above them.
//!
//! Invariant: after any changes the tree equals [`super::score`] of the changed sheet. What a change would return is
//! computed in the same way without touching the tree.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::framework::{Criterion, Edition, Method, Rule};
use crate::id::{CriterionId, ItemId, SiteId};
use crate::round::{FindingResult, ItemStandard};

use super::index::{Entry, Index, gate_items};
use super::sheet::{EnteredValue, RoundSheet, SheetFinding, SheetSite};
use super::tally::Ungated;
use super::tree::{CriterionScore, Figure, Ignored, NodeScore, ScoreTree};
use super::{assemble, node_figure, score, score_criterion};

/// Something that changes a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// The finding of an item at a site is new, another one, or taken back.
    Finding {
        /// The site.
        site: SiteId,
        /// The item.
        item: ItemId,
        /// What was observed; none takes the finding back.
        result: Option<FindingResult>,
    },
    /// The entered result of a measure is new, another one, or taken back.
    Result {
        /// The criterion.
        criterion: CriterionId,
        /// The measure's method.
        method: Method,
        /// What was entered; none takes it back.
        value: Option<EnteredValue>,
    },
}

/// A score with everything it was made of, ready for changes.
#[derive(Debug, Clone)]
pub struct LiveScore {
    edition: Edition,
    sites: Vec<SheetSite>,
    places: HashMap<SiteId, usize>,
    standards: HashMap<ItemId, ItemStandard>,
    feeds: HashMap<ItemId, BTreeSet<CriterionId>>,
    fed_by: HashMap<CriterionId, BTreeSet<ItemId>>,
    findings: HashMap<ItemId, BTreeMap<usize, FindingResult>>,
    results: BTreeMap<(CriterionId, Method), EnteredValue>,
    /// Where each criterion stands: its node in the edition, and the way to it from the top of the tree.
    stands: HashMap<CriterionId, (usize, Vec<usize>)>,
    tree: ScoreTree,
}

impl LiveScore {
    /// Scores a round and keeps what is needed for changes. Of a finding or a result given twice the score says so, and
    /// changes go on from what it used.
    #[must_use]
    pub fn new(edition: Edition, sheet: RoundSheet) -> Self {
        let tree = score(&edition, &sheet);
        let mut sites = sheet.sites;
        sites.sort_by(|left, right| left.code.cmp(&right.code).then_with(|| left.site.cmp(&right.site)));
        sites.dedup_by_key(|site| site.site);
        let places: HashMap<SiteId, usize> = sites.iter().enumerate().map(|(place, site)| (site.site, place)).collect();
        let (mut standards, mut feeds) = (HashMap::new(), HashMap::<ItemId, BTreeSet<CriterionId>>::new());
        for item in sheet.items {
            standards.entry(item.item).or_insert(item.standard);
            feeds.entry(item.item).or_default().extend(item.criteria);
        }
        let mut stands = HashMap::new();
        let by_number: HashMap<&str, usize> = (edition.nodes.iter().enumerate())
            .filter(|(_, node)| node.criterion.is_some())
            .map(|(place, node)| (node.number.as_str(), place))
            .collect();
        for (place, top) in tree.nodes.iter().enumerate() {
            find_criteria(top, &mut vec![place], &by_number, &mut stands);
        }
        for (_, criterion) in edition.criteria() {
            for rule in criterion.measures.iter().filter_map(|measure| measure.rule.as_ref()) {
                for gate in gate_items(rule) {
                    if let Some(criteria) = feeds.get_mut(&gate) {
                        criteria.insert(criterion.id);
                    }
                }
            }
        }
        let mut fed_by: HashMap<CriterionId, BTreeSet<ItemId>> = HashMap::new();
        for (item, criteria) in &feeds {
            for criterion in criteria {
                fed_by.entry(*criterion).or_default().insert(*item);
            }
        }
        let mut findings: HashMap<ItemId, BTreeMap<usize, FindingResult>> = HashMap::new();
        let mut given = sheet.findings;
        given.sort_by(|left, right| left.result.cmp(&right.result));
        for SheetFinding { site, item, result } in given {
            if let (Some(place), true) = (places.get(&site), standards.contains_key(&item)) {
                findings.entry(item).or_default().entry(*place).or_insert(result);
            }
        }
        let mut results = BTreeMap::new();
        let mut repeated = BTreeSet::new();
        for result in sheet.results {
            let key = (result.criterion, result.method);
            if results.insert(key, result.value).is_some() {
                repeated.insert(key);
            }
        }
        results.retain(|key, _| !repeated.contains(key));
        Self { edition, sites, places, standards, feeds, fed_by, findings, results, stands, tree }
    }

    /// The score as it is now.
    #[must_use]
    pub fn tree(&self) -> &ScoreTree {
        &self.tree
    }

    /// The edition by which it is scored.
    #[must_use]
    pub fn edition(&self) -> &Edition {
        &self.edition
    }

    /// What was found for an item at a site.
    #[must_use]
    pub fn finding(&self, site: SiteId, item: ItemId) -> Option<&FindingResult> {
        self.findings.get(&item)?.get(self.places.get(&site)?)
    }

    /// The finding once nothing is wrong with it: a count reaches what its item and every rule it feeds ask for.
    #[must_use]
    pub fn mended(&self, site: SiteId, item: ItemId) -> Option<Change> {
        let found = self.finding(site, item)?;
        let mut wanted = match self.standards.get(&item) {
            Some(ItemStandard::AtLeast { n }) => *n,
            Some(ItemStandard::Everything | ItemStandard::Percent { .. } | ItemStandard::Nothing) | None => 1,
        };
        for criterion in self.feeds.get(&item).into_iter().flatten().filter_map(|criterion| self.criterion(*criterion)) {
            for rule in criterion.measures.iter().filter_map(|measure| measure.rule.as_ref()) {
                if let Rule::CountAtLeast { n, .. } = Ungated::new(rule).inner {
                    wanted = wanted.max(*n);
                }
            }
        }
        Some(Change::Finding { site, item, result: Some(found.mended(wanted)) })
    }

    /// Makes the changes and brings the tree up to date; gives what takes them back, in the order in which to apply it.
    ///
    /// # Errors
    /// The first change that names an unknown site or item or a result that no measure takes; then nothing has changed.
    pub fn apply(&mut self, changes: &[Change]) -> Result<Vec<Change>, Ignored> {
        let (undo, touched) = self.put(changes)?;
        for criterion in touched {
            let Some(scored) = self.scored(criterion) else { continue };
            let Some((_, path)) = self.stands.get(&criterion) else { continue };
            replace(&mut self.tree.nodes, path, scored, self.edition.published_decimals);
        }
        let nodes = std::mem::take(&mut self.tree.nodes);
        let deductions = std::mem::take(&mut self.tree.deductions);
        let vetoes = std::mem::take(&mut self.tree.vetoes);
        let ignored = std::mem::take(&mut self.tree.ignored);
        self.tree = assemble(&self.edition, nodes, deductions, vetoes, ignored);
        Ok(undo)
    }

    /// The points the changes would return (below 0: cost), without making them.
    ///
    /// # Errors
    /// As [`Self::apply`].
    pub fn gain(&mut self, changes: &[Change]) -> Result<Exact, Ignored> {
        let (undo, touched) = self.put(changes)?;
        let mut gain = Exact::zero();
        for criterion in touched {
            let (Some(after), Some(before)) = (self.scored(criterion), self.standing(criterion)) else { continue };
            gain = &gain + &(&earned(&after) - &earned(before));
        }
        self.put(&undo)?;
        Ok(gain)
    }

    fn criterion(&self, id: CriterionId) -> Option<&Criterion> {
        self.edition.nodes.get(self.stands.get(&id)?.0)?.criterion.as_ref()
    }

    /// The criteria whose figures a change may move.
    pub fn fed(&self, change: &Change) -> impl Iterator<Item = CriterionId> {
        let (item, criterion) = match change {
            Change::Finding { item, .. } => (Some(item), None),
            Change::Result { criterion, .. } => (None, Some(*criterion)),
        };
        item.and_then(|item| self.feeds.get(item)).into_iter().flatten().copied().chain(criterion)
    }

    /// A criterion as it stands now.
    #[must_use]
    pub fn standing(&self, id: CriterionId) -> Option<&CriterionScore> {
        let (_, path) = self.stands.get(&id)?;
        let (first, rest) = path.split_first()?;
        let mut node = self.tree.nodes.get(*first)?;
        for step in rest {
            node = node.children.get(*step)?;
        }
        node.criterion.as_ref()
    }

    fn scored(&self, id: CriterionId) -> Option<CriterionScore> {
        let criterion = self.criterion(id)?;
        let mut places: Vec<(usize, ItemId)> = (self.fed_by.get(&id).into_iter().flatten())
            .flat_map(|item| self.findings.get(item).into_iter().flat_map(|found| found.keys().map(|place| (*place, *item))))
            .collect();
        places.sort_unstable();
        let entries = places.into_iter().filter_map(|(place, item)| {
            let result = self.findings.get(&item)?.get(&place)?;
            Some(Entry { site: self.sites.get(place)?, item, standard: self.standards.get(&item)?, result })
        });
        let index = Index::of_criterion(id, entries.collect());
        Some(score_criterion(&self.edition, criterion, &index, |method| self.results.get(&(id, method))).0)
    }

    /// Changes what the score is made of, not the score; gives what takes it back and the criteria concerned.
    fn put(&mut self, changes: &[Change]) -> Result<(Vec<Change>, BTreeSet<CriterionId>), Ignored> {
        for change in changes {
            self.known(change)?;
        }
        let (mut undo, mut touched) = (Vec::with_capacity(changes.len()), BTreeSet::new());
        for change in changes {
            match change {
                Change::Finding { site, item, result } => {
                    let Some(place) = self.places.get(site) else { continue };
                    let found = self.findings.entry(*item).or_default();
                    let before = match result {
                        Some(result) => found.insert(*place, result.clone()),
                        None => found.remove(place),
                    };
                    undo.push(Change::Finding { site: *site, item: *item, result: before });
                    touched.extend(self.feeds.get(item).into_iter().flatten());
                }
                Change::Result { criterion, method, value } => {
                    let key = (*criterion, *method);
                    let before = match value {
                        Some(value) => self.results.insert(key, value.clone()),
                        None => self.results.remove(&key),
                    };
                    undo.push(Change::Result { criterion: *criterion, method: *method, value: before });
                    touched.insert(*criterion);
                }
            }
        }
        undo.reverse();
        Ok((undo, touched))
    }

    fn known(&self, change: &Change) -> Result<(), Ignored> {
        match change {
            Change::Finding { site, item, .. } => {
                if !self.places.contains_key(site) {
                    return Err(Ignored::UnknownSite { site: *site, item: *item });
                }
                if !self.standards.contains_key(item) {
                    return Err(Ignored::UnknownItem { site: *site, item: *item });
                }
            }
            Change::Result { criterion, method, .. } => {
                let known = self.criterion(*criterion).is_some_and(|known| {
                    known.measures.is_empty() || known.measures.iter().any(|measure| measure.method == *method)
                });
                if !known {
                    return Err(Ignored::ResultWithoutMeasure { criterion: *criterion, method: *method });
                }
            }
        }
        Ok(())
    }
}

fn earned(criterion: &CriterionScore) -> Exact {
    criterion.measures.iter().map(|measure| &measure.figure.earned).sum()
}

fn find_criteria(
    node: &NodeScore,
    path: &mut Vec<usize>,
    by_number: &HashMap<&str, usize>,
    stands: &mut HashMap<CriterionId, (usize, Vec<usize>)>,
) {
    if let (Some(criterion), Some(place)) = (&node.criterion, by_number.get(node.number.as_str())) {
        stands.entry(criterion.id).or_insert_with(|| (*place, path.clone()));
    }
    for (place, child) in node.children.iter().enumerate() {
        path.push(place);
        find_criteria(child, path, by_number, stands);
        path.pop();
    }
}

fn replace(nodes: &mut [NodeScore], path: &[usize], scored: CriterionScore, decimals: u32) -> Option<Figure> {
    let (first, rest) = path.split_first()?;
    let node = nodes.get_mut(*first)?;
    if rest.is_empty() {
        node.criterion = Some(scored);
    } else {
        replace(&mut node.children, rest, scored, decimals)?;
    }
    node.figure = node_figure(node.criterion.as_ref(), &node.children, decimals);
    Some(node.figure.clone())
}
