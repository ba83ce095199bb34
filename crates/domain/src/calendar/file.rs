//! The calendar as a file: what a city keeps in its database, and the untidier files in which years are handed round.
//!
//! A file is read whole or refused with the name of the field that is wrong; nothing is skipped.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Calendar, Segment, Year};

const SEGMENT_FIELDS: [&str; 2] = ["segments", "working_segments"];
const DAYS_OFF_FIELDS: [&str; 3] = ["days_off", "holidays", "off"];
const MAKE_UP_FIELDS: [&str; 4] = ["make_up_days", "make_up_working_days", "makeup_days", "workdays"];

/// A field of a calendar that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("calendar field {field}: {fault}")]
pub struct CalendarFileError {
    /// The path of the field, such as `years.2026.days_off[3].date`.
    pub field: String,
    /// What is wrong with it.
    pub fault: String,
}

fn refuse(field: impl Into<String>, fault: impl Into<String>) -> CalendarFileError {
    CalendarFileError { field: field.into(), fault: fault.into() }
}

/// The form in which a calendar is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    timezone: String,
    segments: Vec<(String, String)>,
    years: BTreeMap<i32, Year>,
}

impl From<Calendar> for Stored {
    fn from(calendar: Calendar) -> Self {
        let shown = |time: NaiveTime| time.format("%H:%M:%S").to_string();
        let segments = calendar.segments.iter().map(|segment| (shown(segment.open), shown(segment.close))).collect();
        Self { timezone: calendar.timezone.name().to_owned(), segments, years: calendar.years }
    }
}

impl TryFrom<Stored> for Calendar {
    type Error = CalendarFileError;

    fn try_from(stored: Stored) -> Result<Self, CalendarFileError> {
        let segments = stored.segments.iter().enumerate();
        let segments = segments.map(|(at, (open, close))| segment(&format!("segments[{at}]"), open, close));
        let segments = segments.collect::<Result<Vec<_>, _>>()?;
        Self::from_days(stored.years)?.with_clock(timezone(&stored.timezone)?, segments)
    }
}

impl Calendar {
    /// Reads a calendar file: years as a map or a list, days as dates or objects with a `date`, clock and segments if given.
    ///
    /// Where a year states how many working days it has (`working_days_in_year`), the days must add up to it.
    ///
    /// # Errors
    /// [`CalendarFileError`] naming the first field that cannot be used.
    pub fn from_json(file: &Value) -> Result<Self, CalendarFileError> {
        let clock = match file.get("timezone") {
            None | Some(Value::Null) => Self::default().timezone,
            Some(name) => timezone(name.as_str().ok_or_else(|| refuse("timezone", "not text"))?)?,
        };
        let segments = match first_of(file, &SEGMENT_FIELDS) {
            None => Self::default().segments,
            Some((field, listed)) => read_segments(field, listed)?,
        };
        let mut calendar = Self::default().with_clock(clock, segments)?;
        for (name, year, value) in listed_years(file)? {
            let days = read_year(&name, value)?;
            calendar.enter_year(year, days)?;
            check_total(&name, year, value, &calendar)?;
        }
        if calendar.years.is_empty() {
            return Err(refuse("years", "no year given"));
        }
        Ok(calendar)
    }
}

pub(super) fn check_segments(segments: &[Segment]) -> Result<(), CalendarFileError> {
    if segments.is_empty() {
        return Err(refuse("segments", "a day needs at least one working segment"));
    }
    let mut last = None;
    for (at, segment) in segments.iter().enumerate() {
        if segment.open >= segment.close || last.is_some_and(|last| segment.open < last) {
            return Err(refuse(format!("segments[{at}]"), "empty, overlapping or out of order"));
        }
        last = Some(segment.close);
    }
    Ok(())
}

pub(super) fn check_year(year: i32, days: &Year) -> Result<(), CalendarFileError> {
    for (field, dates) in [("days_off", &days.days_off), ("make_up_days", &days.make_up_days)] {
        if let Some(stray) = dates.iter().find(|date| date.year() != year) {
            return Err(refuse(format!("years.{year}.{field}"), format!("{stray} belongs to another year")));
        }
    }
    match days.days_off.intersection(&days.make_up_days).next() {
        Some(both) => Err(refuse(format!("years.{year}.make_up_days"), format!("{both} is also a day off"))),
        None => Ok(()),
    }
}

fn timezone(name: &str) -> Result<Tz, CalendarFileError> {
    name.trim().parse().map_err(|_| refuse("timezone", format!("no time zone is called {name}")))
}

fn segment(field: &str, open: &str, close: &str) -> Result<Segment, CalendarFileError> {
    let time = |text: &str| {
        let read =
            NaiveTime::parse_from_str(text.trim(), "%H:%M").or_else(|_| NaiveTime::parse_from_str(text.trim(), "%H:%M:%S"));
        read.map_err(|_| refuse(field, format!("{text} is not a time of day")))
    };
    Ok(Segment { open: time(open)?, close: time(close)? })
}

