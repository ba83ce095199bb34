//! The slip 督办单 as a docx in the official layout of GB/T 9704-2012.
//!
//! A4; margins 37 mm above, 28 mm left; type area 156 × 225 mm of 22 lines × 28 characters; red head and line; title
//! 方正小标宋简体 22 pt; text 仿宋_GB2312 16 pt. No seal is drawn: it is put on by hand or by the city's seal service.
//! Fonts are named, not embedded; the reader's machine replaces those it lacks. The same page gives the same bytes.

use std::io::{Cursor, Write};

use docx_rs::{
    AlignmentType, BorderType, BreakType, DocGrid, DocGridType, Docx, Footer, Header, LineSpacing, LineSpacingType, PageMargin,
    PageNum, Paragraph, ParagraphBorder, ParagraphBorderPosition, ParagraphBorders, Run, RunFonts, Shading, ShdType,
    SpecialIndentType, Tab, TabValueType, Table, TableCell, TableCellMargins, TableLayoutType, TableRow, TextBorder, VAlignType,
    WidthType,
};
use yipanqi_domain::slip::SlipColour;
use yipanqi_domain::slip::page::{SlipFact, SlipPage};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// Why a slip cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum SlipError {
    /// The package could not be put together.
    #[error("cannot write the document: {0}")]
    Zip(#[from] zip::result::ZipError),
    /// Reading a part back failed.
    #[error("cannot write the document: {0}")]
    Io(#[from] std::io::Error),
    /// The writer of documents refused.
    #[error("cannot write the document: {0}")]
    Docx(String),
}

const BODY: &str = "仿宋_GB2312";
const TITLE: &str = "方正小标宋简体";
const SANS: &str = "黑体";
const SONG: &str = "宋体";
const RED: &str = "C8102E";
/// 156 mm in twentieths of a point.
const WIDTH: usize = 8844;
/// 225 mm ÷ 22 lines, rounded down: of lines one twentieth of a point higher only 21 stand on a page.
const LINE: u32 = 579;

/// Writes the page as a docx.
///
/// # Errors
/// [`SlipError`] if the package cannot be put together.
pub fn docx(page: &SlipPage) -> Result<Vec<u8>, SlipError> {
    let grid = DocGrid::with_empty().grid_type(DocGridType::Lines).line_pitch(LINE as usize);
    // The footer's page number stands 7 mm below the type area.
    let margin = PageMargin::new().top(2098).left(1587).right(1474).bottom(1984).header(1300).footer(1300).gutter(0);
    let mut document = Docx::new()
        .page_size(11906, 16838)
        .page_margin(margin)
        .default_fonts(RunFonts::new().ascii("Times New Roman").hi_ansi("Times New Roman").east_asia(BODY))
        .default_size(32)
        .created_at("2000-01-01T00:00:00Z")
        .updated_at("2000-01-01T00:00:00Z")
        .first_header(Header::new().add_paragraph(grade(page).snap_to_grid(false)))
        .first_footer(Footer::new().add_paragraph(page_number()))
        .footer(Footer::new().add_paragraph(page_number()));
    document.document.section_property = document.document.section_property.doc_grid(grid);
    for paragraph in head(page) {
        document = document.add_paragraph(paragraph);
    }
    document = document.add_paragraph(body(&format!("{}：", page.addressee), 0));
    for text in &page.paragraphs {
        document = document.add_paragraph(body(text, 640));
    }
    if !page.facts.is_empty() {
        document = document.add_table(facts(page));
    }
    for paragraph in close(page) {
        document = document.add_paragraph(paragraph);
    }
    let mut packed = Cursor::new(Vec::new());
    document.build().pack(&mut packed).map_err(|error| SlipError::Docx(error.to_string()))?;
    settled(&packed.into_inner())
}

fn fonts(name: &str) -> RunFonts {
    RunFonts::new().east_asia(name).ascii("Times New Roman").hi_ansi("Times New Roman")
}

fn run(text: &str, font: &str, half_points: usize) -> Run {
    Run::new().add_text(text).fonts(fonts(font)).size(half_points)
}

/// Text of 16 pt, narrowed by a quarter point so that 28 characters fill a line. (A grid of characters would say the same,
/// but readers disagree about its unit.)
fn words(text: &str) -> Run {
    run(text, BODY, 32).character_spacing(-5)
}

fn spacing(before: u32, after: u32) -> LineSpacing {
    let line = i32::try_from(LINE).unwrap_or(i32::MAX);
    LineSpacing::new().line_rule(LineSpacingType::Exact).line(line).before(before).after(after)
}

fn border(position: ParagraphBorderPosition, eighths: usize, colour: &str) -> ParagraphBorder {
    ParagraphBorder::new(position).val(BorderType::Single).size(eighths).space(1).color(colour)
}

fn ruled(mut paragraph: Paragraph, borders: impl IntoIterator<Item = ParagraphBorder>) -> Paragraph {
    let all = borders.into_iter().fold(ParagraphBorders::with_empty(), ParagraphBorders::set);
    paragraph.property = paragraph.property.set_borders(all);
    paragraph
}

fn body(text: &str, first_line: i32) -> Paragraph {
    let indent = (first_line > 0).then_some(SpecialIndentType::FirstLine(first_line));
    let paragraph = Paragraph::new().add_run(words(text)).line_spacing(spacing(0, 0)).align(AlignmentType::Both);
    paragraph.indent(None, indent, None, None)
}

/// The grade stands in the upper margin of the first page, over the type area.
fn grade(page: &SlipPage) -> Paragraph {
    let (fill, ink) = match page.colour {
        SlipColour::White => ("FFFFFF", "000000"),
        SlipColour::Yellow => ("FFD84A", "3A2B00"),
        SlipColour::Red => ("C8102E", "FFFFFF"),
    };
    let frame = TextBorder::new().border_type(BorderType::Single).size(8).space(0).color("7A6A2A");
    let grade = run(&format!("\u{a0}{}\u{a0}", page.colour_name()), SANS, 32).bold().color(ink).text_border(frame);
    let grade = grade.shading(Shading::new().shd_type(ShdType::Clear).color("auto").fill(fill));
    Paragraph::new().add_run(grade).align(AlignmentType::Right)
}

/// Red head, number and signer over the red line, title.
fn head(page: &SlipPage) -> Vec<Paragraph> {
    let size = head_size(&page.office);
    let tall = LineSpacing::new().line_rule(LineSpacingType::Exact).line(800).before(0).after(120);
    let office = run(&page.office, TITLE, size).color(RED).bold();
    let office = Paragraph::new().add_run(office).align(AlignmentType::Center).line_spacing(tall).snap_to_grid(false);
    let signer = page.signer.as_deref().map_or_else(|| "签发人：　　　".to_owned(), |signer| format!("签发人：{signer}"));
    let number = Paragraph::new()
        .add_tab(Tab::new().val(TabValueType::Right).pos(WIDTH))
        .add_run(words(&page.full_number()))
        .add_run(Run::new().add_tab())
        .add_run(words(&signer))
        .line_spacing(spacing(120, 0));
    let number = ruled(number, [border(ParagraphBorderPosition::Bottom, 20, RED)]);
    let mut title = Paragraph::new().align(AlignmentType::Center);
    for (place, text) in page.title_lines().iter().enumerate() {
        let line = run(text, TITLE, 44).bold();
        title = title.add_run(if place == 0 {
            line
        } else {
            Run::new().add_break(BreakType::TextWrapping).add_text(text.as_str()).fonts(fonts(TITLE)).size(44).bold()
        });
    }
    let title_lines = LineSpacing::new().line_rule(LineSpacingType::Exact).line(660).before(240).after(120);
    vec![office, number, title.line_spacing(title_lines).snap_to_grid(false)]
}

/// The red head fills one line of the type area and is never larger than 小初 36 pt. Half-points.
fn head_size(office: &str) -> usize {
    let characters = office.chars().count().max(1);
    (WIDTH * 97 / 1000 / characters).min(72)
}

fn facts(page: &SlipPage) -> Table {
    let row = |(left, right): (&SlipFact, Option<&SlipFact>)| {
        let cells = match right {
            Some(right) => vec![label(left), value(left, 1), label(right), value(right, 1)],
            None => vec![label(left), value(left, 3)],
        };
        TableRow::new(cells).cant_split()
    };
    let rows = page.fact_lines().into_iter().map(row).collect();
    let margins = TableCellMargins::new().margin(40, 100, 40, 100);
    let grid = vec![1300, 3122, 1300, 3122];
    Table::new(rows).set_grid(grid).width(WIDTH, WidthType::Dxa).layout(TableLayoutType::Fixed).margins(margins)
}

fn label(fact: &SlipFact) -> TableCell {
    let text = Paragraph::new().add_run(run(&fact.label, SANS, 22)).align(AlignmentType::Center);
    let lines = LineSpacing::new().line_rule(LineSpacingType::AtLeast).line(320);
    let text = text.line_spacing(lines).snap_to_grid(false);
    TableCell::new().add_paragraph(text).width(1300, WidthType::Dxa).vertical_align(VAlignType::Center)
}

fn value(fact: &SlipFact, columns: usize) -> TableCell {
    let lines = LineSpacing::new().line_rule(LineSpacingType::AtLeast).line(320);
    let text = Paragraph::new().add_run(run(&fact.value, BODY, 22)).line_spacing(lines).snap_to_grid(false);
    let width = if columns == 1 { 3122 } else { 3122 * 2 + 1300 };
    let cell = TableCell::new().add_paragraph(text).width(width, WidthType::Dxa).vertical_align(VAlignType::Center);
    if columns == 1 { cell } else { cell.grid_span(columns) }
}

/// Demand, attachments, signature, copies.
fn close(page: &SlipPage) -> Vec<Paragraph> {
    let mut paragraphs = Vec::new();
    let mut demand = body(&page.demand, 640);
    if !page.facts.is_empty() {
        demand = demand.line_spacing(spacing(120, 0));
    }
    paragraphs.push(demand);
    for (place, name) in (1..).zip(&page.attachments) {
        let lead = if place == 1 { "附件：" } else { "　　　" };
        let number = if page.attachments.len() == 1 { String::new() } else { format!("{place}.") };
        let line = body(&format!("{lead}{number}{name}"), 640);
        paragraphs.push(if place == 1 { line.line_spacing(spacing(LINE, 0)) } else { line });
    }
    // The signature keeps four characters' distance from the right edge, the date is centred under it (7.3.5.1).
    let office = Paragraph::new().add_run(words(&page.office)).align(AlignmentType::Right).keep_next(true);
    paragraphs.push(office.line_spacing(spacing(LINE, 0)).indent(None, None, Some(640), None));
    let wide = |text: &str| text.chars().map(|c| if c.is_ascii() { 160 } else { 320 }).sum::<i32>();
    let date = page.full_date();
    let inset = 640 + (wide(&page.office) - wide(&date)).max(0) / 2;
    let dated = Paragraph::new().add_run(words(&date)).align(AlignmentType::Right);
    paragraphs.push(dated.line_spacing(spacing(0, 0)).indent(None, None, Some(inset), None));
    paragraphs.extend(imprint(page));
    paragraphs
}

/// 版记: copies over who printed it and when, between lines.
fn imprint(page: &SlipPage) -> Vec<Paragraph> {
    let low = |before| LineSpacing::new().line_rule(LineSpacingType::Exact).line(480).before(before).after(0);
    let inset = |paragraph: Paragraph| paragraph.indent(Some(280), None, Some(280), None).snap_to_grid(false);
    let mut lines = Vec::new();
    if !page.copies.is_empty() {
        let copies = run(&format!("抄送：{}。", page.copies.join("，")), BODY, 28);
        let line = inset(Paragraph::new().add_run(copies)).line_spacing(low(160)).keep_next(true);
        lines.push(ruled(line, [border(ParagraphBorderPosition::Top, 8, "000000")]));
    }
    let printed = Paragraph::new()
        .add_tab(Tab::new().val(TabValueType::Right).pos(WIDTH - 280))
        .add_run(run(&page.printed_by, BODY, 28))
        .add_run(Run::new().add_tab())
        .add_run(run(&format!("{}印发", page.full_date()), BODY, 28));
    let weight = if page.copies.is_empty() { 8 } else { 6 };
    let borders = [border(ParagraphBorderPosition::Top, weight, "000000"), border(ParagraphBorderPosition::Bottom, 8, "000000")];
    let before = if page.copies.is_empty() { 160 } else { 0 };
    lines.push(ruled(inset(printed).line_spacing(low(before)), borders));
    lines
}

fn page_number() -> Paragraph {
    let dash = |text| run(text, SONG, 28);
    let lines = LineSpacing::new().line_rule(LineSpacingType::Exact).line(400);
    let number = Paragraph::new().add_run(dash("— ")).add_page_num(PageNum::new()).add_run(dash(" —"));
    let number = number.align(AlignmentType::Right).line_spacing(lines).snap_to_grid(false);
    number.indent(None, None, Some(280), None)
}

/// Packs the parts anew with a fixed time stamp, so that the bytes depend on the page alone.
fn settled(packed: &[u8]) -> Result<Vec<u8>, SlipError> {
    let mut archive = ZipArchive::new(Cursor::new(packed))?;
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let options = options.last_modified_time(DateTime::default());
    for index in 0..archive.len() {
        let mut part = archive.by_index(index)?;
        if part.is_dir() {
            continue;
        }
        let name = part.name()?.into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut part, &mut bytes)?;
        writer.start_file(name, options)?;
        writer.write_all(&bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}
