//! Days off and make-up working days. Ordinary Saturdays and Sundays need no row; a year in the file replaces that year.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use yipanqi_documents::record::Record;
use yipanqi_domain::calendar::{Calendar, Year};
use yipanqi_domain::reading;
use yipanqi_store::import::RowAction;
use yipanqi_store::question::Phrase;
use yipanqi_store::{ReadTx, WriteTx};

use super::desk::{self, Desk, text, words};
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;

/// Reads a working calendar.
#[derive(Debug)]
pub struct Days {
    known: BTreeMap<i32, Year>,
    read: BTreeMap<i32, Year>,
    stated: Vec<(Spot, i32, u32)>,
    save: Vec<(i32, Year)>,
}

impl Days {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx) -> Result<Self, Error> {
        let calendar = yipanqi_store::calendar::load(tx).await?;
        let known = calendar.years().map(|(year, days)| (year, days.clone())).collect();
        Ok(Self { known, read: BTreeMap::new(), stated: Vec::new(), save: Vec::new() })
    }

    /// Takes rows.
    pub fn batch(&mut self, records: &[Record], _desk: &Desk, out: &mut Outcome) {
        for record in records {
            let mut notes = Notes::default();
            let spot = Spot::of(record);
            if record.part == "setting" {
                self.setting(record, &spot, out);
                continue;
            }
            if record.part == "segment" {
                let known = Calendar::default().segments().iter().any(|segment| {
                    let shown = |time: chrono::NaiveTime| time.format("%H:%M").to_string();
                    text(record, "from") == Some(shown(segment.open).as_str())
                        && text(record, "to") == Some(shown(segment.close).as_str())
                });
                if !known {
                    notes.say("from", Phrase::new("calendar_segments_not_taken"));
                }
                out.close(&spot, RowAction::Unchanged, notes);
                continue;
            }
            let Some(date) = desk::day(record, "date", None, &mut notes) else {
                notes.refuse("date", Phrase::new("value_missing").with("field", "date"));
                out.close(&spot, RowAction::Refused, notes);
                continue;
            };
            let off = match record.part {
                "make_up_day" => Some(false),
                "day_off" => Some(true),
                _ => day_off(&words(record, "day_kind")),
            };
            let Some(off) = off else {
                notes.refuse("day_kind", Phrase::new("value_unreadable").with("given", words(record, "day_kind")));
                out.close(&spot, RowAction::Refused, notes);
                continue;
            };
            let year = self.read.entry(date.year()).or_default();
            if off {
                year.days_off.insert(date);
            } else {
                year.make_up_days.insert(date);
            }
            let known = self.known.get(&date.year()).is_some_and(|year| {
                let days = if off { &year.days_off } else { &year.make_up_days };
                days.contains(&date)
            });
            out.close(&spot, if known { RowAction::Unchanged } else { RowAction::Created }, notes);
        }
    }

    fn setting(&mut self, record: &Record, spot: &Spot, out: &mut Outcome) {
        let path = words(record, "path");
        let year = path.split(['.', '/']).find_map(|part| part.parse::<i32>().ok());
        let stated = text(record, "working_days_in_year").and_then(|given| reading::count(given).ok());
        if let (Some(year), Some(stated)) = (year, stated) {
            self.stated.push((spot.clone(), year, stated));
        } else {
            out.close(spot, RowAction::Unchanged, Notes::default());
        }
    }

    /// Compares years as a whole.
    pub fn finish(&mut self, out: &mut Outcome) {
        for (spot, year, stated) in std::mem::take(&mut self.stated) {
            let mut notes = Notes::default();
            let counted = self.read.get(&year).and_then(|days| working_days(year, days));
            if counted != Some(stated) {
                let counted = counted.map_or_else(String::new, |counted| counted.to_string());
                let phrase =
                    Phrase::new("calendar_total_differs").with("year", year).with("stated", stated).with("counted", counted);
                notes.say("working_days_in_year", phrase);
            }
            out.close(&spot, RowAction::Unchanged, notes);
        }
        for (year, days) in &self.read {
            if self.known.get(year) == Some(days) {
                continue;
            }
            if self.known.contains_key(year) {
                out.remark("", 0, Phrase::new("calendar_year_replaced").with("year", year));
            }
            self.save.push((*year, days.clone()));
        }
    }

    /// Writes what was decided.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx) -> Result<(), Error> {
        for (year, days) in self.save.drain(..) {
            yipanqi_store::calendar::save_year(tx, year, &days).await?;
        }
        Ok(())
    }
}

fn working_days(year: i32, days: &Year) -> Option<u32> {
    let calendar = Calendar::from_days([(year, days.clone())]).ok()?;
    let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
    let days = first.iter_days().take_while(|day| day.year() == year);
    u32::try_from(days.filter(|day| calendar.is_working_day(*day) == Ok(true)).count()).ok()
}

/// `休`, `放假`, `否` (no working day) are days off; `班`, `补班`, `是` working days.
fn day_off(given: &str) -> Option<bool> {
    let says = |words: &[&str]| words.iter().any(|word| given.contains(word));
    if says(&["补班", "调休上班", "上班", "工作日", "班"]) {
        Some(false)
    } else if says(&["休", "假", "off", "holiday"]) {
        Some(true)
    } else {
        reading::yes_no(given).ok().map(|working| !working)
    }
}
