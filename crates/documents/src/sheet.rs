//! Sheets of codes to be put up at sites, and slips with first passwords to be cut and handed over: A4 pages as PDF, six codes
//! or eight slips each, without the typesetter.
//!
//! Codes are drawn as squares and words as the outlines of a font of the system, so that any reader shows and prints them and no
//! font has to be embedded. Letters of each word are drawn one after another; what is too long is made smaller.

use std::sync::OnceLock;

use fontdb::{Database, Family, Query, Weight};
use pdf_writer::{Content, Filter, Finish, Pdf, Rect, Ref};
use qrcode::{Color, EcLevel, QrCode};
use ttf_parser::{Face, OutlineBuilder};

/// Chinese faces in order of preference.
const FAMILIES: [&str; 8] = [
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "SimHei",
    "FandolHei",
    "WenQuanYi Micro Hei",
    "Noto Serif CJK SC",
    "SimSun",
];
/// A4 in points.
const PAGE: (f32, f32) = (595.28, 841.89);
const MARGIN: f32 = 34.0;
const COLUMNS: usize = 2;
const ROWS: usize = 3;
/// The side of a code, with its quiet zone.
const CODE: f32 = 150.0;
/// Rows of slips on a page.
const CARD_ROWS: usize = 4;
/// The side of a code on a slip, with its quiet zone.
const CARD_CODE: f32 = 112.0;
/// Light modules around a code.
const QUIET: usize = 4;

/// One site on a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// What the code says: an address.
    pub address: String,
    /// In large letters below it.
    pub title: String,
    /// Smaller lines below that.
    pub lines: Vec<String>,
}

/// A slip for one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What the code says: an address.
    pub address: String,
    /// In large letters: whose slip it is.
    pub title: String,
    /// Below it, smaller.
    pub under: String,
    /// Names and values, the values in large letters.
    pub lines: Vec<(String, String)>,
    /// What to do, at the bottom.
    pub foot: Vec<String>,
}

/// Why no sheet can be made.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// No Chinese face is installed.
    #[error("no Chinese font: install one of {0}")]
    FontMissing(String),
    /// An address is too long for a code.
    #[error("the address is too long for a code: {0}")]
    TooLong(String),
    /// The font cannot be read.
    #[error("the font cannot be read: {0}")]
    Font(String),
}

/// The bytes of a font and the place of its face in them; searched once.
fn font() -> Result<&'static (Vec<u8>, u32), SheetError> {
    static FONT: OnceLock<Option<(Vec<u8>, u32)>> = OnceLock::new();
    let found = FONT.get_or_init(|| {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        let id = FAMILIES.iter().find_map(|family| {
            fonts.query(&Query { families: &[Family::Name(family)], weight: Weight::BOLD, ..Query::default() })
        })?;
        fonts.with_face_data(id, |data, face| (data.to_vec(), face))
    });
    found.as_ref().ok_or_else(|| SheetError::FontMissing(FAMILIES.join(", ")))
}

/// Whether sheets can be made here: a Chinese face is installed.
///
/// # Errors
/// [`SheetError::FontMissing`].
pub fn ready() -> Result<(), SheetError> {
    font().map(|_| ())
}

/// The sheets of these sites, six on a page, in their order.
///
/// # Errors
/// [`SheetError`].
pub fn pdf(labels: &[Label]) -> Result<Vec<u8>, SheetError> {
    pages(labels, COLUMNS * ROWS, cell)
}

/// Slips to be cut and handed over, eight on a page, in their order.
///
/// # Errors
/// [`SheetError`].
pub fn cards(cards: &[Card]) -> Result<Vec<u8>, SheetError> {
    pages(cards, COLUMNS * CARD_ROWS, slip)
}

