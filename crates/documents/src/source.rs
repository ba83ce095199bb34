//! Opens untrusted files, told apart by their content and never by their name.
//!
//! Invariants: nothing is handed to a parser before its declared and its real sizes were bounded; rows are streamed, so
//! memory does not grow with the number of rows (shared texts of a workbook and JSON documents are bounded by [`Limits`]).

mod archive;
mod delimited;
mod json;
mod row;
mod text;
mod workbook;

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use row::{Origin, Region, SheetCell, SheetRow, column_index, column_letters};

/// Why a file cannot be read; each has a stable code ([`SourceError::code`]).
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Neither a workbook nor text, JSON or GeoJSON: a program, a picture, a document.
    #[error("not a workbook, csv, json or geojson file: {found}")]
    NotAWorkbook {
        /// What the first bytes look like.
        found: &'static str,
    },
    /// Protected by a password.
    #[error("the file is protected by a password")]
    Encrypted,
    /// A workbook in the binary format before 2007.
    #[error("a workbook in the old xls format")]
    OldXls,
    /// Begins like a readable file and then breaks off or contradicts itself.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// Larger than a real workbook can be, or blown up by compression.
    #[error("the file is too large: {0}")]
    TooLarge(String),
    /// No byte, no sheet or no cell.
    #[error("the file is empty")]
    Empty,
    /// Text that is neither UTF-8 nor UTF-16 nor GB18030.
    #[error("the text is neither UTF-8 nor GB18030")]
    Encoding,
    /// The sheet named does not exist.
    #[error("no sheet named {0}")]
    NoSuchSheet(String),
    /// The operating system refused to read.
    #[error("cannot read the file: {0}")]
    Io(#[from] std::io::Error),
}

impl SourceError {
    /// The stable code for reports and answers.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAWorkbook { .. } => "import_not_a_workbook",
            Self::Encrypted => "import_encrypted",
            Self::OldXls => "import_old_xls",
            Self::Damaged(_) => "import_damaged",
            Self::TooLarge(_) => "import_too_large",
            Self::Empty => "import_empty",
            Self::Encoding => "import_encoding",
            Self::NoSuchSheet(_) => "import_no_such_sheet",
            Self::Io(_) => "import_unreadable",
        }
    }
}

/// What a file may cost. The defaults admit 50,000 rows of 30 columns many times over.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of the file itself.
    pub file_bytes: u64,
    /// Bytes of all parts of a workbook after inflating.
    pub inflated_bytes: u64,
    /// Bytes of the parts of a workbook that must be held in memory (shared texts, styles, relations).
    pub held_bytes: u64,
    /// Inflated ÷ deflated size of a part larger than a mebibyte.
    pub ratio: u64,
    /// Parts of a workbook.
    pub parts: usize,
    /// Bytes of a JSON or GeoJSON document, which is held in memory.
    pub json_bytes: u64,
    /// Rows of a sheet.
    pub rows: u32,
    /// Columns of a sheet.
    pub columns: u32,
    /// Bytes of one cell's text.
    pub cell_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 64 << 20,
            inflated_bytes: 512 << 20,
            held_bytes: 96 << 20,
            ratio: 300,
            parts: 2_000,
            json_bytes: 48 << 20,
            rows: 300_000,
            columns: 512,
            cell_bytes: 256 << 10,
        }
    }
}

/// How a file's bytes are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Office Open XML workbook.
    Workbook,
    /// Delimited text (csv).
    Delimited,
    /// JSON other than GeoJSON.
    Json,
    /// A GeoJSON feature collection.
    GeoJson,
}

/// A sheet, or the part of a text or JSON file that reads like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetInfo {
    /// Its name in the workbook; `csv` for delimited text; the member's name for JSON.
    pub name: String,
    /// Whether the workbook shows it.
    pub visibility: Visibility,
}

/// Whether a workbook shows a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Shown.
    Visible,
    /// Hidden by its author.
    Hidden,
}

enum Content {
    Workbook(Box<workbook::Book>),
    Delimited(text::TextFile),
    Json(json::Document),
}

