//! Tasks over HTTP: generated from duties, determined, scheduled backwards, reported, concluded, signed, accepted; plans,
//! campaigns, rhythms, and what others do not see.

use serde_json::{Value, json};
use yipanqi_server::job::worker;
use yipanqi_store::{Author, calendar};

use crate::duty::edition;
use crate::media::photo_of;
use crate::world::{Answer, Backend, Browser, World};

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

async fn working_world() -> World {
    working(World::new().await).await
}

async fn working(world: World) -> World {
    let by = Author { person: None, name: "test".into() };
    let tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
    calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
    tx.commit().await.unwrap();
    world
}

/// A task of the urban department alone, begun, or carried through to its acceptance.
pub async fn urban_task(world: &World, due_on: &str, done: bool) {
    let urban = world.yunxi.units["urban"].to_string();
    let mut body = fields(world);
    (body["command_id"], body["due_on"], body["supporting"]) = (new_id().into(), due_on.into(), json!([]));
    let mut task = world.browser("office").post("/api/tasks", body).await.ok();
    let steps = [
        ("office", json!({"command": "start"})),
        ("liaison", json!({"command": "report", "unit_id": urban, "percent": 100, "note": "完成"})),
        ("liaison", json!({"command": "conclude", "note": "完成"})),
        ("head", json!({"command": "sign"})),
        ("office", json!({"command": "accept"})),
    ];
    for (who, step) in steps.into_iter().take(if done { 5 } else { 1 }) {
        task = act(&world.browser(who), &task, step).await.ok();
    }
}

async fn act(browser: &Browser, task: &Value, mut body: Value) -> Answer {
    body["command_id"] = new_id().into();
    body["version"] = task["version"].clone();
    browser.post(&format!("/api/tasks/{}/commands", task["id"].as_str().unwrap()), body).await
}

fn fields(world: &World) -> Value {
    json!({
        "title": "背街小巷整治", "class": "hardware", "goal": "整治 40 条", "measures": "清运、修补", "standard": "平整无垃圾",
        "lead_id": world.yunxi.units["urban"].to_string(), "supporting": [world.yunxi.units["east"].to_string()],
        "responsible_id": world.yunxi.people["officer"].to_string(), "start_on": "2026-03-02", "due_on": "2026-04-30",
    })
}

async fn drafted(world: &World) -> Value {
    let mut body = fields(world);
    body["command_id"] = new_id().into();
    world.browser("office").post("/api/tasks", body).await.ok()
}

async fn running(world: &World) -> Value {
    let task = drafted(world).await;
    act(&world.browser("office"), &task, json!({"command": "start"})).await.ok()
}

