//! Duties over HTTP: from the names of the sheet to the matrix, objection and decision, gaps, handing over, carrying on.

use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::framework::Edition;
use yipanqi_domain::id::CriterionId;
use yipanqi_store::Author;
use yipanqi_store::framework::{self, Duty, DutyRole, EditionNode, EditionRow, EditionState, Framework};

use crate::world::{Answer, Browser, Place, World};

fn new_id() -> String {
    Uuid::now_v7().to_string()
}

pub struct Ground {
    pub edition: String,
    pub criteria: Vec<String>,
}

/// An edition of three criteria: the first led by the department with the streets beside it, the second with a
/// collective name nobody has decided, the third without any.
pub async fn edition(place: &Place, world: &World, code: &str) -> Ground {
    let by = Author { person: None, name: "test".into() };
    let tx = place.city.write(by, world.app.clock().now()).await.unwrap();
    let known = framework::frameworks(&tx).await.unwrap().last().cloned();
    let family = match known {
        Some(known) => known,
        None => {
            let family = Framework { id: Uuid::now_v7(), code: "civilized_city".into(), name: "文明城市".into() };
            framework::add_framework(&tx, &family).await.unwrap();
            family
        }
    };
    let id = Uuid::now_v7();
    let row = EditionRow {
        id,
        framework: family.id,
        code: code.into(),
        name: format!("{code}版"),
        year: Some(2026),
        state: EditionState::InUse,
        revision: 1,
        supersedes: None,
        reason: String::new(),
        frozen_at: None,
        imported_from: None,
        settings: Edition::default(),
        version: 0,
    };
    framework::save_edition(&tx, &row).await.unwrap();
    let duty =
        |unit: Option<&str>, name: &str, role| Duty { unit: unit.map(|unit| place.units[unit]), name_given: name.into(), role };
    let duties = [
        vec![duty(Some("urban"), "城市管理局", DutyRole::Lead), duty(None, "各街道", DutyRole::Support)],
        vec![duty(None, "各窗口单位", DutyRole::Lead)],
        Vec::new(),
    ];
    let nodes: Vec<EditionNode> = (1_i64..)
        .zip(duties)
        .map(|(number, duties)| EditionNode {
            id: CriterionId::new(Uuid::now_v7()),
            parent: None,
            position: number,
            depth: 0,
            number: number.to_string(),
            citation_key: number.to_string(),
            title: format!("标准{number}"),
            is_criterion: true,
            remark: String::new(),
            measures: Vec::new(),
            site_types: Vec::new(),
            duties,
        })
        .collect();
    framework::save_nodes(&tx, id, &nodes).await.unwrap();
    tx.commit().await.unwrap();
    Ground { edition: id.to_string(), criteria: nodes.iter().map(|node| node.id.to_string()).collect() }
}

async fn derive(office: &Browser, ground: &Ground) -> Value {
    office.post("/api/duties/derive", json!({"command_id": new_id(), "edition_id": ground.edition})).await.ok()
}

async fn act(browser: &Browser, duty: &Value, mut body: Value) -> Answer {
    body["command_id"] = new_id().into();
    body["version"] = duty["version"].clone();
    browser.post(&format!("/api/duties/{}/commands", duty["id"].as_str().unwrap()), body).await
}

async fn matrix(browser: &Browser, ground: &Ground) -> Value {
    browser.get(&format!("/api/duties/matrix?edition={}", ground.edition)).await.ok()
}

fn streets(world: &World) -> Value {
    json!({"command_id": new_id(), "name": "各街道", "kinds": ["street"], "unit_ids": [world.yunxi.units["market"].to_string()],
           "version": 0})
}

async fn lead_of(office: &Browser, ground: &Ground) -> Value {
    let listed = office.get(&format!("/api/duties?criterion={}", ground.criteria[0])).await.ok();
    listed.as_array().unwrap().iter().find(|duty| duty["role"] == "lead").unwrap().clone()
}

fn gap_count(gaps: &Value, kind: &str) -> u64 {
    let counts = gaps["counts"].as_array().unwrap();
    counts.iter().find(|one| one["kind"] == kind).unwrap()["count"].as_u64().unwrap()
}