/// A4 pages with so many things each, drawn one after another by their place on the page.
fn pages<T>(
    things: &[T],
    per_page: usize,
    draw: fn(&mut Content, &Face<'_>, &T, usize) -> Result<(), SheetError>,
) -> Result<Vec<u8>, SheetError> {
    let (data, index) = font()?;
    let face = Face::parse(data, *index).map_err(|error| SheetError::Font(error.to_string()))?;
    let (catalog, tree) = (Ref::new(1), Ref::new(2));
    let mut file = Pdf::new();
    let mut kids = Vec::new();
    let mut next = 3;
    for page in things.chunks(per_page) {
        let (id, drawn) = (Ref::new(next), Ref::new(next + 1));
        next += 2;
        kids.push(id);
        let mut content = Content::new();
        for (place, thing) in page.iter().enumerate() {
            draw(&mut content, &face, thing, place)?;
        }
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&content.finish(), 6);
        file.stream(drawn, &packed).filter(Filter::FlateDecode);
        let mut leaf = file.page(id);
        leaf.media_box(Rect::new(0.0, 0.0, PAGE.0, PAGE.1)).parent(tree).contents(drawn);
        leaf.resources();
        leaf.finish();
    }
    let count = i32::try_from(kids.len()).unwrap_or(i32::MAX);
    file.catalog(catalog).pages(tree);
    file.pages(tree).kids(kids).count(count);
    Ok(file.finish())
}

/// A code as a picture of its own: SVG, with its quiet zone.
///
/// # Errors
/// The address is too long for a code.
pub fn svg(address: &str) -> Result<String, SheetError> {
    use std::fmt::Write as _;
    let code = QrCode::with_error_correction_level(address, EcLevel::M).map_err(|_| SheetError::TooLong(address.to_owned()))?;
    let side = code.width();
    let mut path = String::new();
    for (row, modules) in code.to_colors().chunks(side).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                let _infallible = write!(path, "M{} {}h{}v1h-{}z", column + QUIET, row + QUIET, run.len(), run.len());
            }
            column += run.len();
        }
    }
    let whole = side + 2 * QUIET;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" shape-rendering=\"crispEdges\">\
         <rect width=\"{whole}\" height=\"{whole}\" fill=\"#fff\"/><path d=\"{path}\"/></svg>"
    ))
}

/// A small whole number as a length.
fn points(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}

fn cell(content: &mut Content, face: &Face<'_>, label: &Label, place: usize) -> Result<(), SheetError> {
    let (wide, high) = ((PAGE.0 - 2.0 * MARGIN) / points(COLUMNS), (PAGE.1 - 2.0 * MARGIN) / points(ROWS));
    let left = MARGIN + points(place % COLUMNS) * wide;
    let top = PAGE.1 - MARGIN - points(place / COLUMNS) * high;
    content.set_stroke_gray(0.7).set_line_width(0.5).rect(left + 4.0, top - high + 4.0, wide - 8.0, high - 8.0).stroke();
    content.set_fill_gray(0.0);
    code(content, &label.address, (left + (wide - CODE) / 2.0, top - 14.0), CODE)?;
    let mut line = top - 14.0 - CODE - 18.0;
    centred(content, face, &label.title, (left + 12.0, wide - 24.0), line, 15.0);
    for words in &label.lines {
        line -= 15.0;
        centred(content, face, words, (left + 12.0, wide - 24.0), line, 9.5);
    }
    Ok(())
}

/// Draws a code with its upper left corner there; dark modules of a row are drawn together.
fn code(content: &mut Content, address: &str, (left, top): (f32, f32), wide: f32) -> Result<(), SheetError> {
    let code = QrCode::with_error_correction_level(address, EcLevel::Q).map_err(|_| SheetError::TooLong(address.to_owned()))?;
    let side = code.width();
    let step = wide / points(side + 2 * QUIET);
    for (row, modules) in code.to_colors().chunks(side).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|one, next| one == next) {
            if run.first() == Some(&Color::Dark) {
                let (x, y) = (left + points(column + QUIET) * step, top - points(row + QUIET + 1) * step);
                content.rect(x, y, points(run.len()) * step, step);
            }
            column += run.len();
        }
    }
    content.fill_nonzero();
    Ok(())
}

