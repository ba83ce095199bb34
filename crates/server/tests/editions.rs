//! Whatever an edition says leaves as a workbook and comes back the same: the demo city's editions, and invented ones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_documents::kind::Kind;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::words::recognise;
use yipanqi_domain::framework::{Amount, Edition, Method, NegativeEffect, NegativeItem, Rule, Scope};
use yipanqi_domain::id::CriterionId;
use yipanqi_server::app::App;
use yipanqi_server::config::Config;
use yipanqi_server::framework::export::workbook;
use yipanqi_server::import::actions::{FileInput, FileReport, Mode, run_file};
use yipanqi_server::import::run::Partial;
use yipanqi_server::request::Lang;
use yipanqi_store::framework::{
    self, CriterionSiteType, Duty, DutyRole, EditionNode, EditionRow, EditionState, EditionTree, Framework, MeasureRow,
    NegativeRow, RuleState,
};
use yipanqi_store::testing::{Fixture, on_sqlite};
use yipanqi_store::{Author, City, Slug};

fn author() -> Author {
    Author { person: None, name: "test".into() }
}

async fn city(app: &App, name: &str) -> (Slug, City) {
    let slug: Slug = name.parse().unwrap();
    let city = app.store().add_city(&slug, "云溪市", "云溪市", author(), app.clock().now()).await.unwrap();
    (slug, city)
}

fn app(fixture: &Fixture) -> App {
    App::new(fixture.store.clone(), "fixed:2026-03-02T09:00:00+08:00".parse().unwrap(), Config::default())
}

async fn import(app: &App, slug: &Slug, path: &Path) -> FileReport {
    let input = FileInput {
        kind: Kind::Framework,
        path,
        mapping: None,
        round: None,
        mode: Mode::Write,
        partial: Partial::Refuse,
        lang: Lang::Zh,
    };
    run_file(app, slug, &author(), input).await.unwrap()
}

/// An edition without identities, as far as a workbook can say it.
fn said(tree: &EditionTree) -> Value {
    let key = |id: Option<CriterionId>| tree.nodes.iter().find(|node| Some(node.id) == id).map(|node| &node.citation_key);
    let nodes: Vec<Value> = (tree.nodes.iter())
        .map(|node| {
            let measures: Vec<Value> = (node.measures.iter())
                .map(|one| json!([one.method, one.points, one.rule, one.scope, one.rule_words, one.rule_state]))
                .collect();
            json!({
                "parent": key(node.parent), "position": node.position, "depth": node.depth, "number": node.number,
                "key": node.citation_key, "title": node.title, "criterion": node.is_criterion, "remark": node.remark,
                "measures": measures, "site_types": node.site_types.iter().map(|given| &given.name_given).collect::<Vec<_>>(),
                "duties": node.duties.iter().map(|duty| json!([duty.role, duty.name_given])).collect::<Vec<_>>(),
            })
        })
        .collect();
    let negative: Vec<Value> = tree.negative_items.iter().map(|row| json!([row.item, row.decider_name, row.words])).collect();
    let row = &tree.row;
    json!({ "code": row.code, "name": row.name, "year": row.year, "settings": row.settings, "nodes": nodes, "negative": negative })
}

async fn trees(city: &City) -> (Vec<Arc<EditionTree>>, Arc<Vec<Framework>>) {
    let tx = city.read().await.unwrap();
    let mut trees = Vec::new();
    for row in framework::editions(&tx).await.unwrap() {
        trees.push(framework::edition(&tx, row.id).await.unwrap());
    }
    (trees, framework::frameworks(&tx).await.unwrap())
}

