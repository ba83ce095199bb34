//! Sheets of codes to be put up at sites: scanned, a code opens its site in the field application.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use utoipa::IntoParams;
use yipanqi_documents::sheet::{self, Label, SheetError};
use yipanqi_domain::id::SiteId;
use yipanqi_store::site::{self, SiteFilter};

use super::handlers::asked;
use super::merge::known_by;
use super::names::Names;
use super::views::SiteQuery;
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Lang, Query};

/// Sites on the sheets of one file.
const MOST: u64 = 1_200;

/// Which sites, beside the conditions of the list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SheetQuery {
    /// Only these; all of the list if empty.
    #[param(value_type = Vec<String>)]
    pub id: Vec<SiteId>,
}

/// The address at which the reader's browser reached this server.
pub fn origin(app: &App, headers: &HeaderMap) -> String {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let plain = |host: &&str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    let host = said(header::HOST.as_str()).filter(plain).unwrap_or("localhost");
    let secure = app.config().secure_cookie || said("x-forwarded-proto") == Some("https");
    format!("{}://{host}", if secure { "https" } else { "http" })
}

/// The codes of the sites as A4 pages, six on a page, to be printed and put up.
#[utoipa::path(get, path = "/api/sites/sheets.pdf", tag = "sites", params(SiteQuery, SheetQuery),
    responses((status = 200, content_type = "application/pdf", body = Vec<u8>), (status = 422, body = FailureBody)))]
pub async fn sheets(
    State(app): State<App>,
    ctx: CityCtx,
    headers: HeaderMap,
    Query(query): Query<SiteQuery>,
    Query(only): Query<SheetQuery>,
) -> Result<impl IntoResponse, Error> {
    let origin = origin(&app, &headers);
    let tx = ctx.read().await?;
    let (filter, sort) = asked(&ctx, &tx, &query).await?;
    let names = Names::read(&tx).await?;
    let (sites, total) = site::list(&tx, &SiteFilter { ids: known_by(&tx, &only.id).await?, ..filter }, sort, 0, MOST).await?;
    drop(tx);
    if total > MOST || total == 0 {
        return Err(Error::new("sheet_sites").with("most", MOST).with("count", total));
    }
    let words = match ctx.lang {
        Lang::Zh => "扫码检查、上报问题",
        Lang::En => "Scan to inspect or to report a problem",
    };
    let label = |site: &site::Site| {
        let street = names.unit(site.street).map(|unit| unit.name).unwrap_or_default();
        let facts = [site.code.as_str(), &names.type_name(site), &street];
        Label {
            address: format!("{origin}/m/sites/{}", escaped(&site.code)),
            title: site.name.clone(),
            lines: vec![facts.iter().filter(|fact| !fact.is_empty()).copied().collect::<Vec<_>>().join("　"), words.to_owned()],
        }
    };
    let labels: Vec<Label> = sites.iter().map(label).collect();
    let made = tokio::task::spawn_blocking(move || sheet::pdf(&labels)).await.map_err(Error::internal)?;
    let bytes = made.map_err(|error| match error {
        SheetError::FontMissing(_) => Error::new("sheet_font_missing"),
        SheetError::TooLong(_) | SheetError::Font(_) => Error::internal(error),
    })?;
    let disposition = "attachment; filename=\"site-codes.pdf\"";
    Ok(([(header::CONTENT_TYPE, "application/pdf"), (header::CONTENT_DISPOSITION, disposition)], bytes))
}

/// A code as a part of an address.
fn escaped(code: &str) -> String {
    let letter = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    code.bytes().map(letter).collect()
}
