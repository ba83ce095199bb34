//! The rescaled bootstrap of a stratified sample (Rao and Wu 1988): in each stratum of n visited sites n − 1 are drawn
//! with replacement, and weights are drawn towards one by how much of the frame was visited.

use super::random::Stream;
use super::sample::Sample;
use super::{Interval, IntervalMethod, exact};

/// The interval of the points earned in a round, from a seed that is written beside it; none without a visited site.
#[must_use]
pub fn bootstrap(sample: &Sample, seed: &str, replicates: u32) -> Option<Interval> {
    if sample.sites == 0 || sample.measures.is_empty() || replicates == 0 {
        return None;
    }
    let single = sample.strata.iter().filter(|stratum| stratum.sites.len() == 1 && stratum.visited < 1.0).count();
    let single_strata = u32::try_from(single).unwrap_or(u32::MAX);
    if sample.strata.iter().all(|stratum| stratum.visited >= 1.0) {
        let all = exact(sample.earned(&vec![1.0; sample.sites]));
        return Some(Interval { low: all.clone(), high: all, method: IntervalMethod::Census, replicates: 0, single_strata });
    }
    let mut stream = Stream::of(seed);
    let mut weights = vec![1.0; sample.sites];
    let mut earned = Vec::with_capacity(replicates as usize);
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
        earned.push(sample.earned(&weights));
    }
    earned.sort_by(f64::total_cmp);
    let last = earned.len() - 1;
    let at = |share: f64| earned[((share * last as f64).round() as usize).min(last)];
    Some(Interval { low: exact(at(0.025)), high: exact(at(0.975)), method: IntervalMethod::Bootstrap, replicates, single_strata })
}