/// Draws a slip: the code on the left, with what to sign in on the right, how to below.
fn slip(content: &mut Content, face: &Face<'_>, card: &Card, place: usize) -> Result<(), SheetError> {
    let (wide, high) = ((PAGE.0 - 2.0 * MARGIN) / points(COLUMNS), (PAGE.1 - 2.0 * MARGIN) / points(CARD_ROWS));
    let left = MARGIN + points(place % COLUMNS) * wide;
    let top = PAGE.1 - MARGIN - points(place / COLUMNS) * high;
    content.set_stroke_gray(0.6).set_line_width(0.5).set_dash_pattern([3.0, 3.0], 0.0);
    content.rect(left, top - high, wide, high).stroke();
    content.set_fill_gray(0.0);
    code(content, &card.address, (left + 6.0, top - 6.0), CARD_CODE)?;
    let (from, room) = (left + CARD_CODE + 12.0, wide - CARD_CODE - 22.0);
    let mut line = top - 26.0;
    words(content, face, &card.title, (from, room), line, 15.0, Side::Left);
    line -= 13.0;
    words(content, face, &card.under, (from, room), line, 8.5, Side::Left);
    for (name, value) in &card.lines {
        line -= 20.0;
        words(content, face, name, (from, 42.0), line, 8.5, Side::Left);
        words(content, face, value, (from + 46.0, room - 46.0), line, 13.0, Side::Left);
    }
    let mut line = top - high + 14.0 + 12.0 * points(card.foot.len().saturating_sub(1));
    for sentence in &card.foot {
        words(content, face, sentence, (left + 12.0, wide - 24.0), line, 8.5, Side::Left);
        line -= 12.0;
    }
    Ok(())
}

/// Where words stand in their span.
#[derive(Debug, Clone, Copy)]
enum Side {
    Left,
    Middle,
}

/// Draws words in the middle of a span, smaller where they would not fit.
fn centred(content: &mut Content, face: &Face<'_>, said: &str, span: (f32, f32), base: f32, size: f32) {
    words(content, face, said, span, base, size, Side::Middle);
}

/// Draws words in a span, smaller where they would not fit.
fn words(content: &mut Content, face: &Face<'_>, said: &str, (left, wide): (f32, f32), base: f32, size: f32, side: Side) {
    let glyphs: Vec<_> = said.chars().filter_map(|letter| face.glyph_index(letter)).collect();
    let units: f32 = glyphs.iter().map(|glyph| f32::from(face.glyph_hor_advance(*glyph).unwrap_or(0))).sum();
    let em = f32::from(face.units_per_em().max(1));
    let scale = (size / em).min(if units > 0.0 { wide / units } else { size / em });
    let mut x = match side {
        Side::Left => left,
        Side::Middle => left + (wide - units * scale) / 2.0,
    };
    for glyph in glyphs {
        face.outline_glyph(glyph, &mut Pen { content, x, y: base, scale, at: (0.0, 0.0) });
        x += f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale;
    }
    content.fill_nonzero();
}

/// Writes the outline of a letter into a page.
struct Pen<'a> {
    content: &'a mut Content,
    x: f32,
    y: f32,
    scale: f32,
    /// Where it stands, in units of the font.
    at: (f32, f32),
}

impl Pen<'_> {
    fn on_page(&self, x: f32, y: f32) -> (f32, f32) {
        (x.mul_add(self.scale, self.x), y.mul_add(self.scale, self.y))
    }
}

impl OutlineBuilder for Pen<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        let (to_x, to_y) = self.on_page(x, y);
        self.content.move_to(to_x, to_y);
        self.at = (x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (to_x, to_y) = self.on_page(x, y);
        self.content.line_to(to_x, to_y);
        self.at = (x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let third = |from: f32, to: f32| from + (to - from) * 2.0 / 3.0;
        let (from_x, from_y) = self.at;
        self.curve_to(third(from_x, x1), third(from_y, y1), third(x, x1), third(y, y1), x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (one, two, to) = (self.on_page(x1, y1), self.on_page(x2, y2), self.on_page(x, y));
        self.content.cubic_to(one.0, one.1, two.0, two.1, to.0, to.1);
        self.at = (x, y);
    }

    fn close(&mut self) {
        self.content.close_path();
    }
}
