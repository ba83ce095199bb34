//! Grid patrols: planned by street or office, walked by the grid's worker, missed where nobody walked, offline too.

use serde_json::{Value, json};

use crate::street::Street;
use crate::world::{Backend, Browser, World};

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

async fn working_world(backend: Backend) -> World {
    let world = World::on(backend).await;
    enter_calendar(&world).await;
    world
}

async fn enter_calendar(world: &World) {
    let by = yipanqi_store::Author { person: None, name: "test".into() };
    let tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
    yipanqi_store::calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
    tx.commit().await.unwrap();
}

fn plan(world: &World, unit: &str, frequency: &Value) -> Value {
    json!({ "command_id": new_id(), "unit_ids": [world.yunxi.units[unit]], "name": "背街小巷", "frequency": frequency,
            "from": "2026-03-01", "places": [{ "name": "东街后巷" }, { "name": "菜场门口" }] })
}

fn walk(plan: &Value, from: &str, to: &str, looked: &[usize]) -> Value {
    json!({ "command_id": new_id(), "id": new_id(), "plan_id": plan, "begun_at": from, "ended_at": to, "looked": looked })
}

async fn row(browser: &Browser) -> Value {
    browser.get("/api/patrol-plans").await.ok()["items"][0].clone()
}

crate::on_both!(
    async fn a_plan_is_due_walked_and_missed_and_its_problems_open_from_it(world: World = working_world) {
        let (street, worker) = (world.browser("street_head"), world.browser("grid_worker"));
        let workdays = json!({ "kind": "workdays" });
        assert_eq!(street.post("/api/patrol-plans", plan(&world, "east_1_1", &workdays)).await.status, 204);
        assert_eq!(street.post("/api/patrol-plans", plan(&world, "east_1_1", &workdays)).await.code(), "patrol_plan_name_taken");
        let mut west = plan(&world, "west", &workdays);
        assert_eq!(street.post("/api/patrol-plans", west.clone()).await.code(), "place_not_yours");
        west["command_id"] = new_id().into();
        assert_eq!(world.browser("office").post("/api/patrol-plans", west).await.code(), "invalid", "a street is no grid");
        assert_eq!(worker.post("/api/patrol-plans", plan(&world, "east_1_1", &workdays)).await.code(), "right_missing");
        let never = plan(&world, "east_1_1", &json!({ "kind": "weekly", "times": 8 }));
        assert_eq!(street.post("/api/patrol-plans", never).await.code(), "invalid");
        assert_eq!(world.browser("other_street_head").get("/api/patrol-plans").await.ok()["total"], 0);

        let due = worker.get("/api/my/patrols").await.ok();
        let plan_id = due[0]["id"].clone();
        assert_eq!((due[0]["until"].as_str(), due[0]["places"][1]["name"].as_str()), (Some("2026-03-02"), Some("菜场门口")));
        let made = walk(&plan_id, "2026-03-02T08:00:00+08:00", "2026-03-02T08:50:00+08:00", &[0]);
        let found = json!({ "command_id": new_id(), "source": "grid_patrol", "title": "墙面小广告", "category": "市容秩序",
                            "place_text": "东街后巷", "patrol_id": made["id"] });
        let problem = worker.post("/api/problems", found).await.ok();
        let forged = json!({ "command_id": new_id(), "source": "grid_patrol", "title": "别人的", "category": "市容秩序",
                             "place_text": "东街", "patrol_id": made["id"] });
        assert_eq!(world.browser("spare").post("/api/problems", forged).await.code(), "patrol_known", "another's walk");
        let bad = walk(&plan_id, "2026-03-02T08:00:00+08:00", "2026-03-02T10:00:00+08:00", &[0]);
        assert_eq!(worker.post("/api/patrols", bad).await.code(), "patrol_times", "it would end after now");
        let nowhere = walk(&plan_id, "2026-03-02T08:00:00+08:00", "2026-03-02T08:10:00+08:00", &[]);
        assert_eq!(worker.post("/api/patrols", nowhere).await.code(), "patrol_nothing_looked");
        assert_eq!(street.post("/api/patrols", made.clone()).await.code(), "right_missing");
        assert_eq!(worker.post("/api/patrols", made.clone()).await.status, 204);
        assert_eq!(worker.post("/api/patrols", made.clone()).await.status, 204, "applied once");
        assert_eq!(worker.get("/api/my/patrols").await.ok(), json!([]));
        let stands = |row: &Value| ["owed", "walked", "missed", "waiting", "problems"].map(|name| row[name].as_u64().unwrap());
        assert_eq!(stands(&row(&street).await), [1, 1, 0, 0, 1]);

        world.at("2026-03-05T09:00:00+08:00");
        let late = row(&street).await;
        assert_eq!(stands(&late), [4, 1, 2, 1, 1], "the 3rd and 4th were missed");
        let list = street.get("/api/patrol-plans?missed=true").await.ok();
        assert_eq!((list["totals"]["missed"].as_u64(), list["totals"]["streets"][0]["missed"].as_u64()), (Some(2), Some(2)));
        let shown = street.get(&format!("/api/patrol-plans/{}", plan_id.as_str().unwrap())).await.ok();
        assert_eq!(
            (shown["walks"][0]["looked"][0].as_str(), shown["walks"][0]["problems"][0]["id"].as_str()),
            (Some("东街后巷"), problem["id"].as_str())
        );
        assert!(!shown.to_string().contains("longitude"), "no position of anybody: {shown}");
        let of_plan = world.browser("office").get(&format!("/api/problems?patrol_plan={}", plan_id.as_str().unwrap())).await.ok();
        assert_eq!(of_plan["total"], 1);
        assert_eq!(street.get("/api/patrol-plans/export.xlsx").await.status, 200);
        let hidden = world.browser("other_street_head").get(&format!("/api/patrol-plans/{}", plan_id.as_str().unwrap())).await;
        assert_eq!(hidden.code(), "patrol_plan_not_found");

        let mut change = plan(&world, "east_1_1", &json!({ "kind": "weekly", "times": 1 }));
        change["id"] = plan_id.clone();
        change["version"] = late["version"].clone();
        change["person_id"] = json!(world.yunxi.people["inspector"]);
        assert_eq!(street.post("/api/patrol-plans", change.clone()).await.code(), "invalid", "an inspector keeps no grid");
        change["person_id"] = json!(world.yunxi.people["spare"]);
        change["command_id"] = new_id().into();
        assert_eq!(street.post("/api/patrol-plans", change).await.status, 204);
        assert_eq!(worker.get("/api/my/patrols").await.ok(), json!([]), "it is another's now");
    }
);

