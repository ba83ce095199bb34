//! The words of a text as weighted terms: dictionary tokens and neighbouring characters; rare ones weigh more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use jieba_rs::Jieba;

use crate::reading::{half_width, unspaced};

/// The dictionary, read once.
static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Half width, lower case, letters and digits only: what is left when punctuation is only punctuation.
fn plain(text: &str) -> String {
    unspaced(&half_width(text)).to_lowercase().chars().filter(|sign| sign.is_alphanumeric() || *sign == '%').collect()
}

/// Whether two texts say the same but for width, blanks and punctuation.
pub(super) fn same_words(one: &str, other: &str) -> bool {
    plain(one) == plain(other)
}

/// The words of a text in their order, punctuation among them; joined they are the text.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    DICTIONARY.cut(text, false).into_iter().map(|token| token.word).collect()
}

/// The distinct terms of a text; a term of the dictionary and a pair of characters never collide.
fn terms(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let even = unspaced(&half_width(text)).to_lowercase();
    for clause in even.split(|sign: char| !(sign.is_alphanumeric() || sign == '%')).filter(|clause| !clause.is_empty()) {
        for token in DICTIONARY.cut(clause, false) {
            found.insert(format!("w{}", token.word));
        }
        let signs: Vec<char> = clause.chars().collect();
        found.extend(signs.windows(2).map(|pair| pair.iter().collect::<String>()));
    }
    found
}

/// A text as its terms' numbers with their weights, in the order of the numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Terms {
    pub(super) weighted: Vec<(u32, u32)>,
    pub(super) sum: u64,
}

impl Terms {
    fn new(weighted: BTreeMap<u32, u32>) -> Self {
        let weighted: Vec<(u32, u32)> = weighted.into_iter().collect();
        let sum = weighted.iter().map(|(_, weight)| u64::from(*weight)).sum();
        Self { weighted, sum }
    }

    /// The weight of what both have.
    pub(super) fn shared(&self, other: &Self) -> u64 {
        let (mut mine, mut theirs) = (self.weighted.iter().peekable(), other.weighted.iter().peekable());
        let mut shared = 0;
        while let (Some((one, weight)), Some((two, _))) = (mine.peek(), theirs.peek()) {
            match one.cmp(two) {
                std::cmp::Ordering::Less => _ = mine.next(),
                std::cmp::Ordering::Greater => _ = theirs.next(),
                std::cmp::Ordering::Equal => {
                    shared += u64::from(*weight);
                    mine.next();
                    theirs.next();
                }
            }
        }
        shared
    }

    /// What is here and not there.
    pub(super) fn without(&self, other: &Self) -> Self {
        let there: BTreeSet<u32> = other.weighted.iter().map(|(term, _)| *term).collect();
        Self::new(self.weighted.iter().copied().filter(|(term, _)| !there.contains(term)).collect())
    }
}

/// How alike two texts are: twice the shared weight of both, per mille.
pub(super) fn dice(one: &Terms, other: &Terms) -> u32 {
    per_mille(2 * one.shared(other), one.sum + other.sum)
}

/// How much of `one` stands in `other`, per mille.
pub(super) fn contained(one: &Terms, other: &Terms) -> u32 {
    per_mille(one.shared(other), one.sum)
}

pub(super) fn per_mille(part: u64, whole: u64) -> u32 {
    u32::try_from(part * 1000 / whole.max(1)).unwrap_or(1000)
}

/// What the terms of a collection of texts weigh.
#[derive(Debug)]
pub(super) struct Weights {
    numbers: HashMap<String, (u32, u32)>,
}

impl Weights {
    /// Counts in how many texts each term stands.
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        let mut total = 0_u32;
        for text in texts {
            total += 1;
            for term in terms(text) {
                *counts.entry(term).or_default() += 1;
            }
        }
        let numbers = counts
            .into_iter()
            .zip(0_u32..)
            .map(|((term, count), number)| {
                let weight = rarity(total, count) * form(&term);
                (term, (number, weight))
            })
            .collect();
        Self { numbers }
    }

    /// A text of the collection as weighted terms.
    pub(super) fn read(&self, text: &str) -> Terms {
        Terms::new(terms(text).iter().filter_map(|term| self.numbers.get(term).copied()).collect())
    }
}

/// Quarter bits of how surprising a term is, at least one bit.
fn rarity(total: u32, count: u32) -> u32 {
    let ratio = u128::from(total) * 2 / u128::from(count.max(1));
    ratio.max(1).pow(4).ilog2().max(4)
}

/// A word of one sign says little by itself, a word of the dictionary more than a chance pair of signs.
fn form(term: &str) -> u32 {
    match term.strip_prefix('w') {
        Some(word) if word.chars().nth(1).is_some() => 4,
        Some(_) => 1,
        None => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_and_width_are_no_difference() {
        assert!(same_words("绿化率不低于36%。", "绿化率 不低于３６％"));
        assert!(same_words("整洁、有序", "整洁，有序。"));
        assert!(!same_words("绿化率不低于36%", "绿化率不低于38%"));
    }

    #[test]
    fn a_rare_word_weighs_more_than_a_common_one() {
        let weights = Weights::of(["公共场所整洁", "公共场所安静", "公共场所明亮", "公共厕所整洁", "盲道"]);
        let of = |text: &str| weights.read(text).sum;
        assert!(of("盲道") > of("公共"), "{} {}", of("盲道"), of("公共"));
        assert_eq!(dice(&weights.read("盲道"), &weights.read("盲道")), 1000);
        assert_eq!(dice(&weights.read("盲道"), &weights.read("公共场所整洁")), 0);
    }
}
