//! What the desk knows beforehand, and second looks: tables, duplicates, rebounds, claims, follow-ups, root causes, samples.

use serde_json::{Value, json};
use yipanqi_domain::id::SiteId;
use yipanqi_store::calendar;
use yipanqi_store::site::Site;

use crate::evidence::send as send_photo;
use crate::media::photo_of;
use crate::on_both;
use crate::street::photo;
use crate::world::{Answer, Backend, Browser, World};

pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A world with one site in the eastern street, kept by the urban bureau.
async fn world() -> (World, String) {
    world_on(Backend::Sqlite).await
}

pub async fn world_on(backend: Backend) -> (World, String) {
    let world = World::with(backend, |config| config.session_hours = 24 * 400).await;
    let by = yipanqi_store::Author { person: None, name: "test".into() };
    let tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
    calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
    let id = SiteId::new(uuid::Uuid::now_v7());
    let site = Site {
        id,
        code: "D-001".into(),
        name: "晴川农贸市场".into(),
        street: Some(world.yunxi.units["east"]),
        industry_unit: Some(world.yunxi.units["market"]),
        site_type: None,
        type_given: "农贸市场".into(),
        address: String::new(),
        longitude: None,
        latitude: None,
        datum_given: None,
        given_longitude: None,
        given_latitude: None,
        community: None,
        grid: None,
        territorial_unit: None,
        chief_name: None,
        chief_phone: None,
        pairing_unit: None,
        pairing_leader: None,
        remark: String::new(),
        retired: false,
        duplicate_of: None,
        version: 0,
    };
    yipanqi_store::site::add(&tx, &[site]).await.unwrap();
    tx.commit().await.unwrap();
    (world, id.to_string())
}

pub fn registration(site: &str, title: &str) -> Value {
    json!({"command_id": new_id(), "source": "higher_feedback", "title": title, "category": "环境卫生", "site_id": site,
           "criterion_id": "0192f0c1-0000-7000-8000-00000000c001"})
}

pub async fn act(browser: &Browser, id: &str, mut body: Value) -> Answer {
    let path = format!("/api/problems/{id}");
    body["command_id"] = new_id().into();
    body["version"] = browser.get(&path).await.ok()["version"].clone();
    browser.post(&format!("{path}/commands"), body).await
}

pub async fn closed(world: &World, id: &str) {
    let (office, liaison) = (world.browser("office"), world.browser("liaison"));
    let limit = json!({"unit": "working_days", "count": 3});
    let unit = world.yunxi.units["urban"].to_string();
    act(&office, id, json!({"command": "assign", "unit_id": unit, "limit": limit})).await.ok();
    act(&liaison, id, json!({"command": "acknowledge"})).await.ok();
    let photo = photo_of(&liaison).await;
    act(&liaison, id, json!({"command": "submit", "note": "已清运", "media_ids": [photo]})).await.ok();
    act(&world.browser("inspector"), id, json!({"command": "verify"})).await.ok();
}

