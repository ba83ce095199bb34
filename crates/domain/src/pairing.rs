//! Visits owed under pairings (包联走访): who owes how many to which area or site in a period, how many were made, what is missing.
//!
//! Two visits on one day count once, so that a day of many sites is one visit of the area. A visit is made by whoever belongs
//! to the paired unit, or by the paired leader in person.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::id::{PersonId, SiteId, UnitId};

/// How often visits are owed.
#[doc(alias = "走访周期")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// 每月
    Month,
    /// 每季度
    Quarter,
}

impl Every {
    /// The first and the last day of the period in which a day lies; none at the end of time.
    #[must_use]
    pub fn period(self, day: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
        let (first, months) = match self {
            Self::Month => (day.month(), 1),
            Self::Quarter => ((day.month() - 1) / 3 * 3 + 1, 3),
        };
        let from = NaiveDate::from_ymd_opt(day.year(), first, 1)?;
        let next = from.checked_add_months(chrono::Months::new(months))?;
        Some((from, next.pred_opt()?))
    }
}

/// What a city asks of its pairings.
#[doc(alias = "走访要求")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Norm {
    /// How often.
    pub every: Every,
    /// Visits of a paired area in each period; 0: none are owed.
    pub areas: u32,
    /// Visits of a paired site in each period; 0: none are owed.
    pub sites: u32,
}

impl Default for Norm {
    fn default() -> Self {
        Self { every: Every::Month, areas: 1, sites: 1 }
    }
}

/// What is paired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Paired {
    /// A street, community, village or grid.
    Area(UnitId),
    /// A site.
    Site(SiteId),
}

/// A pairing that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The paired unit.
    pub unit: Option<UnitId>,
    /// The paired leader, if known as a person.
    pub leader: Option<PersonId>,
    /// With what.
    pub with: Paired,
    /// First day; none: always.
    pub from: Option<NaiveDate>,
    /// Last day; none: until further notice.
    pub to: Option<NaiveDate>,
}

/// A visit that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Who.
    pub person: PersonId,
    /// The units in which the visitor has a post, and those above them.
    pub units: BTreeSet<UnitId>,
    /// The site, if it was of one.
    pub site: Option<SiteId>,
    /// The areas in which it lies.
    pub areas: BTreeSet<UnitId>,
    /// The day.
    pub on: NaiveDate,
}

/// How a pairing stands in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Visits owed.
    pub wanted: u32,
    /// Days with a visit; more than owed is possible.
    pub done: u32,
    /// Visits still owed.
    pub missing: u32,
    /// The last day with a visit.
    pub last: Option<NaiveDate>,
}

impl Pair {
    /// Whether it stands on some day of the period.
    #[must_use]
    pub fn stands(&self, (from, to): (NaiveDate, NaiveDate)) -> bool {
        self.from.is_none_or(|first| first <= to) && self.to.is_none_or(|last| from <= last)
    }

    /// Whether a visit is one under this pairing.
    #[must_use]
    pub fn counts(&self, made: &Made) -> bool {
        let ours = self.unit.is_some_and(|unit| made.units.contains(&unit)) || self.leader == Some(made.person);
        let there = match self.with {
            Paired::Area(area) => made.areas.contains(&area),
            Paired::Site(site) => made.site == Some(site),
        };
        ours && there && self.from.is_none_or(|first| first <= made.on) && self.to.is_none_or(|last| made.on <= last)
    }

