//! Hotline tickets: complaints become problems, given to the unit the hotline gave them to; praise and advice become reports
//! without a problem; finished tickets enter by one entry, outside all rates.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use serde_json::json;
use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::Source;
use yipanqi_domain::reading;
use yipanqi_store::import::RowAction;
use yipanqi_store::problem::{Facts, New};
use yipanqi_store::question::Phrase;
use yipanqi_store::report::{self, Report};
use yipanqi_store::{ReadTx, WriteTx, problem as store};

use super::desk::{Desk, text, words};
use super::feedback::registration;
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;
use crate::problem::actions::{self, Begin, Draft};
use crate::problem::rules::Rules;
use crate::request::CityCtx;

/// The external source under which tickets are kept.
pub const SOURCE: &str = "hotline";
/// A call about the same kind of matter at the same place within so many days is said to repeat the earlier one.
const REPEAT_DAYS: i64 = 90;
/// Calls remembered for finding repeats, so that memory stays bounded.
const REMEMBERED: usize = 200_000;

/// What a ticket says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Finished,
    /// The unit gave it back: the office gives it out again.
    Returned,
    Open,
}

/// Reads tickets.
#[derive(Debug)]
pub struct Tickets {
    rules: Rules,
    seen: HashSet<String>,
    calls: HashMap<u64, (String, NaiveDate)>,
    new: Vec<New>,
    reports: Vec<Report>,
}

impl Tickets {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx, desk: &Desk) -> Result<Self, Error> {
        let rules = Rules::load(tx, desk.moment).await?;
        Ok(Self { rules, seen: HashSet::new(), calls: HashMap::new(), new: Vec::new(), reports: Vec::new() })
    }

    /// Takes rows.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn batch(
        &mut self,
        tx: &ReadTx,
        ctx: &CityCtx,
        records: &[Record],
        desk: &Desk,
        out: &mut Outcome,
    ) -> Result<(), Error> {
        let keys: Vec<&str> = records.iter().filter_map(|record| text(record, "number")).collect();
        let known = store::by_external(tx, SOURCE, &keys).await?;
        let told = report::known(tx, SOURCE, &keys).await?;
        for record in records {
            let mut notes = Notes::default();
            let number = words(record, "number");
            let action = if known.contains_key(&number) || told.contains(&number) {
                // Read once more, so that the report of a second reading says the same of the row.
                self.read(record, &number, ctx, desk, &mut notes);
                RowAction::Unchanged
            } else {
                match self.read(record, &number, ctx, desk, &mut notes) {
                    Some(Read::Problem(new)) => {
                        self.new.push(*new);
                        RowAction::Created
                    }
                    Some(Read::Report(report)) => {
                        self.reports.push(*report);
                        RowAction::Created
                    }
                    None => RowAction::Refused,
                }
            };
            out.close(&Spot::of(record), action, notes);
        }
        Ok(())
    }

    fn read(&mut self, record: &Record, number: &str, ctx: &CityCtx, desk: &Desk, notes: &mut Notes) -> Option<Read> {
        if number.is_empty() {
            notes.refuse("number", Phrase::new("value_missing").with("field", "number"));
            return None;
        }
        if !self.seen.insert(number.to_owned()) {
            notes.refuse("number", Phrase::new("ticket_twice").with("number", number));
            return None;
        }
        let Some(content) = text(record, "content").or_else(|| text(record, "title")) else {
            notes.refuse("content", Phrase::new("value_missing").with("field", "content"));
            return None;
        };
        let Some(received) = moment(record, "received_at", notes) else {
            notes.refuse("received_at", Phrase::new("value_missing").with("field", "received_at"));
            return None;
        };
        if received > ctx.moment {
            notes.refuse("received_at", Phrase::new("ticket_in_future"));
            return None;
        }
        let unit = text(record, "unit").and_then(|name| desk.unit(name, "unit", notes));
        let category = text(record, "category").unwrap_or("其他");
        self.repeats(record, number, category, received, notes);
        if let Some(kind) = told(category) {
            notes.say("category", Phrase::new("ticket_is_report").with("category", category));
            let body = json!({
                "category": category, "state": text(record, "state"), "satisfaction": text(record, "satisfaction"),
                "unit": text(record, "unit"),
            });
            return Some(Read::Report(Box::new(Report {
                id: Uuid::now_v7(),
                kind: kind.to_owned(),
                source: SOURCE.to_owned(),
                external_key: number.to_owned(),
                place_text: words(record, "address"),
                text: content.to_owned(),
                unit,
                received_at: received,
                body,
            })));
        }
        let begin = self.begin(record, unit, received, ctx, notes)?;
        let address = words(record, "address");
        let street = desk.directory.units().iter().find(|unit| {
            let kind = unit.kind;
            matches!(kind, yipanqi_domain::unit::UnitKind::Street | yipanqi_domain::unit::UnitKind::Town)
                && unit.short_name.as_deref().is_some_and(|name| address.starts_with(name))
        });
        let facts = Facts {
            title: content.chars().filter(|sign| !sign.is_control()).take(40).collect(),
            description: content.to_owned(),
            place_text: address,
            street: street.map(|unit| unit.id),
            territorial: street.map(|unit| unit.id),
            external: Some((SOURCE.to_owned(), number.to_owned())),
            search: number.to_owned(),
            ..Facts::default()
        };
        let registration = registration(Source::Hotline, category.to_owned(), None);
        match actions::prepare(ctx, &self.rules, Draft { registration, facts, begin, at: received }) {
            Ok(new) => Some(Read::Problem(Box::new(new))),
            Err(error) => {
                notes.refuse("", Phrase::new(error.code()));
                None
            }
        }
    }

    fn begin(
        &self,
        record: &Record,
        unit: Option<yipanqi_domain::id::UnitId>,
        received: Moment,
        ctx: &CityCtx,
        notes: &mut Notes,
    ) -> Option<Begin> {
        match standing(record, notes) {
            Standing::Finished => match moment(record, "finished_at", notes) {
                Some(closed_at) if closed_at >= received && closed_at <= ctx.moment => Some(Begin::Finished { unit, closed_at }),
                Some(_) | None => {
                    notes.refuse(
                        "finished_at",
                        Phrase::new("ticket_finish_unreadable").with("given", words(record, "finished_at")),
                    );
                    None
                }
            },
            Standing::Returned => {
                notes.say("state", Phrase::new("ticket_returned"));
                Some(Begin::Filed)
            }
            Standing::Open => {
                let limit = text(record, "limit").map(reading::limit);
                match (unit, limit) {
                    (Some(unit), Some(Ok(limit))) => Some(Begin::Assigned { unit, limit }),
                    (unit, limit) => {
                        if unit.is_none() {
                            notes.say("unit", Phrase::new("ticket_without_unit"));
                        }
                        if !matches!(limit, Some(Ok(_))) {
                            notes.say("limit", Phrase::new("limit_unreadable").with("given", words(record, "limit")));
                        }
                        Some(Begin::Filed)
                    }
                }
            }
        }
    }

    fn repeats(&mut self, record: &Record, number: &str, category: &str, received: Moment, notes: &mut Notes) {
        let place = place_key(&words(record, "address"));
        if place.is_empty() {
            return;
        }
        let day = Calendar::default().local(received).date_naive();
        let key = fingerprint(&format!("{category}|{place}"));
        match self.calls.get(&key) {
            Some((earlier, on)) if (day - *on).num_days().abs() <= REPEAT_DAYS => {
                notes.say("content", Phrase::new("ticket_repeat").with("earlier", earlier));
            }
            Some(_) | None => {
                if self.calls.len() < REMEMBERED {
                    self.calls.insert(key, (number.to_owned(), day));
                }
            }
        }
    }

    /// Writes what was decided since the last call.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx) -> Result<(), Error> {
        actions::enter(tx, &std::mem::take(&mut self.new)).await?;
        report::add(tx, &std::mem::take(&mut self.reports)).await?;
        Ok(())
    }
}

