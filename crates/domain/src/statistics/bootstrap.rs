//! The rescaled bootstrap of a stratified sample (Rao and Wu 1988): in each stratum of n visited sites n − 1 are drawn
//! with replacement, and weights are drawn towards one by how much of the frame was visited.

use std::collections::BTreeMap;

use crate::id::UnitId;

use super::random::Stream;
use super::sample::Sample;
use super::{Interval, IntervalMethod, exact, wilson};

/// Where the figures of a round would lie if its sites were drawn again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intervals {
    /// The points earned in the round; none without a visited site, or where no stratum has two.
    pub total: Option<Interval>,
    /// The points earned in and below a node, by its number; nodes that no draw changes are left out.
    pub nodes: BTreeMap<String, Interval>,
    /// What the sites of a unit earned of what they could, in per cent; units that no draw changes are left out.
    pub units: BTreeMap<UnitId, Interval>,
}

/// The interval of the points earned in a round, from a seed that is written beside it; none without a visited site.
#[must_use]
pub fn bootstrap(sample: &Sample, seed: &str, replicates: u32) -> Option<Interval> {
    intervals(sample, seed, replicates).total
}

/// The intervals of a round, of its nodes and of its units, all from the same draws. A node that rests on one share of the
/// sites of one stratum has Wilson's interval.
#[must_use]
pub fn intervals(sample: &Sample, seed: &str, replicates: u32) -> Intervals {
    if sample.sites == 0 || sample.measures.is_empty() || replicates == 0 {
        return Intervals::default();
    }
    let single = sample.strata.iter().filter(|stratum| stratum.sites.len() == 1 && stratum.visited < 1.0).count();
    let single_strata = u32::try_from(single).unwrap_or(u32::MAX);
    if sample.strata.iter().all(|stratum| stratum.visited >= 1.0) {
        let all = exact(sample.earned(&vec![1.0; sample.sites]));
        let census = Interval { low: all.clone(), high: all, method: IntervalMethod::Census, replicates: 0, single_strata };
        return Intervals { total: Some(census), ..Intervals::default() };
    }
    // One site says nothing about the spread of its stratum: where no stratum has two, nobody knows how sure a figure is.
    if sample.strata.iter().all(|stratum| stratum.sites.len() < 2 || stratum.visited >= 1.0) {
        return Intervals::default();
    }
    let mut stream = Stream::of(seed);
    let mut weights = vec![1.0; sample.sites];
    let draws = replicates as usize;
    let mut total = Vec::with_capacity(draws);
    let varying = sample.varying();
    let mut nodes: Vec<Vec<f64>> = varying.iter().map(|_| Vec::with_capacity(draws)).collect();
    let units: Vec<_> = sample.units.iter().filter(|unit| sample.varies_unit(unit)).collect();
    let mut rates: Vec<Vec<f64>> = units.iter().map(|_| Vec::with_capacity(draws)).collect();
    let (mut by_measure, mut by_node) = (Vec::new(), Vec::new());
    for _ in 0..replicates {
        for stratum in &sample.strata {
            let n = stratum.sites.len();
            if n < 2 || stratum.visited >= 1.0 {
                continue;
            }
            let spread = (1.0 - stratum.visited).sqrt();
            let drawn_weight = spread * n as f64 / (n - 1) as f64;
            for place in &stratum.sites {
                weights[*place] = 1.0 - spread;
            }
            for _ in 1..n {
                weights[stratum.sites[stream.below(n)]] += drawn_weight;
            }
        }
        total.push(sample.earned_by_node(&weights, &mut by_measure, &mut by_node));
        for ((place, _), drawn) in varying.iter().zip(&mut nodes) {
            drawn.push(by_node[*place]);
        }
        for (unit, drawn) in units.iter().zip(&mut rates) {
            drawn.push(unit.rate(&weights));
        }
    }
    let between = |drawn: Vec<f64>| {
        let (low, high) = ends(drawn);
        Interval { low: exact(low), high: exact(high), method: IntervalMethod::Bootstrap, replicates, single_strata }
    };
    let as_drawn = vec![1.0; sample.sites];
    sample.earned_by_node(&as_drawn, &mut by_measure, &mut by_node);
    let nodes = varying.iter().zip(nodes).map(|((place, measures), drawn)| {
        let share = sample.share_of(measures).and_then(|(points, passing, all)| {
            let share = wilson(passing, all)?;
            let certain = by_node[*place] - points * passing as f64 / all as f64;
            let of = |end| exact(certain + points * super::approximate(end) / 100.0);
            Some(Interval { low: of(&share.low), high: of(&share.high), ..share })
        });
        (sample.nodes[*place].number.clone(), share.unwrap_or_else(|| between(drawn)))
    });
    Intervals {
        nodes: nodes.collect(),
        units: units.iter().zip(rates).map(|(unit, drawn)| (unit.unit, between(drawn))).collect(),
        total: Some(between(total)),
    }
}

/// The ends between which 95 of 100 values lie.
fn ends(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    let at = |share: f64| values[((share * last as f64).round() as usize).min(last)];
    (at(0.025), at(0.975))
}