#[tokio::test]
async fn a_walk_made_without_network_arrives_with_its_problem_in_any_order() {
    let street = Street::new(1).await;
    enter_calendar(&street.world).await;
    let daily = json!({ "kind": "weekly", "times": 2 });
    street.world.browser("street_head").post("/api/patrol-plans", plan(&street.world, "east_1_1", &daily)).await.ok();
    let phone = street.phone("grid_worker");
    let pulled = phone.pull(0).await;
    let due = pulled["patrols"][0].clone();
    assert_eq!(due["until"], "2026-03-08", "a week's walk counts until Sunday");
    let (walk, at) = (new_id(), "2026-03-02T08:30:00+08:00");
    let found = phone.command(
        &[],
        at,
        &json!({ "kind": "report_problem", "source": "grid_patrol", "title": "井盖破损", "category": "市政设施",
                 "place_text": "东街", "patrol_id": walk }),
    );
    let walked = phone.command(
        &[],
        at,
        &json!({ "kind": "walk_patrol", "patrol_id": walk, "plan_id": due["id"], "begun_at": "2026-03-02T08:00:00+08:00",
                 "ended_at": at, "looked": [0, 1], "note": "" }),
    );
    let receipts = phone.receipts(&[&found, &walked]).await;
    assert!(receipts.iter().all(|receipt| receipt["receipt"] == "applied"), "{receipts:?}");
    assert_eq!(phone.receipts(&[&walked]).await[0]["receipt"], "applied", "once");
    let next = phone.pull(pulled["cursor"].as_i64().unwrap()).await;
    assert_eq!(street.world.browser("grid_worker").get("/api/my/patrols").await.ok(), json!([]), "one walk a day");
    let week = |from: &str, to: &str, times: u32| json!({ "from": from, "to": to, "times": times });
    assert_eq!(due["ahead"], json!([week("2026-03-02", "2026-03-08", 2), week("2026-03-09", "2026-03-15", 2)]));
    let ahead = &next["patrols"][0];
    assert_eq!(ahead["walked_on"], "2026-03-02");
    assert_eq!(ahead["ahead"], json!([week("2026-03-02", "2026-03-08", 1), week("2026-03-09", "2026-03-15", 2)]), "one is left");
    let row = street.world.browser("street_head").get("/api/patrol-plans").await.ok()["items"][0].clone();
    assert_eq!((row["walked"].as_u64(), row["waiting"].as_u64(), row["problems"].as_u64()), (Some(1), Some(1), Some(1)));
}

