//! Dates and times of day in the forms in which offices write them, and Excel's serial numbers.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use num_traits::ToPrimitive;

use super::{Kind, Unreadable, half_width, malformed, trimmed, unspaced, value};
use crate::exact::Exact;

/// Serial numbers of 1954 to 2119: what an office's cell can mean; smaller numbers are counts, larger ones digits of a date.
const SERIALS: std::ops::Range<i64> = 20_000..80_500;

/// A date: `2025-03-01`, `2025/3/1`, `2025.3.1`, `2025年3月1日`, `20250301`, any of them followed by a time of day, Excel's serial
/// number, or `8月19日` where the year is known from elsewhere.
///
/// # Errors
/// [`Unreadable`] if missing, no date, or without a year when none is given.
pub fn date(text: &str, default_year: Option<i32>) -> Result<NaiveDate, Unreadable> {
    let wrong = || malformed(Kind::Date, text);
    let folded = value(text)?;
    if folded.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && folded.matches('.').count() < 2 {
        let compact = (folded.len() == 8).then(|| NaiveDate::parse_from_str(&folded, "%Y%m%d").ok()).flatten();
        return compact.or_else(|| date_from_serial(&folded)).ok_or_else(wrong);
    }
    let (day, time) = parts(text);
    if !time.is_empty() && time_of_day(&time).is_none() {
        return Err(wrong());
    }
    calendar_date(&day, default_year).ok_or_else(wrong)
}

/// A date with the time of day: `2025-06-14 18:56:00`, `2025/6/14 18:56`, `2025年6月14日18时56分`, `2025-06-14T18:56:00`, or Excel's serial
/// number with a fraction. A date alone is refused: its time is not known.
///
/// # Errors
/// [`Unreadable`] if missing or not both date and time.
pub fn date_time(text: &str) -> Result<NaiveDateTime, Unreadable> {
    let wrong = || malformed(Kind::DateTime, text);
    let folded = value(text)?;
    if folded.contains('.') && folded.parse::<Exact>().is_ok() {
        return date_time_from_serial(&folded).ok_or_else(wrong);
    }
    let (day, time) = parts(text);
    let date = calendar_date(&day, None).ok_or_else(wrong)?;
    time_of_day(&time).map(|time| date.and_time(time)).ok_or_else(wrong)
}

/// The day of an Excel serial number (1900 system): `45717` is 2025-03-01; a time of day behind it is left out.
#[must_use]
pub fn date_from_serial(serial: &str) -> Option<NaiveDate> {
    date_time_from_serial(serial).map(|read| read.date())
}

/// The moment of an Excel serial number (1900 system) on the city's clock, to the second.
#[must_use]
pub fn date_time_from_serial(serial: &str) -> Option<NaiveDateTime> {
    let exact: Exact = serial.parse().ok()?;
    let days = exact.floor().to_i64().filter(|days| SERIALS.contains(days))?;
    let seconds = ((exact - Exact::whole(days)) * Exact::whole(86_400)).rounded(0).floor().to_i64()?;
    // Excel believes in 1900-02-29; counted from 1899-12-30 every later day comes out right.
    let day = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_days(Days::new(u64::try_from(days).ok()?))?;
    day.and_time(NaiveTime::MIN).checked_add_signed(TimeDelta::seconds(seconds))
}

/// The part that says the day and the part that says the time.
fn parts(text: &str) -> (String, String) {
    let folded = half_width(text);
    let folded = trimmed(&folded);
    let end = match folded.find(['日', '号']) {
        Some(at) => at + '日'.len_utf8(),
        None => folded.find([' ', 'T']).unwrap_or(folded.len()),
    };
    let (day, time) = folded.split_at_checked(end).unwrap_or((folded, ""));
    (unspaced(day), unspaced(time.trim_start_matches('T')))
}

fn calendar_date(text: &str, default_year: Option<i32>) -> Option<NaiveDate> {
    let (year, month, day) = match text.strip_suffix(['日', '号']) {
        Some(written) => {
            let (rest, day) = written.split_once('月')?;
            match rest.split_once('年') {
                Some((year, month)) => (four_digits(year)?, month, day),
                None => (default_year?, rest, day),
            }
        }
        None => {
            let separator = ['-', '/', '.'].into_iter().find(|separator| text.contains(*separator))?;
            let mut fields = text.split(separator);
            let (year, month, day) = (fields.next()?, fields.next()?, fields.next()?);
            if fields.next().is_some() {
                return None;
            }
            (four_digits(year)?, month, day)
        }
    };
    NaiveDate::from_ymd_opt(year, one_or_two_digits(month)?, one_or_two_digits(day)?)
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let plain = text.trim_end_matches('秒').replace(['时', '点', '分'], ":");
    let mut fields = plain.trim_end_matches(':').split(':');
    let hour = one_or_two_digits(fields.next()?)?;
    let minute = one_or_two_digits(fields.next()?)?;
    let second = fields.next().map_or(Some(0), |second| one_or_two_digits(second.strip_suffix(".000").unwrap_or(second)))?;
    if fields.next().is_some() { None } else { NaiveTime::from_hms_opt(hour, minute, second) }
}

fn four_digits(text: &str) -> Option<i32> {
    (text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn one_or_two_digits(text: &str) -> Option<u32> {
    ((1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}
