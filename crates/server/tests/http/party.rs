//! Responsible parties: asked by a link, seen by nobody else, answered, confirmed by the unit or returned.

use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};

use yipanqi_server::job::worker;

use crate::media::{photo, photo_of};
use crate::world::{Answer, Backend, Browser, NOW, World};

fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A telephone on which a link was opened.
struct Phone {
    browser: Browser,
    link: String,
    /// The address from which it asks.
    from: &'static str,
}

impl Phone {
    fn of(world: &World, made: &Value) -> Self {
        let link = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        Self { browser: world.stranger(), link, from: "198.51.100.7" }
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: Vec<u8>) -> Answer {
        let request = self.browser.request(method, path).header("x-yipanqi-link", &self.link).header(header::CONTENT_TYPE, kind);
        let request = request.header("x-forwarded-for", self.from);
        self.browser.answer(request.body(Body::from(body)).unwrap()).await
    }

    async fn open(&self) -> Answer {
        self.send(Method::GET, "/api/party-link", "application/json", Vec::new()).await
    }

    async fn picture(&self, id: &str) -> Answer {
        self.send(Method::GET, &format!("/api/party-link/photos/{id}"), "application/json", Vec::new()).await
    }

    async fn shoot(&self, bytes: &[u8]) -> Answer {
        let mut body = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"after.jpg\"\r\n\r\n".to_vec();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        self.send(Method::POST, "/api/party-link/photos", "multipart/form-data; boundary=edge", body).await
    }

    async fn says(&self, body: &Value) -> Answer {
        self.send(Method::POST, "/api/party-link/answer", "application/json", body.to_string().into_bytes()).await
    }
}

async fn command(browser: &Browser, problem: &str, mut body: Value) -> Answer {
    let path = format!("/api/problems/{problem}");
    body["version"] = browser.get(&path).await.ok()["version"].clone();
    body["command_id"] = new_id().into();
    browser.post(&format!("{path}/commands"), body).await
}

/// A world whose sessions outlast the days of a link.
async fn patient(backend: Backend) -> World {
    World::with(backend, |config| config.session_hours = 24 * 30).await
}

/// A problem that 城市管理局 is at, with a photograph of the fault.
async fn rectifying(world: &World) -> String {
    let office = world.browser("office");
    let before = photo_of(&office).await;
    let body = json!({ "command_id": new_id(), "source": "hotline", "title": "店外占道", "description": "桌椅摆到人行道",
                       "category": "市容秩序", "place_text": "东街 12 号", "particulars": { "ticket": "T-1", "appeal": "清走" },
                       "media_ids": [before] });
    let problem = office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
    let limit = json!({ "unit": "natural_days", "count": 3 });
    let assign = json!({ "command": "assign", "unit_id": world.yunxi.units["urban"], "limit": limit });
    let state = office.get(&format!("/api/problems/{problem}")).await.ok()["state"].clone();
    if state == "reported" {
        command(&office, &problem, json!({ "command": "file", "check": "属实" })).await.ok();
    }
    command(&office, &problem, assign).await.ok();
    command(&world.browser("liaison"), &problem, json!({ "command": "acknowledge" })).await.ok();
    problem
}

fn asking() -> Value {
    json!({ "command_id": new_id(), "days": 3, "words": "请今天收回店外桌椅",
            "new_party": { "name": "张记小吃", "kind": "shop", "contact": "张师傅", "phone": "138 0000 0000" } })
}

async fn decide(browser: &Browser, problem: &str, mut body: Value) -> Answer {
    let ask = browser.get(&format!("/api/problems/{problem}/parties")).await.ok()["asks"][0].clone();
    body["command_id"] = new_id().into();
    body["version"] = ask["version"].clone();
    browser.post(&format!("/api/party-asks/{}/decisions", ask["id"].as_str().unwrap()), body).await
}

