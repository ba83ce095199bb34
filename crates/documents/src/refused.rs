//! Refused rows as a file of the same layout, to be corrected and sent again.
//!
//! Workbooks, delimited text and JSON come back as a workbook with the source's sheets, header rows and columns and two columns
//! more: 问题 and 行号. GeoJSON comes back as GeoJSON with these two as properties. Both are ignored when read again.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use serde_json::{Map, Value, json};

use crate::list::{ListCell, Styles, properties, sheet_name};
use crate::mapping::{Mapping, SheetMapping};
use crate::source::{Format, Origin, Region, SheetCell, SheetRow, Source, SourceError};
use crate::table::CORRECTION;

/// Why refused rows cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RefusedError {
    /// The source cannot be read again.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The workbook cannot be written.
    #[error("cannot write the workbook: {0}")]
    Xlsx(#[from] XlsxError),
}

/// A file of refused rows.
#[derive(Debug, Clone)]
pub struct RefusedFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// How its name ends: `xlsx` or `geojson`.
    pub extension: &'static str,
}

/// Writes the refused rows ((sheet, row) → message) as they were given.
///
/// # Errors
/// [`RefusedError`] if the source cannot be read or the workbook cannot be written.
pub fn refused(
    source: &mut Source,
    mapping: &Mapping,
    rows: &BTreeMap<(String, u32), String>,
) -> Result<RefusedFile, RefusedError> {
    if source.format() == Format::GeoJson {
        return Ok(RefusedFile { bytes: collection(source, rows)?, extension: "geojson" });
    }
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties("", NaiveDateTime::default())?);
    for mapped in mapping.sheets.iter().filter(|sheet| rows.keys().any(|(name, _)| *name == sheet.sheet)) {
        let regions = source.regions(&mapped.sheet)?;
        let sheet = workbook.add_worksheet_with_low_memory()?.set_name(sheet_name(&mapped.sheet))?;
        write_sheet(sheet, source, mapped, &regions, rows)?;
    }
    Ok(RefusedFile { bytes: workbook.save_to_buffer()?, extension: "xlsx" })
}

fn write_sheet(
    sheet: &mut Worksheet,
    source: &mut Source,
    mapped: &SheetMapping,
    regions: &[Region],
    refused: &BTreeMap<(String, u32), String>,
) -> Result<(), RefusedError> {
    let styles = Styles::new();
    let widest = mapped.columns.iter().filter_map(|column| crate::source::column_index(&column.column)).max().unwrap_or(0);
    let extra = u16::try_from(widest + 1).unwrap_or(u16::MAX - 2);
    let mut next = 0;
    for row in source.rows(&mapped.sheet)? {
        let row = row?;
        let is_header = mapped.header_rows.contains(&row.number);
        let message = refused.get(&(mapped.sheet.clone(), row.number));
        if !is_header && message.is_none() {
            continue;
        }
        for cell in row.cells.iter().filter(|cell| !is_header || cell.origin == Origin::Own) {
            let column = u16::try_from(cell.column).unwrap_or(u16::MAX);
            if is_header {
                for place in span(cell, &row, regions) {
                    sheet.write_string_with_format(next, place, &cell.text, &styles.head)?;
                }
            } else {
                styles.write(sheet, next, column, &given(cell))?;
            }
        }
        if is_header && mapped.header_rows.last() == Some(&row.number) {
            sheet.write_string_with_format(next, extra, CORRECTION[0], &styles.head)?;
            sheet.write_string_with_format(next, extra + 1, CORRECTION[1], &styles.head)?;
        }
        if let Some(message) = message {
            sheet.write_string(next, extra, message)?;
            styles.write(sheet, next, extra + 1, &ListCell::Integer(row.number.into()))?;
        }
        next += 1;
    }
    Ok(())
}

/// A span over several columns is written into each of them: it reads the same and needs no merged cells.
fn span(cell: &SheetCell, row: &SheetRow, regions: &[Region]) -> std::ops::RangeInclusive<u16> {
    let here = |region: &&Region| region.first_row == row.number && region.first_column == cell.column;
    let last = regions.iter().find(here).map_or(cell.column, |region| region.last_column);
    u16::try_from(cell.column).unwrap_or(u16::MAX)..=u16::try_from(last).unwrap_or(u16::MAX)
}

/// A cell in the type in which it was given.
fn given(cell: &SheetCell) -> ListCell {
    let text = ListCell::Text(cell.text.clone());
    if let Some(date) = &cell.date {
        let time = NaiveDateTime::parse_from_str(date, "%Y-%m-%dT%H:%M:%S").map(ListCell::DateTime);
        return time.or_else(|_| NaiveDate::parse_from_str(date, "%Y-%m-%d").map(ListCell::Date)).unwrap_or(text);
    }
    match &cell.number {
        Some(number) if number.to_string() == cell.text => {
            let scale = cell.text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            ListCell::Decimal(number.clone(), u32::try_from(scale).unwrap_or(0))
        }
        Some(_) | None => text,
    }
}

fn collection(source: &mut Source, refused: &BTreeMap<(String, u32), String>) -> Result<Vec<u8>, SourceError> {
    let Some(name) = source.sheets().first().map(|sheet| sheet.name.clone()) else { return Err(SourceError::Empty) };
    let mut columns = BTreeMap::new();
    let (mut members, mut features) = (Map::new(), Vec::new());
    for row in source.rows(&name)? {
        let row = row?;
        if row.number == 0 {
            columns = row.cells.into_iter().map(|cell| (cell.column, cell.text)).collect();
            continue;
        }
        let Some(message) = refused.get(&(name.clone(), row.number)) else { continue };
        let (mut properties, mut geometry) = (Map::new(), Value::Null);
        for cell in &row.cells {
            let Some(column) = columns.get(&cell.column) else { continue };
            match column.strip_prefix("collection/") {
                Some(member) => drop(members.insert(member.to_owned(), value(cell))),
                None if column == "geometry" => geometry = value(cell),
                None => drop(properties.insert(column.clone(), value(cell))),
            }
        }
        properties.insert(CORRECTION[0].to_owned(), message.clone().into());
        properties.insert(CORRECTION[1].to_owned(), row.number.into());
        features.push(json!({"type": "Feature", "properties": properties, "geometry": geometry}));
    }
    members.insert("type".to_owned(), "FeatureCollection".into());
    members.insert("features".to_owned(), features.into());
    Ok(Value::Object(members).to_string().into_bytes())
}

/// Numbers, structures and truth values were turned into text; only words stay words.
fn value(cell: &SheetCell) -> Value {
    let structured = cell.number.is_some() || cell.text.starts_with(['{', '[']) || matches!(cell.text.as_str(), "true" | "false");
    let parsed = structured.then(|| serde_json::from_str(&cell.text).ok()).flatten();
    parsed.unwrap_or_else(|| cell.text.clone().into())
}
