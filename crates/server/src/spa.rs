//! The web application, carried inside the binary.
//!
//! `/`, `/m…`, `/p…` and every other page address answer with the index, because the pages route themselves. What looks
//! like a file or an interface answers 404 when missing: an index page under the name of a script fails obscurely.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::Digest as _;

use crate::error::Error;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// Shown while no web application has been built into the binary.
const PLACEHOLDER: &str = "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>一盘棋 Yipanqi</title>\
     <p>服务已启动,但网页尚未构建。The server runs; the web application has not been built into it.</p></html>";

/// Answers every address that no route claims.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Error::new("not_found").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Error::new("method_not_allowed").into_response();
    }
    if let Some(file) = Dist::get(path).filter(|_| !path.starts_with('.')) {
        return respond(path, &file, &headers);
    }
    let is_file = path.starts_with("assets/") || path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if is_file {
        return StatusCode::NOT_FOUND.into_response();
    }
    // The field face is an application of its own, and so is what a link opens.
    let face = match path {
        "m" => "m.html",
        "p" => "p.html",
        _ if path.starts_with("m/") => "m.html",
        _ => "index.html",
    };
    match Dist::get(face) {
        Some(index) => respond(face, &index, &headers),
        None => (no_cache(), [(header::CONTENT_TYPE, "text/html; charset=utf-8")], PLACEHOLDER).into_response(),
    }
}

fn respond(path: &str, file: &rust_embed::EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..12]));
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == tag.as_bytes());
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let caching = [(header::CACHE_CONTROL, cache.to_owned()), (header::ETAG, tag)];
    if known {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let kind = match file.metadata.mimetype() {
        kind if kind.starts_with("text/") => format!("{kind}; charset=utf-8"),
        kind => kind.to_owned(),
    };
    (caching, [(header::CONTENT_TYPE, kind)], file.data.clone().into_owned()).into_response()
}

fn no_cache() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-cache")]
}

/// Hash over the files of the web application, so that a page can notice a newer server.
#[must_use]
pub fn build() -> String {
    let mut hash = sha2::Sha256::new();
    let mut names: Vec<_> = Dist::iter().collect();
    names.sort();
    for name in names {
        hash.update(name.as_bytes());
        if let Some(file) = Dist::get(&name) {
            hash.update(file.metadata.sha256_hash());
        }
    }
    hex::encode(&hash.finalize()[..6])
}
