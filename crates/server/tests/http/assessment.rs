//! A small edition assessed from the draw to the ranking, over HTTP alone.

use axum::http::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Amount, Edition, Method, Rule, Step};
use yipanqi_domain::id::{CriterionId, ItemId, SiteId};
use yipanqi_domain::round::{FindingResult, Grade, ItemStandard};
use yipanqi_domain::score::{self, EnteredResult, EnteredValue, NodeScore, RoundSheet, SheetFinding, SheetItem, SheetSite};
use yipanqi_domain::site::Shape;
use yipanqi_store::checklist::{Item, ItemCriterion, SiteType};
use yipanqi_store::framework::{EditionNode, EditionRow, EditionState, Framework, MeasureRow, RuleState};
use yipanqi_store::site::Site;
use yipanqi_store::{Author, checklist, framework, site};

use crate::world::{Backend, Browser, World};

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

fn points(text: &str) -> Amount {
    Amount::Points(exact(text))
}

pub fn command() -> String {
    Uuid::now_v7().to_string()
}

/// Number, method, points, rule of the small edition's measures.
fn measures() -> Vec<(&'static str, Method, &'static str, Option<Rule>)> {
    let deduct = Rule::DeductPerFault { each: points("0.1"), floor: Exact::zero(), max_per_item: None };
    let target = Rule::PerPercentagePoint { target: exact("95"), each: points("0.05"), step: Step::Exact };
    vec![
        ("1-1", Method::OnSite, "0.7", Some(Rule::three_grades())),
        ("1-2", Method::OnSite, "0.5", Some(deduct)),
        ("1-3", Method::OnSite, "0.95", Some(Rule::CountAtLeast { n: 5, each: points("0.19") })),
        ("1-4", Method::Survey, "1", Some(target)),
        ("1-5", Method::Filing, "2", None),
    ]
}

/// What the small city has besides its people.
pub struct Small {
    pub world: World,
    pub edition: Uuid,
    pub sites: Vec<SiteId>,
    pub items: Vec<ItemId>,
    pub measures: Vec<Uuid>,
    pub criteria: Vec<CriterionId>,
    pub market: Uuid,
}

const ITEMS: [(&str, &str, &str); 3] = [("M-1", "grade", "1-1"), ("M-2", "fault_count", "1-2"), ("M-3", "count_at_least", "1-3")];

impl Small {
    /// Lets the jobs run that the changes have asked for.
    pub async fn settled(&self) {
        yipanqi_server::job::worker::drain(&self.world.app, &self.world.yunxi.city).await.unwrap();
    }

    /// Closes a round, so that its rankings are published.
    pub async fn close(&self, round: &str) {
        let office = self.browser("office");
        let version = office.get(&format!("/api/rounds/{round}")).await.json()["version"].clone();
        let close = json!({ "command_id": command(), "version": version });
        assert_eq!(office.post(&format!("/api/rounds/{round}/close"), close).await.json()["state"], "closed");
    }

    /// The score of a round as the data are now: asked for, computed, read.
    pub async fn score_of(&self, round: &str) -> Value {
        let path = format!("/api/rounds/{round}/score");
        self.browser("office").get(&path).await;
        self.settled().await;
        self.browser("office").get(&path).await.ok()
    }

    pub async fn new() -> Self {
        Self::on(Backend::Sqlite).await
    }

    pub async fn on(backend: Backend) -> Self {
        let world = World::on(backend).await;
        let place = &world.yunxi;
        let by = Author { person: None, name: "test".into() };
        let mut tx = place.city.write(by, world.app.clock().now()).await.unwrap();
        let family = Framework { id: Uuid::now_v7(), code: "civilized_city".into(), name: "文明城市".into() };
        framework::add_framework(&tx, &family).await.unwrap();
        let edition = Uuid::now_v7();
        let row = EditionRow {
            id: edition,
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
            settings: Edition { level_names: vec!["项目".into(), "标准".into()], ..Edition::default() },
            version: 0,
        };
        framework::save_edition(&tx, &row).await.unwrap();
        let top = CriterionId::new(Uuid::now_v7());
        let mut nodes = vec![node(top, None, 0, "1", "环境", Vec::new())];
        let (mut measure_ids, mut criteria) = (Vec::new(), Vec::new());
        for (position, (number, method, worth, rule)) in measures().into_iter().enumerate() {
            let id = CriterionId::new(Uuid::now_v7());
            let state = if rule.is_some() { RuleState::Recognised } else { RuleState::ToChoose };
            let measure = MeasureRow {
                id: Uuid::now_v7(),
                method,
                points: Some(exact(worth)),
                rule,
                scope: None,
                rule_words: String::new(),
                rule_state: state,
            };
            measure_ids.push(measure.id);
            criteria.push(id);
            nodes.push(node(id, Some(top), i64::try_from(position).unwrap() + 1, number, "标准", vec![measure]));
        }
        framework::save_nodes(&tx, edition, &nodes).await.unwrap();
        let market = Uuid::now_v7();
        checklist::save_site_type(&tx, &site_type(market)).await.unwrap();
        let items: Vec<Item> =
            (0..).zip(ITEMS).map(|(position, (code, kind, cited))| item(market, position, code, kind, cited)).collect();
        checklist::add_items(&tx, &items).await.unwrap();
        let streets = [place.units["east"], place.units["east"], place.units["west"]];
        let sites: Vec<Site> = (1..)
            .zip(streets)
            .map(|(number, street)| {
                let mut site = plain_site(number, market);
                site.street = Some(street);
                site.territorial_unit = Some(street);
                site.industry_unit = Some(place.units["market"]);
                site
            })
            .collect();
        site::add(&tx, &sites).await.unwrap();
        tx.audit("test", "city", "yunxi", &()).unwrap();
        tx.commit().await.unwrap();
        let items = items.iter().map(|item| item.id).collect();
        let sites = sites.iter().map(|site| site.id).collect();
        Self { world, edition, sites, items, measures: measure_ids, criteria, market }
    }

