//! A scored round as a sample: strata of visited sites, and each measure as a function of how much each site weighs.

use std::collections::{BTreeMap, HashMap};

use crate::framework::{Amount, Edition, Rule, SiteMean, Step};
use crate::id::{SiteId, UnitId};
use crate::score::{MeasureScore, NodeScore, Reason, ScoreTree, site_weights};

use super::{approximate, float};

/// Sites in the frame from which each stratum was drawn, by the stratum's name; a stratum that is not named was drawn
/// from far more sites than were visited.
pub type Frames = BTreeMap<String, u32>;

/// A stratum of visited sites.
#[derive(Debug, Clone)]
pub(super) struct Stratum {
    pub sites: Vec<usize>,
    /// The share of the frame that was visited.
    pub visited: f64,
}

/// A measure whose points depend on which sites were drawn.
#[derive(Debug, Clone)]
pub(super) enum Sampled {
    /// P × the mean of the sites' rates, or of their types' means.
    Mean { points: f64, types: Vec<Vec<(usize, f64)>>, by_type: bool },
    /// max(floor, P − each × Σ faults), in the round.
    Faults { points: f64, each: f64, floor: f64, faults: Vec<(usize, f64)> },
    /// A share of sums, in the round: with a target and points for each percentage point below it, or plain.
    Share { points: f64, target: Option<(f64, f64, Step)>, shares: Vec<(usize, f64, f64)> },
    /// max(0, P − each × n × failing ÷ visited).
    Samples { points: f64, cost: f64, failing: Vec<(usize, f64)> },
}

/// A node of the scored tree, parents before children.
#[derive(Debug, Clone)]
pub(super) struct SampledNode {
    pub number: String,
    parent: Option<usize>,
    /// Points of its own measures that no draw changes.
    fixed: f64,
}

/// The sites of a unit, each with what it could earn and what it earned.
#[derive(Debug, Clone)]
pub(super) struct SampledUnit {
    pub unit: UnitId,
    sites: Vec<(Option<usize>, f64, f64)>,
}

impl SampledUnit {
    /// What the sites earned of what they could, in per cent, if each weighs so much.
    pub(super) fn rate(&self, weights: &[f64]) -> f64 {
        let (mut earned, mut possible) = (0.0, 0.0);
        for (place, could, did) in &self.sites {
            let weight = place.map_or(1.0, |place| weights[place]);
            possible += weight * could;
            earned += weight * did;
        }
        if possible > 0.0 { 100.0 * earned / possible } else { 0.0 }
    }
}

/// A scored round, ready to be drawn again and again.
#[derive(Debug, Clone)]
pub struct Sample {
    pub(super) strata: Vec<Stratum>,
    pub(super) measures: Vec<Sampled>,
    /// The node of each measure.
    of_node: Vec<usize>,
    pub(super) nodes: Vec<SampledNode>,
    pub(super) units: Vec<SampledUnit>,
    /// Points that no draw changes.
    pub(super) fixed: f64,
    pub(super) sites: usize,
    /// The stratum of each site.
    stratum_of: Vec<usize>,
    places: HashMap<SiteId, usize>,
}

