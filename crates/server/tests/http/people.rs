//! The administrator of a city keeps its accounts and posts, and nobody else's.

use axum::http::StatusCode;
use serde_json::{Value, json};
use yipanqi_server::person::actions;

use crate::world::World;

fn account(world: &World, login: &str, unit: &str, role: &str) -> Value {
    json!({ "login": login, "name": "刘敏", "unit_id": world.yunxi.units[unit], "role": role })
}

#[tokio::test]
async fn a_new_account_must_change_its_first_password_and_then_has_its_post() {
    let world = World::new().await;
    let admin = world.browser("admin");
    let made = admin.post("/api/accounts", account(&world, "liu.min", "urban", "liaison")).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let initial = made.json()["initial_password"].as_str().unwrap().to_owned();

    let mut liu = world.stranger();
    liu.keep(&liu.post("/api/session", json!({ "login": "liu.min", "password": initial })).await);
    assert_eq!(liu.get("/api/session").await.ok()["account"]["must_change"], true);
    assert_eq!(liu.get("/api/units").await.code(), "password_must_change");
    let changed = liu.put("/api/session/password", json!({ "old": initial, "new": "my-own-password" })).await;
    liu.keep(&changed);
    liu.get("/api/units").await.ok();

    let listed = admin.get("/api/accounts?q=liu.min").await.ok();
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["posts"][0]["role"]), (1, &json!("liaison")));
}

#[tokio::test]
async fn what_cannot_be_an_account_is_refused_by_field() {
    let world = World::new().await;
    let admin = world.browser("admin");
    let cases = [
        (account(&world, "a b", "urban", "liaison"), "invalid", "login"),
        (account(&world, "x", "urban", "liaison"), "invalid", "login"),
        (account(&world, "liu.min", "urban", "platform_admin"), "invalid", "role"),
    ];
    for (body, code, field) in cases {
        let answer = admin.post("/api/accounts", body).await;
        assert_eq!((answer.code().as_str(), answer.json()["errors"][0]["field"].as_str()), (code, Some(field)), "{answer:?}");
    }
    assert_eq!(admin.post("/api/accounts", account(&world, "head", "urban", "liaison")).await.code(), "account_login_taken");
    let elsewhere = json!({ "login": "liu", "name": "刘敏", "unit_id": world.nanjiang.units["urban"], "role": "liaison" });
    assert_eq!(admin.post("/api/accounts", elsewhere).await.code(), "unit_not_found");
}

#[tokio::test]
async fn posts_count_from_the_day_they_are_given_until_they_are_ended() {
    let world = World::new().await;
    let (admin, head) = (world.browser("admin"), world.browser("head"));
    assert_eq!(head.get("/api/jobs").await.code(), "right_missing");
    let path = format!("/api/accounts/{}/posts", world.yunxi.accounts["head"]);
    let post = json!({ "unit_id": world.yunxi.units["office"], "role": "office" });
    let given = admin.post(&path, post.clone()).await.ok();
    assert_eq!(admin.post(&path, post).await.code(), "post_exists");
    head.get("/api/jobs").await.ok();
    let id = given["id"].as_str().unwrap();
    admin.delete(&format!("/api/posts/{id}")).await.ok();
    assert_eq!(head.get("/api/jobs").await.code(), "right_missing");
    assert_eq!(admin.delete(&format!("/api/posts/{id}")).await.code(), "post_not_found");
}

#[tokio::test]
async fn a_reset_ends_the_pause_and_the_sessions() {
    let world = World::new().await;
    for _ in 0..5 {
        world.stranger().post("/api/session", json!({ "login": "head", "password": "wrong" })).await;
    }
    let admin = world.browser("admin");
    let locked = admin.get("/api/accounts?q=head").await.ok();
    let row = locked.as_array().unwrap().iter().find(|row| row["login"] == "head").unwrap().clone();
    assert!(row["locked_until"].is_string(), "{row}");
    let reset = admin.post(&format!("/api/accounts/{}/reset", world.yunxi.accounts["head"]), json!({})).await.ok();
    assert_eq!(world.browser("head").get("/api/session").await.status, StatusCode::UNAUTHORIZED);
    let login = json!({ "login": "head", "password": reset["initial_password"] });
    world.stranger().post("/api/session", login).await.ok();
}

