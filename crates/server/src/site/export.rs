//! The registry as a workbook: exactly the sites of the query, all pages, in the chosen columns.

use axum::response::Response;
use yipanqi_documents::list::ListCell;
use yipanqi_domain::exact::Exact;
use yipanqi_store::site::Site;
use yipanqi_store::{calendar, problem, round, site};

use super::handlers::{asked, row};
use super::names::Names;
use super::views::{SiteQuery, SiteRow};
use crate::error::{Error, FailureBody};
use crate::export::{BATCH, Book, Column, ColumnQuery, Sheet, count, some, text, unit};
use crate::problem::query::reach;
use crate::request::{CityCtx, Query};

/// A stored angle as an exact number of degrees.
fn degrees(units: Option<i64>) -> ListCell {
    let exact = units.and_then(|units| Exact::fraction(units, 10_000_000));
    exact.map_or(ListCell::Blank, |degrees| ListCell::Decimal(degrees, 7))
}

/// Every column, in the registry's order.
#[rustfmt::skip]
const SHEET: Sheet<(SiteRow, Site)> = Sheet { file: "sites", zh: "点位台账", en: "Sites", columns: &[
    Column { name: "code", zh: "点位编号", en: "Code", width: 12, cell: |(row, _), _| text(&row.code) },
    Column { name: "name", zh: "点位名称", en: "Name", width: 28, cell: |(row, _), _| text(&row.name) },
    Column { name: "site_type", zh: "点位类型", en: "Site type", width: 16, cell: |(row, _), _| text(&row.site_type.name) },
    Column { name: "group", zh: "类型分组", en: "Group", width: 16, cell: |(row, _), _| text(&row.site_type.group) },
    Column { name: "address", zh: "地址", en: "Address", width: 32, cell: |(row, _), _| text(&row.address) },
    Column { name: "street", zh: "街道（镇）", en: "Street", width: 16, cell: |(row, _), _| unit(row.street.as_ref()) },
    Column { name: "community", zh: "社区（村）", en: "Community", width: 16, cell: |(row, _), _| unit(row.community.as_ref()) },
    Column { name: "grid", zh: "网格", en: "Grid", width: 20, cell: |(row, _), _| unit(row.grid.as_ref()) },
    Column { name: "industry", zh: "行业主管部门", en: "Industry unit", width: 20, cell: |(row, _), _| unit(row.industry.as_ref()) },
    Column { name: "territorial", zh: "属地责任单位", en: "Territorial unit", width: 20, cell: |(row, _), _| unit(row.territorial.as_ref()) },
    Column { name: "chief_name", zh: "点位长", en: "Site chief", width: 12, cell: |(row, _), _| some(row.chief_name.as_deref()) },
    Column { name: "chief_phone", zh: "联系电话", en: "Telephone", width: 16, cell: |(row, _), _| some(row.chief_phone.as_deref()) },
    Column { name: "longitude", zh: "经度（WGS-84）", en: "Longitude (WGS 84)", width: 14, cell: |(_, site), _| degrees(site.longitude) },
    Column { name: "latitude", zh: "纬度（WGS-84）", en: "Latitude (WGS 84)", width: 14, cell: |(_, site), _| degrees(site.latitude) },
    Column { name: "open_problems", zh: "未销号问题", en: "Open problems", width: 12, cell: |(row, _), _| count(row.open_problems) },
    Column { name: "late_problems", zh: "逾期问题", en: "Late problems", width: 12, cell: |(row, _), _| count(row.late_problems) },
    Column { name: "last_visit", zh: "最近检查", en: "Last visit", width: 18, cell: |(row, _), pen| pen.moment(row.last_visit) },
] };

/// The same sites as a workbook, in the columns asked for.
#[utoipa::path(get, path = "/api/sites/export.xlsx", tag = "sites", params(SiteQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<SiteQuery>, Query(columns): Query<ColumnQuery>) -> Result<Response, Error> {
    let tx = ctx.read().await?;
    let (filter, sort) = asked(&ctx, &tx, &query).await?;
    let names = Names::read(&tx).await?;
    let problems = problem::site_problems(&tx, None, reach(&ctx).as_ref(), ctx.moment).await?;
    let (mut sites, total) = site::list(&tx, &filter, sort, 0, BATCH).await?;
    let book = Book::begin(&ctx, calendar::load(&tx).await?, &SHEET, &columns, total)?;
    let mut written = 0;
    while !sites.is_empty() {
        written += sites.len() as u64;
        let visits = round::last_visits(&tx, &sites.iter().map(|site| site.id).collect::<Vec<_>>()).await?;
        let rows: Vec<(SiteRow, Site)> = sites.into_iter().map(|site| (row(&names, &site, &problems, &visits), site)).collect();
        book.add(&rows).await;
        (sites, _) = site::list(&tx, &filter, sort, written, BATCH).await?;
    }
    drop(tx);
    book.finish().await
}
