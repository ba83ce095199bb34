//! A file over HTTP: sent, mapped, tried, imported in the background, reported, sent back; questions decided.

use std::path::Path;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use yipanqi_server::import::actions::{FileInput, Mode, run_file};
use yipanqi_server::import::run::Partial;
use yipanqi_server::job::worker;
use yipanqi_store::{checklist, site, unit};

use crate::world::{Answer, Backend, Browser, World};

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

crate::on_both!(
    async fn a_workbook_of_shops_enters_the_register_and_its_export_changes_nothing(world: World = World::on) {
        let office = world.browser("office");
        let book = "店名,类别,街道,社区,经营者,联系电话,地址,点位\n\
            张记小吃,餐饮店,东街街道,,张三,13800000000,东街 12 号,\n\
            张记小吃,餐饮店,东街街道,,李四,13800000001,东街 88 号,\n\
            安居物业,物业公司,西街街道,,王五,0712-1234567,西街 3 号,没有的点位\n\
            李家面馆,面馆,北街街道,,赵六,,北街 1 号,\n\
            ,商户,东街街道,,,,,\n\
            张记小吃,餐饮店,东街街道,,张三,13800000000,东街12号,\n";
        let run = async |name: &str, bytes: &[u8]| {
            let sent = send(&office, "parties", name, bytes).await;
            assert_eq!(sent.status, StatusCode::CREATED, "{sent:?}");
            let (id, version) = (sent.json()["id"].as_str().unwrap().to_owned(), sent.json()["version"].clone());
            office.post(&format!("/api/imports/{id}/start"), json!({ "command_id": command(), "version": version })).await.ok();
            worker::drain(&world.app, &world.yunxi.city).await.unwrap();
            let done = office.get(&format!("/api/imports/{id}")).await.ok();
            assert_eq!(done["state"], "finished", "{done}");
            let counts = ["created", "changed", "unchanged", "refused"].map(|of| done["counts"][of].as_u64().unwrap());
            (id, counts)
        };
        let (id, counts) = run("商户.csv", book.as_bytes()).await;
        assert_eq!(counts, [3, 0, 0, 3], "the rest is kept");
        let refused = office.get(&format!("/api/imports/{id}/rows?action=refused")).await.ok();
        let said = |row: &Value| (row["row"].as_i64().unwrap(), row["column"].as_str().unwrap().to_owned(), row["code"].as_str().unwrap().to_owned());
        let said: Vec<_> = refused["items"].as_array().unwrap().iter().map(said).collect();
        let expected = [(5, "街道", "unit_unknown"), (6, "店名", "value_missing"), (7, "店名", "party_twice")];
        assert_eq!(said, expected.map(|(row, column, code)| (row, column.to_owned(), code.to_owned())));
        let doubtful = office.get(&format!("/api/imports/{id}/rows?action=created")).await.ok();
        assert!(doubtful["items"].as_array().unwrap().iter().any(|row| row["code"] == "site_not_registered"), "{doubtful}");
        assert_eq!(run("商户.csv", book.as_bytes()).await.1, [0, 0, 3, 3], "the same file twice changes nothing");
        let listed = office.get("/api/parties?q=安居").await.ok()["items"][0].clone();
        assert_eq!((listed["kind"].as_str(), listed["unit"]["id"].as_str()), (Some("property"), Some(&*world.yunxi.units["west"].to_string())));
        let (.., exported) = crate::media::bytes(&office, "/api/parties/export.xlsx").await;
        assert_eq!(run("责任主体.xlsx", &exported).await.1, [0, 0, 3, 0], "what was exported comes back unchanged");
        let moved = book.replace("王五", "孙七");
        assert_eq!(run("商户.csv", moved.as_bytes()).await.1, [0, 1, 2, 3]);
        assert_eq!(world.browser("other_street_head").get("/api/parties").await.ok()["total"], 1, "within its reach");
    }
);

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

