//! A list with a small picture at the end of rows. Neither rows nor pictures are held in memory: the sheet is written
//! first, then the finished package is copied and each picture is put in as it is read.

use std::collections::HashMap;
use std::io::{Read, Seek, SeekFrom, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::{ColumnKind, ListCell, ListError, ListHead, write_tall};

/// Height of a row with a picture, in points.
const ROW_POINTS: f64 = 54.0;

/// The box of a picture, in English metric units: 96 × 68 pixels.
const BOX: (u64, u64) = (914_400, 647_700);

/// Distance of a picture from the corner of its cell.
const INSET: u64 = 19_050;

/// The part that every worksheet ends with.
const SHEET_END: &[u8] = b"</worksheet>";

/// A row and the key of its picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PicturedRow {
    /// The values.
    pub cells: Vec<ListCell>,
    /// The picture; the same key is stored once.
    pub picture: Option<String>,
}

/// A JPEG and its size in pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureBytes {
    /// The bytes.
    pub jpeg: Vec<u8>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// Where a picture is put.
struct Placed {
    row: u32,
    picture: usize,
}

/// Writes a list whose rows may end with a picture, under a last column of the head. `picture` gives the bytes of a key, or
/// none if there is no such picture any more; then the cell stays empty.
///
/// # Errors
/// [`ListError`] if the sheet is full or the target cannot be written.
pub fn write_pictured<W: Write + Seek + Send>(
    target: W,
    head: &ListHead,
    rows: impl IntoIterator<Item = PicturedRow>,
    mut picture: impl FnMut(&str) -> Option<PictureBytes>,
) -> Result<(), ListError> {
    let (mut wanted, mut keys): (Vec<Placed>, Vec<String>) = (Vec::new(), Vec::new());
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut sheet = tempfile::tempfile()?;
    let mut number = 3;
    let tall = rows.into_iter().map(|row| {
        let height = row.picture.as_ref().map(|_| ROW_POINTS);
        if let Some(key) = row.picture {
            let next = known.len();
            let place = *known.entry(key).or_insert_with_key(|key| {
                keys.push(key.clone());
                next
            });
            wanted.push(Placed { row: number, picture: place });
        }
        number += 1;
        (row.cells, height)
    });
    write_tall(&mut sheet, head, tall, None)?;
    sheet.seek(SeekFrom::Start(0))?;
    let column = head.columns.iter().map(|column| u32::from(column.kind == ColumnKind::Percent) + 1).sum::<u32>() - 1;

    let mut package = ZipArchive::new(sheet)?;
    let mut out = ZipWriter::new(target);
    let mut sizes: Vec<Option<(u32, u32)>> = Vec::with_capacity(keys.len());
    for (place, key) in keys.iter().enumerate() {
        let found = picture(key);
        if let Some(found) = &found {
            out.start_file(format!("xl/media/image{}.jpeg", place + 1), stored())?;
            out.write_all(&found.jpeg)?;
        }
        sizes.push(found.map(|found| (found.width.max(1), found.height.max(1))));
    }
    for place in 0..package.len() {
        let mut part = package.by_index(place)?;
        let name = part.name()?.into_owned();
        match name.as_str() {
            "[Content_Types].xml" => {
                let mut text = String::new();
                part.read_to_string(&mut text)?;
                out.start_file("[Content_Types].xml", packed())?;
                out.write_all(types(&text).as_bytes())?;
            }
            name @ "xl/worksheets/sheet1.xml" => {
                out.start_file(name, packed())?;
                with_drawing(&mut part, &mut out)?;
            }
            _ => out.raw_copy_file(part)?,
        }
    }
    out.start_file("xl/worksheets/_rels/sheet1.xml.rels", packed())?;
    out.write_all(relations(std::iter::once((1, "drawing", "../drawings/drawing1.xml".to_owned()))).as_bytes())?;
    drawing(&mut out, &wanted, &sizes, column)?;
    out.start_file("xl/drawings/_rels/drawing1.xml.rels", packed())?;
    let images = sizes.iter().enumerate().filter(|(_, size)| size.is_some());
    let images = images.map(|(place, _)| (place + 1, "image", format!("../media/image{}.jpeg", place + 1)));
    out.write_all(relations(images).as_bytes())?;
    out.finish()?;
    Ok(())
}

