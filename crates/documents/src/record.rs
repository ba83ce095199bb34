//! Streams the records of a file through a mapping: every row is a record or is reported as skipped.
//!
//! Only one row is held at a time (and the last values of columns whose blanks mean "as above").

mod rows;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde::Serialize;
use yipanqi_domain::exact::Exact;

use crate::kind::Kind;
use crate::mapping::{Mapping, MappingError, SheetMapping};
use crate::source::{Origin, SheetRow, Source, SourceError, Visibility};
use crate::table::headers_of;

/// One row read as a part of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Record {
    /// Its sheet.
    pub sheet: Arc<str>,
    /// The spreadsheet's row, counted from 1.
    pub row: u32,
    /// The part: one of the kind's, or `subtotal` or `total`.
    pub part: &'static str,
    /// The mapped fields that are not blank.
    pub fields: BTreeMap<&'static str, Cell>,
}

impl Record {
    /// The cell of a field, unless blank.
    #[must_use]
    pub fn cell(&self, field: &str) -> Option<&Cell> {
        self.fields.get(field)
    }

    /// The text of a field without surrounding blanks, unless blank.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        self.cell(field).map(|cell| cell.text.trim())
    }

    /// The letter of the column a field stands in, for reports.
    #[must_use]
    pub fn column(&self, field: &str) -> Option<&str> {
        self.cell(field).map(|cell| &*cell.column)
    }
}

/// The value of a field as given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The column's letter.
    pub column: Arc<str>,
    /// The column's header; of two rows `upper/lower`.
    pub header: Arc<str>,
    /// The text as written; numbers as shown, dates in ISO form.
    pub text: String,
    /// The value of a number cell (a percentage as its share: 95 % is 0.95).
    pub number: Option<Exact>,
    /// The local ISO date or date-time of a date cell.
    pub date: Option<String>,
    /// Whether it was written here, in a merged cell above, or left blank for "as above".
    pub origin: Origin,
}

/// A row, or a whole sheet, that is no record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Its sheet.
    pub sheet: Arc<str>,
    /// The row; none: the whole sheet.
    pub row: Option<u32>,
    /// Why.
    pub why: SkipReason,
    /// What stands there, joined and cut to 200 characters.
    pub text: String,
}

/// Why a row is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// Above the header.
    Title,
    /// The header again, as printed pages repeat it.
    RepeatedHeader,
    /// 小计.
    Subtotal,
    /// 合计, 总计.
    Total,
    /// 注, 说明, 填表人.
    Note,
    /// A line that heads the rows below it.
    Section,
    /// The sheet is mapped to no part.
    SheetNotMapped,
    /// The sheet is hidden and mapped to no part.
    SheetHidden,
}

/// What a file is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A record.
    Record(Record),
    /// Something reported instead of dropped.
    Skipped(Skipped),
}

/// Why records cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The mapping.
    #[error(transparent)]
    Mapping(#[from] MappingError),
}

impl ReadError {
    /// The stable code for reports and answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Mapping(error) => error.code(),
        }
    }
}

/// Reads all sheets through a mapping, handing each entry to `each` in the file's order until it breaks.
///
/// # Errors
/// [`ReadError`] if the mapping does not fit the file (checked before the first record of a sheet) or the file is damaged.
pub fn read(source: &mut Source, mapping: &Mapping, each: &mut dyn FnMut(Entry) -> ControlFlow<()>) -> Result<(), ReadError> {
    mapping.check()?;
    for info in source.sheets().to_vec() {
        let name: Arc<str> = info.name.as_str().into();
        let sheet = mapping.sheets.iter().find(|sheet| sheet.sheet == info.name);
        let Some((sheet, part)) = sheet.and_then(|sheet| sheet.part.as_deref().map(|part| (sheet, part))) else {
            let why = match info.visibility {
                Visibility::Visible => SkipReason::SheetNotMapped,
                Visibility::Hidden => SkipReason::SheetHidden,
            };
            if each(Entry::Skipped(Skipped { sheet: name, row: None, why, text: String::new() })).is_break() {
                return Ok(());
            }
            continue;
        };
        verify(source, sheet)?;
        let mut reader = rows::Reader::new(mapping.kind, part, sheet, name, source.regions(&info.name)?)?;
        for row in source.rows(&info.name)? {
            if reader.read(row?).is_some_and(|entry| each(entry).is_break()) {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Reads everything into memory: for small files and tests.
///
/// # Errors
/// As [`read`].
pub fn read_all(source: &mut Source, mapping: &Mapping) -> Result<Vec<Entry>, ReadError> {
    let mut entries = Vec::new();
    read(source, mapping, &mut |entry| {
        entries.push(entry);
        ControlFlow::Continue(())
    })?;
    Ok(entries)
}

/// How many records of each part a file holds, for a preview and for progress.
///
/// # Errors
/// As [`read`].
pub fn count(source: &mut Source, mapping: &Mapping) -> Result<BTreeMap<&'static str, u64>, ReadError> {
    let mut counts = BTreeMap::new();
    read(source, mapping, &mut |entry| {
        if let Entry::Record(record) = entry {
            *counts.entry(record.part).or_default() += 1;
        }
        ControlFlow::Continue(())
    })?;
    Ok(counts)
}

/// Compares the mapping's headers with those of the file.
fn verify(source: &mut Source, sheet: &SheetMapping) -> Result<(), ReadError> {
    let last = sheet.header_rows.iter().max().copied().unwrap_or(0);
    let regions = source.regions(&sheet.sheet)?;
    let mut rows: Vec<SheetRow> = Vec::new();
    for row in source.rows(&sheet.sheet)? {
        let row = row?;
        if row.number > last {
            break;
        }
        if sheet.header_rows.contains(&row.number) {
            rows.push(row);
        }
    }
    let found = headers_of(&rows, &regions).map(|headers| headers.texts).unwrap_or_default();
    let lettered: BTreeMap<String, String> =
        found.into_iter().map(|(column, text)| (crate::source::column_letters(column), text)).collect();
    for column in sheet.columns.iter().filter(|column| column.field.is_some()) {
        let found = lettered.get(&column.column).cloned().unwrap_or_default();
        if crate::header::normal(&found) != crate::header::normal(&column.header) {
            let (sheet, column, expected) = (sheet.sheet.clone(), column.column.clone(), column.header.clone());
            return Err(MappingError::HeaderChanged { sheet, column, expected, found }.into());
        }
    }
    Ok(())
}

/// The part of a kind under its own static name.
fn static_part(kind: Kind, sheet: &SheetMapping, name: &str) -> Result<&'static crate::kind::Part, MappingError> {
    kind.part(name).ok_or_else(|| MappingError::UnknownPart { sheet: sheet.sheet.clone(), part: name.to_owned() })
}