#[tokio::test]
async fn the_table_says_whose_a_problem_is_and_how_long_it_has() {
    let (world, site) = world().await;
    let (office, market) = (world.browser("office"), world.yunxi.units["market"].to_string());
    let asked = format!(
        "/api/problem-desk?site_id={site}&category=%E5%B8%82%E6%94%BF&urgency=urgent&source=media_exposure&title=%E4%BA%95%E7%9B%96"
    );
    let plain = office.get(&asked).await.ok();
    assert_eq!(plain["unit"]["name"], "东街街道", "without a table the place itself decides");
    assert_eq!((plain["limit"]["count"].as_u64(), plain["row"].clone()), (Some(1), Value::Null));
    assert!(plain["particulars"].to_string().contains("medium"));
    let mut tables = office.get("/api/problem-tables").await.ok();
    tables["command_id"] = new_id().into();
    tables["routes"] =
        json!([{"categories": ["市政"], "lead": {"to": "unit", "unit": market}, "supporting": [{"to": "street"}]}]);
    tables["limits"]
        .as_array_mut()
        .unwrap()
        .push(json!({"category": "市政", "step": "rectify", "limit": {"unit": "natural_hours", "count": 2}}));
    assert_eq!(world.browser("head").put("/api/problem-tables", tables.clone()).await.code(), "right_missing");
    office.put("/api/problem-tables", tables.clone()).await.ok();
    let routed = office.get(&asked).await.ok();
    assert_eq!((routed["unit"]["name"].as_str(), routed["row"].as_u64()), (Some("市场监督管理局"), Some(0)));
    assert_eq!(
        (routed["supporting"][0]["name"].as_str(), routed["limit"]["unit"].as_str()),
        (Some("东街街道"), Some("natural_hours"))
    );
    tables["command_id"] = new_id().into();
    tables["routes"][0]["lead"]["unit"] = new_id().into();
    assert_eq!(office.put("/api/problem-tables", tables.clone()).await.code(), "problem_unit_unknown");
    tables["routes"] = json!([]);
    tables["limits"][0]["limit"]["count"] = 0.into();
    tables["command_id"] = new_id().into();
    assert_eq!(office.put("/api/problem-tables", tables).await.code(), "limit_unknown");
}

#[tokio::test]
async fn each_step_is_waited_for_by_its_own_limit() {
    let (world, site) = world().await;
    let (office, liaison, inspector) = (world.browser("office"), world.browser("liaison"), world.browser("inspector"));
    let id = office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok()["id"].as_str().unwrap().to_owned();
    let step = async || {
        let step = office.get(&format!("/api/problems/{id}")).await.ok()["step"].clone();
        (step["step"].clone(), step["due_at"].clone(), step["late"].clone())
    };
    let waits = async |browser: &Browser, kind: &str| {
        let rows = browser.get(&format!("/api/my/todo?kind={kind}&late=true")).await.ok();
        rows.as_array().unwrap().len()
    };
    let late = async |step: &str| office.get(&format!("/api/problems?late_step={step}")).await.ok()["total"].clone();
    let late = async || [late("file").await, late("assign").await, late("acknowledge").await, late("verify").await];
    // Four working hours from 09:00, with a rest at noon.
    assert_eq!(step().await, (json!("assign"), json!("2026-03-02T07:00:00Z"), json!(false)));
    assert_eq!(waits(&office, "assign").await, 0);
    world.at("2026-03-02T15:00:00+08:00");
    assert_eq!(late().await, [0, 0, 0, 0], "due now is not late");
    world.at("2026-03-02T15:00:01+08:00");
    assert_eq!((step().await.2, waits(&office, "assign").await), (json!(true), 1));
    assert_eq!(late().await, [0, 1, 0, 0]);
    assert_eq!(office.get("/api/problems?late_step=rectify").await.code(), "query_invalid");
    let limit = json!({"unit": "working_days", "count": 3});
    let urban = world.yunxi.units["urban"].to_string();
    act(&office, &id, json!({"command": "assign", "unit_id": urban, "limit": limit})).await.ok();
    let acknowledge = step().await;
    assert_eq!(acknowledge, (json!("acknowledge"), json!("2026-03-03T02:00:01Z"), json!(false)));
    world.at("2026-03-02T16:00:01+08:00");
    act(&liaison, &id, json!({"command": "decline", "reason": "职责不符"})).await.ok();
    assert_eq!(step().await.0, Value::Null, "the office is waited for");
    world.at("2026-03-02T17:00:01+08:00");
    act(&office, &id, json!({"command": "refuse_decline", "reason": "职责明确"})).await.ok();
    assert_eq!(step().await, (json!("acknowledge"), json!("2026-03-03T03:00:01Z"), json!(false)), "an hour later");
    world.at("2026-03-03T10:30:00+08:00");
    assert_eq!(late().await, [0, 0, 0, 0], "the hour in which the office was waited for does not count");
    world.at("2026-03-03T11:30:00+08:00");
    assert_eq!(waits(&liaison, "rectify").await, 1);
    assert_eq!(late().await, [0, 0, 1, 0]);
    act(&liaison, &id, json!({"command": "acknowledge"})).await.ok();
    assert_eq!((step().await.0, waits(&liaison, "rectify").await), (Value::Null, 0));
    let photo = photo_of(&liaison).await;
    act(&liaison, &id, json!({"command": "submit", "note": "已清运", "media_ids": [photo]})).await.ok();
    assert_eq!(step().await, (json!("verify"), json!("2026-03-05T10:00:00Z"), json!(false)));
    world.at("2026-03-05T18:00:01+08:00");
    assert_eq!(waits(&inspector, "verify").await, 1);
    assert_eq!(late().await, [0, 0, 0, 1]);
    // The city's own table decides.
    let mut tables = office.get("/api/problem-tables").await.ok();
    tables["command_id"] = new_id().into();
    let mine = json!({"category": "环境卫生", "step": "verify", "limit": {"unit": "natural_days", "count": 9}});
    tables["limits"].as_array_mut().unwrap().push(mine);
    office.put("/api/problem-tables", tables).await.ok();
    assert_eq!((step().await.2, waits(&inspector, "verify").await), (json!(false), 0));
    assert_eq!(late().await, [0, 0, 0, 0]);
    // Each step is judged when it ends, by the limit that holds then.
    act(&inspector, &id, json!({"command": "verify"})).await.ok();
    let view = office.get("/api/statistics").await.ok();
    let rate = |rates: &Value, name: &str| {
        let rate = rates.as_array().unwrap().iter().find(|rate| rate["rate"] == name).unwrap();
        (rate["numerator"].as_u64().unwrap(), rate["denominator"].as_u64().unwrap())
    };
    let steps = ["filed_in_time", "assigned_in_time", "acknowledged_in_time", "verified_in_time"];
    let expected = [(1, 1), (0, 1), (0, 1), (1, 1)];
    assert_eq!(steps.map(|step| rate(&view["rates"], step)), expected);
    assert_eq!(steps.map(|step| rate(&view["units"][0]["rates"], step)), expected);
}

