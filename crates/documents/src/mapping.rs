//! Which column of which sheet is which field: suggested, edited by people, remembered for files of the same headers.
//!
//! A mapping names columns by letter *and* header. Before it is used both are compared with the file, so that a mapping made
//! for another layout is refused instead of reading the wrong column.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::header;
use crate::kind::{Kind, Part};

/// How a file is read as a kind of import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The kind of import.
    pub kind: Kind,
    /// The sheets, also those that are left out.
    pub sheets: Vec<SheetMapping>,
}

/// How one sheet is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SheetMapping {
    /// The sheet's name.
    pub sheet: String,
    /// The part its rows are; none: the sheet is left out.
    pub part: Option<String>,
    /// Its header rows, counted as in the spreadsheet (one or two; 0 for JSON).
    #[serde(default)]
    pub header_rows: Vec<u32>,
    /// Its columns.
    #[serde(default)]
    pub columns: Vec<ColumnMapping>,
}

/// How one column is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnMapping {
    /// Its letter.
    pub column: String,
    /// Its header; of two rows `upper/lower`.
    pub header: String,
    /// The field; none: the column is left out.
    pub field: Option<String>,
    /// What a blank cell means.
    #[serde(default)]
    pub blank: BlankMeans,
}

/// What a blank cell of a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlankMeans {
    /// Nothing was given.
    #[default]
    Missing,
    /// The same as in the row above.
    Above,
}

/// Why a mapping cannot be used; each has a stable code ([`MappingError::code`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// The kind has no such part.
    #[error("sheet {sheet}: no part {part}")]
    UnknownPart {
        /// The sheet.
        sheet: String,
        /// The part asked for.
        part: String,
    },
    /// The part has no such field.
    #[error("sheet {sheet}: no field {field}")]
    UnknownField {
        /// The sheet.
        sheet: String,
        /// The field asked for.
        field: String,
    },
    /// Two columns of a sheet are given to the same field.
    #[error("sheet {sheet}: field {field} has two columns")]
    FieldTwice {
        /// The sheet.
        sheet: String,
        /// The field.
        field: String,
    },
    /// A column the part cannot do without is not mapped.
    #[error("sheet {sheet}: one of {fields:?} must be mapped")]
    FieldMissing {
        /// The sheet.
        sheet: String,
        /// Any of these would do.
        fields: Vec<String>,
    },
    /// The file's header differs from the one the mapping was made for.
    #[error("sheet {sheet}, column {column}: expected header {expected}, found {found}")]
    HeaderChanged {
        /// The sheet.
        sheet: String,
        /// The column's letter.
        column: String,
        /// The mapping's header.
        expected: String,
        /// The file's header.
        found: String,
    },
    /// No sheet of the file is mapped to a part.
    #[error("no sheet is mapped")]
    NothingMapped,
}

impl MappingError {
    /// The stable code for reports and answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownPart { .. } => "mapping_unknown_part",
            Self::UnknownField { .. } => "mapping_unknown_field",
            Self::FieldTwice { .. } => "mapping_field_twice",
            Self::FieldMissing { .. } => "mapping_field_missing",
            Self::HeaderChanged { .. } => "mapping_header_changed",
            Self::NothingMapped => "mapping_nothing_mapped",
        }
    }
}

impl Mapping {
    /// Checks the mapping against its kind, without a file.
    ///
    /// # Errors
    /// The first [`MappingError`] found.
    pub fn check(&self) -> Result<(), MappingError> {
        if self.sheets.iter().all(|sheet| sheet.part.is_none()) {
            return Err(MappingError::NothingMapped);
        }
        for sheet in &self.sheets {
            let Some(name) = &sheet.part else { continue };
            let unknown = || MappingError::UnknownPart { sheet: sheet.sheet.clone(), part: name.clone() };
            sheet.check(self.kind.part(name).ok_or_else(unknown)?)?;
        }
        Ok(())
    }

    /// Whether it was made for files with these signatures of sheets ([`SheetMapping::signature`]), in any order.
    #[must_use]
    pub fn applies_to(&self, signature: &str) -> bool {
        self.signature() == signature
    }

    /// A hash of the kind and the header sets of all sheets: files of the same layout have the same, whatever their rows,
    /// their column order and the names of their sheets.
    #[must_use]
    pub fn signature(&self) -> String {
        let sheets: BTreeSet<String> = self.sheets.iter().map(SheetMapping::signature).collect();
        let sheets: Vec<String> = sheets.into_iter().collect();
        hash(&format!("{}\n{}", self.kind.name(), sheets.join("\n")))
    }

    /// Takes over from `remembered` what people decided: the part and the fields of columns with the same headers.
    pub fn take_over(&mut self, remembered: &Self) {
        for sheet in &mut self.sheets {
            let signature = sheet.signature();
            let same = |other: &&SheetMapping| other.signature() == signature;
            let named = remembered.sheets.iter().filter(same).find(|other| other.sheet == sheet.sheet);
            let Some(known) = named.or_else(|| remembered.sheets.iter().find(same)) else { continue };
            sheet.part.clone_from(&known.part);
            let mut known_columns: BTreeMap<String, Vec<&ColumnMapping>> = BTreeMap::new();
            for column in known.columns.iter().rev() {
                known_columns.entry(header::normal(&column.header)).or_default().push(column);
            }
            for column in &mut sheet.columns {
                let decided = known_columns.get_mut(&header::normal(&column.header)).and_then(Vec::pop);
                column.field = decided.and_then(|decided| decided.field.clone());
                column.blank = decided.map_or(BlankMeans::Missing, |decided| decided.blank);
            }
        }
    }
}

impl SheetMapping {
    /// A hash of its headers as a set.
    #[must_use]
    pub fn signature(&self) -> String {
        let mut headers: Vec<String> = self.columns.iter().map(|column| header::normal(&column.header)).collect();
        headers.sort();
        hash(&headers.join("\u{1f}"))
    }

    fn check(&self, part: &Part) -> Result<(), MappingError> {
        let mut mapped: Vec<&str> = Vec::new();
        for field in self.columns.iter().filter_map(|column| column.field.as_deref()) {
            if part.field(field).is_none() {
                return Err(MappingError::UnknownField { sheet: self.sheet.clone(), field: field.to_owned() });
            }
            if mapped.contains(&field) {
                return Err(MappingError::FieldTwice { sheet: self.sheet.clone(), field: field.to_owned() });
            }
            mapped.push(field);
        }
        match part.missing(&mapped).first() {
            None => Ok(()),
            Some(group) => {
                let fields = group.iter().map(|field| (*field).to_owned()).collect();
                Err(MappingError::FieldMissing { sheet: self.sheet.clone(), fields })
            }
        }
    }
}

fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
