//! Drawing the inspectors of drawn sites with the same seed, so that neither side knows the other before (双随机).
//!
//! Everybody can repeat it. The sites are taken in the order of SHA-256(seed ‖ code); each goes to the inspector with the fewest
//! sites who is not barred from it, of equals to the one with the smallest SHA-256(seed ‖ code ‖ inspector). As long as somebody
//! has two more than somebody to whom a site can be passed on, directly or through others, the shortest such chain is passed on.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Hash, site_hash};

/// Why an inspector is never drawn for a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bar {
    /// The site belongs to the inspector's own unit or street.
    OwnUnit,
    /// The inspector made the site's last visit.
    LastTime,
}

/// Who may be drawn for what; fixed and hashed before the draw.
#[doc(alias = "检查人员名录")]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roster {
    /// Inspector → code of a site for which the inspector is not drawn → why.
    pub inspectors: BTreeMap<String, BTreeMap<String, Bar>>,
    /// Codes of the sites that are visited without being drawn: an inspector is drawn for them as well.
    pub must: BTreeSet<String>,
}

/// A site for which nobody can be drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impossible {
    /// Its code.
    pub site: String,
    /// Why not, of every inspector.
    pub bars: BTreeMap<String, Bar>,
}

impl Roster {
    /// SHA-256 over, for each inspector in the order of bytes, `I TAB inspector LF` and `B TAB code LF` for each barred site, and
    /// at the end `M TAB code LF` for each site that must be visited.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let mut hasher = Sha256::new();
        let mut line = |kind: &str, text: &str| {
            for part in [kind, "\t", text, "\n"] {
                hasher.update(part.as_bytes());
            }
        };
        for (inspector, barred) in &self.inspectors {
            line("I", inspector);
            for code in barred.keys() {
                line("B", code);
            }
        }
        for code in &self.must {
            line("M", code);
        }
        hasher.finalize().into()
    }

    /// The sites among these for which nobody can be drawn, in their order.
    #[must_use]
    pub fn impossible<'a>(&self, codes: impl IntoIterator<Item = &'a String>) -> Vec<Impossible> {
        let bars = |code: &String| -> BTreeMap<String, Bar> {
            let bar = |(inspector, barred): (&String, &BTreeMap<String, Bar>)| Some((inspector.clone(), *barred.get(code)?));
            self.inspectors.iter().filter_map(bar).collect()
        };
        (codes.into_iter())
            .map(|code| Impossible { site: code.clone(), bars: bars(code) })
            .filter(|impossible| impossible.bars.len() == self.inspectors.len())
            .collect()
    }

    /// Draws an inspector for each site; none for a site that is [`Roster::impossible`].
    #[must_use]
    pub fn draw(&self, seed: &Hash, codes: &BTreeSet<String>) -> BTreeMap<String, String> {
        let mut order: Vec<(Hash, &String)> = codes.iter().map(|code| (site_hash(seed, code), code)).collect();
        order.sort_unstable();
        let inspectors: Vec<&String> = self.inspectors.keys().collect();
        let may = |code: &String| -> Vec<usize> {
            let free = |barred: &BTreeMap<String, Bar>| !barred.contains_key(code);
            self.inspectors.values().enumerate().filter(|(_, barred)| free(barred)).map(|(place, _)| place).collect()
        };
        let sites: Vec<(&String, Vec<usize>)> = order.into_iter().map(|(_, code)| (code, may(code))).collect();
        let mut share = Share { load: vec![0; inspectors.len()], holder: vec![None; sites.len()] };
        for (place, (code, may)) in sites.iter().enumerate() {
            let rank =
                |&inspector: &usize| (share.load.get(inspector).copied(), pair_hash(seed, code, inspectors.get(inspector)));
            if let Some(least) = may.iter().copied().min_by_key(rank) {
                share.give(place, least);
            }
        }
        while share.pass_on(&sites) {}
        (sites.iter().zip(&share.holder))
            .filter_map(|((code, _), holder)| Some(((*code).clone(), (*inspectors.get((*holder)?)?).clone())))
            .collect()
    }
}

fn pair_hash(seed: &Hash, code: &str, inspector: Option<&&String>) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(seed);
    hasher.update(code.as_bytes());
    hasher.update(inspector.map_or("", |inspector| inspector.as_str()).as_bytes());
    hasher.finalize().into()
}

/// Who holds what while it is drawn.
struct Share {
    load: Vec<usize>,
    holder: Vec<Option<usize>>,
}

impl Share {
    fn give(&mut self, site: usize, to: usize) {
        let before = self.holder.get_mut(site).and_then(|holder| holder.replace(to));
        for (inspector, more) in [(before, false), (Some(to), true)] {
            if let Some(load) = inspector.and_then(|inspector| self.load.get_mut(inspector)) {
                *load = if more { *load + 1 } else { load.saturating_sub(1) };
            }
        }
    }

    /// Passes one chain on, if there is one that makes the loads more even.
    fn pass_on(&mut self, sites: &[(&String, Vec<usize>)]) -> bool {
        let mut from: Vec<usize> = (0..self.load.len()).collect();
        from.sort_by_key(|&inspector| (std::cmp::Reverse(self.load.get(inspector).copied()), inspector));
        for start in from {
            if let Some(chain) = self.chain(start, sites) {
                for (site, to) in chain {
                    self.give(site, to);
                }
                return true;
            }
        }
        false
    }

