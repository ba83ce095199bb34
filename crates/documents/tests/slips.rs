//! The slip as docx: complete, the same every time, in the official measures.

#![expect(clippy::unwrap_used, reason = "a test stops where something cannot be had")]

use std::io::{Cursor, Read};
use std::process::Command;

use chrono::NaiveDate;
use yipanqi_documents::slip::docx;
use yipanqi_domain::slip::page::{SlipFact, SlipPage};
use yipanqi_domain::slip::{SlipColour, SlipNumber};

fn page() -> SlipPage {
    let fact = |(label, value): (&str, &str)| SlipFact { label: label.to_owned(), value: value.to_owned() };
    let facts = [
        ("问题", "晴川横巷垃圾桶满溢、污水外流2处（编号 WT-2026-01187）"),
        ("来源", "例行督查，5月28日发现"),
        ("依据", "2026年版 六-2-(2)"),
        ("交办", "5月28日，限3个工作日"),
        ("已超期", "4个工作日（截至6月8日）"),
        ("退回", "6月1日退回返工1次"),
        ("反弹", "4月7日曾销号，间隔51天"),
    ];
    let opening = "你单位承办的下列问题于6月2日18时到期，至今未销号。6月4日发出的白色督办单（云创督〔2026〕29号）逾期未回复。现予黄色督办。";
    let demand = "请于6月11日18时前完成整改，书面回复原因、措施和具体责任人。逾期未回复或者核查未通过的，提请红色督办。对本单有异议的，请在回复期内申诉。";
    SlipPage {
        city: "云溪市".to_owned(),
        office: "云溪市文明城市卫生城市创建办公室".to_owned(),
        printed_by: "云溪市创建办".to_owned(),
        colour: SlipColour::Yellow,
        series: "云创督".to_owned(),
        number: Some(SlipNumber { year: 2026, number: 37 }),
        addressee: "澄江街道办事处".to_owned(),
        subject: "关于限期整改晴川横巷垃圾满溢问题的督办单".to_owned(),
        paragraphs: vec![opening.to_owned()],
        facts: facts.map(fact).to_vec(),
        demand: demand.to_owned(),
        reply_until: "6月11日18时".to_owned(),
        attachments: Vec::new(),
        signer: Some("俞舒棠".to_owned()),
        issued_on: NaiveDate::from_ymd_opt(2026, 6, 9),
        copies: ["市督查室", "市纪委监委", "包联单位市总工会"].map(str::to_owned).to_vec(),
    }
}

mod measured;

fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn the_page_is_complete_and_in_official_measures() {
    let bytes = docx(&page()).unwrap();
    if let Ok(target) = std::env::var("SLIP_DOCX") {
        std::fs::write(target, &bytes).unwrap();
    }
    let document = part(&bytes, "word/document.xml");
    assert!(part(&bytes, "word/header1.xml").contains("黄色督办单"));
    for text in [
        "云创督〔2026〕37号",
        "签发人：俞舒棠",
        "澄江街道办事处：",
        "2026年6月9日",
        "抄送：市督查室，市纪委监委，包联单位市总工会。",
    ] {
        assert!(document.contains(text), "{text}");
    }
    for measure in [
        "w:w=\"11906\"",
        "w:h=\"16838\"",
        "w:top=\"2098\"",
        "w:left=\"1587\"",
        "w:linePitch=\"579\"",
        "方正小标宋简体",
        "仿宋_GB2312",
    ] {
        assert!(document.contains(measure), "{measure}");
    }
}

#[test]
fn the_same_page_gives_the_same_bytes_and_another_page_others() {
    let first = docx(&page()).unwrap();
    assert_eq!(first, docx(&page()).unwrap());
    let draft = SlipPage { number: None, signer: None, issued_on: None, ..page() };
    let draft = part(&docx(&draft).unwrap(), "word/document.xml");
    assert!(draft.contains("云创督（未编号）") && !draft.contains("2026年6月9日"));
    let hostile = SlipPage { subject: "<w:br/>&\u{1}".to_owned(), ..page() };
    assert!(part(&docx(&hostile).unwrap(), "word/document.xml").contains("&lt;w:br/&gt;&amp;"));
}

#[test]
fn libre_office_opens_the_slip_in_the_official_measures() {
    let folder = tempfile::tempdir().unwrap();
    let full = SlipPage { paragraphs: vec![measured::prose(28 * 50 - 2)], ..page() };
    let files = [("slip", page()), ("full", full)];
    let files = files.map(|(name, page)| measured::file(folder.path(), &format!("{name}.docx"), &docx(&page).unwrap()));
    let home = format!("-env:UserInstallation=file://{}/home", folder.path().display());
    let mut office = Command::new("soffice");
    office.args([&home, "--headless", "--convert-to", "pdf", "--outdir"]).arg(folder.path()).args(&files);
    let office = office.output().unwrap_or_else(|error| panic!("soffice (make install): {error}"));
    assert!(office.status.success(), "{}", String::from_utf8_lossy(&office.stderr));
    let [slip, full] = files.map(|file| file.with_extension("pdf"));
    if let Ok(target) = std::env::var("SLIP_FOLDER") {
        for file in [&slip, &full] {
            std::fs::copy(file, std::path::Path::new(&target).join(file.file_name().unwrap())).unwrap();
        }
    }
    measured::no_glyph_is_missing(
        &slip,
        &["云创督〔2026〕37号", "签发人：俞舒棠", "澄江街道办事处：", "2026年6月9日", "黄色督办单"],
    );
    assert_eq!(measured::sheets(&slip).len(), 1, "one page");
    measured::full_page_in_official_measures(&measured::sheets(&full)[1]);
}
