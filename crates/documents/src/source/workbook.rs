//! Streams the rows of an Office Open XML workbook, filling merged regions downwards.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;

use calamine::{DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxCellReader, XlsxError};
use yipanqi_domain::exact::Exact;

use super::row::{Origin, Region, SheetCell, SheetRow};
use super::{SheetInfo, SourceError, Visibility};

type Input = BufReader<File>;

pub(super) struct Book {
    book: Xlsx<Input>,
    /// Finding merged regions reads the whole sheet: once is enough.
    regions: HashMap<String, Vec<Region>>,
}

impl Book {
    pub(super) fn open(file: File) -> Result<Self, SourceError> {
        let book: Xlsx<Input> = Xlsx::new(BufReader::new(file)).map_err(refusal)?;
        if !book.sheets_metadata().iter().any(|sheet| sheet.typ == SheetType::WorkSheet) {
            return Err(SourceError::Empty);
        }
        Ok(Self { book, regions: HashMap::new() })
    }

    pub(super) fn sheets(&self) -> Vec<SheetInfo> {
        let visibility = |visible| match visible {
            SheetVisible::Visible => Visibility::Visible,
            SheetVisible::Hidden | SheetVisible::VeryHidden => Visibility::Hidden,
        };
        let sheets = self.book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        sheets.map(|sheet| SheetInfo { name: sheet.name.clone(), visibility: visibility(sheet.visible) }).collect()
    }

    pub(super) fn regions(&mut self, sheet: &str) -> Result<Vec<Region>, SourceError> {
        if let Some(known) = self.regions.get(sheet) {
            return Ok(known.clone());
        }
        let dimensions = self.book.merge_cells_by_sheet_name(sheet).map_err(refusal)?;
        let found: Vec<Region> = dimensions.iter().map(region).collect();
        self.regions.insert(sheet.to_owned(), found.clone());
        Ok(found)
    }

    pub(super) fn rows(&mut self, sheet: &str, columns: u32) -> Result<Rows<'_>, SourceError> {
        let mut starts: HashMap<u32, Vec<Region>> = HashMap::new();
        for region in self.regions(sheet)?.into_iter().filter(|region| region.last_row > region.first_row) {
            starts.entry(region.first_row).or_default().push(region);
        }
        let reader = self.book.worksheet_cells_reader(sheet).map_err(refusal)?;
        let styles = Shapes::of(reader.styles());
        Ok(Rows { reader, ahead: None, starts, open: Vec::new(), styles, columns, stage: Stage::Reading })
    }
}

fn region(found: &Dimensions) -> Region {
    Region { first_row: found.start.0 + 1, last_row: found.end.0 + 1, first_column: found.start.1, last_column: found.end.1 }
}

/// What of a number format decides how a number is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Plain,
    Percent,
    Padded(usize),
}

struct Shapes(Vec<Shape>);

impl Shapes {
    fn of(styles: &[calamine::Style]) -> Self {
        let shape = |style: &calamine::Style| {
            let code = style.number_format.as_ref().map_or("", |format| format.format_code.as_str());
            if code.contains('%') {
                Shape::Percent
            } else if code.len() > 1 && code.bytes().all(|byte| byte == b'0') {
                Shape::Padded(code.len())
            } else {
                Shape::Plain
            }
        };
        Self(styles.iter().map(shape).collect())
    }

    fn get(&self, style: usize) -> Shape {
        self.0.get(style).copied().unwrap_or(Shape::Plain)
    }
}

/// The rows of one sheet.
pub(super) struct Rows<'a> {
    reader: XlsxCellReader<'a, Input>,
    ahead: Option<(u32, SheetCell)>,
    starts: HashMap<u32, Vec<Region>>,
    open: Vec<(u32, SheetCell)>,
    styles: Shapes,
    columns: u32,
    stage: Stage,
}

/// The cell reader may not be asked again after its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Reading,
    Ended,
}

