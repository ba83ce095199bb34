//! Rows and cells as they stand in a sheet, before anybody says what they mean.

use serde::{Deserialize, Serialize};
use yipanqi_domain::exact::Exact;

/// Where the value of a cell comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Written in the cell itself.
    Own,
    /// Written in the first cell of the merged region that covers this one.
    Merged,
    /// Blank here and taken from the row above, as the mapping asked.
    Above,
}

/// One cell that is not blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetCell {
    /// Column, counted from 0.
    pub column: u32,
    /// The text as written; numbers as a spreadsheet shows them (15 significant digits), dates in ISO form.
    pub text: String,
    /// The value of a number cell.
    pub number: Option<Exact>,
    /// The ISO date or date-time of a date cell (`2025-08-21`, `2025-08-21T18:56:00`), local, without zone.
    pub date: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

impl SheetCell {
    /// A cell that holds text.
    #[must_use]
    pub fn text(column: u32, text: impl Into<String>) -> Self {
        Self { column, text: text.into(), number: None, date: None, origin: Origin::Own }
    }

    /// Whether nothing but blanks (also full-width ones) stands in it.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// A row with its cells that are not empty, sorted by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// The spreadsheet's row number, counted from 1 (JSON: element number, 0 is the row of member names).
    pub number: u32,
    /// The cells.
    pub cells: Vec<SheetCell>,
}

impl SheetRow {
    /// The cell of a column.
    #[must_use]
    pub fn cell(&self, column: u32) -> Option<&SheetCell> {
        self.cells.iter().find(|cell| cell.column == column)
    }

    /// The cells written in this row itself that are not blank.
    pub fn own(&self) -> impl Iterator<Item = &SheetCell> {
        self.cells.iter().filter(|cell| cell.origin == Origin::Own && !cell.is_blank())
    }
}

/// A merged region, both ends included; rows counted from 1, columns from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Its first row.
    pub first_row: u32,
    /// Its last row.
    pub last_row: u32,
    /// Its first column.
    pub first_column: u32,
    /// Its last column.
    pub last_column: u32,
}

/// The letters of a column counted from 0: `A`, `Z`, `AA`.
#[must_use]
pub fn column_letters(column: u32) -> String {
    let mut rest = column + 1;
    let mut letters = Vec::new();
    while rest > 0 {
        let digit = u8::try_from((rest - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}

/// The column of letters, counted from 0; `None` if they are not the letters of a spreadsheet's column.
#[must_use]
pub fn column_index(letters: &str) -> Option<u32> {
    let digit = |letter: u8| letter.is_ascii_uppercase().then(|| u32::from(letter - b'A') + 1);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    letters.bytes().try_fold(0, |sum, letter| Some(sum * 26 + digit(letter)?)).map(|place| place - 1)
}

#[cfg(test)]
mod tests {
    use super::{column_index, column_letters};

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        for (column, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(column_letters(column), letters);
            assert_eq!(column_index(letters), Some(column));
        }
        assert_eq!((column_index(""), column_index("a"), column_index("AAAA")), (None, None, None));
    }
}
