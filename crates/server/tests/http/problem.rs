//! A problem's life over HTTP by different people, its refusals, its slip, and what others may not see.

use serde_json::{Value, json};
use yipanqi_domain::id::UnitId;
use yipanqi_store::calendar;

use crate::media::photo_of;
use crate::world::{Backend, Browser, World};

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A world whose calendar knows 2026.
async fn working_world() -> World {
    working_world_on(Backend::Sqlite).await
}

async fn working_world_on(backend: Backend) -> World {
    let world = World::on(backend).await;
    for place in [&world.yunxi, &world.nanjiang] {
        let by = yipanqi_store::Author { person: None, name: "test".into() };
        let tx = place.city.write(by, world.app.clock().now()).await.unwrap();
        calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
        tx.commit().await.unwrap();
    }
    world
}

fn registration() -> Value {
    json!({"command_id": new_id(), "source": "higher_feedback", "title": "垃圾满溢", "category": "环境卫生",
           "place_text": "晴川横巷"})
}

async fn registered(office: &Browser) -> Value {
    office.post("/api/problems", registration()).await.ok()
}

async fn act(browser: &Browser, problem: &Value, mut body: Value) -> crate::world::Answer {
    body["command_id"] = new_id().into();
    body["version"] = problem["version"].clone();
    browser.post(&format!("/api/problems/{}/commands", problem["id"].as_str().unwrap()), body).await
}

fn commands(problem: &Value) -> Vec<&str> {
    problem["allowed"].as_array().unwrap().iter().map(|open| open["command"].as_str().unwrap()).collect()
}

async fn assigned(world: &World, unit: UnitId) -> Value {
    let office = world.browser("office");
    let problem = registered(&office).await;
    let limit = json!({"unit": "working_hours", "count": 6});
    act(&office, &problem, json!({"command": "assign", "unit_id": unit.to_string(), "limit": limit})).await.ok()
}

crate::on_both!(
    async fn a_problem_goes_from_registration_to_closing_through_different_hands(world: World = working_world_on) {
        let (office, liaison, inspector) = (world.browser("office"), world.browser("liaison"), world.browser("inspector"));
        let problem = assigned(&world, world.yunxi.units["urban"]).await;
        assert_eq!(problem["text_number"], "WT-2026-00001");
        // 2026-03-02 is a Monday: 09:00 and six working hours end at 17:00 after the noon break.
        assert_eq!(problem["clock"]["due_at"], "2026-03-02T09:00:00Z");

        let seen = liaison.get(&format!("/api/problems/{}", problem["id"].as_str().unwrap())).await.ok();
        assert!(commands(&seen).contains(&"acknowledge"));
        assert!(!commands(&seen).contains(&"verify"));
        let problem = act(&liaison, &seen, json!({"command": "acknowledge"})).await.ok();

        let bare = act(&liaison, &problem, json!({"command": "submit", "note": "已清运"})).await;
        assert_eq!((bare.status.as_u16(), bare.code()), (422, "problem_after_photo_missing".into()));
        let photo = photo_of(&liaison).await;
        let problem = act(&liaison, &problem, json!({"command": "submit", "note": "已清运", "media_ids": [photo]})).await.ok();
        assert_eq!(problem["state"], "submitted");

        let own = act(&world.browser("head"), &problem, json!({"command": "verify"})).await;
        assert_eq!(own.status.as_u16(), 403, "the unit that rectifies never verifies: {own:?}");
        let problem = act(&inspector, &problem, json!({"command": "return", "reason": "地面污水未清"})).await.ok();
        assert_eq!((problem["state"].as_str(), problem["returns"].as_u64()), (Some("rectifying"), Some(1)));
        let photo = photo_of(&liaison).await;
        let problem = act(&liaison, &problem, json!({"command": "submit", "note": "已清洗", "media_ids": [photo]})).await.ok();
        let problem = act(&office, &problem, json!({"command": "verify"})).await.ok();
        assert_eq!(problem["state"], "closed");
        let steps: Vec<&str> = problem["steps"].as_array().unwrap().iter().map(|step| step["command"].as_str().unwrap()).collect();
        assert_eq!(steps, ["register", "file", "assign", "acknowledge", "submit", "return", "submit", "verify"]);
        assert_eq!(problem["after"].as_array().unwrap().len(), 1);
    }
);

