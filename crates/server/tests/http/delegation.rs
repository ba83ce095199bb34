//! Standing in for somebody: with the header only, on the days agreed only, and written as such.

use axum::http::Method;
use serde_json::{Value, json};

use crate::duty::edition;
use crate::world::{Answer, Browser, World};

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

async fn given(world: &World, from: &str, to: &str) -> Answer {
    let body = json!({
        "command_id": new_id(), "deputy_id": world.yunxi.people["other_head"], "from_on": from, "to_on": to, "reason": "外出培训",
    });
    world.browser("head").post("/api/my/delegations", body).await
}

async fn acting(browser: &Browser, for_whom: &str, path: &str, body: Option<Value>) -> Answer {
    let method = if body.is_some() { Method::POST } else { Method::GET };
    let mut request = browser.request(method, path);
    request = request.header("x-yipanqi-for", for_whom).header("content-type", "application/json");
    let body = body.map_or_else(axum::body::Body::empty, |body| axum::body::Body::from(body.to_string()));
    browser.answer(request.body(body).unwrap()).await
}

#[tokio::test]
async fn a_deputy_acts_with_the_absent_persons_posts_and_the_history_says_for_whom() {
    let world = World::new().await;
    let (office, deputy) = (world.browser("office"), world.browser("other_head"));
    let ground = edition(&world.yunxi, &world, "2026").await;
    office.post("/api/duties/derive", json!({"command_id": new_id(), "edition_id": ground.edition})).await.ok();
    let duties = office.get(&format!("/api/duties?criterion={}", ground.criteria[0])).await.ok();
    let path = format!("/api/duties/{}", duties[0]["id"].as_str().unwrap());
    let head = world.yunxi.people["head"].to_string();
    assert_eq!(acting(&deputy, &head, &path, None).await.code(), "delegation_missing", "nobody has asked for it yet");
    given(&world, "2026-03-02", "2026-03-06").await.ok();
    assert_eq!(deputy.get(&path).await.code(), "duty_not_found", "without the header the deputy acts for the own unit only");
    let object = json!({"command_id": new_id(), "version": 1, "command": "object", "reason": "不属我局"});
    let objected = acting(&deputy, &head, &format!("{path}/commands"), Some(object)).await.ok();
    assert_eq!(objected["steps"][1]["actor"], "other_head（代head）");
    world.at("2026-03-07T09:00:00+08:00");
    assert_eq!(acting(&deputy, &head, &path, None).await.code(), "delegation_missing");
}

#[tokio::test]
async fn a_delegation_is_given_for_oneself_and_ended_by_either() {
    let world = World::new().await;
    assert_eq!(given(&world, "2026-03-06", "2026-03-02").await.code(), "invalid");
    assert_eq!(given(&world, "2026-02-01", "2026-02-06").await.code(), "invalid", "not for the past");
    let rows = given(&world, "2026-03-02", "2026-03-06").await.ok();
    assert_eq!((rows[0]["holds"].as_bool(), rows[0]["mine_to_act"].as_bool()), (Some(true), Some(false)));
    let for_other = json!({
        "command_id": new_id(), "absent_id": world.yunxi.people["head"], "deputy_id": world.yunxi.people["other_head"],
        "from_on": "2026-03-02", "to_on": "2026-03-06",
    });
    let refused = world.browser("other_head").post("/api/my/delegations", for_other.clone()).await;
    assert_eq!(refused.code(), "right_missing", "nobody takes it for himself");
    let mut by_admin = for_other;
    by_admin["command_id"] = new_id().into();
    world.browser("admin").post("/api/my/delegations", by_admin).await.ok();
    let path = format!("/api/my/delegations/{}", rows[0]["id"].as_str().unwrap());
    let strange = world.browser("liaison").send(Method::DELETE, &path, None).await;
    assert_eq!(strange.code(), "delegation_not_found");
    let ended = world.browser("other_head").send(Method::DELETE, &path, None).await.ok();
    let one = ended.as_array().unwrap().iter().find(|row| row["id"] == rows[0]["id"]).unwrap();
    assert_eq!((one["holds"].as_bool(), one["ended_on"].as_str()), (Some(false), Some("2026-03-02")));
}