impl Rows<'_> {
    fn cell(&mut self) -> Result<Option<(u32, SheetCell)>, SourceError> {
        if let Some(ahead) = self.ahead.take() {
            return Ok(Some(ahead));
        }
        if self.stage == Stage::Ended {
            return Ok(None);
        }
        while let Some((found, style)) = self.reader.next_cell_with_style_id().map_err(refusal)? {
            let (row, column) = found.get_position();
            if column >= self.columns {
                if matches!(found.get_value(), DataRef::Empty) {
                    continue;
                }
                return Err(SourceError::TooLarge(format!("more than {} columns in row {}", self.columns, row + 1)));
            }
            if let Some(cell) = value(column, found.get_value(), self.styles.get(style)) {
                return Ok(Some((row + 1, cell)));
            }
        }
        self.stage = Stage::Ended;
        Ok(None)
    }

    fn row(&mut self) -> Result<Option<SheetRow>, SourceError> {
        let Some((number, first)) = self.cell()? else { return Ok(None) };
        let mut cells = vec![first];
        while let Some((row, cell)) = self.cell()? {
            if row != number {
                self.ahead = Some((row, cell));
                break;
            }
            cells.push(cell);
        }
        self.fill(number, &mut cells);
        Ok(Some(SheetRow { number, cells }))
    }

    /// Adds what merged regions begun above give to this row, then opens those that begin here.
    fn fill(&mut self, number: u32, cells: &mut Vec<SheetCell>) {
        self.open.retain(|(last, _)| *last >= number);
        for (_, value) in &self.open {
            match cells.iter_mut().find(|cell| cell.column == value.column) {
                Some(cell) if cell.is_blank() => *cell = value.clone(),
                Some(_) => {}
                None => cells.push(value.clone()),
            }
        }
        cells.sort_by_key(|cell| cell.column);
        for region in self.starts.remove(&number).unwrap_or_default() {
            let value = cells.iter().find(|cell| cell.column == region.first_column && cell.origin == Origin::Own);
            if let Some(value) = value {
                self.open.push((region.last_row, SheetCell { origin: Origin::Merged, ..value.clone() }));
            }
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<SheetRow, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.row().transpose()
    }
}

fn value(column: u32, data: &DataRef<'_>, shape: Shape) -> Option<SheetCell> {
    let text = |text: String| (!text.is_empty()).then(|| SheetCell::text(column, text));
    match data {
        DataRef::Empty => None,
        DataRef::String(own) => text(own.clone()),
        DataRef::SharedString(shared) => text((*shared).to_owned()),
        DataRef::Int(number) => Some(number_cell(column, number.to_string(), shape)),
        DataRef::Float(number) => Some(number_cell(column, shown(*number), shape)),
        DataRef::Bool(true) => text("TRUE".to_owned()),
        DataRef::Bool(false) => text("FALSE".to_owned()),
        DataRef::DateTime(moment) => Some(moment_cell(column, *moment)),
        DataRef::DateTimeIso(iso) => Some(SheetCell { date: Some(iso.clone()), ..SheetCell::text(column, iso.clone()) }),
        DataRef::DurationIso(iso) => text(iso.clone()),
        DataRef::Error(error) => text(error.to_string()),
    }
}

/// A spreadsheet keeps 15 significant digits and shows no more: 0.1 + 0.2 is 0.3.
fn shown(number: f64) -> String {
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    format!("{rounded}")
}

fn number_cell(column: u32, text: String, shape: Shape) -> SheetCell {
    let number: Option<Exact> = text.parse().ok();
    let text = match (shape, &number) {
        (Shape::Percent, Some(number)) => format!("{}%", number * &Exact::whole(100)),
        (Shape::Padded(width), Some(_)) if text.bytes().all(|byte| byte.is_ascii_digit()) => format!("{text:0>width$}"),
        (Shape::Plain | Shape::Percent | Shape::Padded(_), _) => text,
    };
    SheetCell { column, text, number, date: None, origin: Origin::Own }
}

fn moment_cell(column: u32, moment: ExcelDateTime) -> SheetCell {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if moment.is_duration() || moment.as_f64() < 1.0 {
        return SheetCell::text(column, time);
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    let iso = if time == "00:00:00" { date } else { format!("{date}T{time}") };
    SheetCell { date: Some(iso.clone()), ..SheetCell::text(column, iso) }
}

fn refusal(error: XlsxError) -> SourceError {
    match error {
        XlsxError::WorksheetNotFound(name) => SourceError::NoSuchSheet(name),
        XlsxError::Password => SourceError::Encrypted,
        other => SourceError::Damaged(other.to_string()),
    }
}
