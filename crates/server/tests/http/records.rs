//! A record of every noun in each of the two cities, so that a walk over the routes meets something real.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::calendar::Year;
use yipanqi_domain::framework::{Edition, Method, Rule};
use yipanqi_domain::id::CriterionId;
use yipanqi_server::job::worker;
use yipanqi_store::framework::{EditionNode, EditionRow, EditionState, Framework, MeasureRow, RuleState};
use yipanqi_store::{Author, calendar, checklist, framework, site};

use crate::assessment::{item, plain_site, site_type};
use crate::imports::{SITES, send};
use crate::media::photo_of;
use crate::world::{Backend, Place, World};

fn command() -> String {
    Uuid::now_v7().to_string()
}

/// A world with problems in which every noun has a record.
pub async fn furnished(backend: Backend) -> World {
    let mut world = World::with_problems_on(backend).await;
    world.yunxi.records = furnish(&world, &world.yunxi, "").await;
    world.nanjiang.records = furnish(&world, &world.nanjiang, "nanjiang.").await;
    world
}

/// What no route makes: an edition with a measure, a type with an item, a site, the year's calendar.
async fn laid(world: &World, place: &Place, records: &mut BTreeMap<&'static str, String>) {
    let by = Author { person: None, name: "test".into() };
    let tx = place.city.write(by, world.app.clock().now()).await.unwrap();
    calendar::save_year(&tx, 2026, &Year::default()).await.unwrap();
    let family = Framework { id: Uuid::now_v7(), code: "civilized_city".into(), name: "文明城市".into() };
    framework::add_framework(&tx, &family).await.unwrap();
    let edition = EditionRow {
        id: Uuid::now_v7(),
        framework: family.id,
        code: "civilized_city-2026".into(),
        name: "2026版".into(),
        year: Some(2026),
        state: EditionState::InUse,
        revision: 1,
        supersedes: None,
        reason: String::new(),
        frozen_at: None,
        imported_from: None,
        settings: Edition { level_names: vec!["标准".into()], ..Edition::default() },
        version: 0,
    };
    framework::save_edition(&tx, &edition).await.unwrap();
    let measure = MeasureRow {
        id: Uuid::now_v7(),
        method: Method::OnSite,
        points: Some("1".parse().unwrap()),
        rule: Some(Rule::three_grades()),
        scope: None,
        rule_words: String::new(),
        rule_state: RuleState::Recognised,
    };
    let node = EditionNode {
        id: CriterionId::new(Uuid::now_v7()),
        parent: None,
        position: 0,
        depth: 0,
        number: "1-1".into(),
        citation_key: "1-1".into(),
        title: "标准".into(),
        is_criterion: true,
        remark: String::new(),
        measures: vec![measure.clone()],
        site_types: Vec::new(),
        duties: Vec::new(),
    };
    framework::save_nodes(&tx, edition.id, &[node]).await.unwrap();
    let kind = site_type(Uuid::now_v7());
    checklist::save_site_type(&tx, &kind).await.unwrap();
    let item = item(kind.id, 0, "M-1", "grade", "1-1");
    checklist::add_items(&tx, std::slice::from_ref(&item)).await.unwrap();
    let site = plain_site(1, kind.id);
    site::add(&tx, std::slice::from_ref(&site)).await.unwrap();
    tx.commit().await.unwrap();
    for (noun, id) in [
        ("editions", edition.id.to_string()),
        ("measures", measure.id.to_string()),
        ("site-types", kind.id.to_string()),
        ("findings", item.id.to_string()),
        ("sites", site.id.to_string()),
    ] {
        records.insert(noun, id);
    }
}

async fn furnish(world: &World, place: &Place, prefix: &str) -> BTreeMap<&'static str, String> {
    let mut records = BTreeMap::new();
    laid(world, place, &mut records).await;
    world.at(crate::world::NOW);
    let [office, inspector] = ["office", "inspector"].map(|name| world.browser(&format!("{prefix}{name}")));
    let id = |value: &Value| value["id"].as_str().unwrap().to_owned();

    let round = json!({
        "command_id": command(), "name": "模拟测评", "kind": "mock", "edition_id": records["editions"],
        "sites": { "site_ids": [records["sites"]] }, "inspectors": [place.people["inspector"]],
    });
    let round = id(&office.post("/api/rounds", round).await.ok());
    let visit = json!({ "command_id": command(), "round_id": round, "site_id": records["sites"] });
    let visit = id(&inspector.post("/api/visits", visit).await.ok());
    let mark = json!({ "command_id": command(), "result": { "kind": "grade", "grade": "met" } });
    inspector.put(&format!("/api/visits/{visit}/findings/{}", records["findings"]), mark).await.ok();

    let run = send(&office, "sites", "点位.csv", SITES.as_bytes()).await.ok();
    let start = json!({ "command_id": command(), "version": run["version"] });
    let started = office.post(&format!("/api/imports/{}/start", id(&run)), start).await.ok();
    worker::drain(&world.app, &place.city).await.unwrap();
    let questions = office.get("/api/questions?state=open").await.ok();

    let path = format!("/api/problems/{}", place.problem);
    let version = office.get(&path).await.ok()["version"].clone();
    let assign = json!({
        "command_id": command(), "version": version, "command": "assign", "unit_id": place.units["urban"],
        "limit": { "unit": "natural_hours", "count": 1 },
    });
    office.post(&format!("{path}/commands"), assign).await.ok();
    world.at("2026-03-04T18:00:00+08:00");
    office.post("/api/slips/sweep", json!({})).await.ok();
    let slips = office.get("/api/slips").await.ok();

    // Of each city another photograph: a hash that both had begun would be found in both.
    let hash = if prefix.is_empty() { "ab" } else { "cd" }.repeat(32);
    let upload = json!({ "sha256": hash, "size": 1000, "file_name": "photo.jpg" });
    office.post("/api/uploads", upload).await.ok();

    records.extend([
        ("uploads", hash),
        ("rounds", round),
        ("visits", visit),
        ("imports", id(&run)),
        ("jobs", started["job_id"].as_str().unwrap().to_owned()),
        ("questions", id(&questions["items"][0])),
        ("slips", id(&slips["items"][0])),
        ("media", photo_of(&office).await),
    ]);
    records
}
