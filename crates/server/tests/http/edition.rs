//! Editions beside each other: matched, decided, carried over, read; changed until first used, then corrected; exported and
//! read in again.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Edition, Method};
use yipanqi_domain::id::{CriterionId, ItemId, UnitId};
use yipanqi_domain::site::Shape;
use yipanqi_server::job::worker;
use yipanqi_store::checklist::{Item, ItemCriterion, SiteType};
use yipanqi_store::framework::{
    CriterionSiteType, Duty, DutyRole, EditionNode, EditionRow, EditionState, Framework, MeasureRow, RuleState,
};
use yipanqi_store::{Author, checklist, framework, site};

use crate::street::plain_site;
use crate::world::{Answer, Browser, World};

fn command() -> String {
    Uuid::now_v7().to_string()
}

/// A city with two editions of one framework and one of another, and a checklist that serves the old one.
struct Two {
    world: World,
    old: Uuid,
    new: Uuid,
    other: Uuid,
    market: Uuid,
}

/// Number, text, points, whether the unit that leads is named.
const OLD: [(&str, &str, &str, bool); 5] = [
    ("1-1", "街巷保洁到位，无暴露垃圾、卫生死角。", "0.5", true),
    ("1-2", "公共厕所干净无异味，标识指引明显，第三卫生间开放。", "0.6", true),
    ("1-3", "无占道经营、店外经营、流动摊点。", "0.7", true),
    ("1-4", "无乱贴乱画、违规户外广告。", "0.7", true),
    ("1-5", "职工代表大会、集体协商制度普遍建立。", "0.3", true),
];
const NEW: [(&str, &str, &str, bool); 5] = [
    ("1-1", "街巷保洁到位，无暴露垃圾、卫生死角", "0.4", false),
    ("1-2", "公共厕所干净无异味，洗手液、厕纸供应到位", "0.3", false),
    ("1-3", "公共厕所标识指引明显，第三卫生间按时开放", "0.3", false),
    ("1-4", "无占道经营、流动摊点，无乱贴乱画和违规户外广告", "0.9", false),
    ("1-5", "新能源汽车公共充电桩完好率不低于95%", "0.5", false),
];
const HYGIENIC: [(&str, &str, &str, bool); 2] =
    [("1-1", "街巷保洁到位，无卫生死角", "", false), ("1-2", "病媒生物密度控制水平达到要求", "", false)];

impl Two {
    async fn new() -> Self {
        let world = World::new().await;
        let place = &world.yunxi;
        let tx = place.city.write(Author { person: None, name: "test".into() }, world.app.clock().now()).await.unwrap();
        let family = |code: &str| Framework { id: Uuid::now_v7(), code: code.into(), name: code.into() };
        let (civilized, hygienic) = (family("civilized_city"), family("hygienic_city"));
        framework::add_framework(&tx, &civilized).await.unwrap();
        framework::add_framework(&tx, &hygienic).await.unwrap();
        let market = Uuid::now_v7();
        let site_type = SiteType {
            id: market,
            name: "街巷".into(),
            group_name: "道路".into(),
            shape: Shape::Point,
            industry_unit: None,
            industry_unit_name: String::new(),
            position: 1,
            version: 0,
            names: Vec::new(),
        };
        checklist::save_site_type(&tx, &site_type).await.unwrap();
        let (old, new, other) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let unit = place.units["urban"];
        for (id, family, code, year, rows) in [
            (old, &civilized, "civilized_city-2025", 2025, OLD.as_slice()),
            (new, &civilized, "civilized_city-2026", 2026, NEW.as_slice()),
            (other, &hygienic, "hygienic_city-2021", 2021, HYGIENIC.as_slice()),
        ] {
            framework::save_edition(&tx, &row(id, family, code, year)).await.unwrap();
            framework::save_nodes(&tx, id, &nodes(rows, unit, market)).await.unwrap();
        }
        let items: Vec<Item> = [
            ("G-1", "街巷保洁", "1-1"),
            ("G-2", "公厕无异味", "1-2"),
            ("G-3", "第三卫生间开放", "1-2"),
            ("G-4", "职代会", "1-5"),
        ]
        .into_iter()
        .zip(1..)
        .map(|((code, text, key), position)| {
            let cite = |framework: &str, edition, key: &str| ItemCriterion {
                framework: framework.into(),
                edition: Some(edition),
                citation_key: key.into(),
                citation: key.into(),
            };
            let mut criteria = vec![cite("civilized_city", old, key)];
            if code == "G-1" {
                criteria.push(cite("hygienic_city", other, "1-1"));
            }
            item(market, position, code, text, criteria)
        })
        .collect();
        checklist::add_items(&tx, &items).await.unwrap();
        tx.commit().await.unwrap();
        Self { world, old, new, other, market }
    }

