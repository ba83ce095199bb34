//! How far two inspectors agree who saw the same thing without knowing of each other, and what is odd about a visit.
//!
//! Agreement is the share of items judged alike, and Cohen's kappa, which takes away what chance alone would give. An oddity is
//! a reason to look, never a verdict.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::exact::Exact;

/// Items judged twice.
#[doc(alias = "一致性")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Agreement {
    /// Both let it pass.
    pub both_pass: u32,
    /// Only the first let it pass.
    pub first_only: u32,
    /// Only the second let it pass.
    pub second_only: u32,
    /// Both failed it.
    pub both_fail: u32,
}

impl Agreement {
    /// Adds an item judged twice.
    #[must_use]
    pub fn and(mut self, first_passes: bool, second_passes: bool) -> Self {
        match (first_passes, second_passes) {
            (true, true) => self.both_pass += 1,
            (true, false) => self.first_only += 1,
            (false, true) => self.second_only += 1,
            (false, false) => self.both_fail += 1,
        }
        self
    }

    /// Items judged twice.
    #[must_use]
    pub fn pairs(self) -> u32 {
        self.both_pass + self.first_only + self.second_only + self.both_fail
    }

    /// Items judged alike.
    #[must_use]
    pub fn same(self) -> u32 {
        self.both_pass + self.both_fail
    }

    /// Cohen's kappa (Cohen, 1960): (observed − expected) ÷ (1 − expected); none without pairs, and where chance alone explains
    /// everything because nobody ever judged otherwise.
    #[must_use]
    pub fn kappa(self) -> Option<Exact> {
        let pairs = i64::from(self.pairs());
        let observed = Exact::fraction(i64::from(self.same()), pairs)?;
        let first = i64::from(self.both_pass + self.first_only);
        let second = i64::from(self.both_pass + self.second_only);
        let expected = Exact::fraction(first * second + (pairs - first) * (pairs - second), pairs * pairs)?;
        (observed - expected.clone()).checked_div(&(Exact::one() - expected))
    }
}

/// Seconds below which a visit was uncommonly short.
const SHORT: i64 = 60;

/// What is odd about a finished visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// Not one fault in a long checklist.
    NeverAFault,
    /// Over sooner than one can look.
    Short,
    /// The same photograph for several items or visits.
    SamePhotograph,
}

/// What is known of a finished visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// Items that were judged.
    pub judged: u32,
    /// Faults found.
    pub faults: u32,
    /// From its beginning to its end, in seconds.
    pub seconds: i64,
    /// Whether a photograph of it serves elsewhere too.
    pub shared_photograph: bool,
}

/// Items from which it is odd to find no fault at all.
const LONG: u32 = 15;

/// What is odd about a visit.
#[must_use]
pub fn oddities(course: &Course) -> BTreeSet<Oddity> {
    let found = [
        (course.judged >= LONG && course.faults == 0, Oddity::NeverAFault),
        (course.judged > 0 && course.seconds < SHORT, Oddity::Short),
        (course.shared_photograph, Oddity::SamePhotograph),
    ];
    found.into_iter().filter_map(|(odd, oddity)| odd.then_some(oddity)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(both_pass: u32, first_only: u32, second_only: u32, both_fail: u32) -> Agreement {
        Agreement { both_pass, first_only, second_only, both_fail }
    }

    #[test]
    fn kappa_takes_away_what_chance_gives() {
        for (agreement, kappa) in [
            (of(20, 5, 10, 15), Some("2/5")),
            (of(10, 0, 0, 10), Some("1/1")),
            (of(5, 5, 5, 5), Some("0/1")),
            (of(0, 10, 10, 0), Some("-1/1")),
            (of(10, 0, 0, 0), None),
            (of(0, 0, 0, 0), None),
        ] {
            assert_eq!(agreement.kappa().map(|kappa| kappa.as_fraction()), kappa.map(str::to_owned), "{agreement:?}");
        }
    }

    proptest! {
        #[test]
        fn whoever_came_first_does_not_matter(pairs in proptest::collection::vec((any::<bool>(), any::<bool>()), 0..40)) {
            let one = pairs.iter().fold(Agreement::default(), |sum, (first, second)| sum.and(*first, *second));
            let other = pairs.iter().fold(Agreement::default(), |sum, (first, second)| sum.and(*second, *first));
            prop_assert_eq!(one.kappa(), other.kappa());
            prop_assert_eq!(usize::try_from(one.pairs()).unwrap(), pairs.len());
            prop_assert!(one.kappa().is_none_or(|kappa| kappa <= Exact::whole(1) && kappa >= Exact::whole(-1)));
        }
    }

    #[test]
    fn each_oddity_has_its_own_reason_and_an_ordinary_visit_none() {
        let ordinary = Course { judged: 20, faults: 2, seconds: 900, shared_photograph: false };
        assert!(oddities(&ordinary).is_empty());
        assert_eq!(oddities(&Course { faults: 0, ..ordinary.clone() }), [Oddity::NeverAFault].into());
        assert_eq!(oddities(&Course { seconds: 42, ..ordinary.clone() }), [Oddity::Short].into());
        assert_eq!(oddities(&Course { shared_photograph: true, ..ordinary.clone() }), [Oddity::SamePhotograph].into());
        assert!(oddities(&Course { judged: 8, faults: 0, ..ordinary }).is_empty(), "a short list may be all right");
    }
}