fn commands(task: &Value) -> Vec<&str> {
    task["allowed"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_task_goes_from_draft_to_acceptance_through_different_hands() {
    let world = working_world().await;
    let (office, liaison, head) = (world.browser("office"), world.browser("liaison"), world.browser("head"));
    let street = world.browser("street_head");
    let task = running(&world).await;
    assert_eq!((task["text_number"].as_str(), task["state"].as_str()), (Some("RW-00001"), Some("running")));
    let steps = json!([{"name": "排查", "days": 5}, {"name": "整治", "days": 20}]);
    let task = act(&liaison, &task, json!({"command": "schedule", "steps": steps})).await.ok();
    assert_eq!(task["milestones"][1]["to"], "2026-04-30");
    assert_eq!(task["milestones"][0]["days"], 5);
    let tight = json!([{"name": "招标", "days": 30}, {"name": "施工", "days": 30}]);
    let impossible = act(&liaison, &task, json!({"command": "schedule", "steps": tight})).await;
    assert_eq!(impossible.code(), "plan_impossible", "{impossible:?}");
    assert!(impossible.json()["detail"].as_str().unwrap().contains("招标"), "{impossible:?}");

    let urban = world.yunxi.units["urban"].to_string();
    let photo = photo_of(&liaison).await;
    let report = json!({"command": "report", "unit_id": urban, "percent": 60, "note": "已整治 24 条", "media_ids": [photo]});
    let task = act(&liaison, &task, report).await.ok();
    assert_eq!((task["percent"].as_u64(), task["reports"][0]["media"].as_array().unwrap().len()), (Some(60), 1));
    assert!(!commands(&task).contains(&"conclude"), "milestones are open and the street has said nothing");
    let other = json!({"command": "report", "unit_id": urban, "percent": 10, "note": "x"});
    assert_eq!(act(&street, &task, other).await.code(), "task_not_yours", "support does not speak for the lead");
    let mut task = task;
    for milestone in [0, 1] {
        task = act(&liaison, &task, json!({"command": "complete_milestone", "milestone": milestone})).await.ok();
    }
    let early = act(&liaison, &task, json!({"command": "conclude", "note": "完成"})).await;
    assert_eq!(early.code(), "task_support_unfinished");
    let part =
        json!({"command": "report", "unit_id": world.yunxi.units["east"].to_string(), "percent": 100, "note": "已配合清运"});
    let task = act(&street, &task, part).await.ok();
    let task = act(&liaison, &task, json!({"command": "conclude", "note": "40 条全部完成"})).await.ok();
    assert_eq!(act(&office, &task, json!({"command": "accept"})).await.code(), "task_state");
    let task = act(&head, &task, json!({"command": "sign"})).await.ok();
    let task = act(&office, &task, json!({"command": "accept", "note": "认定"})).await.ok();
    assert_eq!((task["state"].as_str(), task["percent"].as_u64()), (Some("done"), Some(100)));
    assert_eq!(task["steps"].as_array().unwrap().len(), 9 + 1);
}

#[tokio::test]
async fn five_determinations_stand_before_a_task_starts() {
    let world = working_world().await;
    let office = world.browser("office");
    let bare = json!({"command_id": new_id(), "title": "增设垃圾桶", "lead_id": world.yunxi.units["urban"].to_string()});
    let task = office.post("/api/tasks", bare).await.ok();
    assert_eq!(task["undetermined"], json!(["goal", "measures", "standard", "responsible", "deadline"]));
    assert!(!commands(&task).contains(&"start"));
    let refused = act(&office, &task, json!({"command": "start"})).await;
    assert_eq!(refused.code(), "task_undetermined");
    assert!(refused.json()["detail"].as_str().unwrap().contains("定任务"), "{refused:?}");
    let task = act(&office, &task, json!({"command": "determine", "fields": fields(&world)})).await.ok();
    assert_eq!(task["undetermined"], json!([]));
    act(&office, &task, json!({"command": "start"})).await.ok();
}

#[tokio::test]
async fn tasks_are_generated_from_duties_once() {
    let world = working_world().await;
    let office = world.browser("office");
    let ground = edition(&world.yunxi, &world, "2026").await;
    office.post("/api/duties/derive", json!({"command_id": new_id(), "edition_id": ground.edition})).await.ok();
    let body = || json!({"command_id": new_id(), "edition_id": ground.edition, "each": "criterion", "class": "service", "due_on": "2026-06-30"});
    let first = office.post("/api/tasks/generate", body()).await.ok();
    assert_eq!((first["drafted"].as_u64(), first["without_lead"].as_array().unwrap().len()), (Some(1), 2), "{first}");
    let again = office.post("/api/tasks/generate", body()).await.ok();
    assert_eq!((again["drafted"].as_u64(), again["known"].as_u64()), (Some(0), Some(1)));
    let listed = office.get(&format!("/api/tasks?criterion={}", ground.criteria[0])).await.ok();
    assert_eq!(
        (listed["total"].as_u64(), listed["items"][0]["lead"]["id"].as_str()),
        (Some(1), Some(&*world.yunxi.units["urban"].to_string()))
    );
    assert_eq!(world.browser("head").post("/api/tasks/generate", body()).await.code(), "right_missing");
}

#[tokio::test]
async fn a_task_is_seen_by_its_units_and_the_person_in_charge_and_nobody_else() {
    let world = working_world().await;
    let task = running(&world).await;
    let path = format!("/api/tasks/{}", task["id"].as_str().unwrap());
    for name in ["liaison", "street_head", "leader", "supervisor", "office"] {
        world.browser(name).get(&path).await.ok();
        assert_eq!(world.browser(name).get("/api/tasks").await.ok()["total"], 1, "{name}");
    }
    for name in ["other_head", "other_street_head", "grid_worker", "nanjiang.office"] {
        assert_eq!(world.browser(name).get(&path).await.code(), "task_not_found", "{name}");
        assert_eq!(world.browser(name).get("/api/tasks").await.ok()["total"], 0, "{name}");
    }
    let mine = world.browser("officer").get("/api/tasks?view=mine").await.ok();
    assert_eq!(mine["total"], 1);
    assert_eq!(world.browser("liaison").get("/api/tasks?view=mine").await.ok()["total"], 0);
}

#[tokio::test]
async fn a_monthly_plan_is_counted_from_its_beginning_and_leaves_as_a_workbook() {
    let world = working_world().await;
    let (office, liaison) = (world.browser("office"), world.browser("liaison"));
    let task = running(&world).await;
    let path = format!("/api/tasks/{}/plan", task["id"].as_str().unwrap());
    let first = task["version"].as_u64().unwrap();
    let plan = |version: u64, done: Value| {
        json!({"command_id": new_id(), "version": version, "measure": "条", "months": [
            {"month": "2026-02", "planned": "10", "done": "9"}, {"month": "2026-03", "planned": "10", "done": done}]})
    };
    let mut wrong = plan(first, json!("多"));
    assert_eq!(office.put(&path, wrong.clone()).await.code(), "invalid");
    wrong["months"] = json!([{"month": "2026-13", "planned": "1"}]);
    assert_eq!(office.put(&path, wrong).await.code(), "invalid");
    office.put(&path, plan(first, json!(null))).await.ok();
    assert_eq!(liaison.put(&path, plan(first, json!("2"))).await.code(), "version_conflict", "the office was quicker");
    liaison.put(&path, plan(first + 1, json!("2.5"))).await.ok();
    let listed = office.get("/api/tasks/plans").await.ok();
    let until = &listed[0]["until_now"];
    assert_eq!((until["percent"].as_str(), listed[0]["behind"].as_bool()), (Some("57.5"), Some(true)), "{listed}");
    assert_eq!(world.browser("street_head").put(&path, plan(first + 2, json!("9"))).await.ok()["plan"]["measure"], "条");
    assert_eq!(office.get("/api/tasks?view=under_plan").await.ok()["total"], 0, "18 of 20 is not below eighty percent");
    let sheet = office.get("/api/tasks/plan.xlsx").await;
    assert!(sheet.status.is_success());
    assert_eq!(world.browser("other_head").get("/api/tasks/plans").await.ok(), json!([]));
}

#[tokio::test]
async fn a_campaign_groups_tasks_sites_and_problems() {
    let world = working_world().await;
    let office = world.browser("office");
    let body = |from: &str, to: &str| json!({"command_id": new_id(), "name": "夏季攻坚战", "goal": "百日攻坚", "from_on": from, "to_on": to});
    assert_eq!(office.put("/api/campaigns", body("2026-06-01", "2026-05-01")).await.code(), "invalid");
    let campaign = office.put("/api/campaigns", body("2026-06-01", "2026-08-31")).await.ok();
    assert_eq!(office.put("/api/campaigns", body("2026-06-01", "2026-08-31")).await.code(), "campaign_name_taken");
    let id = campaign["id"].as_str().unwrap();
    let mut task = fields(&world);
    task["command_id"] = new_id().into();
    task["campaign_id"] = id.into();
    office.post("/api/tasks", task).await.ok();
    let problem = office
        .post(
            "/api/problems",
            json!({"command_id": new_id(), "source": "grid_patrol", "title": "占道", "category": "秩序", "place_text": "东街"}),
        )
        .await
        .ok();
    let links = json!({"command_id": new_id(), "problem_ids": [problem["id"]]});
    let view = office.post(&format!("/api/campaigns/{id}/links"), links).await.ok();
    assert_eq!((view["tasks"].as_u64(), view["problems"].as_u64(), view["closed"].as_u64()), (Some(1), Some(1), Some(0)));
    let out = json!({"command_id": new_id(), "without_problem_ids": [problem["id"]]});
    assert_eq!(office.post(&format!("/api/campaigns/{id}/links"), out).await.ok()["problems"], 0);
    let refused = world.browser("head").put("/api/campaigns", body("2026-06-01", "2026-08-31")).await;
    assert_eq!(refused.code(), "right_missing");
}

#[tokio::test]
async fn rhythms_bring_their_task_once_in_every_period() {
    let world = working_world().await;
    let office = world.browser("office");
    let usual = office.get("/api/rhythms").await.ok();
    assert_eq!(usual.as_array().unwrap().len(), 6);
    let body = json!({
        "command_id": new_id(), "name": "周调度", "kind": "dispatch", "every": "week", "working_day": 5,
        "lead_id": world.yunxi.units["office"].to_string(), "words": "听取进展", "active": true,
    });
    office.put("/api/rhythms", body).await.ok();
    let sweep = async || office.post("/api/rhythms/sweep", json!({})).await.ok()["drafted"].clone();
    assert_eq!(sweep().await, 1);
    assert_eq!(sweep().await, 0, "once in each period");
    world.at("2026-03-09T09:00:00+08:00");
    assert_eq!(sweep().await, 1);
    let listed = office.get("/api/tasks?sort=number").await.ok();
    assert_eq!(listed["items"][0]["title"], "周调度 2026-W10");
    assert_eq!(listed["items"][0]["due_on"], "2026-03-06");
}

/// Sessions outlast the weeks of the story.
async fn long_lived(backend: Backend) -> World {
    World::with(backend, |config| config.session_hours = 24 * 400).await
}

fn weekly(world: &World) -> Value {
    json!({
        "command_id": new_id(), "name": "周调度", "kind": "dispatch", "every": "week", "working_day": 5,
        "lead_id": world.yunxi.units["office"].to_string(), "words": "听取进展", "active": true,
    })
}

crate::on_both!(
    async fn rhythms_bring_their_tasks_by_themselves_once_with_two_servers_and_after_a_restart(world: World = long_lived) {
        let world = working(world).await;
        let office = world.browser("office");
        let listed = office.put("/api/rhythms", weekly(&world)).await.ok();
        let next = |rows: &Value| rows.as_array().unwrap().iter().find(|row| row["name"] == "周调度").unwrap()["next"].clone();
        // Monday 9 o'clock: the look of five in the morning comes tomorrow, still in this week.
        assert_eq!(next(&listed), json!({ "period": "2026-W10", "comes_at": "2026-03-02T21:00:00Z", "due_on": "2026-03-06" }));
        let city = &world.yunxi.city;
        let other = world.restarted().await;
        let there = other.store().city(city.slug()).await.unwrap();
        worker::begin_recurring(&world.app, city).await.unwrap();
        let count = async || office.get("/api/tasks").await.ok()["total"].as_u64().unwrap();
        for (moment, tasks) in [
            ("2026-03-03T05:01:00+08:00", 1),
            ("2026-03-04T05:01:00+08:00", 1),
            // Down from Wednesday to the next Tuesday: the week that is running comes, once.
            ("2026-03-10T07:00:00+08:00", 2),
            ("2026-03-16T05:01:00+08:00", 3),
        ] {
            world.at(moment);
            other.clock().set(world.app.clock().now());
            let begun = tokio::join!(worker::begin_recurring(&world.app, city), worker::begin_recurring(&other, &there));
            assert_eq!((begun.0.is_ok(), begun.1.is_ok()), (true, true));
            let run = tokio::join!(worker::drain(&world.app, city), worker::drain(&other, &there));
            assert!(run.0.unwrap() + run.1.unwrap() >= 1, "{moment}");
            assert_eq!(count().await, tasks, "{moment}");
        }
        // By hand on both servers at once, while the job has been there: nothing more, and nobody is refused.
        let beaten = async || office.post("/api/rhythms/sweep", json!({})).await.ok()["drafted"].clone();
        assert_eq!(tokio::join!(beaten(), beaten()), (json!(0), json!(0)));
        world.at("2026-03-23T09:00:00+08:00");
        let (one, two) = tokio::join!(beaten(), beaten());
        assert_eq!(one.as_u64().unwrap() + two.as_u64().unwrap(), 1);
        assert_eq!(count().await, 4);
        let rows = office.get("/api/rhythms").await.ok();
        assert_eq!(next(&rows)["comes_at"], "2026-03-29T21:00:00Z", "this week has come");
        assert_eq!(next(&rows)["period"], "2026-W14");
        let task = &office.get("/api/tasks?sort=-number").await.ok()["items"][0];
        assert_eq!((&task["title"], &task["state"]), (&json!("周调度 2026-W13"), &json!("draft")));
    }
);

#[tokio::test]
async fn a_rhythm_without_its_calendar_fails_the_job_by_name_and_the_others_come() {
    let world = working(World::patient().await).await;
    let office = world.browser("office");
    office.put("/api/rhythms", weekly(&world)).await.ok();
    world.at("2026-12-31T09:00:00+08:00");
    let city = &world.yunxi.city;
    worker::begin_recurring(&world.app, city).await.unwrap();
    // ISO week 53 of 2026 reaches into 2027, of which no calendar was entered; its fifth working day is 1 January.
    let mut monthly = weekly(&world);
    monthly["name"] = "月部署".into();
    monthly["every"] = "month".into();
    monthly["working_day"] = 3.into();
    office.put("/api/rhythms", monthly).await.ok();
    world.at("2026-12-31T23:00:00+08:00");
    let by = Author { person: None, name: "test".into() };
    let mut tx = city.write(by, world.app.clock().now()).await.unwrap();
    let job = yipanqi_store::NewJob { kind: "rhythms".into(), payload: json!({}), run_at: world.app.clock().now() };
    let job = tx.enqueue(job).await.unwrap();
    tx.commit().await.unwrap();
    worker::drain(&world.app, city).await.unwrap();
    let job = office.get(&format!("/api/jobs/{job}")).await.ok();
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("calendar_year_missing")), "{job}");
    assert!(job["error"]["message"].as_str().unwrap().contains("2027"), "{job}");
    let listed = office.get("/api/tasks").await.ok();
    assert_eq!((listed["total"].as_u64(), &listed["items"][0]["title"]), (Some(1), &json!("月部署 2026-12")));
    let rows = office.get("/api/rhythms").await.ok();
    let week = rows.as_array().unwrap().iter().find(|row| row["name"] == "周调度").unwrap();
    assert_eq!(week["next"]["due_on"], Value::Null, "the page says that the day is not known yet");
}