    pub fn browser(&self, name: &str) -> Browser {
        self.world.browser(name)
    }

    pub async fn open(&self, sites: Value) -> Value {
        let inspector = self.world.yunxi.people["inspector"];
        let body = json!({
            "command_id": command(), "name": "三月模拟测评", "kind": "mock", "edition_id": self.edition,
            "due_on": "2026-03-20", "sites": sites, "inspectors": [inspector],
        });
        let answer = self.browser("office").post("/api/rounds", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()
    }

    pub async fn start(&self, round: &str, site: SiteId) -> Value {
        let body = json!({ "command_id": command(), "round_id": round, "site_id": site });
        let answer = self.browser("inspector").post("/api/visits", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{answer:?}");
        answer.json()
    }

    pub async fn mark(&self, visit: &str, item: usize, result: Value) -> crate::world::Answer {
        let body = json!({ "command_id": command(), "result": result, "phrase": "占道经营" });
        self.browser("inspector").put(&format!("/api/visits/{visit}/findings/{}", self.items[item]), body).await
    }

    /// A finished visit with these results.
    pub async fn visit(&self, round: &str, site: SiteId, results: [Value; 3]) -> String {
        let visit = self.start(round, site).await;
        let id = visit["id"].as_str().unwrap();
        for (item, result) in results.into_iter().enumerate() {
            let answer = self.mark(id, item, result).await;
            assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        }
        let body = json!({ "command_id": command(), "version": visit["version"] });
        let answer = self.browser("inspector").post(&format!("/api/visits/{id}/finish"), body).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        id.to_owned()
    }
}

fn node(
    id: CriterionId,
    parent: Option<CriterionId>,
    position: i64,
    number: &str,
    title: &str,
    measures: Vec<MeasureRow>,
) -> EditionNode {
    EditionNode {
        id,
        parent,
        position,
        depth: i64::from(parent.is_some()),
        number: number.into(),
        citation_key: number.into(),
        title: title.into(),
        is_criterion: parent.is_some(),
        remark: String::new(),
        measures,
        site_types: Vec::new(),
        duties: Vec::new(),
    }
}

pub fn site_type(id: Uuid) -> SiteType {
    SiteType {
        id,
        name: "农贸市场".into(),
        group_name: "商业".into(),
        shape: Shape::Point,
        industry_unit: None,
        industry_unit_name: "市场监督管理局".into(),
        position: 0,
        version: 0,
        names: Vec::new(),
    }
}

pub fn item(site_type: Uuid, position: i64, code: &str, kind: &str, cited: &str) -> Item {
    let judgement = match kind {
        "count_at_least" => json!({ "kind": kind, "n": 3 }),
        _ => json!({ "kind": kind }),
    };
    Item {
        id: ItemId::new(Uuid::now_v7()),
        code: code.into(),
        site_type,
        position,
        text: format!("检查项{code}"),
        phrases: vec!["占道经营".into()],
        judgement: Some(judgement),
        judgement_words: kind.into(),
        photo_on_failure: false,
        carve_out: String::new(),
        walk_path: String::new(),
        version: 0,
        criteria: vec![ItemCriterion {
            framework: "civilized_city".into(),
            edition: None,
            citation_key: cited.into(),
            citation: cited.into(),
        }],
    }
}

pub fn plain_site(number: u32, site_type: Uuid) -> Site {
    Site {
        id: SiteId::new(Uuid::now_v7()),
        code: format!("YX-{number:04}"),
        name: format!("第{number}市场"),
        site_type: Some(site_type),
        type_given: "农贸市场".into(),
        address: "解放路".into(),
        longitude: Some(1_148_330_390),
        latitude: Some(312_616_840),
        datum_given: None,
        given_longitude: None,
        given_latitude: None,
        street: None,
        community: None,
        grid: None,
        industry_unit: None,
        territorial_unit: None,
        chief_name: Some("王强".into()),
        chief_phone: None,
        pairing_unit: None,
        pairing_leader: None,
        remark: String::new(),
        retired: false,
        duplicate_of: None,
        version: 0,
    }
}

pub fn results() -> [[Value; 3]; 3] {
    let of = |grade: &str, faults: u32, count: u32| {
        [
            json!({"kind": "grade", "grade": grade}),
            json!({"kind": "faults", "count": faults}),
            json!({"kind": "count", "count": count}),
        ]
    };
    [of("met", 0, 5), of("mostly_met", 2, 3), of("not_met", 7, 0)]
}

crate::on_both!(
    async fn a_small_edition_scored_over_http_equals_the_rules(small: Small = Small::on) {
        let round = small.open(json!({ "site_ids": small.sites })).await;
        let id = round["id"].as_str().unwrap();
        assert_eq!((round["number"].as_str(), round["sites"].as_u64()), (Some("2026-01"), Some(3)));
        for (site, results) in small.sites.iter().zip(results()) {
            small.visit(id, *site, results).await;
        }
        let office = small.browser("office");
        let entered = json!({
            "command_id": command(), "round_id": id, "measure_id": small.measures[3],
            "value": {"kind": "ratio", "observed": 90, "total": 100}, "source": "入户调查",
        });
        let answer = office.post("/api/results", entered).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");

        small.settled().await;
        let score = office.get(&format!("/api/rounds/{id}/score")).await;
        assert_eq!(score.status, StatusCode::OK, "{score:?}");
        let score = score.json();
        let tree = score::score(&rules(&small), &sheet(&small));
        assert_eq!(score["earned"]["exact"], tree.total.earned.as_fraction());
        assert_eq!(score["covered"]["value"], tree.total.published.covered);
        assert_eq!(score["points"]["value"], "5.15");
        let criteria: Vec<&Value> = score["nodes"].as_array().unwrap().iter().filter(|node| node["depth"] == 1).collect();
        let expected: Vec<&NodeScore> = tree.nodes[0].children.iter().collect();
        assert_eq!(criteria.len(), expected.len());
        for (shown, computed) in criteria.iter().zip(&expected) {
            assert_eq!(shown["number"], computed.number);
            assert_eq!(shown["earned"]["exact"], computed.figure.earned.as_fraction(), "{}", computed.number);
            assert_eq!(shown["lost"]["value"], computed.figure.lost().published(2));
        }
        // (1 + 0.6 + 0) ÷ 3 × 0.7, by hand.
        assert_eq!(criteria[0]["earned"], json!({"value": "0.37", "exact": "28/75"}));
        assert_eq!(criteria[3]["earned"]["value"], "0.75");
        assert_eq!(criteria[4]["measures"][0]["reasons"][0]["code"], "no_result");
        let chinese = criteria[1]["measures"][0]["rule_text"].as_str().unwrap();
        assert_eq!(chinese, "每发现1处问题扣0.1分，扣完为止。");

        let english = small.browser("office").english().get(&format!("/api/rounds/{id}/score")).await.json();
        assert_eq!(english["earned"], score["earned"]);
        assert!(english["nodes"].to_string().contains("Each fault found costs 0.1 points"));

        let detail = office.get(&format!("/api/rounds/{id}/score/measures/{}", small.measures[1])).await.json();
        let worst = &detail["sites"][0];
        assert_eq!((worst["site"]["code"].as_str(), worst["faults"].as_u64()), (Some("YX-0003"), Some(7)));
        assert_eq!(worst["findings"][0]["item_code"], "M-2");
        assert_eq!(worst["loss"]["exact"], "1/6");
    }
);

fn rules(small: &Small) -> Edition {
    let criterion =
        |id: CriterionId, (number, method, worth, rule): (&str, Method, &str, Option<Rule>)| yipanqi_domain::framework::Node {
            number: number.into(),
            parent: Some("1".into()),
            title: "标准".into(),
            criterion: Some(yipanqi_domain::framework::Criterion {
                id,
                measures: vec![yipanqi_domain::framework::Measure {
                    method,
                    points: exact(worth),
                    rule,
                    scope: None,
                    rule_words: String::new(),
                }],
            }),
        };
    let top = yipanqi_domain::framework::Node { number: "1".into(), parent: None, title: "环境".into(), criterion: None };
    let leaves = small.criteria.iter().copied().zip(measures()).map(|(id, measure)| criterion(id, measure));
    Edition { nodes: std::iter::once(top).chain(leaves).collect(), ..Edition::default() }
}

fn sheet(small: &Small) -> RoundSheet {
    let standards = [ItemStandard::Everything, ItemStandard::Everything, ItemStandard::AtLeast { n: 3 }];
    let found = [(Grade::Met, 0, 5), (Grade::MostlyMet, 2, 3), (Grade::NotMet, 7, 0)];
    let mut findings = Vec::new();
    for (site, (grade, faults, count)) in small.sites.iter().zip(found) {
        let results = [FindingResult::Grade { grade }, FindingResult::faults(faults), FindingResult::Count { count }];
        findings.extend(small.items.iter().zip(results).map(|(item, result)| SheetFinding { site: *site, item: *item, result }));
    }
    let value = EnteredValue::Result { result: FindingResult::Ratio { observed: 90, total: 100 } };
    RoundSheet {
        sites: (1..)
            .zip(&small.sites)
            .map(|(number, site)| SheetSite {
                site: *site,
                code: format!("YX-{number:04}"),
                site_type: "农贸市场".into(),
                territorial: None,
                industry: None,
            })
            .collect(),
        items: (small.items.iter().zip(standards).zip(&small.criteria))
            .map(|((item, standard), criterion)| SheetItem { item: *item, standard, criteria: vec![*criterion] })
            .collect(),
        findings,
        results: vec![EnteredResult { criterion: small.criteria[3], method: Method::Survey, value }],
        incidents: Vec::new(),
    }
}

crate::on_both!(
    async fn a_score_follows_the_data_and_is_kept_until_they_change(small: Small = Small::on) {
        let round = small.open(json!({ "site_ids": small.sites })).await;
        let id = round["id"].as_str().unwrap();
        let office = small.browser("office");
        let path = format!("/api/rounds/{id}/score");
        let early = office.get(&path).await;
        assert_eq!((early.status, early.code().as_str()), (StatusCode::CONFLICT, "score_pending"), "a page never computes");
        small.settled().await;
        let nothing = office.get(&path).await.json();
        assert_eq!((nothing["covered"]["value"].as_str(), nothing["rate"].is_null()), (Some("0.00"), true));
        let [first, ..] = results();
        small.visit(id, small.sites[0], first).await;
        small.world.at("2026-03-02T10:00:00+08:00");
        assert_eq!(office.get(&path).await.json()["covered"], nothing["covered"], "what was computed last is shown meanwhile");
        small.settled().await;
        let one = office.get(&path).await.json();
        assert_eq!(one["covered"]["value"], "2.15");
        small.world.at("2026-03-02T11:00:00+08:00");
        let again = office.get(&path).await.json();
        assert_eq!(again["computed_at"], one["computed_at"], "nothing changed, nothing is computed");
        let anew = office.post(&path, json!({ "command_id": command() })).await.json();
        assert_ne!(anew["computed_at"], one["computed_at"]);
        assert_eq!(anew["earned"], one["earned"]);
        // A second visit of the same site only measures agreement.
        let [_, _, worst] = results();
        small.visit(id, small.sites[0], worst).await;
        small.settled().await;
        assert_eq!(office.get(&path).await.json()["earned"], one["earned"]);
    }
);

#[tokio::test]
async fn a_finding_has_the_form_of_its_item_and_its_photograph() {
    let small = Small::new().await;
    let round = small.open(json!({ "site_ids": [small.sites[0]] })).await;
    let visit = small.start(round["id"].as_str().unwrap(), small.sites[0]).await;
    let id = visit["id"].as_str().unwrap();
    assert_eq!(visit["items"].as_array().unwrap().len(), 3);
    let same = small.start(round["id"].as_str().unwrap(), small.sites[0]).await;
    assert_eq!(same["id"], visit["id"], "the visit under way is come back to");

    let wrong = small.mark(id, 0, json!({"kind": "faults", "count": 1})).await;
    assert_eq!((wrong.status, wrong.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "finding_kind_wrong"));
    let unsaid = small.mark(id, 0, json!({"kind": "not_applicable", "reason": " "})).await;
    assert_eq!(unsaid.json()["errors"][0]["code"], "finding_reason_missing");

    let finish = |version: i64| {
        let body = json!({ "command_id": command(), "version": version });
        let inspector = small.browser("inspector");
        let path = format!("/api/visits/{id}/finish");
        async move { inspector.post(&path, body).await }
    };
    let version = visit["version"].as_i64().unwrap();
    let incomplete = finish(version).await;
    assert_eq!(incomplete.code(), "visit_incomplete");
    assert_eq!(incomplete.json()["data"]["items"].as_array().unwrap().len(), 3);

    let tx = small.world.yunxi.city.read().await.unwrap();
    let mut proven = checklist::items(&tx, Some(small.market)).await.unwrap()[0].clone();
    drop(tx);
    proven.photo_on_failure = true;
    let by = Author { person: None, name: "test".into() };
    let tx = small.world.yunxi.city.write(by, small.world.app.clock().now()).await.unwrap();
    checklist::update_item(&tx, &proven).await.unwrap();
    tx.commit().await.unwrap();
    for (item, result) in [
        json!({"kind": "grade", "grade": "not_met"}),
        json!({"kind": "faults", "count": 0}),
        json!({"kind": "count", "count": 3}),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(small.mark(id, item, result).await.status, StatusCode::OK);
    }
    let unproven = finish(version).await;
    assert_eq!(unproven.code(), "finding_photo_missing");
    assert_eq!(unproven.json()["data"]["codes"], json!(["M-1"]));
    let fixed = small.mark(id, 0, json!({"kind": "grade", "grade": "met"})).await;
    assert_eq!(fixed.json()["pass"], true);
    assert_eq!(finish(version + 5).await.code(), "version_conflict");
    assert_eq!(finish(version).await.status, StatusCode::OK);
    assert_eq!(small.mark(id, 0, json!({"kind": "grade", "grade": "met"})).await.code(), "visit_finished");
}

crate::on_both!(
    async fn faults_are_counted_by_phrase_from_the_visit_to_the_problem(small: Small = Small::on) {
        let round = small.open(json!({ "site_ids": [small.sites[0], small.sites[1]] })).await;
        let id = round["id"].as_str().unwrap();
        let counted = |count: u32, each: Value| json!({ "kind": "faults", "count": count, "by_phrase": each });
        let each = json!([{ "phrase": "垃圾", "count": 3 }, { "phrase": "烟头", "count": 2 }]);
        let plain = |faults: u32| [json!({ "kind": "grade", "grade": "met" }), json!({ "kind": "faults", "count": faults }), json!({ "kind": "count", "count": 3 })];
        let visit = small.start(id, small.sites[0]).await;
        let path = format!("/api/visits/{}", visit["id"].as_str().unwrap());
        let put = async |item: usize, result: Value, phrase: &str| {
            let body = json!({ "command_id": command(), "result": result, "phrase": phrase });
            small.browser("inspector").put(&format!("{path}/findings/{}", small.items[item]), body).await
        };
        for wrong in [counted(4, each.clone()), counted(2, json!([{ "phrase": "垃圾", "count": 1 }, { "phrase": "垃圾", "count": 1 }]))] {
            assert_eq!(put(1, wrong, "").await.code(), "finding_phrases_differ");
        }
        let [grade, _, count] = plain(0);
        put(0, grade, "").await.ok();
        put(1, counted(5, each.clone()), "垃圾；烟头").await.ok();
        put(2, count, "").await.ok();
        let finish = json!({ "command_id": command(), "version": visit["version"] });
        small.browser("inspector").post(&format!("{path}/finish"), finish).await.ok();
        let old = small.visit(id, small.sites[1], plain(2)).await;

        let office = small.browser("office");
        let finding = |visit: &Value| {
            let of_item = |one: &&Value| one["item_id"] == json!(small.items[1]);
            visit["findings"].as_array().unwrap().iter().find(of_item).unwrap().clone()
        };
        let shown = finding(&office.get(&path).await.ok());
        assert_eq!((&shown["result"]["by_phrase"], &shown["faults"], &shown["phrase"]), (&each, &json!(5), &json!("垃圾；烟头")));
        let before = finding(&office.get(&format!("/api/visits/{old}")).await.ok());
        assert_eq!(before["result"], json!({ "kind": "faults", "count": 2 }), "one count for all, as older phones say it");
        small.score_of(id).await;
        let detail = office.get(&format!("/api/rounds/{id}/score/measures/{}", small.measures[1])).await.ok();
        let worst = &detail["sites"][0];
        assert_eq!((&worst["faults"], &worst["findings"][0]["result"]["by_phrase"]), (&json!(5), &each));
        let proposals = office.get(&format!("/api/rounds/{id}/proposals")).await.ok();
        let titles: Vec<_> = proposals.as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
        assert_eq!(titles, ["垃圾3处；烟头2处", "占道经营"]);
        let confirm = json!({ "command_id": command(), "finding_ids": [proposals[0]["finding_id"]] });
        let made = office.post(&format!("/api/rounds/{id}/confirm"), confirm).await.ok();
        let problem = office.get(&format!("/api/problems/{}", made["results"][0]["problem_id"].as_str().unwrap())).await.ok();
        assert_eq!(problem["title"], "垃圾3处；烟头2处");
    }
);

crate::on_both!(
    async fn a_finding_keeps_the_words_that_it_was_judged_by(small: Small = Small::on) {
        let round = small.open(json!({ "site_ids": small.sites })).await;
        let visit = small.start(round["id"].as_str().unwrap(), small.sites[0]).await;
        let path = format!("/api/visits/{}", visit["id"].as_str().unwrap());
        let marked = small.mark(visit["id"].as_str().unwrap(), 0, json!({"kind": "grade", "grade": "met"})).await.ok();
        assert_eq!(marked["judged_by"], serde_json::Value::Null, "the words are the same");
        let office = small.browser("office");
        let types = office.get("/api/site-types").await.ok();
        let page = format!("/api/site-types/{}", types[0]["id"].as_str().unwrap());
        let item = office.get(&page).await.ok()["items"][0].clone();
        let edit = |item: &serde_json::Value, text: &str| {
            json!({
                "command_id": command(), "id": item["id"], "version": item["version"], "code": item["code"], "text": text,
                "judgement_words": "全有全无", "criteria": [],
            })
        };
        small.world.at("2026-03-02T10:00:00+08:00");
        let saved = office.post(&format!("{page}/items"), edit(&item, "新的检查内容")).await.ok()["items"][0].clone();
        assert_eq!((&saved["text"], &saved["judgement"]["kind"]), (&json!("新的检查内容"), &json!("pass_fail")));
        let stale = office.post(&format!("{page}/items"), edit(&item, "别人的")).await;
        assert_eq!(stale.code(), "version_conflict");
        small.world.at("2026-03-02T11:00:00+08:00");
        office.post(&format!("{page}/items"), edit(&saved, "更新的检查内容")).await.ok();
        let read = small.browser("inspector").get(&path).await.ok();
        let finding = &read["findings"][0];
        assert_eq!(finding["judged_by"]["text"], item["text"], "{read}");
        assert_eq!((&finding["pass"], &finding["faults"]), (&marked["pass"], &marked["faults"]));
        // Marked again, it is judged by the words of now.
        let again = small.mark(visit["id"].as_str().unwrap(), 0, json!({"kind": "pass_fail", "pass": true})).await.ok();
        assert_eq!(again["judged_by"], serde_json::Value::Null);
    }
);

#[tokio::test]
async fn nobody_visits_for_others_or_at_home() {
    let small = Small::new().await;
    let round = small.open(json!({ "site_ids": small.sites })).await;
    let id = round["id"].as_str().unwrap();
    let body = json!({ "command_id": command(), "round_id": id, "site_id": small.sites[0] });
    let unit = small.browser("street_head").post("/api/visits", body.clone()).await;
    assert_eq!((unit.status, unit.code().as_str()), (StatusCode::FORBIDDEN, "right_missing"));
    let visit = small.start(id, small.sites[0]).await;
    let mark = json!({ "command_id": command(), "result": {"kind": "grade", "grade": "met"} });
    let path = format!("/api/visits/{}/findings/{}", visit["id"].as_str().unwrap(), small.items[0]);
    assert_eq!(small.browser("office").put(&path, mark).await.code(), "visit_not_yours");
    let mine = small.browser("inspector").get("/api/my/visits").await.json();
    assert_eq!(mine.as_array().unwrap().len(), 3);
    assert_eq!(mine[0]["state"], "visiting");
    assert_eq!(small.browser("office").get("/api/inspectors").await.json()[0]["person"]["name"], "inspector");
}

#[tokio::test]
async fn a_draw_can_be_repeated_and_a_command_is_applied_once() {
    let small = Small::new().await;
    let body = json!({
        "command_id": command(), "name": "抽查", "kind": "spot", "edition_id": small.edition,
        "sites": {"count": 2}, "inspectors": [],
    });
    let office = small.browser("office");
    let first = office.post("/api/rounds", body.clone()).await.json();
    let again = office.post("/api/rounds", body.clone()).await.json();
    assert_eq!(first["id"], again["id"]);
    let mut other = body;
    other["name"] = json!("另一次");
    assert_eq!(office.post("/api/rounds", other).await.code(), "command_reused");
    let draw = &first["draw"];
    let nonce = hex::decode(draw["nonces"][0].as_str().unwrap()).unwrap();
    let seed = yipanqi_domain::round::draw::seed([&nonce, &[], &[]]);
    assert_eq!(draw["seed"], hex::encode(seed));
    let frame = yipanqi_domain::round::draw::Frame {
        sites: (1..=3).map(|number| (format!("YX-{number:04}"), "农贸市场".to_owned())).collect(),
    };
    assert_eq!(draw["frame_hash"], hex::encode(frame.hash()));
    let drawn = frame.draw(&seed, &[("农贸市场".to_owned(), 2)].into());
    assert_eq!(draw["strata"][0]["codes"], json!(drawn["农贸市场"]));
    assert_eq!(first["site_list"].as_array().unwrap().len(), 2);
    let none = json!({
        "command_id": command(), "name": "空", "kind": "spot", "edition_id": small.edition, "sites": {"site_ids": []},
    });
    assert_eq!(office.post("/api/rounds", none).await.json()["errors"][0]["code"], "round_without_sites");
}

/// What the map counts at all sites together.
async fn heat(browser: &Browser, query: &str) -> u64 {
    let map = browser.get(&format!("/api/sites.geojson{query}")).await.json();
    map["features"].as_array().unwrap().iter().map(|site| site["properties"]["heat"].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn failed_findings_become_problems_once() {
    let small = Small::new().await;
    let round = small.open(json!({ "site_ids": small.sites })).await;
    let id = round["id"].as_str().unwrap();
    for (site, results) in small.sites.iter().zip(results()) {
        small.visit(id, *site, results).await;
    }
    let office = small.browser("office");
    let path = format!("/api/rounds/{id}/proposals");
    let proposals = office.get(&path).await.json();
    // 基本达标 and two faults at the second site, all three items at the third.
    assert_eq!(proposals.as_array().unwrap().len(), 5);
    assert_eq!(proposals[0]["criteria"][0]["citation"], "1-1");
    let before = office.get("/api/board").await.json();
    let finding = proposals[0]["finding_id"].clone();
    let body = json!({ "command_id": command(), "finding_ids": [finding, Uuid::now_v7()] });
    let confirmed = office.post(&format!("/api/rounds/{id}/confirm"), body).await.json();
    assert_eq!(confirmed["results"][0]["ok"], true);
    assert_eq!(confirmed["results"][1]["code"], "finding_not_found");
    let body = json!({ "command_id": command(), "finding_ids": [finding] });
    let again = office.post(&format!("/api/rounds/{id}/confirm"), body).await.json();
    assert_eq!(again["results"][0]["code"], "finding_has_problem");
    assert_eq!(office.get(&path).await.json().as_array().unwrap().len(), 4);
    let problem = confirmed["results"][0]["problem_id"].as_str().unwrap();
    let problem = office.get(&format!("/api/problems/{problem}")).await.json();
    assert_eq!((problem["state"].as_str(), problem["title"].as_str()), (Some("filed"), Some("占道经营")));
    let sites = office.get("/api/sites?sort=code").await.json();
    assert_eq!((sites["items"][1]["open_problems"].as_u64(), sites["totals"]["open_problems"].as_u64()), (Some(1), Some(1)));
    for (query, wanted) in
        [("", 0), ("?heat=open", 1), ("?heat=open&criterion=1-1", 1), ("?heat=open&criterion=9-9", 0), ("?heat=late", 0)]
    {
        assert_eq!(heat(&office, query).await, wanted, "{query}");
    }
    let (failed, cited) = (heat(&office, "?heat=failed").await, heat(&office, "?heat=failed&criterion=1-1").await);
    assert!(failed > cited && cited > 0, "{failed} {cited}");
    small.settled().await;
    let board = office.get("/api/board").await.json();
    let filed = |board: &Value| {
        let states = board["states"].as_array().unwrap();
        states.iter().find(|row| row["state"] == "filed").map_or(0, |row| row["count"].as_u64().unwrap())
    };
    assert_eq!(filed(&board), filed(&before) + 1);
    assert_eq!(board["score"]["round"]["id"], id);
    let assign = board["todo"].as_array().unwrap().iter().find(|row| row["kind"] == "assign").unwrap();
    assert_eq!((assign["count"].as_u64(), assign["link"].as_str()), (Some(filed(&board)), Some("/problems?view=to_assign")));
    assert_eq!(board["since_yesterday"]["filed"].as_u64(), before["since_yesterday"]["filed"].as_u64().map(|filed| filed + 1));
}

crate::on_both!(
    async fn peers_are_ranked_and_small_ones_listed_without_a_rank(small: Small = Small::on) {
        let round = small.open(json!({ "site_ids": small.sites })).await;
        let id = round["id"].as_str().unwrap();
        for (site, results) in small.sites.iter().zip(results()) {
            small.visit(id, *site, results).await;
        }
        let office = small.browser("office");
        let path = format!("/api/rounds/{id}/ranking?group=street");
        small.settled().await;
        let rows = office.get(&path).await.json()["rows"].clone();
        assert!(rows.as_array().unwrap().iter().all(|row| row["rank"].is_null() && row["reason"] == "below_minimum"));
        let policy = yipanqi_domain::ranking::RankingPolicy {
            first: yipanqi_domain::ranking::First::Highest,
            decimals: 2,
            minimum_denominator: 1,
        };
        let by = Author { person: None, name: "test".into() };
        let tx = small.world.yunxi.city.write(by, small.world.app.clock().now()).await.unwrap();
        yipanqi_store::setting::put(&tx, "ranking_policy", &policy).await.unwrap();
        tx.commit().await.unwrap();
        let rows = office.get(&path).await.json()["rows"].clone();
        let shown: Vec<_> = rows.as_array().unwrap().iter().map(|row| (row["rank"].as_u64(), row["unit"]["name"].as_str())).collect();
        assert_eq!(shown, [(Some(1), Some("东街街道")), (Some(2), Some("西街街道"))]);
        assert_eq!(rows[1]["rate"]["value"], "0.00");
        let early = small.browser("head").get(&path).await;
        assert_eq!((early.status, early.code().as_str()), (StatusCode::CONFLICT, "ranking_not_final"));
        small.close(id).await;
        assert_eq!(small.browser("head").get(&path).await.status, StatusCode::OK);
        let workbook = office.get(&format!("/api/rounds/{id}/ranking.xlsx?group=street")).await;
        assert!(workbook.headers["content-disposition"].to_str().unwrap().contains("ranking-2026-01.xlsx"));
        let body = json!({ "command_id": command(), "round_id": id, "site_id": small.sites[0] });
        assert_eq!(small.browser("inspector").post("/api/visits", body).await.code(), "round_not_open");
    }
);

crate::on_both!(
    async fn a_published_ranking_stays_and_its_correction_is_the_next_version(small: Small = Small::on) {
        let round = small.open(json!({ "site_ids": small.sites })).await;
        let id = round["id"].as_str().unwrap();
        for (site, results) in small.sites.iter().zip(results()) {
            small.visit(id, *site, results).await;
        }
        let office = small.browser("office");
        let (path, correct) = (format!("/api/rounds/{id}/ranking?group=street"), format!("/api/rounds/{id}/ranking/corrections"));
        let minimum = async |sites: u64| {
            let policy = office.get("/api/score-policy").await.ok();
            let policy = json!({ "command_id": command(), "seen": policy["seen"], "territorial": "1", "industry": "1", "lead": "7",
                                 "support": "3", "minimum_sites": sites, "decimals": 2 });
            office.put("/api/score-policy", policy).await.ok();
        };
        let reason = |reason: &str| json!({ "command_id": command(), "reason": reason });
        minimum(1).await;
        small.settled().await;
        assert_eq!(office.get(&path).await.ok()["published"], Value::Null, "nothing is published while the round is open");
        assert_eq!(office.post(&correct, reason("x")).await.code(), "ranking_not_final");
        small.close(id).await;
        let first = office.get(&path).await.ok();
        let shown = &first["published"];
        assert_eq!((&shown["version"], &shown["newest"], &shown["verified"]), (&json!(1), &json!(1), &json!(true)), "{shown}");
        assert_eq!(office.post(&correct, reason("又算了一遍")).await.code(), "ranking_unchanged");

        minimum(9).await;
        assert_eq!(office.get(&path).await.ok()["rows"], first["rows"], "what was published stays");
        small.settled().await;
        let board = office.get("/api/board").await.ok();
        assert_eq!((&board["ranking"], &board["ranking_group"]), (&first["rows"], &json!("street")), "the board shows what is published");
        assert_eq!(office.post(&correct, reason(" ")).await.code(), "reason_missing");
        assert_eq!(small.browser("head").post(&correct, reason("x")).await.code(), "right_missing");
        let command = reason("最低点位数改为9个");
        office.post(&correct, command.clone()).await.ok();
        office.post(&correct, command).await.ok();
        let second = office.get(&path).await.ok();
        let shown = &second["published"];
        assert_eq!((&shown["version"], &shown["reason"], &shown["verified"]), (&json!(2), &json!("最低点位数改为9个"), &json!(true)));
        assert!(second["rows"].as_array().unwrap().iter().all(|row| row["reason"] == "below_minimum"));
        let old = office.get(&format!("{path}&version=1")).await.ok();
        assert_eq!((&old["rows"], &old["published"]["newest"]), (&first["rows"], &json!(2)), "and can still be read");
        assert_eq!(office.get(&format!("{path}&version=3")).await.code(), "ranking_version_not_found");
        let tampered = "UPDATE ranking SET body = REPLACE(body, '\"rank\":2', '\"rank\":1') WHERE version = 1";
        yipanqi_store::testing::sql(&small.world.yunxi.city, tampered).await;
        assert_eq!(office.get(&format!("{path}&version=1")).await.ok()["published"]["verified"], false, "an edited row shows");
    }
);

crate::on_both!(
    async fn a_covert_round_hides_until_it_is_released(small: Small = Small::on) {
        let office = small.browser("office");
        let body = json!({
            "command_id": command(), "name": "暗访", "kind": "covert", "edition_id": small.edition,
            "sites": {"site_ids": small.sites}, "inspectors": [small.world.yunxi.people["inspector"]],
        });
        let round = office.post("/api/rounds", body).await.json();
        let id = round["id"].as_str().unwrap();
        let visit = small.visit(id, small.sites[2], results()[2].clone()).await;
        let head = small.browser("other_head");
        for path in [format!("/api/rounds/{id}"), format!("/api/rounds/{id}/score"), format!("/api/rounds/{id}/ranking?group=street")]
        {
            assert_eq!(head.get(&path).await.code(), "round_not_found", "{path}");
        }
        assert_eq!(head.get(&format!("/api/visits/{visit}")).await.code(), "visit_not_found");
        assert_eq!(head.get("/api/rounds").await.json()["total"], 0);
        assert!(office.get("/api/board").await.json()["score"].is_null());
        assert_eq!(heat(&office, "?heat=failed").await, 0, "the map does not tell what a covert round found");
        let confirm = json!({ "command_id": command(), "finding_ids": [] });
        assert_eq!(office.post(&format!("/api/rounds/{id}/confirm"), confirm).await.code(), "round_hidden");
        for (step, state) in [("close", "closed"), ("release", "released")] {
            let version = office.get(&format!("/api/rounds/{id}")).await.json()["version"].clone();
            let body = json!({ "command_id": command(), "version": version });
            assert_eq!(office.post(&format!("/api/rounds/{id}/{step}"), body).await.json()["state"], state);
        }
        assert_eq!(head.get(&format!("/api/rounds/{id}")).await.status, StatusCode::OK);
        assert!(!office.get("/api/board").await.json()["score"].is_null());
        assert!(heat(&office, "?heat=failed").await > 0);
    }
);

crate::on_both!(
    async fn lists_show_only_what_concerns_the_reader(small: Small = Small::on) {
        let codes = |list: Value| -> Vec<String> {
            list["items"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap().to_owned()).collect()
        };
        let west = small.browser("other_street_head");
        assert_eq!(codes(west.get("/api/sites").await.json()), ["YX-0003"]);
        assert_eq!(codes(small.browser("other_head").get("/api/sites?sort=-code").await.json()), ["YX-0003", "YX-0002", "YX-0001"]);
        assert_eq!(codes(small.browser("office").get("/api/sites?q=第2市场").await.json()), ["YX-0002"]);
        let hidden = west.get(&format!("/api/sites/{}", small.sites[0])).await;
        assert_eq!((hidden.status, hidden.code().as_str()), (StatusCode::FORBIDDEN, "place_not_yours"));
        let site = west.get(&format!("/api/sites/{}", small.sites[2])).await.json();
        assert_eq!(site["checklist"][2]["judgement"], json!({"kind": "count_at_least", "n": 3}));
        assert_eq!(site["checklist"][0]["criteria"][0]["criterion_id"], json!(small.criteria[0]));
        let map = west.get("/api/sites.geojson").await.json();
        assert_eq!(map["features"][0]["geometry"]["coordinates"], json!([114.833_039, 31.261_684]));
        assert_eq!(map["features"].as_array().unwrap().len(), 1);
        let around = "114.83,31.26;114.84,31.26;114.84,31.27;114.83,31.27";
        let elsewhere = "115.83,31.26;115.84,31.26;115.84,31.27;115.83,31.27";
        for path in ["/api/sites?area=", "/api/sites.geojson?area="] {
            let count = |answer: Value| ["items", "features"].iter().find_map(|name| answer[name].as_array().map(Vec::len));
            assert_eq!(count(west.get(&format!("{path}{around}")).await.json()), Some(1), "{path}");
            assert_eq!(count(west.get(&format!("{path}{elsewhere}")).await.json()), Some(0), "{path}: nothing, not everything");
            assert_eq!(west.get(&format!("{path}114.83,31.26")).await.code(), "query_invalid", "{path}");
        }
        let workbook = west.get("/api/sites/export.xlsx?columns=code,name").await;
        assert_eq!(workbook.status, StatusCode::OK);
        assert_eq!(west.get("/api/sites/export.xlsx?columns=secret").await.code(), "export_column_unknown");
        let round = small.open(json!({ "site_ids": small.sites })).await;
        let seen = west.get(&format!("/api/rounds/{}", round["id"].as_str().unwrap())).await.json();
        assert_eq!((seen["sites"].as_u64(), seen["site_list"].as_array().unwrap().len()), (Some(3), 1));
        let types = west.get("/api/site-types").await.json();
        assert_eq!((types[0]["items"].as_u64(), types[0]["sites"].as_u64()), (Some(3), Some(3)));
    }
);

#[tokio::test]
async fn an_edition_reads_in_both_languages() {
    let small = Small::new().await;
    let list = small.browser("liaison").get("/api/editions").await.json();
    assert_eq!(list[0]["points"], json!({"value": "5.15", "exact": "103/20"}));
    assert_eq!((list[0]["criteria"].as_u64(), list[0]["to_choose"].as_u64()), (Some(5), Some(1)));
    assert_eq!(list[0]["totals"]["on_site"]["value"], "2.15");
    let path = format!("/api/editions/{}", small.edition);
    let zh = small.browser("liaison").get(&path).await.json();
    let en = small.browser("liaison").english().get(&path).await.json();
    let text = |edition: &Value| edition["nodes"][1]["measures"][0]["rule_text"].as_str().unwrap().to_owned();
    assert!(text(&zh).contains("基本达标得60%") && text(&en).contains("mostly met earns 60%"));
    assert_eq!(zh["nodes"][0]["points"]["value"], "5.15");
    assert_eq!(small.browser("liaison").get(&format!("/api/editions/{}", Uuid::now_v7())).await.code(), "edition_not_found");
}

#[tokio::test]
async fn a_result_is_possible_and_of_the_rounds_edition() {
    let small = Small::new().await;
    let round = small.open(json!({ "site_ids": small.sites })).await;
    let id = round["id"].as_str().unwrap();
    let office = small.browser("office");
    let enter = |measure: Uuid, value: Value, source: &str| {
        let body = json!({ "command_id": command(), "round_id": id, "measure_id": measure, "value": value, "source": source });
        let office = small.browser("office");
        async move { office.post("/api/results", body).await }
    };
    for (measure, value, source, code) in [
        (small.measures[4], json!({"kind": "points", "points": "2.5"}), "评审", "result_out_of_range"),
        (small.measures[3], json!({"kind": "ratio", "observed": 3, "total": 2}), "调查", "result_out_of_range"),
        (small.measures[4], json!({"kind": "points", "points": "1.5"}), " ", "required"),
        (Uuid::now_v7(), json!({"kind": "points", "points": "1"}), "评审", "measure_not_found"),
    ] {
        assert_eq!(enter(measure, value, source).await.json()["errors"][0]["code"], code);
    }
    assert_eq!(enter(small.measures[4], json!({"kind": "points", "points": "1.5"}), "评审").await.status, StatusCode::OK);
    assert_eq!(enter(small.measures[4], json!({"kind": "points", "points": "4/3"}), "复审").await.status, StatusCode::OK);
    let entered = office.get(&format!("/api/rounds/{id}/results")).await.json();
    assert_eq!(entered.as_array().unwrap().len(), 1, "the later result replaces the earlier one");
    assert_eq!((&entered[0]["value"]["points"], &entered[0]["source"]), (&json!("4/3"), &json!("复审")));
    small.settled().await;
    let score = office.get(&format!("/api/rounds/{id}/score")).await.json();
    assert_eq!((score["earned"]["value"].as_str(), score["covered"]["value"].as_str()), (Some("1.33"), Some("2.00")));
}