crate::on_both!(
    async fn a_party_answers_by_its_link_and_the_unit_takes_the_answer_as_its_evidence(world: World = World::on) {
        let (office, liaison) = (world.browser("office"), world.browser("liaison"));
        let problem = rectifying(&world).await;
        let path = format!("/api/problems/{problem}/parties");
        for name in ["inspector", "leader", "supervisor"] {
            assert_eq!(world.browser(name).post(&path, asking()).await.code(), "party_not_yours", "{name}");
        }
        assert_eq!(world.browser("other_head").post(&path, asking()).await.code(), "problem_not_found");
        let asked = asking();
        let made = liaison.post(&path, asked.clone()).await.ok();
        assert!(made["code"].as_str().unwrap().starts_with("<svg"), "{made}");
        let again = liaison.post(&path, asked).await.ok();
        assert_eq!((&again["ask_id"], &again["link"]), (&made["ask_id"], &Value::Null), "the secret is kept nowhere");
        let phone = Phone::of(&world, &made);
        let secret = phone.link.rsplit('.').next().unwrap().to_owned();
        let log = office.get("/api/audit?size=200").await.ok().to_string();
        assert!(log.contains("party.ask") && !log.contains(&secret), "{log}");

        let seen = phone.open().await.ok();
        assert_eq!(
            (seen["standing"].as_str(), seen["party"].as_str(), seen["unit"].as_str(), seen["words"].as_str()),
            (Some("waiting"), Some("张记小吃"), Some("城市管理局"), Some("请今天收回店外桌椅"))
        );
        for hidden in ["T-1", "138 0000", "WT-2026"] {
            assert!(!seen.to_string().contains(hidden), "{hidden} is nothing for outside: {seen}");
        }
        let before = seen["before"][0].as_str().unwrap().to_owned();
        assert_eq!(phone.picture(&before).await.status, 200);
        let foreign = photo_of(&liaison).await;
        assert_eq!(phone.picture(&foreign).await.code(), "media_not_found");
        for path in ["/api/problems", "/api/session", &format!("/api/media/{before}")] {
            let answer = phone.send(Method::GET, path, "application/json", Vec::new()).await;
            assert_eq!(answer.code(), "session_required", "a link opens nothing else: {path}");
        }

        let bare = json!({ "command_id": new_id(), "answer": "done", "words": "收了" });
        assert_eq!(phone.says(&bare).await.code(), "party_photo_missing");
        assert_eq!(phone.shoot(b"no picture").await.code(), "media_kind_unknown");
        let after = phone.shoot(&photo("同角度_整改后.jpg")).await.ok()["id"].as_str().unwrap().to_owned();
        let stolen = json!({ "command_id": new_id(), "answer": "done", "words": "", "photos": [foreign] });
        assert_eq!(phone.says(&stolen).await.code(), "invalid");
        let answer = json!({ "command_id": new_id(), "answer": "done", "words": "桌椅已收回店内", "photos": [after] });
        let told = phone.says(&answer).await.ok();
        assert_eq!((told["standing"].as_str(), phone.says(&answer).await.ok() == told), (Some("answered"), true), "applied once");
        let twice = json!({ "command_id": new_id(), "answer": "done", "words": "再来", "photos": [after] });
        assert_eq!(phone.says(&twice).await.code(), "party_answered");
        let mut other = answer.clone();
        other["words"] = "别的".into();
        assert_eq!(phone.says(&other).await.code(), "command_reused");

        let notices = liaison.get("/api/my/notices").await.ok().to_string();
        assert!(notices.contains("party_answered"), "{notices}");
        let todo = liaison.get("/api/my/todo").await.ok().to_string();
        assert!(todo.contains("confirm_party"), "{todo}");
        let back = json!({ "decision": "return", "reason": "还有两张桌子" });
        assert_eq!(decide(&world.browser("inspector"), &problem, back.clone()).await.code(), "party_not_yours");
        decide(&liaison, &problem, back).await.ok();
        let seen = phone.open().await.ok();
        assert_eq!((seen["standing"].as_str(), seen["exchanges"][0]["reason"].as_str()), (Some("waiting"), Some("还有两张桌子")));
        phone.says(&twice).await.ok();
        let offered = |shown: &Value| shown["asks"][0]["allowed"].clone();
        assert_eq!(offered(&office.get(&path).await.ok()), json!(["return", "revoke"]));
        assert_eq!(offered(&liaison.get(&path).await.ok()), json!(["accept", "return", "revoke"]));
        assert_eq!(decide(&office, &problem, json!({ "decision": "accept" })).await.code(), "problem_not_yours", "the unit stays responsible");
        decide(&liaison, &problem, json!({ "decision": "accept" })).await.ok();

        let shown = liaison.get(&format!("/api/problems/{problem}")).await.ok();
        let step = shown["steps"].as_array().unwrap().last().unwrap();
        assert_eq!((step["command"].as_str(), step["text"].as_str()), (Some("rectify"), Some("张记小吃：再来")));
        assert_eq!((step["media"][0].as_str(), shown["party"]["state"].as_str()), (Some(&*after), Some("accepted")));
        assert_eq!(liaison.get(&format!("/api/media/{after}/thumb")).await.status, 200);
        assert_eq!(phone.open().await.ok()["standing"], "settled");
        assert_eq!(phone.picture(&before).await.code(), "media_not_found", "what is settled shows no fault any more");
        command(&liaison, &problem, json!({ "command": "submit", "note": "已整改", "media_ids": [after] })).await.ok();

        let listed = office.get("/api/problems?asked=accepted").await.ok();
        assert_eq!((listed["total"].as_u64(), listed["items"][0]["party"]["name"].as_str()), (Some(1), Some("张记小吃")));
        assert_eq!(office.get("/api/problems?asked=revoked").await.ok()["total"], 0);
        let party = office.get("/api/parties?q=张记").await.ok()["items"][0].clone();
        assert_eq!((party["asked"].as_u64(), party["accepted"].as_u64(), party["open"].as_u64()), (Some(1), Some(1), Some(0)));
        let of_party = office.get(&format!("/api/problems?party={}", party["id"].as_str().unwrap())).await.ok();
        assert_eq!(of_party["total"], 1);
    }
);