crate::on_both!(
    async fn another_units_people_do_not_find_the_problem(world: World = working_world_on) {
        let problem = assigned(&world, world.yunxi.units["urban"]).await;
        let path = format!("/api/problems/{}", problem["id"].as_str().unwrap());
        for name in ["other_head", "street_head", "grid_worker"] {
            let browser = world.browser(name);
            assert_eq!(browser.get(&path).await.code(), "problem_not_found", "{name}");
            assert_eq!(act(&browser, &problem, json!({"command": "acknowledge"})).await.code(), "problem_not_found", "{name}");
            assert_eq!(browser.get("/api/problems").await.ok()["total"], 0, "{name}");
        }
        for name in ["liaison", "supervisor", "leader", "office"] {
            assert_eq!(world.browser(name).get("/api/problems").await.ok()["total"], 1, "{name}");
        }
        let foreign = world.browser("nanjiang.office");
        assert_eq!(foreign.get(&path).await.code(), "problem_not_found");
        assert_eq!(foreign.get("/api/problems").await.ok()["total"], 0);
    }
);

crate::on_both!(
    async fn a_command_is_applied_once_and_never_on_a_stale_version(world: World = working_world_on) {
        let office = world.browser("office");
        let body = registration();
        let first = office.post("/api/problems", body.clone()).await.ok();
        let again = office.post("/api/problems", body.clone()).await.ok();
        assert_eq!(first["id"], again["id"]);
        let mut other = body;
        other["title"] = "另一个问题".into();
        assert_eq!(office.post("/api/problems", other).await.code(), "command_reused");
        assert_eq!(office.get("/api/problems").await.ok()["total"], 1);

        let early = act(&office, &first, json!({"command": "verify"})).await;
        assert_eq!(early.code(), "problem_state", "nothing is verified before it was submitted: {early:?}");
        let reason = json!({"command": "dismiss", "reason": "重复"});
        act(&office, &first, reason.clone()).await.ok();
        assert_eq!(act(&office, &first, reason).await.code(), "version_conflict");
    }
);

#[tokio::test]
async fn a_bulk_command_answers_for_each_problem() {
    let world = working_world().await;
    let office = world.browser("office");
    let (one, two) = (registered(&office).await, registered(&office).await);
    act(&office, &two, json!({"command": "dismiss", "reason": "不属实"})).await.ok();
    let ids: Vec<Value> =
        [&one, &two].iter().map(|problem| json!({"id": problem["id"], "version": problem["version"]})).collect();
    let limit = json!({"unit": "working_days", "count": 3});
    let unit = world.yunxi.units["urban"].to_string();
    let body = json!({"command_id": new_id(), "command": "assign", "ids": ids, "unit_id": unit, "limit": limit});
    let results = office.post("/api/problems/bulk", body).await.ok();
    assert_eq!(results["results"][0]["ok"], true);
    assert_eq!(results["results"][1]["code"], "version_conflict");
    assert_eq!(office.get("/api/problems?state=assigned").await.ok()["total"], 1);
}

crate::on_both!(
    async fn a_clock_set_back_leaves_every_history_in_its_order(world: World = working_world_on) {
        let (office, liaison) = (world.browser("office"), world.browser("liaison"));
        let problem = assigned(&world, world.yunxi.units["urban"]).await;
        // The machine wakes up an hour and then a day in the past.
        world.at("2026-03-02T08:00:00+08:00");
        let problem = act(&liaison, &problem, json!({"command": "acknowledge"})).await.ok();
        world.at("2026-03-01T08:00:00+08:00");
        let problem = act(&liaison, &problem, json!({"command": "rectify", "note": "正在清理"})).await.ok();
        let photo = photo_of(&liaison).await;
        let problem = act(&liaison, &problem, json!({"command": "submit", "note": "已清理", "media_ids": [photo]})).await.ok();
        let problem = act(&world.browser("inspector"), &problem, json!({"command": "verify"})).await.ok();
        let moments: Vec<&str> = problem["steps"].as_array().unwrap().iter().map(|step| step["at"].as_str().unwrap()).collect();
        assert!(moments.is_sorted(), "{moments:?}");
        assert_eq!((problem["state"].as_str(), problem["clock"]["state"].as_str()), (Some("closed"), Some("done")));
        assert_eq!(problem["clock"]["used_seconds"], 0, "no time is won: {}", problem["clock"]);
        let listed = office.get("/api/problems?rate=on_time&part=numerator&from=2026-03-01&to=2026-03-31").await.ok();
        assert_eq!(listed["total"], 1);
        world.at("2026-03-02T18:00:00+08:00");
        assert_eq!(office.post("/api/slips/sweep", json!({})).await.ok()["proposed"], 0);
    }
);

