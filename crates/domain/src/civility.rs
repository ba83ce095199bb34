//! The index over time (文明程度指数): comparable from period to period although rounds, sites and editions change, and
//! the slump of a unit after the day of an assessment.
//!
//! Two periods are compared by the criteria that both measured, whatever else either measured: the index moves by the
//! quotient of their rates over these criteria. Where nothing is common the chain begins anew, and says so.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::id::CriterionId;

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodLength {
    /// 月
    #[default]
    Month,
    /// 季
    Quarter,
    /// 年
    Year,
}

impl PeriodLength {
    /// The period of a day, as text that sorts by time: `2026-03`, `2026-Q1`, `2026`.
    #[must_use]
    pub fn of(self, day: NaiveDate) -> String {
        match self {
            Self::Month => format!("{:04}-{:02}", day.year(), day.month()),
            Self::Quarter => format!("{:04}-Q{}", day.year(), day.month0() / 3 + 1),
            Self::Year => format!("{:04}", day.year()),
        }
    }
}

/// What a round measured, by the criterion to which the matching of editions leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The day on which it counts.
    pub day: NaiveDate,
    /// Earned and covered points of each criterion that was measured.
    pub criteria: BTreeMap<String, (Exact, Exact)>,
}

/// A criterion of one of several editions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dated<E> {
    /// The edition.
    pub edition: E,
    /// The criterion.
    pub criterion: CriterionId,
    /// Its words, by which it is known again where nobody has compared the editions.
    pub words: String,
}

/// By criterion, the name that it shares with the criteria of other editions that ask for the same: with those to which
/// confirmed links of comparisons lead, over editions in between too. What was split or merged is one with its parts.
/// Between editions that no chain of comparisons connects, the same words are the same criterion.
#[must_use]
pub fn same_criteria<E: Copy + Ord>(
    criteria: &[Dated<E>],
    compared: &[(E, E)],
    confirmed: &[(CriterionId, CriterionId)],
) -> HashMap<CriterionId, String> {
    let mut editions = Joined::default();
    for (old, new) in compared {
        editions.join(*old, *new);
    }
    let mut same = Joined::default();
    for (old, new) in confirmed {
        same.join(*old, *new);
    }
    let mut by_words: BTreeMap<&str, Vec<&Dated<E>>> = BTreeMap::new();
    for one in criteria {
        let alike = by_words.entry(&one.words).or_default();
        for other in &*alike {
            if other.edition != one.edition && editions.of(other.edition) != editions.of(one.edition) {
                same.join(other.criterion, one.criterion);
            }
        }
        alike.push(one);
    }
    criteria.iter().map(|one| (one.criterion, same.of(one.criterion).to_string())).collect()
}

/// Things of which some are the same, each known by the least of those that are the same.
struct Joined<T>(BTreeMap<T, T>);

impl<T> Default for Joined<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Copy + Ord> Joined<T> {
    fn of(&self, one: T) -> T {
        let mut one = one;
        while let Some(less) = self.0.get(&one) {
            one = *less;
        }
        one
    }

    fn join(&mut self, left: T, right: T) {
        let (left, right) = (self.of(left), self.of(right));
        if left != right {
            self.0.insert(left.max(right), left.min(right));
        }
    }
}

/// A period of the index.
#[doc(alias = "文明程度指数")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexPoint {
    /// The period.
    pub period: String,
    /// Rounds in it.
    pub rounds: u32,
    /// The index: the first period's rate, then chained.
    pub index: Exact,
    /// 100 × earned ÷ covered of the period by itself.
    pub rate: Exact,
    /// The covered points that the period before measured too, of all its covered points, in per cent; none for a first one.
    pub comparable: Option<Exact>,
}

/// Earned and covered points by criterion.
type Sums<'a> = BTreeMap<&'a str, (Exact, Exact)>;

