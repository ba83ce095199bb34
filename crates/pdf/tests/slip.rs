//! The slip as PDF: set without complaint, with embedded fonts, the same every time.

#![expect(clippy::unwrap_used, reason = "a test stops where something cannot be had")]

use std::sync::OnceLock;

use chrono::NaiveDate;
use yipanqi_domain::slip::page::{SlipFact, SlipPage};
use yipanqi_domain::slip::{SlipColour, SlipNumber};
use yipanqi_pdf::Typesetter;

#[path = "../../documents/tests/measured/mod.rs"]
mod measured;

fn page() -> SlipPage {
    let fact = |(label, value): (&str, &str)| SlipFact { label: label.to_owned(), value: value.to_owned() };
    let facts = [
        ("问题", "晴川横巷垃圾桶满溢、污水外流2处（编号 WT-2026-01187）"),
        ("来源", "例行督查，5月28日发现"),
        ("依据", "2026年版 六-2-(2)"),
        ("交办", "5月28日，限3个工作日"),
        ("已超期", "4个工作日（截至6月8日）"),
    ];
    SlipPage {
        city: "云溪市".to_owned(),
        office: "云溪市文明城市卫生城市创建办公室".to_owned(),
        printed_by: "云溪市创建办".to_owned(),
        colour: SlipColour::Yellow,
        series: "云创督".to_owned(),
        number: Some(SlipNumber { year: 2026, number: 37 }),
        addressee: "澄江街道办事处".to_owned(),
        subject: "关于限期整改晴川横巷垃圾满溢问题的督办单".to_owned(),
        paragraphs: vec!["你单位承办的下列问题于6月2日18时到期，至今未销号。#panic() 现予黄色督办。".to_owned()],
        facts: facts.map(fact).to_vec(),
        demand: "请于6月11日18时前完成整改，书面回复原因、措施和具体责任人。逾期未回复或者核查未通过的，提请红色督办。"
            .to_owned(),
        reply_until: "6月11日18时".to_owned(),
        attachments: Vec::new(),
        signer: Some("俞舒棠".to_owned()),
        issued_on: NaiveDate::from_ymd_opt(2026, 6, 9),
        copies: ["市督查室", "市纪委监委"].map(str::to_owned).to_vec(),
    }
}

/// Fonts are searched once for all tests.
fn typesetter() -> &'static Typesetter {
    static TYPESETTER: OnceLock<Typesetter> = OnceLock::new();
    TYPESETTER.get_or_init(|| Typesetter::new(&[]).unwrap())
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[test]
fn a_slip_is_one_page_with_embedded_fonts_and_no_hidden_complaint() {
    let rendered = typesetter().slip(&page()).unwrap();
    if let Ok(target) = std::env::var("SLIP_PDF") {
        std::fs::write(target, &rendered.pdf).unwrap();
    }
    assert!(rendered.pdf.starts_with(b"%PDF-"));
    assert!(contains(&rendered.pdf, b"/Count 1"), "one page");
    assert!(contains(&rendered.pdf, b"/FontFile"), "fonts are embedded");
    assert!(rendered.warnings.iter().all(|warning| warning.contains("is not installed, replaced by")), "{:?}", rendered.warnings);
    let replaced = rendered.families.iter().filter(|(_, family)| family.contains("Noto")).count();
    assert!(replaced <= rendered.warnings.len(), "every replaced face is reported");
    assert_eq!(rendered.pdf, typesetter().slip(&page()).unwrap().pdf);
}

#[test]
fn a_draft_says_that_it_is_not_numbered() {
    let draft = SlipPage { number: None, signer: None, issued_on: None, copies: Vec::new(), facts: Vec::new(), ..page() };
    let numbered = typesetter().slip(&page()).unwrap().pdf;
    assert_ne!(numbered, typesetter().slip(&draft).unwrap().pdf);
}

#[test]
fn the_page_has_the_official_measures() {
    let folder = tempfile::tempdir().unwrap();
    let full = SlipPage { paragraphs: vec![measured::prose(28 * 50 - 2)], ..page() };
    let [slip, full] = [("slip.pdf", page()), ("full.pdf", full)]
        .map(|(name, page)| measured::file(folder.path(), name, &typesetter().slip(&page).unwrap().pdf));
    measured::no_glyph_is_missing(
        &slip,
        &["云创督〔2026〕37号", "签发人：俞舒棠", "澄江街道办事处：", "2026年6月9日", "黄色督办单"],
    );
    measured::full_page_in_official_measures(&measured::sheets(&full)[1]);
}
