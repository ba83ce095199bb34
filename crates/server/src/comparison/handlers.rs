//! Extract, act, answer.

use axum::http::StatusCode;
use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;
use yipanqi_store::comparison::{self as store, LinkState};
use yipanqi_store::framework;

use super::actions::{self, BeginInput, CarryInput, LinkDecideInput, RelinkInput};
use super::views::{ChangeCount, ComparedEdition, ComparisonRow, ComparisonView, Sides};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};
use crate::site::Names;

/// The comparisons, the newest first.
#[utoipa::path(get, path = "/api/comparisons", tag = "frameworks", responses((status = 200, body = Vec<ComparisonRow>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<ComparisonRow>>, Error> {
    let tx = ctx.read().await?;
    let editions: HashMap<Uuid, ComparedEdition> =
        framework::editions(&tx).await?.iter().map(|row| (row.id, ComparedEdition::from(row))).collect();
    let rows = store::list(&tx).await?.into_iter().filter_map(|comparison| {
        let (old, new) = (editions.get(&comparison.old)?, editions.get(&comparison.new)?);
        Some(ComparisonRow::of(&comparison, old.clone(), new.clone()))
    });
    Ok(Json(rows.collect()))
}

/// Begin to compare two editions.
#[utoipa::path(post, path = "/api/comparisons", tag = "frameworks", request_body = BeginInput,
    responses((status = 201, body = ComparisonView), (status = 404, body = FailureBody), (status = 409, body = FailureBody),
    (status = 422, body = FailureBody)))]
pub async fn begin(ctx: CityCtx, Json(input): Json<BeginInput>) -> Result<(StatusCode, Json<ComparisonView>), Error> {
    let id = actions::begin(&ctx, &input).await?;
    Ok((StatusCode::CREATED, Json(view(&ctx, id).await?)))
}

/// Two editions side by side: what became of each criterion, changed words marked.
#[utoipa::path(get, path = "/api/comparisons/{id}", tag = "frameworks", params(("id" = String, Path)),
    responses((status = 200, body = ComparisonView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<ComparisonView>, Error> {
    Ok(Json(view(&ctx, id).await?))
}

async fn view(ctx: &CityCtx, id: Uuid) -> Result<ComparisonView, Error> {
    let tx = ctx.read().await?;
    let comparison = actions::find(&tx, id).await?;
    let old = framework::edition(&tx, comparison.old).await.map_err(crate::framework::known)?;
    let new = framework::edition(&tx, comparison.new).await.map_err(crate::framework::known)?;
    let names = Names::read(&tx).await?;
    let links = store::links(&tx, id).await?;
    let sides = Sides { old: &old, new: &new, names: &names };
    let mut counts: BTreeMap<_, (u64, u64)> = BTreeMap::new();
    for link in links.iter().filter(|link| link.state != LinkState::Rejected) {
        let (all, confirmed) = counts.entry(link.kind).or_default();
        *all += 1;
        *confirmed += u64::from(link.state == LinkState::Confirmed);
    }
    Ok(ComparisonView {
        row: ComparisonRow::of(&comparison, (&old.row).into(), (&new.row).into()),
        counts: counts.into_iter().map(|(kind, (links, confirmed))| ChangeCount { kind, links, confirmed }).collect(),
        lines: links.iter().map(|link| sides.line(link)).collect(),
        report: comparison.report.and_then(|report| serde_json::from_value(report).ok()),
    })
}

/// Confirm or reject links, one or many.
#[utoipa::path(post, path = "/api/comparisons/{id}/decisions", tag = "frameworks", params(("id" = String, Path)),
    request_body = LinkDecideInput, responses((status = 200, body = ComparisonView), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn decide(
    ctx: CityCtx,
    Path(id): Path<Uuid>,
    Json(input): Json<LinkDecideInput>,
) -> Result<Json<ComparisonView>, Error> {
    actions::decide(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, id).await?))
}

/// Say by hand from which old criteria a new one comes.
#[utoipa::path(post, path = "/api/comparisons/{id}/links", tag = "frameworks", params(("id" = String, Path)),
    request_body = RelinkInput, responses((status = 200, body = ComparisonView), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn relink(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<RelinkInput>) -> Result<Json<ComparisonView>, Error> {
    actions::relink(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, id).await?))
}

/// Carry duties, checklists, site types and rules along the confirmed links.
#[utoipa::path(post, path = "/api/comparisons/{id}/carry", tag = "frameworks", params(("id" = String, Path)),
    request_body = CarryInput, responses((status = 200, body = ComparisonView), (status = 404, body = FailureBody),
    (status = 409, body = FailureBody)))]
pub async fn carry(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<CarryInput>) -> Result<Json<ComparisonView>, Error> {
    actions::carry(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, id).await?))
}
