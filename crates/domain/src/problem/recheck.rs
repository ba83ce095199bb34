//! When a closed problem is looked at again 回头看: what went wrong once goes wrong again, so the risky are looked at sooner
//! and twice.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Problem, Source};

/// The days of a city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rechecks {
    /// So many days after closing, if it is risky.
    pub first_days: u32,
    /// So many days after closing, whatever it is.
    pub second_days: u32,
    /// From this risk on it is risky.
    pub risky_from: u32,
    /// Whether a round is opened each morning on what is due, by itself.
    #[serde(default)]
    pub by_itself: bool,
}

impl Default for Rechecks {
    /// After 30 and 60 days, risky from one return on; a person opens the round.
    fn default() -> Self {
        Self { first_days: 30, second_days: 60, risky_from: 3, by_itself: false }
    }
}

/// Days before a recheck is due from which it may be planned.
pub const AHEAD: u32 = 7;

impl Rechecks {
    /// The last recheck after closing that has come up to a day, in days after closing: that which is due within [`AHEAD`]
    /// days counts. None while nothing has come up, or if that one was made: a visit planned since it could be.
    #[must_use]
    pub fn due(&self, risk: u32, closed: NaiveDate, looked: Option<NaiveDate>, today: NaiveDate) -> Option<u32> {
        let first = (risk >= self.risky_from).then_some(self.first_days);
        let planned_from = |days: u32| closed + chrono::Days::new(u64::from(days.saturating_sub(AHEAD)));
        let days = [first, Some(self.second_days)].into_iter().flatten().filter(|days| planned_from(*days) <= today).max()?;
        let made = looked.is_some_and(|looked| looked >= planned_from(days));
        (!made).then_some(days)
    }
}

/// How risky a closed problem is that came back so often, the greater the riskier, from 1: it came back, was returned, was
/// late, was exposed, was prolonged.
#[must_use]
pub fn risk(problem: &Problem, rebounds: u32) -> u32 {
    let late = u32::from(problem.on_time() == Some(false));
    let exposed = u32::from(problem.source == Source::MediaExposure);
    1 + 4 * rebounds + 2 * problem.tally.reworks + 2 * late + 2 * exposed + problem.tally.extensions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_risky_come_up_after_thirty_and_sixty_days_and_the_others_after_sixty() {
        let (rule, closed) = (Rechecks::default(), day("2026-03-01"));
        let due = |risk, today: &str| rule.due(risk, closed, None, day(today));
        assert_eq!((due(3, "2026-03-23"), due(3, "2026-03-24")), (None, Some(30)), "a week ahead");
        assert_eq!((due(2, "2026-04-10"), due(2, "2026-04-23")), (None, Some(60)));
        assert_eq!((due(3, "2026-04-22"), due(3, "2026-04-23")), (Some(30), Some(60)));
        let looked = |looked: &str, today: &str| rule.due(3, closed, Some(day(looked)), day(today));
        assert_eq!(looked("2026-03-24", "2026-04-01"), None, "planned in time");
        assert_eq!(looked("2026-03-23", "2026-04-01"), Some(30), "too early to count");
        assert_eq!(looked("2026-03-24", "2026-04-23"), Some(60), "the second is another");
    }

    proptest! {
        #[test]
        fn what_is_due_stays_due_until_it_was_looked_at(risk in 0u32..9, ago in 0u64..90, more in 0u64..90) {
            let (rule, closed) = (Rechecks::default(), day("2026-03-01"));
            let today = closed + chrono::Days::new(ago);
            let later = today + chrono::Days::new(more);
            let due = rule.due(risk, closed, None, today);
            prop_assert!(rule.due(risk, closed, None, later) >= due);
            if due.is_some() {
                prop_assert_eq!(rule.due(risk, closed, Some(today), today), None);
            }
        }
    }
}
