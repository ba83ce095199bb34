//! A file over HTTP: sent, mapped, tried, imported in the background, reported, sent back; questions decided.

use std::path::Path;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use yipanqi_server::job::worker;
use yipanqi_store::{checklist, site, unit};

use crate::world::{Answer, Browser, World};

pub async fn send(browser: &Browser, kind: &str, name: &str, bytes: &[u8]) -> Answer {
    let mut body = format!("--edge\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\n{kind}\r\n").into_bytes();
    body.extend_from_slice(
        format!("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").as_bytes(),
    );
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    let request =
        browser.request(Method::POST, "/api/imports").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    browser.answer(request.body(Body::from(body)).unwrap()).await
}

fn command() -> String {
    uuid::Uuid::now_v7().to_string()
}

pub const SITES: &str = "点位编号,点位名称,点位类型,地址,经度,纬度,坐标系,属地责任单位\n\
    A1,东街早餐店,,东街1号,114.800000,31.200000,,东街街道\n\
    A2,西街早餐店,,西街1号,,,GCJ-02,西街街道\n\
    ,,,无名,114.8,31.2,GPS,西街街道\n";

#[tokio::test]
async fn a_file_is_sent_tried_imported_reported_and_its_refused_rows_sent_back() {
    let world = World::new().await;
    let office = world.browser("office");
    let sent = send(&office, "sites", "点位.csv", SITES.as_bytes()).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{sent:?}");
    let run = sent.json();
    let id = run["id"].as_str().unwrap().to_owned();
    assert_eq!((&run["state"], &run["total"]), (&json!("preview"), &json!(3)));
    let columns = run["mapping"]["sheets"][0]["columns"].as_array().unwrap().clone();
    assert_eq!((&columns[1]["field"], &columns[1]["samples"][0]), (&json!("name"), &json!("东街早餐店")));

    // A column is left out by hand.
    let mut sheets = run["mapping"]["sheets"].clone();
    sheets[0]["columns"][3]["field"] = Value::Null;
    let body = json!({ "command_id": command(), "version": run["version"], "mapping": { "sheets": sheets } });
    let mapped = office.put(&format!("/api/imports/{id}/mapping"), body.clone()).await.ok();
    assert_eq!(office.put(&format!("/api/imports/{id}/mapping"), body).await.ok()["version"], mapped["version"]);
    let stale = json!({ "command_id": command(), "version": 1, "mapping": { "sheets": sheets } });
    assert_eq!(office.put(&format!("/api/imports/{id}/mapping"), stale).await.code(), "version_conflict");

    let tried = office.post(&format!("/api/imports/{id}/preview"), json!({})).await.ok();
    assert_eq!(
        (&tried["counts"]["created"], &tried["counts"]["refused"], &tried["counts"]["question"]),
        (&json!(2), &json!(1), &json!(2))
    );
    assert!(tried["rows"].as_array().unwrap().iter().any(|row| row["code"] == "datum_blank"));
    assert!(site::all(&world.yunxi.city.read().await.unwrap()).await.unwrap().is_empty());

    let start = json!({ "command_id": command(), "version": tried["version"] });
    let started = office.post(&format!("/api/imports/{id}/start"), start).await.ok();
    assert_eq!(started["state"], "queued");
    assert!(started["job_id"].is_string());
    worker::drain(&world.app, &world.yunxi.city).await.unwrap();
    let finished = office.get(&format!("/api/imports/{id}")).await.ok();
    assert_eq!((&finished["state"], &finished["counts"], &finished["done"]), (&json!("finished"), &tried["counts"], &json!(3)));
    let sites = site::all(&world.yunxi.city.read().await.unwrap()).await.unwrap();
    assert_eq!((sites.len(), sites[0].address.as_str()), (2, ""));
    assert_eq!(sites[1].territorial_unit, Some(world.yunxi.units["west"]));

    let refused = office.get(&format!("/api/imports/{id}/rows?action=refused")).await.ok();
    assert_eq!(
        (&refused["total"], &refused["items"][0]["row"], &refused["items"][0]["code"]),
        (&json!(1), &json!(4), &json!("value_missing"))
    );
    let raw = office.request(Method::GET, &format!("/api/imports/{id}/refused.xlsx"));
    let book = office.raw(raw.body(Body::empty()).unwrap()).await;
    assert_eq!(book.status(), StatusCode::OK);
    assert_eq!(office.post(&format!("/api/imports/{id}/cancel"), json!({})).await.code(), "import_finished");
    assert_eq!(world.browser("nanjiang.office").get(&format!("/api/imports/{id}")).await.code(), "import_not_found");

    // The mapping is remembered for files of the same layout.
    let second = send(&office, "sites", "点位(二).csv", SITES.as_bytes()).await.json();
    assert_eq!(second["mapping"]["sheets"][0]["columns"][3]["field"], Value::Null);
}

