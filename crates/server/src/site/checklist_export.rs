//! Site types and their checklists as a workbook that imports again unchanged.

use std::collections::{BTreeSet, HashMap};
use std::io::Cursor;

use uuid::Uuid;
use yipanqi_documents::book::{self, BookSheet};
use yipanqi_documents::list::ListCell;
use yipanqi_domain::site::Shape;
use yipanqi_store::checklist::{self, Item, SiteType};
use yipanqi_store::framework::EditionRow;
use yipanqi_store::{calendar, framework, site, unit};

use crate::error::{Error, FailureBody};
use crate::export::text as words;
use crate::import::framework::{CIVILIZED, HYGIENIC};
use crate::page::{self, Workbook};
use crate::request::{CityCtx, Query};

/// Which site types; all if none is named.
#[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ChecklistQuery {
    /// Site types.
    #[param(value_type = Vec<String>)]
    pub site_type: Vec<Uuid>,
}

/// The words by which an import knows a shape.
fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Point => "固定点",
        Shape::Line => "线段",
        Shape::Vehicle => "移动",
        Shape::Hotline => "电话",
    }
}

/// What an item cites of a framework: the numbers of the newest edition that it cites, and that edition's code. What it cites
/// of others an import leaves as it is.
fn cited(item: &Item, framework: &str, editions: &[EditionRow]) -> (String, String) {
    let of: BTreeSet<Option<Uuid>> =
        item.criteria.iter().filter(|link| link.framework == framework).map(|link| link.edition).collect();
    let newest = editions.iter().filter(|row| of.contains(&Some(row.id))).max_by_key(|row| (row.year, row.revision));
    let meant = |edition: Option<Uuid>| newest.map_or(edition.is_none(), |newest| edition == Some(newest.id));
    let given = item.criteria.iter().filter(|link| link.framework == framework && meant(link.edition));
    let citations: Vec<&str> = given.map(|link| link.citation.as_str()).collect();
    (citations.join("、"), newest.map(|row| row.code.clone()).unwrap_or_default())
}

/// Site types and their checklists as a workbook.
#[utoipa::path(get, path = "/api/site-types/export.xlsx", tag = "sites", params(ChecklistQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(ctx: CityCtx, Query(query): Query<ChecklistQuery>) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let all = checklist::site_types(&tx).await?;
    let wanted = |kind: &&SiteType| query.site_type.is_empty() || query.site_type.contains(&kind.id);
    let types: Vec<&SiteType> = all.iter().filter(wanted).collect();
    let mut items: HashMap<Uuid, Vec<&Item>> = HashMap::new();
    let kept = checklist::items(&tx, None).await?;
    for item in kept.iter() {
        items.entry(item.site_type).or_default().push(item);
    }
    let editions = framework::editions(&tx).await?;
    let sites = site::count_by_type(&tx).await?;
    let calendar = calendar::load(&tx).await?;
    let directory = unit::directory(&tx).await?;
    let industry = |kind: &SiteType| match kind.industry_unit.and_then(|id| directory.get(id)) {
        Some(unit) if kind.industry_unit_name.is_empty() => unit.name.clone(),
        Some(_) | None => kind.industry_unit_name.clone(),
    };
    let number = |count: u64| ListCell::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    let type_row = |kind: &&SiteType| {
        let count = items.get(&kind.id).map_or(0, Vec::len);
        vec![
            words(&kind.group_name),
            words(&kind.name),
            words(shape(kind.shape)),
            words(&industry(kind)),
            number(count as u64),
            number(sites.get(&kind.id).copied().unwrap_or(0)),
        ]
    };
    let item_row = |kind: &SiteType, item: &Item| {
        let (civilized, civilized_edition) = cited(item, CIVILIZED, &editions);
        let (hygienic, hygienic_edition) = cited(item, HYGIENIC, &editions);
        vec![
            words(&kind.name),
            words(&item.code),
            words(&item.text),
            words(&item.phrases.join("\n")),
            words(&civilized),
            words(&civilized_edition),
            words(&hygienic),
            words(&hygienic_edition),
            words(&item.judgement_words),
            words(if item.photo_on_failure { "是" } else { "否" }),
            words(&item.carve_out),
            words(&item.walk_path),
        ]
    };
    let rows = types.iter().flat_map(|kind| {
        let of = items.get(&kind.id).map(Vec::as_slice).unwrap_or_default();
        of.iter().map(move |item| item_row(kind, item))
    });
    let heads = |heads: &[(&str, u16)]| heads.iter().map(|(head, width)| ((*head).to_owned(), *width)).collect();
    let sheets = [
        BookSheet {
            name: "类型汇总".to_owned(),
            title: String::new(),
            heads: heads(&[
                ("类别", 16),
                ("点位类型", 20),
                ("点位形态", 12),
                ("行业主管部门", 24),
                ("检查项数", 10),
                ("点位数量", 10),
            ]),
            rows: types.iter().map(type_row).collect(),
        },
        BookSheet {
            name: "检查清单".to_owned(),
            title: String::new(),
            heads: heads(&[
                ("点位类型", 18),
                ("检查项编号", 14),
                ("检查内容", 50),
                ("典型问题", 30),
                ("文明城市标准", 18),
                ("文明城市版本", 20),
                ("卫生城市条款", 18),
                ("卫生城市版本", 20),
                ("评判方式", 22),
                ("不合格须拍照", 12),
                ("例外说明", 30),
                ("检查路径", 24),
            ]),
            rows: rows.collect(),
        },
    ];
    let mut file = Cursor::new(Vec::new());
    book::write(&mut file, "点位类型与检查清单", calendar.local(ctx.moment).naive_local(), &sheets).map_err(Error::internal)?;
    Ok(page::workbook("checklists.xlsx", file.into_inner()))
}
