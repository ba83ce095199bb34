//! The ladder over HTTP: its versions, its steps from white to red, appeals, plates, praise, referrals, and who sees what.

use serde_json::{Value, json};
use yipanqi_domain::id::ProblemId;
use yipanqi_domain::problem::{Category, Registration, Source, Urgency};
use yipanqi_server::problem::Rules;
use yipanqi_server::problem::actions::{Begin, Draft, enter, prepare};
use yipanqi_store::calendar;
use yipanqi_store::problem::Facts;

use crate::media::photo_of;
use crate::on_both;
use crate::world::{Answer, Backend, Browser, World};

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

async fn world() -> World {
    patient_on(Backend::Sqlite).await
}

async fn patient_on(backend: Backend) -> World {
    let world = World::with(backend, |config| config.session_hours = 24 * 400).await;
    for place in [&world.yunxi, &world.nanjiang] {
        let by = yipanqi_store::Author { person: None, name: "test".into() };
        let tx = place.city.write(by, world.app.clock().now()).await.unwrap();
        for year in [2025, 2026] {
            calendar::save_year(&tx, year, &yipanqi_domain::calendar::Year::default()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
    world
}

async fn act(browser: &Browser, id: &str, mut body: Value) -> Answer {
    let path = format!("/api/problems/{id}");
    body["command_id"] = new_id().into();
    body["version"] = browser.get(&path).await.ok()["version"].clone();
    browser.post(&format!("{path}/commands"), body).await
}

/// Assigned to the urban bureau on Monday morning, due the next working day.
async fn assigned(world: &World, source: &str) -> String {
    let office = world.browser("office");
    let body = json!({"command_id": new_id(), "source": source, "title": "占道经营", "category": "市容秩序", "place_text": "晴川横巷",
            "particulars": {"medium": "清河日报", "ticket": new_id(), "deputy": "代表", "leader": "市长", "instruction": "速办"}});
    let id = office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
    let limit = json!({"unit": "working_days", "count": 1});
    let unit = world.yunxi.units["urban"].to_string();
    act(&office, &id, json!({"command": "assign", "unit_id": unit, "limit": limit})).await.ok();
    id
}

async fn sweep(world: &World) -> u64 {
    world.browser("office").post("/api/slips/sweep", json!({})).await.ok()["proposed"].as_u64().unwrap()
}

async fn slips(world: &World) -> Vec<Value> {
    world.browser("office").get("/api/slips?size=200").await.ok()["items"].as_array().unwrap().clone()
}

/// An open problem of the urban bureau.
async fn one_open(world: &World) -> String {
    let list = world.browser("office").get("/api/problems?state=assigned").await.ok();
    list["items"][0]["id"].as_str().unwrap().to_owned()
}

async fn issue(world: &World, slip: &Value) -> Value {
    let path = format!("/api/slips/{}/issue", slip["id"].as_str().unwrap());
    world.browser("office").post(&path, json!({"command_id": new_id(), "version": slip["version"]})).await.ok()
}

async fn slip_command(browser: &Browser, slip: &Value, mut body: Value) -> Value {
    body["command_id"] = new_id().into();
    body["version"] = slip["version"].clone();
    browser.post(&format!("/api/slips/{}/commands", slip["id"].as_str().unwrap()), body).await.ok()
}

#[tokio::test]
async fn the_ladder_is_climbed_to_red_and_what_hangs_on_a_problem_is_lifted_with_it() {
    let world = world().await;
    let (office, liaison, inspector) = (world.browser("office"), world.browser("liaison"), world.browser("inspector"));
    let id = assigned(&world, "media_exposure").await;
    world.at("2026-03-03T09:00:00+08:00");
    assert_eq!(sweep(&world).await, 1, "a reminder a day ahead");
    assert_eq!(sweep(&world).await, 0, "once");
    let told = liaison.get("/api/my/notices").await.ok();
    assert!(told["items"].as_array().unwrap().iter().any(|notice| notice["kind"] == "due_soon"), "{told}");

    world.at("2026-03-04T18:00:00+08:00");
    assert_eq!(sweep(&world).await, 1);
    let white = issue(&world, &slips(&world).await[0]).await;
    assert_eq!((white["colour"].as_str(), white["text_number"].as_str()), (Some("white"), Some("〔2026〕1号")));
    world.at("2026-03-09T18:00:01+08:00");
    assert_eq!(sweep(&world).await, 1, "the reply to the white slip was due and the problem is open");
    let yellow = slips(&world).await.into_iter().find(|slip| slip["colour"] == "yellow").unwrap();
    let yellow = issue(&world, &yellow).await;
    let yellow = slip_command(&liaison, &yellow, json!({"command": "receive"})).await;
    let yellow = slip_command(&liaison, &yellow, json!({"command": "reply", "text": "正在办理"})).await;
    let yellow = slip_command(&office, &yellow, json!({"command": "not_accept", "reason": "未见整改"})).await;
    assert_eq!(yellow["state"], "not_accepted");
    assert_eq!(sweep(&world).await, 1, "a reply that is not accepted is the next step");
    let red = slips(&world).await.into_iter().find(|slip| slip["colour"] == "red").unwrap();
    assert_eq!(issue(&world, &red).await["text_number"], "〔2026〕3号");

    assert_eq!(act(&liaison, &id, json!({"command": "acknowledge"})).await.code(), "exposure_not_claimed");
    let claim = json!({"command_id": new_id(), "note": "属实"});
    let path = format!("/api/problems/{id}/claim");
    assert_eq!(world.browser("other_head").post(&path, claim.clone()).await.code(), "problem_not_found");
    assert_eq!(liaison.post(&path, claim).await.ok()["claimed_by"], "liaison");
    act(&liaison, &id, json!({"command": "acknowledge"})).await.ok();
    let photo = photo_of(&liaison).await;
    act(&liaison, &id, json!({"command": "submit", "note": "已取缔", "media_ids": [photo]})).await.ok();
    act(&inspector, &id, json!({"command": "verify"})).await.ok();
    let states: Vec<Value> = slips(&world).await.into_iter().map(|slip| slip["state"].clone()).collect();
    assert_eq!(states, ["lifted", "lifted", "lifted"]);
    world.at("2026-03-20T18:00:01+08:00");
    assert_eq!(sweep(&world).await, 0);
}

on_both! {
    async fn what_waits_for_a_missing_year_holds_up_nothing_else(world: World = patient_on) {
        let office = world.browser("office");
        world.at("2026-12-28T09:00:00+08:00");
        let early = assigned(&world, "hotline").await;
        world.at("2026-12-30T09:00:00+08:00");
        assigned(&world, "hotline").await;
        // The first is a working day late on the 30th; for the second that day lies in 2027.
        world.at("2026-12-31T18:00:00+08:00");
        let path = "/api/slips/sweep";
        let swept = office.post(path, json!({})).await.ok();
        assert_eq!(swept, json!({"proposed": 2, "missing_year": null}), "a slip, and a reminder of what is due this evening");
        let only = slips(&world).await;
        assert_eq!((only.len(), only[0]["problem"]["id"].as_str()), (1, Some(&*early)));
        world.at("2027-01-04T18:00:00+08:00");
        let late = assigned(&world, "media_exposure").await;
        assert_eq!(office.get(&format!("/api/problems/{late}")).await.ok()["clock"]["state"], "awaiting_calendar");
        assert_eq!(office.post(path, json!({})).await.ok(), json!({"proposed": 0, "missing_year": 2027}));
        let by = yipanqi_store::Author { person: None, name: "test".into() };
        let tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
        calendar::save_year(&tx, 2027, &yipanqi_domain::calendar::Year::default()).await.unwrap();
        tx.commit().await.unwrap();
        let swept = office.post(path, json!({})).await.ok();
        assert_eq!((swept["proposed"].as_u64() >= Some(1), &swept["missing_year"]), (true, &Value::Null), "{swept}");
    }
}

#[tokio::test]
async fn numbers_have_no_gaps_and_a_withdrawn_number_stays() {
    let world = world().await;
    let (office, liaison) = (world.browser("office"), world.browser("liaison"));
    for _ in 0..3 {
        assigned(&world, "hotline").await;
    }
    world.at("2026-03-04T18:00:00+08:00");
    assert_eq!(sweep(&world).await, 3);
    let proposed = slips(&world).await;
    let first = issue(&world, &proposed[0]).await;
    let withdrawn = slip_command(&office, &first, json!({"command": "withdraw", "reason": "误发"})).await;
    assert_eq!((withdrawn["state"].as_str(), withdrawn["text_number"].as_str()), (Some("withdrawn"), Some("〔2026〕1号")));
    let stale = json!({"command_id": new_id(), "version": 99});
    let refused = office.post(&format!("/api/slips/{}/issue", proposed[1]["id"].as_str().unwrap()), stale).await;
    assert_eq!(refused.code(), "version_conflict", "a refusal takes no number");
    let second = issue(&world, &proposed[1]).await;
    assert_eq!(second["text_number"], "〔2026〕2号");
    let appealed = slip_command(&liaison, &second, json!({"command": "appeal", "reason": "不属本单位"})).await;
    let decided = slip_command(&office, &appealed, json!({"command": "reject_appeal", "reason": "职责明确"})).await;
    assert_eq!(decided["state"], "issued");
    let path = format!("/api/slips/{}/document.docx", second["id"].as_str().unwrap());
    assert!(office.get(&path).await.text.starts_with("PK"));
}

#[tokio::test]
async fn a_step_may_be_taken_directly_with_a_reason() {
    let world = world().await;
    let id = assigned(&world, "hotline").await;
    let supervisor = world.browser("supervisor");
    let path = format!("/api/problems/{id}/slips");
    let body = |step: &str, reason: &str| json!({"command_id": new_id(), "step": step, "reason": reason});
    assert_eq!(supervisor.post(&path, body("red", " ")).await.code(), "slip_reason_missing");
    assert_eq!(supervisor.post(&path, body("purple", "影响恶劣")).await.code(), "slip_step_unknown");
    assert_eq!(world.browser("head").post(&path, body("red", "影响恶劣")).await.code(), "right_missing");
    let slip = supervisor.post(&path, body("red", "影响恶劣")).await.ok();
    assert_eq!((slip["colour"].as_str(), slip["grounds"]["reason"].as_str()), (Some("red"), Some("影响恶劣")));
    world.at("2026-03-04T18:00:00+08:00");
    assert_eq!(sweep(&world).await, 1, "the ladder's own white step is still free");
}

fn policy(days: u32) -> Value {
    let limit = json!({"unit": "working_days", "count": days});
    let step = |code: &str, triggers: Value| {
        json!({"code": code, "kind": {"kind": "slip", "colour": code, "reply_limit": limit}, "triggers": triggers,
               "release": "by_person", "wording": "", "signer": "张三", "copies": ["市纪委"]})
    };
    json!({"steps": [step("white", json!([{"trigger": "overdue", "working_days": 2}])),
                     step("yellow", json!([{"trigger": "previous_expired"}]))]})
}

#[tokio::test]
async fn a_version_takes_effect_on_its_day_and_what_has_held_is_not_rewritten() {
    let world = world().await;
    let (office, admin) = (world.browser("office"), world.browser("admin"));
    let first = office.get("/api/slip-policies").await.ok();
    assert_eq!(first["samples"].as_array().unwrap().len(), 2, "replies in three and in five days");
    for (place, days) in [(0, 3), (1, 5)] {
        let built_in = serde_json::to_value(yipanqi_domain::slip::Policy::sample(days)).unwrap();
        assert_eq!(first["samples"][place]["policy"], built_in, "where a city has none, the same holds");
    }
    let body =
        |from: &str, days: u32| json!({"command_id": new_id(), "valid_from": from, "name": "新规则", "policy": policy(days)});
    assert_eq!(world.browser("head").post("/api/slip-policies", body("2026-01-01", 3)).await.code(), "right_missing");
    let list = office.post("/api/slip-policies", body("2026-01-01", 3)).await.ok();
    assert_eq!((list["items"][0]["in_force"].as_bool(), list["items"][0]["open"].as_bool()), (Some(true), Some(false)));
    let past = office.post("/api/slip-policies", body("2026-03-02", 5)).await;
    assert!(past.text.contains("ladder_day_past"), "{past:?}");
    let list = admin.post("/api/slip-policies", body("2026-03-05", 5)).await.ok();
    let coming = list["items"][0].clone();
    assert_eq!(office.post("/api/slip-policies", body("2026-03-05", 5)).await.code(), "ladder_day_taken");
    let mut broken = body("2026-04-01", 5);
    broken["policy"]["steps"][0]["triggers"] = json!([]);
    assert_eq!(office.post("/api/slip-policies", broken).await.code(), "ladder_no_trigger");
    let path = |item: &Value, what: &str| format!("/api/slip-policies/{}{what}", item["id"].as_str().unwrap());
    let held = list["items"][1].clone();
    assert_eq!(office.put(&path(&held, ""), body("2026-04-01", 5)).await.code(), "ladder_in_force");
    let mut changed = body("2026-03-06", 5);
    changed["version"] = coming["version"].clone();
    let list = office.put(&path(&coming, ""), changed.clone()).await.ok();
    assert_eq!(list["items"][0]["valid_from"], "2026-03-06");
    changed["command_id"] = new_id().into();
    assert_eq!(office.put(&path(&coming, ""), changed).await.code(), "version_conflict");

    assigned(&world, "hotline").await;
    world.at("2026-03-04T18:00:00+08:00");
    assert_eq!(sweep(&world).await, 0, "this city waits two working days");
    world.at("2026-03-05T18:00:00+08:00");
    assert_eq!(sweep(&world).await, 1);
    let white = issue(&world, &slips(&world).await[0]).await;
    assert_eq!((white["signer"].as_str(), white["reply_until"].as_str()), (Some("张三"), Some("2026-03-10T10:00:00Z")));
    world.at("2026-03-06T18:00:00+08:00");
    assert_eq!(sweep(&world).await, 0, "a new version proposes nothing a second time");
}

#[tokio::test]
async fn a_ladder_is_rehearsed_on_the_past_and_nothing_is_written() {
    let world = world().await;
    assigned(&world, "hotline").await;
    world.at("2026-03-31T09:00:00+08:00");
    let office = world.browser("office");
    let body = json!({"command_id": new_id(), "policy": policy(3)});
    let job = office.post("/api/slip-policies/rehearse", body).await.ok()["job_id"].as_str().unwrap().to_owned();
    yipanqi_server::job::worker::drain(&world.app, &world.yunxi.city).await.unwrap();
    let done = office.get(&format!("/api/jobs/{job}")).await.ok();
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(done["message"]["colours"], json!({"white": 1, "yellow": 1}));
    assert_eq!(done["message"]["units"], json!([["城市管理局", 2]]));
    assert!(slips(&world).await.is_empty());
}

#[tokio::test]
async fn a_referral_with_its_evidence_is_seen_by_the_supervision_office_only() {
    let world = world().await;
    let id = assigned(&world, "hotline").await;
    let supervisor = world.browser("supervisor");
    let body = json!({"command_id": new_id(), "problem_id": id, "reason": "三次督办仍不整改"});
    for name in ["office", "admin", "leader", "head", "inspector"] {
        assert_eq!(world.browser(name).get("/api/referrals").await.code(), "right_missing", "{name}");
        assert_eq!(world.browser(name).post("/api/referrals", body.clone()).await.code(), "right_missing", "{name}");
    }
    let made = supervisor.post("/api/referrals", body).await.ok()[0].clone();
    assert_eq!(made["text_number"], "〔2026〕1号");
    let path = format!("/api/referrals/{}", made["id"].as_str().unwrap());
    let file = supervisor.get(&format!("{path}/evidence.zip")).await;
    assert!(file.status.is_success() && file.text.starts_with("PK"), "{file:?}");
    assert_eq!(world.browser("office").get(&format!("{path}/evidence.zip")).await.code(), "right_missing");
    let change = |version: &Value, state: &str, outcome: &str| json!({"command_id": new_id(), "version": version, "state": state, "outcome": outcome});
    let taken = supervisor.post(&format!("{path}/state"), change(&made["version"], "taken", "")).await.ok()[0].clone();
    let bare = supervisor.post(&format!("{path}/state"), change(&taken["version"], "ended", "")).await;
    assert_eq!(bare.code(), "slip_reason_missing");
    let ended = supervisor.post(&format!("{path}/state"), change(&taken["version"], "ended", "约谈主要负责人")).await.ok();
    assert_eq!(ended[0]["state"], "ended");
}

#[tokio::test]
async fn the_black_plate_moves_when_it_is_confirmed_and_praise_takes_a_number() {
    let world = world().await;
    let (office, head) = (world.browser("office"), world.browser("head"));
    for (unit, count) in [("urban", 6), ("market", 6)] {
        for _ in 0..count {
            let body = json!({"command_id": new_id(), "source": "higher_feedback", "title": "井盖破损", "category": "市政", "place_text": "东街"});
            let id = office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
            let limit = json!({"unit": "working_days", "count": 1});
            act(&office, &id, json!({"command": "assign", "unit_id": world.yunxi.units[unit].to_string(), "limit": limit}))
                .await
                .ok();
            if unit == "market" {
                let head = world.browser("other_head");
                act(&head, &id, json!({"command": "acknowledge"})).await.ok();
                let photo = photo_of(&head).await;
                act(&head, &id, json!({"command": "submit", "note": "已修", "media_ids": [photo]})).await.ok();
                act(&world.browser("inspector"), &id, json!({"command": "verify"})).await.ok();
            }
        }
    }
    world.at("2026-04-01T09:00:00+08:00");
    let propose = |kind: &str| json!({"command_id": new_id(), "kind": kind, "from": "2026-03-01", "to": "2026-03-31"});
    assert_eq!(head.post("/api/merits/propose", propose("praise")).await.code(), "right_missing");
    let worst = office.post("/api/merits/propose", propose("black_plate")).await.ok();
    assert_eq!(worst.as_array().unwrap().len(), 1);
    assert_eq!((worst[0]["unit"]["name"].as_str(), worst[0]["denominator"].as_u64()), (Some("城市管理局"), Some(6)));
    assert_eq!(office.post("/api/merits/propose", propose("black_plate")).await.ok().as_array().unwrap().len(), 1, "once");
    assert_eq!(head.get("/api/merits?kind=black_plate").await.ok(), json!([]), "a proposal is nobody's else");
    let decide =
        |merit: &Value, decision: &str| json!({"command_id": new_id(), "version": merit["version"], "decision": decision});
    let path = |merit: &Value| format!("/api/merits/{}/decide", merit["id"].as_str().unwrap());
    office.post(&path(&worst[0]), decide(&worst[0], "confirm")).await.ok();
    assert_eq!(head.get("/api/merits?kind=black_plate").await.ok()[0]["state"], "confirmed");
    let best = office.post("/api/merits/propose", propose("praise")).await.ok();
    let noted = office.post(&path(&best[0]), decide(&best[0], "confirm")).await.ok();
    assert_eq!(
        (noted[0]["unit"]["name"].as_str(), noted[0]["text_number"].as_str()),
        (Some("市场监督管理局"), Some("〔2026〕1号"))
    );
}

#[tokio::test]
async fn five_hundred_assignments_are_one_message_to_each_receiver() {
    let world = world().await;
    let (office, liaison) = (world.browser("office"), world.browser("liaison"));
    let ctx = world.context("office").await;
    let mut tx = ctx.write().await.unwrap();
    let rules = Rules::load(&tx, ctx.moment).await.unwrap();
    let filed = |number: usize| {
        let registration = Registration {
            id: ProblemId::new(uuid::Uuid::now_v7()),
            source: Source::HigherFeedback,
            site: None,
            item: None,
            criteria: [].into(),
            category: Category("市政".into()),
            urgency: Urgency::Ordinary,
            requires_after_photo: false,
            confidential: false,
            rebound_of: None,
            photos: Vec::new(),
        };
        let facts = Facts { title: format!("第{number}处"), place_text: "东街".into(), ..Facts::default() };
        prepare(&ctx, &rules, Draft { registration, facts, begin: Begin::Filed, at: ctx.moment }).unwrap()
    };
    let new: Vec<_> = (0..500).map(filed).collect();
    enter(&mut tx, &new).await.unwrap();
    tx.commit().await.unwrap();
    let ids: Vec<Value> = new.iter().map(|new| json!({"id": new.problem.id, "version": new.problem.version})).collect();
    let unit = world.yunxi.units["urban"].to_string();
    let limit = json!({"unit": "working_days", "count": 3});
    let body = json!({"command_id": new_id(), "command": "assign", "ids": ids, "unit_id": unit, "limit": limit});
    let done = office.post("/api/problems/bulk", body).await.ok();
    assert!(done["results"].as_array().unwrap().iter().all(|result| result["ok"] == true), "{done}");
    let told = liaison.get("/api/my/notices").await.ok();
    assert_eq!((told["total"].as_u64(), told["items"][0]["count"].as_u64()), (Some(1), Some(500)), "{told}");
    assert_eq!(world.browser("other_head").get("/api/my/notices").await.ok()["total"], 0);
    let read = liaison.post("/api/my/notices/read", json!({"command_id": new_id()})).await.ok();
    assert_eq!(read["unread"], 0);

    // What the unit submits is told to whoever may verify it, in one message as well.
    let bulk = async |order: Value, version: u64| {
        let ids: Vec<Value> = new.iter().take(40).map(|new| json!({"id": new.problem.id, "version": version})).collect();
        let mut body = json!({"command_id": new_id(), "ids": ids});
        body.as_object_mut().unwrap().extend(order.as_object().unwrap().clone());
        let done = liaison.post("/api/problems/bulk", body).await.ok();
        assert!(done["results"].as_array().unwrap().iter().all(|result| result["ok"] == true), "{done}");
    };
    let assigned_at = new[0].problem.version + 1;
    bulk(json!({"command": "acknowledge"}), assigned_at).await;
    bulk(json!({"command": "submit", "note": "已整改"}), assigned_at + 1).await;
    let heard = office.get("/api/my/notices").await.ok();
    let heard: Vec<&Value> = heard["items"].as_array().unwrap().iter().filter(|one| one["kind"] == "submitted").collect();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert_eq!((&heard[0]["count"], &heard[0]["link"]), (&json!(40), &json!("/problems?view=to_verify")));
    // An inspector hears of what he found himself; the supervision office verifies the creation office only.
    for name in ["inspector", "supervisor", "leader", "admin"] {
        assert_eq!(world.browser(name).get("/api/my/notices").await.ok()["total"], 0, "{name}");
    }
    let off = json!({"command_id": new_id(), "ways": [{"kind": "submitted", "way": "none"}]});
    office.put("/api/my/notice-ways", off).await.ok();
    let chosen = json!({"command_id": new_id(), "ways": [{"kind": "assigned", "way": "none"}], "address": "nobody"});
    assert!(liaison.put("/api/my/notice-ways", chosen).await.text.contains("mail_address_invalid"));
    let chosen = json!({"command_id": new_id(), "ways": [{"kind": "assigned", "way": "none"}]});
    liaison.put("/api/my/notice-ways", chosen).await.ok();
    assigned(&world, "hotline").await;
    assert_eq!(liaison.get("/api/my/notices").await.ok()["total"], 1, "who wants to hear nothing hears nothing");
    // What is longer than is read at once leaves whole and in order.
    let seqs = crate::lists::lines(&world.browser("supervisor"), "/api/audit/export.xlsx?columns=seq").await;
    let seqs: Vec<usize> = seqs[3..].iter().map(|row| row[0].parse().unwrap()).collect();
    assert!(seqs.len() > 500, "{}", seqs.len());
    assert_eq!(seqs, (1..=seqs.len()).rev().collect::<Vec<_>>());
    let rows = crate::lists::lines(&office, "/api/problems/export.xlsx?columns=number&sort=number").await;
    let numbers: Vec<&String> = rows[3..].iter().map(|row| &row[0]).collect();
    assert_eq!(numbers.len() as u64, office.get("/api/problems").await.ok()["total"].as_u64().unwrap());
    assert!(numbers.is_sorted() && numbers.len() > 500, "{numbers:?}");
}

#[tokio::test]
async fn what_is_searched_is_found_in_chinese_from_two_characters_and_within_reach() {
    let world = world().await;
    assigned(&world, "hotline").await;
    let office = world.browser("office");
    assert_eq!(office.get("/api/search?q=%E5%8D%A0").await.code(), "search_too_short");
    let titles = |answer: Value| {
        answer
            .as_array()
            .unwrap()
            .iter()
            .map(|hit| format!("{}:{}", hit["kind"].as_str().unwrap(), hit["title"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    // 占道, 晴川, 道经, 城市管理
    assert_eq!(titles(office.get("/api/search?q=%E5%8D%A0%E9%81%93").await.ok()), ["problem:占道经营"]);
    assert_eq!(titles(office.get("/api/search?q=%E6%99%B4%E5%B7%9D").await.ok()), ["problem:占道经营"]);
    assert_eq!(titles(office.get("/api/search?q=%E9%81%93%E7%BB%8F").await.ok()), ["problem:占道经营"]);
    assert_eq!(titles(office.get("/api/search?q=%E5%9F%8E%E5%B8%82%E7%AE%A1%E7%90%86").await.ok()), ["unit:城市管理局"]);
    assert_eq!(titles(world.browser("other_head").get("/api/search?q=%E5%8D%A0%E9%81%93").await.ok()), [""; 0]);
    assert_eq!(titles(world.browser("liaison").get("/api/search?q=%E5%8D%A0%E9%81%93").await.ok()), ["problem:占道经营"]);
    assert_eq!(titles(world.browser("nanjiang.office").get("/api/search?q=%E5%8D%A0%E9%81%93").await.ok()), [""; 0]);
    let task = json!({"command_id": new_id(), "title": "占道经营专项整治", "class": "hardware", "goal": "取缔", "measures": "巡查", "standard": "无占道",
        "lead_id": world.yunxi.units["urban"].to_string(), "supporting": [], "start_on": "2026-03-02", "due_on": "2026-04-30"});
    office.post("/api/tasks", task).await.ok();
    let both = ["problem:占道经营", "task:占道经营专项整治"];
    assert_eq!(titles(office.get("/api/search?q=%E5%8D%A0%E9%81%93").await.ok()), both);
    assert_eq!(titles(world.browser("liaison").get("/api/search?q=%E5%8D%A0%E9%81%93").await.ok()), both);
    assert_eq!(titles(world.browser("other_head").get("/api/search?q=%E5%8D%A0%E9%81%93").await.ok()), [""; 0]);
}

on_both! {
    async fn each_stage_has_its_own_limit_reminder_and_slip(world: World = patient_on) {
        let (office, liaison) = (world.browser("office"), world.browser("liaison"));
        let body = json!({"command_id": new_id(), "source": "higher_feedback", "title": "危房", "category": "市容秩序", "place_text": "晴川横巷"});
        let id = office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
        let days = |count: u64| json!({"unit": "working_days", "count": count});
        act(&office, &id, json!({"command": "assign", "unit_id": world.yunxi.units["urban"].to_string(), "limit": days(20)})).await.ok();
        let stages = json!([{"name": "围挡", "limit": days(1)}, {"name": "拆除", "limit": days(10)}]);
        act(&office, &id, json!({"command": "set_stages", "stages": stages})).await.ok();
        let page = async || office.get(&format!("/api/problems/{id}")).await.ok();
        let shown = page().await;
        assert_eq!(shown["stages"].as_array().unwrap().len(), 2);
        assert_eq!((&shown["clock"]["stage"], &shown["clock"]["due_at"]), (&json!("围挡"), &shown["stages"][0]["due_at"]), "{shown}");
        let late = async || office.get("/api/problems?clock=overdue").await.ok()["total"].as_u64().unwrap();
        let soon = office.get("/api/problems?clock=soon").await.ok()["total"].as_u64().unwrap();
        assert_eq!((late().await, soon), (0, 1));
        world.at("2026-03-03T09:00:00+08:00");
        assert_eq!(sweep(&world).await, 1, "a reminder of the stage");
        world.at("2026-03-04T18:00:00+08:00");
        assert_eq!((late().await, page().await["clock"]["state"].clone()), (1, json!("late")));
        assert_eq!((sweep(&world).await, sweep(&world).await), (1, 0), "a slip for the stage, once");
        act(&liaison, &id, json!({"command": "acknowledge"})).await.ok();
        act(&liaison, &id, json!({"command": "complete_stage", "stage": 0, "note": "围挡完成"})).await.ok();
        let shown = page().await;
        let late_at = (shown["stages"][0]["late"].clone(), shown["stages"][1]["late"].clone());
        assert_eq!(late_at, (json!(true), json!(false)), "what was late stays late");
        assert_eq!((&shown["clock"]["stage"], late().await), (&json!("拆除"), 0), "then the next stage presses");
        assert_eq!(sweep(&world).await, 0);
        world.at("2026-03-17T18:00:00+08:00");
        let steps = sweep(&world).await;
        assert!(steps >= 1, "the second stage has a slip of its own");
        let photo = photo_of(&liaison).await;
        act(&liaison, &id, json!({"command": "submit", "note": "已拆除", "media_ids": [photo]})).await.ok();
        let shown = page().await;
        assert_eq!((&shown["clock"]["stage"], &shown["clock"]["state"]), (&Value::Null, &json!("stopped")), "the whole is in time");
    }
}

#[tokio::test]
async fn each_figure_opens_its_list() {
    let world = world().await;
    let office = world.browser("office");
    for _ in 0..3 {
        assigned(&world, "hotline").await;
    }
    let closed = assigned(&world, "higher_feedback").await;
    let liaison = world.browser("liaison");
    act(&liaison, &closed, json!({"command": "acknowledge"})).await.ok();
    let photo = photo_of(&liaison).await;
    act(&liaison, &closed, json!({"command": "submit", "note": "已取缔", "media_ids": [photo]})).await.ok();
    act(&world.browser("inspector"), &closed, json!({"command": "verify"})).await.ok();
    let asked =
        json!({"command_id": new_id(), "days": 3, "new_party": {"name": "张记小吃", "kind": "shop", "contact": "", "phone": ""}});
    let open = one_open(&world).await;
    liaison.post(&format!("/api/problems/{open}/parties"), asked).await.ok();
    // One that nobody has.
    let body =
        json!({"command_id": new_id(), "source": "higher_feedback", "title": "井盖", "category": "市政", "place_text": "东街"});
    office.post("/api/problems", body).await.ok();
    world.at("2026-03-10T09:00:00+08:00");
    let view = office.get("/api/statistics").await.ok();
    let on_time = &view["rates"][0];
    assert_eq!(
        (on_time["rate"].as_str(), on_time["numerator"].as_u64(), on_time["denominator"].as_u64()),
        (Some("on_time"), Some(1), Some(4))
    );
    let mut walked = 0;
    let figures = view["rates"].as_array().unwrap().iter().flat_map(|rate| {
        [
            (rate["numerator_link"].clone(), rate["numerator"].clone(), rate),
            (rate["denominator_link"].clone(), rate["denominator"].clone(), rate),
        ]
    });
    for (link, count, rate) in figures {
        // These two count how often something happened, and list the problems to which it did.
        if ["rework", "decline"].contains(&rate["rate"].as_str().unwrap()) {
            continue;
        }
        let listed = office.get(&format!("/api{}", link.as_str().unwrap())).await.ok();
        assert_eq!(listed["total"], count, "{link}");
        walked += 1;
    }
    for list in ["categories", "sources", "finders", "ages"] {
        for view in view[list].as_array().unwrap() {
            let listed = office.get(&format!("/api{}", view["link"].as_str().unwrap())).await.ok();
            assert_eq!(listed["total"], view["count"], "{list} {view}");
            walked += 1;
        }
    }
    let counts = view["months"].as_array().unwrap().iter().flat_map(|month| {
        [(&month["registered_link"], month["registered"].clone()), (&month["closed_link"], month["closed"].clone())]
    });
    let none = || json!(0);
    let times = view["times"].as_array().unwrap().iter().chain(view["units"][0]["times"].as_array().unwrap());
    let times = times.map(|one| (&one["link"], one["times"].get("count").cloned().unwrap_or_else(none)));
    for (link, count) in counts.chain(times) {
        let listed = office.get(&format!("/api{}", link.as_str().unwrap())).await.ok();
        assert_eq!(listed["total"], count, "{link}");
        walked += 1;
    }
    assert!(walked > 30, "{walked}");
    let pivot = office.get("/api/statistics/pivot?rows=unit&columns=month").await.ok();
    assert_eq!((pivot["total"].as_u64(), pivot["rows"][0]["name"].as_str()), (Some(5), Some("城市管理局")));
    for (rows, columns) in
        [("unit", "party"), ("street", "site_type"), ("category", "state"), ("party", "month"), ("finder", "urgency")]
    {
        let query = format!("rows={rows}&columns={columns}");
        let pivot = office.get(&format!("/api/statistics/pivot?{query}")).await.ok();
        let all = ["cells", "rows", "columns"].into_iter().flat_map(|part| pivot[part].as_array().unwrap());
        for figure in all {
            let listed = office.get(&format!("/api{}", figure["link"].as_str().unwrap())).await.ok();
            assert_eq!(listed["total"], figure["count"], "{query}: {figure}");
        }
        assert!(office.get(&format!("/api/statistics/pivot/export.xlsx?{query}")).await.text.starts_with("PK"));
    }
    let pivot = office.get("/api/statistics/pivot?rows=party&columns=source").await.ok();
    let party =
        |key: &str| pivot["rows"].as_array().unwrap().iter().find(|row| row["key"] == key).map(|row| row["count"].clone());
    assert_eq!((party("asked"), party("not_asked"), party("answered")), (Some(json!(1)), Some(json!(4)), None));
    assert!(office.get("/api/statistics/export.xlsx").await.text.starts_with("PK"));
    assert_eq!(office.get("/api/statistics/pivot?rows=unit&columns=mood").await.code(), "query_invalid");
    let backwards = office.get("/api/statistics?from=2026-05-01&to=2026-01-01").await;
    assert!(backwards.text.contains("period_backwards"), "{backwards:?}");
}

#[tokio::test]
async fn six_lists_are_one_workbook_that_the_city_arranges() {
    let world = world().await;
    assigned(&world, "hotline").await;
    let office = world.browser("office");
    let mut lists = office.get("/api/six-lists").await.ok();
    assert_eq!(lists.as_array().unwrap().len(), 6);
    assert!(office.get("/api/six-lists/export.xlsx").await.text.starts_with("PK"));
    lists[0]["title"] = lists[1]["title"].clone();
    let body = |lists: &Value| json!({"command_id": new_id(), "lists": lists});
    assert!(office.put("/api/six-lists", body(&lists)).await.text.contains("list_title"));
    lists[0]["title"] = "创建任务".into();
    lists[5]["shown"] = false.into();
    assert_eq!(world.browser("head").put("/api/six-lists", body(&lists)).await.code(), "right_missing");
    assert_eq!(office.put("/api/six-lists", body(&lists)).await.ok()[0]["title"], "创建任务");
    for list in lists.as_array_mut().unwrap() {
        list["shown"] = false.into();
    }
    office.put("/api/six-lists", body(&lists)).await.ok();
    assert_eq!(office.get("/api/six-lists/export.xlsx").await.code(), "lists_empty");
}
