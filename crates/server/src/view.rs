//! Lists as a person keeps them: a name, and what the page's address says of filter, order and columns.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;
use yipanqi_domain::id::CommandId;
use yipanqi_store::view::{self, SavedView};

use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Query};
use crate::rights::{Access, Routes};

/// The longest name of a view, in characters.
const NAME: usize = 20;
/// The longest address of a view, in bytes.
const QUERY: usize = 2_000;
/// The longest name of a list, in bytes.
const LIST: usize = 60;

/// A view of a list that the reader keeps.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct KeptView {
    /// Its name.
    pub name: String,
    /// What the page's address says, without `?`.
    pub query: String,
}

impl From<SavedView> for KeptView {
    fn from(SavedView { name, query }: SavedView) -> Self {
        Self { name, query }
    }
}

/// Which list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// The list's name, as `problems`.
    pub list: String,
}

/// Which view.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ViewQuery {
    /// The list's name, as `problems`.
    pub list: String,
    /// The view's name.
    pub name: String,
}

/// A view to keep.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct KeepView {
    /// Makes it happen once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The list's name, as `problems`.
    pub list: String,
    /// Its name; a view of the same name is replaced.
    pub name: String,
    /// What the page's address says, without `?`.
    pub query: String,
}

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Access::Member, routes!(list))
        .route(Access::Member, routes!(keep))
        .route(Access::Member, routes!(forget))
}

/// The views that I keep of a list, in the order in which I kept them.
#[utoipa::path(get, path = "/api/my/views", tag = "todo", params(ListQuery), responses((status = 200, body = Vec<KeptView>)))]
pub async fn list(ctx: CityCtx, Query(query): Query<ListQuery>) -> Result<Json<Vec<KeptView>>, Error> {
    let views = view::of_list(&ctx.read().await?, ctx.actor.person, &query.list).await?;
    Ok(Json(views.into_iter().map(KeptView::from).collect()))
}

/// Keep a view of a list.
#[utoipa::path(post, path = "/api/my/views", tag = "todo", request_body = KeepView,
    responses((status = 201, body = KeptView), (status = 422, body = FailureBody)))]
pub async fn keep(ctx: CityCtx, Json(input): Json<KeepView>) -> Result<(StatusCode, Json<KeptView>), Error> {
    let name = input.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME {
        return Err(Error::invalid("name", "view_name_invalid"));
    }
    if input.query.len() > QUERY || input.list.len() > LIST {
        return Err(Error::invalid("query", "view_query_too_long"));
    }
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &input).await? {
        return Ok((StatusCode::CREATED, Json(before)));
    }
    let view = SavedView { name, query: input.query };
    view::keep(&mut tx, ctx.actor.person, &input.list, view.clone()).await?;
    let kept = KeptView::from(view);
    ctx.answer_once(&mut tx, input.command_id, &kept).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Json(kept)))
}

/// Forget a view of a list.
#[utoipa::path(delete, path = "/api/my/views", tag = "todo", params(ViewQuery), responses((status = 204)))]
pub async fn forget(ctx: CityCtx, Query(query): Query<ViewQuery>) -> Result<StatusCode, Error> {
    let mut tx = ctx.write().await?;
    view::forget(&mut tx, ctx.actor.person, &query.list, &query.name).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
