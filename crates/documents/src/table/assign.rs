//! Gives columns to the fields of a part by the likeness of their headers, best first, each once.

use std::collections::BTreeMap;

use super::headers::Headers;
use crate::header::{ENOUGH, Name};
use crate::kind::{Field, Part};

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

/// A part with the synonyms of its fields prepared.
pub(super) struct Known {
    pub(super) part: &'static Part,
    synonyms: Vec<Vec<Name>>,
}

impl Known {
    pub(super) fn of(part: &'static Part) -> Self {
        let synonyms = part.fields.iter().map(|field| field.headers.iter().map(|header| Name::of(header)).collect()).collect();
        Self { part, synonyms }
    }

    fn best(&self, header: &Name, place: usize) -> u32 {
        self.synonyms.get(place).into_iter().flatten().map(|synonym| header.likeness(synonym)).max().unwrap_or(0)
    }

    fn place(&self, field: impl Fn(&Field) -> bool) -> Option<usize> {
        self.part.fields.iter().position(field)
    }

    /// `第一责任人/姓名` is the 第一责任人.
    fn likeness(&self, header: &Name, place: usize) -> u32 {
        let whole = self.best(header, place);
        let named = header.split().filter(|(_, lower)| ["姓名", "名称", "名单", "name"].contains(&lower.normal()));
        named.map_or(whole, |(upper, _)| whole.max(self.best(&upper, place).saturating_sub(20)))
    }

    /// A telephone column belongs to the person named above it, or left of it where several columns are headed alike.
    fn following(&self, headers: &BTreeMap<u32, Name>, column: u32, field: &Field) -> u32 {
        let person = field.follows.and_then(|name| self.place(|other| other.name == name));
        let general = self.place(|other| other.hint == field.hint && other.follows.is_none());
        let (Some(person), Some(general), Some(header)) = (person, general, headers.get(&column)) else { return 0 };
        let split = header.split();
        if split.is_some_and(|(upper, lower)| self.best(&upper, person) >= 950 && self.best(&lower, general) >= 950) {
            return 1000;
        }
        let alike = headers.values().filter(|other| other.normal() == header.normal()).count();
        let left = headers.range(..column).next_back();
        let belongs = alike > 1 && left.is_some_and(|(_, left)| self.best(left, person) >= 950);
        if belongs && self.best(header, general) >= 950 { 1001 } else { 0 }
    }
}

pub(super) fn assign(headers: &Headers, known: &Known) -> Assigned {
    let names: BTreeMap<u32, Name> = headers.texts.iter().map(|(column, text)| (*column, Name::of(text))).collect();
    let mut candidates: Vec<(u32, u32, usize, &'static Field)> = Vec::new();
    for (&column, header) in &names {
        for (place, field) in known.part.fields.iter().enumerate() {
            let like = known.likeness(header, place).max(known.following(&names, column, field));
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
    Assigned { missing: known.part.missing(&mapped), headers: headers.texts.len(), columns }
}
