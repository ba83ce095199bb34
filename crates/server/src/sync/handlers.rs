//! Extract, act, answer: outboxes, photographs under way, packs.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;

use super::views::{Batch, BatchAnswer, BeginUpload, Pull, PullAnswer, UploadView};
use super::{actions, pull as packs, upload};
use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};

/// Where a piece belongs.
const OFFSET: &str = "upload-offset";

/// Carry out what lay in an outbox; each command is answered for itself, after it is durable.
#[utoipa::path(post, path = "/api/sync/commands", tag = "sync", request_body = Batch,
    responses((status = 200, body = BatchAnswer), (status = 403, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn commands(ctx: CityCtx, Json(batch): Json<Batch>) -> Result<Json<BatchAnswer>, Error> {
    Ok(Json(BatchAnswer { receipts: actions::carry_out(&ctx, &batch).await?, now: ctx.moment }))
}

/// What has changed of what the person takes along, and what the device has to forget.
#[utoipa::path(post, path = "/api/sync/pull", tag = "sync", request_body = Pull, responses((status = 200, body = PullAnswer)))]
pub async fn pull(ctx: CityCtx, Json(input): Json<Pull>) -> Result<Json<PullAnswer>, Error> {
    Ok(Json(packs::pull(&ctx, &input).await?))
}

/// Announce a photograph by its hash, or ask how far it has come; nobody is told what others have sent.
#[utoipa::path(post, path = "/api/uploads", tag = "sync", request_body = BeginUpload,
    responses((status = 201, body = UploadView), (status = 413, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn begin_upload(
    State(app): State<App>,
    ctx: CityCtx,
    Json(input): Json<BeginUpload>,
) -> Result<(StatusCode, Json<UploadView>), Error> {
    Ok((StatusCode::CREATED, Json(upload::begin(&app, &ctx, &input).await?)))
}

/// How far a photograph of one's own has come.
#[utoipa::path(get, path = "/api/uploads/{sha256}", tag = "sync", params(("sha256" = String, Path)),
    responses((status = 200, body = UploadView), (status = 404, body = FailureBody)))]
pub async fn show_upload(State(app): State<App>, ctx: CityCtx, Path(sha256): Path<String>) -> Result<Json<UploadView>, Error> {
    Ok(Json(upload::show(&app, &ctx, &sha256).await?))
}

/// Send the next piece of a photograph; the header `Upload-Offset` says where it belongs.
#[utoipa::path(patch, path = "/api/uploads/{sha256}", tag = "sync",
    params(("sha256" = String, Path), ("Upload-Offset" = u64, Header)),
    request_body(content = Vec<u8>, content_type = "application/offset+octet-stream"),
    responses((status = 200, body = UploadView), (status = 404, body = FailureBody), (status = 409, body = FailureBody),
    (status = 422, body = FailureBody)))]
pub async fn continue_upload(
    State(app): State<App>,
    ctx: CityCtx,
    Path(sha256): Path<String>,
    headers: HeaderMap,
    piece: Bytes,
) -> Result<Json<UploadView>, Error> {
    let offset = headers.get(OFFSET).and_then(|value| value.to_str().ok()?.parse().ok());
    let offset = match offset {
        Some(offset) => offset,
        None => return Err(Error::new("upload_offset").with("offset", upload::show(&app, &ctx, &sha256).await?.offset)),
    };
    Ok(Json(upload::take_piece(&app, &ctx, &sha256, offset, piece).await?))
}
