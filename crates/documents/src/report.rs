//! What an import did, row by row: nothing is changed, refused or doubtful without a line that says so.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is new.
    Created,
    /// It was known and differs.
    Changed,
    /// It was known and is the same.
    Unchanged,
    /// It cannot be taken as it is; it comes back in the workbook of refused rows.
    Refused,
    /// Somebody must decide.
    Question,
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// The sheet.
    pub sheet: String,
    /// The spreadsheet's row, counted from 1; none: the whole sheet.
    pub row: Option<u32>,
    /// The column's letter, if one cell is meant.
    pub column: Option<String>,
    /// What became of it.
    pub action: Action,
    /// A stable code.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// The lines of an import and their sums.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Report {
    /// How many lines of each action.
    pub counts: BTreeMap<Action, u64>,
    /// The lines.
    pub rows: Vec<ReportRow>,
}

impl Report {
    /// Adds a line.
    pub fn push(&mut self, row: ReportRow) {
        *self.counts.entry(row.action).or_default() += 1;
        self.rows.push(row);
    }

    /// The refused rows with their messages joined, as [`crate::refused::refused`] wants them.
    #[must_use]
    pub fn refused(&self) -> BTreeMap<(String, u32), String> {
        let mut refused: BTreeMap<(String, u32), String> = BTreeMap::new();
        for line in self.rows.iter().filter(|line| line.action == Action::Refused) {
            let Some(row) = line.row else { continue };
            let message = refused.entry((line.sheet.clone(), row)).or_default();
            if !message.is_empty() {
                message.push('；');
            }
            message.push_str(&line.message);
        }
        refused
    }
}
