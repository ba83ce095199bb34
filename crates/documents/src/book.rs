//! A workbook of several plain sheets, each with a title line, one row of heads and rows that can be read in again.

use std::io::{Seek, Write};

use chrono::NaiveDateTime;
use rust_xlsxwriter::Workbook;

use crate::list::{ListCell, ListError, Styles, properties, sheet_name};

/// A sheet of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookSheet {
    /// Its name; longer ones are cut.
    pub name: String,
    /// The line above the heads; empty: none.
    pub title: String,
    /// The heads with their widths in characters.
    pub heads: Vec<(String, u16)>,
    /// The rows.
    pub rows: Vec<Vec<ListCell>>,
}

/// Writes the sheets in their order.
///
/// # Errors
/// [`ListError`] if a sheet is full or the target cannot be written.
pub fn write<W: Write + Seek + Send>(
    target: W,
    title: &str,
    generated_at: NaiveDateTime,
    sheets: &[BookSheet],
) -> Result<(), ListError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(title, generated_at)?);
    let styles = Styles::new();
    for book_sheet in sheets {
        let sheet = workbook.add_worksheet();
        sheet.set_name(sheet_name(&book_sheet.name))?;
        let mut row = 0;
        if !book_sheet.title.is_empty() {
            sheet.write_string(row, 0, &book_sheet.title)?;
            row += 1;
        }
        for (column, (head, width)) in (0_u16..).zip(&book_sheet.heads) {
            sheet.set_column_width(column, f64::from(*width))?;
            sheet.write_string_with_format(row, column, head, &styles.head)?;
        }
        row += 1;
        sheet.set_freeze_panes(row, 0)?;
        for cells in &book_sheet.rows {
            for (column, cell) in (0_u16..).zip(cells) {
                styles.write(sheet, row, column, cell)?;
            }
            row += 1;
        }
    }
    workbook.save_to_writer(target)?;
    Ok(())
}
