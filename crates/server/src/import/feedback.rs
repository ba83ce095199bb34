//! Problems found by a higher level: each row is matched to a registered site and through it to the units that answer for
//! it. What is not sure is asked once per spelling and remembered; the problem is entered meanwhile without a site.
//!
//! All problems of one file belong to one round of the kind `external`, whose sites are those they lie at.

use std::collections::{HashMap, HashSet};

use chrono::{NaiveDate, NaiveTime};
use serde_json::json;
use uuid::Uuid;
use yipanqi_documents::record::Record;
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{ProblemId, RoundId, SiteId};
use yipanqi_domain::likeness::{Candidate, Match, SiteIndex};
use yipanqi_domain::problem::{Category, Registration, Source, Urgency};
use yipanqi_domain::reading;
use yipanqi_store::import::RowAction;
use yipanqi_store::problem::{Facts, New};
use yipanqi_store::question::{Phrase, QuestionOption};
use yipanqi_store::site::{self, Site};
use yipanqi_store::{ReadTx, WriteTx, checklist, problem as store};

use super::desk::{self, Ask, Desk, text, words};
use super::outcome::{Notes, Outcome, Spot};
use crate::error::Error;
use crate::problem::actions::{self, Begin, Draft};
use crate::problem::rules::Rules;
use crate::request::CityCtx;
use crate::round::external;

/// The external source under which feedback is kept.
pub const SOURCE: &str = "higher_feedback";
/// The hour a finding without time of day counts from.
const MORNING: u32 = 9;

/// Reads feedback.
#[derive(Debug)]
pub struct Feedback {
    rules: Rules,
    sites: HashMap<SiteId, Site>,
    index: SiteIndex<SiteId>,
    year: Option<i32>,
    seen: HashSet<String>,
    new: Vec<New>,
    /// The round of the file, once one of its problems names it.
    round: Option<RoundId>,
    /// Problems of the file that were entered before rounds were kept for such files.
    loose: Vec<ProblemId>,
    /// The first and the last day on which something was seen.
    days: Option<(NaiveDate, NaiveDate)>,
    /// What the round is called.
    name: String,
}

