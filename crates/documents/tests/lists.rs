//! Lists go out as real workbooks and come back the same, at any length.

#![expect(clippy::unwrap_used, reason = "a test stops where something cannot be had")]

use std::io::Cursor;
use std::ops::ControlFlow;

use chrono::NaiveDate;
use yipanqi_documents::kind::Kind;
use yipanqi_documents::list::{ColumnKind, ListCell, ListColumn, ListHead, write};
use yipanqi_documents::record::{Entry, read, read_all};
use yipanqi_documents::source::{Limits, Source};
use yipanqi_documents::table::suggest;

fn head(title: &str, columns: &[(&str, ColumnKind)]) -> ListHead {
    let generated_at = NaiveDate::from_ymd_opt(2026, 6, 9).unwrap().and_hms_opt(8, 30, 0).unwrap();
    let column = |(head, kind): &(&str, ColumnKind)| ListColumn { head: (*head).to_owned(), width: 12, kind: *kind };
    let columns = columns.iter().map(column).collect();
    ListHead { title: title.to_owned(), subtitle: "全部 · 生成时间 2026-06-09 08:30".to_owned(), generated_at, columns }
}

fn bytes(head: &ListHead, rows: Vec<Vec<ListCell>>, totals: Option<&[ListCell]>) -> Vec<u8> {
    let mut target = Cursor::new(Vec::new());
    write(&mut target, head, rows, totals).unwrap();
    target.into_inner()
}

fn text(text: &str) -> ListCell {
    ListCell::Text(text.to_owned())
}

#[test]
fn an_exported_list_is_imported_equal() {
    use ColumnKind::Plain;
    let head = head("点位清单", &[("点位编号", Plain), ("点位名称", Plain), ("经度", Plain), ("备注", Plain), ("检查项", Plain)]);
    let decimal = |text: &str| ListCell::Decimal(text.parse().unwrap(), 6);
    let rows = vec![
        vec![text("007"), text("=HYPERLINK(\"http://x\")"), decimal("114.833039"), text("@sum"), ListCell::Integer(3)],
        vec![text("YX-2"), text("+86 热线\n第二行"), decimal("114.1"), text("-1"), ListCell::Blank],
    ];
    let written = bytes(&head, rows.clone(), Some(&[text("合计"), ListCell::Integer(2)]));
    assert_eq!(written, bytes(&head, rows.clone(), Some(&[text("合计"), ListCell::Integer(2)])), "the same list, the same bytes");
    let mut source = Source::from_bytes(&written, Limits::default()).unwrap();
    let mapping = suggest(Kind::Sites, &mut source).unwrap().mapping;
    let entries = read_all(&mut source, &mapping).unwrap();
    let records: Vec<_> =
        entries.iter().filter_map(|entry| if let Entry::Record(record) = entry { Some(record) } else { None }).collect();
    assert_eq!(records.len(), 2, "title, heads and totals are no records");
    for (record, row) in records.iter().zip(&rows) {
        for (field, cell) in ["code", "name", "longitude", "remark"].into_iter().zip(row) {
            let found = record.cell(field).unwrap();
            match cell {
                ListCell::Text(text) => assert_eq!((&found.text, &found.number), (text, &None)),
                ListCell::Decimal(number, _) => assert_eq!(found.number.as_ref(), Some(number)),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn rates_show_what_they_were_counted_from_and_dates_are_dates() {
    use ColumnKind::{Percent, Plain};
    let head = head("排名", &[("单位", Plain), ("日期", Plain), ("按期销号率", Percent), ("得分", Plain)]);
    let date = ListCell::Date(NaiveDate::from_ymd_opt(2026, 6, 9).unwrap());
    let rate = |numerator, denominator| ListCell::Percent { numerator, denominator, scale: 2 };
    let score = ListCell::Decimal("7/15".parse().unwrap(), 2);
    let written =
        bytes(&head, vec![vec![text("甲"), date.clone(), rate(81, 90), score], vec![text("乙"), date, rate(0, 0)]], None);
    let mut source = Source::from_bytes(&written, Limits::default()).unwrap();
    let rows: Vec<_> = source.rows("排名").unwrap().map(Result::unwrap).collect();
    let shown: Vec<&str> = rows[3].cells.iter().map(|cell| cell.text.as_str()).collect();
    assert_eq!(shown, ["甲", "2026-06-09", "90%", "81/90", "0.47"]);
    assert_eq!(rows[3].cells[1].date.as_deref(), Some("2026-06-09"));
    assert_eq!(rows[4].cells[2].text, "—");
}

fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn fifty_thousand_rows_cost_little_memory() {
    use ColumnKind::Plain;
    const ROWS: u32 = 50_000;
    let columns = ["工单编号", "来电时间", "诉求类型", "诉求地址", "诉求内容", "承办单位"].map(|name| (name, Plain));
    let row = |number: u32| {
        let words = format!("第{number}号：占道经营，影响通行，请尽快处理");
        vec![
            text(&format!("T{number:06}")),
            text("2026-06-09 08:30:00"),
            text("市容环境"),
            text("东城街道1号"),
            text(&words),
            text("市城管局"),
        ]
    };
    let file = tempfile::NamedTempFile::new().unwrap();
    let before = resident_kilobytes();
    write(file.reopen().unwrap(), &head("工单", &columns), (0..ROWS).map(row), None).unwrap();
    let mut source = Source::open(file.path(), Limits::default()).unwrap();
    let mapping = suggest(Kind::Tickets, &mut source).unwrap().mapping;
    let (mut records, mut last) = (0, 0);
    read(&mut source, &mapping, &mut |entry| {
        if let Entry::Record(record) = entry {
            records += 1;
            last = record.row;
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((records, last), (ROWS, ROWS + 3));
    let grown = resident_kilobytes() - before;
    assert!(grown < 64 << 10, "writing and reading took {grown} kB more than before");
}