    fn office(&self) -> Browser {
        self.world.browser("office")
    }

    async fn compared(&self) -> Value {
        let body = json!({ "command_id": command(), "old_id": self.old, "new_id": self.new });
        let answer = self.office().post("/api/comparisons", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        let begun = answer.json();
        assert_eq!(begun["state"], "matching");
        assert_eq!(worker::drain(&self.world.app, &self.world.yunxi.city).await.unwrap(), 1);
        self.office().get(&format!("/api/comparisons/{}", begun["id"].as_str().unwrap())).await.ok()
    }

    async fn act(&self, comparison: &Value, what: &str, more: Value) -> Answer {
        let mut body = json!({ "command_id": command(), "version": comparison["version"] });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.office().post(&format!("/api/comparisons/{}/{what}", comparison["id"].as_str().unwrap()), body).await
    }

    async fn edit(&self, edition: Uuid, change: Value) -> Answer {
        let version = self.edition(edition).await["version"].clone();
        let body = json!({ "command_id": command(), "version": version, "change": change });
        self.office().post(&format!("/api/editions/{edition}/edits"), body).await
    }

    async fn edition(&self, edition: Uuid) -> Value {
        self.office().get(&format!("/api/editions/{edition}")).await.ok()
    }
}

fn row(id: Uuid, family: &Framework, code: &str, year: i64) -> EditionRow {
    EditionRow {
        id,
        framework: family.id,
        code: code.into(),
        name: format!("{year}版"),
        year: Some(year),
        state: EditionState::InUse,
        revision: 1,
        supersedes: None,
        reason: String::new(),
        frozen_at: None,
        imported_from: None,
        settings: Edition { level_names: vec!["项目".into(), "标准".into()], ..Edition::default() },
        version: 0,
    }
}

fn nodes(rows: &[(&str, &str, &str, bool)], unit: UnitId, market: Uuid) -> Vec<EditionNode> {
    let top = CriterionId::new(Uuid::now_v7());
    let mut nodes = vec![node(top, None, 0, "1", "一、", "环境卫生")];
    for (position, (key, title, points, led)) in (1..).zip(rows) {
        let number = format!("（{}）", key.split('-').next_back().unwrap());
        let mut criterion = node(CriterionId::new(Uuid::now_v7()), Some(top), position, key, &number, title);
        criterion.is_criterion = true;
        if !points.is_empty() {
            criterion.measures.push(MeasureRow {
                id: Uuid::now_v7(),
                method: Method::OnSite,
                points: Some(points.parse::<Exact>().unwrap()),
                rule: None,
                scope: None,
                rule_words: "另行规定".into(),
                rule_state: RuleState::ToChoose,
            });
        }
        if *led {
            criterion.duties.push(Duty { unit: Some(unit), name_given: "市城管局".into(), role: DutyRole::Lead });
            criterion.site_types.push(CriterionSiteType { site_type: Some(market), name_given: "街巷".into() });
        }
        nodes.push(criterion);
    }
    nodes
}

fn node(id: CriterionId, parent: Option<CriterionId>, position: i64, key: &str, number: &str, title: &str) -> EditionNode {
    EditionNode {
        id,
        parent,
        position,
        depth: i64::from(parent.is_some()),
        number: number.into(),
        citation_key: key.into(),
        title: title.into(),
        is_criterion: false,
        remark: String::new(),
        measures: Vec::new(),
        site_types: Vec::new(),
        duties: Vec::new(),
    }
}

fn item(site_type: Uuid, position: i64, code: &str, text: &str, criteria: Vec<ItemCriterion>) -> Item {
    Item {
        id: ItemId::new(Uuid::now_v7()),
        code: code.into(),
        site_type,
        position,
        text: text.into(),
        phrases: Vec::new(),
        judgement: None,
        judgement_words: String::new(),
        photo_on_failure: false,
        carve_out: String::new(),
        walk_path: String::new(),
        version: 0,
        criteria,
    }
}

fn lines(comparison: &Value) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    comparison["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (text(&line["kind"]), text(&line["old"]["citation_key"]), text(&line["new"]["citation_key"])))
        .collect()
}

fn line<'a>(comparison: &'a Value, old: &str, new: &str) -> &'a Value {
    let key = |side: &Value| side["citation_key"].as_str().unwrap_or("-").to_owned();
    comparison["lines"].as_array().unwrap().iter().find(|line| key(&line["old"]) == old && key(&line["new"]) == new).unwrap()
}