impl Feedback {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx, desk: &Desk) -> Result<Self, Error> {
        let types: HashMap<Uuid, String> =
            checklist::site_types(tx).await?.iter().map(|kind| (kind.id, kind.name.clone())).collect();
        let sites: Vec<Site> =
            site::all(tx).await?.into_iter().filter(|site| !site.retired && site.duplicate_of.is_none()).collect();
        let street = |site: &Site| site.street.and_then(|id| desk.directory.get(id)).map(|unit| unit.name.clone());
        let candidates = sites.iter().map(|site| Candidate {
            id: site.id,
            name: site.name.clone(),
            site_type: site.site_type.and_then(|id| types.get(&id).cloned()).unwrap_or_else(|| site.type_given.clone()),
            street: street(site),
        });
        let city: Vec<&str> = desk.city_names.iter().map(String::as_str).collect();
        Ok(Self {
            rules: Rules::load(tx, desk.moment).await?,
            index: SiteIndex::new(candidates, &city),
            sites: sites.into_iter().map(|site| (site.id, site)).collect(),
            year: None,
            seen: HashSet::new(),
            new: Vec::new(),
            round: None,
            loose: Vec::new(),
            days: None,
            name: String::new(),
        })
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
        desk: &mut Desk,
        out: &mut Outcome,
    ) -> Result<(), Error> {
        if self.year.is_none() {
            let said = std::iter::once(&desk.file_name).chain(&desk.titles);
            self.year = said.filter_map(|text| year_in(text)).next();
        }
        let keys: Vec<String> = records.iter().map(|record| key_of(record, desk)).collect();
        let asked: Vec<&str> = keys.iter().map(String::as_str).collect();
        let known = store::by_external(tx, SOURCE, &asked).await?;
        self.name = desk.titles.first().cloned().unwrap_or_else(|| stem(&desk.file_name).to_owned());
        self.round = self.round.or_else(|| known.values().find_map(|kept| kept.facts.round).map(RoundId::new));
        for (record, key) in records.iter().zip(&keys) {
            let mut notes = Notes::default();
            let action = if known.contains_key(key) {
                let same = known.get(key).is_some_and(|kept| kept.facts.description == words(record, "description"));
                if !same {
                    notes.say("description", Phrase::new("problem_differs").with("key", key));
                }
                // The question about the site is only mentioned again while it is open.
                self.site_of(record, desk, &mut notes);
                match known.get(key).filter(|kept| kept.facts.round.is_none()) {
                    Some(kept) => {
                        self.loose.push(kept.problem.id);
                        self.days = Some(widened(self.days, Calendar::default().local(kept.problem.registered_at).date_naive()));
                        notes.say("", Phrase::new("problem_joins_round").with("round", &self.name));
                        RowAction::Changed
                    }
                    None => RowAction::Unchanged,
                }
            } else {
                self.row(record, key, ctx, desk, &mut notes)
            };
            out.close(&Spot::of(record), action, notes);
        }
        Ok(())
    }

    fn row(&mut self, record: &Record, key: &str, ctx: &CityCtx, desk: &mut Desk, notes: &mut Notes) -> RowAction {
        if !self.seen.insert(key.to_owned()) {
            notes.refuse("serial", Phrase::new("problem_twice").with("key", key));
            return RowAction::Refused;
        }
        let Some(description) = text(record, "description") else {
            notes.refuse("description", Phrase::new("value_missing").with("field", "description"));
            return RowAction::Refused;
        };
        let Some(date) = desk::day(record, "observed_on", self.year, notes) else {
            notes.refuse("observed_on", Phrase::new("value_missing").with("field", "observed_on"));
            return RowAction::Refused;
        };
        let deduction = match text(record, "deduction").map(reading::deduction) {
            Some(Ok(points)) => Some(points),
            Some(Err(fault)) => {
                notes.say("deduction", Phrase::new(fault.code()).with("given", words(record, "deduction")));
                None
            }
            None => {
                if desk.maps("problem", "deduction") {
                    notes.say("deduction", Phrase::new("deduction_missing"));
                }
                None
            }
        };
        let site = self.site_of(record, desk, notes);
        let place_text = text(record, "site").or_else(|| text(record, "address")).unwrap_or_default().to_owned();
        let mut facts = Facts {
            title: description.chars().take(40).collect(),
            description: description.to_owned(),
            place_text,
            external: Some((SOURCE.to_owned(), key.to_owned())),
            deduction,
            search: [words(record, "site_type"), words(record, "photos"), words(record, "remark")].join(" "),
            ..Facts::default()
        };
        if let Some(site) = site.and_then(|id| self.sites.get(&id)) {
            actions::locate(&mut facts, site);
        } else {
            facts.street = text(record, "street").and_then(|name| desk.unit(name, "street", notes));
        }
        let morning = NaiveTime::from_hms_opt(MORNING, 0, 0).unwrap_or_default();
        let at = Calendar::default().moment(date, morning).min(ctx.moment);
        let category = text(record, "category").unwrap_or("其他").to_owned();
        let registration = registration(Source::HigherFeedback, category, site);
        match actions::prepare(ctx, &self.rules, Draft { registration, facts, begin: Begin::Filed, at }) {
            Ok(new) => {
                self.days = Some(widened(self.days, date));
                self.new.push(new);
                RowAction::Created
            }
            Err(error) => {
                notes.refuse("", Phrase::new(error.code()));
                RowAction::Refused
            }
        }
    }

    /// The site a row means; asks where it is not sure.
    fn site_of(&self, record: &Record, desk: &mut Desk, notes: &mut Notes) -> Option<SiteId> {
        let spelt = text(record, "site")?;
        let kind = text(record, "site_type");
        let candidates = match self.index.match_site(spelt, kind, text(record, "street")) {
            Match::Sure { site, score } => {
                if score < 1000 {
                    let name = self.sites.get(&site).map(|site| site.name.clone()).unwrap_or_default();
                    notes.say("site", Phrase::new("site_spelt_otherwise").with("given", spelt).with("site", name));
                }
                return Some(site);
            }
            Match::None => {
                notes.say("site", Phrase::new("site_not_registered").with("given", spelt));
                return None;
            }
            Match::Unsure { candidates } => candidates,
        };
        let option = |(id, _): &(SiteId, u32)| {
            let site = self.sites.get(id)?;
            let text = Phrase::new("site_is").with("code", &site.code).with("name", &site.name).with("address", &site.address);
            Some(QuestionOption { value: json!({ "site": id }), text })
        };
        let none = QuestionOption { value: json!({ "site": null }), text: Phrase::new("site_is_none") };
        let ask = Ask {
            kind: "feedback_site",
            key: question_key(spelt, kind),
            subject_kind: "problem",
            subject: None,
            text: Phrase::new("feedback_site").with("given", spelt).with("site_type", kind.unwrap_or_default()),
            options: candidates.iter().filter_map(option).chain([none]).collect(),
        };
        let decided = desk.ask(ask, "site", notes)?;
        serde_json::from_value(decided.get("site")?.clone()).ok()?
    }

    /// Writes what was decided since the last call.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save(&mut self, tx: &mut WriteTx, ctx: &CityCtx) -> Result<(), Error> {
        let (mut new, loose) = (std::mem::take(&mut self.new), std::mem::take(&mut self.loose));
        let Some(days) = self.days.filter(|_| !new.is_empty() || !loose.is_empty()) else { return Ok(()) };
        let mut loose = store::get_all(tx, &loose).await?;
        let sites = new.iter().map(|new| new.problem.site).chain(loose.iter().map(|kept| kept.problem.site)).flatten().collect();
        let round = external::keep(ctx, tx, self.round, &self.name, days, &sites).await?;
        self.round = Some(round);
        for facts in new.iter_mut().map(|new| &mut new.facts).chain(loose.iter_mut().map(|kept| &mut kept.facts)) {
            facts.round = Some(round.uuid());
        }
        store::relocate(tx, &loose).await?;
        actions::enter(tx, &new).await?;
        Ok(())
    }
}