#[tokio::test]
async fn a_likely_duplicate_is_offered_before_registering_and_a_return_is_linked_and_counted() {
    let (world, site) = world().await;
    let office = world.browser("office");
    let first = office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok()["id"].as_str().unwrap().to_owned();
    let asked = format!(
        "/api/problem-desk?site_id={site}&category=%E7%8E%AF%E5%A2%83%E5%8D%AB%E7%94%9F&title=%E5%9E%83%E5%9C%BE%E6%A1%B6%E6%BB%A1"
    );
    let offered = office.get(&asked).await.ok();
    assert_eq!(offered["likely"][0]["problem"]["id"], first.as_str(), "{offered}");
    let twin = office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok()["id"].as_str().unwrap().to_owned();
    let desk = office.get(&format!("/api/problems/{twin}/desk")).await.ok();
    assert_eq!(desk["likely"][0]["problem"]["id"], first.as_str());
    act(&office, &twin, json!({"command": "merge", "into": first})).await.ok();
    act(&office, &twin, json!({"command": "unmerge", "reason": "不是同一处"})).await.ok();
    act(&office, &twin, json!({"command": "dismiss", "reason": "重复"})).await.ok();

    closed(&world, &first).await;
    world.at("2026-03-20T09:00:00+08:00");
    let back = office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok();
    assert_eq!(back["rebound"], true);
    let back = back["id"].as_str().unwrap().to_owned();
    closed(&world, &back).await;
    world.at("2026-04-20T09:00:00+08:00");
    let again = office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok()["id"].as_str().unwrap().to_owned();
    let aside = office.get(&format!("/api/problems/{again}/aside")).await.ok();
    assert_eq!(aside["stubborn"], true, "the second return");
    assert_eq!(aside["before"].as_array().unwrap().len(), 2);
    assert_eq!(aside["before"][0]["measures"], json!(["已清运"]), "what was tried before is shown");
    let cause = json!({"command_id": new_id(), "note": "桶位不足"});
    assert_eq!(office.post(&format!("/api/problems/{again}/cause"), cause).await.code(), "problem_reason_missing");
    let cause = json!({"command_id": new_id(), "note": "桶位不足", "measure": "增设两组"});
    assert_eq!(office.post(&format!("/api/problems/{again}/cause"), cause).await.ok()["root"], "桶位不足");
    let rate = office.get("/api/statistics?from=2026-03-01&to=2026-04-30").await.ok();
    let holding = rate["rates"].as_array().unwrap().iter().find(|rate| rate["rate"] == "holding").unwrap().clone();
    assert_eq!((holding["numerator"].as_u64(), holding["denominator"].as_u64()), (Some(0), Some(2)));
    world.at("2026-06-01T09:00:00+08:00");
    let late = office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok();
    assert_eq!(late["rebound"], true, "73 days after the closing of the second");
    world.at("2026-12-01T09:00:00+08:00");
    assert_eq!(office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok()["rebound"], false);
}

