//! What every list offers: its rows as a workbook, and views that a person keeps.

use std::io::Cursor;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use calamine::{Reader as _, Xlsx};
use http_body_util::BodyExt as _;
use serde_json::json;

use crate::world::{Browser, World};

/// The lines of the first sheet of a workbook that a list gives.
pub async fn lines(browser: &Browser, path: &str) -> Vec<Vec<String>> {
    let response = browser.raw(browser.request(Method::GET, path).body(Body::empty()).unwrap()).await;
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    assert!(response.headers()[header::CONTENT_DISPOSITION].to_str().unwrap().ends_with(".xlsx\""), "{path}");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

#[tokio::test]
async fn every_list_leaves_the_house_with_its_rows_and_the_columns_asked_for() {
    let world = World::with_problems().await;
    for (name, list, columns) in [
        ("office", "/api/problems", "number,title,returns"),
        ("office", "/api/sites", "code,longitude,latitude"),
        ("office", "/api/units", "code,kind,open_problems"),
        ("office", "/api/rounds", "number,visited"),
        ("office", "/api/slips", "text_number,colour"),
        ("office", "/api/imports", "file_name,kind,refused"),
        ("office", "/api/my/todo", "kind,title,due_at"),
        ("office", "/api/editions", "name,points,to_choose"),
        ("office", "/api/questions", "kind,text,decision"),
        ("admin", "/api/accounts", "login,posts"),
        ("supervisor", "/api/audit", "seq,action,hash"),
    ] {
        let browser = world.browser(name);
        let listed = browser.get(list).await.ok();
        let total = listed["total"].as_u64().or_else(|| listed.as_array().map(|rows| rows.len() as u64)).unwrap();
        let asked = lines(&browser, &format!("{list}/export.xlsx?columns={columns}")).await;
        // Title, line of the export, heads.
        assert_eq!(asked.len() as u64, total + 3, "{list}");
        let heads = asked[2].iter().filter(|head| !head.is_empty()).count();
        assert_eq!(heads, columns.split(',').count(), "{list}");
        let unknown = browser.get(&format!("{list}/export.xlsx?columns=nonsense")).await;
        assert_eq!(unknown.code(), "export_column_unknown", "{list}");
    }
}

#[tokio::test]
async fn texts_that_look_like_formulas_or_script_leave_as_they_came() {
    let world = World::new().await;
    let office = world.browser("office");
    let hostile =
        ["=HYPERLINK(\"http://x\",\"点我\")", "+1+1", "-2+3", "@SUM(A1)", "<script>alert(1)</script>", "=cmd|'/C calc'!A0"];
    for text in hostile {
        let body = json!({ "command_id": uuid::Uuid::now_v7(), "source": "higher_feedback", "title": text, "category": text,
            "description": text, "place_text": text });
        let kept = office.post("/api/problems", body).await.ok();
        assert_eq!((kept["title"].as_str(), kept["category"].as_str()), (Some(text), Some(text)));
        let party = json!({ "command_id": uuid::Uuid::now_v7(), "name": text, "kind": "shop", "contact": text, "note": text,
            "unit_id": world.yunxi.units["east"] });
        assert_eq!(office.post("/api/parties", party).await.status, StatusCode::NO_CONTENT);
    }
    for path in [
        "/api/problems/export.xlsx?columns=number,title,category",
        "/api/parties/export.xlsx?columns=name,contact",
        "/api/statistics/pivot/export.xlsx?rows=category&columns=state",
        "/api/six-lists/export.xlsx",
        "/api/my/todo/export.xlsx?columns=kind,title",
    ] {
        let (_, kind, bytes) = crate::media::bytes(&office, path).await;
        assert!(kind.contains("spreadsheetml"), "{path}: {kind}");
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
        let mut texts = std::collections::BTreeSet::new();
        for sheet in book.sheet_names() {
            let formulas = book.worksheet_formula(&sheet).unwrap();
            assert!(formulas.cells().all(|(.., formula)| formula.is_empty()), "{path} {sheet}");
            let range = book.worksheet_range(&sheet).unwrap();
            texts.extend(range.rows().flatten().filter_map(|cell| match cell {
                calamine::Data::String(text) => Some(text.clone()),
                _ => None,
            }));
        }
        for text in hostile {
            assert!(texts.contains(text), "{path}: {text} in {texts:?}");
        }
    }
}

#[tokio::test]
async fn what_a_page_shows_whole_leaves_as_a_workbook_too() {
    let small = crate::assessment::Small::new().await;
    let office = small.browser("office");
    crate::task::urban_task(&small.world, "2026-03-20", false).await;
    let campaign = json!({ "command_id": uuid::Uuid::now_v7(), "name": "背街小巷整治", "goal": "40条", "from_on": "2026-03-01", "to_on": "2026-05-31" });
    office.put("/api/campaigns", campaign).await.ok();
    let gaps = format!("/api/duties/gaps?edition={}", small.edition);
    let matrix = format!("/api/duties/matrix?edition={}", small.edition);
    let crosswalk = format!("/api/crosswalk?one={}&other={}", small.edition, small.edition);
    let round = small.open(json!({ "site_ids": small.sites })).await["id"].as_str().unwrap().to_owned();
    let (sites, results) = (format!("/api/rounds/{round}"), format!("/api/rounds/{round}/results"));
    let quality = format!("/api/rounds/{round}/agreement");
    let (changes, readings) =
        (format!("/api/editions/{}/changes", small.edition), format!("/api/editions/{}/readings", small.edition));
    for (name, list, items, columns, least) in [
        ("office", "/api/campaigns", "", "name,tasks,state", 1),
        ("office", "/api/overview", "units", "unit,tasks,late_problems", 1),
        ("office", &gaps, "items", "kind,number,title", 1),
        ("office", "/api/lookbacks", "", "period,items", 0),
        ("office", "/api/facilities/gaps", "", "site,missing", 0),
        ("office", "/api/merits?kind=black_plate", "", "unit,on_time,state", 0),
        ("supervisor", "/api/referrals", "", "number,reason,hash", 0),
        ("office", &matrix, "criteria", "number,title,lead,support,gaps", 1),
        ("office", "/api/collectives", "", "name,kinds,means,decision", 0),
        ("office", &changes, "lines", "kind,old_number,new_number,role_now,rules", 0),
        ("office", &readings, "", "unit,leads,read,waiting", 0),
        ("office", &crosswalk, "links", "one,kind,other,state", 0),
        ("office", &sites, "site_list", "name,state,faults", 1),
        ("office", &results, "", "number,method,value,source", 0),
        ("office", "/api/verifications/oddities", "", "oddity,title", 0),
        ("office", "/api/verifications/sample", "", "title,result", 0),
        ("office", "/api/problems/rechecks", "", "title,after,risk", 0),
        ("office", "/api/rhythms", "", "name,kind,every,state", 6),
        ("admin", "/api/accounts/candidates?size=500", "items", "posts,standing", 1),
    ] {
        let browser = small.browser(name);
        let listed = browser.get(list).await.ok();
        let shown = if items.is_empty() { &listed } else { &listed[items] }.as_array().unwrap().len();
        let (path, query) = list.split_once('?').unwrap_or((list, ""));
        let below = if items == "site_list" { "/sites" } else { "" };
        let path = format!("{path}{below}");
        let asked = lines(&browser, &format!("{path}/export.xlsx?columns={columns}&{query}")).await;
        // Title, line of the export, heads.
        assert_eq!(asked.len(), shown + 3, "{list}");
        assert!(shown >= least, "{list}");
        let unknown = browser.get(&format!("{path}/export.xlsx?columns=nonsense&{query}")).await;
        assert_eq!(unknown.code(), "export_column_unknown", "{list}");
        let words = asked.iter().skip(3).flatten().filter(|cell| cell.contains('_')).count();
        assert_eq!(words, 0, "{list}: a code is no word");
    }
    assert_eq!(office.get("/api/referrals/export.xlsx").await.code(), "right_missing");
    // Lists whose lines are parts of what a page shows.
    let listed = office.get("/api/calendar/years").await.ok();
    let days = |name: &str| listed.as_array().unwrap().iter().map(|year| year[name].as_array().unwrap().len()).sum::<usize>();
    let calendar = lines(&office, "/api/calendar/years/export.xlsx?columns=day,kind").await;
    assert_eq!(calendar.len(), days("days_off") + days("make_up_days") + 3);
    let listed = office.get("/api/assessment-policies").await.ok();
    let parts = |one: &serde_json::Value, name: &str| one["policy"][name].as_array().unwrap().len();
    let all: usize = listed.as_array().unwrap().iter().map(|one| parts(one, "components") + parts(one, "adjustments")).sum();
    let policies = lines(&office, "/api/assessment-policies/export.xlsx?columns=policy,part,name,source,prices").await;
    assert_eq!(policies.len(), all + 3);
    let view = office.get(&quality).await.ok();
    let all: usize = ["inspectors", "items", "odd"].iter().map(|name| view[*name].as_array().unwrap().len()).sum();
    let asked = lines(&office, &format!("{quality}/export.xlsx?columns=part,name,pairs,why")).await;
    assert_eq!(asked.len(), all + 4, "and one for the whole");
    assert!(policies.iter().chain(&asked).flatten().all(|cell| !cell.contains('_')), "a code is no word");
}

#[tokio::test]
async fn an_export_speaks_the_language_of_the_reader() {
    let world = World::new().await;
    let units = |browser: Browser| async move { lines(&browser, "/api/units/export.xlsx?columns=code,kind").await };
    let (zh, en) = (units(world.browser("office")).await, units(world.browser("office").english()).await);
    assert_eq!((zh[2][1].as_str(), en[2][1].as_str()), ("类别", "Kind"));
    assert!(zh.iter().any(|row| row[1] == "街道") && en.iter().any(|row| row[1] == "Street"));
}

#[tokio::test]
async fn a_unit_tells_how_many_problems_it_has_open_and_the_ledger_shows_the_same() {
    let world = World::with_problems().await;
    let office = world.browser("office");
    let path = format!("/api/problems/{}", world.yunxi.problem);
    let version = office.get(&path).await.ok()["version"].clone();
    let urban = world.yunxi.units["urban"];
    let assign = json!({ "command_id": uuid::Uuid::now_v7(), "version": version, "command": "assign", "unit_id": urban,
                         "limit": { "unit": "natural_days", "count": 3 } });
    office.post(&format!("{path}/commands"), assign).await.ok();
    let open = office.get(&format!("/api/units/{urban}")).await.ok()["open_problems"].as_u64().unwrap();
    let listed = office.get(&format!("/api/problems?unit={urban}&state=assigned&state=rectifying&state=submitted")).await.ok();
    assert_eq!((open, listed["total"].as_u64()), (1, Some(1)));
}

#[tokio::test]
async fn a_kept_view_belongs_to_its_person_and_list() {
    let world = World::new().await;
    let (office, other) = (world.browser("office"), world.browser("supervisor"));
    let keep =
        |name: &str, query: &str| json!({ "command_id": uuid::Uuid::now_v7(), "list": "problems", "name": name, "query": query });
    office.post("/api/my/views", keep("超期", "clock=overdue")).await.ok();
    office.post("/api/my/views", keep(" 超期 ", "clock=overdue&street=1")).await.ok();
    let kept = office.get("/api/my/views?list=problems").await.ok();
    assert_eq!(kept, json!([{ "name": "超期", "query": "clock=overdue&street=1" }]), "the same name is replaced");
    assert_eq!(other.get("/api/my/views?list=problems").await.ok(), json!([]));
    assert_eq!(office.get("/api/my/views?list=sites").await.ok(), json!([]));
    for name in ["", "一二三四五六七八九十一二三四五六七八九十又"] {
        let refused = office.post("/api/my/views", keep(name, "q=1")).await;
        assert_eq!(refused.json()["errors"][0]["code"], "view_name_invalid", "{refused:?}");
    }
    let path = "/api/my/views?list=problems&name=%E8%B6%85%E6%9C%9F";
    assert_eq!(other.delete(path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(office.get("/api/my/views?list=problems").await.ok().as_array().unwrap().len(), 1, "another's view stays");
    assert_eq!(office.delete(path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(office.get("/api/my/views?list=problems").await.ok(), json!([]));
}
