//! The workbooks of the sample city, read with the suggested mapping alone.

#![expect(clippy::unwrap_used, reason = "a test stops where something cannot be had")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use yipanqi_documents::kind::Kind;
use yipanqi_documents::record::{Entry, Record, read_all};
use yipanqi_documents::source::{Limits, Source};
use yipanqi_documents::table::suggest;

fn open(name: &str) -> Source {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi").join(name);
    Source::open(&path, Limits::default()).unwrap()
}

fn entries(kind: Kind, name: &str) -> Vec<Entry> {
    let mut source = open(name);
    let mapping = suggest(kind, &mut source).unwrap().mapping;
    read_all(&mut source, &mapping).unwrap()
}

fn records(kind: Kind, name: &str) -> Vec<Record> {
    let record = |entry| if let Entry::Record(record) = entry { Some(record) } else { None };
    entries(kind, name).into_iter().filter_map(record).collect()
}

/// The mapping, and how often each field of each part is filled, as one readable text.
fn portrait(kind: Kind, name: &str) -> String {
    let mut source = open(name);
    let suggestion = suggest(kind, &mut source).unwrap();
    let mut text = String::new();
    for (sheet, found) in suggestion.mapping.sheets.iter().zip(&suggestion.sheets) {
        let part = sheet.part.as_deref().unwrap_or("-");
        writeln!(text, "{} -> {part} rows {:?} confidence {}", sheet.sheet, sheet.header_rows, found.confidence).unwrap();
        for column in &sheet.columns {
            let (field, blank) = (column.field.as_deref().unwrap_or("-"), column.blank);
            writeln!(text, "  {} {} -> {field} {blank:?}", column.column, column.header).unwrap();
        }
    }
    let mut filled: BTreeMap<(String, &str, &str), (u32, u32)> = BTreeMap::new();
    let mut skipped = Vec::new();
    for entry in read_all(&mut source, &suggestion.mapping).unwrap() {
        match entry {
            Entry::Record(record) => {
                for (field, cell) in &record.fields {
                    let own = u32::from(cell.origin == yipanqi_documents::source::Origin::Own);
                    let counts = filled.entry((record.sheet.to_string(), record.part, field)).or_default();
                    *counts = (counts.0 + 1, counts.1 + own);
                }
            }
            Entry::Skipped(line) => {
                skipped.push(format!(
                    "{} {:?} {:?}: {}",
                    line.sheet,
                    line.row,
                    line.why,
                    line.text.chars().take(30).collect::<String>()
                ));
            }
        }
    }
    for ((sheet, part, field), (all, own)) in filled {
        writeln!(text, "{sheet} {part}.{field}: {all} ({own} own)").unwrap();
    }
    text + &skipped.join("\n")
}

#[test]
fn the_workbooks_of_a_city_are_understood() {
    for (kind, name, snapshot) in [
        (Kind::Framework, "测评体系-县级文明城市-2025版.xlsx", "framework_2025"),
        (Kind::Framework, "测评体系-县级文明城市-2026版.xlsx", "framework_2026"),
        (Kind::Framework, "国家卫生城市标准-2021版.xlsx", "framework_hygienic"),
        (Kind::Checklists, "点位类型与检查清单.xlsx", "checklists"),
        (Kind::Sites, "点位台账.xlsx", "sites"),
        (Kind::Units, "组织机构与责任人.xlsx", "units"),
        (Kind::Grids, "网格边界.geojson", "grids"),
        (Kind::Feedback, "省测反馈问题清单-2025.xlsx", "feedback"),
        (Kind::Tickets, "12345工单导出.csv", "tickets"),
        (Kind::Calendar, "工作日历-2024至2026.json", "calendar"),
    ] {
        insta::assert_snapshot!(snapshot, portrait(kind, name));
    }
}

#[test]
fn every_row_of_the_registry_is_counted() {
    let sites = records(Kind::Sites, "点位台账.xlsx");
    assert_eq!(sites.len(), 1216);
    assert_eq!((sites[0].row, sites[1215].row), (3, 1218));
    let second = &sites[1];
    assert_eq!(second.cell("longitude").unwrap().number.as_ref().unwrap().to_string(), "114.833039");
    assert_eq!(second.column("longitude"), Some("F"));
    let sixth = &sites[5];
    assert_eq!(sixth.cell("latitude").unwrap().text, "31.261684 ");
    assert_eq!(sixth.cell("latitude").unwrap().number, None);
}

#[test]
fn merged_values_reach_every_row_and_say_so() {
    let feedback = records(Kind::Feedback, "省测反馈问题清单-2025.xlsx");
    assert_eq!(feedback.len(), 260);
    let third = &feedback[2];
    assert_eq!(third.text("site"), feedback[0].text("site"));
    assert_eq!(third.cell("site").unwrap().origin, yipanqi_documents::source::Origin::Merged);
    assert_eq!(third.cell("observed_on").unwrap().date.as_deref(), Some("2025-08-19"));
    assert_eq!(feedback[3].cell("observed_on").unwrap().date, None);
}

#[test]
fn an_edition_delivers_its_own_total() {
    let rows = records(Kind::Framework, "测评体系-县级文明城市-2025版.xlsx");
    let total = rows.iter().find(|row| row.part == "total").unwrap();
    let points = |field| total.cell(field).unwrap().number.as_ref().unwrap().to_string();
    assert_eq!(
        (points("points_on_site"), points("points_filing"), points("points_survey")),
        ("46.3".into(), "39.7".into(), "14".into())
    );
    let of = |part: &str| rows.iter().filter(|row| row.part == part).count();
    assert_eq!((of("criterion"), of("negative_item"), of("total")), (125, 30, 1));
}

#[test]
fn hotline_tickets_keep_rare_characters_and_line_breaks() {
    let tickets = records(Kind::Tickets, "12345工单导出.csv");
    assert_eq!(tickets.len(), 400);
    let content = |row: &Record| row.text("content").unwrap_or_default().to_owned();
    assert!(content(&tickets[3]).contains("𠮷祥面馆"));
    assert_eq!(tickets.iter().filter(|row| content(row).contains('\n')).count(), 109);
    assert_eq!(tickets[399].row, 401);
}
