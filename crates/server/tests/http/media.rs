//! Photographs: kept untouched, described, seen by whom they concern.

use std::path::Path;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use sha2::Digest as _;
use yipanqi_store::media::{self, Stage};

use crate::world::{Answer, Browser, World};

pub fn photo(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi/photos").join(name)).unwrap()
}

async fn send(browser: &Browser, name: &str, bytes: &[u8]) -> Answer {
    let mut body = format!("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let request = browser.request(Method::POST, "/api/media").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    browser.answer(request.body(Body::from(body)).unwrap()).await
}

/// A photograph that this person has uploaded, by its identity.
pub async fn photo_of(browser: &Browser) -> String {
    send(browser, "after.jpg", &photo("同角度_整改后.jpg")).await.ok()["id"].as_str().unwrap().to_owned()
}

/// Status, kind and bytes of what is downloaded.
pub async fn bytes(browser: &Browser, path: &str) -> (StatusCode, String, Vec<u8>) {
    use http_body_util::BodyExt as _;
    let response = browser.raw(browser.request(Method::GET, path).body(Body::empty()).unwrap()).await;
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    (response.status(), kind, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test]
async fn the_original_comes_back_untouched_and_the_thumbnail_small() {
    let world = World::new().await;
    let inspector = world.browser("inspector");
    let sent = photo("IMG_3007.jpg");
    let answer = send(&inspector, "整改前.jpg", &sent).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
    let view = answer.json();
    assert_eq!(view["sha256"], hex::encode(sha2::Sha256::digest(&sent)));
    assert_eq!((&view["kind"], &view["file_name"]), (&"jpeg".into(), &"整改前.jpg".into()));
    let id = view["id"].as_str().unwrap();
    let (status, kind, original) = bytes(&inspector, &format!("/api/media/{id}")).await;
    assert_eq!((status, kind.as_str(), original == sent), (StatusCode::OK, "image/jpeg", true));
    let (status, kind, thumb) = bytes(&inspector, &format!("/api/media/{id}/thumb")).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/jpeg"));
    assert!(!thumb.is_empty() && thumb.len() < sent.len().max(60_000), "{} of {}", thumb.len(), sent.len());
    assert_eq!(send(&inspector, "again.jpg", &sent).await.json()["id"], view["id"], "sent again, it is the same record");
}

#[tokio::test]
async fn a_photograph_is_seen_by_its_sender_and_through_its_subject_only() {
    let world = World::new().await;
    let id = send(&world.browser("head"), "a.jpg", &photo("IMG_3014.jpg")).await.ok()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/media/{id}");
    assert_eq!(bytes(&world.browser("head"), &path).await.0, StatusCode::OK);
    for name in ["office", "other_head", "admin", "nanjiang.head", "nanjiang.office"] {
        assert_eq!(world.browser(name).get(&path).await.code(), "media_not_found", "{name}");
    }
    let by = yipanqi_store::Author { person: None, name: "test".into() };
    let mut tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
    let visit = uuid::Uuid::now_v7().to_string();
    media::attach(&mut tx, &[id.parse().unwrap()], "visit", &visit, Stage::Evidence).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(bytes(&world.browser("office"), &path).await.0, StatusCode::OK);
    assert_eq!(world.browser("other_head").get(&path).await.code(), "media_not_found");
}

#[tokio::test]
async fn what_is_no_photograph_is_refused_by_name() {
    let world = World::new().await;
    let inspector = world.browser("inspector");
    assert_eq!(send(&inspector, "virus.jpg", b"MZ\x90\x00 not a picture").await.code(), "media_kind_unknown");
    let whole = photo("IMG_3007.jpg");
    assert_eq!(send(&inspector, "half.jpg", &whole[..whole.len() / 2]).await.code(), "media_damaged");
    let large = vec![0_u8; 33 * 1024 * 1024];
    assert_eq!(send(&inspector, "large.jpg", &large).await.code(), "body_too_large");
    let request =
        inspector.request(Method::POST, "/api/media").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    assert_eq!(inspector.answer(request.body(Body::from("--edge--\r\n")).unwrap()).await.code(), "invalid");
}

#[tokio::test]
async fn a_photograph_tells_its_hash_and_how_far_it_was_taken() {
    let world = World::with_problems().await;
    let inspector = world.browser("inspector");
    let sent = photo("IMG_3007.jpg");
    let id = send(&inspector, "a.jpg", &sent).await.ok()["id"].as_str().unwrap().to_owned();
    let facts = inspector.get(&format!("/api/media/{id}/facts")).await.ok();
    assert_eq!(facts["sha256"], hex::encode(sha2::Sha256::digest(&sent)));
    assert_eq!(facts["metres"], serde_json::Value::Null, "nothing was asked how far");
    assert!(facts["taken_at"].is_string() && facts["uploaded_at"].is_string(), "{facts}");
    let office = world.browser("office");
    let hidden = office.get(&format!("/api/media/{id}/facts?problem={}", world.yunxi.problem)).await;
    assert_eq!(hidden.code(), "media_not_found", "it hangs on nothing that the office may see");
    let unknown = inspector.get(&format!("/api/media/{id}/facts?problem={}", uuid::Uuid::now_v7())).await;
    assert_eq!(unknown.code(), "problem_not_found");
}
