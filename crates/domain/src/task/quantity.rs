//! The monthly plan 月度任务分解表: so much planned for each month, so much done.
//!
//! A share is counted from the beginning of the plan to the end of a month, so that what was done ahead is not lost.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::exact::Exact;

/// A month of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
}

impl Month {
    /// The month of a date.
    #[must_use]
    pub fn of(date: NaiveDate) -> Self {
        Self { year: date.year(), month: date.month() }
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl std::str::FromStr for Month {
    type Err = String;

    /// Reads `2026-03`, and the forms of sheets: `2026年3月`, `2026.3`, `2026/03`.
    fn from_str(text: &str) -> Result<Self, String> {
        let numbers: Vec<u32> = text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
        match numbers.as_slice() {
            [year @ 1900..=2999, month @ 1..=12] => {
                Ok(Self { year: i32::try_from(*year).map_err(|_| text.to_owned())?, month: *month })
            }
            _ => Err(text.to_owned()),
        }
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Month {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(|text| serde::de::Error::custom(format!("not a month: {text}")))
    }
}

/// What is planned and done in a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// Planned.
    pub planned: Exact,
    /// Done; none: not reported yet.
    pub done: Option<Exact>,
}

/// The quantities of a task by month.
#[doc(alias = "月度任务分解表")]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MonthlyPlan {
    /// In what it is counted: 处, 公里, 场.
    pub measure: String,
    /// By month.
    pub months: BTreeMap<Month, Planned>,
}

/// Done of planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Achieved {
    /// Done.
    pub done: Exact,
    /// Planned.
    pub planned: Exact,
}

impl Achieved {
    /// Whether less than so many percent of what was planned is done; nothing planned is never less.
    #[must_use]
    pub fn is_below(&self, percent: i64) -> bool {
        &self.done * &Exact::whole(100) < &self.planned * &Exact::whole(percent)
    }

    /// The share in percent; none if nothing was planned.
    #[must_use]
    pub fn percent(&self) -> Option<Exact> {
        (&self.done * &Exact::whole(100)).checked_div(&self.planned)
    }
}

impl MonthlyPlan {
    /// What was done and planned from the beginning until the end of a month.
    #[must_use]
    pub fn until(&self, month: Month) -> Achieved {
        let through = || self.months.range(..=month).map(|(_, planned)| planned);
        Achieved {
            done: through().filter_map(|planned| planned.done.as_ref()).sum(),
            planned: through().map(|planned| &planned.planned).sum(),
        }
    }

    /// All that was done and planned.
    #[must_use]
    pub fn whole(&self) -> Achieved {
        Achieved {
            done: self.months.values().filter_map(|planned| planned.done.as_ref()).sum(),
            planned: self.months.values().map(|planned| &planned.planned).sum(),
        }
    }
}
