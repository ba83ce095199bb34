//! JSON and GeoJSON read like sheets, so that one mapping serves every kind of file.
//!
//! A GeoJSON collection is the sheet `features`: one row a feature, a column for each property, `geometry` as JSON text, and
//! `collection/…` for the collection's own members. In other JSON every array is a sheet named by its member; its rows are the
//! elements, a column for each member (arrays inside arrays: `value_1`, `value_2`…) and `path` for where the array stands.
//! Plain members are rows of the sheet `.`. Row 0 holds the column names; elements are counted from 1.

use serde_json::{Map, Value};

use super::row::{SheetCell, SheetRow};
use super::{Format, SourceError};

/// A parsed document as named sheets.
pub(super) struct Document {
    sheets: Vec<Sheet>,
}

struct Sheet {
    name: String,
    columns: Vec<String>,
    rows: Vec<Vec<SheetCell>>,
}

impl Sheet {
    fn column(&mut self, name: &str) -> u32 {
        let place = self.columns.iter().position(|column| column == name).unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    fn push(&mut self, members: impl Iterator<Item = (String, Value)>) {
        let mut row: Vec<SheetCell> = Vec::new();
        for (name, value) in members {
            let column = self.column(&name);
            row.extend(cell(column, &value));
        }
        row.sort_by_key(|cell| cell.column);
        self.rows.push(row);
    }
}

fn cell(column: u32, value: &Value) -> Option<SheetCell> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.is_empty()).then(|| SheetCell::text(column, text.clone())),
        Value::Number(number) => {
            let text = number.to_string();
            Some(SheetCell { number: text.parse().ok(), ..SheetCell::text(column, text) })
        }
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Some(SheetCell::text(column, value.to_string())),
    }
}

impl Document {
    pub(super) fn parse(text: &str) -> Result<(Format, Self), SourceError> {
        let value: Value = serde_json::from_str(text).map_err(|error| SourceError::Damaged(error.to_string()))?;
        let (format, sheets) = match features(value) {
            Ok(sheet) => (Format::GeoJson, vec![sheet]),
            Err(value) => {
                let mut sheets = Vec::new();
                walk(&mut sheets, &mut Vec::new(), value);
                (Format::Json, sheets)
            }
        };
        if sheets.iter().all(|sheet| sheet.rows.is_empty()) {
            return Err(SourceError::Empty);
        }
        Ok((format, Self { sheets }))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.sheets.iter().map(|sheet| sheet.name.clone())
    }

    pub(super) fn rows(&self, name: &str) -> Result<Rows<'_>, SourceError> {
        let sheet = self.sheets.iter().find(|sheet| sheet.name == name);
        let sheet = sheet.ok_or_else(|| SourceError::NoSuchSheet(name.to_owned()))?;
        Ok(Rows { sheet, next: 0 })
    }
}

/// The rows of one sheet, the column names first.
pub(super) struct Rows<'a> {
    sheet: &'a Sheet,
    next: u32,
}

impl Iterator for Rows<'_> {
    type Item = SheetRow;

    fn next(&mut self) -> Option<SheetRow> {
        let number = self.next;
        let cells = match number.checked_sub(1) {
            None => (0_u32..).zip(&self.sheet.columns).map(|(column, name)| SheetCell::text(column, name)).collect(),
            Some(index) => self.sheet.rows.get(index as usize)?.clone(),
        };
        self.next += 1;
        Some(SheetRow { number, cells })
    }
}

/// The sheet of a feature collection, or the value back if it is none.
fn features(value: Value) -> Result<Sheet, Value> {
    let Value::Object(mut members) = value else { return Err(value) };
    let is_collection = members.get("type").and_then(Value::as_str) == Some("FeatureCollection");
    let Some(Value::Array(elements)) = is_collection.then(|| members.remove("features")).flatten() else {
        return Err(Value::Object(members));
    };
    members.remove("type");
    let mut sheet = Sheet { name: "features".to_owned(), columns: Vec::new(), rows: Vec::new() };
    for element in elements {
        let mut row = Map::new();
        if let Value::Object(mut feature) = element {
            if let Some(Value::Object(properties)) = feature.remove("properties") {
                row = properties;
            }
            row.extend(feature.remove_entry("id"));
            row.extend(feature.remove_entry("geometry"));
        }
        let shared = members.iter().map(|(name, value)| (format!("collection/{name}"), value.clone()));
        sheet.push(row.into_iter().chain(shared));
    }
    Ok(sheet)
}

fn sheet_named<'a>(sheets: &'a mut Vec<Sheet>, name: &str) -> Option<&'a mut Sheet> {
    if !sheets.iter().any(|sheet| sheet.name == name) {
        sheets.push(Sheet { name: name.to_owned(), columns: Vec::new(), rows: Vec::new() });
    }
    sheets.iter_mut().find(|sheet| sheet.name == name)
}

fn walk(sheets: &mut Vec<Sheet>, path: &mut Vec<String>, value: Value) {
    let place = || ("path".to_owned(), Value::String(path.join("/")));
    match value {
        Value::Object(members) => {
            let (nested, plain): (Vec<_>, Vec<_>) =
                members.into_iter().partition(|(_, value)| matches!(value, Value::Object(_) | Value::Array(_)));
            if !plain.is_empty()
                && let Some(sheet) = sheet_named(sheets, ".")
            {
                sheet.push(plain.into_iter().chain([place()]));
            }
            for (name, value) in nested {
                path.push(name);
                walk(sheets, path, value);
                path.pop();
            }
        }
        Value::Array(elements) => {
            let name = path.last().cloned().unwrap_or_else(|| "rows".to_owned());
            let Some(sheet) = sheet_named(sheets, &name) else { return };
            for element in elements {
                let members: Vec<(String, Value)> = match element {
                    Value::Object(members) => members.into_iter().collect(),
                    Value::Array(values) => (1..).zip(values).map(|(n, value)| (format!("value_{n}"), value)).collect(),
                    plain => vec![("value".to_owned(), plain)],
                };
                sheet.push(members.into_iter().chain([place()]));
            }
        }
        plain => {
            if let Some(sheet) = sheet_named(sheets, ".") {
                sheet.push([("value".to_owned(), plain), place()].into_iter());
            }
        }
    }
}