/// Sends a file, starts it and runs it; gives the run's page and its lines.
async fn through(world: &World, kind: &str, name: &str, bytes: &[u8]) -> (Value, Value) {
    let office = world.browser("office");
    let sent = send(&office, kind, name, bytes).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{sent:?}");
    let run = sent.json();
    let path = format!("/api/imports/{}", run["id"].as_str().unwrap());
    let start = json!({ "command_id": command(), "version": run["version"] });
    office.post(&format!("{path}/start"), start).await.ok();
    worker::drain(&world.app, &world.yunxi.city).await.unwrap();
    (office.get(&path).await.ok(), office.get(&format!("{path}/rows?size=200")).await.ok()["items"].clone())
}

fn counted(run: &Value) -> [u64; 4] {
    ["created", "changed", "unchanged", "refused"].map(|name| run["counts"][name].as_u64().unwrap())
}

async fn workbook(browser: &Browser, path: &str) -> Vec<u8> {
    let response = browser.raw(browser.request(Method::GET, path).body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().collect().await.unwrap().to_bytes().to_vec()
}

async fn with_calendar(backend: Backend) -> World {
    let world = World::on(backend).await;
    let by = yipanqi_store::Author { person: None, name: "test".into() };
    let tx = world.yunxi.city.write(by, world.app.clock().now()).await.unwrap();
    yipanqi_store::calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
    tx.commit().await.unwrap();
    world
}

const TASKS: &str = "任务名称,类别,目标,牵头单位,责任人,开始,完成时限\n\
    背街小巷整治,硬件设施,整治 40 条,城市管理局,,2026-03-02,2026-06-30\n\
    志愿服务,管理服务,开展 12 场,东街街道,,2026-03-02,2026年12月31日\n\
    ,管理服务,没有名称,东街街道,,,\n\
    门前三包,乱填,,东街街道,,,\n";

crate::on_both!(
    async fn tasks_and_the_monthly_plan_are_imported_once_and_the_exported_plan_changes_nothing(world: World = with_calendar) {
        let office = world.browser("office");
        let urban = office.get(&format!("/api/units/{}", world.yunxi.units["urban"])).await.ok()["name"].as_str().unwrap().to_owned();
        let east = office.get(&format!("/api/units/{}", world.yunxi.units["east"])).await.ok()["name"].as_str().unwrap().to_owned();
        let named = |file: &str| file.replace("城市管理局", &urban).replace("东街街道", &east);
        let (run, rows) = through(&world, "tasks", "任务.csv", named(TASKS).as_bytes()).await;
        assert_eq!(counted(&run), [2, 0, 0, 2], "{rows}");
        let refused: Vec<_> = rows.as_array().unwrap().iter().filter(|row| row["action"] == "refused").collect();
        assert_eq!((&refused[0]["row"], &refused[0]["code"]), (&json!(4), &json!("value_missing")), "{rows}");
        assert_eq!((&refused[1]["row"], &refused[1]["column"]), (&json!(5), &json!("类别")), "{rows}");
        let (again, rows) = through(&world, "tasks", "任务.csv", named(TASKS).as_bytes()).await;
        assert_eq!(counted(&again), [0, 0, 2, 2], "{rows}");
        let listed = office.get("/api/tasks?sort=number").await.ok();
        assert_eq!((listed["total"].as_u64(), &listed["items"][0]["lead"]["name"]), (Some(2), &json!(urban)));
        assert_eq!(listed["items"][1]["due_on"], "2026-12-31");

        // A line for each month, and one sheet with a column for each month.
        let lines = "任务编号,任务名称,计量单位,月份,计划,完成\n\
            RW-00001,背街小巷整治,条,2026-03,10,2.125\n\
            RW-00001,背街小巷整治,条,2026年4月,10,\n\
            RW-00001,背街小巷整治,条,2026-04,10,\n\
            RW-00009,没有的任务,条,2026-04,10,\n\
            RW-00001,背街小巷整治,条,五月,10,\n\
            RW-00001,背街小巷整治,条,2026-06,许多,\n\
            RW-00001,背街小巷整治,公里,2026-07,5,\n";
        let (run, rows) = through(&world, "tasks", "计划.csv", lines.as_bytes()).await;
        assert_eq!(counted(&run), [2, 0, 0, 5], "{rows}");
        let told: Vec<_> = rows.as_array().unwrap().iter().filter(|row| row["action"] == "refused").collect();
        let told: Vec<_> = told.iter().map(|row| (row["row"].as_u64().unwrap(), row["column"].as_str().unwrap(), row["code"].as_str().unwrap())).collect();
        assert_eq!(
            told,
            [
                (4, "月份", "plan_month_twice"),
                (5, "任务编号", "import_task_unknown"),
                (6, "月份", "plan_month_invalid"),
                (7, "计划", "plan_quantity_invalid"),
                (8, "计量单位", "import_measure_differs"),
            ],
            "{rows}"
        );
        let wide = "2026年月度任务分解表,,,,\n任务名称,计量单位,3月,4月,12月\n志愿服务,场,1,1.5,3\n";
        let (run, rows) = through(&world, "tasks", "分解表.csv", wide.as_bytes()).await;
        assert_eq!(counted(&run), [1, 0, 0, 0], "{rows}");
        let plans = office.get("/api/tasks/plans?sort=number").await.ok();
        assert_eq!(plans[0]["plan"]["months"][0]["done"], "2.125", "{plans}");
        assert_eq!(plans[1]["plan"]["months"][2]["month"], "2026-12", "{plans}");

        for path in ["/api/tasks/plan.xlsx?sort=number", "/api/tasks/export.xlsx"] {
            for (lang, browser) in [("zh-CN", world.browser("office")), ("en", world.browser("office").english())] {
                let book = workbook(&browser, path).await;
                let (run, rows) = through(&world, "tasks", "导出.xlsx", &book).await;
                let counts = counted(&run);
                assert_eq!((counts[0], counts[1], counts[3]), (0, 0, 0), "{path} {lang} {rows}");
                assert!(counts[2] >= 2, "{path} {lang} {rows}");
            }
        }
        assert_eq!(office.get("/api/tasks/plans?sort=number").await.ok(), plans);

        // What is done is reported by the sheet; the history of the task says nothing, the log does.
        let report = "任务编号,计量单位,月份,计划,完成\nRW-00001,条,2026-04,10,7\n";
        let (run, rows) = through(&world, "tasks", "完成.csv", report.as_bytes()).await;
        assert_eq!(counted(&run), [0, 1, 0, 0], "{rows}");
        let plans = office.get("/api/tasks/plans?sort=number").await.ok();
        assert_eq!((&plans[0]["plan"]["months"][1]["done"], &plans[0]["plan"]["months"][0]["done"]), (&json!("7"), &json!("2.125")));
        let goal = "任务编号,任务名称,目标\nRW-00001,背街小巷整治,整治 50 条\n";
        let (run, rows) = through(&world, "tasks", "目标.csv", goal.as_bytes()).await;
        assert_eq!(counted(&run), [0, 1, 0, 0], "{rows}");
        let id = listed["items"][0]["id"].as_str().unwrap();
        let task = office.get(&format!("/api/tasks/{id}")).await.ok();
        assert_eq!((&task["goal"], task["plan"]["months"].as_array().unwrap().len()), (&json!("整治 50 条"), 2));
    }
);

/// Each fault of an edition with the row and the column that it names.
const EDITION: &str = "测评项目,测评内容,测评标准,测评方式,分值,计分规则,牵头单位\n\
    1.市容环境,1.1道路,1)路面平整,实地考察,2,每发现一处扣0.5分，扣完为止,城市管理局\n\
    1.市容环境,1.1道路,1)路面清洁,实地考察,2,每发现一处扣0.5分，扣完为止,城市管理局\n\
    1.市容环境,1.1道路,2)标线清晰,,2,每发现一处扣0.5分，扣完为止,城市管理局\n\
    1.市容环境,1.1道路,3)无占道经营,实地考察,-1,每发现一处扣0.5分，扣完为止,没有的局\n\
    1.市容环境,1.1道路,4)有公厕,实地考察,2,每发现一处扣3分，扣完为止,没有的局\n\
    合计,,,,5,,\n";

#[tokio::test]
async fn an_edition_with_refused_rows_is_written_only_if_somebody_says_so() {
    let world = World::new().await;
    let office = world.browser("office");
    let run = send(&office, "framework", "全国文明城市测评体系-2027版.csv", EDITION.as_bytes()).await.json();
    let path = format!("/api/imports/{}", run["id"].as_str().unwrap());
    let tried = office.post(&format!("{path}/preview"), json!({})).await.ok();
    let start = |accept: bool| json!({ "command_id": command(), "version": run["version"], "accept_partial": accept });
    let refused = office.post(&format!("{path}/start"), start(false)).await;
    assert_eq!(refused.code(), "import_partial_unconfirmed", "{tried}");
    assert_eq!(refused.json()["data"]["rest"], tried["counts"]["created"]);
    let editions = async || yipanqi_store::framework::editions(&world.yunxi.city.read().await.unwrap()).await.unwrap().len();
    assert_eq!(editions().await, 0, "nothing of it");

    // The command line says the same, and so does a run whose city changed between the question and the run.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("全国文明城市测评体系-2027版.csv");
    std::fs::write(&file, EDITION).unwrap();
    let by = yipanqi_store::Author { person: None, name: "test".into() };
    let input = |partial| FileInput {
        kind: yipanqi_documents::kind::Kind::Framework,
        path: &file,
        mapping: None,
        round: None,
        mode: Mode::Write,
        partial,
        lang: yipanqi_server::request::Lang::Zh,
    };
    let report = run_file(&world.app, world.yunxi.city.slug(), &by, input(Partial::Refuse)).await.unwrap();
    assert_eq!((report.counts.created, report.counts.withheld), (0, tried["counts"]["created"].as_u64().unwrap()));
    assert_eq!(editions().await, 0, "nothing of it");

    office.post(&format!("{path}/start"), start(true)).await.ok();
    worker::drain(&world.app, &world.yunxi.city).await.unwrap();
    let done = office.get(&path).await.ok();
    assert_eq!((&done["state"], &done["counts"]["withheld"]), (&json!("finished"), &json!(0)), "{done}");
    assert_eq!(editions().await, 1);
    let rows = office.get(&format!("{path}/rows?size=200")).await.ok()["items"].clone();
    let told: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| !row["code"].as_str().unwrap().is_empty())
        .map(|row| (row["row"].as_u64().unwrap(), row["column"].as_str().unwrap(), row["code"].as_str().unwrap()))
        .collect();
    for expected in [
        (3, "测评标准", "criterion_twice"),
        (4, "测评方式", "method_missing"),
        (5, "分值", "points_negative"),
        (6, "计分规则", "rule_not_of_points"),
        (7, "分值", "total_differs"),
    ] {
        assert!(told.contains(&expected), "{expected:?}: {told:?}");
    }
    assert!(rows.as_array().unwrap().iter().all(|row| row["sheet"].is_string()));

    // The rows that were refused come in a second file; what is there stays.
    let whole = EDITION.replace("1)路面清洁", "5)路面清洁").replace("标线清晰,,2", "标线清晰,实地考察,2");
    let whole = whole.replace("实地考察,-1", "实地考察,1").replace("扣3分", "扣0.5分").replace("合计,,,,5", "合计,,,,9");
    let (run, rows) = through(&world, "framework", "全国文明城市测评体系-2027版.csv", whole.as_bytes()).await;
    assert_eq!((&run["state"], counted(&run)), (&json!("finished"), [4, 0, 2, 0]), "{rows}");
    let units: Vec<_> = rows.as_array().unwrap().iter().filter(|row| row["code"] == "unit_unknown").collect();
    assert_eq!((units.len() >= 2, &units[0]["column"]), (true, &json!("牵头单位")), "{rows}");
    // A second file in which a known row is wrong does not take it away.
    let broken = whole.replace("实地考察,1,", "实地考察,-1,").replace("路面平整", "路面平整无破损");
    let sent = send(&office, "framework", "全国文明城市测评体系-2027版.csv", broken.as_bytes()).await.json();
    let path = format!("/api/imports/{}", sent["id"].as_str().unwrap());
    let body = json!({ "command_id": command(), "version": sent["version"], "accept_partial": true });
    office.post(&format!("{path}/start"), body).await.ok();
    worker::drain(&world.app, &world.yunxi.city).await.unwrap();
    let tx = world.yunxi.city.read().await.unwrap();
    let row = yipanqi_store::framework::editions(&tx).await.unwrap()[0].clone();
    let tree = yipanqi_store::framework::edition(&tx, row.id).await.unwrap();
    let titles: Vec<&str> = tree.nodes.iter().filter(|node| node.is_criterion).map(|node| node.title.as_str()).collect();
    assert!(titles.contains(&"无占道经营") && titles.contains(&"路面平整无破损"), "{titles:?}");
}