    /// The shortest chain from an inspector to somebody with at least two fewer: which site goes to whom, the last first.
    fn chain(&self, start: usize, sites: &[(&String, Vec<usize>)]) -> Option<Vec<(usize, usize)>> {
        let target = self.load.get(start)?.checked_sub(2)?;
        let mut reached: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        let mut next = VecDeque::from([start]);
        while let Some(inspector) = next.pop_front() {
            let held = self.holder.iter().enumerate().filter(|(_, holder)| **holder == Some(inspector));
            for (site, (_, may)) in held.filter_map(|(site, _)| Some((site, sites.get(site)?))) {
                for &to in may {
                    if to == start || reached.contains_key(&to) {
                        continue;
                    }
                    reached.insert(to, (inspector, site));
                    if self.load.get(to).is_some_and(|load| *load <= target) {
                        return Some(back(&reached, start, to));
                    }
                    next.push_back(to);
                }
            }
        }
        None
    }
}

fn back(reached: &BTreeMap<usize, (usize, usize)>, start: usize, end: usize) -> Vec<(usize, usize)> {
    let mut chain = Vec::new();
    let mut at = end;
    while at != start {
        let Some(&(from, site)) = reached.get(&at) else { break };
        chain.push((site, at));
        at = from;
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn codes(count: usize) -> BTreeSet<String> {
        (0..count).map(|number| format!("YX-{number:04}")).collect()
    }

    fn roster(inspectors: usize, barred: &[(usize, usize)]) -> Roster {
        let mut roster = Roster::default();
        for inspector in 0..inspectors {
            let barred = barred.iter().filter(|(who, _)| *who == inspector);
            let barred = barred.map(|(_, site)| (format!("YX-{site:04}"), Bar::OwnUnit)).collect();
            roster.inspectors.insert(format!("inspector {inspector}"), barred);
        }
        roster
    }

    fn loads(roster: &Roster, drawn: &BTreeMap<String, String>) -> Vec<usize> {
        roster.inspectors.keys().map(|inspector| drawn.values().filter(|drawn| *drawn == inspector).count()).collect()
    }

    /// The smallest largest load that any way of giving the sites has, found by trying all of them.
    fn best(roster: &Roster, codes: &[&String], loads: &mut Vec<usize>) -> usize {
        let Some((code, rest)) = codes.split_first() else { return loads.iter().copied().max().unwrap_or(0) };
        let may: Vec<usize> = (roster.inspectors.values().enumerate())
            .filter(|(_, barred)| !barred.contains_key(*code))
            .map(|(place, _)| place)
            .collect();
        if may.is_empty() {
            return best(roster, rest, loads);
        }
        let mut least = usize::MAX;
        for inspector in may {
            loads[inspector] += 1;
            least = least.min(best(roster, rest, loads));
            loads[inspector] -= 1;
        }
        least
    }

    #[test]
    fn a_site_for_which_nobody_can_be_drawn_is_named_with_everybody_and_why() {
        let mut roster = roster(2, &[(0, 3), (1, 3), (0, 4)]);
        roster.inspectors.get_mut("inspector 1").unwrap().insert("YX-0003".to_owned(), Bar::LastTime);
        let named = roster.impossible(&codes(6));
        assert_eq!(named.len(), 1);
        assert_eq!(named[0].site, "YX-0003");
        assert_eq!(named[0].bars.values().copied().collect::<Vec<_>>(), [Bar::OwnUnit, Bar::LastTime]);
        assert_eq!(roster.draw(&[1; 32], &codes(6)).len(), 5);
        assert_eq!(Roster::default().impossible(&codes(2)).len(), 2, "without inspectors nothing can be given");
    }

    #[test]
    fn another_seed_draws_others_and_every_bar_is_in_the_hash() {
        let roster = roster(5, &[]);
        assert_ne!(roster.draw(&[1; 32], &codes(40)), roster.draw(&[2; 32], &codes(40)));
        let mut other = roster.clone();
        other.inspectors.get_mut("inspector 1").unwrap().insert("YX-0003".to_owned(), Bar::LastTime);
        assert_ne!(other.hash(), roster.hash());
        assert_ne!(Roster { must: codes(1), ..roster.clone() }.hash(), roster.hash());
    }

    #[test]
    fn a_load_is_passed_on_through_others() {
        // All may visit few, but 2 only what 1 holds: without chains 0 would keep too many.
        let barred: Vec<(usize, usize)> =
            (0..9).flat_map(|site| if site < 6 { vec![(2, site)] } else { vec![(0, site)] }).collect();
        for seed in 0..20 {
            let roster = roster(3, &barred);
            let mut loads = loads(&roster, &roster.draw(&[seed; 32], &codes(9)));
            loads.sort_unstable();
            assert_eq!(loads, [3, 3, 3]);
        }
    }

    proptest! {
        #[test]
        fn never_a_barred_pair_always_the_same_and_as_even_as_can_be(
            sites in 0..7_usize, inspectors in 1..4_usize, seed in any::<[u8; 32]>(),
            barred in proptest::collection::vec((0..4_usize, 0..7_usize), 0..12),
        ) {
            let roster = roster(inspectors, &barred);
            let codes = codes(sites);
            let drawn = roster.draw(&seed, &codes);
            prop_assert_eq!(&drawn, &roster.draw(&seed, &codes));
            prop_assert_eq!(drawn.len() + roster.impossible(&codes).len(), codes.len());
            prop_assert!(drawn.iter().all(|(site, inspector)| !roster.inspectors[inspector].contains_key(site)));
            let least = best(&roster, &codes.iter().collect::<Vec<_>>(), &mut vec![0; inspectors]);
            prop_assert_eq!(loads(&roster, &drawn).into_iter().max().unwrap_or(0), least);
        }

        #[test]
        fn without_bars_loads_differ_by_one_at_most(sites in 0..120_usize, inspectors in 1..20_usize, seed in any::<[u8; 32]>()) {
            let roster = roster(inspectors, &[]);
            let loads = loads(&roster, &roster.draw(&seed, &codes(sites)));
            prop_assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= 1, "{loads:?}");
        }
    }
}
