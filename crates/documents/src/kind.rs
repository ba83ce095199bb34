//! What each kind of import knows: its parts, their fields, and the headers real offices give them.
//!
//! The tables hold words only. Several parts may stand in one workbook; a sheet is matched to the part whose fields its
//! headers name best. Meaning and validity of values belong to the caller.

mod city;
mod standard;
mod work;

use serde::{Deserialize, Serialize};

use crate::header;

/// A kind of import, as in `yipanqi import <kind>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Units and people, grid staff, task forces, pairings.
    Units,
    /// Boundaries of streets, communities and grids.
    Grids,
    /// Days off, make-up working days, working segments.
    Calendar,
    /// The registry of sites.
    Sites,
    /// Site types and their checklist items.
    Checklists,
    /// An edition of a framework: criteria and negative list.
    Framework,
    /// Problems found by a higher level.
    Feedback,
    /// Tickets of the 12345 hotline.
    Tickets,
    /// Results of a round that were measured outside the product.
    Results,
    /// Tasks and their monthly plan.
    Tasks,
    /// Responsible parties without accounts.
    Parties,
}

/// All kinds, in the order in which a new city needs them.
pub const KINDS: [Kind; 11] = [
    Kind::Units,
    Kind::Grids,
    Kind::Calendar,
    Kind::Sites,
    Kind::Checklists,
    Kind::Framework,
    Kind::Feedback,
    Kind::Tickets,
    Kind::Results,
    Kind::Tasks,
    Kind::Parties,
];

/// What a value usually looks like; for the screens, never for refusing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hint {
    /// Words.
    Text,
    /// A whole number.
    Integer,
    /// A decimal.
    Number,
    /// A date.
    Date,
    /// A date with time.
    DateTime,
    /// Several values in one cell.
    List,
    /// A telephone number.
    Phone,
    /// JSON text.
    Json,
}

/// Whether a blank cell may mean "as above" where the sheet has no merged cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blank {
    /// A blank is a blank.
    Missing,
    /// A blank may mean "as above": offered when the column looks like it.
    MayRepeat,
}

/// A field of a part.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its identifier.
    pub name: &'static str,
    /// What its values look like.
    pub hint: Hint,
    /// What a blank means.
    pub blank: Blank,
    /// Headers it is known by; `a/b` asks for an upper and a lower header.
    pub headers: &'static [&'static str],
    /// A header that occurs several times (联系电话) belongs to this field when it stands right of that one.
    pub follows: Option<&'static str>,
}

/// One sort of record in a kind.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Its identifier.
    pub name: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
    /// Of each group at least one field must be mapped.
    pub needs: &'static [&'static [&'static str]],
    /// If not empty, only sheets so named (Chinese: containing the word) can be this part.
    pub sheets: &'static [&'static str],
    /// Whether its subtotal and total rows are delivered as records of the parts `subtotal` and `total`.
    pub totals: Totals,
}

/// What becomes of subtotal and total rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Totals {
    /// Reported as skipped.
    Skipped,
    /// Delivered as records, so that sums can be checked.
    Delivered,
}

/// The part under which subtotal rows are delivered.
pub const SUBTOTAL: &str = "subtotal";
/// The part under which total rows are delivered.
pub const TOTAL: &str = "total";

impl Kind {
    /// The identifier.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Units => "units",
            Self::Grids => "grids",
            Self::Calendar => "calendar",
            Self::Sites => "sites",
            Self::Checklists => "checklists",
            Self::Framework => "framework",
            Self::Feedback => "feedback",
            Self::Tickets => "tickets",
            Self::Results => "results",
            Self::Tasks => "tasks",
            Self::Parties => "parties",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        KINDS.into_iter().find(|kind| kind.name() == name)
    }

    /// Its parts.
    #[must_use]
    pub fn parts(self) -> &'static [Part] {
        match self {
            Self::Units => city::UNITS,
            Self::Grids => city::GRIDS,
            Self::Calendar => city::CALENDAR,
            Self::Sites => city::SITES,
            Self::Checklists => standard::CHECKLISTS,
            Self::Framework => standard::FRAMEWORK,
            Self::Feedback => work::FEEDBACK,
            Self::Tickets => work::TICKETS,
            Self::Results => work::RESULTS,
            Self::Tasks => work::TASKS,
            Self::Parties => city::PARTIES,
        }
    }

    /// The part of that name.
    #[must_use]
    pub fn part(self, name: &str) -> Option<&'static Part> {
        self.parts().iter().find(|part| part.name == name)
    }
}

impl Part {
    /// The field of that name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Whether a sheet of that name may be this part.
    #[must_use]
    pub fn may_stand_on(&self, sheet: &str) -> bool {
        let sheet = header::normal(sheet);
        let named = |word: &&str| if word.is_ascii() { sheet == header::normal(word) } else { sheet.contains(*word) };
        self.sheets.is_empty() || self.sheets.iter().any(named)
    }

    /// The groups of fields of which none is among those mapped.
    #[must_use]
    pub fn missing(&self, mapped: &[&str]) -> Vec<&'static [&'static str]> {
        self.needs.iter().filter(|group| !group.iter().any(|field| mapped.contains(field))).copied().collect()
    }
}

const fn field(name: &'static str, hint: Hint, headers: &'static [&'static str]) -> Field {
    Field { name, hint, blank: Blank::Missing, headers, follows: None }
}

const fn text(name: &'static str, headers: &'static [&'static str]) -> Field {
    field(name, Hint::Text, headers)
}

const fn number(name: &'static str, headers: &'static [&'static str]) -> Field {
    field(name, Hint::Number, headers)
}

const fn repeating(name: &'static str, headers: &'static [&'static str]) -> Field {
    Field { blank: Blank::MayRepeat, ..field(name, Hint::Text, headers) }
}

const fn following(follows: &'static str, name: &'static str, hint: Hint, headers: &'static [&'static str]) -> Field {
    Field { follows: Some(follows), ..field(name, hint, headers) }
}

const fn part(name: &'static str, needs: &'static [&'static [&'static str]], fields: &'static [Field]) -> Part {
    Part { name, fields, needs, sheets: &[], totals: Totals::Skipped }
}

const SERIAL: Field = field("serial", Hint::Integer, &["序号", "序", "no", "no.", "行号", "#"]);
const REMARK: Field = text("remark", &["备注", "说明", "附注", "备注说明", "remark", "remarks", "note", "notes"]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_need_and_context_names_a_field_once() {
        for kind in KINDS {
            assert_eq!(Kind::named(kind.name()), Some(kind));
            for part in kind.parts() {
                for name in part.needs.iter().flat_map(|group| group.iter()) {
                    assert!(part.field(name).is_some(), "{} {} {name}", kind.name(), part.name);
                }
                for field in part.fields {
                    assert!(field.follows.is_none_or(|name| part.field(name).is_some()), "{} {}", part.name, field.name);
                    assert_eq!(part.fields.iter().filter(|other| other.name == field.name).count(), 1, "{}", field.name);
                }
            }
        }
    }
}
