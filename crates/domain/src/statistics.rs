//! How sure a sampled figure is: intervals in closed form where one exists, else a stratified bootstrap from a seed.
//!
//! The one place for binary floating point besides [`crate::geo`]: it says how wide an interval is, never what a figure
//! is. The same seed gives the same interval on every machine: only additions, multiplications, divisions and roots are
//! used, in a fixed order.

mod bootstrap;
mod random;
mod sample;

use serde::{Deserialize, Serialize};

use crate::exact::Exact;

pub use bootstrap::{Intervals, bootstrap, intervals};
pub use sample::{Frames, Sample};

/// The confidence of all intervals, in per cent.
pub const LEVEL: u32 = 95;

/// The quantile of the normal distribution that belongs to [`LEVEL`].
const Z: f64 = 1.959_963_984_540_054;

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// Wilson's score interval of a share.
    Wilson,
    /// The stratified bootstrap.
    Bootstrap,
    /// Every site of the frame was visited: nothing is left to chance.
    Census,
}

/// Where the figure would lie in 95 of 100 samples drawn alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower end, at 10⁻⁶.
    pub low: Exact,
    /// The upper end, at 10⁻⁶.
    pub high: Exact,
    /// How it was made.
    pub method: IntervalMethod,
    /// Replicates of the bootstrap; 0 in closed form.
    pub replicates: u32,
    /// Strata with a single visited site, whose spread nobody can know; they are taken as certain.
    pub single_strata: u32,
}

impl Interval {
    /// The interval of a part of the figure, where no draw changes the rest: `by` is what the rest adds, with its sign.
    #[must_use]
    pub fn moved(&self, by: &Exact) -> Self {
        Self { low: &self.low + by, high: &self.high + by, ..self.clone() }
    }
}

/// The interval of 100 × Σ earned ÷ `covered` over rounds that were drawn apart from each other, each given by what it
/// earned and its interval: independent spreads add in squares. None where no round was drawn, or nothing is covered.
#[must_use]
pub fn pooled<'a>(rounds: impl IntoIterator<Item = (&'a Exact, Option<&'a Interval>)>, covered: &Exact) -> Option<Interval> {
    let (mut earned, mut below, mut above) = (0.0, 0.0, 0.0);
    let mut pooled: Option<Interval> = None;
    for (points, interval) in rounds {
        let points = approximate(points);
        earned += points;
        let Some(interval) = interval else { continue };
        let (low, high) = (points - approximate(&interval.low), approximate(&interval.high) - points);
        below += low * low;
        above += high * high;
        pooled = Some(match pooled {
            None => interval.clone(),
            Some(first) => Interval {
                method: if first.method == IntervalMethod::Census { interval.method } else { first.method },
                replicates: first.replicates.max(interval.replicates),
                single_strata: first.single_strata + interval.single_strata,
                ..first
            },
        });
    }
    let covered = approximate(covered);
    let pooled = pooled.filter(|_| covered > 0.0)?;
    let percent = |points: f64| exact((100.0 * points / covered).clamp(0.0, 100.0));
    Some(Interval { low: percent(earned - below.sqrt()), high: percent(earned + above.sqrt()), ..pooled })
}

/// Wilson's interval of `part` out of `whole` in per cent; none out of nothing.
#[must_use]
pub fn wilson(part: u64, whole: u64) -> Option<Interval> {
    if whole == 0 || part > whole {
        return None;
    }
    let (n, p) = (float(whole), float(part) / float(whole));
    let z2 = Z * Z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    Some(Interval {
        low: exact(((middle - half) * 100.0).max(0.0)),
        high: exact(((middle + half) * 100.0).min(100.0)),
        method: IntervalMethod::Wilson,
        replicates: 0,
        single_strata: 0,
    })
}

/// A number in floating point; counts of a city are far below 2⁵³.
fn float(count: u64) -> f64 {
    count as f64
}

/// An exact number in floating point; anything that is no number of points is 0.
fn approximate(number: &Exact) -> f64 {
    number.nano() as f64 / 1e9
}

/// Back to an exact number at 10⁻⁶.
fn exact(number: f64) -> Exact {
    Exact::fraction((number * 1e6).round() as i64, 1_000_000).unwrap_or_else(Exact::zero)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_drawn_apart_are_pooled_by_squares() {
        let points = |text: &str| text.parse::<Exact>().unwrap();
        let drawn = |low: &str, high: &str| Interval {
            low: points(low),
            high: points(high),
            method: IntervalMethod::Bootstrap,
            replicates: 2_000,
            single_strata: 1,
        };
        let (first, second) = (drawn("37", "44"), drawn("36", "43"));
        let earned = points("40");
        let both = pooled([(&earned, Some(&first)), (&earned, Some(&second))], &points("100")).unwrap();
        // 80 − √(3² + 4²) and 80 + √(4² + 3²) of 100.
        assert_eq!((both.low, both.high, both.single_strata), (points("75"), points("85"), 2));
        let named = pooled([(&earned, Some(&first)), (&earned, None)], &points("100")).unwrap();
        assert_eq!((named.low, named.high), (points("77"), points("84")), "a round of named sites adds no spread");
        assert_eq!(pooled([(&earned, None)], &points("100")), None);
        assert_eq!(pooled([(&earned, Some(&first))], &Exact::zero()), None);
        let part = first.moved(&points("-30"));
        assert_eq!((part.low, part.high), (points("7"), points("14")));
    }

    #[test]
    fn a_share_has_its_interval_in_closed_form() {
        // 81 of 263, the textbook example of Newcombe (1998): 0.2553 to 0.3662.
        let interval = wilson(81, 263).unwrap();
        assert_eq!((interval.low.published(2).as_str(), interval.high.published(2).as_str()), ("25.53", "36.62"));
        let all = wilson(10, 10).unwrap();
        assert_eq!((all.low.published(2).as_str(), all.high.published(2).as_str()), ("72.25", "100.00"));
        assert_eq!((wilson(0, 0), wilson(2, 1)), (None, None));
    }
}
