//! Lists as workbooks: exactly what a screen shows, with real numbers and dates.
//!
//! Texts are written as texts and never as formulas, whatever they begin with. Rows are not held in memory. The same list
//! gives the same bytes.

mod pictured;

use std::io::{Seek, Write};

use chrono::{NaiveDate, NaiveDateTime};
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};
use yipanqi_domain::exact::Exact;

pub use pictured::{PictureBytes, PicturedRow, write_pictured};

/// Excel's longest text; longer ones are cut and end in `…`.
const LONGEST: usize = 32_000;

/// Why a list cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// More rows than a sheet holds, or the disk is full.
    #[error("cannot write the workbook: {0}")]
    Xlsx(#[from] XlsxError),
    /// The pictures cannot be put in.
    #[error("cannot put pictures into the workbook: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// The disk is full.
    #[error("cannot write the workbook: {0}")]
    Io(#[from] std::io::Error),
}

/// A column of a list.
#[derive(Debug, Clone)]
pub struct ListColumn {
    /// Its head.
    pub head: String,
    /// Its width in characters.
    pub width: u16,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// One value a cell.
    Plain,
    /// A rate: it takes a second column for numerator and denominator.
    Percent,
}

/// A value of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListCell {
    /// Nothing.
    Blank,
    /// Words.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// An exact number, published once at this many decimals.
    Decimal(Exact, u32),
    /// A date on the city's clock.
    Date(NaiveDate),
    /// A date with time on the city's clock.
    DateTime(NaiveDateTime),
    /// A rate with what it was counted from, published at this many decimals of a percent.
    Percent {
        /// Counted.
        numerator: u64,
        /// Out of.
        denominator: u64,
        /// Decimals of the percentage.
        scale: u32,
    },
}

/// What stands around the rows of a list.
#[derive(Debug, Clone)]
pub struct ListHead {
    /// The title; also the name of the sheet.
    pub title: String,
    /// A line under it: the filter in words, when it was generated and by whom.
    pub subtitle: String,
    /// When it was generated, on the city's clock.
    pub generated_at: NaiveDateTime,
    /// The columns.
    pub columns: Vec<ListColumn>,
}

/// Writes a list: title, generated-at line, heads, rows, totals.
///
/// # Errors
/// [`ListError`] if the sheet is full or the target cannot be written.
pub fn write<W: Write + Seek + Send>(
    target: W,
    head: &ListHead,
    rows: impl IntoIterator<Item = Vec<ListCell>>,
    totals: Option<&[ListCell]>,
) -> Result<(), ListError> {
    write_tall(target, head, rows.into_iter().map(|row| (row, None)), totals)
}

/// The same, some rows higher than others (in points).
fn write_tall<W: Write + Seek + Send>(
    target: W,
    head: &ListHead,
    rows: impl IntoIterator<Item = (Vec<ListCell>, Option<f64>)>,
    totals: Option<&[ListCell]>,
) -> Result<(), ListError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(&head.title, head.generated_at)?);
    fill(workbook.add_worksheet_with_constant_memory()?, head, rows, totals)?;
    workbook.save_to_writer(target)?;
    Ok(())
}

/// A list with its rows, as one sheet of several.
pub type Sheet = (ListHead, Vec<Vec<ListCell>>);

/// Writes several lists as the sheets of one workbook.
///
/// # Errors
/// [`ListError`] if a sheet is full, two have the same title, or the target cannot be written.
pub fn write_book<W: Write + Seek + Send>(
    target: W,
    title: &str,
    at: NaiveDateTime,
    sheets: impl IntoIterator<Item = Sheet>,
) -> Result<(), ListError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(title, at)?);
    for (head, rows) in sheets {
        let rows = rows.into_iter().map(|row| (row, None));
        fill(workbook.add_worksheet_with_constant_memory()?, &head, rows, None)?;
    }
    workbook.save_to_writer(target)?;
    Ok(())
}

fn fill(
    sheet: &mut Worksheet,
    head: &ListHead,
    rows: impl IntoIterator<Item = (Vec<ListCell>, Option<f64>)>,
    totals: Option<&[ListCell]>,
) -> Result<(), ListError> {
    sheet.set_name(sheet_name(&head.title))?;
    let styles = Styles::new();
    let mut width: u16 = 0;
    for column in &head.columns {
        sheet.set_column_width(width, f64::from(column.width))?;
        width += match column.kind {
            ColumnKind::Plain => 1,
            ColumnKind::Percent => 2,
        };
    }
    sheet.write_string_with_format(0, 0, &head.title, &styles.title)?;
    sheet.write_string(1, 0, &head.subtitle)?;
    let mut place: u16 = 0;
    for column in &head.columns {
        sheet.write_string_with_format(2, place, &column.head, &styles.head)?;
        place += 1;
        if column.kind == ColumnKind::Percent {
            sheet.write_string_with_format(2, place, format!("{}（分子/分母）", column.head), &styles.head)?;
            place += 1;
        }
    }
    sheet.set_freeze_panes(3, 0)?;
    let mut number = 3;
    for (row, height) in rows {
        if let Some(height) = height {
            sheet.set_row_height(number, height)?;
        }
        line(sheet, number, &row, &head.columns, &styles)?;
        number += 1;
    }
    if let Some(totals) = totals {
        line(sheet, number, totals, &head.columns, &styles)?;
    }
    Ok(())
}