/// The index of rounds in any order. Rounds that covered nothing do not count.
#[must_use]
pub fn index(rounds: &[Measured], by: PeriodLength) -> Vec<IndexPoint> {
    let mut periods: BTreeMap<String, (u32, Sums<'_>)> = BTreeMap::new();
    for round in rounds {
        let (count, sums) = periods.entry(by.of(round.day)).or_default();
        *count += 1;
        for (key, (earned, covered)) in round.criteria.iter().filter(|(_, (_, covered))| *covered > Exact::zero()) {
            let sum = sums.entry(key).or_insert_with(|| (Exact::zero(), Exact::zero()));
            *sum = (&sum.0 + earned, &sum.1 + covered);
        }
    }
    let mut points: Vec<IndexPoint> = Vec::new();
    let mut before: Option<Sums<'_>> = None;
    for (period, (rounds, sums)) in periods {
        let Some(rate) = rate(&sums, |_| true) else { continue };
        let chained = before.as_ref().zip(points.last()).and_then(|(before, last)| {
            let common: BTreeSet<&str> = sums.keys().copied().filter(|key| before.contains_key(key)).collect();
            let (now, then) = (self::rate(&sums, |key| common.contains(key))?, self::rate(before, |key| common.contains(key))?);
            let all: Exact = sums.values().map(|(_, covered)| covered).sum();
            let shared: Exact = sums.iter().filter(|(key, _)| common.contains(*key)).map(|(_, (_, covered))| covered).sum();
            let comparable = (&shared * &Exact::whole(100)).checked_div(&all)?;
            Some(((&last.index * &now).checked_div(&then)?, comparable))
        });
        let (index, comparable) = match chained {
            Some((index, comparable)) => (index, Some(comparable)),
            None => (rate.clone(), None),
        };
        points.push(IndexPoint { period, rounds, index, rate, comparable });
        before = Some(sums);
    }
    points
}

fn rate(sums: &Sums<'_>, counts: impl Fn(&str) -> bool) -> Option<Exact> {
    let chosen = || sums.iter().filter(|(key, _)| counts(key)).map(|(_, sum)| sum);
    let earned: Exact = chosen().map(|(earned, _)| earned).sum();
    let covered: Exact = chosen().map(|(_, covered)| covered).sum();
    (&earned * &Exact::whole(100)).checked_div(&covered)
}

/// A unit's rate before and after the day of an assessment.
#[doc(alias = "测评后下滑")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slump {
    /// The day of the assessment.
    pub day: NaiveDate,
    /// Mean of the rates until that day, that day included.
    pub before: Exact,
    /// Mean of the rates after it.
    pub after: Exact,
    /// After less before: below 0 is a slump.
    pub change: Exact,
}

