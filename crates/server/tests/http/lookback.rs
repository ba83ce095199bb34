//! The look-back over HTTP: what lags is found by rule, once for each quarter; a decision becomes a task.

use serde_json::json;
use yipanqi_store::{Author, calendar};

use crate::world::World;

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

#[tokio::test]
async fn what_lags_is_listed_once_and_a_decision_becomes_a_task() {
    let world = World::new().await;
    let by = Author { person: None, name: "test".into() };
    let tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
    calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
    tx.commit().await.unwrap();
    let office = world.browser("office");
    for (title, due) in [("背街小巷整治", "2026-03-20"), ("增设垃圾桶", "2026-06-30")] {
        let body = json!({
            "command_id": new_id(), "title": title, "goal": "g", "measures": "m", "standard": "s", "due_on": due,
            "lead_id": world.yunxi.units["urban"].to_string(), "responsible_id": world.yunxi.people["officer"].to_string(),
        });
        let task = office.post("/api/tasks", body).await.ok();
        let start = json!({"command_id": new_id(), "version": task["version"], "command": "start"});
        office.post(&format!("/api/tasks/{}/commands", task["id"].as_str().unwrap()), start).await.ok();
    }
    world.at("2026-03-31T20:00:00+08:00");
    let officer = world.browser("officer");
    let second = office.get("/api/tasks?sort=-number").await.ok()["items"][0].clone();
    let report = json!({
        "command_id": new_id(), "version": second["version"], "command": "report", "percent": 30, "note": "已采购",
        "unit_id": world.yunxi.units["urban"].to_string(),
    });
    officer.post(&format!("/api/tasks/{}/commands", second["id"].as_str().unwrap()), report).await.ok();

    let hold = async || office.post("/api/lookbacks", json!({"command_id": new_id()})).await.ok();
    let held = hold().await;
    assert_eq!((held["period"].as_str(), held["items"].as_u64()), (Some("2026-Q1"), Some(1)), "{held}");
    assert_eq!(held["list"][0]["task"]["title"], "背街小巷整治");
    assert_eq!(held["list"][0]["lags"], json!(["late"]));
    assert_eq!(hold().await["items"], 1, "held again, nothing is listed twice");
    let id = held["id"].as_str().unwrap();
    let decision = |version: i64| {
        json!({
            "command_id": new_id(), "item_id": held["list"][0]["id"], "version": version, "decision": "由城管局牵头限期攻坚",
            "task": {"title": "背街小巷攻坚", "due_on": "2026-04-30"},
        })
    };
    let decided = office.post(&format!("/api/lookbacks/{id}/decisions"), decision(1)).await.ok();
    assert_eq!((decided["decided"].as_u64(), decided["list"][0]["decided_by"].as_str()), (Some(1), Some("office")));
    let task = office.get(&format!("/api/tasks/{}", decided["list"][0]["new_task"].as_str().unwrap())).await.ok();
    assert_eq!((task["title"].as_str(), task["state"].as_str()), (Some("背街小巷攻坚"), Some("draft")));
    assert_eq!(task["lead"]["id"], world.yunxi.units["urban"].to_string(), "the lead of what lags leads what follows");
    let stale = office.post(&format!("/api/lookbacks/{id}/decisions"), decision(1)).await;
    assert_eq!(stale.code(), "version_conflict");
    let future = office.post("/api/lookbacks", json!({"command_id": new_id(), "day": "2026-10-01"})).await;
    assert_eq!(future.code(), "invalid");
    assert_eq!(world.browser("head").get("/api/lookbacks").await.code(), "right_missing");
}
