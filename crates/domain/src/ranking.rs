//! Rankings within peer groups, and published tables that add up.
//!
//! Ties are judged on the published figure; whoever is below the minimum denominator is listed without a rank.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::exact::Exact;
use crate::id::UnitId;

/// Which end of the figures is the first place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum First {
    /// Scores, rates.
    Highest,
    /// Losses, days late.
    Lowest,
}

/// How a ranking is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingPolicy {
    /// Which end is first.
    pub first: First,
    /// Decimals of the published figure.
    pub decimals: u32,
    /// The smallest denominator (sites, problems) with which a unit is ranked.
    pub minimum_denominator: u64,
}

/// A unit to be ranked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entrant {
    /// The unit.
    pub unit: UnitId,
    /// Its code, by which equals are listed.
    pub code: String,
    /// Its peer group (streets, departments).
    pub group: String,
    /// Its figure; none if nothing was measured.
    pub figure: Option<Exact>,
    /// On how much the figure rests.
    pub denominator: u64,
}

/// Why a unit has no rank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "unranked", rename_all = "snake_case")]
pub enum Unranked {
    /// The figure rests on too little.
    BelowMinimum {
        /// On how much it rests.
        denominator: u64,
        /// What the policy asks.
        minimum: u64,
    },
    /// There is no figure.
    NoFigure,
}

/// A unit's place in its peer group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The unit.
    pub unit: UnitId,
    /// Its code.
    pub code: String,
    /// 1 for the first; equal published figures share a place and the next ones are skipped.
    pub rank: Option<u32>,
    /// The exact figure.
    pub figure: Option<Exact>,
    /// The figure as published.
    pub published: Option<String>,
    /// On how much it rests.
    pub denominator: u64,
    /// Why there is no rank.
    pub unranked: Option<Unranked>,
}

/// Ranks each peer group by itself: ranked units in order, equals by code, then those without a rank by code.
#[doc(alias = "排名")]
#[must_use]
pub fn rank(entrants: &[Entrant], policy: &RankingPolicy) -> BTreeMap<String, Vec<Standing>> {
    let mut groups: BTreeMap<String, Vec<&Entrant>> = BTreeMap::new();
    for entrant in entrants {
        groups.entry(entrant.group.clone()).or_default().push(entrant);
    }
    groups.into_iter().map(|(group, entrants)| (group, rank_group(&entrants, policy))).collect()
}

fn rank_group(entrants: &[&Entrant], policy: &RankingPolicy) -> Vec<Standing> {
    let (mut ranked, mut unranked) = (Vec::new(), Vec::new());
    for entrant in entrants {
        let reason = if entrant.denominator < policy.minimum_denominator {
            Some(Unranked::BelowMinimum { denominator: entrant.denominator, minimum: policy.minimum_denominator })
        } else if entrant.figure.is_none() {
            Some(Unranked::NoFigure)
        } else {
            None
        };
        let standing = Standing {
            unit: entrant.unit,
            code: entrant.code.clone(),
            rank: None,
            figure: entrant.figure.clone(),
            published: entrant.figure.as_ref().map(|figure| figure.published(policy.decimals)),
            denominator: entrant.denominator,
            unranked: reason,
        };
        match (&standing.unranked, &entrant.figure) {
            (None, Some(figure)) => ranked.push((figure.rounded(policy.decimals), standing)),
            (Some(_), _) | (None, None) => unranked.push(standing),
        }
    }
    ranked.sort_by(|(left, left_standing), (right, right_standing)| {
        let by_figure = match policy.first {
            First::Highest => right.cmp(left),
            First::Lowest => left.cmp(right),
        };
        by_figure.then_with(|| left_standing.code.cmp(&right_standing.code))
    });
    unranked.sort_by(|left: &Standing, right| left.code.cmp(&right.code));
    let (mut place, mut last): (u32, Option<(Exact, u32)>) = (0, None);
    let mut standings = Vec::with_capacity(entrants.len());
    for (figure, mut standing) in ranked {
        place += 1;
        let rank = last.filter(|(before, _)| *before == figure).map_or(place, |(_, rank)| rank);
        standing.rank = Some(rank);
        last = Some((figure, rank));
        standings.push(standing);
    }
    standings.extend(unranked);
    standings
}