/// A unit's slump after each assessment, from its rates by day, within so many days on either side; none where one side
/// has no rate.
#[must_use]
pub fn slumps(rates: &[(NaiveDate, Exact)], assessed: &BTreeSet<NaiveDate>, days: u32) -> Vec<Slump> {
    let span = TimeDelta::days(days.into());
    let mean = |from: NaiveDate, until: NaiveDate| {
        let within: Vec<&Exact> = rates.iter().filter(|(day, _)| *day >= from && *day <= until).map(|(_, rate)| rate).collect();
        let count = Exact::whole(i64::try_from(within.len()).unwrap_or(i64::MAX));
        within.into_iter().sum::<Exact>().checked_div(&count)
    };
    let of = |day: &NaiveDate| {
        let before = mean(*day - span, *day)?;
        let after = mean(*day + TimeDelta::days(1), *day + span)?;
        Some(Slump { day: *day, change: &after - &before, before, after })
    };
    assessed.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn round(on: &str, criteria: &[(&str, &str, &str)]) -> Measured {
        let criteria = criteria.iter().map(|(key, earned, covered)| ((*key).to_owned(), (exact(earned), exact(covered))));
        Measured { day: day(on), criteria: criteria.collect() }
    }

    #[test]
    fn a_period_is_named_so_that_names_sort_by_time() {
        let at = day("2026-11-05");
        assert_eq!(
            [PeriodLength::Month, PeriodLength::Quarter, PeriodLength::Year].map(|by| by.of(at)),
            ["2026-11", "2026-Q4", "2026"]
        );
    }

    #[test]
    fn what_only_one_period_measured_moves_nothing() {
        let rounds = [
            round("2026-03-01", &[("a", "8", "10"), ("b", "5", "10")]),
            // "a" is as good as before, "c" is new and bad: the rate falls, the index does not.
            round("2026-04-01", &[("a", "4", "5"), ("c", "0", "10"), ("d", "0", "0")]),
            round("2026-05-01", &[("x", "9", "10")]),
        ];
        let points = index(&rounds, PeriodLength::Month);
        let shown: Vec<_> = points.iter().map(|point| (point.index.clone(), point.rate.published(2))).collect();
        assert_eq!(
            shown,
            [(exact("65"), "65.00".to_owned()), (exact("65"), "26.67".to_owned()), (exact("90"), "90.00".to_owned())]
        );
        assert_eq!(points[1].comparable, Some(exact("100/3")));
        assert_eq!(points[2].comparable, None, "nothing in common: the chain begins anew");
        let year = index(&rounds, PeriodLength::Year);
        assert_eq!((year.len(), year[0].rounds), (1, 3));
    }

    #[test]
    fn criteria_are_the_same_by_confirmed_links_and_by_words_only_where_nobody_compared() {
        let id = |number: u128| CriterionId::new(uuid::Uuid::from_u128(number));
        let dated = |edition: u16, number: u128, words: &str| Dated { edition, criterion: id(number), words: words.to_owned() };
        let criteria = [
            dated(2024, 1, "清洁"),
            dated(2024, 2, "秩序"),
            dated(2026, 11, "干净"),
            dated(2026, 12, "秩序"),
            dated(2026, 13, "有序"),
            dated(1999, 21, "秩序"),
        ];
        // 2025 was never visited: it only lies between. 2 was split into 12 and 13.
        let compared = [(2024, 2025), (2025, 2026)];
        let confirmed = [(id(1), id(101)), (id(101), id(11)), (id(2), id(102)), (id(102), id(13))];
        let keys = same_criteria(&criteria, &compared, &confirmed);
        assert_eq!(keys[&id(1)], keys[&id(11)]);
        assert_eq!(keys[&id(2)], keys[&id(13)]);
        assert_ne!(keys[&id(1)], keys[&id(2)]);
        let without = same_criteria(&criteria[..5], &compared, &confirmed);
        assert_ne!(without[&id(2)], without[&id(12)], "the editions were compared and nobody said that these are the same");
        assert_eq!(keys[&id(21)], keys[&id(2)], "nobody compared 1999 with the others: the same words");
        let split = [confirmed.as_slice(), &[(id(102), id(12))]].concat();
        let keys = same_criteria(&criteria[..5], &compared, &split);
        assert_eq!((&keys[&id(12)], &keys[&id(13)]), (&keys[&id(2)], &keys[&id(2)]));
    }

    #[test]
    fn a_slump_needs_both_sides() {
        let rates = [(day("2026-05-20"), exact("90")), (day("2026-06-01"), exact("94")), (day("2026-06-20"), exact("80"))];
        let assessed = BTreeSet::from([day("2026-06-01"), day("2026-09-01")]);
        let slumps = slumps(&rates, &assessed, 30);
        assert_eq!(slumps.len(), 1);
        assert_eq!(
            (slumps[0].before.clone(), slumps[0].after.clone(), slumps[0].change.clone()),
            (exact("92"), exact("80"), exact("-12"))
        );
    }

    proptest::proptest! {
        #[test]
        fn the_order_of_rounds_changes_nothing_and_the_same_rounds_keep_the_index(
            earned in proptest::collection::vec(1_i64..100, 1..6), months in 1_u32..12,
        ) {
            let criteria: Vec<(String, String)> = earned.iter().enumerate().map(|(key, earned)| (key.to_string(), earned.to_string())).collect();
            let criteria: Vec<(&str, &str, &str)> = criteria.iter().map(|(key, earned)| (key.as_str(), earned.as_str(), "100")).collect();
            let mut rounds: Vec<Measured> = (1..=months).map(|month| round(&format!("2026-{month:02}-01"), &criteria)).collect();
            let points = index(&rounds, PeriodLength::Month);
            rounds.reverse();
            proptest::prop_assert_eq!(&points, &index(&rounds, PeriodLength::Month));
            proptest::prop_assert!(points.iter().all(|point| point.index == points[0].index));
        }
    }
}
