//! The sheet that an exported edition carries beside its text: which edition it is, and what it decides besides its tree.

use serde_json::{Map, Value};
use yipanqi_documents::record::Record;
use yipanqi_domain::framework::Edition;
use yipanqi_store::import::RowAction;
use yipanqi_store::question::Phrase;

use super::Title;
use crate::import::desk::text;
use crate::import::outcome::{Notes, Outcome, Spot};

/// What the sheet says; nothing if there is none.
#[derive(Debug, Default)]
pub(super) struct Given {
    code: Option<String>,
    name: Option<String>,
    year: Option<i64>,
    framework: Option<(String, String)>,
    pub settings: Option<Edition>,
}

/// Rows that name the edition rather than a setting of it.
const NAMES: [&str; 5] = ["code", "name", "year", "framework_code", "framework_name"];

/// Reads the rows of the sheet; one that cannot be read is refused and the setting stays as it was.
pub(super) fn read(records: &[Record], out: &mut Outcome) -> Given {
    let mut given = Given::default();
    let mut fields = Map::new();
    let (mut code, mut name) = (None, None);
    for record in records.iter().filter(|record| record.part == "edition_setting") {
        let mut notes = Notes::default();
        let (setting, value) = (text(record, "setting").unwrap_or_default(), text(record, "value").unwrap_or_default());
        match setting {
            "code" => given.code = Some(value.to_owned()),
            "name" => given.name = Some(value.to_owned()),
            "year" => given.year = value.parse().ok(),
            "framework_code" => code = Some(value.to_owned()),
            "framework_name" => name = Some(value.to_owned()),
            other => {
                let parsed: Option<Value> = serde_json::from_str(value).ok();
                let mut alone = Map::new();
                alone.insert(other.to_owned(), parsed.clone().unwrap_or(Value::Null));
                let known = serde_json::to_value(Edition::default()).is_ok_and(|all| all.get(other).is_some());
                let fits = parsed.is_some() && known && serde_json::from_value::<Edition>(Value::Object(alone)).is_ok();
                match parsed.filter(|_| fits) {
                    Some(parsed) => _ = fields.insert(other.to_owned(), parsed),
                    None => notes.refuse("value", Phrase::new("value_unreadable").with("given", value)),
                }
            }
        }
        if NAMES.contains(&setting) && value.is_empty() {
            notes.refuse("value", Phrase::new("value_missing").with("field", setting));
        }
        let action = if notes.is_refused() { RowAction::Refused } else { RowAction::Unchanged };
        out.close(&Spot::of(record), action, notes);
    }
    given.framework = code.zip(name);
    given.settings = if fields.is_empty() { None } else { serde_json::from_value(Value::Object(fields)).ok() };
    given
}

impl Given {
    /// The title by the sheet, where it says something; else as found in the file's name and titles.
    pub(super) fn title(&self, found: Title) -> Title {
        let (framework, framework_name) = self.framework.clone().unwrap_or((found.framework, found.framework_name));
        Title {
            framework,
            framework_name,
            code: self.code.clone().unwrap_or(found.code),
            name: self.name.clone().unwrap_or(found.name),
            year: if self.code.is_some() { self.year } else { found.year },
        }
    }
}
