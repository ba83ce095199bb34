//! Working time: when a limit is due, when it is overdue, and how long somebody has worked on a thing.
//!
//! The calendar is data: days off and make-up working days (调休) of each year as the State Council announces them, the
//! working segments of a day and the city's clock. A year counts as present only if it was entered; a rule that needs a day
//! of any other year answers [`CalendarError::YearMissing`] instead of assuming ordinary weekends.
//!
//! Invariants: segments are ordered, disjoint and not empty; every entered day belongs to the year it is entered under and is
//! either off or made up, never both; pauses never bring a due moment forward.

mod file;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

pub use file::CalendarFileError;

use crate::moment::Moment;

const MILLIS_PER_HOUR: i64 = 3_600_000;

/// How long somebody has for something; the unit decides which time counts.
#[doc(alias = "时限")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "unit", rename_all = "snake_case")]
pub enum Limit {
    /// 工作时: only time inside working segments runs.
    WorkingHours {
        /// Hours.
        count: u32,
    },
    /// 工作日: the day of the start is not counted; due at the close of the last. A count of 0 is the first close not before the start.
    WorkingDays {
        /// Working days.
        count: u32,
    },
    /// 自然日: due at 24:00 of the last day; the day of the start is not counted.
    NaturalDays {
        /// Days.
        count: u32,
    },
    /// 小时: the clock runs day and night.
    NaturalHours {
        /// Hours.
        count: u32,
    },
}

/// A stretch in which the rectifying clock stands still, from (exclusive) to (inclusive): a close of business at its very
/// beginning was still worked, one at its very end was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Pause {
    /// When the clock stopped.
    pub from: Moment,
    /// When it started again.
    pub to: Moment,
}

/// One working segment of a day, such as 09:00–12:00.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Segment {
    /// When work begins.
    pub open: NaiveTime,
    /// When it ends.
    pub close: NaiveTime,
}

/// What the State Council's notice says about one year; all other days follow the week.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Year {
    /// Holiday days, those on a weekend included or not.
    #[serde(default)]
    pub days_off: BTreeSet<NaiveDate>,
    /// Saturdays and Sundays on which people work (调休).
    #[serde(default)]
    pub make_up_days: BTreeSet<NaiveDate>,
}

/// The city's working calendar.
#[doc(alias = "工作日历")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "file::Stored", into = "file::Stored")]
pub struct Calendar {
    timezone: Tz,
    segments: Vec<Segment>,
    years: BTreeMap<i32, Year>,
}

/// Why the calendar cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// A day of a year was needed that nobody has entered yet.
    #[error("the calendar of {year} has not been entered")]
    YearMissing {
        /// The year to enter.
        year: i32,
    },
    /// The moment lies beyond what dates can express.
    #[error("the moment lies beyond what the calendar can express")]
    OutOfRange,
}

impl CalendarError {
    /// The stable code of this refusal in the API.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::YearMissing { .. } => "calendar_year_missing",
            Self::OutOfRange => "calendar_out_of_range",
        }
    }
}

impl Default for Calendar {
    /// Asia/Shanghai, 09:00–12:00 and 14:00–18:00, no year entered.
    fn default() -> Self {
        let at = |hour| NaiveTime::MIN + TimeDelta::hours(hour);
        let segments = [(9, 12), (14, 18)].map(|(open, close)| Segment { open: at(open), close: at(close) });
        Self { timezone: Tz::Asia__Shanghai, segments: segments.to_vec(), years: BTreeMap::new() }
    }
}

/// How far a stretch of working time got.
enum Ran {
    /// The time ran out at this instant (milliseconds since the epoch).
    Out(i64),
    /// The end of the stretch came first; so many milliseconds are left.
    Left(i64),
}

impl Calendar {
    /// A calendar of the default clock and segments with the given years.
    ///
    /// # Errors
    /// [`CalendarFileError`] naming the day that belongs to another year or is both off and made up.
    pub fn from_days(years: impl IntoIterator<Item = (i32, Year)>) -> Result<Self, CalendarFileError> {
        let mut calendar = Self::default();
        for (year, days) in years {
            calendar.enter_year(year, days)?;
        }
        Ok(calendar)
    }

    /// The same years under another clock and other working segments.
    ///
    /// # Errors
    /// [`CalendarFileError`] if the segments are none, empty, overlapping or out of order.
    pub fn with_clock(self, timezone: Tz, segments: Vec<Segment>) -> Result<Self, CalendarFileError> {
        file::check_segments(&segments)?;
        Ok(Self { timezone, segments, years: self.years })
    }

    /// Enters (or replaces) a year.
    ///
    /// # Errors
    /// [`CalendarFileError`] naming the day that belongs to another year or is both off and made up.
    pub fn enter_year(&mut self, year: i32, days: Year) -> Result<(), CalendarFileError> {
        file::check_year(year, &days)?;
        self.years.insert(year, days);
        Ok(())
    }

