//! Site types and checklist items as data: entered and changed by people; an item may serve criteria of several frameworks.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::id::{CommandId, CriterionId, ItemId, UnitId};
use yipanqi_domain::site::{Judgement, Shape};
use yipanqi_store::checklist::{self as store, Item, ItemCriterion, SiteType};
use yipanqi_store::{ReadTx, framework, unit};

use super::checklist;
use super::views::SiteTypeView;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};

/// A site type as a person enters it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SiteTypeInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The type to change; none: a new one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Option<Uuid>,
    /// The version that the page has seen; 0 for a new one.
    #[serde(default)]
    pub version: i64,
    /// Its name.
    pub name: String,
    /// The group it belongs to.
    pub group: String,
    /// `point`, `line`, `vehicle` or `hotline`.
    #[schema(value_type = String)]
    pub shape: Shape,
    /// The industry unit.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub industry_unit_id: Option<UnitId>,
}

/// Add or change a site type.
#[utoipa::path(post, path = "/api/site-types", tag = "sites", request_body = SiteTypeInput,
    responses((status = 201, body = SiteTypeView), (status = 404, body = FailureBody), (status = 409, body = FailureBody),
    (status = 422, body = FailureBody)))]
pub async fn save_type(ctx: CityCtx, Json(input): Json<SiteTypeInput>) -> Result<(StatusCode, Json<SiteTypeView>), Error> {
    let mut tx = ctx.write().await?;
    let id = match ctx.once(&mut tx, input.command_id, &input).await? {
        Some(before) => before,
        None => {
            let name = input.name.trim();
            if name.is_empty() {
                return Err(Error::invalid("name", "value_missing"));
            }
            let types = store::site_types(&tx).await?;
            let known =
                input.id.map(|id| types.iter().find(|kind| kind.id == id).ok_or_else(|| Error::new("site_type_not_found")));
            let known = known.transpose()?.cloned();
            let directory = unit::directory(&tx).await?;
            let industry = input.industry_unit_id.and_then(|id| directory.get(id));
            let last = types.iter().map(|kind| kind.position).max().unwrap_or(0);
            let saved = SiteType {
                id: known.as_ref().map_or_else(Uuid::now_v7, |known| known.id),
                name: name.to_owned(),
                group_name: input.group.trim().to_owned(),
                shape: input.shape,
                industry_unit: industry.map(|unit| unit.id),
                industry_unit_name: industry.map(|unit| unit.name.clone()).unwrap_or_default(),
                position: known.as_ref().map_or(last + 1, |known| known.position),
                version: input.version,
                names: known.map(|known| known.names).unwrap_or_default(),
            };
            store::save_site_type(&tx, &saved).await?;
            framework::adopt_site_type(&tx, &saved.name, saved.id).await?;
            tx.audit("site_type.save", "site_type", &saved.id.to_string(), &input)?;
            tx.event("site_type", &saved.id.to_string(), &[])?;
            ctx.answer_once(&mut tx, input.command_id, &saved.id).await?;
            saved.id
        }
    };
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(checklist::page(&ctx.read().await?, id).await?)))
}

/// A checklist item as a person enters it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ItemInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The item to change; none: a new one.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Option<ItemId>,
    /// The version that the page has seen; 0 for a new one.
    #[serde(default)]
    pub version: i64,
    /// Its code.
    pub code: String,
    /// What is looked at.
    pub text: String,
    /// Typical faults to pick.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// How it is judged, in words.
    #[serde(default)]
    pub judgement_words: String,
    /// Whether a failure needs a photograph.
    #[serde(default)]
    pub photo_on_failure: bool,
    /// Exceptions.
    #[serde(default)]
    pub carve_out: String,
    /// How to walk.
    #[serde(default)]
    pub walk_path: String,
    /// The criteria it serves, of any editions.
    #[schema(value_type = Vec<String>)]
    pub criteria: Vec<CriterionId>,
}

