//! Splits delimited text (RFC 4180, with `,` `;` or tab) into rows, keeping the row numbers a spreadsheet would show.
//!
//! Memory is bounded by one field: a quote that is never closed is a damaged file, not a field of the file's size.

use std::collections::VecDeque;

use super::row::{SheetCell, SheetRow};
use super::text::Pieces;
use super::{Limits, SourceError};

const DELIMITERS: [char; 3] = [',', '\t', ';'];

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    FieldStart,
    Plain,
    Quoted,
    QuoteInQuoted,
    AfterReturn,
    Ended,
}

/// The records of a delimited text.
pub(super) struct Records {
    pieces: Pieces,
    ahead: VecDeque<char>,
    delimiter: char,
    state: State,
    number: u32,
    cell_bytes: usize,
    columns: u32,
}

impl Records {
    pub(super) fn new(mut pieces: Pieces, limits: &Limits) -> Result<Self, SourceError> {
        let first = pieces.piece()?.unwrap_or_default();
        let delimiter = delimiter(&first);
        let ahead = first.chars().collect();
        let state = State::FieldStart;
        Ok(Self { pieces, ahead, delimiter, state, number: 0, cell_bytes: limits.cell_bytes, columns: limits.columns })
    }

    fn character(&mut self) -> Result<Option<char>, SourceError> {
        while self.ahead.is_empty() {
            match self.pieces.piece()? {
                Some(piece) => self.ahead.extend(piece.chars()),
                None => return Ok(None),
            }
        }
        Ok(self.ahead.pop_front())
    }

    /// One record with all its cells, also the empty ones; `None` after the last.
    fn record(&mut self) -> Result<Option<Vec<String>>, SourceError> {
        if self.state == State::Ended {
            return Ok(None);
        }
        let (mut cells, mut cell) = (Vec::new(), String::new());
        loop {
            let character = self.character()?;
            let Some(character) = character else {
                let open = self.state == State::Quoted;
                let nothing = matches!(self.state, State::FieldStart | State::AfterReturn) && cells.is_empty() && cell.is_empty();
                self.state = State::Ended;
                if open {
                    return Err(SourceError::Damaged(format!("a quote opened in row {} is never closed", self.number + 1)));
                }
                cells.push(cell);
                return Ok((!nothing).then_some(cells));
            };
            if self.state == State::AfterReturn {
                self.state = State::FieldStart;
                if character == '\n' {
                    continue;
                }
            }
            if self.state == State::Quoted {
                if character == '"' { self.state = State::QuoteInQuoted } else { cell.push(character) }
            } else if self.state == State::QuoteInQuoted && character == '"' {
                cell.push('"');
                self.state = State::Quoted;
            } else if self.state == State::FieldStart && character == '"' {
                self.state = State::Quoted;
            } else if character == self.delimiter {
                cells.push(std::mem::take(&mut cell));
                self.state = State::FieldStart;
            } else if matches!(character, '\n' | '\r') {
                cells.push(cell);
                self.state = if character == '\r' { State::AfterReturn } else { State::FieldStart };
                return Ok(Some(cells));
            } else {
                cell.push(character);
                self.state = State::Plain;
            }
            self.bounded(&cells, &cell)?;
        }
    }

    fn bounded(&self, cells: &[String], cell: &str) -> Result<(), SourceError> {
        let row = self.number + 1;
        if cell.len() > self.cell_bytes {
            return Err(SourceError::Damaged(format!("a field of row {row} is longer than {} bytes", self.cell_bytes)));
        }
        if cells.len() > self.columns as usize {
            return Err(SourceError::TooLarge(format!("more than {} columns in row {row}", self.columns)));
        }
        Ok(())
    }

    fn row(&mut self) -> Result<Option<SheetRow>, SourceError> {
        while let Some(cells) = self.record()? {
            self.number += 1;
            let numbered = (0_u32..).zip(cells).filter(|(_, text)| !text.is_empty());
            let cells: Vec<SheetCell> = numbered.map(|(column, text)| SheetCell::text(column, text)).collect();
            if !cells.is_empty() {
                return Ok(Some(SheetRow { number: self.number, cells }));
            }
        }
        Ok(None)
    }
}

impl Iterator for Records {
    type Item = Result<SheetRow, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

/// The character that occurs most often outside quotes in the first lines; a comma if none does.
fn delimiter(text: &str) -> char {
    let mut counts = [0_usize; DELIMITERS.len()];
    let (mut inside, mut lines) = (0_usize, 0);
    for character in text.chars() {
        match character {
            '"' => inside ^= 1,
            '\n' if inside == 0 => lines += 1,
            _ => {}
        }
        if lines == 20 {
            break;
        }
        if inside == 0
            && let Some(place) = DELIMITERS.iter().position(|delimiter| *delimiter == character)
        {
            counts[place] += 1;
        }
    }
    let best = (0..DELIMITERS.len()).max_by_key(|place| (counts[*place], DELIMITERS.len() - place));
    best.map_or(',', |place| DELIMITERS[place])
}
