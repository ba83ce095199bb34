//! Workbooks laid out otherwise than the sample city's: other headers, orders, header rows, fillers.

#![expect(clippy::unwrap_used, reason = "a test stops where something cannot be had")]

use rust_xlsxwriter::{Format, Workbook};
use yipanqi_documents::kind::Kind;
use yipanqi_documents::mapping::{BlankMeans, Mapping};
use yipanqi_documents::record::{Entry, Record, SkipReason, Skipped, read_all};
use yipanqi_documents::refused::refused;
use yipanqi_documents::report::{Action, Report, ReportRow};
use yipanqi_documents::source::{Limits, Origin, Source};
use yipanqi_documents::table::suggest;

fn open(bytes: &[u8]) -> Source {
    Source::from_bytes(bytes, Limits::default()).unwrap()
}

fn grid(rows: &[&[&str]], merges: &[(u32, u16, u32, u16)]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (first_row, first_column, last_row, last_column) in merges {
        let text = rows[*first_row as usize][*first_column as usize];
        sheet.merge_range(*first_row, *first_column, *last_row, *last_column, text, &Format::new()).unwrap();
    }
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, text) in (0_u16..).zip(*cells) {
            let inside = merges
                .iter()
                .any(|(top, left, bottom, right)| (*top..=*bottom).contains(&row) && (*left..=*right).contains(&column));
            if text.is_empty() || inside {
                continue;
            }
            match text.strip_prefix('#') {
                Some(number) => sheet.write_number(row, column, number.parse::<f64>().unwrap()).unwrap(),
                None => sheet.write_string(row, column, *text).unwrap(),
            };
        }
    }
    workbook.save_to_buffer().unwrap()
}

fn read(kind: Kind, bytes: &[u8]) -> (Mapping, Vec<Record>, Vec<Skipped>) {
    let mut source = open(bytes);
    let mapping = suggest(kind, &mut source).unwrap().mapping;
    let (mut records, mut skipped) = (Vec::new(), Vec::new());
    for entry in read_all(&mut source, &mapping).unwrap() {
        match entry {
            Entry::Record(record) => records.push(record),
            Entry::Skipped(line) => skipped.push(line),
        }
    }
    (mapping, records, skipped)
}

fn fields(mapping: &Mapping) -> Vec<(&str, Option<&str>)> {
    mapping.sheets[0].columns.iter().map(|column| (column.header.as_str(), column.field.as_deref())).collect()
}

#[test]
fn two_header_rows_name_people_and_their_telephones() {
    let rows: &[&[&str]] = &[
        &["滨江区创建责任单位通讯录", "", "", "", "", "", ""],
        &["部门名称", "第一责任人", "", "分管领导", "", "联络员", ""],
        &["", "姓名", "联系电话", "姓名", "联系电话", "姓名", "联系电话"],
        &["区教育局", "甲", "1", "乙", "2", "丙", "3"],
    ];
    let merges = [(0, 0, 0, 6), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 1, 4), (1, 5, 1, 6)];
    for merges in [merges.as_slice(), &[]] {
        let (mapping, records, skipped) = read(Kind::Units, &grid(rows, merges));
        assert_eq!(mapping.sheets[0].header_rows, [2, 3]);
        let found: Vec<_> = fields(&mapping).into_iter().filter_map(|(_, field)| field).collect();
        assert_eq!(found, ["name", "head", "head_phone", "officer", "officer_phone", "liaison", "liaison_phone"]);
        assert_eq!((records.len(), records[0].row, skipped.len()), (1, 4, 1));
        assert_eq!(records[0].text("officer_phone"), Some("2"));
    }
}

#[test]
fn repeated_telephone_headers_belong_to_the_person_left_of_them() {
    let (mapping, _, _) = read(
        Kind::Units,
        &grid(
            &[&["序号", "责任单位名称", "主要负责人", "电话", "联系人", "电话"], &["#1", "区教育局", "甲", "1", "乙", "2"]],
            &[],
        ),
    );
    let found: Vec<_> = fields(&mapping).into_iter().filter_map(|(_, field)| field).collect();
    assert_eq!(found, ["serial", "name", "head", "head_phone", "liaison", "liaison_phone"]);
}