#[tokio::test]
async fn names_of_the_sheet_become_duties_and_collective_names_by_the_offices_table() {
    let world = World::new().await;
    let office = world.browser("office");
    let ground = edition(&world.yunxi, &world, "2026").await;
    let first = derive(&office, &ground).await;
    assert_eq!((first["given"].as_u64(), first["unresolved"].as_array().unwrap().len()), (Some(1), 2), "{first}");

    let proposed = office.get("/api/collectives").await.ok();
    let row = proposed.as_array().unwrap().iter().find(|row| row["name"] == "各街道").unwrap().clone();
    assert_eq!((row["decided"].as_bool(), row["means"].as_array().unwrap().len()), (Some(false), 2));
    let mut empty = streets(&world);
    empty["kinds"] = json!([]);
    empty["unit_ids"] = json!([]);
    assert_eq!(office.put("/api/collectives", empty).await.code(), "invalid");
    let decided = office.put("/api/collectives", streets(&world)).await.ok();
    let row = decided.as_array().unwrap().iter().find(|row| row["name"] == "各街道").unwrap().clone();
    assert_eq!((row["decided"].as_bool(), row["version"].as_i64()), (Some(true), Some(1)));
    assert_eq!(office.put("/api/collectives", streets(&world)).await.code(), "version_conflict");

    let second = derive(&office, &ground).await;
    assert_eq!((second["given"].as_u64(), second["known"].as_u64()), (Some(3), Some(1)));
    assert_eq!(derive(&office, &ground).await["given"], 0, "the same names give nothing new");
    let seen = matrix(&office, &ground).await;
    assert_eq!((seen["criteria"].as_array().unwrap().len(), seen["units"].as_array().unwrap().len()), (3, 4));
    let leads: Vec<&Value> = seen["cells"].as_array().unwrap().iter().filter(|cell| cell[2] == 0).collect();
    assert_eq!(leads.len(), 1);
    assert_eq!(seen["criteria"][2]["gaps"], json!(["no_lead"]));
    assert_eq!(seen["unresolved"], json!([{"name": "各窗口单位", "criteria": 1}]));

    let own = matrix(&world.browser("liaison"), &ground).await;
    assert_eq!(own["units"].as_array().unwrap().len(), 1, "a unit's people see their own column: {own}");
    assert_eq!(world.browser("liaison").put("/api/collectives", streets(&world)).await.code(), "right_missing");
}

