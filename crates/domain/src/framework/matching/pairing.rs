//! From likeness to pairs: first each criterion its best counterpart, then the parts of what was split or merged.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::terms::{Terms, Weights, contained, dice, per_mille, same_words};
use super::{Pair, Standard};

/// Of 1000: what words, place and points count for.
const WORDS: u32 = 760;
const PLACE: u32 = 200;
const POINTS: u32 = 40;
/// Below this a counterpart is none.
const COUNTERPART: u32 = 370;
/// From this on a counterpart is taken before anything is looked at as a part.
const SURE: u32 = 600;
/// Words alone that no place can replace.
const LEAST_WORDS: u32 = 120;
/// How much of a part has to stand in the whole, at the same place.
const PART: u32 = 280;
/// How much of a part has to stand in the whole, so that it is sought no other counterpart.
const SURE_PART: u32 = 500;
/// How much of the whole a further part has to explain that the others left open.
const FURTHER: u32 = 110;
/// How many counterparts of each old criterion are weighed.
const WEIGHED: usize = 24;

/// Two editions being compared, old criterion by old criterion, so that a long comparison can say how far it is.
#[derive(Debug)]
pub struct Matcher<'a> {
    old: &'a [Standard],
    new: &'a [Standard],
    old_terms: Vec<Terms>,
    new_terms: Vec<Terms>,
    above: Above,
    index: HashMap<u32, Vec<usize>>,
    candidates: Vec<Candidate>,
    done: usize,
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    old: usize,
    new: usize,
    words: u32,
    place: u32,
    score: u32,
}

/// How alike the places are: the texts above, read once for each different place.
#[derive(Debug)]
struct Above {
    old: Vec<usize>,
    new: Vec<usize>,
    alike: Vec<Vec<u32>>,
}

impl Above {
    fn of(old: &[Standard], new: &[Standard]) -> Self {
        let places = |side: &[Standard]| -> (Vec<Vec<String>>, Vec<usize>) {
            let mut known: BTreeMap<Vec<String>, usize> = BTreeMap::new();
            let mut list = Vec::new();
            let of = side.iter().map(|standard| {
                *known.entry(standard.above.clone()).or_insert_with(|| {
                    list.push(standard.above.clone());
                    list.len() - 1
                })
            });
            let of = of.collect();
            (list, of)
        };
        let ((old_places, old), (new_places, new)) = (places(old), places(new));
        let texts = || old_places.iter().chain(&new_places).flatten();
        let weights = Weights::of(texts().map(String::as_str));
        let terms: HashMap<&String, Terms> = texts().map(|text| (text, weights.read(text))).collect();
        let level = |one: Option<&String>, other: Option<&String>| match (one, other) {
            (Some(one), Some(other)) if one == other => 1000,
            (Some(one), Some(other)) => match (terms.get(one), terms.get(other)) {
                (Some(one), Some(other)) => dice(one, other),
                (Some(_) | None, None) | (None, Some(_)) => 0,
            },
            (Some(_), None) | (None, Some(_)) => 0,
            (None, None) => 1000,
        };
        // The nearest step says most; the others say in which part of the text it stands.
        let alike = |one: &Vec<String>, other: &Vec<String>| {
            let nearest = level(one.last(), other.last());
            (nearest * 6 + level(one.first(), other.first()) * 4) / 10
        };
        let alike = old_places.iter().map(|one| new_places.iter().map(|other| alike(one, other)).collect()).collect();
        Self { old, new, alike }
    }

    fn alike(&self, old: usize, new: usize) -> u32 {
        let row = self.old.get(old).and_then(|place| self.alike.get(*place));
        row.and_then(|row| row.get(*self.new.get(new)?)).copied().unwrap_or(0)
    }
}

impl<'a> Matcher<'a> {
    /// Reads both sides.
    #[must_use]
    pub fn new(old: &'a [Standard], new: &'a [Standard]) -> Self {
        let weights = Weights::of(old.iter().chain(new).map(|standard| standard.title.as_str()));
        let read = |side: &[Standard]| side.iter().map(|standard| weights.read(&standard.title)).collect::<Vec<_>>();
        let (old_terms, new_terms) = (read(old), read(new));
        let mut index: HashMap<u32, Vec<usize>> = HashMap::new();
        for (place, terms) in new_terms.iter().enumerate() {
            for (term, _) in &terms.weighted {
                index.entry(*term).or_default().push(place);
            }
        }
        Self { old, new, old_terms, new_terms, above: Above::of(old, new), index, candidates: Vec::new(), done: 0 }
    }

    /// How many old criteria have been weighed.
    #[must_use]
    pub fn done(&self) -> usize {
        self.done
    }