impl Sample {
    /// The sample of a scored round. Strata are the site types; entered results and failed gates do not vary.
    #[must_use]
    pub fn of(edition: &Edition, tree: &ScoreTree, frames: &Frames) -> Self {
        // A working scale rounds each measure's points; nothing else stands between a measure and its model.
        let tolerance = edition.working_scale.map_or(1e-6, |decimals| 0.51 / 10_f64.powi(i32::try_from(decimals).unwrap_or(9)));
        let mut reading = Reading {
            places: HashMap::new(),
            strata: BTreeMap::new(),
            measures: Vec::new(),
            of_node: Vec::new(),
            nodes: Vec::new(),
            fixed: 0.0,
            tolerance,
        };
        let rules: HashMap<&str, &crate::framework::Node> =
            edition.nodes.iter().map(|node| (node.number.as_str(), node)).collect();
        let mut waiting: Vec<(&NodeScore, Option<usize>)> = tree.nodes.iter().rev().map(|node| (node, None)).collect();
        while let Some((node, parent)) = waiting.pop() {
            let own = reading.nodes.len();
            reading.nodes.push(SampledNode { number: node.number.clone(), parent, fixed: 0.0 });
            waiting.extend(node.children.iter().rev().map(|child| (child, Some(own))));
            let Some(criterion) = &node.criterion else { continue };
            let measures = rules.get(node.number.as_str()).and_then(|node| node.criterion.as_ref()).map(|of| &of.measures);
            for measure in &criterion.measures {
                let of_method = measures.and_then(|known| known.iter().find(|known| known.method == measure.method));
                reading.measure(own, measure, of_method.and_then(|known| known.rule.as_ref()), edition.site_mean);
            }
        }
        let mut stratum_of = vec![0; reading.places.len()];
        let strata = reading.strata.into_iter().enumerate().map(|(stratum, (name, sites))| {
            let frame = frames.get(name).copied().map_or(f64::INFINITY, f64::from);
            for place in &sites {
                stratum_of[*place] = stratum;
            }
            Stratum { visited: (float(sites.len() as u64) / frame).min(1.0), sites }
        });
        Self {
            strata: strata.collect(),
            measures: reading.measures,
            of_node: reading.of_node,
            nodes: reading.nodes,
            units: Vec::new(),
            fixed: reading.fixed,
            sites: reading.places.len(),
            stratum_of,
            places: reading.places,
        }
    }

    /// Adds the units whose rates are asked for, each with its sites; a site may count twice for a unit.
    #[must_use]
    pub fn with_units(mut self, edition: &Edition, tree: &ScoreTree, units: &BTreeMap<UnitId, Vec<SiteId>>) -> Self {
        let mut by_site: HashMap<SiteId, (f64, f64)> = HashMap::new();
        let mut waiting: Vec<&NodeScore> = tree.nodes.iter().rev().collect();
        while let Some(node) = waiting.pop() {
            waiting.extend(node.children.iter().rev());
            for measure in node.criterion.iter().flat_map(|criterion| &criterion.measures) {
                for (site, possible, lost) in site_weights(measure, edition.site_mean) {
                    let sum = by_site.entry(site).or_insert((0.0, 0.0));
                    let possible = approximate(&possible);
                    *sum = (sum.0 + possible, sum.1 + possible - approximate(&lost));
                }
            }
        }
        let of_unit = |(unit, sites): (&UnitId, &Vec<SiteId>)| {
            let seen = sites.iter().filter_map(|site| {
                let (possible, earned) = by_site.get(site)?;
                Some((self.places.get(site).copied(), *possible, *earned))
            });
            SampledUnit { unit: *unit, sites: seen.collect() }
        };
        self.units = units.iter().map(of_unit).filter(|unit| !unit.sites.is_empty()).collect();
        self
    }

    /// What is earned if each site weighs so much.
    pub(super) fn earned(&self, weights: &[f64]) -> f64 {
        self.measures.iter().fold(self.fixed, |sum, measure| sum + measure.earned(weights))
    }

    /// The same, with what is earned in and below each node.
    pub(super) fn earned_by_node(&self, weights: &[f64], by_measure: &mut Vec<f64>, by_node: &mut Vec<f64>) -> f64 {
        by_measure.clear();
        by_measure.extend(self.measures.iter().map(|measure| measure.earned(weights)));
        by_node.clear();
        by_node.extend(self.nodes.iter().map(|node| node.fixed));
        for (node, earned) in self.of_node.iter().zip(by_measure.iter()) {
            by_node[*node] += earned;
        }
        for place in (0..by_node.len()).rev() {
            if let Some(parent) = self.nodes[place].parent {
                by_node[parent] += by_node[place];
            }
        }
        by_measure.iter().fold(self.fixed, |sum, earned| sum + earned)
    }

    /// Whether a site might not have been drawn.
    fn open(&self, place: usize) -> bool {
        self.strata[self.stratum_of[place]].visited < 1.0
    }

