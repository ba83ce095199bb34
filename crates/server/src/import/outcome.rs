//! What an import says about each row: nothing is changed, refused, doubtful or passed over without a line.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_documents::mapping::Mapping;
use yipanqi_documents::record::{Record, Skipped};
use yipanqi_store::import::{ReportRow, RowAction};
use yipanqi_store::question::Phrase;

/// Rows by what became of them, and report lines by their code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Rows entered new.
    pub created: u64,
    /// Rows that changed something known.
    pub changed: u64,
    /// Rows of which everything was known.
    pub unchanged: u64,
    /// Rows that could not be taken.
    pub refused: u64,
    /// Questions newly asked.
    pub question: u64,
    /// Titles, notes, totals and sheets that are no records.
    pub skipped: u64,
    /// Rows that are in order and were not written, because others are not and nobody said that the rest be taken.
    #[serde(default)]
    pub withheld: u64,
    /// Report lines by their code.
    pub codes: BTreeMap<String, u64>,
}

impl Counts {
    /// Rows that were refused, and sums that differ from those the sheet states.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.refused + self.codes.get("total_differs").copied().unwrap_or_default()
    }
}

/// What is noted while one row is read.
#[derive(Debug, Default)]
pub struct Notes {
    said: Vec<(String, Phrase)>,
    refused: Vec<(String, Phrase)>,
    asked: Vec<(String, Phrase)>,
}

impl Notes {
    /// Says something about a column of the row (its field's name; empty: the whole row).
    pub fn say(&mut self, field: &str, phrase: Phrase) {
        self.said.push((field.to_owned(), phrase));
    }

    /// Refuses the row because of a column.
    pub fn refuse(&mut self, field: &str, phrase: Phrase) {
        self.refused.push((field.to_owned(), phrase));
    }

    /// Says that a person is asked about a column.
    pub fn asks(&mut self, field: &str, phrase: Phrase) {
        self.asked.push((field.to_owned(), phrase));
    }

    /// Whether the row was refused.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        !self.refused.is_empty()
    }
}

/// Where a row stands and what its columns are called, when the record itself is gone.
#[derive(Debug, Clone)]
pub struct Spot {
    sheet: String,
    row: i64,
    columns: BTreeMap<String, String>,
}

impl Spot {
    /// The place of a record.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let columns = record.fields.iter().map(|(field, cell)| ((*field).to_owned(), cell.header.to_string())).collect();
        Self { sheet: record.sheet.to_string(), row: i64::from(record.row), columns }
    }
}

/// The report as it grows; lines are handed on with every batch, so that memory stays bounded.
#[derive(Debug, Default)]
pub struct Outcome {
    lines: Vec<ReportRow>,
    counts: Counts,
    /// The header of a field in a sheet, so that a blank cell too is named by its column.
    headers: BTreeMap<(String, String), String>,
}

impl Outcome {
    /// A report about a file that is read by a mapping.
    #[must_use]
    pub fn of(mapping: &Mapping) -> Self {
        let headers = mapping.sheets.iter().flat_map(|sheet| {
            let fields = sheet.columns.iter().filter_map(|column| Some((column.field.clone()?, column.header.clone())));
            fields.map(|(field, header)| ((sheet.sheet.clone(), field), header))
        });
        Self { headers: headers.collect(), ..Self::default() }
    }

    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Takes the lines since the last call.
    pub fn take(&mut self) -> Vec<ReportRow> {
        std::mem::take(&mut self.lines)
    }

    fn line(&mut self, spot: &Spot, field: &str, action: RowAction, phrase: Phrase) {
        if !phrase.code.is_empty() {
            *self.counts.codes.entry(phrase.code.clone()).or_default() += 1;
        }
        let named = || self.headers.get(&(spot.sheet.clone(), field.to_owned())).cloned();
        let column = spot.columns.get(field).cloned().or_else(named).unwrap_or_default();
        let code = phrase.code.clone();
        self.lines.push(ReportRow {
            sheet: spot.sheet.clone(),
            row: spot.row,
            column,
            action,
            code,
            message: phrase,
            record: None,
        });
    }

    /// Ends a row: one line for what became of it, one for each thing said, asked or refused.
    pub fn close(&mut self, spot: &Spot, action: RowAction, notes: Notes) {
        if notes.is_refused() {
            self.counts.refused += 1;
            for (field, phrase) in notes.refused {
                self.line(spot, &field, RowAction::Refused, phrase);
            }
            return;
        }
        let count = match action {
            RowAction::Created => &mut self.counts.created,
            RowAction::Changed => &mut self.counts.changed,
            RowAction::Unchanged => &mut self.counts.unchanged,
            RowAction::Refused => &mut self.counts.refused,
            RowAction::Question => &mut self.counts.question,
        };
        *count += 1;
        self.line(spot, "", action, Phrase::default());
        for (field, phrase) in notes.said {
            self.line(spot, &field, action, phrase);
        }
        for (field, phrase) in notes.asked {
            self.counts.question += 1;
            self.line(spot, &field, RowAction::Question, phrase);
        }
    }

    /// Takes back what was said to be created or changed since the last call of [`Outcome::take`]: it is not written.
    pub fn withhold(&mut self) {
        let written = |action| matches!(action, RowAction::Created | RowAction::Changed);
        for line in self.lines.iter_mut().filter(|line| written(line.action)) {
            line.action = RowAction::Unchanged;
            if line.code.is_empty() {
                line.message = Phrase::new("row_withheld");
                line.code.clone_from(&line.message.code);
                *self.counts.codes.entry(line.code.clone()).or_default() += 1;
            }
        }
        self.counts.withheld += self.counts.created + self.counts.changed;
        (self.counts.created, self.counts.changed) = (0, 0);
    }

    /// Says something about the file as a whole, or a sheet.
    pub fn remark(&mut self, sheet: &str, row: i64, phrase: Phrase) {
        let spot = Spot { sheet: sheet.to_owned(), row, columns: BTreeMap::new() };
        self.line(&spot, "", RowAction::Unchanged, phrase);
    }

    /// A row that is no record is named with the reason.
    pub fn skipped(&mut self, skipped: &Skipped) {
        self.counts.skipped += 1;
        let why = serde_json::to_value(skipped.why).ok().and_then(|why| why.as_str().map(str::to_owned)).unwrap_or_default();
        let phrase = Phrase::new("row_skipped").with("why", why).with("text", &skipped.text);
        self.remark(&skipped.sheet, skipped.row.map_or(0, i64::from), phrase);
    }
}
