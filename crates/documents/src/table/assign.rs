//! Gives columns to the fields of a part by the likeness of their headers, best first, each once.

use std::collections::BTreeMap;

use super::headers::Headers;
use crate::header::{ENOUGH, likeness, normal};
use crate::kind::{Field, Hint, Part};

/// Which column is which field.
#[derive(Debug, Clone)]
pub(super) struct Assigned {
    columns: BTreeMap<u32, (&'static str, u32)>,
    headers: usize,
    missing: Vec<&'static [&'static str]>,
}

impl Assigned {
    /// The field of a column and the likeness of its header.
    pub(super) fn of(&self, column: u32) -> Option<(&'static str, u32)> {
        self.columns.get(&column).copied()
    }

    /// Needed fields that were not found.
    pub(super) fn missing(&self) -> &[&'static [&'static str]] {
        &self.missing
    }

    /// Orders candidates: complete ones first, then the sum of likeness, less something for every column unexplained.
    pub(super) fn rank(&self) -> (bool, i64) {
        let sum: i64 = self.columns.values().map(|(_, likeness)| i64::from(*likeness)).sum();
        let unexplained = i64::try_from(self.headers - self.columns.len()).unwrap_or(0);
        (self.missing.is_empty(), sum - 150 * unexplained)
    }

    /// Whether the headers are those of the part rather than values that resemble one or two.
    pub(super) fn acceptable(&self) -> bool {
        let known = self.columns.len();
        if self.missing.is_empty() { known * 4 >= self.headers } else { known >= 3 && known * 2 >= self.headers }
    }

    /// Mean likeness over all columns, halved if a needed field is missing, per mille.
    pub(super) fn confidence(&self) -> u32 {
        let sum: u32 = self.columns.values().map(|(_, likeness)| (*likeness).min(1000)).sum();
        let mean = sum / u32::try_from(self.headers.max(1)).unwrap_or(u32::MAX);
        if self.missing.is_empty() { mean } else { mean / 2 }
    }
}

pub(super) fn assign(headers: &Headers, part: &'static Part) -> Assigned {
    let mut candidates: Vec<(u32, u32, usize, &'static Field)> = Vec::new();
    for (&column, header) in &headers.texts {
        for (place, field) in part.fields.iter().enumerate() {
            let like = field_likeness(header, field).max(following_likeness(headers, column, field, part));
            if like >= ENOUGH {
                candidates.push((like, column, place, field));
            }
        }
    }
    candidates.sort_by_key(|(like, column, place, _)| (std::cmp::Reverse(*like), *column, *place));
    let mut columns: BTreeMap<u32, (&'static str, u32)> = BTreeMap::new();
    for (like, column, _, field) in candidates {
        if !columns.contains_key(&column) && !columns.values().any(|(name, _)| *name == field.name) {
            columns.insert(column, (field.name, like));
        }
    }
    let mapped: Vec<&str> = columns.values().map(|(name, _)| *name).collect();
    Assigned { missing: part.missing(&mapped), headers: headers.texts.len(), columns }
}

/// `第一责任人/姓名` is the 第一责任人.
fn field_likeness(header: &str, field: &Field) -> u32 {
    let whole = best(header, field);
    let named = header.split_once('/').filter(|(_, lower)| ["姓名", "名称", "名单", "name"].contains(&normal(lower).as_str()));
    named.map_or(whole, |(upper, _)| whole.max(best(upper, field).saturating_sub(20)))
}

fn best(header: &str, field: &Field) -> u32 {
    field.headers.iter().map(|synonym| likeness(header, synonym)).max().unwrap_or(0)
}

/// A telephone column belongs to the person named above it, or left of it where several columns are headed alike.
fn following_likeness(headers: &Headers, column: u32, field: &Field, part: &'static Part) -> u32 {
    let Some(person) = field.follows.and_then(|name| part.field(name)) else { return 0 };
    let Some(general) = part.fields.iter().find(|other| other.hint == field.hint && other.follows.is_none()) else { return 0 };
    let Some(header) = headers.texts.get(&column) else { return 0 };
    if let Some((upper, lower)) = header.split_once('/')
        && best(upper, person) >= 950
        && best(lower, general) >= 950
    {
        return 1000;
    }
    let alike = headers.texts.values().filter(|other| normal(other) == normal(header)).count();
    if alike < 2 || best(header, general) < 950 {
        return 0;
    }
    let left = headers.texts.range(..column).next_back();
    let belongs = left.is_some_and(|(_, left)| best(left, person) >= 950);
    if belongs && field.hint == Hint::Phone { 1001 } else { 0 }
}
