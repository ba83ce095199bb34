//! Likeness of names: which registered site or unit somebody meant who spelt it otherwise.
//!
//! Scores are whole numbers per mille, so that a list sorts the same everywhere. A match is *sure* only when both spellings
//! come to the same name under general rules (width, blanks, brackets, the city's name in front, words such as 门口 behind,
//! common other words for one thing) and nothing contradicts it; mere likeness is always left to a person.

mod site;
mod spelling;
mod unit;

pub use site::{Candidate, Match, SiteIndex};
pub use unit::{Collective, NameTier, Resolution, UnitDirectory, UnitNames, resolve_unit};

use std::collections::BTreeMap;

/// How alike two texts are, per mille: the mean of the shared neighbouring pairs of characters (Dice) and of the longest common
/// subsequence, width and blanks aside. 1000 only for the same text.
#[must_use]
pub fn likeness(one: &str, other: &str) -> u32 {
    let characters = |text: &str| spelling::flat(text).chars().collect::<Vec<_>>();
    of_characters(&characters(one), &characters(other))
}

fn of_characters(one: &[char], other: &[char]) -> u32 {
    if one == other {
        return 1000;
    }
    let length = one.len() + other.len();
    if one.is_empty() || other.is_empty() {
        return 0;
    }
    // The edges count as characters, so that two single characters have pairs to compare.
    let shared = per_mille(2 * shared_pairs(one, other), length + 2);
    let common = per_mille(2 * longest_common(one, other), length);
    ((shared + common) / 2).min(999)
}

fn per_mille(part: usize, whole: usize) -> u32 {
    u32::try_from(part * 1000 / whole.max(1)).unwrap_or(1000)
}

/// Every character with the one before it, edges included.
fn pairs(text: &[char]) -> impl Iterator<Item = (char, char)> + '_ {
    let before = std::iter::once('\0').chain(text.iter().copied());
    before.zip(text.iter().copied().chain(['\0']))
}

fn shared_pairs(one: &[char], other: &[char]) -> usize {
    let mut counts: BTreeMap<(char, char), usize> = BTreeMap::new();
    for pair in pairs(one) {
        *counts.entry(pair).or_default() += 1;
    }
    let mut shared = 0;
    for pair in pairs(other) {
        if let Some(count) = counts.get_mut(&pair).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    shared
}

fn longest_common(one: &[char], other: &[char]) -> usize {
    let mut row = vec![0_usize; other.len() + 1];
    for left in one {
        let mut diagonal = 0;
        let mut last = 0;
        for (cell, right) in row.iter_mut().skip(1).zip(other) {
            let above = *cell;
            *cell = if left == right { diagonal + 1 } else { above.max(last) };
            diagonal = above;
            last = *cell;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_longest_common_subsequence_is_counted() {
        let count = |one: &str, other: &str| longest_common(&one.chars().collect::<Vec<_>>(), &other.chars().collect::<Vec<_>>());
        assert_eq!((count("文昌路段", "文路昌段"), count("甲乙丙", "丁"), count("abcbdab", "bdcaba")), (3, 0, 4));
    }

    #[test]
    fn closer_names_score_higher() {
        assert_eq!(likeness("湖美小旅馆（金穗）", "湖美小旅馆(金 穗)"), 1000);
        assert!(likeness("锦秀超市", "锦秀小超市") > likeness("锦秀超市", "锦绣大超市"));
        assert_eq!((likeness("甲", "乙"), likeness("", "甲"), likeness("", "")), (0, 0, 1000));
    }

    proptest! {
        #[test]
        fn likeness_is_symmetric_and_full_only_for_the_same(one in "[甲乙丙丁]{0,8}", other in "[甲乙丙丁]{0,8}") {
            let score = likeness(&one, &other);
            prop_assert_eq!(score, likeness(&other, &one));
            prop_assert_eq!(score == 1000, one == other);
            prop_assert!(score <= 1000);
        }
    }
}
