//! The score of a round: a pure function from edition and sheet to a tree of exact figures with reasons.
//!
//! Invariants: a total is the sum of its leaves; the order of what is given changes nothing; rounding happens once, at
//! publication (and before, only where the edition sets a working scale); what is not measured counts neither 0 nor full.

mod conformity;
mod incident;
mod index;
mod live;
mod loss;
mod measure;
mod sheet;
mod tally;
mod tree;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::exact::Exact;
use crate::framework::{Criterion, Edition, Method, NegativeEffect, Scoring};
use crate::id::CriterionId;

pub use incident::IncidentState;
pub use live::{Change, LiveScore};
pub use loss::{CriterionUnits, LossPart, LossPolicy, UnitLoss, UnitLosses, share_criterion, share_losses, site_weights};
pub use sheet::{EnteredResult, EnteredValue, Incident, RoundSheet, SheetFinding, SheetItem, SheetSite};
pub use tree::{
    Conformity, ConformityCount, ConformityState, CriterionScore, Deduction, Figure, Ignored, MeasureScore, MethodFigure,
    NodeScore, Published, Reason, ScoreTree, SiteScore, TypeScore, Uncovered,
};

/// Scores a round under an edition.
#[must_use]
pub fn score(edition: &Edition, sheet: &RoundSheet) -> ScoreTree {
    let mut scorer = Scorer::new(edition, sheet);
    let nodes = scorer.roots();
    let (deductions, vetoes) = scorer.negative();
    assemble(edition, nodes, deductions, vetoes, scorer.ignored())
}

/// The tree above its top nodes: totals, methods and what the negative list takes.
fn assemble(
    edition: &Edition,
    nodes: Vec<NodeScore>,
    deductions: Vec<Deduction>,
    vetoes: Vec<String>,
    ignored: Vec<Ignored>,
) -> ScoreTree {
    let decimals = edition.published_decimals;
    let total = Figure::sum(nodes.iter().map(|node| &node.figure), decimals);
    let mut measures = Vec::new();
    for node in &nodes {
        gather(node, &mut measures);
    }
    let by_method = Method::ALL
        .into_iter()
        .filter(|method| measures.iter().any(|measure| measure.method == *method))
        .map(|method| {
            let figures = measures.iter().filter(|measure| measure.method == method).map(|measure| &measure.figure);
            MethodFigure { method, figure: Figure::sum(figures, decimals) }
        })
        .collect();
    let after_deductions = &total.earned - &deductions.iter().map(|deduction| &deduction.points).sum();
    let conformity = match edition.scoring {
        Scoring::Points => None,
        Scoring::Conformity => Some(conformity::count(&nodes, decimals)),
    };
    ScoreTree {
        scoring: edition.scoring,
        total,
        by_method,
        published_after_deductions: after_deductions.published(decimals),
        after_deductions,
        deductions,
        vetoes,
        conformity,
        nodes,
        ignored,
    }
}

fn gather<'a>(node: &'a NodeScore, measures: &mut Vec<&'a MeasureScore>) {
    measures.extend(node.criterion.iter().flat_map(|criterion| &criterion.measures));
    for child in &node.children {
        gather(child, measures);
    }
}

/// A criterion of its findings and entered results, and the methods whose entered results it may use.
fn score_criterion<'a>(
    edition: &Edition,
    criterion: &Criterion,
    index: &index::Index<'_>,
    entered: impl Fn(Method) -> Option<&'a EnteredValue>,
) -> (CriterionScore, Vec<Method>) {
    match edition.scoring {
        Scoring::Points => {
            let score = |measure| measure::score_measure(edition, criterion.id, measure, entered(measure.method), index);
            let measures = criterion.measures.iter().map(score).collect();
            let used = criterion.measures.iter().map(|measure| measure.method).collect();
            (CriterionScore { id: criterion.id, measures, conformity: None }, used)
        }
        Scoring::Conformity => {
            let given: Vec<_> = Method::ALL.into_iter().filter_map(|method| Some((method, entered(method)?))).collect();
            let values: Vec<&EnteredValue> = given.iter().map(|(_, value)| *value).collect();
            let conformity = conformity::assess(edition, criterion.id, &values, index);
            let used = given.into_iter().map(|(method, _)| method).collect();
            (CriterionScore { id: criterion.id, measures: Vec::new(), conformity: Some(conformity) }, used)
        }
    }
}

/// A node's figure: its own measures and its children together.
fn node_figure(criterion: Option<&CriterionScore>, children: &[NodeScore], decimals: u32) -> Figure {
    let own = criterion.into_iter().flat_map(|criterion| &criterion.measures).map(|measure| &measure.figure);
    Figure::sum(own.chain(children.iter().map(|child| &child.figure)), decimals)
}

struct Scorer<'a> {
    edition: &'a Edition,
    sheet: &'a RoundSheet,
    index: index::Index<'a>,
    results: HashMap<(CriterionId, Method), &'a EnteredValue>,
    used: HashSet<(CriterionId, Method)>,
    ignored: Vec<Ignored>,
}