/// An opened file: its sheets can be read any number of times.
pub struct Source {
    format: Format,
    sheets: Vec<SheetInfo>,
    content: Content,
    limits: Limits,
}

impl Source {
    /// Opens a file.
    ///
    /// # Errors
    /// [`SourceError`] for everything that cannot be read safely.
    pub fn open(path: &Path, limits: Limits) -> Result<Self, SourceError> {
        Self::from_file(File::open(path)?, limits)
    }

    /// Opens bytes; they are put into an unnamed temporary file.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn from_bytes(bytes: &[u8], limits: Limits) -> Result<Self, SourceError> {
        let mut file = tempfile::tempfile()?;
        file.write_all(bytes)?;
        Self::from_file(file, limits)
    }

    fn from_file(mut file: File, limits: Limits) -> Result<Self, SourceError> {
        let length = file.seek(SeekFrom::End(0))?;
        if length == 0 {
            return Err(SourceError::Empty);
        }
        if length > limits.file_bytes {
            return Err(SourceError::TooLarge(format!("{length} bytes, at most {}", limits.file_bytes)));
        }
        file.seek(SeekFrom::Start(0))?;
        let mut head = Vec::new();
        (&mut file).take(64 << 10).read_to_end(&mut head)?;
        file.seek(SeekFrom::Start(0))?;
        if head.starts_with(COMPOUND) {
            return Err(compound(&mut file, &head)?);
        }
        match recognise(&head)? {
            Guess::Zip => {
                archive::vet(BufReader::new(file.try_clone()?), &limits)?;
                file.seek(SeekFrom::Start(0))?;
                let book = workbook::Book::open(file)?;
                Ok(Self { format: Format::Workbook, sheets: book.sheets(), content: Content::Workbook(Box::new(book)), limits })
            }
            Guess::Text => Self::from_text(text::TextFile::open(file)?, length, limits),
        }
    }

    fn from_text(text: text::TextFile, length: u64, limits: Limits) -> Result<Self, SourceError> {
        if !matches!(text.first_character()?, Some('{' | '[')) {
            let sheets = vec![SheetInfo { name: "csv".to_owned(), visibility: Visibility::Visible }];
            return Ok(Self { format: Format::Delimited, sheets, content: Content::Delimited(text), limits });
        }
        if length > limits.json_bytes {
            return Err(SourceError::TooLarge(format!("{length} bytes of JSON, at most {}", limits.json_bytes)));
        }
        let (format, document) = json::Document::parse(&text.whole()?)?;
        let visible = |name| SheetInfo { name, visibility: Visibility::Visible };
        let sheets = document.names().map(visible).collect();
        Ok(Self { format, sheets, content: Content::Json(document), limits })
    }

    /// How the file is laid out.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The sheets in the file's order.
    #[must_use]
    pub fn sheets(&self) -> &[SheetInfo] {
        &self.sheets
    }

    /// The merged regions of a sheet.
    ///
    /// # Errors
    /// [`SourceError`] if the sheet does not exist or is damaged.
    pub fn regions(&mut self, sheet: &str) -> Result<Vec<Region>, SourceError> {
        match &mut self.content {
            Content::Workbook(book) => book.regions(sheet),
            Content::Delimited(_) | Content::Json(_) => Ok(Vec::new()),
        }
    }

    /// Streams the rows of a sheet from its beginning; cells of a merged region are filled downwards ([`Origin::Merged`]).
    ///
    /// # Errors
    /// [`SourceError`] if the sheet does not exist or cannot be begun; the iterator yields those found later, then ends.
    pub fn rows(&mut self, sheet: &str) -> Result<SheetRows<'_>, SourceError> {
        let limits = self.limits.clone();
        let inner = match &mut self.content {
            Content::Workbook(book) => Inner::Workbook(Box::new(book.rows(sheet, limits.columns)?)),
            Content::Delimited(text) => Inner::Delimited(Box::new(delimited::Records::new(text.reader()?, &limits)?)),
            Content::Json(document) => Inner::Json(document.rows(sheet)?),
        };
        Ok(SheetRows { inner, limits, last: 0, failed: Failed::No })
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Failed {
    No,
    Yes,
}