/// Publishes parts so that they add up to their published sum: cut to `scale`, what is missing goes to the largest
/// remainders. Equal remainders go by place, so that the parts have to be in the order of the unit codes.
#[must_use]
pub fn apportion(parts: &[Exact], scale: u32) -> Vec<String> {
    let unit = Exact::whole(10_i64.saturating_pow(scale));
    let scaled: Vec<Exact> = parts.iter().map(|part| part * &unit).collect();
    let half = Exact::fraction(1, 2).unwrap_or_else(Exact::zero);
    let cut: Vec<Exact> = scaled.iter().map(floor).collect();
    let remainders: Vec<Exact> = scaled.iter().zip(&cut).map(|(part, cut)| part - cut).collect();
    let mut missing = &scaled.iter().sum::<Exact>().rounded(0) - &cut.iter().sum();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by(|&left, &right| remainders[right].cmp(&remainders[left]).then(left.cmp(&right)));
    let mut raised = BTreeSet::new();
    for place in order {
        if missing < half {
            break;
        }
        raised.insert(place);
        missing = &missing - &Exact::one();
    }
    let published = |(place, cut): (usize, Exact)| {
        let whole = if raised.contains(&place) { cut + Exact::one() } else { cut };
        whole.checked_div(&unit).unwrap_or_else(Exact::zero).published(scale)
    };
    cut.into_iter().enumerate().map(published).collect()
}

fn floor(value: &Exact) -> Exact {
    -(-value.clone()).ceil()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn entrant(code: u128, group: &str, figure: Option<&str>, denominator: u64) -> Entrant {
        Entrant {
            unit: UnitId::new(uuid::Uuid::from_u128(code)),
            code: format!("U{code:02}"),
            group: group.to_owned(),
            figure: figure.map(exact),
            denominator,
        }
    }

    fn ranks(standings: &[Standing]) -> Vec<(&str, Option<u32>)> {
        standings.iter().map(|standing| (standing.code.as_str(), standing.rank)).collect()
    }

    #[test]
    fn ties_are_judged_on_the_published_figure() {
        let policy = RankingPolicy { first: First::Highest, decimals: 2, minimum_denominator: 5 };
        let entrants = [
            entrant(1, "street", Some("91.2341"), 9),
            entrant(2, "street", Some("91.2349"), 9),
            entrant(3, "street", Some("90"), 9),
            entrant(4, "street", Some("99"), 4),
            entrant(5, "street", None, 8),
            entrant(6, "department", Some("50"), 5),
        ];
        let ranking = rank(&entrants, &policy);
        let street = &ranking["street"];
        assert_eq!(ranks(street), [("U01", Some(1)), ("U02", Some(1)), ("U03", Some(3)), ("U04", None), ("U05", None)]);
        assert_eq!(street[3].unranked, Some(Unranked::BelowMinimum { denominator: 4, minimum: 5 }));
        assert_eq!(street[4].unranked, Some(Unranked::NoFigure));
        assert_eq!(ranks(&ranking["department"]), [("U06", Some(1))]);
    }

    #[test]
    fn the_lowest_may_be_first() {
        let policy = RankingPolicy { first: First::Lowest, decimals: 0, minimum_denominator: 0 };
        let entrants = [entrant(1, "g", Some("3"), 0), entrant(2, "g", Some("0.4"), 0), entrant(3, "g", Some("-0.4"), 0)];
        assert_eq!(ranks(&rank(&entrants, &policy)["g"]), [("U02", Some(1)), ("U03", Some(1)), ("U01", Some(3))]);
    }

    #[test]
    fn a_published_table_adds_up() {
        for (parts, scale, table) in [
            (&["1/30", "1/30", "1/30"][..], 2, &["0.04", "0.03", "0.03"][..]),
            (&["0.05", "0.05"], 1, &["0.1", "0.0"]),
            (&["1/3", "2/3"], 0, &["0", "1"]),
            (&["0.004", "0.004"], 2, &["0.01", "0.00"]),
            (&["-0.015", "0.02"], 2, &["-0.01", "0.02"]),
            (&[], 2, &[]),
        ] {
            let parts: Vec<Exact> = parts.iter().map(|part| exact(part)).collect();
            assert_eq!(apportion(&parts, scale), table);
        }
    }

    proptest::proptest! {
        #[test]
        fn apportioned_parts_add_up_and_stay_within_one_unit(parts in proptest::collection::vec((-5000_i64..5000, 1_i64..400), 0..20)) {
            let parts: Vec<Exact> = parts.into_iter().map(|(part, whole)| Exact::fraction(part, whole).unwrap()).collect();
            let table: Vec<Exact> = apportion(&parts, 2).iter().map(|text| exact(text)).collect();
            let unit = exact("0.01");
            proptest::prop_assert!(parts.iter().zip(&table).all(|(part, shown)| (part - shown) < unit && (shown - part) < unit));
            let total: Exact = parts.iter().sum();
            let shown: Exact = table.iter().sum();
            proptest::prop_assert_eq!(shown, total.rounded(2));
        }
    }
}