#[tokio::test]
async fn a_link_ends_by_its_day_by_being_taken_back_by_a_new_one_and_when_the_matter_moves_on() {
    let world = World::new().await;
    let liaison = world.browser("liaison");
    let problem = rectifying(&world).await;
    let path = format!("/api/problems/{problem}/parties");
    let first = Phone::of(&world, &liaison.post(&path, asking()).await.ok());
    let party = liaison.get(&path).await.ok()["asks"][0]["party_id"].clone();
    let again = json!({ "command_id": new_id(), "days": 3, "party_id": party });
    let taken = world.browser("office").post(&path, again.clone()).await;
    assert_eq!(taken.code(), "party_asked_already");
    world.at("2026-03-05T09:00:01+08:00");
    let ended = first.open().await;
    assert_eq!((ended.status.as_u16(), ended.code()), (410, "party_link_expired".into()));
    assert!(ended.json()["detail"].as_str().unwrap().contains("要新的链接"), "{ended:?}");
    assert_eq!(liaison.get(&path).await.ok()["asks"][0]["expired"], true);
    let second = Phone::of(&world, &decide(&liaison, &problem, json!({ "decision": "renew", "days": 5 })).await.ok());
    assert_eq!(first.open().await.code(), "party_link_unknown", "the lost one opens nothing");
    second.open().await.ok();
    decide(&liaison, &problem, json!({ "decision": "revoke", "reason": "改由本单位处理" })).await.ok();
    assert_eq!(second.open().await.code(), "party_link_revoked");
    let third = Phone::of(&world, &world.browser("office").post(&path, again).await.ok());
    let photo = photo_of(&liaison).await;
    command(&liaison, &problem, json!({ "command": "submit", "note": "已整改", "media_ids": [photo] })).await.ok();
    assert_eq!(third.open().await.code(), "party_moved_on");
    assert_eq!(liaison.post(&path, asking()).await.code(), "party_moved_on");
}

#[tokio::test]
async fn wrong_secrets_pause_whoever_sends_them_and_not_the_party() {
    let world = World::new().await;
    let problem = rectifying(&world).await;
    let made = world.browser("liaison").post(&format!("/api/problems/{problem}/parties"), asking()).await.ok();
    let phone = Phone::of(&world, &made);
    let parts: Vec<&str> = phone.link.split('.').collect();
    let forged = |link: String| Phone { browser: world.stranger(), link, from: "203.0.113.9" };
    for link in [
        "x".to_owned(),
        "..".to_owned(),
        format!("nowhere.{}.{}", parts[1], parts[2]),
        format!("nanjiang.{}.{}", parts[1], parts[2]),
        format!("yunxi.{}.{}", uuid::Uuid::now_v7().simple(), parts[2]),
    ] {
        let answer = forged(link.clone()).open().await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "party_link_unknown".into()), "{link}");
    }
    let wrong = forged(format!("yunxi.{}.{}", parts[1], "0".repeat(64)));
    for _ in 0..4 {
        assert_eq!(wrong.open().await.code(), "party_link_unknown");
    }
    assert_eq!(wrong.open().await.code(), "party_link_paused");
    let guesser = forged(phone.link.clone());
    assert_eq!(guesser.open().await.code(), "party_link_paused", "a lucky guess waits as well");
    phone.open().await.ok();
    let elsewhere = Phone { from: "203.0.113.10", ..forged(wrong.link.clone()) };
    assert_eq!(elsewhere.open().await.code(), "party_link_unknown");
    world.at("2026-03-02T09:15:00+08:00");
    guesser.open().await.ok();
    assert_eq!(wrong.open().await.code(), "party_link_unknown", "the count begins anew");
    world.at(NOW);
}