impl<'a> Scorer<'a> {
    fn new(edition: &'a Edition, sheet: &'a RoundSheet) -> Self {
        let mut index = index::Index::new(edition, sheet);
        let mut ignored = std::mem::take(&mut index.ignored);
        let mut by_measure: HashMap<(CriterionId, Method), Vec<&EnteredValue>> = HashMap::new();
        for result in &sheet.results {
            by_measure.entry((result.criterion, result.method)).or_default().push(&result.value);
        }
        let mut results = HashMap::new();
        for ((criterion, method), values) in by_measure {
            match values.as_slice() {
                [value] => {
                    results.insert((criterion, method), *value);
                }
                _ => ignored.push(Ignored::RepeatedResult { criterion, method }),
            }
        }
        Self { edition, sheet, index, results, used: HashSet::new(), ignored }
    }

    /// The trees of all nodes without a parent; a node whose parent is missing or below itself stands at the top.
    fn roots(&mut self) -> Vec<NodeScore> {
        let nodes = &self.edition.nodes;
        let numbers: HashSet<&str> = nodes.iter().map(|node| node.number.as_str()).collect();
        let (mut children, mut tops): (HashMap<&str, Vec<usize>>, Vec<usize>) = (HashMap::new(), Vec::new());
        for (place, node) in nodes.iter().enumerate() {
            match node.parent.as_deref().filter(|parent| numbers.contains(parent)) {
                Some(parent) => children.entry(parent).or_default().push(place),
                None => tops.push(place),
            }
        }
        let mut done = vec![false; nodes.len()];
        tops.extend(0..nodes.len());
        tops.into_iter().filter_map(|place| self.node(place, &children, &mut done)).collect()
    }

    fn node(&mut self, place: usize, children: &HashMap<&str, Vec<usize>>, done: &mut [bool]) -> Option<NodeScore> {
        if std::mem::replace(&mut done[place], true) {
            return None;
        }
        let node = &self.edition.nodes[place];
        let criterion = node.criterion.as_ref().map(|criterion| self.criterion(criterion));
        let below = children.get(node.number.as_str()).map_or(&[][..], Vec::as_slice);
        let children: Vec<NodeScore> = below.iter().filter_map(|&child| self.node(child, children, done)).collect();
        let figure = node_figure(criterion.as_ref(), &children, self.edition.published_decimals);
        Some(NodeScore { number: node.number.clone(), title: node.title.clone(), figure, criterion, children })
    }

    fn criterion(&mut self, criterion: &Criterion) -> CriterionScore {
        let results = &self.results;
        let (scored, used) =
            score_criterion(self.edition, criterion, &self.index, |method| results.get(&(criterion.id, method)).copied());
        self.used.extend(used.into_iter().map(|method| (criterion.id, method)));
        scored
    }

    fn negative(&mut self) -> (Vec<Deduction>, Vec<String>) {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for incident in &self.sheet.incidents {
            let count = counts.entry(&incident.number).or_insert(0);
            *count = count.saturating_add(incident.count);
        }
        let (mut deductions, mut vetoes) = (Vec::new(), Vec::new());
        for item in &self.edition.negative_items {
            let Some(count) = counts.remove(item.number.as_str()).filter(|count| *count > 0) else { continue };
            match &item.effect {
                NegativeEffect::Deduct { points, .. } => deductions.push(Deduction {
                    number: item.number.clone(),
                    count,
                    points: points * &Exact::whole(i64::from(count)),
                }),
                NegativeEffect::Veto => vetoes.push(item.number.clone()),
            }
        }
        self.ignored.extend(counts.into_keys().map(|number| Ignored::UnknownNegativeItem { number: number.to_owned() }));
        (deductions, vetoes)
    }

    fn ignored(mut self) -> Vec<Ignored> {
        let unused = self.results.keys().filter(|key| !self.used.contains(key));
        self.ignored
            .extend(unused.map(|(criterion, method)| Ignored::ResultWithoutMeasure { criterion: *criterion, method: *method }));
        self.ignored.sort();
        self.ignored
    }
}

/// The weighted sum of the years of a cycle.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CycleTotal {
    /// Σ weight × year ÷ 100, over the years that have a result.
    pub total: Exact,
    /// The weights of those years, in per cent.
    pub covered_weight: Exact,
}

/// Weighs the years of a cycle (first year first); a year without a result counts neither 0 nor full.
#[must_use]
pub fn cycle_total(year_weights: &[Exact], years: &[Option<Exact>]) -> CycleTotal {
    let (mut total, mut covered_weight) = (Exact::zero(), Exact::zero());
    for (weight, year) in year_weights.iter().zip(years) {
        if let Some(year) = year {
            total = &total + &(weight * year);
            covered_weight = &covered_weight + weight;
        }
    }
    CycleTotal { total: tally::share_of(&total, &Exact::whole(100)), covered_weight }
}
