//! Reads one or two rows as the headers of columns, merged spans included.

use std::collections::BTreeMap;

use crate::source::{Origin, Region, SheetRow};

/// A header is short; anything longer is a title or a value.
const LONGEST: usize = 60;
/// The last two columns of a workbook of refused rows.
pub(crate) const CORRECTION: [&str; 2] = ["问题", "行号"];

/// Headers by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Headers {
    /// The rows they stand in.
    pub(crate) rows: Vec<u32>,
    /// Column → text; of two rows `upper/lower`.
    pub(crate) texts: BTreeMap<u32, String>,
}

/// The headers in one or two consecutive rows; `None` if the rows cannot be headers.
pub(crate) fn headers_of(rows: &[SheetRow], regions: &[Region]) -> Option<Headers> {
    let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
    let texts = match rows {
        [row] => texts(row, regions, row.number)?,
        [upper, lower] if lower.number == upper.number + 1 => {
            let below = texts(lower, regions, lower.number)?;
            composite(&texts(upper, regions, lower.number)?, &below)
        }
        _ => return None,
    };
    let mut texts = texts;
    drop_correction(&mut texts);
    (texts.len() >= 2).then_some(Headers { rows: numbers, texts })
}

/// The texts of a row spread over its horizontal spans; `None` if a cell is a number, a date or too long.
fn texts(row: &SheetRow, regions: &[Region], last: u32) -> Option<BTreeMap<u32, String>> {
    let mut found = BTreeMap::new();
    for cell in row.cells.iter().filter(|cell| cell.origin == Origin::Own && !cell.is_blank()) {
        let text = tidy(&cell.text);
        if cell.number.is_some() || cell.date.is_some() || text.chars().count() > LONGEST {
            return None;
        }
        let span = regions.iter().find(|region| region.first_row == row.number && region.first_column == cell.column);
        let width = span.filter(|span| span.last_row <= last).map_or(cell.column, |span| span.last_column);
        for column in cell.column..=width {
            found.insert(column, text.clone());
        }
    }
    Some(found)
}

/// Where no merged span says so, an upper header reaches over the blank cells to its right that have a lower header.
fn composite(above: &BTreeMap<u32, String>, below: &BTreeMap<u32, String>) -> BTreeMap<u32, String> {
    let mut texts = above.clone();
    for (column, lower) in below {
        let left = || above.range(..column).next_back().filter(|(place, _)| below.contains_key(place)).map(|(_, text)| text);
        let over = above.get(column).or_else(left).filter(|over| *over != lower);
        texts.insert(*column, over.map_or_else(|| lower.clone(), |over| format!("{over}/{lower}")));
    }
    texts
}

/// Line breaks and blanks between Chinese characters are typesetting; between words they are one blank.
pub(crate) fn tidy(text: &str) -> String {
    let mut tidy = String::new();
    for word in text.split_whitespace() {
        let between_words = tidy.chars().next_back().is_some_and(|c| c.is_ascii()) && word.starts_with(|c: char| c.is_ascii());
        if between_words {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    tidy
}

fn drop_correction(texts: &mut BTreeMap<u32, String>) {
    let last: Vec<u32> = texts.keys().rev().take(2).copied().collect();
    if let [number, problem] = last.as_slice()
        && texts.get(problem).is_some_and(|text| text == CORRECTION[0])
        && texts.get(number).is_some_and(|text| text == CORRECTION[1])
    {
        let (number, problem) = (*number, *problem);
        texts.remove(&number);
        texts.remove(&problem);
    }
}
