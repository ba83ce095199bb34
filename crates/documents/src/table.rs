//! Finds the table in a sheet: title rows, one or two header rows, and the part its headers name best.
//!
//! Nothing here reads values; only the first rows of a sheet are looked at. What is found is a suggestion with a confidence,
//! samples and what stayed unmatched, to be confirmed or edited.

mod assign;
mod headers;

use serde::Serialize;

use crate::kind::{Blank, Kind, Part};
use crate::mapping::{BlankMeans, ColumnMapping, Mapping, SheetMapping};
use crate::source::{Region, SheetRow, Source, SourceError, Visibility, column_letters};

pub(crate) use headers::{CORRECTION, Headers, headers_of};

/// Rows of a sheet that are looked at.
const LOOKED_AT: usize = 80;
/// Rows in which a header may begin.
const HEADER_WITHIN: usize = 30;
/// Values shown of each column.
const SAMPLES: usize = 3;

/// A suggested mapping and what it rests on.
#[derive(Debug, Clone, Serialize)]
pub struct Suggestion {
    /// The mapping, complete enough to be used or edited.
    pub mapping: Mapping,
    /// Its signature, to look up a remembered mapping.
    pub signature: String,
    /// What was seen on each sheet, in the order of the mapping.
    pub sheets: Vec<SheetFound>,
}

/// What was seen on one sheet.
#[derive(Debug, Clone, Serialize)]
pub struct SheetFound {
    /// The sheet's name.
    pub sheet: String,
    /// Why it is left out, if it is.
    pub left_out: Option<LeftOut>,
    /// Rows above the header, their cells joined.
    pub titles: Vec<String>,
    /// How well the headers fit the part, per mille.
    pub confidence: u32,
    /// Groups of fields of which none was found although one is needed.
    pub missing: Vec<Vec<String>>,
    /// The columns, in the order of the mapping.
    pub columns: Vec<ColumnFound>,
}

/// Why a sheet is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOut {
    /// It is hidden in the workbook.
    Hidden,
    /// It has no cells.
    Empty,
    /// Its headers name no part of the kind.
    NoKnownHeaders,
}

/// What was seen in one column.
#[derive(Debug, Clone, Serialize)]
pub struct ColumnFound {
    /// Its letter.
    pub column: String,
    /// Its header.
    pub header: String,
    /// How well the header fits the field, per mille; 0: unmatched.
    pub likeness: u32,
    /// The first values below.
    pub samples: Vec<String>,
    /// Whether blanks may mean "as above" here.
    pub blank: Blank,
}

/// Suggests how to read a file as a kind of import.
///
/// # Errors
/// [`SourceError`] if a sheet cannot be read.
pub fn suggest(kind: Kind, source: &mut Source) -> Result<Suggestion, SourceError> {
    let mut mapping = Mapping { kind, sheets: Vec::new() };
    let mut found = Vec::new();
    for info in source.sheets().to_vec() {
        let regions = source.regions(&info.name)?;
        let rows: Vec<SheetRow> = source.rows(&info.name)?.take(LOOKED_AT).collect::<Result<_, _>>()?;
        let (sheet, seen) = match info.visibility {
            Visibility::Hidden => left_out(&info.name, LeftOut::Hidden),
            Visibility::Visible if rows.is_empty() => left_out(&info.name, LeftOut::Empty),
            Visibility::Visible => look(kind, &info.name, &rows, &regions),
        };
        mapping.sheets.push(sheet);
        found.push(seen);
    }
    let signature = mapping.signature();
    Ok(Suggestion { mapping, signature, sheets: found })
}

fn left_out(sheet: &str, why: LeftOut) -> (SheetMapping, SheetFound) {
    let mapping = SheetMapping { sheet: sheet.to_owned(), part: None, header_rows: Vec::new(), columns: Vec::new() };
    let (titles, missing, columns) = (Vec::new(), Vec::new(), Vec::new());
    (mapping, SheetFound { sheet: sheet.to_owned(), left_out: Some(why), titles, confidence: 0, missing, columns })
}