#[test]
fn fillers_are_reported_and_never_read_as_records() {
    let heads: &[&str] = &["编号", "检查点位", "位置", "存在问题", "整改责任单位", "扣分"];
    let rows: &[&[&str]] = &[
        &["某市第三季度督查通报附表", "", "", "", "", ""],
        heads,
        &["一、东城街道", "", "", "", "", ""],
        &["#1", "幸福小区", "3栋", "小计算机房漏水", "东城街道", "0.2分"],
        &["小计", "", "", "", "", "#0.2"],
        heads,
        &["#2", "合计路菜场", "", "说明牌缺失", "西城街道", "#0.1"],
        &["", "", "", "共计2个问题", "", ""],
        &["合计：", "", "", "", "", "#0.3"],
        &["填表人：张三", "", "", "审核人：李四", "", ""],
    ];
    let (mapping, records, skipped) = read(Kind::Feedback, &grid(rows, &[(2, 0, 2, 5)]));
    assert_eq!(mapping.sheets[0].part.as_deref(), Some("problem"));
    assert_eq!(records.iter().map(|record| record.row).collect::<Vec<_>>(), [4, 7]);
    assert_eq!(records[0].cell("deduction").unwrap().text, "0.2分");
    let reasons: Vec<_> = skipped.iter().map(|line| (line.row.unwrap(), line.why)).collect();
    use SkipReason::{Note, RepeatedHeader, Section, Subtotal, Title, Total};
    assert_eq!(reasons, [(1, Title), (3, Section), (5, Subtotal), (6, RepeatedHeader), (8, Total), (9, Total), (10, Note)]);
}

#[test]
fn blanks_mean_as_above_only_where_the_part_and_the_sheet_say_so() {
    let text = "一级指标,二级指标,三级指标,分值,评分标准\n甲,乙,第一条,2,A\n,,第二条,1,B\n,丙,第三条,1,\n丁,戊,第四条,1,D\n";
    let (mapping, records, _) = read(Kind::Framework, text.as_bytes());
    let blanks: Vec<_> = mapping.sheets[0].columns.iter().map(|column| column.blank).collect();
    use BlankMeans::{Above, Missing};
    assert_eq!(blanks, [Above, Above, Missing, Missing, Missing]);
    let third = &records[2];
    assert_eq!((third.text("item"), third.text("content"), third.text("rule")), (Some("甲"), Some("丙"), None));
    assert_eq!(third.cell("item").unwrap().origin, Origin::Above);
}

#[test]
fn shuffled_columns_and_english_headers_are_known() {
    let rows: &[&[&str]] = &[
        &["Latitude", "Site Type", "Note", "Site Name", "Longitude", "Colour"],
        &["31.2", "School", "", "No. 1", "114.8", "red"],
    ];
    let (mapping, records, _) = read(Kind::Sites, &grid(rows, &[]));
    let expected = [Some("latitude"), Some("site_type"), Some("remark"), Some("name"), Some("longitude"), None];
    assert_eq!(fields(&mapping).into_iter().map(|(_, field)| field).collect::<Vec<_>>(), expected);
    assert_eq!(records[0].column("longitude"), Some("E"));
}

#[test]
fn a_remembered_mapping_serves_the_same_headers_in_another_order() {
    let first = grid(&[&["名称", "类别", "怪列"], &["甲", "乙", "丙"]], &[]);
    let mut decided = read(Kind::Sites, &first).0;
    decided.sheets[0].columns[2].field = Some("address".to_owned());
    let text = serde_json::to_string(&decided).unwrap();
    let remembered: Mapping = serde_json::from_str(&text).unwrap();
    let other = grid(&[&["表题", "", ""], &["怪 列", "名称", "类别"], &["丙", "甲", "乙"]], &[]);
    let mut source = open(&other);
    let mut suggestion = suggest(Kind::Sites, &mut source).unwrap();
    assert!(remembered.applies_to(&suggestion.signature));
    suggestion.mapping.take_over(&remembered);
    let entries = read_all(&mut source, &suggestion.mapping).unwrap();
    let Some(Entry::Record(record)) = entries.last() else { panic!("no record") };
    assert_eq!(record.text("address"), Some("丙"));
    let changed = read_all(&mut open(&other), &remembered).unwrap_err();
    assert_eq!(changed.code(), "mapping_header_changed");
}

