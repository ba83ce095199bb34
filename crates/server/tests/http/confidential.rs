//! What is confidential is seen by those who must know of it, on every way that leads to a problem.

use serde_json::{Value, json};

use crate::desk::{act, new_id, registration, world_on};
use crate::media::photo_of;
use crate::on_both;
use crate::world::{Browser, World};

/// The ways by which a reader comes upon the problem.
async fn ways(browser: &Browser, [id, site, photo, assessment]: [&str; 4]) -> Vec<&'static str> {
    // 涉密
    let paths = [
        ("page", format!("/api/problems/{id}")),
        ("desk", format!("/api/problems/{id}/desk")),
        ("aside", format!("/api/problems/{id}/aside")),
        ("ledger", "/api/problems?q=%E6%B6%89%E5%AF%86".into()),
        ("columns", "/api/problems/board".into()),
        ("search", "/api/search?q=%E6%B6%89%E5%AF%86".into()),
        ("site", format!("/api/sites/{site}")),
        ("likely", format!("/api/problem-desk?site_id={site}&category=%E7%8E%AF%E5%A2%83%E5%8D%AB%E7%94%9F&title=x")),
        ("pivot", "/api/statistics/pivot?rows=category&columns=state".into()),
        ("photograph", format!("/api/media/{photo}/thumb")),
        ("facts", format!("/api/media/{photo}/facts")),
        ("assessment", format!("/api/assessments/{assessment}")),
    ];
    let mut found = Vec::new();
    for (way, path) in paths {
        let answer = browser.get(&path).await;
        let shows = match way {
            "page" | "desk" | "aside" | "photograph" | "facts" => answer.status.is_success(),
            "pivot" => answer.text.contains("环境卫生"),
            _ => answer.text.contains("涉密"),
        };
        if shows {
            found.push(way);
        }
    }
    let sites = browser.get("/api/sites").await;
    if sites.status.is_success() && sites.json()["totals"]["open_problems"] != 0 {
        found.push("count");
    }
    found
}

const EVERY: [&str; 13] = [
    "page",
    "desk",
    "aside",
    "ledger",
    "columns",
    "search",
    "site",
    "likely",
    "pivot",
    "photograph",
    "facts",
    "assessment",
    "count",
];

/// A published assessment that takes points for the problem, frozen with its title, as it was done before titles were kept out.
async fn assessed(world: &World) -> String {
    let office = world.browser("office");
    let body = json!({"command_id": new_id(), "name": "3月考核", "from": "2026-03-01", "until": "2026-03-31"});
    let draft = office.post("/api/assessments", body).await.ok();
    let id = draft["brief"]["id"].as_str().unwrap().to_owned();
    let step = json!({"command_id": new_id(), "version": 1});
    office.post(&format!("/api/assessments/{id}/publish"), step).await.ok();
    let city = &world.yunxi.city;
    let rows =
        yipanqi_store::testing::sql(city, "UPDATE assessment SET outcome = replace(outcome, '00001 环境卫生', '涉密改造')");
    rows.await;
    id
}

