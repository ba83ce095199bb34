//! What a higher level deducted, beside what we had seen at the same place before: found, passed, not looked at, not visited.
//!
//! A fault is compared only where both looked; whatever one side did not look at is told apart and never counts as agreement.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::ItemId;
use crate::reading::{half_width, unspaced};

/// What our own visits had made of a fault that a higher level deducted for.
#[doc(alias = "上级对照")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sighting {
    /// We had found it: the item failed, or the place had a problem of the same category that no visit passed over.
    Found,
    /// 偏松: we had looked at the item and passed it.
    Lenient,
    /// We had been there and not judged this item.
    Unlooked,
    /// 盲区: we had not been there in time.
    Blind,
    /// The fault names no registered site; nothing can be compared.
    Unplaced,
    /// The other direction: we failed an item at a place where they deducted, and they did not deduct for it.
    OursOnly,
}

impl Sighting {
    /// All of them, in the order in which pages show them.
    pub const ALL: [Self; 6] = [Self::Found, Self::Lenient, Self::Unlooked, Self::Blind, Self::Unplaced, Self::OursOnly];

    /// The word of every other layer.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Lenient => "lenient",
            Self::Unlooked => "unlooked",
            Self::Blind => "blind",
            Self::Unplaced => "unplaced",
            Self::OursOnly => "ours_only",
        }
    }
}

/// A fault for which a higher level deducted, at a registered site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deducted {
    /// The day on which it was seen.
    pub day: NaiveDate,
    /// The items it may mean; none where its words name none.
    pub items: BTreeSet<ItemId>,
}

/// One of our own finished visits at the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The visit.
    pub visit: Uuid,
    /// The day on which it was finished.
    pub day: NaiveDate,
    /// What it judged and whether that passed; items that did not apply are left out.
    pub judged: BTreeMap<ItemId, bool>,
}

/// Whether `day` lies in the window of so many days that ends with `seen`, both included.
#[must_use]
pub fn within(day: NaiveDate, seen: NaiveDate, window: u32) -> bool {
    let first = seen.checked_sub_days(Days::new(window.into())).unwrap_or(NaiveDate::MIN);
    (first..=seen).contains(&day)
}

/// What one visit had made of the fault, and by which item: a failure among the items it may mean weighs more than a pass.
#[must_use]
pub fn sighted(fault: &Deducted, look: &Look) -> (Sighting, Option<ItemId>) {
    let judged = || fault.items.iter().filter_map(|item| Some((*item, *look.judged.get(item)?)));
    if let Some((item, _)) = judged().find(|(_, pass)| !pass) {
        return (Sighting::Found, Some(item));
    }
    judged().next().map_or((Sighting::Unlooked, None), |(item, _)| (Sighting::Lenient, Some(item)))
}

/// What we had made of a fault: the best of the visits within the window; of equal ones the last. Where no visit judged the
/// item, a problem of our own of the same category at the site (`known`) means that we had found it.
#[must_use]
pub fn contrast<'a>(
    fault: &Deducted,
    looks: impl IntoIterator<Item = &'a Look>,
    window: u32,
    known: Known,
) -> (Sighting, Option<(&'a Look, Option<ItemId>)>) {
    let mut best: Option<(Sighting, &Look, Option<ItemId>)> = None;
    for look in looks.into_iter().filter(|look| within(look.day, fault.day, window)) {
        let (sighting, item) = sighted(fault, look);
        let better = best.is_none_or(|(kept, of, _)| sighting < kept || (sighting == kept && look.day >= of.day));
        if better {
            best = Some((sighting, look, item));
        }
    }
    let (sighting, by) = best.map_or((Sighting::Blind, None), |(sighting, look, item)| (sighting, Some((look, item))));
    match (sighting, known) {
        (Sighting::Unlooked | Sighting::Blind, Known::Problem) => (Sighting::Found, by),
        (kept, _) => (kept, by),
    }
}

/// Whether a problem of our own of the same category stood at the site within the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// None did.
    Nothing,
    /// At least one did.
    Problem,
}

/// The items of a checklist that the words of a fault name: those with the longest typical fault that the words contain; none
/// where they contain no typical fault, several where it is typical of several items.
#[must_use]
pub fn named<'a, P: AsRef<str> + 'a>(words: &str, checklist: impl IntoIterator<Item = (ItemId, &'a [P])>) -> BTreeSet<ItemId> {
    let plain = |text: &str| unspaced(&half_width(text));
    let words = plain(words);
    let (mut longest, mut named) = (0, BTreeSet::new());
    for (item, phrases) in checklist {
        let hit = phrases.iter().map(|phrase| plain(phrase.as_ref())).filter(|phrase| words.contains(phrase.as_str()));
        let length = hit.map(|phrase| phrase.chars().count()).max().unwrap_or(0);
        if length > longest {
            (longest, named) = (length, BTreeSet::new());
        }
        if length > 0 && length == longest {
            named.insert(item);
        }
    }
    named
}

/// How many faults came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sightings {
    /// We had found them.
    pub found: u64,
    /// We had passed them.
    pub lenient: u64,
    /// We had been there and not judged the item.
    pub unlooked: u64,
    /// We had not been there.
    pub blind: u64,
    /// Nothing can be compared.
    pub unplaced: u64,
    /// Items that only we failed, where they deducted for something else.
    pub ours_only: u64,
}