fn widened(known: Option<(NaiveDate, NaiveDate)>, day: NaiveDate) -> (NaiveDate, NaiveDate) {
    known.map_or((day, day), |(first, last)| (first.min(day), last.max(day)))
}

/// What the rules need of a problem that stands in a file.
pub(super) fn registration(source: Source, category: String, site: Option<SiteId>) -> Registration {
    Registration {
        id: ProblemId::new(Uuid::now_v7()),
        source,
        site,
        item: None,
        criteria: [].into(),
        category: Category(category),
        urgency: Urgency::Ordinary,
        requires_after_photo: false,
        confidential: false,
        rebound_of: None,
        photos: Vec::new(),
    }
}

/// One spelling with one type is asked once.
pub(super) fn question_key(spelt: &str, kind: Option<&str>) -> String {
    let plain = |text: &str| reading::unspaced(&reading::half_width(text));
    format!("{}|{}", plain(spelt), plain(kind.unwrap_or_default()))
}

/// The name of a file without its ending.
fn stem(file_name: &str) -> &str {
    file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem)
}

/// The file and the serial number in it.
fn key_of(record: &Record, desk: &Desk) -> String {
    let stem = stem(&desk.file_name);
    let serial = text(record, "serial").map_or_else(|| format!("{}!{}", record.sheet, record.row), str::to_owned);
    format!("{stem}/{serial}")
}

fn year_in(text: &str) -> Option<i32> {
    let digits: Vec<char> = reading::half_width(text).chars().collect();
    let years = digits.windows(4).filter_map(|window| window.iter().collect::<String>().parse::<i32>().ok());
    years.into_iter().find(|year| (2000..2100).contains(year))
}