    /// How it stands in a period; none if it does not stand in it or owes nothing.
    #[must_use]
    pub fn standing(&self, norm: Norm, period: (NaiveDate, NaiveDate), made: &[Made]) -> Option<Standing> {
        let wanted = match self.with {
            Paired::Area(_) => norm.areas,
            Paired::Site(_) => norm.sites,
        };
        if wanted == 0 || !self.stands(period) {
            return None;
        }
        let within = |made: &&Made| (period.0..=period.1).contains(&made.on);
        let days: BTreeSet<NaiveDate> = made.iter().filter(within).filter(|made| self.counts(made)).map(|made| made.on).collect();
        let done = u32::try_from(days.len()).unwrap_or(u32::MAX);
        Some(Standing { wanted, done, missing: wanted.saturating_sub(done), last: days.last().copied() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn unit(number: u128) -> UnitId {
        UnitId::new(Uuid::from_u128(number))
    }

    fn made(person: u128, units: &[u128], areas: &[u128], on: &str) -> Made {
        Made {
            person: PersonId::new(Uuid::from_u128(person)),
            units: units.iter().copied().map(unit).collect(),
            site: Some(SiteId::new(Uuid::from_u128(9))),
            areas: areas.iter().copied().map(unit).collect(),
            on: day(on),
        }
    }

    fn pair(with: Paired) -> Pair {
        Pair { unit: Some(unit(1)), leader: Some(PersonId::new(Uuid::from_u128(77))), with, from: None, to: None }
    }

    #[test]
    fn a_period_is_a_month_or_a_quarter_of_the_calendar() {
        for (every, on, from, to) in [
            (Every::Month, "2026-02-13", "2026-02-01", "2026-02-28"),
            (Every::Month, "2026-12-31", "2026-12-01", "2026-12-31"),
            (Every::Quarter, "2026-11-22", "2026-10-01", "2026-12-31"),
            (Every::Quarter, "2026-01-01", "2026-01-01", "2026-03-31"),
        ] {
            assert_eq!(every.period(day(on)), Some((day(from), day(to))), "{every:?} {on}");
        }
    }

    #[test]
    fn days_count_and_only_those_of_the_pair_there_and_then() {
        let march = Every::Month.period(day("2026-03-02")).unwrap();
        let norm = Norm { every: Every::Month, areas: 2, sites: 3 };
        let visits = [
            made(5, &[1], &[2], "2026-03-02"),
            made(6, &[1], &[2], "2026-03-02"),
            made(77, &[8], &[2], "2026-03-20"),
            made(5, &[1], &[3], "2026-03-03"),
            made(5, &[4], &[2], "2026-03-04"),
            made(5, &[1], &[2], "2026-04-01"),
        ];
        let area = pair(Paired::Area(unit(2)));
        let last = Some(day("2026-03-20"));
        assert_eq!(area.standing(norm, march, &visits), Some(Standing { wanted: 2, done: 2, missing: 0, last }));
        let site = pair(Paired::Site(SiteId::new(Uuid::from_u128(9))));
        assert_eq!(site.standing(norm, march, &visits).map(|standing| (standing.done, standing.missing)), Some((3, 0)));
        let late = Pair { from: Some(day("2026-03-10")), ..area.clone() };
        assert_eq!(
            late.standing(norm, march, &visits).map(|standing| standing.done),
            Some(1),
            "before its first day nothing counts"
        );
        assert_eq!(Pair { to: Some(day("2026-02-28")), ..area.clone() }.standing(norm, march, &visits), None);
        assert_eq!(area.standing(Norm { areas: 0, ..norm }, march, &visits), None, "nothing is owed");
    }

    proptest! {
        #[test]
        fn what_is_owed_is_made_or_missing(wanted in 1..6_u32, days in proptest::collection::vec(1..29_u32, 0..12)) {
            let visits: Vec<Made> = days.iter().map(|day| made(5, &[1], &[2], &format!("2026-03-{day:02}"))).collect();
            let march = Every::Month.period(day("2026-03-02")).unwrap();
            let standing = pair(Paired::Area(unit(2))).standing(Norm { areas: wanted, ..Norm::default() }, march, &visits).unwrap();
            prop_assert_eq!(standing.missing, wanted.saturating_sub(standing.done));
            prop_assert_eq!(usize::try_from(standing.done).unwrap(), days.iter().collect::<BTreeSet<_>>().len());
        }
    }
}
