//! The web application inside the binary, health, and the headers that every answer carries.

use axum::http::{Method, StatusCode, header};

use crate::world::World;

#[tokio::test]
async fn pages_fall_back_to_the_index_and_files_do_not() {
    let world = World::new().await;
    let stranger = world.stranger();
    for page in ["/", "/m", "/m/visits/7", "/p", "/problems?state=assigned", "/units/1"] {
        let answer = stranger.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert!(answer.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"), "{page}");
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-cache", "{page}");
    }
    for file in ["/assets/missing-1a2b.js", "/favicon-missing.ico", "/.gitkeep", "/sw-missing.js"] {
        assert_eq!(stranger.get(file).await.status, StatusCode::NOT_FOUND, "{file}");
    }
    let missing = stranger.get("/api/missing").await;
    assert_eq!((missing.status, missing.code()), (StatusCode::NOT_FOUND, "not_found".into()));
    assert_eq!(stranger.send(Method::POST, "/", None).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn every_answer_carries_the_protecting_headers_and_a_request_number() {
    let world = World::new().await;
    for path in ["/", "/healthz", "/api/session", "/api/missing"] {
        let answer = world.stranger().get(path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
        assert_eq!(scripts.trim(), "script-src 'self'", "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff", "{path}");
        assert!(!answer.headers["x-request-id"].is_empty(), "{path}");
    }
    let browser = world.stranger();
    let request =
        browser.request(Method::GET, "/healthz").header("x-request-id", "from-the-proxy").body(axum::body::Body::empty());
    assert_eq!(browser.answer(request.unwrap()).await.headers["x-request-id"], "from-the-proxy");
}

#[tokio::test]
async fn the_process_is_alive_and_ready() {
    let world = World::new().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(world.stranger().get(path).await.ok()["status"], "ok", "{path}");
    }
}

#[tokio::test]
async fn long_json_is_compressed_for_those_who_ask() {
    let world = World::new().await;
    let browser = world.browser("admin");
    let request =
        browser.request(Method::GET, "/api/units").header(header::ACCEPT_ENCODING, "gzip").body(axum::body::Body::empty());
    let answer = browser.answer(request.unwrap()).await;
    assert_eq!(answer.headers[header::CONTENT_ENCODING], "gzip");
}
