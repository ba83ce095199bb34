//! Extract, act, answer.

use axum::extract::{Multipart, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use utoipa::ToSchema;
use yipanqi_domain::geo::{self, Datum};
use yipanqi_domain::id::MediaId;
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_store::media;

use super::actions;
use super::views::{FactsQuery, MediaFacts, MediaView};
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path, Query, Upload};

/// A photograph as a form sends it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the form; the fields are read from the stream")]
pub struct PhotoForm {
    /// The file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Send a photograph; the same one again answers the same record.
#[utoipa::path(post, path = "/api/media", tag = "media",
    request_body(content = PhotoForm, content_type = "multipart/form-data"),
    responses((status = 201, body = MediaView), (status = 413, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn upload(State(app): State<App>, ctx: CityCtx, form: Multipart) -> Result<(StatusCode, Json<MediaView>), Error> {
    let upload = Upload::read(form, app.config().upload_bytes()).await?;
    let info = actions::upload(&app, &ctx, upload.bytes, &upload.file_name).await?;
    Ok((StatusCode::CREATED, Json(info.into())))
}

/// The photograph as it was sent.
#[utoipa::path(get, path = "/api/media/{id}", tag = "media", params(("id" = String, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = 404, body = FailureBody)))]
pub async fn original(
    State(app): State<App>,
    ctx: CityCtx,
    headers: HeaderMap,
    Path(id): Path<MediaId>,
) -> Result<Response, Error> {
    let info = actions::visible(&ctx, &ctx.read().await?, id).await?;
    let kind = format!("image/{}", info.kind);
    let bytes = app.store().media().original(ctx.city.slug(), &info.sha256);
    answered(&headers, kind, &info.sha256, bytes).await
}

/// A small picture of it, upright.
#[utoipa::path(get, path = "/api/media/{id}/thumb", tag = "media", params(("id" = String, Path)),
    responses((status = 200, content_type = "image/jpeg", body = Vec<u8>), (status = 404, body = FailureBody)))]
pub async fn thumb(State(app): State<App>, ctx: CityCtx, headers: HeaderMap, Path(id): Path<MediaId>) -> Result<Response, Error> {
    let info = actions::visible(&ctx, &ctx.read().await?, id).await?;
    let bytes = app.store().media().thumbnail(ctx.city.slug(), &info.sha256);
    answered(&headers, "image/jpeg".into(), &format!("{}-thumb", info.sha256), bytes).await
}

/// What a photograph tells of itself: hash, time, place, and how far from the problem it was taken.
#[utoipa::path(get, path = "/api/media/{id}/facts", tag = "media", params(("id" = String, Path), FactsQuery),
    responses((status = 200, body = MediaFacts), (status = 404, body = FailureBody)))]
pub async fn facts(ctx: CityCtx, Path(id): Path<MediaId>, Query(query): Query<FactsQuery>) -> Result<Json<MediaFacts>, Error> {
    let info = actions::visible(&ctx, &ctx.read().await?, id).await?;
    let place = match query.problem {
        Some(problem) => actions::place(&ctx, problem).await?,
        None => None,
    };
    let metres = info.position.zip(place).map(|(taken, place)| geo::distance(at(taken), place));
    Ok(Json(MediaFacts { uploaded_at: info.uploaded_at, metres, media: info.into() }))
}

fn at(taken: media::Position) -> Position {
    let degrees = Degrees::from_e7;
    Position { longitude: degrees(taken.longitude), latitude: degrees(taken.latitude), datum: Datum::Wgs84 }
}

/// Bytes never change under an identity; whether this person may see them is asked every time.
async fn answered(
    headers: &HeaderMap,
    kind: String,
    tag: &str,
    bytes: impl Future<Output = Result<Bytes, yipanqi_store::StoreError>>,
) -> Result<Response, Error> {
    let tag = format!("\"{tag}\"");
    let caching = [(header::CACHE_CONTROL, "private, no-cache".to_owned()), (header::ETAG, tag.clone())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    Ok((caching, [(header::CONTENT_TYPE, kind)], bytes.await?).into_response())
}
