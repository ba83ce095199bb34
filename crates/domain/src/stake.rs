//! Points at stake: what would return most points for a day of the work that is left, and what a whole plan would return.
//!
//! Invariant: the gain of a scenario is the recomputed score less the score as it is, never a sum of single gains (two
//! faults under one floor return together what neither returns alone).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::id::UnitId;
use crate::score::{Change, Figure, Ignored, LiveScore};

/// Something that could be put right: an open problem, a failing site, a missing result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prospect<K> {
    /// What it is.
    pub of: K,
    /// What would change in the score once it is right.
    pub changes: Vec<Change>,
    /// Days of work left for it; less than one counts as one.
    pub days: u32,
    /// The units that answer for it.
    pub units: Vec<UnitId>,
}

/// What a prospect would return.
#[doc(alias = "失分潜力")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stake<K> {
    /// What it is.
    pub of: K,
    /// Points it returns by itself; a missing result at most so many.
    pub gain: Exact,
    /// Gain ÷ days of work left.
    pub per_day: Exact,
    /// Days of work left, at least one.
    pub days: u32,
    /// The units that answer for it.
    pub units: Vec<UnitId>,
}

/// What a plan would return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// The score as it is.
    pub before: Figure,
    /// The score with the whole plan carried out.
    pub after: Figure,
    /// Points more.
    pub gain: Exact,
}

/// Prospects by what they return per day of work left, most first; equals by gain, then by what they are. What returns
/// nothing by itself is left out, and so is what does not concern the score.
#[must_use]
pub fn at_stake<K: Ord>(score: &mut LiveScore, prospects: Vec<Prospect<K>>) -> Vec<Stake<K>> {
    let mut stakes: Vec<Stake<K>> = Vec::new();
    for prospect in prospects {
        let Ok(gain) = score.gain(&prospect.changes) else { continue };
        if gain <= Exact::zero() {
            continue;
        }
        let days = prospect.days.max(1);
        let per_day = gain.checked_div(&Exact::whole(i64::from(days))).unwrap_or_else(Exact::zero);
        stakes.push(Stake { of: prospect.of, gain, per_day, days, units: prospect.units });
    }
    stakes.sort_by(|left, right| {
        let by_figures = right.per_day.cmp(&left.per_day).then_with(|| right.gain.cmp(&left.gain));
        by_figures.then_with(|| left.of.cmp(&right.of))
    });
    stakes
}

/// Those that one of these units answers for.
pub fn of_units<'a, K>(stakes: &'a [Stake<K>], units: &'a BTreeSet<UnitId>) -> impl Iterator<Item = &'a Stake<K>> {
    stakes.iter().filter(|stake| stake.units.iter().any(|unit| units.contains(unit)))
}

/// Carries a plan out on a copy of the score.
///
/// # Errors
/// The first change that does not concern this score.
pub fn scenario(score: &LiveScore, changes: &[Change]) -> Result<Scenario, Ignored> {
    let mut planned = score.clone();
    planned.apply(changes)?;
    let (before, after) = (score.tree().total.clone(), planned.tree().total.clone());
    Ok(Scenario { gain: &after.earned - &before.earned, before, after })
}