on_both!(
    async fn a_confidential_problem_is_hidden_from_the_units_of_its_place_on_every_way(made: (World, String) = world_on) {
        let (world, site) = made;
        let office = world.browser("office");
        let photo = photo_of(&office).await;
        let mut body = registration(&site, "涉密改造");
        body["media_ids"] = json!([photo]);
        let id = office.post("/api/problems", body).await.ok()["id"].as_str().unwrap().to_owned();
        let (unit, limit) = (world.yunxi.units["urban"].to_string(), json!({"unit": "working_days", "count": 3}));
        act(&office, &id, json!({"command": "assign", "unit_id": unit, "limit": limit})).await.ok();
        let assessment = assessed(&world).await;
        let seen = async |name: &str| ways(&world.browser(name), [&id, &site, &photo, &assessment]).await;
        let told = async || {
            let view = world.browser("other_street_head").get(&format!("/api/assessments/{assessment}")).await.ok();
            let row = view["units"].as_array().unwrap().iter().find(|row| row["name"] == "城市管理局").unwrap();
            (row["adjustments"][0]["note"].clone(), row["adjustments"][0]["link"].clone())
        };
        assert_eq!(told().await, (json!("00001 环境卫生"), json!("")), "to whom it is no matter");
        let of_place = ["street_head", "other_head"];
        for name in of_place {
            assert_eq!(seen(name).await, EVERY, "{name} before");
        }
        let before = seen("liaison").await;
        assert!(before.contains(&"page") && before.contains(&"photograph"), "{before:?}");

        let liaison = world.browser("liaison");
        let seal = |reason: &str| json!({"command": "seal", "reason": reason});
        assert_eq!(act(&liaison, &id, seal("请保密")).await.code(), "problem_not_yours");
        assert_eq!(act(&office, &id, seal(" ")).await.code(), "problem_reason_missing");
        let sealed = act(&office, &id, seal("涉及举报人")).await.ok();
        assert_eq!((&sealed["confidential"], &sealed["state"]), (&json!(true), &json!("assigned")));
        assert_eq!(sealed["steps"].as_array().unwrap().last().unwrap()["text"], "涉及举报人");
        assert_eq!(act(&office, &id, seal("再来")).await.code(), "problem_sealed");

        for name in of_place {
            assert_eq!(seen(name).await, [""; 0], "{name} must not know");
        }
        assert_eq!(told().await, (json!("00001"), json!("")));
        for name in ["office", "supervisor", "leader"] {
            assert_eq!(seen(name).await, EVERY, "{name} must know");
        }
        assert_eq!(seen("liaison").await, before, "the unit that puts it right sees as before");
        assert_eq!(seen("other_street_head").await, [""; 0]);
        let ask = json!({"command_id": new_id(), "new_party": {"name": "小店", "kind": "shop"}, "days": 7});
        assert_eq!(liaison.post(&format!("/api/problems/{id}/parties"), ask).await.code(), "party_confidential");

        let total = async |query: &str| office.get(&format!("/api/problems?{query}")).await.ok()["total"].clone();
        assert_eq!((total("confidential=true").await, total("confidential=false").await), (json!(1), json!(0)));
        let sheet = office.get("/api/problems/export.xlsx?columns=number,confidential").await;
        assert!(sheet.status.is_success(), "{sheet:?}");

        // A supporting unit puts it right as well, and so sees it; then the door is open again.
        let unseal = json!({"command": "unseal", "reason": "已核实"});
        assert_eq!(act(&office, &id, unseal.clone()).await.ok()["confidential"], false);
        assert_eq!(act(&office, &id, unseal).await.code(), "problem_not_sealed");
        for name in of_place {
            assert_eq!(seen(name).await, EVERY, "{name} after");
        }
    }
);

#[tokio::test]
async fn the_office_alone_registers_confidentially_and_supporting_units_see_it() {
    let (world, site) = world_on(crate::world::Backend::Sqlite).await;
    let mut body = registration(&site, "涉密线索");
    body["confidential"] = true.into();
    let mut of_unit = body.clone();
    of_unit["command_id"] = new_id().into();
    assert_eq!(world.browser("street_head").post("/api/problems", of_unit).await.code(), "problem_not_yours");
    let office = world.browser("office");
    let made = office.post("/api/problems", body).await.ok();
    assert_eq!(made["confidential"], true);
    let id = made["id"].as_str().unwrap();
    let page = async |name: &str| world.browser(name).get(&format!("/api/problems/{id}")).await.code();
    assert_eq!(page("other_head").await, "problem_not_found");
    let unit = |name: &str| Value::from(world.yunxi.units[name].to_string());
    let limit = json!({"unit": "working_days", "count": 3});
    let order = json!({"command": "assign", "unit_id": unit("urban"), "supporting": [unit("market")], "limit": limit});
    act(&office, id, order).await.ok();
    assert_eq!((page("other_head").await, page("street_head").await), (String::new(), "problem_not_found".into()));
    let told = world.browser("street_head").get("/api/my/notices").await;
    assert!(!told.text.contains("涉密"), "{told:?}");
}