#[tokio::test]
async fn a_decision_takes_effect_at_once_and_is_not_asked_again() {
    let world = World::new().await;
    let office = world.browser("office");
    for asked in [2, 0] {
        let run = send(&office, "sites", "点位.csv", SITES.as_bytes()).await.json();
        let id = run["id"].as_str().unwrap();
        let start = json!({ "command_id": command(), "version": run["version"] });
        office.post(&format!("/api/imports/{id}/start"), start).await.ok();
        worker::drain(&world.app, &world.yunxi.city).await.unwrap();
        let counts = office.get(&format!("/api/imports/{id}")).await.ok()["counts"].clone();
        assert_eq!((&counts["question"], &counts["changed"]), (&json!(asked), &json!(0)), "{counts}");
        if asked == 0 {
            break;
        }
        let open = office.get("/api/questions?state=open&kind=datum_blank").await.ok();
        assert_eq!(open["totals"]["kinds"].as_array().unwrap().len(), 2);
        let question = open["items"][0].clone();
        let decide = json!({ "command_id": command(), "version": question["version"], "value": question["options"][0]["value"] });
        let path = format!("/api/questions/{}/decide", question["id"].as_str().unwrap());
        assert_eq!(office.post(&path, decide.clone()).await.ok()["changed"], 1);
        assert_eq!(office.post(&path, decide.clone()).await.ok()["changed"], 1, "the same command is applied once");
        let again = json!({ "command_id": command(), "version": question["version"], "value": question["options"][0]["value"] });
        assert_eq!(office.post(&path, again).await.code(), "question_decided");
        let sites = site::all(&world.yunxi.city.read().await.unwrap()).await.unwrap();
        // GCJ-02 lies some hundred metres beside WGS-84.
        assert!(sites[0].longitude.is_some_and(|longitude| (1_147_930_000..1_147_980_000).contains(&longitude)), "{sites:?}");
    }
}

#[tokio::test]
async fn files_that_are_none_are_refused_with_their_reason() {
    let world = World::new().await;
    let office = world.browser("office");
    for (name, bytes, code) in [
        ("a.xlsx", b"MZ\x90\0\x03\0\0\0".as_slice(), "import_not_a_workbook"),
        ("b.xlsx", b"".as_slice(), "import_empty"),
        ("c.xlsx", b"PK\x03\x04garbage".as_slice(), "import_damaged"),
    ] {
        let answer = send(&office, "sites", name, bytes).await;
        assert_eq!(answer.code(), code, "{name}");
    }
    assert_eq!(send(&office, "nonsense", "d.csv", b"a,b\n1,2\n").await.code(), "invalid");
    let unmapped = send(&office, "sites", "d.csv", b"a,b\n1,2\n").await.json();
    let start = json!({ "command_id": command(), "version": unmapped["version"] });
    let answer = office.post(&format!("/api/imports/{}/start", unmapped["id"].as_str().unwrap()), start).await;
    assert_eq!(answer.code(), "mapping_nothing_mapped");
}

#[tokio::test]
async fn the_checklists_of_the_demo_city_are_imported_by_a_job() {
    let world = World::new().await;
    let office = world.browser("office");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi/点位类型与检查清单.xlsx");
    let run = send(&office, "checklists", "点位类型与检查清单.xlsx", &std::fs::read(path).unwrap()).await.json();
    let id = run["id"].as_str().unwrap();
    let start = json!({ "command_id": command(), "version": run["version"] });
    office.post(&format!("/api/imports/{id}/start"), start).await.ok();
    worker::drain(&world.app, &world.yunxi.city).await.unwrap();
    let tx = world.yunxi.city.read().await.unwrap();
    assert_eq!((checklist::site_types(&tx).await.unwrap().len(), checklist::items(&tx, None).await.unwrap().len()), (39, 652));
    assert!(!unit::directory(&tx).await.unwrap().units().is_empty());
}

