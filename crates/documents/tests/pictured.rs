//! A ledger of any length goes out with its pictures in little memory.

#![expect(clippy::unwrap_used, reason = "a test stops where something cannot be had")]

use std::io::{Cursor, Read};

use chrono::NaiveDate;
use yipanqi_documents::list::{ColumnKind, ListCell, ListColumn, ListHead, PictureBytes, PicturedRow, write_pictured};
use yipanqi_documents::source::{Limits, Source};

fn head() -> ListHead {
    let generated_at = NaiveDate::from_ymd_opt(2026, 6, 9).unwrap().and_hms_opt(8, 30, 0).unwrap();
    let column = |head: &str, kind| ListColumn { head: head.to_owned(), width: 14, kind };
    let columns =
        vec![column("编号", ColumnKind::Plain), column("按期率", ColumnKind::Percent), column("照片", ColumnKind::Plain)];
    ListHead { title: "问题台账".to_owned(), subtitle: String::new(), generated_at, columns }
}

fn row(number: i64, picture: Option<&str>) -> PicturedRow {
    let rate = ListCell::Percent { numerator: 1, denominator: 2, scale: 2 };
    PicturedRow { cells: vec![ListCell::Integer(number), rate, ListCell::Blank], picture: picture.map(str::to_owned) }
}

fn part(bytes: &[u8], name: &str) -> String {
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    package.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn pictures_stand_in_their_rows_and_each_is_stored_once() {
    let rows = [row(1, Some("a")), row(2, None), row(3, Some("gone")), row(4, Some("a")), row(5, Some("b"))];
    let write = || {
        let mut target = Cursor::new(Vec::new());
        let picture = |key: &str| (key != "gone").then(|| PictureBytes { jpeg: key.as_bytes().to_vec(), width: 40, height: 30 });
        write_pictured(&mut target, &head(), rows.clone(), picture).unwrap();
        target.into_inner()
    };
    let bytes = write();
    assert_eq!(bytes, write(), "the same list gives the same bytes");
    let drawing = part(&bytes, "xl/drawings/drawing1.xml");
    let places: Vec<&str> = drawing.split("<xdr:row>").skip(1).map(|rest| rest.split('<').next().unwrap()).collect();
    assert_eq!(places, ["3", "6", "7"]);
    assert_eq!(drawing.matches("r:embed=\"rId1\"").count(), 2);
    assert!(drawing.contains("<xdr:col>3</xdr:col>"), "the rate takes two columns");
    assert_eq!(part(&bytes, "xl/media/image1.jpeg"), "a");
    assert!(part(&bytes, "xl/worksheets/sheet1.xml").ends_with("<drawing r:id=\"rId1\"/></worksheet>"));
    assert!(part(&bytes, "[Content_Types].xml").contains("image/jpeg"));
    Source::from_bytes(&bytes, Limits::default()).unwrap();
}

#[test]
fn fifty_thousand_rows_with_pictures_take_little_memory() {
    let resident = || -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    };
    let before = resident();
    let rows = (0..50_000).map(|number| row(number, Some(&format!("{number:064}"))));
    let picture = |_: &str| Some(PictureBytes { jpeg: vec![7; 6_000], width: 40, height: 30 });
    let mut file = tempfile::tempfile().unwrap();
    write_pictured(&mut file, &head(), rows, picture).unwrap();
    let written = file.metadata().unwrap().len() >> 20;
    let grown = resident() - before;
    assert!(written > 280, "{written} MB written");
    assert!(grown < 120, "{grown} MB of memory for {written} MB of workbook");
}