fn first_of<'a>(value: &'a Value, fields: &[&'static str]) -> Option<(&'static str, &'a Value)> {
    fields.iter().find_map(|field| value.get(field).filter(|found| !found.is_null()).map(|found| (*field, found)))
}

fn read_segments(field: &str, listed: &Value) -> Result<Vec<Segment>, CalendarFileError> {
    let listed = listed.as_array().ok_or_else(|| refuse(field, "not a list"))?;
    let read = listed.iter().enumerate().map(|(at, pair)| {
        let name = format!("{field}[{at}]");
        let ends =
            |first: &str, second: &str, index: usize| pair.get(index).or_else(|| pair.get(first)).or_else(|| pair.get(second));
        match (ends("open", "from", 0).and_then(Value::as_str), ends("close", "to", 1).and_then(Value::as_str)) {
            (Some(open), Some(close)) => segment(&name, open, close),
            (None, _) | (_, None) => Err(refuse(name, "not a pair of times")),
        }
    });
    read.collect()
}

fn listed_years(file: &Value) -> Result<Vec<(String, i32, &Value)>, CalendarFileError> {
    let number = |field: &str, text: &str| {
        let year = text.trim().trim_end_matches('年').parse::<i32>().ok().filter(|year| (1900..=2200).contains(year));
        year.ok_or_else(|| refuse(field, format!("{text} is not a year")))
    };
    match file.get("years") {
        Some(Value::Object(years)) => {
            let named = years.iter().map(|(key, value)| (format!("years.{key}"), key, value));
            named.map(|(name, key, value)| Ok((name.clone(), number(&name, key)?, value))).collect()
        }
        Some(Value::Array(years)) => {
            let listed = years.iter().enumerate().map(|(at, value)| {
                let field = format!("years[{at}].year");
                let year = match value.get("year") {
                    Some(Value::Number(year)) => number(&field, &year.to_string())?,
                    Some(Value::String(year)) => number(&field, year)?,
                    Some(_) | None => return Err(refuse(field, "missing")),
                };
                Ok((format!("years[{at}]"), year, value))
            });
            listed.collect()
        }
        Some(_) => Err(refuse("years", "neither an object nor a list")),
        None => {
            let object = file.as_object().ok_or_else(|| refuse("years", "missing"))?;
            let years = object.iter().filter(|(key, value)| key.parse::<i32>().is_ok() && value.is_object());
            years.map(|(key, value)| Ok((key.clone(), number(key, key)?, value))).collect()
        }
    }
}

fn read_year(name: &str, value: &Value) -> Result<Year, CalendarFileError> {
    let days = |fields: &[&'static str]| match first_of(value, fields) {
        None => Err(refuse(format!("{name}.{}", fields.first().unwrap_or(&"")), "missing")),
        Some((field, listed)) => read_days(&format!("{name}.{field}"), listed),
    };
    Ok(Year { days_off: days(&DAYS_OFF_FIELDS)?, make_up_days: days(&MAKE_UP_FIELDS)? })
}

fn read_days(field: &str, listed: &Value) -> Result<BTreeSet<NaiveDate>, CalendarFileError> {
    let listed = listed.as_array().ok_or_else(|| refuse(field, "not a list"))?;
    let mut days = BTreeSet::new();
    for (at, day) in listed.iter().enumerate() {
        let (name, text) = match day.get("date") {
            Some(date) => (format!("{field}[{at}].date"), date.as_str()),
            None => (format!("{field}[{at}]"), day.as_str()),
        };
        let date = text.and_then(|text| NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok());
        let date = date.ok_or_else(|| refuse(name.clone(), "not a date of the form 2026-01-31"))?;
        if !days.insert(date) {
            return Err(refuse(name, format!("{date} stands twice")));
        }
    }
    Ok(days)
}

fn check_total(name: &str, year: i32, value: &Value, calendar: &Calendar) -> Result<(), CalendarFileError> {
    let field = format!("{name}.working_days_in_year");
    let Some(stated) = value.get("working_days_in_year") else { return Ok(()) };
    let stated = stated.as_u64().ok_or_else(|| refuse(field.clone(), "not a whole number"))?;
    let first = NaiveDate::from_ymd_opt(year, 1, 1).ok_or_else(|| refuse(name, "not a year"))?;
    let days = first.iter_days().take_while(|day| day.year() == year);
    let counted = days.filter(|day| calendar.is_working_day(*day) == Ok(true)).count();
    if u64::try_from(counted) == Ok(stated) {
        Ok(())
    } else {
        Err(refuse(field, format!("{stated} stated, but the days listed leave {counted}")))
    }
}
