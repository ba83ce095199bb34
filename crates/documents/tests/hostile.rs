//! Files that lie, break off or would cost too much are refused, each with its own code.

#![expect(clippy::unwrap_used, reason = "a test stops where something cannot be had")]

use std::io::{Cursor, Write};

use rust_xlsxwriter::Workbook;
use yipanqi_documents::source::{Limits, Source};
use zip::write::SimpleFileOptions;

fn code(bytes: &[u8]) -> &'static str {
    refusal(bytes, Limits::default())
}

fn refusal(bytes: &[u8], limits: Limits) -> &'static str {
    match Source::from_bytes(bytes, limits) {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    }
}

fn workbook() -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for row in 0..200 {
        sheet.write_string(row, 0, format!("市第{row}单位")).unwrap();
        sheet.write_number(row, 1, f64::from(row)).unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

fn zip(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A compound file whose directory, far behind the header, names the stream.
fn compound(stream: &str) -> Vec<u8> {
    let mut bytes = vec![0_u8; 512 * 400];
    bytes[..8].copy_from_slice(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    bytes[30..32].copy_from_slice(&9_u16.to_le_bytes());
    bytes[48..52].copy_from_slice(&300_u32.to_le_bytes());
    let name: Vec<u8> = stream.encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes[512 * 301 + 128..][..name.len()].copy_from_slice(&name);
    bytes
}

#[test]
fn each_unreadable_file_has_its_code() {
    let whole = workbook();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("nothing", Vec::new(), "import_empty"),
        ("a renamed program", b"MZ\x90\x00\x03\x00\x00\x00".to_vec(), "import_not_a_workbook"),
        ("a pdf", b"%PDF-1.7\n".to_vec(), "import_not_a_workbook"),
        ("bytes", vec![1, 2, 3, 0, 5], "import_not_a_workbook"),
        ("a web page named xls", "<html><table><tr><td>单位</td></tr></table>".as_bytes().to_vec(), "import_not_a_workbook"),
        ("a text document", zip(&[("word/document.xml", b"<w/>")]), "import_not_a_workbook"),
        ("an archive", zip(&[("a.txt", b"a")]), "import_not_a_workbook"),
        ("encrypted", compound("EncryptedPackage"), "import_encrypted"),
        ("old xls", compound("Workbook"), "import_old_xls"),
        ("old doc", compound("WordDocument"), "import_not_a_workbook"),
        ("cut off", whole[..whole.len() / 2].to_vec(), "import_damaged"),
        ("no sheets", zip(&[("xl/workbook.xml", b"<workbook/>")]), "import_damaged"),
        ("broken json", "{\"features\": [".as_bytes().to_vec(), "import_damaged"),
        ("no element", b"{\"features\": []}".to_vec(), "import_empty"),
        ("an unknown encoding", b"a,b\n\xff\xff\xff,1\n".to_vec(), "import_encoding"),
        ("a real workbook", whole, "accepted"),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(code(&bytes), expected, "{name}");
    }
}

#[test]
fn a_flipped_byte_inside_a_part_is_damage() {
    let mut bytes = workbook();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    let opened = Source::from_bytes(&bytes, Limits::default());
    assert!(opened.is_err_and(|error| error.code() == "import_damaged"));
}

#[test]
fn a_zip_bomb_is_refused_whatever_it_declares() {
    let zeros = vec![b' '; 40 << 20];
    let bomb = zip(&[("xl/workbook.xml", b"<workbook/>"), ("xl/worksheets/sheet1.xml", &zeros)]);
    assert!(bomb.len() < 100_000, "a bomb is small");
    assert_eq!(code(&bomb), "import_too_large");
    // The declared sizes set to 100 bytes in the local and the central header.
    let mut liar = bomb.clone();
    let real = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    let places: Vec<usize> = liar.windows(4).enumerate().filter(|(_, window)| *window == real).map(|(place, _)| place).collect();
    assert!(places.len() >= 2);
    for place in places {
        liar[place..place + 4].copy_from_slice(&100_u32.to_le_bytes());
    }
    assert!(["import_too_large", "import_damaged"].contains(&code(&liar)));
    let many: Vec<String> = (0..2_100).map(|number| format!("xl/{number}.xml")).collect();
    let parts: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
    assert_eq!(code(&zip(&parts)), "import_too_large");
}

#[test]
fn limits_bound_rows_columns_and_cells() {
    let rows = Limits { rows: 100, ..Limits::default() };
    let mut source = Source::from_bytes(&workbook(), rows).unwrap();
    let name = source.sheets()[0].name.clone();
    let found: Vec<_> = source.rows(&name).unwrap().collect();
    assert_eq!(found.len(), 101, "rows up to the limit, then one refusal");
    assert_eq!(found[100].as_ref().unwrap_err().code(), "import_too_large");
    let open_quote = format!("a,b\n\"{}", "x".repeat(300 << 10));
    let mut source = Source::from_bytes(open_quote.as_bytes(), Limits::default()).unwrap();
    assert_eq!(source.rows("csv").unwrap().last().unwrap().unwrap_err().code(), "import_damaged");
    let small = Limits { file_bytes: 10, ..Limits::default() };
    assert_eq!(refusal(&workbook(), small), "import_too_large");
}

#[test]
fn text_is_read_in_each_encoding_and_with_each_delimiter() {
    let text = "单位名称,电话,备注\r\n市\u{20bb7}祥局,199,\"a,\"\"b\"\"\nc\"\r\n\r\n末单位,1,2";
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.replace(',', "\t").encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let (gb18030, _, _) = encoding_rs::GB18030.encode(text);
    let semicolons = text.replace("a,", "a").replace(',', ";").replace("\"a", "\"a,");
    let with_mark = format!("\u{feff}{text}");
    for bytes in [text.as_bytes(), with_mark.as_bytes(), gb18030.as_ref(), semicolons.as_bytes(), &utf16] {
        let mut source = Source::from_bytes(bytes, Limits::default()).unwrap();
        let rows: Vec<_> = source.rows("csv").unwrap().map(Result::unwrap).collect();
        let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [1, 2, 4], "blank lines keep their number");
        assert_eq!(rows[0].cells[0].text, "单位名称");
        assert_eq!(rows[1].cells[0].text, "市\u{20bb7}祥局");
        assert!(rows[1].cells[2].text.ends_with("\"b\"\nc"));
    }
}
