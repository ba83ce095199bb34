//! What stands beside the findings, what is at stake, and the assessment of units, over HTTP alone.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::matching::ChangeKind;
use yipanqi_domain::framework::{Edition, NegativeEffect, NegativeItem, Scoring};
use yipanqi_domain::id::{CriterionId, RoundId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::{RoundKind, RoundState};
use yipanqi_store::framework::{self, NegativeRow};
use yipanqi_store::round::Round;
use yipanqi_store::site::Site;
use yipanqi_store::{Author, checklist, comparison, site};

use crate::assessment::{Small, command, results};
use crate::world::Backend;

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

/// The small city with a negative list, and a round whose sites are all visited.
async fn visited() -> (Small, String) {
    visited_on(Backend::Sqlite).await
}

async fn visited_on(backend: Backend) -> (Small, String) {
    let small = Small::on(backend).await;
    let by = Author { person: None, name: "test".into() };
    let tx = small.world.yunxi.city.write(by, small.world.app.clock().now()).await.unwrap();
    let row = |number: &str, effect| NegativeRow {
        id: Uuid::now_v7(),
        item: NegativeItem { number: number.into(), situation: format!("情形{number}"), effect },
        decider_name: "市纪委".into(),
        words: String::new(),
    };
    let deduct = NegativeEffect::Deduct { points: exact("0.5"), per: "起".into() };
    framework::save_negative_items(&tx, small.edition, &[row("1", deduct), row("2", NegativeEffect::Veto)]).await.unwrap();
    yipanqi_store::calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
    tx.commit().await.unwrap();
    let round = small.open(json!({ "site_ids": small.sites })).await;
    let id = round["id"].as_str().unwrap().to_owned();
    for (site, results) in small.sites.iter().zip(results()) {
        small.visit(&id, *site, results).await;
    }
    small.score_of(&id).await;
    (small, id)
}

#[tokio::test]
async fn an_incident_costs_points_while_it_stands_and_gives_them_back_when_withdrawn() {
    let (small, round) = visited().await;
    let office = small.browser("office");
    let path = format!("/api/editions/{}/incidents", small.edition);
    let incident = |number: &str, day: &str| {
        json!({ "command_id": command(), "number": number, "count": 2, "occurred_on": day, "title": "通报", "source": "市应急局",
            "unit_ids": [small.world.yunxi.units["market"]] })
    };
    for (body, code) in [
        (incident("9", "2026-03-01"), "negative_item_not_found"),
        (incident("1", "2026-03-03"), "incident_in_future"),
        (
            json!({ "command_id": command(), "number": "1", "count": 0, "occurred_on": "2026-03-01", "title": "x", "source": "y" }),
            "incident_count_zero",
        ),
    ] {
        assert_eq!(office.post(&path, body).await.json()["errors"][0]["code"], code);
    }
    let score = async || small.score_of(&round).await;
    let before = score().await;
    let deduct = office.post(&path, incident("1", "2026-03-01")).await.ok();
    let veto = office.post(&path, incident("2", "2026-02-01")).await.ok();
    assert_eq!(score().await["after_deductions"], before["after_deductions"], "what is only alleged costs nothing");
    assert_eq!((deduct["state"].as_str(), &deduct["allowed"]), (Some("alleged"), &json!(["decide", "withdraw"])));

    let step = async |incident: &Value, step: &str, version: &Value| {
        let body = json!({ "command_id": command(), "version": version, "reason": "市纪委〔2026〕3号" });
        office.post(&format!("/api/incidents/{}/{step}", incident["id"].as_str().unwrap()), body).await
    };
    let stands = step(&deduct, "decide", &deduct["version"]).await.ok();
    let vetoed = step(&veto, "decide", &veto["version"]).await.ok();
    assert_eq!(step(&deduct, "decide", &stands["version"]).await.code(), "incident_state");
    let with = score().await;
    let lost = &exact(before["after_deductions"]["exact"].as_str().unwrap())
        - &exact(with["after_deductions"]["exact"].as_str().unwrap());
    assert_eq!(lost, exact("1"), "two at half a point");
    assert_eq!((with["earned"].clone(), with["vetoes"][0]["number"].as_str()), (before["earned"].clone(), Some("2")));
    assert_eq!(with["deductions"][0]["situation"], "情形1");
    let board = office.get("/api/board").await.ok()["score"].clone();
    assert_eq!(
        (&board["negative"]["after_deductions"], &board["negative"]["vetoes"], &board["lost"]),
        (&with["after_deductions"], &json!(["2"]), &with["lost"]),
        "the board says so too"
    );

    assert_eq!(step(&veto, "withdraw", &veto["version"]).await.code(), "version_conflict");
    let gone = step(&veto, "withdraw", &vetoed["version"]).await.ok();
    assert_eq!((gone["state"].as_str(), gone["withdrawal"].as_str()), (Some("withdrawn"), Some("市纪委〔2026〕3号")));
    assert_eq!(score().await["vetoes"], json!([]));
    assert_eq!(office.get("/api/board").await.ok()["score"]["negative"]["vetoes"], json!([]));
    let listed = office.get(&path).await.ok();
    assert_eq!(
        (listed["items"][0]["points"]["value"].as_str(), listed["incidents"].as_array().unwrap().len()),
        (Some("0.50"), 2)
    );
    assert_eq!(small.browser("liaison").post(&path, incident("1", "2026-03-01")).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_cycle_weighs_official_and_own_results() {
    let (small, round) = visited().await;
    let office = small.browser("office");
    let framework = {
        let tx = small.world.yunxi.city.read().await.unwrap();
        framework::frameworks(&tx).await.unwrap()[0].id
    };
    let enter = |year: i64, result: &str, source: &str| json!({ "command_id": command(), "year": year, "result": result, "source": source });
    let path = format!("/api/frameworks/{framework}/years");
    assert_eq!(office.post(&path, enter(2024, "80", " ")).await.json()["errors"][0]["code"], "required");
    for impossible in ["-1", "900"] {
        let refused = office.post(&path, enter(2026, impossible, "省文明办通报")).await.json();
        assert_eq!(refused["errors"][0]["code"], "result_out_of_range", "{impossible}");
    }
    let open = office.post(&path, enter(2024, "80", "省文明办通报")).await.ok();
    assert_eq!(
        (&open["years"][2]["own"], open["covered_weight"].as_str()),
        (&Value::Null, Some("15")),
        "a round still open is no year"
    );
    let score = small.score_of(&round).await;
    small.close(&round).await;
    let cycle = office.post(&path, enter(2025, "90", "省文明办通报")).await.ok();
    let years: Vec<_> =
        cycle["years"].as_array().unwrap().iter().map(|year| (year["year"].as_i64(), year["weight"].as_str())).collect();
    assert_eq!(years, [(Some(2024), Some("15")), (Some(2025), Some("25")), (Some(2026), Some("60"))]);
    let own = exact(cycle["years"][2]["own"]["exact"].as_str().unwrap());
    let number = |what: &str| exact(score[what]["exact"].as_str().unwrap());
    let forecast = (&number("earned") * &number("points")).checked_div(&number("covered")).unwrap();
    assert!(number("covered") < number("points"));
    assert_eq!(
        (&own, &cycle["years"][2]["coverage"]),
        (&forecast, &score["coverage"]),
        "the unmeasured counts neither as 0 nor as full"
    );
    // 15 % of 80, 25 % of 90, 60 % of the city's own score.
    let expected = &exact("34.5") + &(&own * &exact("0.6"));
    assert_eq!(exact(cycle["total"]["exact"].as_str().unwrap()), expected);
    assert_eq!(cycle["covered_weight"], "100");
    let announced = office.post(&path, enter(2026, "91.5", "中央文明办公布")).await.ok();
    assert_eq!(announced["total"]["value"], "89.40");
}

#[tokio::test]
async fn what_is_at_stake_adds_up_to_what_a_plan_returns() {
    let (small, round) = visited().await;
    let office = small.browser("office");
    {
        // The third site takes its industry unit from its type.
        let place = &small.world.yunxi;
        let by = Author { person: None, name: "test".into() };
        let mut tx = place.city.write(by, small.world.app.clock().now()).await.unwrap();
        let mut of_type = checklist::site_types(&tx).await.unwrap()[0].clone();
        of_type.industry_unit = Some(place.units["market"]);
        checklist::save_site_type(&tx, &of_type).await.unwrap();
        let third = site::get(&tx, small.sites[2]).await.unwrap();
        site::update(&tx, &Site { industry_unit: None, ..third }).await.unwrap();
        tx.audit("test", "site", "third", &()).unwrap();
        tx.commit().await.unwrap();
    }
    let path = format!("/api/rounds/{round}/score/stakes");
    let stakes = office.get(&path).await.ok();
    let rows = stakes["rows"].as_array().unwrap();
    let kinds: Vec<_> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"site") && kinds.contains(&"result") && !kinds.contains(&"problem"), "{kinds:?}");
    let sites: Vec<_> = rows.iter().filter(|row| row["kind"] == "site").collect();
    let plan = json!({ "keys": sites.iter().map(|row| row["key"].clone()).collect::<Vec<_>>() });
    let scenario = office.post(&format!("/api/rounds/{round}/score/scenario"), plan).await.ok();
    let number = |value: &Value| exact(value["exact"].as_str().unwrap());
    let score = small.score_of(&round).await;
    // Every site put right: nothing is lost of what was measured.
    assert_eq!(number(&scenario["gain"]), &number(&score["covered"]) - &number(&score["earned"]));
    assert_eq!((scenario["known"].as_u64(), scenario["rate"]["value"].as_str()), (Some(sites.len() as u64), Some("100.00")));
    let single: Exact = sites.iter().map(|row| number(&row["gain"])).sum();
    assert_eq!(single, number(&scenario["gain"]), "site scope adds up");
    let filing = rows.iter().find(|row| row["kind"] == "result" && row["gain"]["value"] == "2.0000").unwrap();
    assert!(filing["days"].as_u64().unwrap() >= 1);
    assert_eq!(filing["criterion_ids"].as_array().unwrap().len(), 1, "a task drawn from it keeps its criterion");
    let west_site = sites.iter().find(|row| row["title"] == "第3市场").unwrap();
    assert_eq!(west_site["units"][0]["name"], "西街街道", "the place comes first, not the smallest number");
    let market = office.get(&format!("{path}?kind=site&unit={}", small.world.yunxi.units["market"])).await.ok();
    assert_eq!(market["total"].as_u64(), Some(sites.len() as u64), "whoever bears a loss by the site's type finds its sites");

    let west = small.browser("other_street_head").get(&path).await.ok();
    let seen: Vec<_> = west["rows"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap()).collect();
    assert_eq!(seen, ["第3市场"]);
    let east = office.get(&format!("{path}?kind=site&unit={}", small.world.yunxi.units["east"])).await.ok();
    assert_eq!(east["total"], 1);
}

crate::on_both!(
    async fn whose_loss_it_is_adds_up_and_opens_down_to_the_site(seen: (Small, String) = visited_on) {
        let (small, round) = seen;
        let office = small.browser("office");
        let path = format!("/api/rounds/{round}/losses");
        let table = office.get(&path).await.ok();
        let rows = table["rows"].as_array().unwrap();
        let sum = |rows: &[Value], what: &str| rows.iter().map(|row| exact(row["lost"][what].as_str().unwrap())).sum::<Exact>();
        assert_eq!(sum(rows, "value").published(2), table["lost"]["value"].as_str().unwrap(), "the published table adds up");
        assert_eq!(sum(rows, "exact"), exact(table["lost"]["exact"].as_str().unwrap()));
        let named: Vec<_> = rows.iter().map(|row| row["unit"]["name"].as_str().unwrap()).collect();
        assert_eq!(named, ["市场监督管理局", "西街街道", "东街街道"], "half of each site's loss is its industry unit's");
        assert_eq!((table["sites_shared"].as_str(), table["results_shared"].as_str()), (Some("1 : 1"), Some("7 : 3")));

        let ranked = office.get(&format!("/api/rounds/{round}/ranking?group=street")).await.ok();
        for row in ranked["rows"].as_array().unwrap() {
            let opened = office.get(&format!("{path}/units/{}?below=true", row["unit"]["id"].as_str().unwrap())).await.ok();
            let sites = opened["sites"].as_array().unwrap();
            let sum = |what: &str| sites.iter().map(|site| exact(site[what]["exact"].as_str().unwrap())).sum::<Exact>();
            let rate = (&(&sum("possible") - &sum("lost")) * &exact("100")).checked_div(&sum("possible")).unwrap();
            assert_eq!((sites.len() as u64, rate.as_fraction()), (row["sites"].as_u64().unwrap(), row["rate"]["exact"].as_str().unwrap().to_owned()));
        }
        let market = small.world.yunxi.units["market"];
        let own = office.get(&format!("{path}/units/{market}")).await.ok();
        let parts = own["parts"].as_array().unwrap();
        let borne: Exact = parts.iter().map(|part| exact(part["loss"]["exact"].as_str().unwrap())).sum();
        assert_eq!(borne, exact(rows[0]["lost"]["exact"].as_str().unwrap()));
        assert_eq!(own["lost_at_sites"], table["lost"], "all sites are of its industry");
        assert!(parts.iter().all(|part| part["site"]["code"].is_string() && part["measure_id"].is_string()));
        let west = small.browser("other_street_head");
        let seen = west.get(&path).await.ok()["rows"].clone();
        assert_eq!((seen[0]["unit"]["name"].as_str(), seen.as_array().unwrap().len()), (Some("西街街道"), 1));
        assert_eq!(west.get(&format!("{path}/units/{market}")).await.code(), "place_not_yours");
        assert_eq!(office.get(&format!("{path}/units/{}", Uuid::now_v7())).await.code(), "unit_not_found");

        let detail = office.get(&format!("/api/rounds/{round}/score/measures/{}", small.measures[1])).await.ok();
        let worst = &detail["sites"][0];
        let shares: Exact = worst["units"].as_array().unwrap().iter().map(|one| exact(one["loss"]["exact"].as_str().unwrap())).sum();
        assert_eq!(shares, exact(worst["loss"]["exact"].as_str().unwrap()));
        assert!(worst["findings"][0]["visit_id"].is_string());
    }
);

#[tokio::test]
async fn the_city_decides_how_losses_are_shared_and_who_is_ranked() {
    let (small, round) = visited().await;
    let office = small.browser("office");
    let policy = office.get("/api/score-policy").await.ok();
    assert_eq!(
        (policy["territorial"].as_str(), policy["lead"].as_str(), policy["minimum_sites"].as_u64()),
        (Some("1"), Some("7"), Some(5))
    );
    let set = |territorial: &str, industry: &str, seen: &Value| {
        json!({ "command_id": command(), "seen": seen, "territorial": territorial, "industry": industry, "lead": "7", "support": "3",
            "minimum_sites": 1, "decimals": 2 })
    };
    for (territorial, industry) in [("0", "0"), ("-1", "1")] {
        let refused = office.put("/api/score-policy", set(territorial, industry, &policy["seen"])).await;
        assert_eq!(refused.json()["errors"][0]["code"], "loss_weights");
    }
    assert_eq!(small.browser("head").put("/api/score-policy", set("3", "1", &policy["seen"])).await.code(), "right_missing");
    let changed = office.put("/api/score-policy", set("3", "1", &policy["seen"])).await.ok();
    assert_eq!(changed["territorial"], "3");
    assert_eq!(office.put("/api/score-policy", set("1", "1", &policy["seen"])).await.code(), "version_conflict");
    small.score_of(&round).await;
    let losses = office.get(&format!("/api/rounds/{round}/losses")).await.ok();
    assert_eq!(losses["sites_shared"], "3 : 1");
    let share = |name: &str| {
        let row = losses["rows"].as_array().unwrap().iter().find(|row| row["unit"]["name"] == name).unwrap();
        exact(row["share"]["exact"].as_str().unwrap())
    };
    assert_eq!(share("市场监督管理局"), exact("25"), "a quarter of every site's loss");
    let ranked = office.get(&format!("/api/rounds/{round}/ranking?group=street")).await.ok();
    assert!(ranked["rows"].as_array().unwrap().iter().all(|row| row["rank"].is_u64()), "one site is enough now");

    // A side that bears nothing has lost at its sites all the same, as its field score says.
    office.put("/api/score-policy", set("1", "0", &changed["seen"])).await.ok();
    small.score_of(&round).await;
    let view = drafted(&small, &round).await;
    let field = &row(&view, "市场监督管理局")["components"][0];
    let market = small.world.yunxi.units["market"];
    let own = office.get(&format!("/api/rounds/{round}/losses/units/{market}?below=true")).await.ok();
    let number = |figure: &Value| exact(figure["exact"].as_str().unwrap());
    assert_eq!((own["lost"]["value"].as_str(), own["parts"].as_array().unwrap().len()), (Some("0.00"), 0));
    assert_eq!(number(&own["lost_at_sites"]), &number(&field["possible"]) - &number(&field["reached"]));
    assert!(number(&own["lost_at_sites"]) > Exact::zero());
}

crate::on_both!(
    async fn a_filing_figure_lists_the_measures_that_the_unit_leads(seen: (Small, String) = visited_on) {
        let (small, round) = seen;
        let (office, city) = (small.browser("office"), &small.world.yunxi.city);
        let tx = city.write(Author { person: None, name: "test".into() }, small.world.app.clock().now()).await.unwrap();
        let mut nodes = framework::edition(&tx, small.edition).await.unwrap().nodes.clone();
        for node in nodes.iter_mut().filter(|node| ["1-4", "1-5"].contains(&node.number.as_str())) {
            let unit = Some(small.world.yunxi.units["urban"]);
            node.duties = vec![framework::Duty { unit, name_given: "城管局".into(), role: framework::DutyRole::Lead }];
        }
        framework::save_nodes(&tx, small.edition, &nodes).await.unwrap();
        tx.commit().await.unwrap();
        for (measure, value) in [(3, json!({"kind": "ratio", "observed": 90, "total": 100})), (4, json!({"kind": "points", "points": "1.5"}))] {
            let body = json!({ "command_id": command(), "round_id": round, "measure_id": small.measures[measure], "value": value, "source": "评审" });
            office.post("/api/results", body).await.ok();
        }
        small.score_of(&round).await;
        let view = drafted(&small, &round).await;
        let components = &row(&view, "城市管理局")["components"];
        for (component, number, measure, reached, possible) in [(3, "1-5", 4, "1.50", "2.00"), (4, "1-4", 3, "0.75", "1.00")] {
            let component = &components[component];
            let [part] = component["parts"].as_array().unwrap().as_slice() else { panic!("{component}") };
            let link = format!("/score?round={round}&measure={}", small.measures[measure]);
            assert_eq!((part["number"].as_str(), part["link"].as_str()), (Some(number), Some(link.as_str())));
            assert_eq!((&part["reached"]["value"], &part["possible"]["value"]), (&json!(reached), &json!(possible)));
            assert_eq!((&part["reached"], &part["possible"]), (&component["reached"], &component["possible"]), "the parts are the figure");
        }
        assert_eq!(row(&view, "西街街道")["components"][3]["parts"], json!([]));
        let id = view["brief"]["id"].as_str().unwrap();
        assert_eq!(office.get(&format!("/api/assessments/{id}/verify")).await.ok()["identical"], true);
    }
);

#[tokio::test]
async fn tasks_count_in_an_assessment_by_themselves_and_every_number_opens_what_it_counts() {
    let (small, round) = visited().await;
    for (due_on, done) in [("2026-03-20", true), ("2026-03-31", false), ("2026-04-01", false)] {
        crate::task::urban_task(&small.world, due_on, done).await;
    }
    let view = drafted(&small, &round).await;
    let tasks = &row(&view, "城市管理局")["components"][2];
    assert_eq!((tasks["key"].as_str(), tasks["rate"]["value"].as_str()), (Some("tasks"), Some("50.00")));
    let link = tasks["link"].as_str().unwrap();
    let listed = small.browser("office").get(&format!("/api{link}")).await.ok();
    assert_eq!((listed["total"].as_u64(), tasks["denominator"].as_u64()), (Some(2), Some(2)), "{link}");
    let west = &row(&view, "西街街道")["components"];
    assert!(west[2]["rate"].is_null(), "nothing was asked of it");
    assert!(west[0]["link"].as_str().unwrap().starts_with("/score/losses?round="));
}

#[tokio::test]
async fn the_boards_map_shows_a_department_where_its_own_late_problems_lie() {
    let small = Small::new().await;
    let office = small.browser("office");
    let tx =
        small.world.yunxi.city.write(Author { person: None, name: "test".into() }, small.world.app.clock().now()).await.unwrap();
    yipanqi_store::calendar::save_year(&tx, 2026, &yipanqi_domain::calendar::Year::default()).await.unwrap();
    tx.commit().await.unwrap();
    let body = json!({ "command_id": command(), "source": "higher_feedback", "title": "占道经营", "category": "环境卫生", "site_id": small.sites[0] });
    let problem = office.post("/api/problems", body).await.ok();
    let path = format!("/api/problems/{}", problem["id"].as_str().unwrap());
    let act = async |body: Value| {
        let mut body = body;
        (body["command_id"], body["version"]) = (command().into(), office.get(&path).await.ok()["version"].clone());
        office.post(&format!("{path}/commands"), body).await.ok()
    };
    if office.get(&path).await.ok()["state"] == "reported" {
        act(json!({ "command": "file" })).await;
    }
    act(json!({ "command": "assign", "unit_id": small.world.yunxi.units["urban"], "limit": { "unit": "natural_hours", "count": 1 } })).await;
    small.world.at("2026-03-02T11:00:00+08:00");
    let head = small.browser("head");
    let streets = head.get("/api/board").await.ok()["streets"].clone();
    let east = streets.as_array().unwrap().iter().find(|row| row["name"] == "东街街道").expect("the street is shown").clone();
    let listed = head.get(&format!("/api{}", east["link"].as_str().unwrap())).await.ok();
    assert_eq!((east["late"].as_u64(), listed["total"].as_u64()), (Some(1), Some(1)));
}

/// A draft for March, seen by the office.
async fn drafted(small: &Small, round: &str) -> Value {
    let body =
        json!({ "command_id": command(), "name": "3月考核", "from": "2026-03-01", "until": "2026-03-31", "round_id": round });
    small.browser("office").post("/api/assessments", body).await.ok()
}

fn row<'a>(view: &'a Value, name: &str) -> &'a Value {
    view["units"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap()
}

