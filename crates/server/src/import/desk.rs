//! What every kind of import has at hand: the directory of units, the questions asked before, the mapping, the moment.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde_json::Value;
use uuid::Uuid;
use yipanqi_documents::mapping::Mapping;
use yipanqi_documents::record::Record;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::likeness::{NameTier, Resolution, UnitDirectory, UnitNames, resolve_unit};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::reading;
use yipanqi_store::question::{Phrase, Question, QuestionOption, QuestionState};
use yipanqi_store::unit::Directory;
use yipanqi_store::{ReadTx, question, unit};

use super::outcome::Notes;
use crate::error::Error;

/// Every kind of question an import may ask.
pub const QUESTION_KINDS: &[&str] = &[
    "datum_blank",
    "coordinates_implausible",
    "coordinates_missing",
    "site_duplicate",
    "site_type_unknown",
    "site_grid_differs",
    "feedback_site",
];

/// A question as an importer puts it.
#[derive(Debug)]
pub struct Ask {
    /// The kind, one of [`QUESTION_KINDS`].
    pub kind: &'static str,
    /// What it is about.
    pub key: String,
    /// The noun.
    pub subject_kind: &'static str,
    /// The row of the noun, if known.
    pub subject: Option<String>,
    /// The sentence.
    pub text: Phrase,
    /// What can be decided, best first.
    pub options: Vec<QuestionOption>,
}

/// What every kind of import has at hand.
#[derive(Debug)]
pub struct Desk {
    /// The name of the file.
    pub file_name: String,
    /// When it is imported.
    pub moment: Moment,
    /// The day of it in the city.
    pub today: NaiveDate,
    /// The city's names, as people put them before other names.
    pub city_names: Vec<String>,
    /// The units.
    pub directory: Directory,
    /// Rows above headers, as read.
    pub titles: Vec<String>,
    names: UnitDirectory<UnitId>,
    questions: HashMap<(String, String), Question>,
    asked: Vec<Question>,
    mapped: HashSet<(String, String)>,
    run: Option<Uuid>,
}

/// What is given to a new desk.
#[derive(Debug)]
pub struct Setting<'a> {
    /// The name of the file.
    pub file_name: &'a str,
    /// The city's name, such as 云溪市.
    pub city_name: &'a str,
    /// When it is imported.
    pub moment: Moment,
    /// The run that asks, unless it is a dry one.
    pub run: Option<Uuid>,
}

impl Desk {
    /// Reads what is known before the first row.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(tx: &ReadTx, setting: &Setting<'_>, mapping: &Mapping) -> Result<Self, Error> {
        let directory = unit::directory(tx).await?;
        let city_names = city_names(setting.city_name);
        let names = named(&directory, &city_names);
        let mut mapped = HashSet::new();
        for sheet in &mapping.sheets {
            for field in sheet.columns.iter().filter_map(|column| column.field.as_ref()) {
                mapped.insert((sheet.part.clone().unwrap_or_default(), field.clone()));
            }
        }
        Ok(Self {
            file_name: setting.file_name.to_owned(),
            moment: setting.moment,
            today: crate::request::today(setting.moment),
            city_names,
            directory: Arc::unwrap_or_clone(directory),
            titles: Vec::new(),
            names,
            questions: question::known(tx, QUESTION_KINDS).await?,
            asked: Vec::new(),
            mapped,
            run: setting.run,
        })
    }

    /// Whether the file has a column for a field; a blank in it then means that there is none.
    #[must_use]
    pub fn maps(&self, part: &str, field: &str) -> bool {
        self.mapped.contains(&(part.to_owned(), field.to_owned()))
    }

    /// Takes note that units were added or changed.
    pub fn rename(&mut self, directory: Directory) {
        self.names = named(&directory, &self.city_names);
        self.directory = directory;
    }

    /// What a unit's name means; what is noteworthy about it is said.
    pub fn unit(&self, name: &str, field: &str, notes: &mut Notes) -> Option<UnitId> {
        match resolve_unit(name, &self.names) {
            Resolution::Unit { id, tier } => {
                match tier {
                    NameTier::Alias => {
                        let meant = self.directory.get(id).map(|unit| unit.name.clone()).unwrap_or_default();
                        notes.say(field, Phrase::new("unit_by_former_name").with("given", name).with("unit", meant));
                    }
                    NameTier::Current | NameTier::Abbreviated => {}
                }
                Some(id)
            }
            Resolution::Collective(_) => {
                notes.say(field, Phrase::new("unit_collective").with("given", name));
                None
            }
            Resolution::Ambiguous(units) => {
                let meant: Vec<&str> =
                    units.iter().filter_map(|id| self.directory.get(*id)).map(|unit| unit.name.as_str()).collect();
                notes.say(field, Phrase::new("unit_ambiguous").with("given", name).with("units", meant.join("、")));
                None
            }
            Resolution::Unknown => {
                notes.say(field, Phrase::new("unit_unknown").with("given", name));
                None
            }
        }
    }

    /// The unit that a name means below another one, such as a grid of a community.
    #[must_use]
    pub fn unit_below(&self, name: &str, above: Option<UnitId>) -> Option<UnitId> {
        let wanted = reading::unspaced(name);
        let bears = |unit: &&yipanqi_store::unit::Unit| {
            let also = unit.names.iter().map(|name| name.name.as_str()).chain(unit.short_name.as_deref());
            std::iter::once(unit.name.as_str()).chain(also).any(|name| reading::unspaced(name) == wanted)
        };
        let mut found = self.directory.units().iter().filter(|unit| above.is_none() || unit.parent == above).filter(bears);
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only.id),
            (Some(_), Some(_)) | (None, _) => None,
        }
    }

    /// Asks a person, once: a decision made before is given back, an open question is only mentioned again.
    pub fn ask(&mut self, ask: Ask, field: &str, notes: &mut Notes) -> Option<Value> {
        let key = (ask.kind.to_owned(), ask.key.clone());
        if let Some(known) = self.questions.get(&key) {
            match known.state {
                QuestionState::Decided => return known.decision.clone(),
                QuestionState::Open | QuestionState::Dropped => {
                    notes.say(field, ask.text);
                    return None;
                }
            }
        }
        notes.asks(field, ask.text.clone());
        let question = Question {
            id: Uuid::now_v7(),
            kind: ask.kind.to_owned(),
            key: ask.key,
            subject_kind: ask.subject_kind.to_owned(),
            subject: ask.subject,
            text: ask.text,
            options: ask.options,
            state: QuestionState::Open,
            decision: None,
            decided_by: None,
            decided_at: None,
            import: self.run,
            asked_at: self.moment,
            version: 1,
        };
        self.questions.insert(key, question.clone());
        self.asked.push(question);
        None
    }

    /// The questions asked since the last call.
    pub fn take_asked(&mut self) -> Vec<Question> {
        std::mem::take(&mut self.asked)
    }
}