    /// The nodes whose points depend on the draw, each with the measures in and below it that do.
    pub(super) fn varying(&self) -> Vec<(usize, Vec<usize>)> {
        let mut varying: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (place, (node, measure)) in self.of_node.iter().zip(&self.measures).enumerate() {
            if !measure.places().into_iter().any(|place| self.open(place)) {
                continue;
            }
            let mut next = Some(*node);
            while let Some(node) = next {
                varying[node].push(place);
                next = self.nodes[node].parent;
            }
        }
        varying.into_iter().enumerate().filter(|(_, measures)| !measures.is_empty()).collect()
    }

    pub(super) fn varies_unit(&self, unit: &SampledUnit) -> bool {
        unit.sites.iter().any(|(place, possible, _)| *possible > 0.0 && place.is_some_and(|place| self.open(place)))
    }

    /// If all that varies of a node is the share of passing sites of one stratum: the points of that share, the sites that
    /// pass, and all of them.
    pub(super) fn share_of(&self, varying: &[usize]) -> Option<(f64, u64, u64)> {
        let [only] = varying else { return None };
        let Sampled::Mean { points, types, .. } = &self.measures[*only] else { return None };
        let [rates] = types.as_slice() else { return None };
        let first = self.stratum_of[rates.first()?.0];
        let (mut passing, mut all) = (0, 0);
        for (place, rate) in rates {
            if self.stratum_of[*place] != first || (*rate != 0.0 && *rate != 1.0) {
                return None;
            }
            passing += u64::from(*rate == 1.0);
            all += 1;
        }
        Some((*points, passing, all))
    }
}

struct Reading<'a> {
    places: HashMap<SiteId, usize>,
    strata: BTreeMap<&'a str, Vec<usize>>,
    measures: Vec<Sampled>,
    of_node: Vec<usize>,
    nodes: Vec<SampledNode>,
    fixed: f64,
    tolerance: f64,
}

impl<'a> Reading<'a> {
    fn place(&mut self, site: SiteId, stratum: &'a str) -> usize {
        let next = self.places.len();
        *self.places.entry(site).or_insert_with(|| {
            self.strata.entry(stratum).or_default().push(next);
            next
        })
    }

    fn measure(&mut self, node: usize, measure: &'a MeasureScore, rule: Option<&Rule>, mean: SiteMean) {
        if measure.figure.covered.is_zero() {
            return;
        }
        let points = approximate(&measure.figure.points);
        let gate_failed = measure.reasons.contains(&Reason::GateFailed);
        let sampled = rule.filter(|_| !gate_failed).and_then(|rule| self.sampled(measure, inner(rule), points, mean));
        let earned = approximate(&measure.figure.earned);
        // Where sites cannot be told apart (a gate judged at some of them only), the measure counts as it is.
        let like = |sampled: &Sampled| (sampled.earned(&vec![1.0; self.places.len()]) - earned).abs() <= self.tolerance;
        match sampled.filter(like) {
            Some(sampled) => {
                self.measures.push(sampled);
                self.of_node.push(node);
            }
            None => {
                self.fixed += earned;
                self.nodes[node].fixed += earned;
            }
        }
    }

