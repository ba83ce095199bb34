//! Official pages for archive, set by typst with embedded fonts.
//!
//! Everything on a page comes from values of `domain`, handed over as data and never as markup. The same page on the same
//! machine gives the same bytes. A font that is missing and was replaced is always reported, never hidden.

use std::path::PathBuf;

use typst::World;
use typst::diag::{SourceDiagnostic, Warned};
use typst::foundations::{Dict, Value};
use typst_as_lib::typst_kit_options::TypstKitFontOptions;
use typst_as_lib::{TypstEngine, TypstTemplateMainFile};
use typst_pdf::PdfOptions;
use yipanqi_domain::slip::page::SlipPage;

const SLIP: &str = include_str!("slip.typ");

/// Families in order of preference: what GB/T 9704-2012 asks for, free faces of the same style, faces most systems have.
const STYLES: [(&str, &[&str]); 4] = [
    (
        "title",
        &[
            "方正小标宋简体",
            "方正小标宋_GBK",
            "FZXiaoBiaoSong-B05S",
            "FandolSong",
            "Noto Serif CJK SC",
            "Source Han Serif SC",
            "SimSun",
        ],
    ),
    (
        "body",
        &[
            "仿宋_GB2312",
            "FangSong_GB2312",
            "仿宋",
            "FangSong",
            "FandolFang R",
            "Noto Serif CJK SC",
            "Source Han Serif SC",
            "SimSun",
        ],
    ),
    ("sans", &["黑体", "SimHei", "FandolHei", "Noto Sans CJK SC", "Source Han Sans SC"]),
    ("song", &["宋体", "SimSun", "FandolSong", "Noto Serif CJK SC", "Source Han Serif SC"]),
];

/// Why a page cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum PdfError {
    /// No Chinese face of a style is installed.
    #[error("no font for {style}: install one of {families}")]
    FontMissing {
        /// The style (title, body, sans, song).
        style: &'static str,
        /// The families that would do.
        families: String,
    },
    /// The page could not be laid out or written.
    #[error("cannot set the page: {0}")]
    Typst(String),
}

/// A page as PDF.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// The bytes.
    pub pdf: Vec<u8>,
    /// The family used for each style (title, body, sans, song).
    pub families: Vec<(&'static str, String)>,
    /// Every replaced font and every remark of the typesetter.
    pub warnings: Vec<String>,
}

/// Fonts are searched once; then a page takes a fraction of a second.
pub struct Typesetter {
    slip: TypstEngine<TypstTemplateMainFile>,
    families: Vec<(&'static str, String)>,
    warnings: Vec<String>,
}

impl Typesetter {
    /// Searches the system's fonts and those of the folders given.
    ///
    /// # Errors
    /// [`PdfError::FontMissing`] if a style has no Chinese face at all.
    pub fn new(folders: &[PathBuf]) -> Result<Self, PdfError> {
        let fonts = TypstKitFontOptions::new().include_system_fonts(true).include_dirs(folders.iter().cloned());
        let slip = TypstEngine::builder().main_file(SLIP).search_fonts_with(fonts).build();
        let installed: Vec<String> = slip
            .with_world(|world| world.book().families().map(|(name, _)| name.to_owned()).collect())
            .map_err(|error| PdfError::Typst(error.to_string()))?;
        let (mut families, mut warnings) = (Vec::new(), Vec::new());
        for (style, wanted) in STYLES {
            let found = wanted.iter().find(|family| installed.iter().any(|name| name.eq_ignore_ascii_case(family)));
            let Some(found) = found else { return Err(PdfError::FontMissing { style, families: wanted.join(", ") }) };
            if Some(found) != wanted.first() {
                warnings.push(format!("{style}: {} is not installed, replaced by {found}", wanted.first().unwrap_or(found)));
            }
            families.push((style, (*found).to_owned()));
        }
        Ok(Self { slip, families, warnings })
    }

    /// Sets a slip 督办单 as official A4 pages.
    ///
    /// # Errors
    /// [`PdfError::Typst`] if the page cannot be laid out or written.
    pub fn slip(&self, page: &SlipPage) -> Result<Rendered, PdfError> {
        let families: serde_json::Map<String, serde_json::Value> =
            self.families.iter().map(|(style, family)| ((*style).to_owned(), family.clone().into())).collect();
        let lines: Vec<_> = page.fact_lines();
        let data = serde_json::json!({
            "page": page,
            "fonts": families,
            "colour": page.colour_name(),
            "number": page.full_number(),
            "date": page.full_date(),
            "title": page.title_lines(),
            "facts": lines,
        });
        let mut inputs = Dict::new();
        inputs.insert("data".into(), Value::Str(data.to_string().into()));
        let Warned { output, warnings } = self.slip.compile_with_input(inputs);
        let document = output.map_err(|error| PdfError::Typst(error.to_string()))?;
        let pdf = typst_pdf::pdf(&document, &PdfOptions::default())
            .map_err(|errors| PdfError::Typst(errors.iter().map(sentence).collect::<Vec<_>>().join("; ")))?;
        let warnings = self.warnings.iter().cloned().chain(warnings.iter().map(sentence)).collect();
        Ok(Rendered { pdf, families: self.families.clone(), warnings })
    }
}

fn sentence(diagnostic: &SourceDiagnostic) -> String {
    diagnostic.message.to_string()
}