on_both! {
    async fn a_picture_that_was_sent_before_points_to_its_problem(world: World = World::on) {
        let (office, grid) = (world.browser("office"), world.browser("grid_worker"));
        let report = |photo: &str, place: &str| {
            json!({"command_id": new_id(), "source": "grid_patrol", "title": "围挡破损", "category": "市容", "place_text": place, "media_ids": [photo]})
        };
        let sent = send_photo(&grid, &photo(1)).await;
        let first = grid.post("/api/problems", report(&sent, "甲巷口")).await.ok()["id"].as_str().unwrap().to_owned();
        let asked = async |photo: &str| {
            office.get(&format!("/api/problem-desk?category=%E5%85%B6%E4%BB%96&media_ids={photo}")).await.ok()["likely"].clone()
        };
        assert_eq!(asked("").await, json!([]), "nothing else says that it is known");
        let (same, like) = (send_photo(&office, &photo(1)).await, send_photo(&office, &photo(2)).await);
        for (photo, reason) in [(&same, "same_photo"), (&like, "like_photo")] {
            let likely = asked(photo).await;
            assert_eq!((likely[0]["problem"]["id"].as_str(), &likely[0]["reasons"]), (Some(first.as_str()), &json!([reason])), "{likely}");
        }
        assert_eq!(asked(&crate::media::photo_of(&office).await).await, json!([]), "another picture");
        let second = office.post("/api/problems", report(&like, "乙路")).await.ok()["id"].as_str().unwrap().to_owned();
        let desk = office.get(&format!("/api/problems/{second}/desk")).await.ok();
        let reasons = &desk["likely"][0]["reasons"];
        assert_eq!((desk["likely"][0]["problem"]["id"].as_str(), reasons.to_string().contains("like_photo")), (Some(first.as_str()), true));
        assert_eq!(grid.get(&format!("/api/problems/{second}/desk")).await.code(), "problem_not_found", "who may not see is told nothing");
    }
}