#[tokio::test]
async fn a_rhythm_in_a_year_without_calendar_names_the_year() {
    let world = World::new().await;
    let office = world.browser("office");
    let body = json!({
        "command_id": new_id(), "name": "年考核", "kind": "appraise", "every": "year", "working_day": 1,
        "lead_id": world.yunxi.units["office"].to_string(), "words": "", "active": true,
    });
    office.put("/api/rhythms", body).await.ok();
    let refused = office.post("/api/rhythms/sweep", json!({})).await;
    assert_eq!((refused.code(), refused.json()["data"]["year"].as_i64()), ("calendar_year_missing".into(), Some(2026)));
}

#[tokio::test]
async fn a_leavers_tasks_go_to_the_successor() {
    let world = working_world().await;
    let office = world.browser("office");
    let task = running(&world).await;
    let path = format!("/api/people/{}", world.yunxi.people["officer"]);
    assert_eq!(office.get(&format!("{path}/holdings")).await.ok()["tasks"], 1);
    let body = json!({"command_id": new_id(), "to": world.yunxi.people["spare"], "reason": "调离"});
    office.post(&format!("{path}/hand-over"), body).await.ok();
    let task = office.get(&format!("/api/tasks/{}", task["id"].as_str().unwrap())).await.ok();
    assert_eq!(task["responsible"]["id"], world.yunxi.people["spare"].to_string());
    assert_eq!(task["steps"].as_array().unwrap().last().unwrap()["command"], "hand_over");
}
