//! Which criterion of an old edition became which of a new one: same, points moved, reworded, split, merged, new, gone.
//!
//! Criteria are paired by the likeness of their words (tokens of a Chinese dictionary and neighbouring characters, rare ones
//! weighing more), by their place in the tree and by their points, all as whole numbers per mille. A pairing is only ever a
//! proposal: a person confirms it. What kind of change a pair is follows from the pairs themselves ([`kinds`]), so that a
//! pair moved by hand is named anew. Nothing here knows the wording of any edition.

mod marked;
mod pairing;
mod terms;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use marked::{Stretch, marked};
pub use pairing::Matcher;

use super::{Edition, Method, Node};
use crate::exact::Exact;
use crate::id::CriterionId;

/// What matching looks at of a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standard {
    /// Its identity.
    pub id: CriterionId,
    /// Its number, comparable.
    pub number: String,
    /// The texts above it, from the top.
    pub above: Vec<String>,
    /// Its text.
    pub title: String,
    /// Its points by method.
    pub points: BTreeMap<Method, Exact>,
}

/// The criteria of an edition as matching sees them, in the order of the text.
#[must_use]
pub fn standards(edition: &Edition) -> Vec<Standard> {
    let by_number: BTreeMap<&str, &Node> = edition.nodes.iter().map(|node| (node.number.as_str(), node)).collect();
    let above = |node: &Node| {
        let mut texts = Vec::new();
        let mut parent = node.parent.as_deref();
        while let Some(upper) = parent.and_then(|number| by_number.get(number)) {
            texts.push(upper.title.clone());
            parent = upper.parent.as_deref().filter(|_| texts.len() < 16);
        }
        texts.reverse();
        texts
    };
    let standard = |(node, criterion): (&Node, &super::Criterion)| Standard {
        id: criterion.id,
        number: node.number.clone(),
        above: above(node),
        title: node.title.clone(),
        points: criterion.measures.iter().map(|measure| (measure.method, measure.points.clone())).collect(),
    };
    edition.criteria().map(standard).collect()
}

/// An old criterion that became, in whole or in part, a new one; each is a place in the list of its edition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// Place of the old criterion.
    pub old: usize,
    /// Place of the new criterion.
    pub new: usize,
    /// How alike their words are, per mille.
    pub likeness: u32,
}

/// What became of a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Word for word as it was.
    Same,
    /// The same words with other points or methods.
    Points,
    /// Other words.
    Reworded,
    /// One old criterion became several.
    Split,
    /// Several old criteria became one.
    Merged,
    /// The old edition has nothing of the kind.
    New,
    /// The new edition has nothing of the kind.
    Gone,
}

impl ChangeKind {
    /// The kind as every other layer writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Points => "points",
            Self::Reworded => "reworded",
            Self::Split => "split",
            Self::Merged => "merged",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }
}

/// One line of a comparison: an old criterion, a new one, or both, and what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Place of the old criterion; none if the new one is new.
    pub old: Option<usize>,
    /// Place of the new criterion; none if the old one is gone.
    pub new: Option<usize>,
    /// How alike their words are, per mille; 0 without a counterpart.
    pub likeness: u32,
    /// What happened.
    pub kind: ChangeKind,
    /// Whether points or methods differ, whatever happened to the words.
    pub points_moved: bool,
}

/// Names what each pair is, and adds what has no counterpart: first the new edition in its order, then what is gone.
#[must_use]
pub fn kinds(old: &[Standard], new: &[Standard], pairs: &[Pair]) -> Vec<Change> {
    let pairs: BTreeSet<&Pair> = pairs.iter().filter(|pair| pair.old < old.len() && pair.new < new.len()).collect();
    let mut of_old: BTreeMap<usize, usize> = BTreeMap::new();
    let mut of_new: BTreeMap<usize, Vec<&Pair>> = BTreeMap::new();
    for pair in pairs {
        *of_old.entry(pair.old).or_default() += 1;
        of_new.entry(pair.new).or_default().push(pair);
    }
    let mut changes = Vec::new();
    for place in 0..new.len() {
        let Some(sources) = of_new.get(&place) else {
            changes.push(Change { old: None, new: Some(place), likeness: 0, kind: ChangeKind::New, points_moved: false });
            continue;
        };
        for pair in sources {
            let (before, after) = (&old[pair.old], &new[pair.new]);
            let points_moved = before.points != after.points;
            let kind = if of_old.get(&pair.old).is_some_and(|count| *count > 1) {
                ChangeKind::Split
            } else if sources.len() > 1 {
                ChangeKind::Merged
            } else if !terms::same_words(&before.title, &after.title) {
                ChangeKind::Reworded
            } else if points_moved {
                ChangeKind::Points
            } else {
                ChangeKind::Same
            };
            changes.push(Change { old: Some(pair.old), new: Some(place), likeness: pair.likeness, kind, points_moved });
        }
    }
    let gone = (0..old.len()).filter(|place| !of_old.contains_key(place));
    changes.extend(gone.map(|place| Change {
        old: Some(place),
        new: None,
        likeness: 0,
        kind: ChangeKind::Gone,
        points_moved: false,
    }));
    changes
}

/// Whether two wordings say the same but for width, blanks and punctuation.
#[must_use]
pub fn same_words(one: &str, other: &str) -> bool {
    terms::same_words(one, other)
}

/// How alike the words of two criteria are, per mille, where no edition tells which words are rare.
#[must_use]
pub fn words_alike(one: &str, other: &str) -> u32 {
    let weights = terms::Weights::of([one, other]);
    terms::dice(&weights.read(one), &weights.read(other))
}
