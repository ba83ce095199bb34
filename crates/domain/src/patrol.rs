//! Grid patrols 网格巡查: what a plan owes in a period, what was walked, what was missed.
//!
//! Only whether, when and where one has looked counts; tracks and positions of persons are not asked and not kept.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, CalendarError};
use crate::id::SiteId;
use crate::moment::Moment;

/// How often a plan is walked.
#[doc(alias = "巡查频次")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Frequency {
    /// 每个工作日, by the city's calendar.
    Workdays,
    /// On these days of the week, 1 (Monday) to 7.
    Weekdays {
        /// Which.
        days: BTreeSet<u32>,
    },
    /// So often a week, on days of one's choice.
    Weekly {
        /// How often, 1 to 7.
        times: u32,
    },
}

impl Frequency {
    /// Whether it asks for anything that a week can hold.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Workdays => true,
            Self::Weekdays { days } => !days.is_empty() && days.iter().all(|day| (1..=7).contains(day)),
            Self::Weekly { times } => (1..=7).contains(times),
        }
    }
}

/// Where one looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stretch {
    /// The site; none for a stretch in words.
    pub site: Option<SiteId>,
    /// Its name, or the stretch in words.
    pub name: String,
}

/// When and where a grid is walked.
#[doc(alias = "巡查计划")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatrolPlan {
    /// How often.
    pub frequency: Frequency,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; none while it goes on.
    pub to: Option<NaiveDate>,
    /// Where one looks; the whole grid if empty.
    pub stretches: Vec<Stretch>,
}

/// A walk that is owed, once between two days, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// From.
    pub from: NaiveDate,
    /// To.
    pub to: NaiveDate,
}

/// How a plan stands in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coverage {
    /// Walks owed so far: those whose time has begun.
    pub owed: u32,
    /// Owed and walked.
    pub walked: u32,
    /// Owed and not walked in time.
    pub missed: u32,
    /// Owed, with time left.
    pub waiting: u32,
}

/// What somebody has walked.
#[doc(alias = "巡查记录")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// When it began.
    pub begun_at: Moment,
    /// When it ended.
    pub ended_at: Moment,
    /// The stretches that were looked at, by their place in the plan from 0.
    pub looked: BTreeSet<usize>,
}

/// What one walk may last, hours: whoever forgot to end it says when it ended.
pub const LONGEST: i64 = 24;

/// Why a walk is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code")]
pub enum Refusal {
    /// It ends before it begins, in the future, or more than [`LONGEST`] later.
    #[error("a walk ends within 24 hours of its beginning and not in the future")]
    #[serde(rename = "patrol_times")]
    Times,
    /// The plan does not hold on that day.
    #[error("the plan does not hold on {day}")]
    #[serde(rename = "patrol_not_planned")]
    NotPlanned {
        /// The day.
        day: NaiveDate,
    },
    /// A stretch that the plan does not name.
    #[error("the plan has no such stretch")]
    #[serde(rename = "patrol_stretch_unknown")]
    StretchUnknown,
    /// Nothing was looked at.
    #[error("nothing was looked at")]
    #[serde(rename = "patrol_nothing_looked")]
    NothingLooked,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Times => "patrol_times",
            Self::NotPlanned { .. } => "patrol_not_planned",
            Self::StretchUnknown => "patrol_stretch_unknown",
            Self::NothingLooked => "patrol_nothing_looked",
        }
    }
}

fn days(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |day| *day <= to)
}