    /// The years entered, ascending.
    pub fn years(&self) -> impl Iterator<Item = (i32, &Year)> {
        self.years.iter().map(|(year, days)| (*year, days))
    }

    /// The city's time zone.
    #[must_use]
    pub fn timezone(&self) -> Tz {
        self.timezone
    }

    /// The working segments of a day, in order.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The moment on the city's clock.
    #[must_use]
    pub fn local(&self, moment: Moment) -> DateTime<Tz> {
        moment.utc().with_timezone(&self.timezone)
    }

    /// The moment the city's clock shows this date and time.
    ///
    /// Where a change of the clock shows it twice the first counts, where it skips it the hour after.
    #[must_use]
    pub fn moment(&self, date: NaiveDate, time: NaiveTime) -> Moment {
        let shown = date.and_time(time);
        let found = self.timezone.from_local_datetime(&shown).earliest();
        let found = found.or_else(|| self.timezone.from_local_datetime(&(shown + TimeDelta::hours(1))).earliest());
        Moment::new(found.unwrap_or_else(|| self.timezone.from_utc_datetime(&shown)).to_utc())
    }

    /// The close of business of a date, whether or not it is a working day.
    #[must_use]
    pub fn day_close(&self, date: NaiveDate) -> Moment {
        self.moment(date, self.segments.last().map_or(NaiveTime::MIN, |segment| segment.close))
    }

