//! The registry as a workbook: exactly the sites of the query, all pages, in the chosen columns.

use std::collections::HashMap;
use std::io::Cursor;

use yipanqi_documents::list::{self, ColumnKind, ListCell, ListColumn, ListHead};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::exact::Exact;
use yipanqi_store::site::Site;
use yipanqi_store::{problem, round, site};

use super::handlers::{filter, row};
use super::names::Names;
use super::views::{SiteQuery, SiteRow};
use crate::error::{Error, FailureBody};
use crate::page::{self, Workbook};
use crate::request::{CityCtx, Lang, Query};
use crate::session::UnitRef;

struct Column {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    width: u16,
    cell: fn(&SiteRow, &Site) -> ListCell,
}

fn text(text: Option<&str>) -> ListCell {
    text.filter(|text| !text.is_empty()).map_or(ListCell::Blank, |text| ListCell::Text(text.to_owned()))
}

fn unit(unit: Option<&UnitRef>) -> ListCell {
    text(unit.map(|unit| unit.name.as_str()))
}

fn count(count: u64) -> ListCell {
    ListCell::Integer(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A stored angle as an exact number of degrees.
fn degrees(units: Option<i64>) -> ListCell {
    let exact = units.and_then(|units| Exact::fraction(units, 10_000_000));
    exact.map_or(ListCell::Blank, |degrees| ListCell::Decimal(degrees, 7))
}

/// Every column, in the registry's order.
#[rustfmt::skip]
const COLUMNS: [Column; 17] = [
    Column { name: "code", zh: "点位编号", en: "Code", width: 12, cell: |row, _| text(Some(&row.code)) },
    Column { name: "name", zh: "点位名称", en: "Name", width: 28, cell: |row, _| text(Some(&row.name)) },
    Column { name: "site_type", zh: "点位类型", en: "Site type", width: 16, cell: |row, _| text(Some(&row.site_type.name)) },
    Column { name: "group", zh: "类型分组", en: "Group", width: 16, cell: |row, _| text(Some(&row.site_type.group)) },
    Column { name: "address", zh: "地址", en: "Address", width: 32, cell: |row, _| text(Some(&row.address)) },
    Column { name: "street", zh: "街道（镇）", en: "Street", width: 16, cell: |row, _| unit(row.street.as_ref()) },
    Column { name: "community", zh: "社区（村）", en: "Community", width: 16, cell: |row, _| unit(row.community.as_ref()) },
    Column { name: "grid", zh: "网格", en: "Grid", width: 20, cell: |row, _| unit(row.grid.as_ref()) },
    Column { name: "industry", zh: "行业主管部门", en: "Industry unit", width: 20, cell: |row, _| unit(row.industry.as_ref()) },
    Column { name: "territorial", zh: "属地责任单位", en: "Territorial unit", width: 20, cell: |row, _| unit(row.territorial.as_ref()) },
    Column { name: "chief_name", zh: "点位长", en: "Site chief", width: 12, cell: |row, _| text(row.chief_name.as_deref()) },
    Column { name: "chief_phone", zh: "联系电话", en: "Telephone", width: 16, cell: |row, _| text(row.chief_phone.as_deref()) },
    Column { name: "longitude", zh: "经度（WGS-84）", en: "Longitude (WGS 84)", width: 14, cell: |_, site| degrees(site.longitude) },
    Column { name: "latitude", zh: "纬度（WGS-84）", en: "Latitude (WGS 84)", width: 14, cell: |_, site| degrees(site.latitude) },
    Column { name: "open_problems", zh: "未销号问题", en: "Open problems", width: 12, cell: |row, _| count(row.open_problems) },
    Column { name: "late_problems", zh: "逾期问题", en: "Late problems", width: 12, cell: |row, _| count(row.late_problems) },
    Column { name: "last_visit", zh: "最近检查", en: "Last visit", width: 18, cell: |row, _| {
        row.last_visit.map_or(ListCell::Blank, |at| ListCell::DateTime(Calendar::default().local(at).naive_local()))
    } },
];

/// The columns asked for, in their order; all if none is named.
fn chosen(names: &str) -> Result<Vec<&'static Column>, Error> {
    if names.is_empty() {
        return Ok(COLUMNS.iter().collect());
    }
    let find = |name: &str| {
        let found = COLUMNS.iter().find(|column| column.name == name.trim());
        found.ok_or_else(|| Error::new("export_column_unknown").with("column", name.trim()))
    };
    names.split(',').map(find).collect()
}

/// The same sites as a workbook, in the columns asked for.
#[utoipa::path(get, path = "/api/sites/export.xlsx", tag = "sites", params(SiteQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<SiteQuery>) -> Result<Workbook, Error> {
    let columns = chosen(&query.columns)?;
    let (filter, sort) = filter(&ctx, &query)?;
    let tx = ctx.read().await?;
    let names = Names::read(&tx).await?;
    let (sites, _) = site::list(&tx, &filter, sort, 0, u64::from(u32::MAX)).await?;
    let problems = problem::site_problems(&tx, None, ctx.moment).await?;
    let visits: HashMap<_, _> = round::last_visits(&tx, &sites.iter().map(|site| site.id).collect::<Vec<_>>()).await?;
    let cells = sites.iter().map(|site| {
        let row = row(&names, site, &problems, &visits);
        columns.iter().map(|column| (column.cell)(&row, site)).collect()
    });
    let head = ListHead {
        title: match ctx.lang {
            Lang::Zh => "点位台账",
            Lang::En => "Sites",
        }
        .to_owned(),
        subtitle: format!("{} {}", Calendar::default().local(ctx.moment).format("%Y-%m-%d %H:%M"), ctx.name),
        generated_at: Calendar::default().local(ctx.moment).naive_local(),
        columns: (columns.iter())
            .map(|column| ListColumn {
                head: match ctx.lang {
                    Lang::Zh => column.zh,
                    Lang::En => column.en,
                }
                .to_owned(),
                width: column.width,
                kind: ColumnKind::Plain,
            })
            .collect(),
    };
    let mut file = Cursor::new(Vec::new());
    list::write(&mut file, &head, cells.collect::<Vec<Vec<ListCell>>>(), None).map_err(Error::internal)?;
    Ok(page::workbook("sites.xlsx", file.into_inner()))
}
