//! Sheets of codes: pages that a reader opens, six codes each, long names and long addresses.

use yipanqi_documents::sheet::{Label, SheetError, pdf};

fn label(number: usize) -> Label {
    Label {
        address: format!("https://yipanqi.example.cn/m/sites/YX-{number:04}"),
        title: format!("安澜{number}巷农贸市场东侧出入口及周边道路沿线（含停车场）"),
        lines: vec!["YX-0001 农贸市场 东街街道".to_owned(), "扫码检查、上报问题".to_owned()],
    }
}

fn count(bytes: &[u8], text: &[u8]) -> usize {
    bytes.windows(text.len()).filter(|window| *window == text).count()
}

#[test]
fn six_codes_stand_on_a_page() {
    for (labels, pages) in [(0, 0), (1, 1), (6, 1), (7, 2), (13, 3)] {
        let file = pdf(&(0..labels).map(label).collect::<Vec<_>>()).unwrap();
        assert!(file.starts_with(b"%PDF-"));
        assert_eq!(count(&file, b"/Type /Page\n") + count(&file, b"/Type/Page/"), pages, "{labels}");
        assert!(count(&file, format!("/Count {pages}").as_bytes()) + count(&file, format!("/Count {pages}\n").as_bytes()) > 0);
    }
    if let Ok(target) = std::env::var("SHEET_PDF") {
        std::fs::write(target, pdf(&(0..7).map(label).collect::<Vec<_>>()).unwrap()).unwrap();
    }
}

#[test]
fn a_sheet_is_the_same_every_time_and_refuses_what_no_code_can_say() {
    let one = [label(1)];
    assert_eq!(pdf(&one).unwrap(), pdf(&one).unwrap());
    assert_ne!(pdf(&one).unwrap(), pdf(&[label(2)]).unwrap());
    let long = Label { address: "长".repeat(2_000), ..label(1) };
    assert!(matches!(pdf(&[long]), Err(SheetError::TooLong(_))));
}
