//! What a reader of PDF sees on a page: its size, its lines and where they stand, its fonts. Read by the tools of poppler.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A point in millimetres.
const POINT: f64 = 25.4 / 72.0;

/// A line of text; edges in millimetres from the upper left corner of the page.
#[derive(Debug, Clone)]
pub struct Line {
    /// Left edge of its first glyph.
    pub left: f64,
    /// Upper edge of its glyphs.
    pub top: f64,
    /// Right edge of its last glyph.
    pub right: f64,
    /// Lower edge of its glyphs.
    pub bottom: f64,
    /// What it says.
    pub text: String,
}

/// A page: width and height in millimetres, its lines from above.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A font of a document.
#[derive(Debug, Clone)]
pub struct Font {
    /// Its name without the tag of the subset.
    pub name: String,
    /// Whether it is in the file.
    pub embedded: bool,
    /// Whether its glyphs can be read back as text.
    pub readable: bool,
}

fn said(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).args((program == "pdftotext").then_some("-")).output();
    let output = output.unwrap_or_else(|error| panic!("{program} (make install): {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn attribute(tag: &str, name: &str) -> f64 {
    let value = tag.split_once(&format!("{name}=\"")).unwrap().1;
    value.split_once('"').unwrap().0.parse::<f64>().unwrap() * POINT
}

/// The pages of a file.
pub fn sheets(file: &Path) -> Vec<Sheet> {
    let said = said("pdftotext", &["-bbox"], file);
    let mut sheets: Vec<Sheet> = Vec::new();
    for tag in said.lines().map(str::trim) {
        if tag.starts_with("<page ") {
            sheets.push(Sheet { width: attribute(tag, "width"), height: attribute(tag, "height"), lines: Vec::new() });
        } else if tag.starts_with("<word ") {
            let text = tag.split_once('>').unwrap().1.trim_end_matches("</word>").to_owned();
            let [left, top, right, bottom] = ["xMin", "yMin", "xMax", "yMax"].map(|name| attribute(tag, name));
            let lines = &mut sheets.last_mut().unwrap().lines;
            // Words whose middles stand at the same height are one line.
            let middle = f64::midpoint(top, bottom);
            match lines.iter_mut().find(|line| line.top < middle && middle < line.bottom) {
                Some(line) => {
                    let (before, after) = if left < line.left { (text, line.text.clone()) } else { (line.text.clone(), text) };
                    line.text = before + &after;
                    (line.left, line.right) = (line.left.min(left), line.right.max(right));
                    (line.top, line.bottom) = (line.top.min(top), line.bottom.max(bottom));
                }
                None => lines.push(Line { left, top, right, bottom, text }),
            }
        }
    }
    for sheet in &mut sheets {
        sheet.lines.sort_by(|one, other| one.top.total_cmp(&other.top));
    }
    sheets
}

/// The fonts of a file.
pub fn fonts(file: &Path) -> Vec<Font> {
    let said = said("pdffonts", &[], file);
    let ruler = said.lines().nth(1).unwrap().to_owned();
    // The columns are as wide as the dashes under their names.
    let name = ruler.find(' ').unwrap();
    let font = |line: &str| {
        let full: String = line.chars().take(name).collect();
        let flags: Vec<&str> = line.split_whitespace().rev().skip(2).take(3).collect();
        let name = full.trim().split_once('+').map_or(full.trim(), |(_, name)| name).to_owned();
        Font { name, embedded: flags[2] == "yes", readable: flags[0] == "yes" }
    };
    said.lines().skip(2).map(font).collect()
}

/// Writes bytes into a folder and says where.
pub fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, bytes).unwrap();
    file
}

/// Whether two measures are the same to within so many millimetres.
#[track_caller]
pub fn near(measured: f64, wanted: f64, within: f64, what: &str) {
    assert!((measured - wanted).abs() <= within, "{what}: {measured:.2} mm, wanted {wanted} ± {within} mm");
}

/// A paragraph of body text of so many Chinese characters.
pub fn prose(characters: usize) -> String {
    "垃圾桶满溢污水外流道路破损杂物堆放占道经营乱贴乱画请按期整改到位".chars().cycle().take(characters).collect()
}

/// Asserts what GB/T 9704-2012 says of a page that is full of text: A4; margins 37 mm above and 28 mm left; type area
/// 156 mm × 225 mm; 22 lines of 28 characters of 16 pt.
pub fn full_page_in_official_measures(sheet: &Sheet) {
    near(sheet.width, 210.0, 0.5, "width of the page");
    near(sheet.height, 297.0, 0.5, "height of the page");
    let body: Vec<&Line> = sheet.lines.iter().filter(|line| line.text.chars().count() == 28).collect();
    assert_eq!(body.len(), 22, "22 lines of 28 characters: {:#?}", sheet.lines);
    for line in &body {
        near(line.left, 28.0, 0.6, "left margin");
        near(line.right, 28.0 + 156.0, 0.6, "right edge of the type area");
    }
    let middle = |line: &Line| f64::midpoint(line.top, line.bottom);
    for pair in body.windows(2) {
        near(middle(pair[1]) - middle(pair[0]), 225.0 / 22.0, 0.1, "pitch of the lines");
    }
    let (first, last) = (body[0], body[21]);
    near(first.top, 37.0, 2.5, "top margin");
    assert!(last.bottom < 37.0 + 225.0 + 0.5, "the last line ends at {:.2} mm, below the type area", last.bottom);
    let number = sheet.lines.last().unwrap();
    assert!(number.text.starts_with('—') && number.text.ends_with('—'), "page number: {number:?}");
    near(middle(number), 37.0 + 225.0 + 7.0, 3.0, "the page number stands 7 mm below the type area");
}

/// Asserts that every glyph comes from a font in the file, can be read back, and stands for itself.
pub fn no_glyph_is_missing(file: &Path, wanted: &[&str]) {
    let fonts = fonts(file);
    assert!(!fonts.is_empty());
    for font in &fonts {
        assert!(font.embedded && font.readable, "{font:?}");
    }
    // What the standard names or what the machine has instead of it.
    let chinese = ["FangSong", "SimHei", "Fandol", "CJK", "SourceHan"];
    assert!(fonts.iter().any(|font| chinese.iter().any(|name| font.name.contains(name))), "{fonts:?}");
    let text: String = sheets(file).iter().flat_map(|sheet| &sheet.lines).map(|line| line.text.as_str()).collect();
    assert!(!text.contains('\u{fffd}') && !text.contains('□'), "{text}");
    for wanted in wanted {
        assert!(text.contains(wanted), "{wanted} is not among: {text}");
    }
}