enum Inner<'a> {
    Workbook(Box<workbook::Rows<'a>>),
    Delimited(Box<delimited::Records>),
    Json(json::Rows<'a>),
}

/// The rows of one sheet that hold at least one cell, in order.
pub struct SheetRows<'a> {
    inner: Inner<'a>,
    limits: Limits,
    last: u32,
    failed: Failed,
}

impl SheetRows<'_> {
    fn checked(&mut self, row: SheetRow) -> Result<SheetRow, SourceError> {
        self.last = row.number;
        if row.number > self.limits.rows {
            return Err(SourceError::TooLarge(format!("more than {} rows", self.limits.rows)));
        }
        if row.cells.iter().any(|cell| cell.text.len() > self.limits.cell_bytes && cell.date.is_none()) && !self.holds_documents()
        {
            return Err(SourceError::TooLarge(format!(
                "a cell of row {} is longer than {} bytes",
                row.number, self.limits.cell_bytes
            )));
        }
        Ok(row)
    }

    /// JSON values are bounded as a whole; a district's polygon may be long.
    fn holds_documents(&self) -> bool {
        matches!(self.inner, Inner::Json(_))
    }
}

impl Iterator for SheetRows<'_> {
    type Item = Result<SheetRow, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed == Failed::Yes {
            return None;
        }
        let next = match &mut self.inner {
            Inner::Workbook(rows) => rows.next(),
            Inner::Delimited(records) => records.next(),
            Inner::Json(rows) => rows.next().map(Ok),
        }?;
        let checked = next.and_then(|row| self.checked(row));
        if checked.is_err() {
            self.failed = Failed::Yes;
        }
        Some(checked)
    }
}

enum Guess {
    Zip,
    Text,
}

fn recognise(head: &[u8]) -> Result<Guess, SourceError> {
    let refuse = |found| Err(SourceError::NotAWorkbook { found });
    let signatures: [(&[u8], &str); 10] = [
        (b"MZ", "a Windows program"),
        (b"\x7fELF", "a program"),
        (b"%PDF", "a PDF document"),
        (b"\x89PNG", "a PNG picture"),
        (b"\xff\xd8\xff", "a JPEG picture"),
        (b"GIF8", "a GIF picture"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7z archive"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"SQLite format 3", "a database"),
    ];
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(Guess::Zip);
    }
    if let Some((_, found)) = signatures.iter().find(|(signature, _)| head.starts_with(signature)) {
        return refuse(found);
    }
    if head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]) {
        return Ok(Guess::Text);
    }
    if head.iter().any(|byte| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a)) {
        return refuse("binary data");
    }
    let start: String = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().chars().take(16).collect();
    if start.starts_with('<') {
        return refuse("a web page or XML");
    }
    Ok(Guess::Text)
}

/// The first bytes of an OLE2 compound file.
const COMPOUND: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

/// OLE2 compound files hold encrypted Office documents or those of the format before 2007; the directory names tell.
fn compound(file: &mut File, head: &[u8]) -> Result<SourceError, SourceError> {
    let mut directory = Vec::new();
    if let (Some(shift), Some(sector)) = (head.get(30..32), head.get(48..52)) {
        let shift = u16::from_le_bytes([shift[0], shift[1]]).min(16);
        let sector = u64::from(u32::from_le_bytes([sector[0], sector[1], sector[2], sector[3]]));
        file.seek(SeekFrom::Start((sector + 1) << shift))?;
        file.take(4 << 10).read_to_end(&mut directory)?;
    }
    let named = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [head, &directory].iter().any(|bytes| bytes.windows(wide.len()).any(|window| window == wide))
    };
    if named("EncryptedPackage") || named("EncryptionInfo") {
        return Ok(SourceError::Encrypted);
    }
    if named("WordDocument") || named("PowerPoint Document") {
        return Ok(SourceError::NotAWorkbook { found: "an Office document that is no workbook" });
    }
    Ok(SourceError::OldXls)
}