/// A fixed moment, so that the same list gives the same bytes.
fn packed() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).last_modified_time(DateTime::default())
}

/// A JPEG does not get smaller.
fn stored() -> SimpleFileOptions {
    packed().compression_method(CompressionMethod::Stored)
}

fn types(text: &str) -> String {
    let jpeg = r#"<Default Extension="jpeg" ContentType="image/jpeg"/><Override"#;
    let drawing = concat!(
        r#"<Override PartName="/xl/drawings/drawing1.xml" "#,
        r#"ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/></Types>"#
    );
    text.replacen("<Override", jpeg, 1).replacen("</Types>", drawing, 1)
}

/// Copies a sheet and names its drawing before the end.
fn with_drawing(from: &mut impl Read, to: &mut impl Write) -> Result<(), std::io::Error> {
    let mut held: Vec<u8> = Vec::new();
    let mut buffer = vec![0_u8; 64 << 10];
    loop {
        let read = from.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        held.extend_from_slice(&buffer[..read]);
        let sure = held.len().saturating_sub(SHEET_END.len());
        to.write_all(&held[..sure])?;
        held.drain(..sure);
    }
    to.write_all(br#"<drawing r:id="rId1"/>"#)?;
    to.write_all(&held)
}

fn relations(of: impl Iterator<Item = (usize, &'static str, String)>) -> String {
    let mut text = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#
    ));
    let kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    for (id, kind, target) in of {
        text.push_str(&format!(r#"<Relationship Id="rId{id}" Type="{kinds}/{kind}" Target="{target}"/>"#));
    }
    text + "</Relationships>"
}

fn drawing<W: Write + Seek>(
    out: &mut ZipWriter<W>,
    wanted: &[Placed],
    sizes: &[Option<(u32, u32)>],
    column: u32,
) -> Result<(), ListError> {
    out.start_file("xl/drawings/drawing1.xml", packed())?;
    out.write_all(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            r#"<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" "#,
            r#"xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" "#,
            r#"xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">"#
        )
        .as_bytes(),
    )?;
    for (number, placed) in wanted.iter().enumerate() {
        let Some((width, height)) = sizes.get(placed.picture).copied().flatten() else { continue };
        let (wide, high) = fitted(width, height);
        let (row, id, picture) = (placed.row, number + 1, placed.picture + 1);
        write!(
            out,
            concat!(
                "<xdr:oneCellAnchor><xdr:from><xdr:col>{column}</xdr:col><xdr:colOff>{inset}</xdr:colOff><xdr:row>{row}</xdr:row>",
                "<xdr:rowOff>{inset}</xdr:rowOff></xdr:from><xdr:ext cx=\"{wide}\" cy=\"{high}\"/><xdr:pic><xdr:nvPicPr>",
                "<xdr:cNvPr id=\"{id}\" name=\"{id}\"/><xdr:cNvPicPr><a:picLocks noChangeAspect=\"1\"/></xdr:cNvPicPr>",
                "</xdr:nvPicPr><xdr:blipFill><a:blip r:embed=\"rId{picture}\"/><a:stretch><a:fillRect/></a:stretch></xdr:blipFill>",
                "<xdr:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"{wide}\" cy=\"{high}\"/></a:xfrm>",
                "<a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></xdr:spPr></xdr:pic><xdr:clientData/></xdr:oneCellAnchor>"
            ),
            column = column,
            inset = INSET,
            row = row,
            wide = wide,
            high = high,
            id = id,
            picture = picture,
        )?;
    }
    out.write_all(b"</xdr:wsDr>")?;
    Ok(())
}

/// The picture's size within the box, whole and never stretched.
fn fitted(width: u32, height: u32) -> (u64, u64) {
    let (width, height) = (u64::from(width), u64::from(height));
    if width * BOX.1 >= height * BOX.0 {
        (BOX.0, (BOX.0 * height / width).max(1))
    } else {
        ((BOX.1 * width / height).max(1), BOX.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_fitted_and_not_stretched() {
        assert_eq!(fitted(200, 100), (914_400, 457_200));
        assert_eq!(fitted(100, 200), (323_850, 647_700));
        assert_eq!(fitted(1, 60_000), (10, 647_700));
    }
}