    /// Whether people work on this date: make-up days yes, days off no, else Monday to Friday.
    ///
    /// # Errors
    /// [`CalendarError::YearMissing`] if the date's year was not entered.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, CalendarError> {
        let year = self.years.get(&date.year()).ok_or(CalendarError::YearMissing { year: date.year() })?;
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        Ok(year.make_up_days.contains(&date) || !(weekend || year.days_off.contains(&date)))
    }

    /// When a limit that starts at `from` is due.
    ///
    /// # Errors
    /// [`CalendarError::YearMissing`] if a working limit needs a day of a year not entered; natural limits need no calendar.
    pub fn due(&self, from: Moment, limit: Limit) -> Result<Moment, CalendarError> {
        self.due_with_pauses(from, limit, &[])
    }

    /// When a limit that starts at `from` and stands still during the pauses is due.
    ///
    /// Hour limits keep their remainder. A working-day limit gains one working day per close of business inside a pause, a
    /// natural-day limit one day per midnight. Pauses may overlap and come in any order; what lies before `from`, and a pause
    /// that begins when the limit is already due, counts for nothing.
    ///
    /// # Errors
    /// [`CalendarError::YearMissing`] if a working limit needs a day of a year not entered.
    pub fn due_with_pauses(&self, from: Moment, limit: Limit, pauses: &[Pause]) -> Result<Moment, CalendarError> {
        let pauses = merged(from, pauses);
        match limit {
            Limit::WorkingHours { count } => {
                self.hours_due(from, count, &pauses, |from, left, until| self.run(from, left, until))
            }
            Limit::NaturalHours { count } => self.hours_due(from, count, &pauses, |from, left, until| {
                let out = from.checked_add(left).ok_or(CalendarError::OutOfRange)?;
                Ok(match until {
                    Some(until) if out > until => Ran::Left(out - until),
                    Some(_) | None => Ran::Out(out),
                })
            }),
            Limit::WorkingDays { count } => self.working_days_due(from, count, &pauses),
            Limit::NaturalDays { count } => self.natural_days_due(from, count, &pauses),
        }
    }

    /// When a thing due at `due` is overdue by so many working days: at the close of the n-th working day after it.
    ///
    /// A due moment at midnight is the 24:00 of the day before and belongs to that day.
    ///
    /// # Errors
    /// [`CalendarError::YearMissing`] if a day of a year not entered is needed.
    pub fn overdue_at(&self, due: Moment, working_days: u32) -> Result<Moment, CalendarError> {
        if working_days == 0 {
            return Ok(due);
        }
        let local = self.local(due);
        let day = if local.time() == NaiveTime::MIN { before(local.date_naive())? } else { local.date_naive() };
        Ok(self.day_close(self.working_day_after(day, working_days)?))
    }

    /// Whole seconds of working time from one moment to another; negative if `to` comes first.
    ///
    /// # Errors
    /// [`CalendarError::YearMissing`] if the stretch touches a year not entered.
    pub fn working_seconds(&self, from: Moment, to: Moment) -> Result<i64, CalendarError> {
        if to < from {
            return Ok(-self.working_seconds(to, from)?);
        }
        match self.run(millis(from), i64::MAX, Some(millis(to)))? {
            Ran::Left(left) => Ok((i64::MAX - left) / 1000),
            Ran::Out(_) => Err(CalendarError::OutOfRange),
        }
    }

    /// The n-th working day after `date`, which is not counted itself.
    ///
    /// # Errors
    /// [`CalendarError::YearMissing`] if a day of a year not entered is needed.
    pub fn working_day_after(&self, date: NaiveDate, count: u32) -> Result<NaiveDate, CalendarError> {
        let (mut day, mut left) = (date, count);
        while left > 0 {
            day = after(day)?;
            left -= u32::from(self.is_working_day(day)?);
        }
        Ok(day)
    }

    fn hours_due(
        &self,
        from: Moment,
        hours: u32,
        pauses: &[Pause],
        run: impl Fn(i64, i64, Option<i64>) -> Result<Ran, CalendarError>,
    ) -> Result<Moment, CalendarError> {
        let (mut start, mut left) = (millis(from), i64::from(hours) * MILLIS_PER_HOUR);
        for until in pauses.iter().map(Some).chain([None]) {
            match run(start, left, until.map(|pause| millis(pause.from)))? {
                Ran::Out(instant) => return moment(instant),
                Ran::Left(rest) => left = rest,
            }
            start = until.map_or(start, |pause| millis(pause.to));
        }
        Err(CalendarError::OutOfRange)
    }

    /// Lets `left` milliseconds of working time run from an instant, at most until another.
    fn run(&self, from: i64, mut left: i64, until: Option<i64>) -> Result<Ran, CalendarError> {
        if left == 0 {
            return Ok(Ran::Out(from));
        }
        let mut date = self.local(moment(from)?).date_naive();
        loop {
            if until.is_some_and(|until| millis(self.moment(date, NaiveTime::MIN)) >= until) {
                return Ok(Ran::Left(left));
            }
            if self.is_working_day(date)? {
                for segment in &self.segments {
                    let open = millis(self.moment(date, segment.open)).max(from);
                    let close = millis(self.moment(date, segment.close));
                    let close = until.map_or(close, |until| close.min(until));
                    let here = (close - open).max(0);
                    if left <= here {
                        return Ok(Ran::Out(open + left));
                    }
                    left -= here;
                }
            }
            date = after(date)?;
        }
    }

    fn working_days_due(&self, from: Moment, count: u32, pauses: &[Pause]) -> Result<Moment, CalendarError> {
        let mut day =
            if count == 0 { self.close_from(from)? } else { self.working_day_after(self.local(from).date_naive(), count)? };
        for pause in pauses {
            if pause.from >= self.day_close(day) {
                break;
            }
            let mut date = self.local(pause.from).date_naive();
            while self.day_close(date) <= pause.to {
                if self.day_close(date) > pause.from && self.is_working_day(date)? {
                    day = self.working_day_after(day, 1)?;
                }
                date = after(date)?;
            }
        }
        Ok(self.day_close(day))
    }

    fn close_from(&self, from: Moment) -> Result<NaiveDate, CalendarError> {
        let today = self.local(from).date_naive();
        if self.day_close(today) >= from && self.is_working_day(today)? { Ok(today) } else { self.working_day_after(today, 1) }
    }

    fn natural_days_due(&self, from: Moment, count: u32, pauses: &[Pause]) -> Result<Moment, CalendarError> {
        let start_of = |date| self.moment(date, NaiveTime::MIN);
        let plus = |date: NaiveDate, days: u64| date.checked_add_days(Days::new(days)).ok_or(CalendarError::OutOfRange);
        let mut end = plus(self.local(from).date_naive(), u64::from(count) + 1)?;
        for pause in pauses {
            if pause.from >= start_of(end) {
                break;
            }
            let days = self.local(pause.to).date_naive() - self.local(pause.from).date_naive();
            end = plus(end, u64::try_from(days.num_days()).unwrap_or(0))?;
        }
        Ok(start_of(end))
    }
}

/// The pauses after `from`, in order, overlapping and touching ones joined.
fn merged(from: Moment, pauses: &[Pause]) -> Vec<Pause> {
    let mut sorted: Vec<Pause> = pauses.iter().map(|pause| Pause { from: pause.from.max(from), to: pause.to }).collect();
    sorted.retain(|pause| pause.to > pause.from);
    sorted.sort_by_key(|pause| pause.from);
    let mut joined: Vec<Pause> = Vec::with_capacity(sorted.len());
    for pause in sorted {
        match joined.last_mut() {
            Some(last) if pause.from <= last.to => last.to = last.to.max(pause.to),
            Some(_) | None => joined.push(pause),
        }
    }
    joined
}

fn millis(moment: Moment) -> i64 {
    moment.utc().timestamp_millis()
}

fn moment(millis: i64) -> Result<Moment, CalendarError> {
    DateTime::from_timestamp_millis(millis).map(Moment::new).ok_or(CalendarError::OutOfRange)
}

fn after(date: NaiveDate) -> Result<NaiveDate, CalendarError> {
    date.succ_opt().ok_or(CalendarError::OutOfRange)
}

fn before(date: NaiveDate) -> Result<NaiveDate, CalendarError> {
    date.pred_opt().ok_or(CalendarError::OutOfRange)
}