    fn sampled(&mut self, measure: &'a MeasureScore, rule: &Rule, points: f64, mean: SiteMean) -> Option<Sampled> {
        let rated = measure.site_types.iter().flat_map(|of| &of.sites).any(|site| site.rate.is_some());
        if measure.site_types.is_empty() {
            return None;
        }
        if rated {
            let mut types = Vec::new();
            for site_type in &measure.site_types {
                let mut rates = Vec::new();
                for site in &site_type.sites {
                    if let Some(rate) = &site.rate {
                        rates.push((self.place(site.site, &site_type.site_type), approximate(rate)));
                    }
                }
                if !rates.is_empty() {
                    types.push(rates);
                }
            }
            return Some(Sampled::Mean { points, types, by_type: mean == SiteMean::SiteTypes });
        }
        let mut seen = Vec::new();
        for site_type in &measure.site_types {
            for site in &site_type.sites {
                seen.push((self.place(site.site, &site_type.site_type), site));
            }
        }
        let each_of = |amount: &Amount| approximate(&amount.of(&measure.figure.points));
        match rule {
            Rule::DeductPerFault { each, floor, .. } => {
                let faults = seen.iter().filter_map(|(place, site)| {
                    site.reasons.iter().find_map(|reason| {
                        let Reason::Faults { counted, .. } = reason else { return None };
                        Some((*place, float(*counted)))
                    })
                });
                Some(Sampled::Faults { points, each: each_of(each), floor: approximate(floor), faults: faults.collect() })
            }
            Rule::Ratio | Rule::PerPercentagePoint { .. } => {
                let shares = seen.iter().filter_map(|(place, site)| {
                    site.reasons.iter().find_map(|reason| {
                        let Reason::Share { observed, total } = reason else { return None };
                        Some((*place, float(*observed), float(*total)))
                    })
                });
                let target = if let Rule::PerPercentagePoint { target, each, step } = rule {
                    Some((approximate(target), each_of(each), *step))
                } else {
                    None
                };
                let shares: Vec<_> = shares.collect();
                // Nothing was counted: the edition's word on what does not apply stands, whoever is drawn.
                (!shares.is_empty()).then_some(Sampled::Share { points, target, shares })
            }
            Rule::FailingSamples { n, each } => {
                let failing = seen.iter().filter_map(|(place, site)| {
                    site.reasons.iter().find_map(|reason| {
                        let Reason::ItemsFailed { judged: 1.., .. } = reason else { return None };
                        Some((*place, if site.loss.is_zero() { 0.0 } else { 1.0 }))
                    })
                });
                let failing: Vec<_> = failing.collect();
                let cost = each_of(each) * f64::from(*n);
                (!failing.is_empty()).then_some(Sampled::Samples { points, cost, failing })
            }
            Rule::Grades { .. } | Rule::AllOrNothing | Rule::CountAtLeast { .. } | Rule::Interview { .. } | Rule::Gate { .. } => {
                None
            }
        }
    }
}

fn inner(rule: &Rule) -> &Rule {
    let mut rule = rule;
    while let Rule::Gate { then, .. } = rule {
        rule = then;
    }
    rule
}

impl Sampled {
    fn places(&self) -> Vec<usize> {
        match self {
            Self::Mean { types, .. } => types.iter().flatten().map(|(place, _)| *place).collect(),
            Self::Faults { faults: sites, .. } | Self::Samples { failing: sites, .. } => {
                sites.iter().map(|(place, _)| *place).collect()
            }
            Self::Share { shares, .. } => shares.iter().map(|(place, _, _)| *place).collect(),
        }
    }

    fn earned(&self, weights: &[f64]) -> f64 {
        match self {
            Self::Mean { points, types, by_type } => {
                let (mut sum, mut weight) = (0.0, 0.0);
                for rates in types {
                    let (mut part, mut whole) = (0.0, 0.0);
                    for (place, rate) in rates {
                        part += weights[*place] * rate;
                        whole += weights[*place];
                    }
                    if *by_type {
                        if whole > 0.0 {
                            sum += part / whole;
                            weight += 1.0;
                        }
                    } else {
                        sum += part;
                        weight += whole;
                    }
                }
                if weight > 0.0 { points * sum / weight } else { 0.0 }
            }
            Self::Faults { points, each, floor, faults } => {
                let counted: f64 = faults.iter().map(|(place, count)| weights[*place] * count).sum();
                (points - each * counted).max(*floor)
            }
            Self::Share { points, target, shares } => {
                let (mut part, mut whole) = (0.0, 0.0);
                for (place, observed, total) in shares {
                    part += weights[*place] * observed;
                    whole += weights[*place] * total;
                }
                let share = if whole > 0.0 { part / whole } else { 0.0 };
                match target {
                    None => points * share,
                    Some((target, each, step)) => {
                        let short = (target - 100.0 * share).max(0.0);
                        let short = match step {
                            Step::Exact => short,
                            Step::Begun => short.ceil(),
                        };
                        (points - each * short).max(0.0)
                    }
                }
            }
            Self::Samples { points, cost, failing } => {
                let (mut part, mut whole) = (0.0, 0.0);
                for (place, fails) in failing {
                    part += weights[*place] * fails;
                    whole += weights[*place];
                }
                if whole > 0.0 { (points - cost * part / whole).max(0.0) } else { *points }
            }
        }
    }
}
