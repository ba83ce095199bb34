//! How often recurring work is begun.

use chrono::{NaiveTime, TimeDelta};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::moment::Moment;

/// How often a kind of job is begun by itself, in every city.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// After so many minutes.
    Minutes(u32),
    /// Each day at a time of the country's clock.
    Day(NaiveTime),
}

impl Every {
    /// The first time after a moment.
    #[must_use]
    pub fn after(self, moment: Moment) -> Moment {
        match self {
            Self::Minutes(minutes) => Moment::new(moment.utc() + TimeDelta::minutes(minutes.max(1).into())),
            Self::Day(time) => {
                let calendar = Calendar::default();
                let today = calendar.local(moment).date_naive();
                let next = calendar.moment(today, time);
                if next > moment { next } else { calendar.moment(today + TimeDelta::days(1), time) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recurring_work_comes_after_the_moment() {
        let at = |text: &str| Moment::parse(text).unwrap();
        let half_past_six = Every::Day(NaiveTime::from_hms_opt(6, 30, 0).unwrap());
        for (every, from, next) in [
            (Every::Minutes(15), "2026-03-02T09:00:00+08:00", "2026-03-02T09:15:00+08:00"),
            (Every::Minutes(0), "2026-03-02T09:00:00+08:00", "2026-03-02T09:01:00+08:00"),
            (half_past_six, "2026-03-02T06:29:59+08:00", "2026-03-02T06:30:00+08:00"),
            (half_past_six, "2026-03-02T06:30:00+08:00", "2026-03-03T06:30:00+08:00"),
            (half_past_six, "2026-12-31T23:00:00+08:00", "2027-01-01T06:30:00+08:00"),
        ] {
            assert_eq!(every.after(at(from)), at(next), "{every:?} {from}");
        }
    }
}
