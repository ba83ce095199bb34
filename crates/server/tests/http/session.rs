//! Logging in, being paused after wrong passwords, several sessions, several cities.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::world::{PASSWORD, World};

async fn log_in(world: &World, login: &str, password: &str) -> crate::world::Answer {
    world.stranger().post("/api/session", json!({ "login": login, "password": password })).await
}

#[tokio::test]
async fn logging_in_answers_person_posts_city_and_rights() {
    let world = World::new().await;
    let answer = log_in(&world, "head", PASSWORD).await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let view = answer.ok();
    assert_eq!(view["account"]["login"], "head");
    assert_eq!(view["city"]["slug"], "yunxi");
    assert_eq!(view["posts"][0]["unit"]["name"], "城市管理局");
    assert_eq!(view["posts"][0]["role"], "unit_head");
    assert_eq!((view["now"].as_str(), view["clock"].as_str()), (Some("2026-03-02T01:00:00Z"), Some("fixed")));
    let rights: Vec<&str> = view["rights"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(rights.contains(&"view_problem") && !rights.contains(&"manage_people"), "{rights:?}");
}

#[tokio::test]
async fn five_wrong_passwords_pause_the_account_for_fifteen_minutes_and_no_other() {
    let world = World::new().await;
    for _ in 0..4 {
        let answer = log_in(&world, "head", "wrong").await;
        assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "login_wrong".into()));
    }
    let fifth = log_in(&world, "head", "wrong").await;
    assert_eq!((fifth.status, fifth.code()), (StatusCode::LOCKED, "login_locked".into()));
    assert_eq!(fifth.json()["data"]["until"], "2026-03-02T09:15:00+08:00");
    assert!(fifth.json()["detail"].as_str().unwrap().contains("2026-03-02 09:15"), "{}", fifth.text);
    assert_eq!(log_in(&world, "head", PASSWORD).await.status, StatusCode::LOCKED, "also with the right password");
    assert!(log_in(&world, "office", PASSWORD).await.status.is_success());
    world.at("2026-03-02T09:14:59+08:00");
    assert_eq!(log_in(&world, "head", PASSWORD).await.status, StatusCode::LOCKED);
    world.at("2026-03-02T09:15:00+08:00");
    assert!(log_in(&world, "head", PASSWORD).await.status.is_success());
}

#[tokio::test]
async fn an_unknown_login_is_answered_like_a_wrong_password() {
    let world = World::new().await;
    let unknown = log_in(&world, "nobody", "wrong").await;
    let known = log_in(&world, "head", "wrong").await;
    assert_eq!((unknown.status, unknown.text), (known.status, known.text));
}

#[tokio::test]
async fn a_session_ends_by_logging_out_by_being_revoked_and_by_time() {
    let world = World::new().await;
    let mut first = world.stranger();
    first.keep(&first.post("/api/session", json!({ "login": "head", "password": PASSWORD })).await);
    let mut second = world.stranger();
    second.keep(&second.post("/api/session", json!({ "login": "head", "password": PASSWORD })).await);
    let sessions = first.get("/api/sessions").await.ok();
    let current: Vec<bool> = sessions.as_array().unwrap().iter().filter_map(|one| one["current"].as_bool()).collect();
    assert_eq!((current.len(), current.iter().filter(|current| **current).count()), (3, 1));

    let own = second.get("/api/sessions").await.ok();
    let id = own.as_array().unwrap().iter().find(|one| one["current"] == true).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(world.browser("office").delete(&format!("/api/sessions/{id}")).await.code(), "session_not_found");
    first.delete(&format!("/api/sessions/{id}")).await.ok();
    assert_eq!(second.get("/api/session").await.status, StatusCode::UNAUTHORIZED);

    first.delete("/api/session").await.ok();
    assert_eq!(first.get("/api/session").await.code(), "session_required");
    first.delete("/api/session").await.ok();

    let mut third = world.stranger();
    third.keep(&third.post("/api/session", json!({ "login": "head", "password": PASSWORD })).await);
    world.at("2026-03-02T20:59:00+08:00");
    third.get("/api/session").await.ok();
    world.at("2026-03-03T08:58:00+08:00");
    third.get("/api/session").await.ok();
    world.at("2026-03-03T21:00:00+08:00");
    assert_eq!(third.get("/api/session").await.code(), "session_required", "twelve hours after the last request");
}

#[tokio::test]
async fn a_disabled_account_is_told_so_by_its_old_token_too() {
    let world = World::new().await;
    let head = world.browser("head");
    let account = head.get("/api/session").await.ok()["account"]["id"].as_str().unwrap().to_owned();
    let hub = world.app.store().hub();
    let by = || yipanqi_store::Author { person: None, name: "root".to_owned() };
    hub.disable_account(&account, by(), world.app.clock().now()).await.unwrap();
    for path in ["/api/session", "/api/problems"] {
        let told = head.get(path).await;
        assert_eq!((told.status, told.code().as_str()), (StatusCode::FORBIDDEN, "account_disabled"), "{path}");
    }
    world.at("2026-03-04T09:00:00+08:00");
    assert_eq!(head.get("/api/session").await.code(), "account_disabled", "also when it has run out");
    assert_eq!(world.stranger().get("/api/session").await.code(), "session_required");
}

#[tokio::test]
async fn changing_the_password_ends_the_other_sessions() {
    let world = World::new().await;
    let mut here = world.browser("head");
    let change = |old: &str, new: &str| json!({ "old": old, "new": new });
    assert_eq!(here.put("/api/session/password", change("wrong", "new-password-1")).await.code(), "password_wrong");
    assert_eq!(here.put("/api/session/password", change(PASSWORD, "short")).await.code(), "password_weak");
    let changed = here.put("/api/session/password", change(PASSWORD, "new-password-1")).await;
    let there = here.clone();
    here.keep(&changed);
    here.get("/api/session").await.ok();
    assert_eq!(there.get("/api/session").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(log_in(&world, "head", PASSWORD).await.code(), "login_wrong");
    log_in(&world, "head", "new-password-1").await.ok();
}