async fn lenient_policy(small: &Small) {
    let mut policy = small.browser("office").get("/api/assessment-policies").await.ok()[0]["policy"].clone();
    policy["minimum_covered"] = json!("0");
    for component in policy["components"].as_array_mut().unwrap() {
        component["minimum"] = json!(0);
    }
    let body = json!({ "command_id": command(), "name": "2026年考核办法", "effective_on": "2026-01-01", "policy": policy });
    small.browser("office").post("/api/assessment-policies", body).await.ok();
}

#[tokio::test]
async fn an_assessment_is_drafted_published_appealed_and_corrected() {
    let (small, round) = visited().await;
    lenient_policy(&small).await;
    let office = small.browser("office");
    let draft = drafted(&small, &round).await;
    let id = draft["brief"]["id"].as_str().unwrap();
    let path = format!("/api/assessments/{id}");
    assert_eq!(row(&draft, "西街街道")["total"]["value"], "0.00");
    assert_eq!(row(&draft, "城市管理局")["reason"], "没有可计分的数据，不排名");
    assert_eq!(small.browser("head").get(&path).await.code(), "assessment_not_found", "a draft is not shown to units");

    let fact = json!({ "command_id": command(), "version": 1, "unit_id": small.world.yunxi.units["west"], "component": "survey",
        "reached": "88.4", "possible": "100", "denominator": 200, "source": "入户调查" });
    let entered = office.post(&format!("{path}/facts"), fact.clone()).await.ok();
    assert_eq!(office.post(&format!("{path}/facts"), fact).await.ok()["brief"]["version"], entered["brief"]["version"]);
    let event = json!({ "command_id": command(), "version": 2, "unit_id": small.world.yunxi.units["east"], "adjustment": "exposure",
        "finder": "media", "repeats": 1, "count": 1, "note": "电视台曝光" });
    let entered = office.post(&format!("{path}/events"), event).await.ok();
    assert_eq!(row(&entered, "东街街道")["adjustments"][0]["points"]["value"], "-2.00");
    // 0 × 50 + 88.4 × 5, of 55.
    assert_eq!(row(&entered, "西街街道")["total"]["value"], "8.04");
    let unknown = json!({ "command_id": command(), "version": 3, "unit_id": small.world.yunxi.units["west"], "component": "weather",
        "reached": "1", "possible": "1", "denominator": 1, "source": "x" });
    assert_eq!(office.post(&format!("{path}/facts"), unknown).await.json()["errors"][0]["code"], "assessment_key_unknown");

    let appeal = |unit: &str| json!({ "command_id": command(), "unit_id": small.world.yunxi.units[unit], "subject": "field", "reason": "点位不归我街道" });
    let west = small.browser("other_street_head");
    assert_eq!(west.post(&format!("{path}/appeals"), appeal("west")).await.code(), "assessment_not_found");
    let step = |version: i64| json!({ "command_id": command(), "version": version });
    assert_eq!(office.post(&format!("{path}/publish"), step(2)).await.code(), "version_conflict");
    let published = office.post(&format!("{path}/publish"), step(3)).await.ok();
    assert_eq!(published["brief"]["appeal_until"], "2026-03-05T10:00:00Z");
    assert_eq!(office.post(&format!("{path}/refresh"), step(4)).await.code(), "assessment_published");
    let first_hash = published["brief"]["outcome_hash"].clone();

    assert_eq!(west.post(&format!("{path}/appeals"), appeal("east")).await.status, StatusCode::FORBIDDEN);
    let filed = west.post(&format!("{path}/appeals"), appeal("west")).await.ok();
    assert!(small.browser("street_head").get(&path).await.ok()["appeals"].as_array().unwrap().is_empty());
    let decide = format!("/api/appeals/{}/decide", filed["id"].as_str().unwrap());
    let correction = json!([{ "correction": "fact", "unit": small.world.yunxi.units["west"], "component": "field", "fact":
        { "reached": "9", "possible": "10", "denominator": 1, "source": "复核" } }]);
    let verdict = |corrections: Value| json!({ "command_id": command(), "version": 1, "state": "accepted", "decision": "经复核属实", "corrections": corrections });
    assert_eq!(west.post(&decide, verdict(json!([]))).await.status, StatusCode::FORBIDDEN);
    assert_eq!(office.post(&decide, verdict(json!([]))).await.json()["errors"][0]["code"], "appeal_without_correction");
    for (component, reached, code) in [("weather", "9", "correction_misfit"), ("field", "11", "assessment_fact_out_of_range")] {
        let mut wrong = correction.clone();
        (wrong[0]["component"], wrong[0]["fact"]["reached"]) = (component.into(), reached.into());
        assert_eq!(office.post(&decide, verdict(wrong)).await.json()["errors"][0]["code"], code);
    }
    let corrected = office.post(&decide, verdict(correction.clone())).await.ok();
    assert_eq!((corrected["brief"]["ordinal"].as_i64(), corrected["brief"]["reason"].as_str()), (Some(2), Some("经复核属实")));
    assert_eq!(
        (row(&corrected, "西街街道")["changed"].as_bool(), row(&corrected, "城市管理局")["changed"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(row(&corrected, "西街街道")["total"]["value"], "89.85");
    assert_eq!(office.post(&decide, verdict(correction)).await.code(), "appeal_decided");
    let old = office.get(&path).await.ok();
    assert_eq!(
        (old["brief"]["outcome_hash"].clone(), row(&old, "西街街道")["total"]["value"].as_str()),
        (first_hash, Some("8.04"))
    );

    for version in corrected["versions"].as_array().unwrap() {
        let verified = office.get(&format!("/api/assessments/{}/verify", version["id"].as_str().unwrap())).await.ok();
        assert_eq!(verified["identical"], true);
    }
    small.world.at("2026-03-05T18:00:01+08:00");
    let newest = corrected["brief"]["id"].as_str().unwrap();
    let late = small.browser("other_street_head").post(&format!("/api/assessments/{newest}/appeals"), appeal("west")).await;
    assert_eq!(late.code(), "appeal_too_late");
    let workbook = office.get(&format!("/api/assessments/{newest}/export.xlsx")).await;
    assert_eq!(workbook.status, StatusCode::OK);
}

#[tokio::test]
async fn a_tampered_assessment_is_found_out_and_a_strange_policy_explained() {
    let (small, round) = visited().await;
    let office = small.browser("office");
    let mut policy = office.get("/api/assessment-policies").await.ok()[0]["policy"].clone();
    policy["components"][0]["weight"] = json!("30");
    let body = json!({ "command_id": command(), "name": "试行", "effective_on": "2026-01-01", "policy": policy });
    let added = office.post("/api/assessment-policies", body).await.ok();
    assert_eq!(added["flaws"][0], "权重合计80，不是100；各项按占合计的比例计算");
    let empty = json!({ "command_id": command(), "name": "空", "effective_on": "2026-01-01", "policy": { "components": [] } });
    assert_eq!(office.post("/api/assessment-policies", empty).await.json()["errors"][0]["code"], "assessment_without_components");
    for (decimals, refused) in [(7, true), (4_000_000_000_u64, true), (6, false)] {
        policy["decimals"] = decimals.into();
        let body = json!({ "command_id": command(), "name": "试行", "effective_on": "2025-01-01", "policy": policy });
        let answer = office.post("/api/assessment-policies", body).await;
        assert_eq!(answer.text.contains("ranking_decimals"), refused, "{decimals}: {answer:?}");
    }
    let draft = drafted(&small, &round).await;
    let id = draft["brief"]["id"].as_str().unwrap();
    assert_eq!(draft["flaws"].as_array().unwrap().len(), 1);
    let step = json!({ "command_id": command(), "version": 1 });
    office.post(&format!("/api/assessments/{id}/publish"), step).await.ok();
    let city = &small.world.yunxi.city;
    yipanqi_store::testing::sql(city, "UPDATE assessment SET outcome = outcome || ' '").await;
    let verified = office.get(&format!("/api/assessments/{id}/verify")).await.ok();
    assert_eq!(verified["identical"], false);
}

#[tokio::test]
async fn the_index_is_read_by_period_and_units_see_their_own_course() {
    let (small, round) = visited().await;
    let office = small.browser("office");
    assert_eq!(office.get("/api/index").await.ok()["periods"][0]["open"], 1, "a round still open is marked");
    small.close(&round).await;
    let index = office.get("/api/index").await.ok();
    assert_eq!(index["periods"][0]["open"], 0);
    assert_eq!((index["framework"].as_str(), index["periods"][0]["period"].as_str()), (Some("文明城市"), Some("2026-03")));
    let score = small.score_of(&round).await;
    assert_eq!(index["periods"][0]["index"], score["rate"]);
    assert_eq!(office.get("/api/index?by=quarter").await.ok()["periods"][0]["period"], "2026-Q1");
    assert_eq!(index["units"].as_array().unwrap().len(), 2);
    // A higher level's round has no edition and no findings of our own, and is the day of an assessment all the same.
    let city = &small.world.yunxi.city;
    let mut tx = city.write(Author { person: None, name: "test".into() }, small.world.app.clock().now()).await.unwrap();
    let external = Round {
        id: RoundId::new(Uuid::now_v7()),
        number: "2026-09".into(),
        name: "省级测评".into(),
        kind: RoundKind::External,
        state: RoundState::Closed,
        edition: None,
        opened_on: "2026-03-10".parse().unwrap(),
        due_on: None,
        closed_at: Some(Moment::parse("2026-03-12T18:00:00+08:00").unwrap()),
        draw: None,
        version: 0,
    };
    yipanqi_store::round::add(&tx, &external, &[]).await.unwrap();
    tx.audit("test", "round", "external", &()).unwrap();
    tx.commit().await.unwrap();
    let assessed = office.get("/api/index").await.ok()["assessed"].clone();
    assert_eq!((assessed[0]["day"].as_str(), assessed.as_array().unwrap().len()), (Some("2026-03-12"), 1));
    let own = small.browser("street_head").get("/api/index").await.ok();
    let seen: Vec<_> = own["units"].as_array().unwrap().iter().map(|unit| unit["unit"]["name"].as_str().unwrap()).collect();
    assert_eq!(seen, ["东街街道"]);
}

/// Another edition of the small city whose criteria say the same in other words and for other points.
async fn next_edition(small: &Small) -> (Uuid, Vec<CriterionId>) {
    let city = &small.world.yunxi.city;
    let mut tx = city.write(Author { person: None, name: "test".into() }, small.world.app.clock().now()).await.unwrap();
    let old = framework::edition(&tx, small.edition).await.unwrap();
    let id = Uuid::now_v7();
    let row = framework::EditionRow {
        id,
        code: "civilized_city-2027".into(),
        name: "2027版".into(),
        year: Some(2027),
        version: 0,
        ..old.row.clone()
    };
    framework::save_edition(&tx, &row).await.unwrap();
    let new_ids: std::collections::HashMap<CriterionId, CriterionId> =
        old.nodes.iter().map(|node| (node.id, CriterionId::new(Uuid::now_v7()))).collect();
    let mut nodes = old.nodes.clone();
    for node in &mut nodes {
        node.id = new_ids[&node.id];
        node.parent = node.parent.map(|parent| new_ids[&parent]);
        node.title = format!("换了说法的{}", node.number);
        for measure in &mut node.measures {
            measure.id = Uuid::now_v7();
            measure.points = measure.points.as_ref().map(|points| points * &exact(if node.number == "1-1" { "2" } else { "1" }));
        }
    }
    framework::save_nodes(&tx, id, &nodes).await.unwrap();
    tx.audit("test", "edition", "next", &()).unwrap();
    tx.commit().await.unwrap();
    (id, small.criteria.iter().map(|old| new_ids[old]).collect())
}

#[tokio::test]
async fn the_index_goes_on_through_a_change_of_edition_by_what_people_confirmed() {
    let (small, first) = visited().await;
    let office = small.browser("office");
    let (edition, criteria) = next_edition(&small).await;
    let body = json!({
        "command_id": command(), "name": "五月模拟测评", "kind": "mock", "edition_id": edition,
        "due_on": "2026-05-20", "sites": { "site_ids": small.sites }, "inspectors": [small.world.yunxi.people["inspector"]],
    });
    let second = office.post("/api/rounds", body).await.json()["id"].as_str().unwrap().to_owned();
    let turned: Vec<_> = results().into_iter().rev().collect();
    for (site, [_, faults, count]) in small.sites.iter().zip(turned) {
        let grade = json!({ "kind": "grade", "grade": "met" });
        small.visit(&second, *site, [grade, faults, count]).await;
    }
    let (before, after) = (small.score_of(&first).await, small.score_of(&second).await);
    small.close(&first).await;
    small.close(&second).await;
    let index = async || office.get("/api/index").await.ok()["periods"].clone();
    let apart = index().await;
    assert_eq!(apart.as_array().unwrap().len(), 2);
    assert_eq!((&apart[1]["comparable"], &apart[1]["index"]), (&Value::Null, &after["rate"]), "nothing in common: begun anew");

    let city = &small.world.yunxi.city;
    let mut tx = city.write(Author { person: None, name: "test".into() }, small.world.app.clock().now()).await.unwrap();
    let compared = comparison::Comparison {
        id: Uuid::now_v7(),
        old: small.edition,
        new: edition,
        state: comparison::ComparisonState::Open,
        job: None,
        created_at: small.world.app.clock().now(),
        created_by: "test".into(),
        carried: None,
        report: None,
        version: 0,
    };
    comparison::save(&tx, &compared).await.unwrap();
    let link = |place: usize, state| comparison::ComparisonLink {
        id: Uuid::now_v7(),
        old: Some(small.criteria[place]),
        new: Some(criteria[place]),
        kind: ChangeKind::Reworded,
        points_moved: false,
        likeness: 700,
        state,
        by_hand: false,
        decided: None,
    };
    let links = [
        link(0, comparison::LinkState::Confirmed),
        link(1, comparison::LinkState::Proposed),
        link(2, comparison::LinkState::Confirmed),
    ];
    comparison::replace_links(&tx, compared.id, &links).await.unwrap();
    tx.audit("test", "comparison", "confirm", &()).unwrap();
    tx.commit().await.unwrap();

    let chained = index().await;
    let sum = |score: &Value, what: &str| -> Exact {
        let common = score["nodes"].as_array().unwrap().iter().filter(|node| node["number"] == "1-1" || node["number"] == "1-3");
        common.map(|node| exact(node[what]["exact"].as_str().unwrap())).sum()
    };
    let rate = |score: &Value| sum(score, "earned").checked_div(&sum(score, "covered")).unwrap();
    let whole = exact(before["rate"]["exact"].as_str().unwrap());
    let expected = (&whole * &rate(&after)).checked_div(&rate(&before)).unwrap();
    assert_ne!(expected, exact(after["rate"]["exact"].as_str().unwrap()));
    assert_eq!(exact(chained[1]["index"]["exact"].as_str().unwrap()), expected);
    // 1.4 and 0.95 of 2.85 points; the criterion that nobody confirmed moves nothing.
    assert_eq!(
        chained[1]["comparable"]["exact"],
        (&exact("235") * &exact("100")).checked_div(&exact("285")).unwrap().as_fraction()
    );
    assert_eq!(chained[0], apart[0]);
}

#[tokio::test]
async fn the_board_says_how_many_indicators_are_met_where_an_edition_has_no_points() {
    let (small, round) = visited().await;
    let office = small.browser("office");
    assert_eq!(office.get("/api/board").await.ok()["score"]["conformity"], Value::Null, "points are counted");
    let city = &small.world.yunxi.city;
    let mut tx = city.write(Author { person: None, name: "test".into() }, small.world.app.clock().now()).await.unwrap();
    let old = framework::edition(&tx, small.edition).await.unwrap().row.clone();
    let settings = Edition { scoring: Scoring::Conformity, ..old.settings.clone() };
    framework::save_edition(&tx, &framework::EditionRow { settings, ..old }).await.unwrap();
    tx.audit("test", "edition", "conformity", &()).unwrap();
    tx.commit().await.unwrap();
    let score = small.score_of(&round).await;
    let (met, assessed) =
        (score["conformity"]["rate"]["numerator"].as_u64(), score["conformity"]["rate"]["denominator"].as_u64());
    assert!(met < assessed && assessed > Some(0), "{}", score["conformity"]);
    assert_eq!(office.get("/api/board").await.ok()["score"]["conformity"], score["conformity"]);

    let nodes = score["nodes"].as_array().unwrap();
    let failed = nodes.iter().find(|node| node["conformity"]["state"] == "not_met").unwrap();
    let path = format!("/api/rounds/{round}/score/indicators/{}", failed["id"].as_str().unwrap());
    let detail = office.get(&path).await.ok();
    let sites = detail["sites"].as_array().unwrap();
    let count = |pass: bool| sites.iter().filter(|site| site["pass"] == pass).count() as u64;
    let told = |what: &str| failed["conformity"][what].as_u64().unwrap();
    assert_eq!((count(true), sites.len() as u64), (told("passing"), told("visited")), "what is counted is what is listed");
    assert!(sites[0]["pass"] == false && sites[0]["findings"][0]["pass"] == false, "where it fails first, with what was found");
    let seen = small.browser("other_street_head").get(&path).await.ok();
    assert!(seen["sites"].as_array().unwrap().len() < sites.len(), "each sees its own sites");
    assert_eq!(office.get(&format!("/api/rounds/{round}/score/indicators/{}", Uuid::nil())).await.code(), "criterion_not_found");
}

#[tokio::test]
async fn the_lists_of_scores_and_assessments_leave_as_workbooks() {
    let (small, round) = visited().await;
    let office = small.browser("office");
    let incident = json!({ "command_id": command(), "number": "1", "count": 2, "occurred_on": "2026-03-01", "title": "通报", "source": "市应急局",
        "unit_ids": [small.world.yunxi.units["market"]] });
    office.post(&format!("/api/editions/{}/incidents", small.edition), incident).await.ok();
    let view = drafted(&small, &round).await;
    let family = framework::frameworks(&small.world.yunxi.city.read().await.unwrap()).await.unwrap()[0].id;
    let stakes = office.get(&format!("/api/rounds/{round}/score/stakes")).await.ok()["total"].as_u64().unwrap();
    let years = office.get(&format!("/api/frameworks/{family}/cycle")).await.ok()["years"].as_array().unwrap().len() as u64;
    assert!(stakes > 1 && years > 1);
    for (path, rows, columns) in [
        (format!("/api/editions/{}/incidents/export.xlsx", small.edition), 1, "title,state,points"),
        (format!("/api/rounds/{round}/score/stakes/export.xlsx"), stakes, "title,gain"),
        (format!("/api/rounds/{round}/score/export.xlsx"), 6, "number,earned,lost,reasons"),
        (format!("/api/rounds/{round}/losses/export.xlsx"), 3, "unit,lost,share"),
        ("/api/index/export.xlsx".to_owned(), 1, "period,index"),
        ("/api/index/slumps/export.xlsx".to_owned(), 2, "unit,newest,change"),
        (format!("/api/frameworks/{family}/cycle/export.xlsx"), years, "year,own"),
        ("/api/assessments/export.xlsx".to_owned(), 1, "name,state,from"),
        (format!("/api/assessments/{}/appeals/export.xlsx", view["brief"]["id"].as_str().unwrap()), 0, "unit,reason"),
    ] {
        let lines = crate::lists::lines(&office, &format!("{path}?columns={columns}")).await;
        // Title, line of the export, heads.
        assert_eq!(lines.len() as u64, rows + 3, "{path}");
        assert_eq!(lines[2].iter().filter(|head| !head.is_empty()).count(), columns.split(',').count(), "{path}");
        assert_eq!(office.get(&format!("{path}?columns=nonsense")).await.code(), "export_column_unknown", "{path}");
    }
    let lines = crate::lists::lines(
        &office,
        &format!("/api/editions/{}/incidents/export.xlsx?columns=title,state,points", small.edition),
    )
    .await;
    assert_eq!(lines[3][..3], ["通报", "待认定", "1"]);
}
