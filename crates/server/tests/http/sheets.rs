//! Sheets of codes: of the chosen sites, of all of a list, and only of what the reader may see; and what a scanner reads off them
//! when they are printed.

use std::collections::BTreeSet;
use std::process::Command;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use http_body_util::BodyExt as _;

use crate::street::Street;

#[tokio::test]
async fn chosen_sites_leave_as_pages_of_codes() {
    let street = Street::new(8).await;
    let office = street.world.browser("office");
    let two = office.get(&format!("/api/sites/sheets.pdf?id={}&id={}", street.sites[0], street.sites[4])).await;
    assert_eq!((two.status, two.headers["content-type"].to_str().unwrap()), (StatusCode::OK, "application/pdf"), "{two:?}");
    assert!(two.text.starts_with("%PDF-") && two.text.contains("/Count 1"));
    let all = office.get("/api/sites/sheets.pdf").await;
    assert!(all.text.contains("/Count 2"), "six on a page");
    let english = office.get(&format!("/api/sites/sheets.pdf?id={}&lang=en", street.sites[0])).await;
    assert_eq!(english.status, StatusCode::OK);
    let foreign = street.world.browser("other_street_head").get("/api/sites/sheets.pdf").await;
    assert_eq!((foreign.status, foreign.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "sheet_sites"));
}

/// A printed page in grey, row by row.
pub struct Page {
    wide: usize,
    grey: Vec<u8>,
}

/// Prints the first page so fine, by the reader of the system.
pub fn printed(pdf: &[u8], dots_per_inch: u32) -> Page {
    let folder = tempfile::tempdir().unwrap();
    let (file, page) = (folder.path().join("sheet.pdf"), folder.path().join("page"));
    std::fs::write(&file, pdf).unwrap();
    // Of poppler-utils, which scripts/install.sh installs.
    let done = Command::new("pdftoppm")
        .args(["-gray", "-singlefile", "-r", &dots_per_inch.to_string()])
        .args([&file, &page])
        .status()
        .unwrap();
    assert!(done.success());
    let bytes = std::fs::read(page.with_extension("pgm")).unwrap();
    // P5, width, height, white, then the points.
    let mut rest = bytes.as_slice();
    let mut words = Vec::new();
    while words.len() < 4 {
        let end = rest.iter().position(u8::is_ascii_whitespace).unwrap();
        words.push(std::str::from_utf8(&rest[..end]).unwrap().to_owned());
        rest = &rest[end + 1..];
    }
    assert_eq!((words[0].as_str(), words[3].as_str()), ("P5", "255"));
    Page { wide: words[1].parse().unwrap(), grey: rest.to_vec() }
}

impl Page {
    /// One of the six labels, as a camera is pointed at it.
    fn part(&self, place: usize) -> Self {
        let (wide, high) = (self.wide / 2, self.grey.len() / self.wide / 3);
        let (left, top) = (place % 2 * wide, place / 2 * high);
        let rows = (top..top + high).flat_map(|row| &self.grey[row * self.wide + left..row * self.wide + left + wide]);
        Self { wide, grey: rows.copied().collect() }
    }

    /// The page as it lies before a camera that is not held straight.
    fn turned(&self, degrees: f64) -> Self {
        let high = self.grey.len() / self.wide;
        let (sin, cos) = degrees.to_radians().sin_cos();
        let (middle_x, middle_y) = (self.wide as f64 / 2.0, high as f64 / 2.0);
        let point = |place: usize| {
            let (x, y) = ((place % self.wide) as f64 - middle_x, (place / self.wide) as f64 - middle_y);
            let (from_x, from_y) = ((x * cos - y * sin + middle_x).round(), (x * sin + y * cos + middle_y).round());
            let inside = (0.0..self.wide as f64).contains(&from_x) && (0.0..high as f64).contains(&from_y);
            if inside { self.grey[from_y as usize * self.wide + from_x as usize] } else { 255 }
        };
        Self { wide: self.wide, grey: (0..self.grey.len()).map(point).collect() }
    }

    /// What a scanner reads.
    pub fn read(&self) -> BTreeSet<String> {
        let high = self.grey.len() / self.wide;
        let mut seen = rqrr::PreparedImage::prepare_from_greyscale(self.wide, high, |x, y| self.grey[y * self.wide + x]);
        seen.detect_grids().iter().filter_map(|grid| Some(grid.decode().ok()?.1)).collect()
    }
}

#[tokio::test]
async fn printed_codes_are_read_small_and_askew_and_lead_to_their_site() {
    let street = Street::new(6).await;
    let office = street.world.browser("office");
    let request = office.request(Method::GET, "/api/sites/sheets.pdf").body(Body::empty()).unwrap();
    let sheet = office.raw(request).await.into_body().collect().await.unwrap().to_bytes();
    let wanted: BTreeSet<String> = (1..=6).map(|number| format!("http://localhost/m/sites/YX-{number:04}")).collect();
    // As printed; as a camera sees it from farther away; not held straight.
    for (dots, degrees) in [(150, 0.0), (75, 0.0), (150, 4.0), (150, -9.0), (110, 17.0)] {
        let page = printed(&sheet, dots);
        let read: Vec<BTreeSet<String>> = (0..6).map(|place| page.part(place).turned(degrees).read()).collect();
        let each: Vec<BTreeSet<String>> = wanted.iter().map(|address| BTreeSet::from([address.clone()])).collect();
        assert_eq!(read, each, "{dots} dpi, {degrees}°");
    }
    for address in wanted {
        let code = address.rsplit('/').next().unwrap();
        let found = office.get(&format!("/api/sites?q={code}")).await.ok();
        assert_eq!((&found["total"], found["items"][0]["code"].as_str()), (&serde_json::json!(1), Some(code)));
    }
}
