//! Rhythms 周调度、月部署、季通报、年考核；月检查、季考察: what comes back in every period, once in each.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use super::PlanFault;
use crate::calendar::Calendar;

/// How often it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// 每周, from Monday.
    Week,
    /// 每月.
    Month,
    /// 每季.
    Quarter,
    /// 每年.
    Year,
}

/// A period of a rhythm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Its key, one for each period: `2026-W10`, `2026-03`, `2026-Q1`, `2026`.
    pub key: String,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
}

impl Every {
    /// The period in which a day lies; none at the very ends of time.
    #[must_use]
    pub fn period(self, day: NaiveDate) -> Option<Period> {
        let first = |year, month| NaiveDate::from_ymd_opt(year, month, 1);
        let until = |from: NaiveDate, months: u32| from.checked_add_months(Months::new(months))?.pred_opt();
        Some(match self {
            Self::Week => {
                let from = day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into()))?;
                let week = day.iso_week();
                let key = format!("{:04}-W{:02}", week.year(), week.week());
                Period { key, from, to: from.checked_add_days(Days::new(6))? }
            }
            Self::Month => {
                let from = first(day.year(), day.month())?;
                Period { key: format!("{:04}-{:02}", day.year(), day.month()), from, to: until(from, 1)? }
            }
            Self::Quarter => {
                let quarter = day.month0() / 3;
                let from = first(day.year(), quarter * 3 + 1)?;
                Period { key: format!("{:04}-Q{}", day.year(), quarter + 1), from, to: until(from, 3)? }
            }
            Self::Year => {
                let from = first(day.year(), 1)?;
                Period { key: format!("{:04}", day.year()), from, to: until(from, 12)? }
            }
        })
    }
}

impl Period {
    /// The n-th working day of the period counted from its beginning; the last one if there are fewer.
    ///
    /// # Errors
    /// [`PlanFault::YearMissing`], or [`PlanFault::OutOfRange`] if nobody works in the whole period.
    pub fn working_day(&self, calendar: &Calendar, count: u32) -> Result<NaiveDate, PlanFault> {
        let (mut day, mut left, mut last) = (self.from, count.max(1), None);
        while day <= self.to && left > 0 {
            if calendar.is_working_day(day)? {
                (last, left) = (Some(day), left - 1);
            }
            day = day.succ_opt().ok_or(PlanFault::OutOfRange)?;
        }
        last.ok_or(PlanFault::OutOfRange)
    }
}