crate::on_both!(
    async fn a_walk_past_midnight_counts_for_the_day_on_which_it_began(world: World = working_world) {
        let (street, worker) = (world.browser("street_head"), world.browser("grid_worker"));
        let mut daily = plan(&world, "east_1_1", &json!({ "kind": "workdays" }));
        daily["to"] = "2026-03-02".into();
        assert_eq!(street.post("/api/patrol-plans", daily).await.status, 204);
        let plan_id = worker.get("/api/my/patrols").await.ok()[0]["id"].clone();
        world.at("2026-03-04T09:00:00+08:00");
        let long = walk(&plan_id, "2026-03-02T08:00:00+08:00", "2026-03-03T08:00:01+08:00", &[0]);
        let refused = worker.post("/api/patrols", long).await;
        assert_eq!(refused.code(), "patrol_times");
        assert!(refused.text.contains("24"), "the words say how long: {}", refused.text);
        let late = walk(&plan_id, "2026-03-02T23:59:59+08:00", "2026-03-03T00:40:00+08:00", &[0, 1]);
        assert_eq!(worker.post("/api/patrols", late).await.status, 204);
        let shown = street.get(&format!("/api/patrol-plans/{}", plan_id.as_str().unwrap())).await.ok();
        assert_eq!(
            (shown["owed"].as_u64(), shown["walked"].as_u64(), shown["missed"].as_u64()),
            (Some(1), Some(1), Some(0)),
            "{shown}"
        );
        assert_eq!(shown["walks"][0]["on"], "2026-03-02");
    }
);

/// Begun on Sunday evening, ended after midnight, sent on Monday: Sunday's, and the new week still owes its own.
#[tokio::test]
async fn a_walk_past_midnight_made_without_network_is_sent_next_day() {
    let street = Street::new(1).await;
    enter_calendar(&street.world).await;
    let weekly = json!({ "kind": "weekly", "times": 1 });
    street.world.browser("street_head").post("/api/patrol-plans", plan(&street.world, "east_1_1", &weekly)).await.ok();
    let phone = street.phone("grid_worker");
    let pulled = phone.pull(0).await;
    let due = pulled["patrols"][0].clone();
    street.world.at("2026-03-09T08:00:00+08:00");
    let walked = phone.command(
        &[],
        "2026-03-09T00:35:00+08:00",
        &json!({ "kind": "walk_patrol", "patrol_id": new_id(), "plan_id": due["id"], "begun_at": "2026-03-08T23:20:00+08:00",
                 "ended_at": "2026-03-09T00:35:00+08:00", "looked": [0, 1], "note": "夜巡" }),
    );
    let receipt = phone.receipts(&[&walked]).await[0].clone();
    assert_eq!(receipt["receipt"], "applied", "{receipt}");
    let shown = street.world.browser("street_head").get(&format!("/api/patrol-plans/{}", due["id"].as_str().unwrap())).await.ok();
    assert_eq!(
        (shown["walks"][0]["on"].as_str(), shown["walks"][0]["note"].as_str(), shown["missed"].as_u64()),
        (Some("2026-03-08"), Some("夜巡"), Some(0)),
        "{shown}"
    );
    let next = phone.pull(pulled["cursor"].as_i64().unwrap()).await;
    assert_eq!(
        next["patrols"][0]["ahead"][0],
        json!({ "from": "2026-03-09", "to": "2026-03-15", "times": 1 }),
        "the new week owes its own"
    );
}