#[tokio::test]
async fn a_unit_objects_the_office_decides_and_the_history_stays() {
    let world = World::new().await;
    let (office, liaison) = (world.browser("office"), world.browser("liaison"));
    let ground = edition(&world.yunxi, &world, "2026").await;
    derive(&office, &ground).await;
    let duty = lead_of(&office, &ground).await;
    let other = act(&world.browser("other_head"), &duty, json!({"command": "object", "reason": "不属我局"})).await;
    assert_eq!(other.code(), "duty_not_found", "another unit does not even see it");
    assert_eq!(act(&liaison, &duty, json!({"command": "object"})).await.code(), "duty_reason_missing");
    let objected = act(&liaison, &duty, json!({"command": "object", "reason": "按三定方案不属我局"})).await.ok();
    assert_eq!((objected["state"].as_str(), objected["objection"].as_str()), (Some("objected"), Some("按三定方案不属我局")));
    let gaps = office.get(&format!("/api/duties/gaps?edition={}", ground.edition)).await.ok();
    assert_eq!(gap_count(&gaps, "objection_undecided"), 1);
    let own = act(&liaison, &objected, json!({"command": "uphold", "reason": "x"})).await;
    assert_eq!(own.code(), "duty_not_yours");
    let stale = act(&office, &duty, json!({"command": "uphold", "reason": "属城管职责"})).await;
    assert_eq!(stale.code(), "version_conflict");
    let upheld = act(&office, &objected, json!({"command": "uphold", "reason": "属城管职责"})).await.ok();
    assert_eq!(upheld["state"], "held");
    let told: Vec<(&str, &str)> = upheld["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["command"].as_str().unwrap(), step["text"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(told, [("assign", "城市管理局"), ("object", "按三定方案不属我局"), ("uphold", "属城管职责")]);
}

#[tokio::test]
async fn many_places_are_given_at_once_with_a_result_for_each() {
    let world = World::new().await;
    let office = world.browser("office");
    let ground = edition(&world.yunxi, &world, "2026").await;
    derive(&office, &ground).await;
    let place = |criterion: &str, unit: &str| json!({"criterion_id": criterion, "unit_id": world.yunxi.units[unit].to_string()});
    let body = json!({
        "command_id": new_id(), "edition_id": ground.edition, "command": "assign", "role": "lead",
        "places": [place(&ground.criteria[0], "urban"), place(&ground.criteria[2], "market"), place(&new_id(), "urban")],
    });
    let answer = office.post("/api/duties/bulk", body.clone()).await.ok();
    let told: Vec<_> =
        answer["results"].as_array().unwrap().iter().map(|one| (one["ok"] == true, one["code"].as_str())).collect();
    assert_eq!(told, [(false, Some("duty_held")), (true, None), (false, Some("criterion_not_found"))]);
    assert_eq!(office.post("/api/duties/bulk", body).await.ok(), answer, "the same command is applied once");
    let seen = matrix(&office, &ground).await;
    assert_eq!(seen["criteria"][2]["gaps"], json!(["lead_without_officer"]));
    let release = json!({
        "command_id": new_id(), "edition_id": ground.edition, "command": "release", "reason": "职能划转",
        "places": [place(&ground.criteria[2], "market")],
    });
    office.post("/api/duties/bulk", release).await.ok();
    assert_eq!(matrix(&office, &ground).await["criteria"][2]["gaps"], json!(["no_lead"]));
    let refused = world.browser("head").post("/api/duties/bulk", json!({})).await;
    assert_eq!(refused.code(), "right_missing");
}

#[tokio::test]
async fn everything_of_a_leaver_goes_to_the_successor_in_one_act() {
    let world = World::new().await;
    let (office, people) = (world.browser("office"), &world.yunxi.people);
    let ground = edition(&world.yunxi, &world, "2026").await;
    derive(&office, &ground).await;
    let duty = lead_of(&office, &ground).await;
    let named = json!({"head": null, "officer": people["liaison"], "liaison": people["liaison"]});
    act(&world.browser("head"), &duty, json!({"command": "name", "named": named})).await.ok();

    let path = format!("/api/people/{}", people["liaison"]);
    let holdings = office.get(&format!("{path}/holdings")).await.ok();
    assert_eq!((holdings["duties"].as_u64(), holdings["posts"].as_u64()), (Some(1), Some(1)));
    let body =
        |to: &str| json!({"command_id": new_id(), "to": world.yunxi.people[to], "reason": "调离", "leaves_on": "2026-03-01"});
    assert_eq!(office.post(&format!("{path}/hand-over"), body("liaison")).await.code(), "invalid");
    office.post(&format!("{path}/hand-over"), body("spare")).await.ok();

    let duty = office.get(&format!("/api/duties/{}", duty["id"].as_str().unwrap())).await.ok();
    assert_eq!(duty["named"]["officer"]["id"], people["spare"].to_string());
    assert_eq!(duty["named"]["liaison"]["id"], people["spare"].to_string());
    assert_eq!(duty["steps"].as_array().unwrap().last().unwrap()["command"], "hand_over");
    let left = office.get(&format!("{path}/holdings")).await.ok();
    assert_eq!((left["duties"].as_u64(), left["posts"].as_u64(), left["units"].as_u64()), (Some(0), Some(0), Some(0)));
    let back = office.post(&format!("/api/people/{}/hand-over", people["spare"]), body("liaison")).await;
    assert_eq!(back.code(), "invalid", "nobody hands over to somebody who has left");
}

#[tokio::test]
async fn the_next_edition_takes_duties_and_people_along_over_confirmed_links() {
    let world = World::new().await;
    let office = world.browser("office");
    let old = edition(&world.yunxi, &world, "2025").await;
    let new = edition(&world.yunxi, &world, "2026").await;
    derive(&office, &old).await;
    let duty = lead_of(&office, &old).await;
    let officer = world.yunxi.people["officer"];
    let named = json!({"head": null, "officer": officer, "liaison": null});
    act(&office, &duty, json!({"command": "name", "named": named})).await.ok();

    let ctx = world.context("office").await;
    let mut tx = ctx.write().await.unwrap();
    let (from, to) = (old.edition.parse().unwrap(), new.edition.parse().unwrap());
    let links = [(old.criteria[0].parse().unwrap(), new.criteria[2].parse().unwrap())];
    let carry = yipanqi_server::duty::actions::carry;
    assert_eq!(carry(&ctx, &mut tx, from, to, &links).await.unwrap(), 1);
    assert_eq!(carry(&ctx, &mut tx, from, to, &links).await.unwrap(), 0, "a second time nothing is taken along");
    tx.commit().await.unwrap();
    let listed = office.get(&format!("/api/duties?criterion={}", new.criteria[2])).await.ok();
    assert_eq!(
        (listed[0]["role"].as_str(), listed[0]["named"]["officer"]["id"].as_str()),
        (Some("lead"), Some(&*officer.to_string()))
    );
}