#[tokio::test]
async fn accounts_of_another_city_and_of_the_platform_are_out_of_reach() {
    let world = World::new().await;
    let admin = world.browser("admin");
    let foreign = &world.nanjiang.accounts["head"];
    for action in ["reset", "revoke"] {
        assert_eq!(admin.post(&format!("/api/accounts/{foreign}/{action}"), json!({})).await.code(), "account_not_found");
    }
    // Somebody who works in both cities is reset by neither of them.
    let both = yipanqi_store::hub::Membership {
        account_id: foreign.clone(),
        city: world.yunxi.city.slug().clone(),
        person: world.yunxi.people["head"],
    };
    let by = yipanqi_store::Author { person: None, name: "test".into() };
    world.app.store().hub().add_membership(&both, by, world.app.clock().now()).await.unwrap();
    assert_eq!(admin.post(&format!("/api/accounts/{foreign}/reset"), json!({})).await.code(), "account_not_yours");
    world.browser("nanjiang.head").get("/api/session").await.ok();
}

#[tokio::test]
async fn every_change_of_posts_is_in_the_audit_log_and_the_log_verifies() {
    let world = World::new().await;
    let admin = world.browser("admin");
    admin.post("/api/accounts", account(&world, "liu.min", "urban", "liaison")).await.ok();
    let log = admin.get("/api/audit").await.ok();
    assert_eq!((log["items"][0]["action"].as_str(), log["items"][0]["actor"].as_str()), (Some("post_given"), Some("admin")));
    let verdict = admin.post("/api/audit/verify", json!({})).await.ok();
    assert_eq!((&verdict["ok"], &verdict["entries"]), (&json!(true), &log["total"]));
}

#[tokio::test]
async fn what_the_hub_has_told_nobody_reaches_the_city_once() {
    let world = World::new().await;
    let (app, city) = (&world.app, &world.yunxi.city);
    let id = yipanqi_domain::id::PersonId::new(uuid::Uuid::now_v7());
    let new = yipanqi_store::hub::NewAccount {
        login: "late.comer".into(),
        name: "迟到".into(),
        phone: None,
        password_hash: yipanqi_server::session::password::hash("yi-pan-qi-2026".into()).await.unwrap(),
        platform_admin: false,
        must_change: false,
    };
    let told = |account: &yipanqi_store::hub::Account| {
        let person = yipanqi_store::unit::Person {
            id,
            name: "迟到".into(),
            phone: None,
            account: Some(account.id.clone()),
            note: String::new(),
            left_on: None,
            version: 0,
        };
        json!({ "told": "joined", "person": person, "unit": world.yunxi.units["urban"], "role": "liaison", "from": "2026-03-02" })
    };
    let by = yipanqi_store::Author { person: None, name: "test".into() };
    // The process ended here: the hub knows of the person, the city does not.
    app.store().hub().admit(new, city.slug(), id, told, by, app.clock().now()).await.unwrap();
    assert!(yipanqi_store::unit::person(&city.read().await.unwrap(), id).await.is_err());
    let other = world.restarted().await;
    let there = other.store().city(city.slug()).await.unwrap();
    let both = tokio::join!(actions::deliver(app, city), actions::deliver(&other, &there));
    assert!(both.0.unwrap() + both.1.unwrap() >= 1);
    assert_eq!(actions::deliver(app, city).await.unwrap(), 0);
    let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
    let posts = yipanqi_store::unit::posts(&city.read().await.unwrap(), Some(id), day).await.unwrap();
    assert_eq!(posts.len(), 1, "brought twice, taken once");
    let mut browser = world.stranger();
    let answer = browser.post("/api/session", json!({ "login": "late.comer", "password": "yi-pan-qi-2026" })).await;
    browser.keep(&answer);
    assert_eq!(browser.get("/api/session").await.ok()["person"]["name"], "迟到");
}