/// A header row (or two) read as a part.
struct Candidate {
    headers: Headers,
    part: &'static Part,
    fields: assign::Assigned,
}

fn look(kind: Kind, sheet: &str, rows: &[SheetRow], regions: &[Region]) -> (SheetMapping, SheetFound) {
    let parts: Vec<assign::Known> = kind.parts().iter().filter(|part| part.may_stand_on(sheet)).map(assign::Known::of).collect();
    let mut best: Option<Candidate> = None;
    for start in 0..rows.len().min(HEADER_WITHIN) {
        for depth in 1..=2 {
            let Some(headers) = rows.get(start..start + depth).and_then(|rows| headers_of(rows, regions)) else { continue };
            for known in &parts {
                let fields = assign::assign(&headers, known);
                let better = best.as_ref().is_none_or(|best| fields.rank() > best.fields.rank());
                if fields.acceptable() && better {
                    best = Some(Candidate { headers: headers.clone(), part: known.part, fields });
                }
            }
        }
    }
    best.map_or_else(|| left_out(sheet, LeftOut::NoKnownHeaders), |best| describe(sheet, rows, &best, regions))
}

fn describe(sheet: &str, rows: &[SheetRow], best: &Candidate, regions: &[Region]) -> (SheetMapping, SheetFound) {
    let first = best.headers.rows.first().copied().unwrap_or(0);
    let last = best.headers.rows.last().copied().unwrap_or(0);
    let joined = |row: &SheetRow| row.own().map(|cell| cell.text.trim()).collect::<Vec<_>>().join(" ");
    let titles = rows.iter().filter(|row| row.number < first).map(joined).filter(|title| !title.is_empty()).collect();
    let data: Vec<&SheetRow> = rows.iter().filter(|row| row.number > last).collect();
    let (mut columns, mut seen) = (Vec::new(), Vec::new());
    let mut leading = Leading::Yes;
    for (&column, header) in &best.headers.texts {
        let assigned = best.fields.of(column);
        let field = assigned.and_then(|(name, _)| best.part.field(name));
        let offered = field.map_or(Blank::Missing, |field| field.blank);
        let merged = regions.iter().any(|region| region.first_column == column && region.first_row > last);
        let fills = leading == Leading::Yes && offered == Blank::MayRepeat && !merged && looks_repeated(&data, column);
        if offered == Blank::Missing && field.is_some_and(|field| field.name != "serial") {
            leading = Leading::No;
        }
        let blank = if fills { BlankMeans::Above } else { BlankMeans::Missing };
        let letters = column_letters(column);
        let field = field.map(|field| field.name.to_owned());
        columns.push(ColumnMapping { column: letters.clone(), header: header.clone(), field, blank });
        let samples = data.iter().filter_map(|row| row.cell(column)).filter(|cell| !cell.is_blank());
        let samples = samples.take(SAMPLES).map(|cell| cell.text.chars().take(80).collect()).collect();
        let likeness = assigned.map_or(0, |(_, likeness)| likeness.min(1000));
        seen.push(ColumnFound { column: letters, header: header.clone(), likeness, samples, blank: offered });
    }
    let missing = best.fields.missing().iter().map(|group| group.iter().map(|field| (*field).to_owned()).collect()).collect();
    let part = Some(best.part.name.to_owned());
    let mapping = SheetMapping { sheet: sheet.to_owned(), part, header_rows: best.headers.rows.clone(), columns };
    let confidence = best.fields.confidence();
    (mapping, SheetFound { sheet: sheet.to_owned(), left_out: None, titles, confidence, missing, columns: seen })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Leading {
    Yes,
    No,
}

/// A column in which "as above" was left blank begins with a value and is blank in at least every fifth row that has others.
fn looks_repeated(data: &[&SheetRow], column: u32) -> bool {
    let filled: Vec<bool> = data
        .iter()
        .filter(|row| row.own().count() > 1)
        .map(|row| row.cell(column).is_some_and(|cell| !cell.is_blank()))
        .collect();
    let blanks = filled.iter().filter(|filled| !**filled).count();
    filled.first() == Some(&true) && blanks > 0 && blanks * 5 >= filled.len()
}