crate::on_both!(
    async fn an_end_without_an_answer_is_told_once_to_the_unit_that_asked(world: World = patient) {
        let liaison = world.browser("liaison");
        let (silent, answered, moved) = (rectifying(&world).await, rectifying(&world).await, rectifying(&world).await);
        let path = |problem: &str| format!("/api/problems/{problem}/parties");
        liaison.post(&path(&silent), asking()).await.ok();
        let phone = Phone::of(&world, &liaison.post(&path(&answered), asking()).await.ok());
        phone.says(&json!({ "command_id": new_id(), "answer": "cannot", "words": "不在本店范围" })).await.ok();
        liaison.post(&path(&moved), asking()).await.ok();
        let photo = photo_of(&liaison).await;
        command(&liaison, &moved, json!({ "command": "submit", "note": "已整改", "media_ids": [photo] })).await.ok();
        let told = async |name: &str| {
            let list = world.browser(name).get("/api/my/notices?size=200").await.ok();
            let of_kind = |one: &&Value| one["kind"] == "party_silent";
            list["items"].as_array().unwrap().iter().filter(of_kind).cloned().collect::<Vec<_>>()
        };
        let sweep = async |moment: &str| {
            world.at(moment);
            worker::begin_recurring(&world.app, &world.yunxi.city).await.unwrap();
            worker::drain(&world.app, &world.yunxi.city).await.unwrap();
        };
        sweep("2026-03-05T08:59:00+08:00").await;
        assert_eq!(told("head").await.len(), 0, "it still holds");
        sweep("2026-03-05T09:30:00+08:00").await;
        let heard = told("head").await;
        assert_eq!((heard.len(), heard[0]["link"].as_str()), (1, Some(&*format!("/problems/{silent}"))), "{heard:?}");
        sweep("2026-03-05T10:30:00+08:00").await;
        assert_eq!((told("head").await.len(), told("other_head").await.len()), (1, 0), "once, and nobody else");
        decide(&liaison, &silent, json!({ "decision": "renew", "days": 1 })).await.ok();
        sweep("2026-03-06T10:00:00+08:00").await;
        assert_eq!(told("head").await.len(), 1);
        sweep("2026-03-06T11:00:00+08:00").await;
        assert_eq!(told("head").await.len(), 2, "a renewed link ends anew");
    }
);

#[tokio::test]
async fn the_register_is_kept_by_the_street_and_bounded_by_it() {
    let world = World::new().await;
    let (street, other) = (world.browser("street_head"), world.browser("other_street_head"));
    let shop = |name: &str, unit: &str| json!({ "command_id": new_id(), "name": name, "kind": "shop", "contact": "李", "unit_id": world.yunxi.units[unit] });
    assert_eq!(street.post("/api/parties", shop("李家面馆", "east_1")).await.status, 204);
    assert_eq!(street.post("/api/parties", shop("西街饭店", "west")).await.code(), "place_not_yours");
    assert_eq!(street.post("/api/parties", shop("  ", "east")).await.code(), "invalid");
    assert_eq!(world.browser("grid_worker").post("/api/parties", shop("甲", "east_1_1")).await.code(), "right_missing");
    let row = street.get("/api/parties").await.ok()["items"][0].clone();
    assert_eq!(other.get("/api/parties").await.ok()["total"], 0);
    let mut change = shop("李家面馆（已停业）", "east_1");
    change["id"] = row["id"].clone();
    change["version"] = row["version"].clone();
    change["gone"] = true.into();
    assert_eq!(other.post("/api/parties", change.clone()).await.code(), "party_not_found");
    assert_eq!(street.post("/api/parties", change.clone()).await.status, 204);
    change["command_id"] = new_id().into();
    assert_eq!(street.post("/api/parties", change).await.code(), "version_conflict");
    assert_eq!(street.get("/api/parties?gone=false").await.ok()["total"], 0);
    assert_eq!(street.get("/api/parties/export.xlsx").await.status, 200);
}