#[tokio::test]
async fn a_child_without_parent_and_a_cycle_are_named_by_row_and_column() {
    let world = World::new().await;
    let office = world.browser("office");
    let file = "测评项目,测评标准,测评方式,分值,计分规则\n\
        ,1)没有上级,实地考察,2,每发现一处扣0.5分，扣完为止\n\
        1.市容环境,2)路面平整,实地考察,2,每发现一处扣0.5分，扣完为止\n\
        1-1-2 街面,1-1 街面,实地考察,2,每发现一处扣0.5分，扣完为止\n";
    let run = send(&office, "framework", "全国文明城市测评体系-2028版.csv", file.as_bytes()).await.json();
    let tried = office.post(&format!("/api/imports/{}/preview", run["id"].as_str().unwrap()), json!({})).await.ok();
    let told: Vec<_> = tried["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["action"] == "refused")
        .map(|row| (row["row"].as_u64().unwrap(), row["column"].as_str().unwrap(), row["code"].as_str().unwrap()))
        .collect();
    assert!(told.contains(&(2, "测评项目", "criterion_without_parent")), "{tried}");
    assert!(told.contains(&(4, "测评标准", "node_cycle")), "{tried}");
}

crate::on_both!(
    async fn checklists_leave_and_come_back_unchanged_and_a_part_of_them_too(world: World = World::on) {
        let file = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi/点位类型与检查清单.xlsx")).unwrap();
        through(&world, "checklists", "点位类型与检查清单.xlsx", &file).await;
        let edition = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi/测评体系-县级文明城市-2026版.xlsx")).unwrap();
        through(&world, "framework", "测评体系-县级文明城市-2026版.xlsx", &edition).await;
        let office = world.browser("office");
        let types = office.get("/api/site-types").await.ok();
        let third = types[2]["id"].as_str().unwrap().to_owned();
        let before = office.get(&format!("/api/site-types/{third}")).await.ok();
        let books =
            [workbook(&office, "/api/site-types/export.xlsx").await, workbook(&office, &format!("/api/site-types/export.xlsx?site_type={third}")).await];
        for (book, least) in books.iter().zip([600, 3]) {
            let (run, rows) = through(&world, "checklists", "导出.xlsx", book).await;
            let counts = counted(&run);
            let odd: Vec<_> = rows.as_array().unwrap().iter().filter(|row| row["action"] != "unchanged").take(3).collect();
            assert_eq!((counts[0], counts[1], counts[3]), (0, 0, 0), "{odd:?}");
            assert!(counts[2] >= least, "{counts:?}");
        }
        assert_eq!(office.get(&format!("/api/site-types/{third}")).await.ok(), before);

        // A type is edited with the version that was seen; the change is in the log.
        let edit = |version: &Value| {
            json!({"command_id": command(), "id": third, "version": version, "name": before["name"], "group": "新的大类", "shape": before["shape"]})
        };
        let saved = office.post("/api/site-types", edit(&before["version"])).await.ok();
        assert_eq!(saved["group"], "新的大类");
        assert_eq!(office.post("/api/site-types", edit(&before["version"])).await.code(), "version_conflict");
        assert_eq!(world.browser("head").post("/api/site-types", edit(&saved["version"])).await.code(), "right_missing");
        let log = world.browser("admin").get("/api/audit?size=200").await.ok().to_string();
        assert!(log.contains("site_type.save"), "{log}");
    }
);
