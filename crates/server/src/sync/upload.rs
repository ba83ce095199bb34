//! Photographs that arrive piece by piece.
//!
//! A piece is written where it belongs and made durable before it is answered; with the last one the hash is checked against
//! the one taken when the photograph was captured, and only then there is a photograph.

use bytes::Bytes;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use yipanqi_store::media;
use yipanqi_store::upload::{self, Upload};

use super::views::{BeginUpload, UploadView};
use crate::app::App;
use crate::error::Error;
use crate::media::actions as photographs;
use crate::request::CityCtx;

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// Announces a photograph, or says how far it has come.
///
/// # Errors
/// `sync_person_other`, `upload_hash_invalid`, `body_too_large`, `upload_size_differs`.
pub async fn begin(app: &App, ctx: &CityCtx, input: &BeginUpload) -> Result<UploadView, Error> {
    super::actions::of_person(ctx, input.person_id)?;
    if !is_hash(&input.sha256) {
        return Err(Error::invalid("sha256", "upload_hash_invalid"));
    }
    if input.size > app.config().upload_bytes() as u64 {
        return Err(Error::new("body_too_large"));
    }
    let size = i64::try_from(input.size).map_err(Error::internal)?;
    let mut tx = ctx.write().await?;
    if let Some(known) = upload::find(&tx, ctx.actor.person, &input.sha256).await? {
        drop(tx);
        if known.size != size {
            return Err(Error::new("upload_size_differs"));
        }
        return view(app, ctx, &known).await;
    }
    let capture = input.capture.as_ref().map(Into::into);
    // Sent whole before: the pieces are not asked for again, but what the device knew is kept.
    let media = media::uploaded(&tx, &input.sha256, ctx.actor.person).await?;
    let new = Upload {
        id: Uuid::now_v7(),
        person: ctx.actor.person,
        sha256: input.sha256.clone(),
        size,
        file_name: input.file_name.clone(),
        capture,
        media: None,
        begun_at: ctx.moment,
    };
    upload::begin(&tx, &new).await?;
    if let Some(media) = media {
        finish(&tx, &new, media).await?;
    }
    tx.audit("upload.begin", "upload", &new.id.to_string(), &serde_json::json!({ "sha256": new.sha256, "size": size }))?;
    tx.commit().await?;
    view(app, ctx, &Upload { media, ..new }).await
}

async fn finish(tx: &yipanqi_store::WriteTx, upload: &Upload, media: yipanqi_domain::id::MediaId) -> Result<(), Error> {
    upload::finish(tx, upload.id, media).await?;
    if let Some(capture) = &upload.capture {
        media::keep_capture(tx, media, capture).await?;
    }
    Ok(())
}

async fn view(app: &App, ctx: &CityCtx, upload: &Upload) -> Result<UploadView, Error> {
    let size = u64::try_from(upload.size).unwrap_or(0);
    let offset = match upload.media {
        Some(_) => size,
        None => app.store().media().part_size(ctx.city.slug(), upload.id).await?,
    };
    Ok(UploadView { sha256: upload.sha256.clone(), offset, size, media_id: upload.media })
}

async fn own(ctx: &CityCtx, sha256: &str) -> Result<Upload, Error> {
    upload::find(&ctx.read().await?, ctx.actor.person, sha256).await?.ok_or_else(|| Error::new("upload_not_found"))
}

/// How far a photograph of the person has come.
///
/// # Errors
/// `upload_not_found`, also for what others send.
pub async fn show(app: &App, ctx: &CityCtx, sha256: &str) -> Result<UploadView, Error> {
    view(app, ctx, &own(ctx, sha256).await?).await
}

/// Takes in a piece. An empty piece at the end finishes what was complete but not finished.
///
/// # Errors
/// `upload_not_found`, `upload_offset` with the offset that is wanted, `upload_hash_differs`, and what a photograph is
/// refused for; after the last two it begins anew.
pub async fn take_piece(app: &App, ctx: &CityCtx, sha256: &str, offset: u64, piece: Bytes) -> Result<UploadView, Error> {
    let upload = own(ctx, sha256).await?;
    if upload.media.is_some() {
        return view(app, ctx, &upload).await;
    }
    let (store, city) = (app.store().media(), ctx.city.slug());
    let arrived = store.part_size(city, upload.id).await?;
    let size = u64::try_from(upload.size).unwrap_or(0);
    if offset != arrived {
        return Err(Error::new("upload_offset").with("offset", arrived));
    }
    if offset + piece.len() as u64 > size {
        return Err(Error::new("upload_size_differs"));
    }
    if !piece.is_empty() {
        store.part_write(city, upload.id, offset, &piece).await?;
    }
    if offset + (piece.len() as u64) < size {
        return view(app, ctx, &upload).await;
    }
    let bytes = store.part_read(city, upload.id).await?;
    if hex::encode(Sha256::digest(&bytes)) != upload.sha256 {
        store.part_remove(city, upload.id).await?;
        return Err(Error::new("upload_hash_differs"));
    }
    let info = match photographs::upload(app, ctx, bytes, &upload.file_name).await {
        Ok(info) => info,
        Err(error) if error.status().is_server_error() => return Err(error),
        Err(error) => {
            store.part_remove(city, upload.id).await?;
            return Err(error);
        }
    };
    let tx = ctx.write().await?;
    finish(&tx, &upload, info.id).await?;
    tx.commit().await?;
    store.part_remove(city, upload.id).await?;
    view(app, ctx, &Upload { media: Some(info.id), ..upload }).await
}