/// Exports an edition, imports it into another city and into its own, and compares.
async fn round_trip(app: &App, from: &Slug, tree: &EditionTree, families: &[Framework], to: &(Slug, City), folder: &Path) {
    let family = families.iter().find(|family| family.id == tree.row.framework).unwrap();
    let path = folder.join("edition.xlsx");
    std::fs::write(&path, workbook(tree, family, app.clock().now()).unwrap()).unwrap();
    let report = import(app, &to.0, &path).await;
    let refused: Vec<_> =
        report.rows.iter().filter(|row| row.action == yipanqi_store::import::RowAction::Refused).take(3).collect();
    assert!(refused.is_empty(), "{}: {refused:?}", tree.row.name);
    let (copies, _) = trees(&to.1).await;
    let copy = copies.iter().find(|copy| copy.row.code == tree.row.code).unwrap();
    let (mine, theirs) = (said(tree), said(copy));
    for (one, other) in mine["nodes"].as_array().unwrap().iter().zip(theirs["nodes"].as_array().unwrap()) {
        assert_eq!(one, other);
    }
    assert_eq!(mine, theirs);
    let again = import(app, from, &path).await.counts;
    assert_eq!((again.created, again.changed, again.refused), (0, 0, 0), "{}", tree.row.name);
}

#[test]
fn the_editions_of_the_demo_city_leave_and_come_back_the_same() {
    on_sqlite(demo_city);
}

async fn demo_city(fixture: Fixture) {
    let app = app(&fixture);
    let (slug, own) = city(&app, "yunxi").await;
    let other = city(&app, "nanjiang").await;
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi");
    for file in ["测评体系-县级文明城市-2025版.xlsx", "测评体系-县级文明城市-2026版.xlsx", "国家卫生城市标准-2021版.xlsx"]
    {
        import(&app, &slug, &folder.join(file)).await;
    }
    let (editions, families) = trees(&own).await;
    assert_eq!(editions.len(), 3);
    let target = tempfile::tempdir().unwrap();
    for tree in &editions {
        round_trip(&app, &slug, tree, &families, &other, target.path()).await;
    }
}

fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

/// A measure as an editor leaves it: understood from words, chosen by a person, or still to be chosen.
fn measure(method: Method, kind: u8, points: u32) -> MeasureRow {
    let points = Exact::fraction(i64::from(points), 100).unwrap();
    let share = Rule::DeductPerFault { each: Amount::Share(exact("0.25")), floor: Exact::zero(), max_per_item: Some(2) };
    let (words, rule, scope, state) = match kind {
        0 => ("每发现1处扣0.01分，扣完为止", None, None, RuleState::Recognised),
        1 => ("按实际情况酌情扣分", Some(Rule::Ratio), Some(Scope::Round), RuleState::Chosen),
        2 => ("由专家评定", None, None, RuleState::ToChoose),
        _ => ("", Some(share), None, RuleState::Chosen),
    };
    let rule = if state == RuleState::Recognised { recognise(words, method, &points).rule } else { rule };
    MeasureRow { id: Uuid::now_v7(), method, points: Some(points), rule, scope, rule_words: words.into(), rule_state: state }
}

/// Titles, measures as (method, kind, points), names of site types and units, remark, of each criterion below two projects.
type Drawn = Vec<(String, Vec<(usize, u8, u32)>, Vec<String>, Vec<String>, String)>;

fn drawn() -> impl Strategy<Value = Drawn> {
    let word = || "[街巷路口公园厕所整洁有序无乱堆放0-9%]{1,10}".prop_map(|text| format!("甲{text}"));
    let measures = prop::collection::vec((0_usize..3, 0_u8..4, 1_u32..300), 1..3);
    let names = || prop::collection::vec("[东西南北]{1,3}(（[一二]）)?", 0..3);
    prop::collection::vec((word(), measures, names(), names(), "[备注说明]{0,4}"), 1..12)
}