/// Add or change an item of a site type's checklist.
#[utoipa::path(post, path = "/api/site-types/{id}/items", tag = "sites", params(("id" = String, Path)), request_body = ItemInput,
    responses((status = 200, body = SiteTypeView), (status = 404, body = FailureBody), (status = 409, body = FailureBody),
    (status = 422, body = FailureBody)))]
pub async fn save_item(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<ItemInput>) -> Result<Json<SiteTypeView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        if !store::site_types(&tx).await?.iter().any(|kind| kind.id == id) {
            return Err(Error::new("site_type_not_found"));
        }
        for (field, value) in [("code", &input.code), ("text", &input.text)] {
            if value.trim().is_empty() {
                return Err(Error::invalid(field, "value_missing"));
            }
        }
        let items = store::items(&tx, Some(id)).await?;
        let known = input.id.map(|id| items.iter().find(|item| item.id == id).ok_or_else(|| Error::new("item_not_found")));
        let known = known.transpose()?;
        let words = input.judgement_words.trim();
        let saved = Item {
            id: known.map_or_else(|| ItemId::new(Uuid::now_v7()), |known| known.id),
            code: input.code.trim().to_owned(),
            site_type: id,
            position: known.map_or_else(|| items.iter().map(|item| item.position).max().unwrap_or(0) + 1, |known| known.position),
            text: input.text.trim().to_owned(),
            phrases: input.phrases.iter().flat_map(|line| crate::import::checklists::phrases(line)).collect(),
            // What a person chose for the same words stays.
            judgement: match known.filter(|known| known.judgement_words == words) {
                Some(known) => known.judgement.clone(),
                None => Judgement::parse(words).and_then(|judgement| serde_json::to_value(judgement).ok()),
            },
            judgement_words: words.to_owned(),
            photo_on_failure: input.photo_on_failure,
            carve_out: input.carve_out.trim().to_owned(),
            walk_path: input.walk_path.trim().to_owned(),
            version: input.version,
            criteria: cited(&tx, &input.criteria, known).await?,
        };
        match known {
            Some(_) => store::update_item(&tx, &saved).await?,
            None => store::add_items(&tx, std::slice::from_ref(&saved)).await?,
        }
        tx.audit("checklist_item.save", "checklist_item", &saved.id.to_string(), &input)?;
        tx.event("site_type", &id.to_string(), &[])?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    Ok(Json(checklist::page(&ctx.read().await?, id).await?))
}

/// The criteria as citations of their editions; links that mean no known criterion stay as they were given.
async fn cited(tx: &ReadTx, wanted: &[CriterionId], known: Option<&Item>) -> Result<Vec<ItemCriterion>, Error> {
    let wanted: BTreeSet<CriterionId> = wanted.iter().copied().collect();
    let families = framework::frameworks(tx).await?;
    let mut links = Vec::new();
    let mut editions = BTreeSet::new();
    let mut found = BTreeSet::new();
    for row in framework::editions(tx).await? {
        editions.insert(row.id);
        let Some(family) = families.iter().find(|family| family.id == row.framework) else { continue };
        let tree = framework::edition(tx, row.id).await?;
        for node in tree.nodes.iter().filter(|node| node.is_criterion && wanted.contains(&node.id)) {
            found.insert(node.id);
            let before = known.and_then(|item| {
                item.criteria.iter().find(|link| {
                    link.edition == Some(row.id) && tree.cited(&link.citation_key).is_some_and(|cited| cited.id == node.id)
                })
            });
            links.push(before.cloned().unwrap_or_else(|| ItemCriterion {
                framework: family.code.clone(),
                edition: Some(row.id),
                citation_key: node.citation_key.clone(),
                citation: node.citation_key.clone(),
            }));
        }
    }
    if found.len() < wanted.len() {
        return Err(Error::invalid("criteria", "criterion_not_found"));
    }
    let kept =
        known.into_iter().flat_map(|item| &item.criteria).filter(|link| link.edition.is_none_or(|id| !editions.contains(&id)));
    links.extend(kept.cloned());
    Ok(links)
}
