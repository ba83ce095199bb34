//! Site types and their checklists.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;
use yipanqi_domain::site::Judgement;
use yipanqi_store::checklist::{self, Item, ItemCriterion, SiteType};
use yipanqi_store::framework::{CitedCriterion, Citing};
use yipanqi_store::{ReadTx, framework, site};

use super::names::Names;
use super::views::{ItemCriterionView, ItemView, SiteTypeRow, SiteTypeView};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};

/// How an item is judged; none where a person has to choose.
#[must_use]
pub fn judgement(item: &Item) -> Option<Judgement> {
    serde_json::from_value(item.judgement.clone()?).ok()
}

fn citing(link: &ItemCriterion) -> Citing<'_> {
    Citing { framework: &link.framework, edition: link.edition, key: &link.citation_key }
}

/// A checklist item with its criteria as they stand in the frameworks' newest editions.
fn view(item: &Item, criteria: &HashMap<Citing<'_>, CitedCriterion>) -> ItemView {
    ItemView {
        id: item.id,
        version: item.version,
        code: item.code.clone(),
        text: item.text.clone(),
        phrases: item.phrases.clone(),
        judgement: judgement(item).map(Into::into),
        judgement_words: item.judgement_words.clone(),
        photo_on_failure: item.photo_on_failure,
        carve_out: item.carve_out.clone(),
        walk_path: item.walk_path.clone(),
        criteria: (item.criteria.iter())
            .map(|link| ItemCriterionView {
                framework: link.framework.clone(),
                edition_id: link.edition,
                edition: criteria.get(&citing(link)).map(|cited| cited.edition.clone()),
                citation: link.citation.clone(),
                criterion_id: criteria.get(&citing(link)).map(|cited| cited.id),
            })
            .collect(),
    }
}

/// The checklist of a type, in its order; empty without a type.
///
/// # Errors
/// The database's.
pub async fn of_type(tx: &ReadTx, site_type: Option<Uuid>) -> Result<Vec<ItemView>, Error> {
    let Some(site_type) = site_type else { return Ok(Vec::new()) };
    let items = checklist::items(tx, Some(site_type)).await?;
    let cited: HashSet<Citing<'_>> = items.iter().flat_map(|item| &item.criteria).map(citing).collect();
    let cited: Vec<Citing<'_>> = cited.into_iter().collect();
    let criteria = framework::cited(tx, &cited).await?;
    Ok(items.iter().map(|item| view(item, &criteria)).collect())
}

/// The site types in the city's own order.
#[utoipa::path(get, path = "/api/site-types", tag = "sites", responses((status = 200, body = Vec<SiteTypeRow>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<SiteTypeRow>>, Error> {
    let tx = ctx.read().await?;
    let names = Names::read(&tx).await?;
    let mut items: HashMap<Uuid, u64> = HashMap::new();
    for item in checklist::items(&tx, None).await?.iter() {
        *items.entry(item.site_type).or_default() += 1;
    }
    let sites = site::count_by_type(&tx).await?;
    let row = |site_type: &SiteType| SiteTypeRow {
        id: site_type.id,
        name: site_type.name.clone(),
        group: site_type.group_name.clone(),
        shape: site_type.shape,
        items: items.get(&site_type.id).copied().unwrap_or(0),
        sites: sites.get(&site_type.id).copied().unwrap_or(0),
        industry: names.unit(site_type.industry_unit),
        industry_name: site_type.industry_unit_name.clone(),
    };
    Ok(Json(names.types.iter().map(row).collect()))
}

/// A site type with its checklist.
#[utoipa::path(get, path = "/api/site-types/{id}", tag = "sites", params(("id" = String, Path)),
    responses((status = 200, body = SiteTypeView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<SiteTypeView>, Error> {
    Ok(Json(page(&ctx.read().await?, id).await?))
}

/// The page of a site type.
pub(super) async fn page(tx: &ReadTx, id: Uuid) -> Result<SiteTypeView, Error> {
    let names = Names::read(tx).await?;
    let site_type = names.site_type(Some(id)).ok_or_else(|| Error::new("site_type_not_found"))?;
    let sites = site::count_by_type(tx).await?;
    Ok(SiteTypeView {
        version: site_type.version,
        id,
        name: site_type.name.clone(),
        group: site_type.group_name.clone(),
        shape: site_type.shape,
        names: site_type.names.clone(),
        sites: sites.get(&id).copied().unwrap_or(0),
        industry: names.unit(site_type.industry_unit),
        industry_name: site_type.industry_unit_name.clone(),
        items: of_type(tx, Some(id)).await?,
    })
}