/// `云溪市` and `云溪`.
fn city_names(name: &str) -> Vec<String> {
    let short = name.strip_suffix(['市', '县', '区']).filter(|short| short.chars().nth(1).is_some());
    std::iter::once(name.to_owned()).chain(short.map(str::to_owned)).collect()
}

fn named(directory: &Directory, city_names: &[String]) -> UnitDirectory<UnitId> {
    let units = directory.units().iter().map(|unit| UnitNames {
        id: unit.id,
        name: unit.name.clone(),
        short_name: unit.short_name.clone(),
        aliases: unit.names.iter().map(|name| name.name.clone()).collect(),
    });
    let city: Vec<&str> = city_names.iter().map(String::as_str).collect();
    UnitDirectory::new(units, &city)
}

/// The text of a field without blanks around it; none if nothing is left.
#[must_use]
pub fn text<'a>(record: &'a Record, field: &str) -> Option<&'a str> {
    record.cell(field).map(|cell| reading::trimmed(&cell.text)).filter(|text| !text.is_empty())
}

/// The text of a field, or nothing.
#[must_use]
pub fn words(record: &Record, field: &str) -> String {
    text(record, field).unwrap_or_default().to_owned()
}

/// The day in a field, whichever way it was written; what cannot be read is said.
pub fn day(record: &Record, field: &str, default_year: Option<i32>, notes: &mut Notes) -> Option<NaiveDate> {
    let cell = record.cell(field)?;
    if let Some(date) = cell.date.as_deref().and_then(|date| date.get(..10)).and_then(|date| date.parse().ok()) {
        return Some(date);
    }
    match reading::date(&cell.text, default_year) {
        Ok(date) => Some(date),
        Err(fault) => {
            notes.say(field, Phrase::new(fault.code()).with("given", &cell.text));
            None
        }
    }
}

/// A person's name in a field with its remark; a placeholder counts as nobody, what cannot be read is said.
pub fn person(record: &Record, field: &str, notes: &mut Notes) -> Option<reading::Noted> {
    let given = text(record, field)?;
    match reading::person_name(given) {
        Ok(noted) => Some(noted),
        Err(fault) => {
            notes.say(field, Phrase::new(fault.code()).with("given", given));
            None
        }
    }
}

/// A telephone number in a field in one form; one written otherwise is said, one that cannot be read too.
pub fn phone(record: &Record, field: &str, notes: &mut Notes) -> Option<String> {
    let given = text(record, field)?;
    match reading::telephone(given) {
        Ok(noted) => {
            let plain: String = given.chars().filter(|sign| *sign != '-').collect();
            if plain != noted.value && given != noted.value {
                notes.say(field, Phrase::new("phone_normalised").with("given", given).with("read", &noted.value));
            }
            Some(noted.value)
        }
        Err(fault) => {
            notes.say(field, Phrase::new(fault.code()).with("given", given));
            None
        }
    }
}