#[test]
fn wrong_mappings_are_named() {
    let bytes = grid(&[&["名称", "类别", "地址"], &["甲", "乙", "丙"]], &[]);
    let good = read(Kind::Sites, &bytes).0;
    type Spoil<'a> = &'a dyn Fn(&mut Mapping);
    let cases: [(Spoil<'_>, &str); 5] = [
        (&|mapping| mapping.sheets[0].part = Some("planet".into()), "mapping_unknown_part"),
        (&|mapping| mapping.sheets[0].part = None, "mapping_nothing_mapped"),
        (&|mapping| mapping.sheets[0].columns[1].field = Some("moon".into()), "mapping_unknown_field"),
        (&|mapping| mapping.sheets[0].columns[1].field = Some("name".into()), "mapping_field_twice"),
        (&|mapping| mapping.sheets[0].columns[0].field = None, "mapping_field_missing"),
    ];
    for (spoil, code) in cases {
        let mut mapping = good.clone();
        spoil(&mut mapping);
        assert_eq!(read_all(&mut open(&bytes), &mapping).unwrap_err().code(), code);
    }
}

#[test]
fn refused_rows_come_back_and_can_be_sent_again() {
    let rows: &[&[&str]] = &[
        &["某区点位表", "", "", "", ""],
        &["点位", "", "坐标", "", "备注"],
        &["名称", "类型", "经度", "纬度", ""],
        &["甲社区", "社区", "#114.833039", "31.1 ", "=1+1"],
        &["乙社区", "", "#14.8", "#31.2", ""],
        &["丙社区", "", "#1.5", "#31.3", ""],
    ];
    let bytes = grid(rows, &[(1, 0, 1, 1), (1, 2, 1, 3), (1, 4, 2, 4), (3, 1, 5, 1)]);
    let mut source = open(&bytes);
    let mapping = suggest(Kind::Sites, &mut source).unwrap().mapping;
    let mut report = Report::default();
    for (row, message) in [(4, "纬度不是数"), (6, "经度超出范围"), (6, "缺街道")] {
        let (sheet, message) = ("Sheet1".to_owned(), message.to_owned());
        let (column, code) = (None, "import_value".to_owned());
        report.push(ReportRow { sheet, row: Some(row), column, action: Action::Refused, code, message });
    }
    assert_eq!(report.counts[&Action::Refused], 3);
    let file = refused(&mut source, &mapping, &report.refused()).unwrap();
    let (again, records, _) = read(Kind::Sites, &file.bytes);
    assert_eq!(fields(&again), fields(&mapping), "the correction columns are ignored");
    assert_eq!(records.iter().map(|record| record.text("name").unwrap()).collect::<Vec<_>>(), ["甲社区", "丙社区"]);
    assert_eq!(records[1].text("site_type"), Some("社区"), "a merged value is given to each row");
    assert_eq!(records[0].cell("longitude").unwrap().number.as_ref().unwrap().to_string(), "114.833039");
    assert_eq!((records[0].cell("latitude").unwrap().text.as_str(), records[0].text("remark")), ("31.1 ", Some("=1+1")));
    let mut returned = open(&file.bytes);
    let texts: Vec<String> = returned.rows("Sheet1").unwrap().flat_map(|row| row.unwrap().cells).map(|cell| cell.text).collect();
    assert!(texts.contains(&"经度超出范围；缺街道".to_owned()) && texts.contains(&"6".to_owned()));
}

#[test]
fn refused_features_come_back_as_geojson() {
    let polygon =
        r#"{"type":"Polygon","coordinates":[[[114.830085,31.212599],[114.1,31.2],[114.2,31.3],[114.830085,31.212599]]]}"#;
    let feature = |name: &str| {
        format!(r#"{{"type":"Feature","properties":{{"name":"{name}","code":"007","n":1.50}},"geometry":{polygon}}}"#)
    };
    let text = format!(r#"{{"type":"FeatureCollection","datum":"WGS-84","features":[{},{}]}}"#, feature("甲"), feature("乙"));
    let mut source = open(text.as_bytes());
    let mapping = suggest(Kind::Grids, &mut source).unwrap().mapping;
    let rows = [(("features".to_owned(), 2), "越界".to_owned())].into();
    let file = refused(&mut source, &mapping, &rows).unwrap();
    assert_eq!(file.extension, "geojson");
    let (_, records, _) = read(Kind::Grids, &file.bytes);
    assert_eq!(records.len(), 1);
    assert_eq!(
        (records[0].text("name"), records[0].text("code"), records[0].text("datum")),
        (Some("乙"), Some("007"), Some("WGS-84"))
    );
    assert_eq!(records[0].text("geometry").map(str::len), Some(polygon.len()));
}