impl Sightings {
    /// One more.
    pub fn count(&mut self, sighting: Sighting) {
        match sighting {
            Sighting::Found => self.found += 1,
            Sighting::Lenient => self.lenient += 1,
            Sighting::Unlooked => self.unlooked += 1,
            Sighting::Blind => self.blind += 1,
            Sighting::Unplaced => self.unplaced += 1,
            Sighting::OursOnly => self.ours_only += 1,
        }
    }

    /// Faults of theirs.
    #[must_use]
    pub fn deducted(&self) -> u64 {
        self.found + self.lenient + self.unlooked + self.blind + self.unplaced
    }

    /// What both looked at: the only denominator of a share of what was found.
    #[must_use]
    pub fn both(&self) -> u64 {
        self.found + self.lenient
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: u128) -> ItemId {
        ItemId::new(Uuid::from_u128(number))
    }

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2025, 8, day).unwrap()
    }

    fn look(number: u128, on: u32, judged: &[(u128, bool)]) -> Look {
        let judged = judged.iter().map(|(of, pass)| (item(*of), *pass)).collect();
        Look { visit: Uuid::from_u128(number), day: day(on), judged }
    }

    fn fault(items: &[u128]) -> Deducted {
        Deducted { day: day(20), items: items.iter().map(|number| item(*number)).collect() }
    }

    #[test]
    fn a_fault_is_found_passed_not_looked_at_or_not_visited() {
        let nothing = Known::Nothing;
        let (failed, passed) = (look(1, 18, &[(7, false)]), look(2, 19, &[(7, true)]));
        let (elsewhere, old) = (look(3, 19, &[(8, false)]), look(4, 1, &[(7, false)]));
        let after = look(5, 21, &[(7, false)]);
        for (looks, items, known, expected, by) in [
            (vec![&failed, &passed], vec![7], nothing, Sighting::Found, Some(1)),
            (vec![&passed, &elsewhere], vec![7], nothing, Sighting::Lenient, Some(2)),
            (vec![&passed], vec![7], Known::Problem, Sighting::Lenient, Some(2)),
            (vec![&elsewhere], vec![7], nothing, Sighting::Unlooked, Some(3)),
            (vec![&elsewhere], vec![7], Known::Problem, Sighting::Found, Some(3)),
            (vec![&old, &after], vec![7], nothing, Sighting::Blind, None),
            (vec![], vec![7], Known::Problem, Sighting::Found, None),
            (vec![&failed], vec![], nothing, Sighting::Unlooked, Some(1)),
            (vec![&passed, &elsewhere], vec![7, 8], nothing, Sighting::Found, Some(3)),
        ] {
            let (sighting, chosen) = contrast(&fault(&items), looks.iter().copied(), 10, known);
            let visit = chosen.map(|(look, _)| look.visit);
            assert_eq!((sighting, visit), (expected, by.map(Uuid::from_u128)), "{looks:?} {items:?} {known:?}");
        }
    }

    #[test]
    fn the_window_ends_with_the_day_of_the_fault() {
        for (on, window, inside) in [(20, 0, true), (19, 0, false), (10, 10, true), (9, 10, false), (21, 10, false)] {
            assert_eq!(within(day(on), day(20), window), inside, "{on} {window}");
        }
    }

    #[test]
    fn words_name_the_items_of_their_longest_typical_fault() {
        let (holes, long, other) = (["坑洼", "破损"], ["路面坑洼"], ["坑洼"]);
        let list = || [(item(1), &holes[..]), (item(2), &long[..]), (item(3), &other[..])];
        let of = |words: &str| named(words, list()).into_iter().collect::<Vec<_>>();
        assert_eq!(of("现场发现靠路边坑洼，长期未处理"), [item(1), item(3)]);
        assert_eq!(of("东侧路面 坑洼"), [item(2)]);
        assert_eq!(of("中段有2处破损"), [item(1)]);
        assert_eq!(of("无人值守"), []);
        assert_eq!(named("有垃圾", [(item(1), &[""][..])]), BTreeSet::new(), "an empty phrase names nothing");
    }

    #[test]
    fn a_share_is_of_what_both_looked_at() {
        let mut sightings = Sightings::default();
        for sighting in Sighting::ALL {
            sightings.count(sighting);
        }
        assert_eq!((sightings.deducted(), sightings.both(), sightings.ours_only), (5, 2, 1));
    }
}
