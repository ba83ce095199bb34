//! The page of a site: what it scored round by round, and who answers for what is looked at there.

use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::duty::DutyRole;
use yipanqi_domain::framework::{Edition, Scoring};
use yipanqi_domain::id::CriterionId;
use yipanqi_store::checklist::{self, ItemCriterion};
use yipanqi_store::framework::{self, Duty, EditionNode, EditionRow, EditionState, Framework};
use yipanqi_store::{Author, WriteTx};

use crate::assessment::{Small, command, item, results};

async fn write(small: &Small) -> WriteTx {
    let by = Author { person: None, name: "test".into() };
    small.world.yunxi.city.write(by, small.world.app.clock().now()).await.unwrap()
}

crate::on_both!(
    async fn a_site_shows_what_it_scored_in_each_round(small: Small = Small::on) {
        let office = small.browser("office");
        for (number, at) in [(1, "2026-03-02T09:00:00+08:00"), (0, "2026-03-02T10:00:00+08:00")] {
            small.world.at(at);
            let round = small.open(json!({ "site_ids": small.sites })).await;
            small.visit(round["id"].as_str().unwrap(), small.sites[0], results()[number].clone()).await;
        }
        small.world.at("2026-03-02T11:00:00+08:00");
        let begun = small.open(json!({ "site_ids": [small.sites[0]] })).await;
        small.start(begun["id"].as_str().unwrap(), small.sites[0]).await;
        let before = small.world.yunxi.city.statements();
        let page = office.get(&format!("/api/sites/{}", small.sites[0])).await.ok();
        let asked = small.world.yunxi.city.statements() - before;
        let scores: Vec<Value> = page["visits"].as_array().unwrap().iter().map(|visit| visit["score"].clone()).collect();
        assert_eq!(scores[0], Value::Null, "a visit under way scores nothing");
        let figures = |score: &Value| ["earned", "covered", "rate"].map(|name| score[name]["value"].as_str().unwrap().to_owned());
        assert_eq!(figures(&scores[1]), ["2.15", "2.15", "100.00"], "the newest first");
        // 0.6 × 0.7 + (0.5 − 2 × 0.1) + (0.95 − 2 × 0.19), by hand.
        assert_eq!(figures(&scores[2]), ["1.29", "2.15", "60.00"]);
        assert_eq!(scores[2]["earned"]["exact"], "129/100");
        assert_eq!(scores[2]["scoring"], "points");

        for number in 2..6 {
            small.world.at(&format!("2026-03-02T{}:00:00+08:00", 10 + number));
            let round = small.open(json!({ "site_ids": small.sites })).await;
            small.visit(round["id"].as_str().unwrap(), small.sites[0], results()[2].clone()).await;
        }
        office.get(&format!("/api/sites/{}", small.sites[0])).await.ok();
        let before = small.world.yunxi.city.statements();
        let page = office.get(&format!("/api/sites/{}", small.sites[0])).await.ok();
        assert_eq!(page["visits"].as_array().unwrap().iter().filter(|visit| visit["score"].is_object()).count(), 6);
        assert!(small.world.yunxi.city.statements() - before <= asked, "as many questions for six rounds as for two");
    }
);

fn node(id: CriterionId, parent: Option<CriterionId>, depth: i64, key: &str) -> EditionNode {
    EditionNode {
        id,
        parent,
        position: i64::from(key.len() as u32),
        depth,
        number: key.into(),
        citation_key: key.into(),
        title: format!("标准{key}"),
        is_criterion: depth == 2,
        remark: String::new(),
        measures: Vec::new(),
        site_types: Vec::new(),
        duties: Vec::new(),
    }
}

#[tokio::test]
async fn an_article_with_several_indicators_is_answered_for_by_whoever_answers_for_one() {
    let small = Small::new().await;
    let tx = write(&small).await;
    let family = Framework { id: Uuid::now_v7(), code: "hygienic_city".into(), name: "卫生城市".into() };
    framework::add_framework(&tx, &family).await.unwrap();
    let edition = Uuid::now_v7();
    let row = EditionRow {
        id: edition,
        framework: family.id,
        code: "hygienic_city-2021".into(),
        name: "2021版".into(),
        year: Some(2021),
        state: EditionState::InUse,
        revision: 1,
        supersedes: None,
        reason: String::new(),
        frozen_at: None,
        imported_from: None,
        settings: Edition {
            scoring: Scoring::Conformity,
            level_names: vec!["方面".into(), "条款".into(), "指标".into()],
            ..Edition::default()
        },
        version: 0,
    };
    framework::save_edition(&tx, &row).await.unwrap();
    let [top, article, lit, lamps] = [(); 4].map(|()| CriterionId::new(Uuid::now_v7()));
    let place = &small.world.yunxi;
    let duty = |unit: &str, role| vec![Duty { unit: Some(place.units[unit]), name_given: unit.into(), role }];
    let nodes = vec![
        node(top, None, 0, "3"),
        node(article, Some(top), 1, "3-10"),
        EditionNode { duties: duty("urban", DutyRole::Lead), ..node(lit, Some(article), 2, "3-10-12") },
        EditionNode { duties: duty("market", DutyRole::Lead), position: 9, ..node(lamps, Some(article), 2, "3-10-13") },
    ];
    framework::save_nodes(&tx, edition, &nodes).await.unwrap();
    let link =
        ItemCriterion {
            framework: "hygienic_city".into(), edition: None, citation_key: "10".into(), citation: "第10条".into()
        };
    checklist::add_items(&tx, &[checklist::Item { criteria: vec![link], ..item(small.market, 7, "M-7", "fault_count", "1-1") }])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let office = small.browser("office");
    office.post("/api/duties/derive", json!({ "command_id": command(), "edition_id": edition })).await.ok();
    let page = office.get(&format!("/api/sites/{}", small.sites[0])).await.ok();
    let duties = page["duties"].as_array().unwrap();
    let of = duties.iter().find(|duty| duty["citation"] == "第10条").unwrap_or_else(|| panic!("{duties:?}"));
    assert_eq!((&of["criterion_id"], &of["edition"]), (&json!(article), &json!("2021版")), "it opens the article");
    let leads: Vec<&str> = of["leads"].as_array().unwrap().iter().map(|unit| unit["name"].as_str().unwrap()).collect();
    assert_eq!(leads.len(), 2, "{of}");
    assert!(duties.iter().any(|duty| duty["citation"] == "1-1"), "what is cited by its own number is there as before");
}