    /// Weighs the next old criteria, at most so many; false when there is none left.
    pub fn advance(&mut self, most: usize) -> bool {
        let until = self.old.len().min(self.done.saturating_add(most.max(1)));
        for old in self.done..until {
            let mut found = self.weigh(old);
            found.sort_by_key(|one| (std::cmp::Reverse(one.score), one.new));
            found.truncate(WEIGHED);
            self.candidates.extend(found);
        }
        self.done = until;
        self.done < self.old.len()
    }

    fn weigh(&self, old: usize) -> Vec<Candidate> {
        let terms = &self.old_terms[old];
        let mut shared: BTreeMap<usize, u64> = BTreeMap::new();
        for (term, weight) in &terms.weighted {
            for new in self.index.get(term).into_iter().flatten() {
                *shared.entry(*new).or_default() += u64::from(*weight);
            }
        }
        shared
            .into_iter()
            .map(|(new, shared)| {
                let same = same_words(&self.old[old].title, &self.new[new].title);
                let words = if same { 1000 } else { per_mille(2 * shared, terms.sum + self.new_terms[new].sum).min(999) };
                let place = self.place(old, new);
                let points = if self.old[old].points == self.new[new].points { 1000 } else { 0 };
                Candidate { old, new, words, place, score: (words * WORDS + place * PLACE + points * POINTS) / 1000 }
            })
            .collect()
    }

    /// How alike the places are; the same number below the same text is the surest.
    fn place(&self, old: usize, new: usize) -> u32 {
        let last = |standard: &Standard| standard.number.rsplit('-').next().map(str::to_owned);
        let numbered = last(&self.old[old]) == last(&self.new[new]);
        let alike = self.above.alike(old, new);
        if numbered { alike } else { alike * 4 / 5 }
    }

    /// The pairs, by old and new place; weighs first what has not been weighed yet.
    #[must_use]
    pub fn pairs(mut self) -> Vec<Pair> {
        self.advance(usize::MAX);
        self.candidates.sort_by_key(|one| (std::cmp::Reverse(one.score), one.old, one.new));
        let mut chosen = Vec::new();
        // What is surely a part of something is not given away to a counterpart that is only a little alike.
        for (counterpart, part) in [(SURE, SURE_PART), (COUNTERPART, PART)] {
            self.counterparts(&mut chosen, counterpart);
            let parts = self.parts(&chosen, part);
            chosen.extend(parts);
        }
        chosen.sort_unstable();
        chosen
    }

    /// Each criterion that is still free gets its best free counterpart of at least this score.
    fn counterparts(&self, chosen: &mut Vec<Pair>, least: u32) {
        let mut olds: BTreeSet<usize> = chosen.iter().map(|pair| pair.old).collect();
        let mut news: BTreeSet<usize> = chosen.iter().map(|pair| pair.new).collect();
        for one in &self.candidates {
            let fits = one.score >= least && one.words >= LEAST_WORDS;
            if fits && !olds.contains(&one.old) && !news.contains(&one.new) {
                olds.insert(one.old);
                news.insert(one.new);
                chosen.push(Pair { old: one.old, new: one.new, likeness: one.words });
            }
        }
    }

    /// What found no counterpart of its own may be a further part of one that is taken: of an old criterion that was split,
    /// or in a new one into which several were merged.
    fn parts(&self, chosen: &[Pair], least: u32) -> Vec<Pair> {
        let (mut by_old, mut by_new) = (BTreeMap::new(), BTreeMap::new());
        for pair in chosen {
            by_old.entry(pair.old).or_insert(pair);
            by_new.entry(pair.new).or_insert(pair);
        }
        let mut best: BTreeMap<(bool, usize), (u32, Pair)> = BTreeMap::new();
        for one in self.candidates.iter().filter(|one| one.words < 1000) {
            let (old, new) = (&self.old_terms[one.old], &self.new_terms[one.new]);
            let (split, part, whole, taken) = match (by_old.get(&one.old), by_new.get(&one.new)) {
                (Some(taken), None) => (true, new, old, &self.new_terms[taken.new]),
                (None, Some(taken)) => (false, old, new, &self.old_terms[taken.old]),
                (Some(_), Some(_)) | (None, None) => continue,
            };
            // What stayed word for word was neither split nor merged.
            let kept = if split { by_old.get(&one.old) } else { by_new.get(&one.new) };
            if kept.is_none_or(|pair| pair.likeness == 1000) {
                continue;
            }
            let stands = contained(part, whole) * (700 + one.place * 3 / 10) / 1000;
            let open = whole.without(taken);
            let explains = per_mille(part.shared(&open), whole.sum);
            if stands < least || explains < FURTHER {
                continue;
            }
            let key = (split, if split { one.new } else { one.old });
            let strength = stands + explains;
            if best.get(&key).is_none_or(|(known, _)| *known < strength) {
                best.insert(key, (strength, Pair { old: one.old, new: one.new, likeness: one.words }));
            }
        }
        best.into_values().map(|(_, pair)| pair).collect()
    }
}