#[tokio::test]
async fn a_limit_that_needs_a_missing_year_waits_for_its_calendar() {
    let world = working_world().await;
    world.at("2026-12-31T15:00:00+08:00");
    let problem = assigned(&world, world.yunxi.units["urban"]).await;
    assert_eq!(
        (problem["clock"]["state"].as_str(), problem["clock"]["missing_year"].as_i64()),
        (Some("awaiting_calendar"), Some(2027))
    );
}

crate::on_both!(
    async fn an_overdue_problem_gets_one_numbered_white_slip(world: World = working_world_on) {
        let (office, liaison) = (world.browser("office"), world.browser("liaison"));
        let problem = assigned(&world, world.yunxi.units["urban"]).await;
        assert_eq!(office.post("/api/slips/sweep", json!({})).await.ok()["proposed"], 1, "the reminder a day ahead");
        world.at("2026-03-03T18:00:00+08:00");
        assert_eq!(office.post("/api/slips/sweep", json!({})).await.ok()["proposed"], 1, "one working day after due");
        assert_eq!(office.post("/api/slips/sweep", json!({})).await.ok()["proposed"], 0, "an occasion is proposed once");
        let slip = office.get("/api/slips").await.ok()["items"][0].clone();
        let id = slip["id"].as_str().unwrap().to_owned();
        let issue = json!({"command_id": new_id(), "version": slip["version"]});
        assert_eq!(liaison.post(&format!("/api/slips/{id}/issue"), issue.clone()).await.code(), "right_missing");
        let issued = office.post(&format!("/api/slips/{id}/issue"), issue.clone()).await.ok();
        let again = office.post(&format!("/api/slips/{id}/issue"), issue).await.ok();
        assert_eq!((issued["text_number"].as_str(), again["text_number"].as_str()), (Some("〔2026〕1号"), Some("〔2026〕1号")));
        let late = office.get("/api/problems?clock=overdue").await.ok();
        assert_eq!(late["items"][0]["slip"], json!({"colour": "white", "number": "〔2026〕1号"}));

        let received = json!({"command_id": new_id(), "version": issued["version"], "command": "receive"});
        let received = liaison.post(&format!("/api/slips/{id}/commands"), received).await.ok();
        let reply = json!({"command_id": new_id(), "version": received["version"], "command": "reply", "text": "今日完成"});
        assert_eq!(liaison.post(&format!("/api/slips/{id}/commands"), reply).await.ok()["state"], "replied");

        let docx = office.get(&format!("/api/slips/{id}/document.docx")).await;
        assert!(docx.status.is_success() && docx.text.starts_with("PK"), "a docx is a zip");
        assert_eq!(world.browser("other_head").get(&format!("/api/slips/{id}")).await.code(), "slip_not_found");
        assert_eq!(problem["slip"], Value::Null);
    }
);

#[tokio::test]
async fn the_ledger_is_exported_as_it_is_shown() {
    let world = working_world().await;
    let office = world.browser("office");
    registered(&office).await;
    let sheet = office.get("/api/problems/export.xlsx?columns=number,title,state").await;
    assert!(sheet.status.is_success() && sheet.text.starts_with("PK"), "{sheet:?}");
    assert_eq!(office.get("/api/problems?view=nonsense").await.code(), "query_invalid");
    assert_eq!(office.get("/api/problems?clock=never").await.code(), "query_invalid");
}
