//! The table of codes is complete: every code that a rule, the store or a reader can name has its row.

use std::path::{Path, PathBuf};

use axum::http::StatusCode;
use yipanqi_server::error::table;

use crate::world::World;

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The texts in the bodies of `fn code(&self) -> &'static str`.
fn codes(source: &str) -> Vec<String> {
    let mut codes = Vec::new();
    for body in source.split("fn code(&self) -> &'static str {").skip(1) {
        let end = body.find("\n    }").unwrap_or(body.len());
        let texts = body[..end].split('"').skip(1).step_by(2);
        codes.extend(texts.map(str::to_owned));
    }
    codes
}

#[test]
fn every_code_of_the_rules_the_store_and_the_readers_has_a_row() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    for name in ["domain", "store", "documents"] {
        sources(&crates.join(name).join("src"), &mut files);
    }
    let mut known = 0;
    for file in files {
        for code in codes(&std::fs::read_to_string(&file).unwrap()) {
            assert!(table::find(&code).is_some(), "{code} ({}) has no row in the table", file.display());
            known += 1;
        }
    }
    assert!(known > 50, "only {known} codes were found");
}

/// The first text behind each occurrence of a call's beginning.
fn named(source: &str, call: &str) -> Vec<String> {
    let calls = source.split(call).skip(1);
    calls.filter_map(|rest| Some(rest.strip_prefix('"')?.split('"').next()?.to_owned())).collect()
}

#[test]
fn every_code_that_the_server_names_itself_has_a_row() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut known = 0;
    for file in files {
        for code in named(&std::fs::read_to_string(&file).unwrap(), "Error::new(") {
            assert!(table::find(&code).is_some(), "{code} ({}) has no row in the table", file.display());
            known += 1;
        }
    }
    assert!(known > 30, "only {known} codes were found");
}

#[tokio::test]
async fn a_failure_is_problem_json_in_the_readers_language() {
    let world = World::new().await;
    let chinese =
        world.browser("admin").get("/api/calendar/due?from=2027-02-01T09:00:00%2B08:00&unit=working_days&count=3").await;
    assert_eq!(chinese.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(chinese.headers["content-type"], "application/problem+json");
    let body = chinese.json();
    assert_eq!(
        (&body["code"], &body["status"], &body["data"]["year"]),
        (&"calendar_year_missing".into(), &422.into(), &2027.into())
    );
    assert_eq!(body["title"], "2027年的工作日历尚未录入。");
    let path = "/api/calendar/due?from=2027-02-01T09:00:00%2B08:00&unit=working_days&count=3";
    let english = world.browser("admin").english().get(path).await.json();
    assert_eq!(english["title"], "The working calendar for 2027 has not been entered.");
    assert_eq!(world.browser("admin").get(&format!("{path}&lang=en")).await.json()["title"], english["title"]);
}

#[tokio::test]
async fn what_cannot_be_read_says_why() {
    let world = World::new().await;
    let admin = world.browser("admin");
    let body = admin.post("/api/accounts", serde_json::json!({ "login": "x" })).await;
    assert_eq!((body.status, body.code()), (StatusCode::BAD_REQUEST, "json_invalid".into()));
    assert!(body.text.contains("name"), "{}", body.text);
    assert_eq!(admin.get("/api/units?page=many").await.code(), "query_invalid");
    assert_eq!(admin.get("/api/units/not-a-uuid").await.code(), "path_invalid");
    assert_eq!(admin.get("/api/nothing/here").await.code(), "not_found");
    assert_eq!(admin.put("/api/units", serde_json::json!({})).await.code(), "method_not_allowed");
    let large = serde_json::json!({ "login": "x".repeat(3 * 1024 * 1024) });
    assert_eq!(admin.post("/api/session", large).await.code(), "body_too_large");
}