#[tokio::test]
async fn verifications_are_odd_by_haste_by_picture_and_by_pair() {
    let (world, site) = world().await;
    let (office, liaison, inspector) = (world.browser("office"), world.browser("liaison"), world.browser("inspector"));
    let unit = world.yunxi.units["urban"].to_string();
    let mut closed = Vec::new();
    for number in 0..10 {
        let id = office.post("/api/problems", registration(&site, &format!("破损{number}"))).await.ok()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let limit = json!({"unit": "working_days", "count": 3});
        act(&office, &id, json!({"command": "assign", "unit_id": unit, "limit": limit})).await.ok();
        act(&liaison, &id, json!({"command": "acknowledge"})).await.ok();
        // The last two show one picture; only the first is verified at once.
        let photo = send_photo(&liaison, &photo(number.min(8))).await;
        act(&liaison, &id, json!({"command": "submit", "note": "已修", "media_ids": [photo]})).await.ok();
        if number > 0 {
            world.at(&format!("2026-03-02T09:{number:02}:00+08:00"));
        }
        if number == 9 {
            let odd = office.get("/api/verifications/oddities").await.ok();
            assert!(!odd.to_string().contains("same_pair"), "nine of a pair are not odd: {odd}");
        }
        act(&inspector, &id, json!({"command": "verify"})).await.ok();
        closed.push(id);
    }
    let odd = office.get("/api/verifications/oddities").await.ok();
    let of = |oddity: &str| -> Vec<String> {
        let odd = odd.as_array().unwrap().iter().filter(|one| one["oddity"] == oddity);
        let mut ids: Vec<String> = odd.map(|one| one["problem"]["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    assert_eq!(of("too_soon"), closed[..1]);
    assert_eq!(of("same_picture"), closed[8..]);
    assert_eq!(of("same_pair"), closed[9..], "the latest stands for the pair");
    let pair = odd.as_array().unwrap().iter().find(|one| one["oddity"] == "same_pair").unwrap();
    assert_eq!((&pair["submitter"], &pair["verifier"], &pair["count"]), (&json!("liaison"), &json!("inspector"), &json!(10)));
}

#[tokio::test]
async fn a_source_asks_what_its_form_asks() {
    let (world, site) = world().await;
    let office = world.browser("office");
    let mut body = registration(&site, "占道经营");
    body["source"] = "leader_instruction".into();
    body["particulars"] = json!({"leader": "王市长"});
    let refused = office.post("/api/problems", body.clone()).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (422, "particular_missing".into()));
    assert!(refused.json()["detail"].as_str().unwrap().contains("批示内容"), "{refused:?}");
    let refused = office.english().post("/api/problems", body.clone()).await;
    assert!(refused.json()["detail"].as_str().unwrap().contains("\"Instruction\""), "{refused:?}");
    let office = world.browser("office");
    body["command_id"] = new_id().into();
    body["particulars"] = json!({"leader": "王市长", "instruction": "限期整改", "unknown": "x"});
    let id = office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
    let aside = office.get(&format!("/api/problems/{id}/aside")).await.ok();
    assert_eq!(aside["particulars"], json!({"leader": "王市长", "instruction": "限期整改"}));
}

#[tokio::test]
async fn what_was_closed_gets_a_second_look_by_somebody_else() {
    let (world, site) = world().await;
    let (office, inspector) = (world.browser("office"), world.browser("inspector"));
    let id = office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok()["id"].as_str().unwrap().to_owned();
    let look = |holds: bool, note: &str| json!({"command_id": new_id(), "holds": holds, "note": note});
    let path = format!("/api/problems/{id}/second-look");
    assert_eq!(office.post(&path, look(true, "")).await.code(), "problem_not_closed");
    closed(&world, &id).await;
    let odd = office.get("/api/verifications/oddities").await.ok();
    assert!(odd.as_array().unwrap().iter().any(|one| one["oddity"] == "too_soon"), "{odd}");
    assert_eq!(world.browser("head").get("/api/verifications/oddities").await.code(), "right_missing");
    let drawn = office.get("/api/verifications/sample?percent=100").await.ok();
    assert_eq!(drawn[0]["problem"]["id"], id.as_str());
    assert_eq!(inspector.post(&path, look(true, "")).await.code(), "problem_verifier_not_independent", "he verified first");
    assert_eq!(world.browser("head").post(&path, look(true, "")).await.code(), "problem_verifier_not_independent");
    assert_eq!(office.post(&path, look(false, "")).await.code(), "problem_reason_missing");
    assert!(office.post(&path, look(false, "仍有污水")).await.status.is_success());
    assert_eq!(office.get("/api/verifications/sample?percent=100").await.ok()[0]["holds"], false);
    let note = json!({"command_id": new_id(), "note": "回访良好"});
    assert_eq!(office.post(&format!("/api/problems/{id}/followups"), note).await.ok()["followups"][0]["note"], "回访良好");
}

on_both! {
    async fn what_was_closed_comes_up_by_risk_and_becomes_a_round(world: (World, String) = world_on) {
        let (world, site) = world;
        let (office, liaison) = (world.browser("office"), world.browser("liaison"));
        let edition = crate::duty::edition(&world.yunxi, &world, "2026").await;
        let first = office.post("/api/problems", registration(&site, "垃圾桶满溢")).await.ok()["id"].as_str().unwrap().to_owned();
        closed(&world, &first).await;
        let mut body = registration("", "井盖缺失");
        body.as_object_mut().unwrap().remove("site_id");
        body["place_text"] = "巷口".into();
        let nowhere = office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
        closed(&world, &nowhere).await;
        let due = async || -> Vec<(String, u64)> {
            let due = office.get("/api/problems/rechecks").await.ok();
            let one = |one: &Value| (one["problem"]["id"].as_str().unwrap().to_owned(), one["after_days"].as_u64().unwrap());
            due.as_array().unwrap().iter().map(one).collect()
        };
        let round = || json!({"command_id": new_id(), "name": "三月回头看", "edition_id": null});
        world.at("2026-03-30T09:00:00+08:00");
        assert_eq!(due().await, [], "what went well comes up after sixty days");
        assert_eq!(office.post("/api/problems/rechecks/round", round()).await.code(), "recheck_nothing_due");
        let risky = office.post("/api/problems", registration(&site, "护栏破损")).await.ok();
        assert_eq!(risky["rebound"], true);
        let risky = risky["id"].as_str().unwrap().to_owned();
        closed(&world, &risky).await;
        world.at("2026-04-27T09:00:00+08:00");
        assert_eq!(due().await, [(risky.clone(), 30), (nowhere.clone(), 60)], "the riskiest first; what came back is looked at with its return");
        assert_eq!(liaison.post("/api/problems/rechecks/round", round()).await.code(), "right_missing");
        let asked = round();
        let opened = office.post("/api/problems/rechecks/round", asked.clone()).await.ok();
        assert_eq!((&opened["sites"], &opened["problems"], &opened["without_site"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!(office.post("/api/problems/rechecks/round", asked).await.ok(), opened, "once");
        let shown = office.get(&format!("/api/rounds/{}", opened["round_id"].as_str().unwrap())).await.ok();
        assert_eq!((&shown["kind"], &shown["edition"]["id"], &shown["sites"]), (&json!("recheck"), &json!(edition.edition.to_string()), &json!(1)), "{shown}");
        assert_eq!(due().await, [(nowhere.clone(), 60)], "what is planned is not asked twice; what lies at no site is left to a person");
        world.at("2026-05-25T09:00:00+08:00");
        assert_eq!(due().await, [(risky.clone(), 60)], "the second look at the risky");

        let mut tables = office.get("/api/problem-tables").await.ok();
        tables["command_id"] = new_id().into();
        tables["policy"]["rechecks"]["by_itself"] = true.into();
        office.put("/api/problem-tables", tables).await.ok();
        let by = yipanqi_store::Author { person: None, name: "test".into() };
        for _ in 0..2 {
            let mut tx = world.yunxi.city.write(by.clone(), world.app.clock().now()).await.unwrap();
            let job = yipanqi_store::NewJob { kind: "recheck_round".into(), payload: json!({}), run_at: world.app.clock().now() };
            tx.enqueue(job).await.unwrap();
            tx.commit().await.unwrap();
            yipanqi_server::job::worker::drain(&world.app, &world.yunxi.city).await.unwrap();
        }
        assert_eq!(office.get("/api/rounds?kind=recheck").await.ok()["total"], 2, "by itself, and not again");
        assert_eq!(due().await, []);
    }
}

#[tokio::test]
async fn another_system_registers_once_with_its_token() {
    let (world, site) = world().await;
    let office = world.browser("office");
    assert!(office.post("/api/tokens", json!({"name": "", "days": 30})).await.text.contains("token_name"));
    assert!(office.post("/api/tokens", json!({"name": "数字城管", "days": 9000})).await.text.contains("token_days"));
    let token =
        office.post("/api/tokens", json!({"name": "数字城管", "days": 30})).await.ok()["token"].as_str().unwrap().to_owned();
    let send = async |token: &str, body: Value| {
        let stranger = world.stranger();
        let request = stranger
            .request(axum::http::Method::POST, "/api/problems")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        stranger.answer(request.body(axum::body::Body::from(body.to_string())).unwrap()).await
    };
    let mut body = registration(&site, "井盖缺失");
    body["external_key"] = "CG-2026-0001".into();
    assert_eq!(send("nothing", body.clone()).await.code(), "session_required");
    let first = send(&token, body.clone()).await.ok();
    assert_eq!((&first["title"], &first["source"]), (&json!("井盖缺失"), &json!("other_system")), "whatever the body says");
    body["command_id"] = new_id().into();
    assert_eq!(send(&token, body.clone()).await.ok()["id"], first["id"], "the same number is the same problem");
    body["external_key"] = Value::Null;
    body["command_id"] = new_id().into();
    assert!(send(&token, body.clone()).await.text.contains("external_key_missing"));
    world.at("2026-03-20T09:00:00+08:00");
    body["external_key"] = "CG-2026-0002".into();
    assert_ne!(send(&token, body.clone()).await.ok()["id"], first["id"]);
    world.at("2026-04-20T09:00:00+08:00");
    assert_eq!(send(&token, body).await.code(), "session_required", "it has ended");
}

/// Another system with a token that the office has opened for it.
async fn system(world: &World, name: &str) -> impl AsyncFn(axum::http::Method, &str, Value) -> crate::world::Answer {
    let opened = world.browser("office").post("/api/tokens", json!({"name": name, "days": 30})).await.ok();
    let token = opened["token"].as_str().unwrap().to_owned();
    let stranger = world.stranger();
    async move |method, path: &str, body: Value| {
        let request = stranger.request(method, path).header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        stranger.answer(request.body(axum::body::Body::from(body.to_string())).unwrap()).await
    }
}

crate::on_both!(
    async fn other_systems_are_a_source_of_their_own_and_read_back_what_they_told(world: World = World::with_problems_on) {
        use axum::http::Method;
        let told = json!({"number": "CG-1", "title": "井盖缺失", "category": "市政", "place_text": "东街 3 号", "link": "https://cg/1"});
        let (one, other) = (system(&world, "数字城管").await, system(&world, "智慧环卫").await);
        let path = "/api/systems/problems";
        let office = world.browser("office");
        assert_eq!(office.post(path, told.clone()).await.code(), "system_required", "a browser has a form");
        let first = one(Method::POST, path, told.clone()).await;
        assert_eq!(first.status, axum::http::StatusCode::CREATED, "{first:?}");
        let again = one(Method::POST, path, told.clone()).await;
        assert_eq!((again.status, &again.json()["id"]), (axum::http::StatusCode::OK, &first.json()["id"]));
        let theirs = other(Method::POST, path, told.clone()).await.ok();
        assert_ne!(theirs["id"], first.json()["id"], "each system counts for itself");
        let mut wrong = told.clone();
        wrong["number"] = "".into();
        assert!(one(Method::POST, path, wrong.clone()).await.text.contains("external_key_missing"));
        wrong["number"] = "CG-2".into();
        wrong["site_code"] = "NOWHERE".into();
        assert_eq!(one(Method::POST, path, wrong).await.code(), "site_code_unknown");

        let id = first.json()["id"].as_str().unwrap().to_owned();
        let of = async |query: &str| office.get(&format!("/api/problems?{query}")).await.ok()["total"].clone();
        assert_eq!(of("source=other_system").await, 2);
        assert_eq!(of("q=CG-1").await, 2, "found by the number there");
        let aside = office.get(&format!("/api/problems/{id}/aside")).await.ok();
        let said = json!({"system": "数字城管", "system_number": "CG-1", "system_link": "https://cg/1"});
        assert_eq!(aside["particulars"], said);
        let pivot = office.get("/api/statistics/pivot?rows=source&columns=state").await.ok();
        assert!(pivot.to_string().contains("other_system"), "{pivot}");

        // By hand the same number of the same system is known as well.
        let by_hand = json!({"command_id": new_id(), "source": "other_system", "title": "又一件", "category": "市政",
            "place_text": "东街", "particulars": {"system": "数字城管", "system_number": "CG-1"}});
        assert_eq!(office.post("/api/problems", by_hand).await.code(), "problem_known");

        let page = office.get(&format!("/api/problems/{id}")).await.ok();
        let dismiss = json!({"command_id": new_id(), "version": page["version"], "command": "dismiss", "reason": "不属本市"});
        office.post(&format!("/api/problems/{id}/commands"), dismiss).await.ok();
        let read = one(Method::GET, &format!("{path}/CG-1"), Value::Null).await.ok();
        assert_eq!((&read["state"], &read["reason"]), (&json!("dismissed"), &json!("不属本市")));
        assert_eq!(one(Method::GET, &format!("{path}/CG-9"), Value::Null).await.code(), "problem_not_found");
        assert_eq!(office.get(&format!("{path}/CG-1")).await.code(), "system_required");
    }
);

#[tokio::test]
async fn what_lies_at_no_site_belongs_to_the_street_in_whose_boundary_it_lies() {
    let (world, _) = world().await;
    let by = yipanqi_store::Author { person: None, name: "test".into() };
    let tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
    let square =
        json!({"type": "Polygon", "coordinates": [[[112.0, 30.0], [112.1, 30.0], [112.1, 30.1], [112.0, 30.1], [112.0, 30.0]]]});
    let boundary = yipanqi_store::unit::Boundary {
        unit: Some(world.yunxi.units["east_1"]),
        code: "E1".into(),
        level: "community".into(),
        name: "东街社区".into(),
        parent_code: None,
        geometry: square.to_string(),
        min_x: 1_120_000_000,
        min_y: 300_000_000,
        max_x: 1_121_000_000,
        max_y: 301_000_000,
    };
    yipanqi_store::unit::save_boundary(&tx, &boundary).await.unwrap();
    tx.commit().await.unwrap();
    let office = world.browser("office");
    let desk = async |longitude: &str| {
        office.get(&format!("/api/problem-desk?longitude={longitude}&latitude=30.05&category=x")).await.ok()["unit"]["name"]
            .clone()
    };
    assert_eq!((desk("112.05").await, desk("112.5").await), (json!("东街街道"), Value::Null));
    let mut body = registration("", "井盖缺失");
    body.as_object_mut().unwrap().remove("site_id");
    body["place_text"] = "巷口".into();
    body["position"] = json!({"longitude": 112.05, "latitude": 30.05});
    let id = office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
    assert_eq!(office.get(&format!("/api/problems/{id}/desk")).await.ok()["unit"]["name"], "东街街道");
}

#[tokio::test]
async fn whoever_reports_follows_the_report_and_others_do_not() {
    let (world, _) = world().await;
    let grid = world.browser("grid_worker");
    let body = json!({"command_id": new_id(), "source": "grid_patrol", "title": "井盖缺失", "category": "市政", "place_text": "别处巷口"});
    let id = grid.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/problems/{id}");
    assert_eq!(grid.get(&path).await.ok()["title"], "井盖缺失");
    assert_eq!(world.browser("liaison").get(&path).await.code(), "problem_not_found");
    let told = |list: Value| list["items"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    assert_eq!(told(grid.get("/api/problems?view=told").await.ok()), [json!(id)]);
    assert_eq!(told(world.browser("liaison").get("/api/problems?view=told").await.ok()), Vec::<Value>::new());
}