fn invented(drawn: &Drawn, family: &Framework) -> EditionTree {
    let settings = Edition {
        level_names: vec!["测评项目".into(), "测评内容".into(), "测评标准".into()],
        published_decimals: 3,
        working_scale: Some(5),
        ..Edition::default()
    };
    let row = EditionRow {
        id: Uuid::now_v7(),
        framework: family.id,
        code: "civilized_city-test".into(),
        name: "试编版".into(),
        year: None,
        state: EditionState::InUse,
        revision: 1,
        supersedes: None,
        reason: String::new(),
        frozen_at: None,
        imported_from: None,
        settings,
        version: 0,
    };
    let mut nodes: Vec<EditionNode> = Vec::new();
    let push =
        |nodes: &mut Vec<EditionNode>, parent: Option<CriterionId>, depth: i64, number: String, key: String, title: &str| {
            let id = CriterionId::new(Uuid::now_v7());
            nodes.push(EditionNode {
                id,
                parent,
                position: i64::try_from(nodes.len()).unwrap() + 1,
                depth,
                number,
                citation_key: key,
                title: title.into(),
                is_criterion: false,
                remark: String::new(),
                measures: Vec::new(),
                site_types: Vec::new(),
                duties: Vec::new(),
            });
            id
        };
    for (project, chunk) in (1..).zip(drawn.chunks(5)) {
        let top = push(&mut nodes, None, 0, ["Ⅰ", "Ⅱ", "Ⅲ"][project - 1].to_owned(), project.to_string(), "项目");
        let content = push(&mut nodes, Some(top), 1, "1.".to_owned(), format!("{project}-1"), "内容");
        for (number, (title, measures, types, units, remark)) in (1..).zip(chunk) {
            push(&mut nodes, Some(content), 2, format!("（{number}）"), format!("{project}-1-{number}"), title);
            let node = nodes.last_mut().unwrap();
            node.is_criterion = true;
            node.remark.clone_from(remark);
            for (method, kind, points) in measures {
                let method = Method::ALL[*method];
                if !node.measures.iter().any(|known| known.method == method) {
                    node.measures.push(measure(method, *kind, *points));
                }
            }
            node.measures.sort_by_key(|measure| measure.method);
            for name in types {
                let given = CriterionSiteType { site_type: None, name_given: name.clone() };
                if !node.site_types.contains(&given) {
                    node.site_types.push(given);
                }
            }
            for (place, name) in units.iter().enumerate() {
                let role = if place == 0 { DutyRole::Lead } else { DutyRole::Support };
                node.duties.push(Duty { unit: None, name_given: name.clone(), role });
            }
        }
    }
    let negative = |number: &str, situation: &str, effect, words: &str| NegativeRow {
        id: Uuid::now_v7(),
        item: NegativeItem { number: number.into(), situation: situation.into(), effect },
        decider_name: "市纪委".into(),
        words: words.into(),
    };
    let negative_items = vec![
        negative("1", "发生重大事件", NegativeEffect::Veto, "一票否决"),
        negative("2", "被媒体曝光，每起", NegativeEffect::Deduct { points: exact("0.5"), per: "起".into() }, "扣分 0.5"),
    ];
    EditionTree { row, nodes, negative_items }
}

#[test]
fn invented_editions_leave_and_come_back_the_same() {
    on_sqlite(invented_ones);
}

async fn invented_ones(fixture: Fixture) {
    let app = app(&fixture);
    let target = tempfile::tempdir().unwrap();
    let mut runner = TestRunner::deterministic();
    for case in 0..6 {
        let drawn = drawn().new_tree(&mut runner).unwrap().current();
        let (slug, own) = city(&app, &format!("from{case}")).await;
        let other = city(&app, &format!("to{case}")).await;
        let family = Framework { id: Uuid::now_v7(), code: "civilized_city".into(), name: "全国文明城市".into() };
        let tree = invented(&drawn, &family);
        let tx = own.write(author(), app.clock().now()).await.unwrap();
        framework::add_framework(&tx, &family).await.unwrap();
        framework::save_edition(&tx, &tree.row).await.unwrap();
        framework::save_nodes(&tx, tree.row.id, &tree.nodes).await.unwrap();
        framework::save_negative_items(&tx, tree.row.id, &tree.negative_items).await.unwrap();
        tx.commit().await.unwrap();
        let (kept, families) = trees(&own).await;
        round_trip(&app, &slug, &kept[0], &families, &other, target.path()).await;
    }
}
