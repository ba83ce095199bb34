//! Extract, act, answer.

use uuid::Uuid;
use yipanqi_store::{crosswalk as store, framework};

use super::actions::{self, DecideLinks, LinkInput, SuggestInput};
use super::views::{CrosswalkQuery, CrosswalkView};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Query};

async fn view(ctx: &CityCtx, one: Uuid, other: Uuid) -> Result<CrosswalkView, Error> {
    let tx = ctx.read().await?;
    let first = framework::edition(&tx, one).await.map_err(crate::framework::known)?;
    let second = framework::edition(&tx, other).await.map_err(crate::framework::known)?;
    Ok(CrosswalkView::of(store::between(&tx, one, other).await?, &first, &second))
}

/// The crosswalk between two editions.
#[utoipa::path(get, path = "/api/crosswalk", tag = "frameworks", params(CrosswalkQuery),
    responses((status = 200, body = CrosswalkView), (status = 404, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<CrosswalkQuery>) -> Result<Json<CrosswalkView>, Error> {
    Ok(Json(view(&ctx, query.one, query.other).await?))
}

/// Suggest links between two editions.
#[utoipa::path(post, path = "/api/crosswalk/suggestions", tag = "frameworks", request_body = SuggestInput,
    responses((status = 200, body = CrosswalkView), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn suggest(ctx: CityCtx, Json(input): Json<SuggestInput>) -> Result<Json<CrosswalkView>, Error> {
    actions::suggest(&ctx, &input).await?;
    Ok(Json(view(&ctx, input.one_id, input.other_id).await?))
}

/// Link two criteria by hand.
#[utoipa::path(post, path = "/api/crosswalk/links", tag = "frameworks", request_body = LinkInput,
    responses((status = 200, body = CrosswalkView), (status = 404, body = FailureBody), (status = 409, body = FailureBody),
    (status = 422, body = FailureBody)))]
pub async fn link(ctx: CityCtx, Json(input): Json<LinkInput>) -> Result<Json<CrosswalkView>, Error> {
    actions::link(&ctx, &input).await?;
    Ok(Json(view(&ctx, input.one_id, input.other_id).await?))
}

/// Confirm, refuse or reopen links, one or many.
#[utoipa::path(post, path = "/api/crosswalk/decisions", tag = "frameworks", request_body = DecideLinks,
    responses((status = 200, body = CrosswalkView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn decide(ctx: CityCtx, Json(input): Json<DecideLinks>) -> Result<Json<CrosswalkView>, Error> {
    actions::decide(&ctx, &input).await?;
    Ok(Json(view(&ctx, input.one_id, input.other_id).await?))
}