enum Read {
    Problem(Box<New>),
    Report(Box<Report>),
}

/// Praise, advice and consultations are told, not complained of.
fn told(category: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|word| category.contains(word));
    if says(&["表扬", "感谢", "点赞"]) {
        Some("praise")
    } else if says(&["建议", "咨询", "求助咨询"]) {
        Some("advice")
    } else {
        None
    }
}

fn standing(record: &Record, notes: &mut Notes) -> Standing {
    let given = words(record, "state");
    let says = |words: &[&str]| words.iter().any(|word| given.contains(word));
    if says(&["未办结", "办理中", "处理中", "挂起", "待", "派单", "受理"]) {
        Standing::Open
    } else if says(&["退"]) {
        Standing::Returned
    } else if says(&["办结", "结案", "完成", "归档", "关闭"]) {
        Standing::Finished
    } else {
        notes.say("state", Phrase::new("ticket_state_unknown").with("given", &given));
        Standing::Open
    }
}

/// A moment in the city's time.
fn moment(record: &Record, field: &str, notes: &mut Notes) -> Option<Moment> {
    let cell = record.cell(field)?;
    let local: Option<NaiveDateTime> = cell.date.as_deref().and_then(|date| {
        let with_time = date.parse().ok();
        with_time.or_else(|| Some(date.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN)))
    });
    let local = match local {
        Some(local) => local,
        None => match reading::date_time(&cell.text) {
            Ok(local) => local,
            Err(fault) => {
                notes.say(field, Phrase::new(fault.code()).with("given", &cell.text));
                return None;
            }
        },
    };
    Some(Calendar::default().moment(local.date(), local.time()))
}

/// A place as compared: without blanks and without words for "beside".
fn place_key(address: &str) -> String {
    let plain = reading::unspaced(&reading::half_width(address));
    let endings = ["旁边", "附近", "门口", "对面", "旁", "门前"];
    endings.iter().find_map(|ending| plain.strip_suffix(ending)).unwrap_or(&plain).to_owned()
}

fn fingerprint(text: &str) -> u64 {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(8).fold(0, |value, byte| (value << 8) | u64::from(*byte))
}