#[tokio::test]
async fn an_unknown_type_and_a_double_entry_are_decided_once_and_not_asked_again() {
    let world = World::new().await;
    let (office, city) = (world.browser("office"), &world.yunxi.city);
    let market = crate::assessment::site_type(uuid::Uuid::now_v7());
    let tx = city.write(yipanqi_store::Author { person: None, name: "test".into() }, world.app.clock().now()).await.unwrap();
    checklist::save_site_type(&tx, &market).await.unwrap();
    tx.commit().await.unwrap();
    let file = "点位编号,点位名称,点位类型,地址,经度,纬度,坐标系,属地责任单位\n\
        B1,河滨农贸集市,菜场,河滨路1号,114.800000,31.200000,WGS-84,东街街道\n\
        B2,河滨农贸集市,菜场,河滨路1号,114.800010,31.200010,WGS-84,东街街道\n";
    let read = async || {
        let run = send(&office, "sites", "集市.csv", file.as_bytes()).await.json();
        let path = format!("/api/imports/{}", run["id"].as_str().unwrap());
        let start = json!({ "command_id": command(), "version": run["version"] });
        office.post(&format!("{path}/start"), start).await.ok();
        worker::drain(&world.app, city).await.unwrap();
        office.get(&path).await.ok()["counts"].clone()
    };
    let first = read().await;
    assert_eq!((&first["created"], &first["question"]), (&json!(2), &json!(2)), "{first}");
    for (kind, value) in [("site_type_unknown", json!({ "site_type": market.id })), ("site_duplicate", json!({ "same": true }))] {
        let asked = office.get(&format!("/api/questions?state=open&kind={kind}")).await.ok();
        assert_eq!(asked["total"], 1, "{kind} is asked once: {asked}");
        let question = &asked["items"][0];
        let value = json!(value.to_string());
        assert!(question["options"].as_array().unwrap().iter().any(|option| option["value"] == value), "{question}");
        let path = format!("/api/questions/{}/decide", question["id"].as_str().unwrap());
        let senseless = json!({ "command_id": command(), "version": question["version"], "value": "{\"other\":1}" });
        assert_eq!(office.post(&path, senseless).await.code(), "decision_invalid");
        let stale = json!({ "command_id": command(), "version": 99, "value": value });
        assert_eq!(office.post(&path, stale).await.code(), "version_conflict");
        let decide = json!({ "command_id": command(), "version": question["version"], "value": value });
        assert!(office.post(&path, decide).await.ok()["changed"].as_u64().unwrap() >= 1, "{kind}");
    }
    let sites = site::all(&city.read().await.unwrap()).await.unwrap();
    assert!(sites.iter().all(|site| site.site_type == Some(market.id)), "both took the type: {sites:?}");
    assert_eq!((sites[0].duplicate_of, sites[1].duplicate_of, sites[1].retired), (None, Some(sites[0].id), true));
    let again = read().await;
    assert_eq!((&again["question"], &again["created"], &again["changed"]), (&json!(0), &json!(0), &json!(0)), "{again}");
}

#[tokio::test]
async fn results_of_a_round_are_imported_once_and_those_of_no_criterion_refused() {
    let world = crate::records::furnished(crate::world::Backend::Sqlite).await;
    let office = world.browser("office");
    let round = office.get(&format!("/api/rounds/{}", world.yunxi.records["rounds"])).await.ok();
    let file = "标准编号,测评方式,合格数,抽查数\n1-1,实地考察,18,20\n9-9,实地考察,18,20\n";
    for (created, unchanged) in [(1, 0), (0, 1)] {
        let run = send(&office, "results", "成绩.csv", file.as_bytes()).await.json();
        let path = format!("/api/imports/{}", run["id"].as_str().unwrap());
        let start = json!({ "command_id": command(), "version": run["version"] });
        office.post(&format!("{path}/start"), start).await.ok();
        worker::drain(&world.app, &world.yunxi.city).await.unwrap();
        let counts = office.get(&path).await.ok()["counts"].clone();
        let rows = office.get(&format!("{path}/rows")).await.ok();
        assert_eq!(
            (&counts["created"], &counts["unchanged"], &counts["refused"]),
            (&json!(created), &json!(unchanged), &json!(1)),
            "{rows}"
        );
    }
    let entered = office.get(&format!("/api/rounds/{}/results", round["id"].as_str().unwrap())).await.ok();
    assert_eq!(entered.as_array().unwrap().len(), 1, "{entered}");
    assert_eq!(entered[0]["value"], json!({ "kind": "ratio", "observed": 18, "total": 20 }));
}