impl PatrolPlan {
    /// Whether it holds on a day.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|last| day <= last)
    }

    /// The walks owed in a period. A week belongs to the period in which its Sunday lies, and is owed if the plan holds all of it.
    ///
    /// # Errors
    /// The year without a calendar, where working days are asked.
    pub fn owed(&self, from: NaiveDate, to: NaiveDate, calendar: &Calendar) -> Result<Vec<Owed>, CalendarError> {
        let (first, last) = (from.max(self.from), self.to.map_or(to, |last| last.min(to)));
        let once = |day: NaiveDate| Owed { from: day, to: day };
        Ok(match &self.frequency {
            Frequency::Workdays => {
                let mut owed = Vec::new();
                for day in days(first, last) {
                    if calendar.is_working_day(day)? {
                        owed.push(once(day));
                    }
                }
                owed
            }
            Frequency::Weekdays { days: wanted } => {
                days(first, last).filter(|day| wanted.contains(&day.weekday().number_from_monday())).map(once).collect()
            }
            Frequency::Weekly { times } => days(from, to)
                .filter(|day| day.weekday().number_from_monday() == 7)
                .filter_map(|sunday| Some(Owed { from: sunday.checked_sub_days(Days::new(6))?, to: sunday }))
                .filter(|week| self.holds(week.from) && self.holds(week.to))
                .flat_map(|week| std::iter::repeat_n(week, usize::try_from(*times).unwrap_or(0)))
                .collect(),
        })
    }

    /// What is owed today and not walked yet, if anything.
    ///
    /// # Errors
    /// As [`Self::owed`].
    pub fn due(
        &self,
        walked: &BTreeSet<NaiveDate>,
        today: NaiveDate,
        calendar: &Calendar,
    ) -> Result<Option<Owed>, CalendarError> {
        if walked.contains(&today) || !self.holds(today) {
            return Ok(None);
        }
        let monday = today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into())).unwrap_or(today);
        let sunday = monday.checked_add_days(Days::new(6)).unwrap_or(today);
        let owed = self.owed(monday, sunday, calendar)?;
        let open = unwalked(&owed, walked);
        Ok(open.into_iter().find(|owed| owed.from <= today && today <= owed.to))
    }

    /// What is owed from `today` on, in this week and the next, and not walked yet; a week that asks for several is named as
    /// often. Where the next week falls in a year without calendar, only this one is told.
    ///
    /// # Errors
    /// As [`Self::owed`], of this week.
    pub fn ahead(&self, walked: &BTreeSet<NaiveDate>, today: NaiveDate, calendar: &Calendar) -> Result<Vec<Owed>, CalendarError> {
        let monday = today.checked_sub_days(Days::new(today.weekday().num_days_from_monday().into())).unwrap_or(today);
        let week = |weeks: u64| {
            let first = monday.checked_add_days(Days::new(7 * weeks)).unwrap_or(monday);
            self.owed(first, first.checked_add_days(Days::new(6)).unwrap_or(first), calendar)
        };
        let mut open = unwalked(&week(0)?, walked);
        open.extend(week(1).unwrap_or_default());
        open.retain(|owed| today <= owed.to);
        Ok(open)
    }

    /// Judges what somebody has walked; gives its day on the city's clock, which is that on which it began: a walk may go on past
    /// midnight.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn walked(&self, walk: &Walk, now: Moment, calendar: &Calendar) -> Result<NaiveDate, Refusal> {
        let day = calendar.local(walk.begun_at).date_naive();
        let lasted = walk.ended_at.utc() - walk.begun_at.utc();
        if walk.ended_at < walk.begun_at || walk.ended_at > now || lasted > TimeDelta::hours(LONGEST) {
            return Err(Refusal::Times);
        }
        if !self.holds(day) {
            return Err(Refusal::NotPlanned { day });
        }
        if walk.looked.iter().any(|place| *place >= self.stretches.len()) {
            return Err(Refusal::StretchUnknown);
        }
        if walk.looked.is_empty() && !self.stretches.is_empty() {
            return Err(Refusal::NothingLooked);
        }
        Ok(day)
    }
}

/// The owed walks for which no day was walked; a day serves one.
fn unwalked(owed: &[Owed], walked: &BTreeSet<NaiveDate>) -> Vec<Owed> {
    let mut left = walked.clone();
    let mut open = Vec::new();
    for one in owed {
        let served = left.range(one.from..=one.to).next().copied();
        match served {
            Some(day) => {
                left.remove(&day);
            }
            None => open.push(*one),
        }
    }
    open
}

/// How what was owed stands on a day.
#[must_use]
pub fn coverage(owed: &[Owed], walked: &BTreeSet<NaiveDate>, today: NaiveDate) -> Coverage {
    let begun: Vec<Owed> = owed.iter().filter(|one| one.from <= today).copied().collect();
    let open = unwalked(&begun, walked);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let missed = open.iter().filter(|one| one.to < today).count();
    Coverage {
        owed: count(begun.len()),
        walked: count(begun.len() - open.len()),
        missed: count(missed),
        waiting: count(open.len() - missed),
    }
}

#[cfg(test)]
mod tests;
