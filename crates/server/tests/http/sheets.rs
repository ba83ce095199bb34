//! Sheets of codes: of the chosen sites, of all of a list, and only of what the reader may see.

use axum::http::StatusCode;

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