fn line(sheet: &mut Worksheet, row: u32, cells: &[ListCell], columns: &[ListColumn], styles: &Styles) -> Result<(), ListError> {
    let mut place: u16 = 0;
    for (cell, column) in cells.iter().zip(columns) {
        styles.write(sheet, row, place, cell)?;
        place += 1;
        if column.kind == ColumnKind::Percent {
            if let ListCell::Percent { numerator, denominator, .. } = cell {
                sheet.write_string(row, place, format!("{numerator}/{denominator}"))?;
            }
            place += 1;
        }
    }
    Ok(())
}

/// Properties that depend on nothing but the list, so that the bytes do too.
pub(crate) fn properties(title: &str, at: NaiveDateTime) -> Result<DocProperties, XlsxError> {
    let at = ExcelDateTime::parse_from_str(&at.format("%Y-%m-%dT%H:%M:%SZ").to_string())?;
    Ok(DocProperties::new().set_title(title).set_creation_datetime(&at))
}

/// A title as the name of a sheet: at most 31 characters, none that a sheet's name may not have.
pub(crate) fn sheet_name(title: &str) -> String {
    let allowed = title.chars().map(|c| if matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'') { '-' } else { c });
    let name: String = allowed.take(31).collect();
    if name.trim().is_empty() { "1".to_owned() } else { name }
}

/// The formats of values.
pub(crate) struct Styles {
    title: Format,
    pub(crate) head: Format,
    date: Format,
    date_time: Format,
}

impl Styles {
    pub(crate) fn new() -> Self {
        let head = Format::new().set_bold().set_align(FormatAlign::Center).set_align(FormatAlign::VerticalCenter);
        Self {
            title: Format::new().set_bold().set_font_size(14),
            head: head.set_border(FormatBorder::Thin).set_background_color(Color::RGB(0x00f2_f3f5)).set_text_wrap(),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            date_time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }

    pub(crate) fn write(&self, sheet: &mut Worksheet, row: u32, column: u16, cell: &ListCell) -> Result<(), XlsxError> {
        match cell {
            ListCell::Blank => {}
            ListCell::Text(text) => {
                sheet.write_string(row, column, cut(text))?;
            }
            ListCell::Integer(number) => {
                decimal(sheet, row, column, &number.to_string(), "0")?;
            }
            ListCell::Decimal(number, scale) => {
                decimal(sheet, row, column, &number.published(*scale), &zeros(*scale))?;
            }
            ListCell::Date(date) => {
                let at = ExcelDateTime::parse_from_str(&date.format("%Y-%m-%d").to_string())?;
                sheet.write_datetime_with_format(row, column, &at, &self.date)?;
            }
            ListCell::DateTime(at) => {
                let at = ExcelDateTime::parse_from_str(&at.format("%Y-%m-%dT%H:%M:%S").to_string())?;
                sheet.write_datetime_with_format(row, column, &at, &self.date_time)?;
            }
            ListCell::Percent { numerator, denominator, scale } => match share(*numerator, *denominator) {
                Some(share) => decimal(sheet, row, column, &share.published(scale + 2), &format!("{}%", zeros(*scale)))?,
                None => {
                    sheet.write_string(row, column, "—")?;
                }
            },
        }
        Ok(())
    }
}

fn share(numerator: u64, denominator: u64) -> Option<Exact> {
    Exact::from_parts(&numerator.to_string(), &denominator.to_string()).ok()
}

/// A spreadsheet keeps doubles: what they cannot keep to the last digit stays text.
fn decimal(sheet: &mut Worksheet, row: u32, column: u16, published: &str, format: &str) -> Result<(), XlsxError> {
    let digits = published.bytes().filter(u8::is_ascii_digit).count();
    match published.parse::<f64>() {
        Ok(number) if digits <= 15 => {
            sheet.write_number_with_format(row, column, number, &Format::new().set_num_format(format))?
        }
        _ => sheet.write_string(row, column, published)?,
    };
    Ok(())
}

fn zeros(scale: u32) -> String {
    if scale == 0 { "0".to_owned() } else { format!("0.{}", "0".repeat(scale as usize)) }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST { text.to_owned() } else { text.chars().take(LONGEST).chain(['…']).collect() }
}