fn said(kind: &str, old: &str, new: &str) -> (String, String, String) {
    (kind.into(), old.into(), new.into())
}

#[tokio::test]
async fn two_editions_are_matched_in_the_background_with_changed_words_marked() {
    let two = Two::new().await;
    let comparison = two.compared().await;
    assert_eq!(comparison["state"], "open");
    assert_eq!(
        lines(&comparison),
        [
            said("points", "1-1", "1-1"),
            said("split", "1-2", "1-2"),
            said("split", "1-2", "1-3"),
            said("merged", "1-3", "1-4"),
            said("merged", "1-4", "1-4"),
            said("new", "-", "1-5"),
            said("gone", "1-5", "-"),
        ]
    );
    let words = line(&comparison, "1-2", "1-2")["new"]["words"].as_array().unwrap();
    assert!(words.iter().any(|one| one["changed"] == true) && words.iter().any(|one| one["changed"] == false));
    let twice = json!({ "command_id": command(), "old_id": two.old, "new_id": two.new });
    assert_eq!(two.office().post("/api/comparisons", twice).await.code(), "comparison_exists");
    let same = json!({ "command_id": command(), "old_id": two.old, "new_id": two.old });
    assert_eq!(two.office().post("/api/comparisons", same).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_person_confirms_many_refuses_one_and_links_by_hand() {
    let two = Two::new().await;
    let comparison = two.compared().await;
    let ids: Vec<&Value> = comparison["lines"].as_array().unwrap().iter().map(|line| &line["id"]).collect();
    let confirmed = two.act(&comparison, "decisions", json!({ "links": ids, "decision": "confirm" })).await.ok();
    assert!(confirmed["lines"].as_array().unwrap().iter().all(|line| line["state"] == "confirmed"));
    assert_eq!(line(&confirmed, "1-1", "1-1")["decided_by"], "office");
    let stale = two.act(&comparison, "decisions", json!({ "links": ids, "decision": "reopen" })).await;
    assert_eq!(stale.code(), "version_conflict");
    let wrong = &line(&confirmed, "1-2", "1-3")["id"];
    let refused = two.act(&confirmed, "decisions", json!({ "links": [wrong], "decision": "reject" })).await.ok();
    assert_eq!(line(&refused, "1-2", "1-2")["kind"], "reworded", "a part alone is no split");
    assert_eq!(line(&refused, "-", "1-3")["kind"], "new");
    assert_eq!(line(&refused, "1-2", "1-3")["state"], "rejected", "what was refused stays known");
    let (new, old) = (&line(&refused, "-", "1-5")["new"]["id"], &line(&refused, "1-5", "-")["old"]["id"]);
    let linked = two.act(&refused, "links", json!({ "new_id": new, "old_ids": [old] })).await.ok();
    let by_hand = line(&linked, "1-5", "1-5");
    assert_eq!((&by_hand["by_hand"], &by_hand["state"]), (&json!(true), &json!("confirmed")));
    assert!(!lines(&linked).contains(&said("gone", "1-5", "-")));
}

#[tokio::test]
async fn what_hung_on_the_old_text_is_carried_along_confirmed_links_and_the_rest_is_named() {
    let two = Two::new().await;
    let comparison = two.compared().await;
    let ids: Vec<&Value> = comparison["lines"].as_array().unwrap().iter().map(|line| &line["id"]).collect();
    let confirmed = two.act(&comparison, "decisions", json!({ "links": ids, "decision": "confirm" })).await.ok();
    let carried = two.act(&confirmed, "carry", json!({})).await.ok();
    assert_eq!(carried["state"], "carried");
    let report = &carried["report"];
    assert_eq!(report["carried"], json!({ "criteria": 4, "duties": 4, "site_types": 4, "items": 3, "rules": 0 }));
    let open: Vec<(&str, &str)> = (report["open"].as_array().unwrap().iter())
        .map(|one| (one["code"].as_str().unwrap(), one["text"].as_str().unwrap()))
        .collect();
    assert!(open.contains(&("item_of_split", "G-3 第三卫生间开放")), "{open:?}");
    assert!(open.contains(&("item_of_gone", "G-4 职代会")), "{open:?}");
    assert!(open.contains(&("lead_missing", NEW[4].1)), "{open:?}");
    let tree = two.edition(two.new).await;
    let lead =
        |key: &str| tree["nodes"].as_array().unwrap().iter().find(|node| node["citation_key"] == key).unwrap()["lead"].clone();
    assert_eq!(lead("1-1")[0]["name"], "城市管理局");
    let tx = two.world.yunxi.city.read().await.unwrap();
    let items = checklist::items(&tx, Some(two.market)).await.unwrap();
    let of_new = |code: &str| -> Vec<String> {
        let item = items.iter().find(|item| item.code == code).unwrap();
        item.criteria.iter().filter(|link| link.edition == Some(two.new)).map(|link| link.citation_key.clone()).collect()
    };
    assert_eq!((of_new("G-1"), of_new("G-2"), of_new("G-3")), (vec!["1-1".into()], vec!["1-2".into()], vec!["1-3".into()]));
    drop(tx);
    let again = two.act(&carried, "carry", json!({})).await.ok();
    assert_eq!(again["report"]["carried"]["items"], 0, "what was carried is found in place");
}

#[tokio::test]
async fn each_unit_reads_what_changed_and_the_office_sees_who_has_not() {
    let two = Two::new().await;
    let comparison = two.compared().await;
    let ids: Vec<&Value> = comparison["lines"].as_array().unwrap().iter().map(|line| &line["id"]).collect();
    let confirmed = two.act(&comparison, "decisions", json!({ "links": ids, "decision": "confirm" })).await.ok();
    two.act(&confirmed, "carry", json!({})).await.ok();
    let path = format!("/api/editions/{}", two.new);
    let head = two.world.browser("head");
    let page = head.get(&format!("{path}/changes")).await.ok();
    assert_eq!(page["unit"]["name"], "城市管理局");
    assert_eq!(page["lines"].as_array().unwrap().len(), 6, "{page}");
    assert_eq!(page["may_confirm"], true);
    let body = json!({ "command_id": command(), "unit_id": two.world.yunxi.units["urban"] });
    let read = head.post(&format!("{path}/readings"), body.clone()).await.ok();
    assert_eq!((read["readings"].as_array().unwrap().len(), &read["may_confirm"]), (1, &json!(false)));
    let foreign = two
        .world
        .browser("other_head")
        .post(&format!("{path}/readings"), json!({ "command_id": command(), "unit_id": two.world.yunxi.units["urban"] }))
        .await;
    assert_eq!(foreign.code(), "reading_not_yours");
    let rows = two.office().get(&format!("{path}/readings")).await.ok();
    let urban = rows.as_array().unwrap().iter().find(|row| row["unit"]["name"] == "城市管理局").unwrap();
    assert_eq!((urban["read"][0]["name"].as_str(), &urban["waiting"]), (Some("head"), &json!(["officer", "liaison"])));
    assert_eq!(two.world.browser("head").get(&format!("{path}/readings")).await.code(), "right_missing");
}

#[tokio::test]
async fn an_edition_is_changed_until_it_is_used_and_then_corrected_beside_the_old_text() {
    let two = Two::new().await;
    let tree = two.edition(two.old).await;
    let id = |key: &str| tree["nodes"].as_array().unwrap().iter().find(|node| node["citation_key"] == key).unwrap()["id"].clone();
    let added = Uuid::now_v7();
    let add = json!({ "kind": "tree", "edit": { "op": "add", "id": added, "parent": id("1"), "after": id("1-1"), "title": "新增一条", "criterion": true } });
    let edited = two.edit(two.old, add).await.ok();
    let keys: Vec<&str> = edited["nodes"].as_array().unwrap().iter().map(|node| node["number"].as_str().unwrap()).collect();
    assert_eq!(keys, ["一、", "（1）", "（2）", "（3）", "（4）", "（5）", "（6）"]);
    let tx = two.world.yunxi.city.read().await.unwrap();
    let items = checklist::items(&tx, Some(two.market)).await.unwrap();
    let cited = items.iter().find(|item| item.code == "G-2").unwrap().criteria[0].citation_key.clone();
    drop(tx);
    assert_eq!(cited, "1-3", "what cites a renumbered criterion follows it");
    let used = two.edit(two.old, json!({ "kind": "tree", "edit": { "op": "delete", "id": id("1-1") } })).await;
    assert_eq!(used.code(), "node_in_use");
    let wrong = json!({ "kind": "measures", "id": id("1-1"), "measures": [
        { "method": "on_site", "points": "0.5", "rule_words": "", "rule": { "shape": "deduct_per_fault", "each": { "points": "0.6" } } },
    ] });
    let refused = two.edit(two.old, wrong).await;
    assert_eq!(
        (refused.status, refused.json()["errors"][0]["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("rule_unfit"))
    );
    let right = json!({ "kind": "measures", "id": id("1-1"), "measures": [
        { "method": "on_site", "points": "1", "rule_words": "每发现1处扣0.2分，扣完为止" },
    ] });
    let edited = two.edit(two.old, right).await.ok();
    let measure = &edited["nodes"].as_array().unwrap().iter().find(|node| node["id"] == id("1-1")).unwrap()["measures"][0];
    assert_eq!(
        (&measure["rule_state"], &measure["example"]),
        (&json!("recognised"), &json!("3 处问题，每处扣 0.2：1 分得 0.4 分"))
    );
    let reason = json!({ "command_id": command(), "reason": "印发文本有误" });
    let correct = |body: Value| async { two.office().post(&format!("/api/editions/{}/corrections", two.old), body).await };
    assert_eq!(correct(reason.clone()).await.code(), "edition_not_frozen");
    let mut tx =
        two.world.yunxi.city.write(Author { person: None, name: "test".into() }, two.world.app.clock().now()).await.unwrap();
    let of = yipanqi_server::framework::actions::FirstUse::Round;
    yipanqi_server::framework::actions::first_use(&mut tx, two.old, of).await.unwrap();
    tx.commit().await.unwrap();
    let frozen = two.edit(two.old, json!({ "kind": "remark", "id": id("1-1"), "remark": "x" })).await;
    assert_eq!(frozen.code(), "edition_frozen");
    let made = correct(json!({ "command_id": command(), "reason": "印发文本有误" })).await.ok();
    assert_eq!((&made["revision"], &made["reason"], &made["may_edit"]), (&json!(2), &json!("印发文本有误"), &json!(true)));
    let corrected: Uuid = made["id"].as_str().unwrap().parse().unwrap();
    let node = made["nodes"].as_array().unwrap().iter().find(|node| node["citation_key"] == "1-1").unwrap()["id"].clone();
    two.edit(corrected, json!({ "kind": "tree", "edit": { "op": "reword", "id": node, "title": "更正后的文字" } })).await.ok();
    assert_eq!(two.edition(two.old).await["nodes"][1]["title"], OLD[0].1, "the old text stays");
    assert_eq!(two.edition(two.old).await["superseded_by"], made["id"]);
    assert_eq!(correct(json!({ "command_id": command(), "reason": "再改" })).await.code(), "edition_superseded");
}

#[tokio::test]
async fn a_crosswalk_is_suggested_from_common_items_decided_and_kept() {
    let two = Two::new().await;
    let body = |more: Value| {
        let mut body = json!({ "command_id": command(), "one_id": two.old, "other_id": two.other });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let view = two.office().post("/api/crosswalk/suggestions", body(json!({}))).await.ok();
    let link = &view["links"][0];
    assert_eq!((&link["one"]["citation_key"], &link["other"]["citation_key"]), (&json!("1-1"), &json!("1-1")), "{view}");
    assert_eq!((&link["shared_items"], &link["state"]), (&json!(1), &json!("proposed")));
    let decided = json!({ "links": [{ "id": link["id"], "version": link["version"], "kind": "wider" }], "state": "confirmed" });
    let view = two.office().post("/api/crosswalk/decisions", body(decided)).await.ok();
    assert_eq!((&view["links"][0]["state"], &view["links"][0]["kind"]), (&json!("confirmed"), &json!("wider")));
    let turned = two.office().get(&format!("/api/crosswalk?one={}&other={}", two.other, two.old)).await.ok();
    assert_eq!(turned["links"][0]["kind"], "narrower", "seen from the other side");
    let again = two.office().post("/api/crosswalk/suggestions", body(json!({}))).await.ok();
    let confirmed = again["links"].as_array().unwrap().iter().filter(|link| link["state"] == "confirmed").count();
    assert_eq!(confirmed, 1, "what was decided stays");
    let (one, other) = (&view["links"][0]["one"]["id"], &view["links"][0]["other"]["id"]);
    let by_hand = body(json!({ "one_criterion_id": one, "other_criterion_id": other, "kind": "same" }));
    assert_eq!(two.office().post("/api/crosswalk/links", by_hand).await.code(), "crosswalk_exists");
}

#[tokio::test]
async fn a_problem_under_a_criterion_keeps_its_counterpart_in_the_other_framework() {
    let two = Two::new().await;
    let body = json!({ "command_id": command(), "one_id": two.old, "other_id": two.other });
    let view = two.office().post("/api/crosswalk/suggestions", body).await.ok();
    let link = view["links"][0].clone();
    let problem = |title: &str| {
        json!({
            "command_id": command(), "title": title, "description": "", "source": "higher_feedback", "category": "环境卫生",
            "place_text": "东街", "criterion_id": link["one"]["id"],
        })
    };
    let before = two.office().post("/api/problems", problem("未确认对照")).await.ok();
    assert_eq!(before["criteria"].as_array().unwrap().len(), 1, "{before}");
    let decide = |state: &str, version: &Value| {
        json!({
            "command_id": command(), "one_id": two.old, "other_id": two.other,
            "links": [{ "id": link["id"], "version": version, "kind": "same" }], "state": state,
        })
    };
    let view = two.office().post("/api/crosswalk/decisions", decide("confirmed", &link["version"])).await.ok();
    let kept = two.office().post("/api/problems", problem("已确认对照")).await.ok();
    let frameworks = |problem: &Value| -> Vec<String> {
        problem["criteria"].as_array().unwrap().iter().map(|one| one["framework"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(frameworks(&kept), ["civilized_city", "hygienic_city"], "{kept}");
    assert_eq!(kept["criteria"][1]["criterion_id"], link["other"]["id"]);
    // What was kept stays when the link is taken back; the page no longer calls it a counterpart.
    two.office().post("/api/crosswalk/decisions", decide("rejected", &view["links"][0]["version"])).await.ok();
    let path = format!("/api/problems/{}", kept["id"].as_str().unwrap());
    let read = two.office().get(&path).await.ok();
    assert_eq!((frameworks(&read).len(), &read["criteria"][0]["twins"]), (2, &json!([])), "{read}");
}

#[tokio::test]
async fn a_form_with_site_and_item_asks_for_neither_kind_nor_criteria() {
    let two = Two::new().await;
    let edition = two.edition(two.old).await;
    let hygienic = two.edition(two.other).await;
    let criterion = |edition: &Value, key: &str| -> Value {
        edition["nodes"].as_array().unwrap().iter().find(|node| node["citation_key"] == key).unwrap()["id"].clone()
    };
    let link = json!({
        "command_id": command(), "one_id": two.old, "other_id": two.other, "kind": "same",
        "one_criterion_id": criterion(&edition, "1-2"), "other_criterion_id": criterion(&hygienic, "1-2"),
    });
    two.office().post("/api/crosswalk/links", link).await.ok();
    let place = plain_site(&two.world, 1, two.market);
    let tx = two.world.yunxi.city.write(Author { person: None, name: "test".into() }, two.world.app.clock().now()).await.unwrap();
    site::add(&tx, std::slice::from_ref(&place)).await.unwrap();
    tx.commit().await.unwrap();
    let desk = two.office().get(&format!("/api/problem-desk?site_id={}", place.id)).await.ok();
    assert_eq!((desk["category"].as_str(), desk["categories"][0].as_str()), (Some("道路"), Some("道路")));
    let tx = two.world.yunxi.city.read().await.unwrap();
    let items = checklist::items(&tx, Some(two.market)).await.unwrap();
    assert_eq!(desk["items"].as_array().unwrap().len(), items.len());
    let item = items.iter().find(|item| item.code == "G-2").unwrap().id;
    let of =
        |view: &Value, name: &str| view[name].as_array().unwrap().iter().map(|one| one["framework"].clone()).collect::<Vec<_>>();
    let desk = two.office().get(&format!("/api/problem-desk?site_id={}&item_id={item}", place.id)).await.ok();
    assert_eq!(of(&desk, "cited"), ["civilized_city", "hygienic_city"], "{desk}");
    let body = json!({ "command_id": command(), "title": "路面破损", "source": "higher_feedback", "site_id": place.id, "item_id": item });
    let kept = two.office().post("/api/problems", body).await.ok();
    assert_eq!((kept["category"].as_str(), of(&kept, "citations")), (Some("道路"), of(&desk, "cited")));
    let nowhere = json!({ "command_id": command(), "title": "路面破损", "source": "higher_feedback", "place_text": "东街" });
    assert_eq!(two.office().post("/api/problems", nowhere).await.status, 422, "where nothing follows, it is asked");
}

#[tokio::test]
async fn one_finding_serves_both_frameworks_by_the_confirmed_link_of_its_criterion() {
    let two = Two::new().await;
    let edition = two.edition(two.old).await;
    let hygienic = two.edition(two.other).await;
    let criterion = |edition: &Value, key: &str| -> Value {
        edition["nodes"].as_array().unwrap().iter().find(|node| node["citation_key"] == key).unwrap()["id"].clone()
    };
    // The item names a criterion of one framework only; the link to the other was confirmed by hand.
    let link = json!({
        "command_id": command(), "one_id": two.old, "other_id": two.other, "kind": "same",
        "one_criterion_id": criterion(&edition, "1-2"), "other_criterion_id": criterion(&hygienic, "1-2"),
    });
    two.office().post("/api/crosswalk/links", link).await.ok();
    let place = plain_site(&two.world, 1, two.market);
    let tx = two.world.yunxi.city.write(Author { person: None, name: "test".into() }, two.world.app.clock().now()).await.unwrap();
    site::add(&tx, std::slice::from_ref(&place)).await.unwrap();
    let items = checklist::items(&tx, Some(two.market)).await.unwrap().to_vec();
    tx.commit().await.unwrap();

    let inspector = two.world.browser("inspector");
    let round = json!({
        "command_id": command(), "name": "巡查", "kind": "mock", "edition_id": two.old, "sites": { "site_ids": [place.id] },
        "inspectors": [two.world.yunxi.people["inspector"]],
    });
    let round = two.office().post("/api/rounds", round).await.json()["id"].as_str().unwrap().to_owned();
    let begin = json!({ "command_id": command(), "round_id": round, "site_id": place.id });
    let visit = inspector.post("/api/visits", begin).await.json();
    let path = format!("/api/visits/{}", visit["id"].as_str().unwrap());
    for item in &items {
        let mark =
            json!({ "command_id": command(), "result": { "kind": "pass_fail", "pass": item.code != "G-2" }, "phrase": "有异味" });
        inspector.put(&format!("{path}/findings/{}", item.id), mark).await.ok();
    }
    inspector.post(&format!("{path}/finish"), json!({ "command_id": command(), "version": visit["version"] })).await.ok();

    let proposed = two.office().get(&format!("/api/rounds/{round}/proposals")).await.ok();
    let confirm = json!({ "command_id": command(), "finding_ids": [proposed[0]["finding_id"]] });
    let made = two.office().post(&format!("/api/rounds/{round}/confirm"), confirm).await.ok();
    let problem = two.office().get(&format!("/api/problems/{}", made["results"][0]["problem_id"].as_str().unwrap())).await.ok();
    let served: Vec<(&Value, &Value)> =
        problem["criteria"].as_array().unwrap().iter().map(|one| (&one["framework"], &one["criterion_id"])).collect();
    let (own, other) = (criterion(&edition, "1-2"), criterion(&hygienic, "1-2"));
    assert_eq!(served, [(&json!("civilized_city"), &own), (&json!("hygienic_city"), &other)], "{problem}");
}
