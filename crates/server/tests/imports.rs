//! The demo city's real files through the importer, on both databases: what each row becomes, and nothing twice.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in its helpers")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use yipanqi_documents::kind::Kind;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::framework::{Method, Scoring};
use yipanqi_domain::problem::State;
use yipanqi_server::app::App;
use yipanqi_server::config::Config;
use yipanqi_server::import::actions::{FileInput, FileReport, Mode, run_file};
use yipanqi_server::import::run::Partial;
use yipanqi_server::request::Lang;
use yipanqi_store::import::RowAction;
use yipanqi_store::testing::Fixture;
use yipanqi_store::{Author, City, Slug, checklist, framework, problem, question, site, unit};

/// The files in the order in which a city is built, how many rows each enters, how many questions it asks, and how many
/// lines it has of a code.
type Expected = (Kind, &'static str, u64, u64, &'static [(&'static str, u64)]);
const FILES: [Expected; 10] = [
    (Kind::Units, "组织机构与责任人.xlsx", 481, 0, &[("person_missing", 4)]),
    (Kind::Grids, "网格边界.geojson", 295, 0, &[]),
    (Kind::Calendar, "工作日历-2024至2026.json", 108, 0, &[]),
    (Kind::Checklists, "点位类型与检查清单.xlsx", 39 + 652, 0, &[]),
    (
        Kind::Sites,
        "点位台账.xlsx",
        1216,
        36 + 5 + 3 + 14 + 6 + 2,
        &[
            ("coordinates_missing", 36),
            ("coordinates_swapped", 5),
            ("coordinates_longitude_ten_times_too_small", 3),
            ("datum_blank", 14),
            ("coordinates_as_text", 21),
            ("site_duplicate", 6),
            ("site_type_unknown", 11),
            ("unit_by_former_name", 46),
            // No site chief: two blank, seven 待定.
            ("person_missing", 2),
            ("value_placeholder", 7),
        ],
    ),
    (
        Kind::Framework,
        "测评体系-县级文明城市-2025版.xlsx",
        125 + 30,
        0,
        &[("total_agrees", 1), ("unit_by_former_name", 6), ("criterion_without_site_type", 1)],
    ),
    (Kind::Framework, "测评体系-县级文明城市-2026版.xlsx", 128 + 30, 0, &[("total_agrees", 11)]),
    (Kind::Framework, "国家卫生城市标准-2021版.xlsx", 56, 0, &[]),
    (Kind::Feedback, "省测反馈问题清单-2025.xlsx", 260, 1, &[("site_not_registered", 9)]),
    (Kind::Tickets, "12345工单导出.csv", 400, 0, &[("ticket_is_report", 78)]),
];

fn demo(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi").join(file)
}

fn author() -> Author {
    Author { person: None, name: "test".into() }
}

async fn city(fixture: &Fixture) -> (App, Slug, City) {
    let clock = "fixed:2026-03-02T09:00:00+08:00".parse().unwrap();
    let app = App::new(fixture.store.clone(), clock, Config::default());
    let slug: Slug = "yunxi".parse().unwrap();
    let city = app.store().add_city(&slug, "云溪市", "云溪市", author(), app.clock().now()).await.unwrap();
    (app, slug, city)
}

async fn import(app: &App, slug: &Slug, kind: Kind, path: &Path, mode: Mode) -> FileReport {
    let input = FileInput { kind, path, mapping: None, round: None, mode, partial: Partial::Refuse, lang: Lang::Zh };
    run_file(app, slug, &author(), input).await.unwrap()
}

yipanqi_store::both! {
    async fn every_file_of_the_demo_city_is_read_once_and_then_unchanged(fixture: Fixture) {
        let (app, slug, city) = city(&fixture).await;
        for (kind, file, created, questions, codes) in FILES {
            let tried = import(&app, &slug, kind, &demo(file), Mode::Try).await;
            let report = import(&app, &slug, kind, &demo(file), Mode::Write).await;
            let counts = &report.counts;
            assert_eq!(tried.counts, *counts, "{file}: the dry run says what the run does");
            assert_eq!((counts.created, counts.changed, counts.refused, counts.question), (created, 0, 0, questions), "{file}");
            for (code, lines) in codes {
                assert_eq!(counts.codes.get(*code), Some(lines), "{file} {code}");
            }
            for unwanted in ["unit_unknown", "unit_ambiguous", "total_differs", "calendar_total_differs", "site_grid_differs"] {
                assert_eq!(counts.codes.get(unwanted), None, "{file} {unwanted}");
            }
        }
        looks_like_the_demo_city(&city).await;
        for (kind, file, ..) in FILES {
            let again = import(&app, &slug, kind, &demo(file), Mode::Write).await;
            let counts = &again.counts;
            let changed: Vec<_> = again.rows.iter().filter(|row| row.action != RowAction::Unchanged).take(5).collect();
            assert!(changed.is_empty(), "{file}: {changed:?}");
            assert_eq!((counts.created, counts.changed, counts.refused, counts.question), (0, 0, 0, 0), "{file}");
        }
    }
}

async fn looks_like_the_demo_city(city: &City) {
    let tx = city.read().await.unwrap();
    let directory = unit::directory(&tx).await.unwrap();
    assert_eq!(directory.units().len(), 181 + 172 + 13);
    directory.tree().unwrap();
    assert_eq!(unit::pairings(&tx).await.unwrap().len(), 115);
    assert_eq!(unit::secondments(&tx).await.unwrap().len(), 61);
    assert!(unit::boundaries(&tx, None).await.unwrap().iter().all(|boundary| boundary.unit.is_some()));

    assert_eq!((checklist::site_types(&tx).await.unwrap().len(), checklist::items(&tx, None).await.unwrap().len()), (39, 652));
    let sites = site::all(&tx).await.unwrap();
    // 18 have no place by nature; missing, misplaced and undated ones wait for a decision.
    assert_eq!(sites.iter().filter(|site| site.longitude.is_some()).count(), 1216 - 18 - 36 - 5 - 3 - 14);
    let of_the_whole_city = |site: &&site::Site| site.street.is_none() && site.community.is_none() && site.grid.is_none();
    assert_eq!(sites.iter().filter(of_the_whole_city).count(), 18);
    assert_eq!(sites.iter().filter(|site| site.grid.is_some() && site.community.is_some()).count(), 1216 - 18);
    assert!(sites.iter().all(|site| site.industry_unit.is_some() && site.territorial_unit.is_some()));

    editions(&tx).await;

    let feedback = problem::unplaced(&tx, "higher_feedback").await.unwrap();
    assert!(feedback.len() < 15, "{} rows of feedback found no site", feedback.len());
    let tickets = problem::unplaced(&tx, "hotline").await.unwrap();
    let count = |state| tickets.iter().filter(|kept| kept.problem.state == state).count();
    assert_eq!(tickets.len(), 400 - 78);
    assert_eq!(tickets.iter().filter(|kept| kept.problem.outside_rates).count(), count(State::Closed));
    assert!(tickets.iter().filter(|kept| kept.problem.state == State::Assigned).all(|kept| kept.problem.due.moment().is_some()));
    assert_eq!(count(State::Closed) + count(State::Assigned) + count(State::Filed), 400 - 78);
}

async fn editions(tx: &yipanqi_store::ReadTx) {
    let exact = |text: &str| text.parse::<Exact>().unwrap();
    let stated: [(&str, [&str; 3], &str); 2] =
        [("civilized_city-2025", ["46.3", "39.7", "14"], "100"), ("civilized_city-2026", ["48.15", "38.2", "14.8"], "101.15")];
    for (code, by_method, total) in stated {
        let tree = framework::edition_by_code(tx, code).await.unwrap().unwrap();
        let edition = tree.rules();
        assert_eq!(edition.level_names, ["测评项目", "测评内容", "测评标准"], "{code}");
        assert_eq!((edition.total_points(), edition.stated_total.clone()), (exact(total), Some(exact(total))), "{code}");
        let mut sums: BTreeMap<Method, Exact> = BTreeMap::new();
        for measure in edition.criteria().flat_map(|(_, criterion)| &criterion.measures) {
            let sum = sums.remove(&measure.method).unwrap_or_else(Exact::zero);
            sums.insert(measure.method, &sum + &measure.points);
        }
        for (method, points) in [Method::OnSite, Method::Filing, Method::Survey].into_iter().zip(by_method) {
            assert_eq!(sums.get(&method), Some(&exact(points)), "{code} {method:?}");
        }
        assert_eq!(edition.negative_items.len(), 30, "{code}");
    }
    let tree = framework::edition_by_code(tx, "civilized_city-2025").await.unwrap().unwrap();
    let cited = tree.cited("6-2-1").unwrap();
    assert!(cited.is_criterion && !cited.duties.is_empty());
    let hygienic = framework::edition_by_code(tx, "hygienic_city-2021").await.unwrap().unwrap();
    let rules = hygienic.rules();
    assert_eq!((rules.scoring, rules.criteria().count(), rules.total_points()), (Scoring::Conformity, 56, Exact::zero()));
    assert_eq!(hygienic.nodes.iter().filter(|node| node.depth == 0).count(), 7);
    assert_eq!(hygienic.nodes.iter().filter(|node| node.depth == 1).count(), 45);
    assert!(hygienic.cited("14").unwrap().citation_key.ends_with("-14"));
    for (code, items) in [("civilized_city-2025", "civilized_city"), ("hygienic_city-2021", "hygienic_city")] {
        let tree = framework::edition_by_code(tx, code).await.unwrap().unwrap();
        for item in checklist::items(tx, None).await.unwrap().iter() {
            for link in item.criteria.iter().filter(|link| link.framework == items) {
                assert!(tree.cited(&link.citation_key).is_some(), "{} cites {}", item.code, link.citation);
            }
        }
    }
}

#[test]
fn a_registry_of_fifty_thousand_rows_is_read_in_bounded_memory() {
    yipanqi_store::testing::on_sqlite(|fixture: Fixture| async move {
        let (app, slug, city) = city(&fixture).await;
        let path = fixture.folder().join("sites.csv");
        let mut text = String::from("点位编号,点位名称,点位类型,地址,经度,纬度,坐标系\r\n");
        for row in 0..50_000_u32 {
            let (east, north) = (row % 250, row / 250);
            let (longitude, latitude) = (1_140_000_u32 + east * 10, 310_000_u32 + north * 10);
            writeln!(
                text,
                "P-{row:05},第{row}号门店,门店,某街{row}号,{}.{:04},{}.{:04},WGS-84\r",
                longitude / 10_000,
                longitude % 10_000,
                latitude / 10_000,
                latitude % 10_000
            )
            .unwrap();
        }
        std::fs::write(&path, text).unwrap();
        let before = resident_kib();
        let report = import(&app, &slug, Kind::Sites, &path, Mode::Write).await;
        assert_eq!((report.counts.created, report.counts.refused, report.counts.question), (50_000, 0, 0), "{:?}", report.counts);
        let grown = resident_kib().saturating_sub(before);
        // The report of the command line itself holds 100,000 lines; the rows of the file are not held.
        assert!(grown < 400 * 1024, "grew by {grown} KiB");
        let tx = city.read().await.unwrap();
        let (_, total) = site::list(&tx, &site::SiteFilter::default(), site::SiteSort::default(), 0, 1).await.unwrap();
        assert_eq!(total, 50_000);
    });
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

yipanqi_store::both! {
    async fn an_open_question_is_asked_once_and_a_row_that_is_wrong_is_refused_alone(fixture: Fixture) {
        let (app, slug, city) = city(&fixture).await;
        let path = fixture.folder().join("单位.csv");
        let text = "单位编码,单位名称,类别,上级单位\nL1,市委,领导机构,\nD1,市城管局,市直部门,市委\nX1,天外来客,外星机构,市委\nD1,重复编码,市直部门,\n";
        std::fs::write(&path, text).unwrap();
        let report = import(&app, &slug, Kind::Units, &path, Mode::Write).await;
        assert_eq!((report.counts.created, report.counts.refused), (2, 2), "{:?}", report.rows);
        let refused: Vec<(i64, &str)> = report
            .rows
            .iter()
            .filter(|row| row.action == RowAction::Refused)
            .map(|row| (row.row, row.code.as_str()))
            .collect();
        assert_eq!(refused, [(4, "unit_kind_unknown"), (5, "unit_twice")]);
        let sites = fixture.folder().join("点位.csv");
        std::fs::write(&sites, "点位编号,点位名称,经度,纬度,坐标系\nA1,甲,114.8,31.2,\n").unwrap();
        for asked in [1, 0] {
            let report = import(&app, &slug, Kind::Sites, &sites, Mode::Write).await;
            assert_eq!(report.counts.question, asked, "{:?}", report.rows);
        }
        let tx = city.read().await.unwrap();
        let (open, total) = question::list(&tx, &question::QuestionFilter::default(), 0, 10).await.unwrap();
        assert_eq!((open[0].kind.as_str(), open[0].options.len(), total), ("datum_blank", 3, 1));
        assert_eq!(site::all(&tx).await.unwrap()[0].longitude, None);
    }
}
