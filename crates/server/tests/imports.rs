//! The demo city's real files through the importer, on both databases: what each row becomes, and nothing twice.

use std::path::{Path, PathBuf};

use yipanqi_documents::kind::Kind;
use yipanqi_server::app::App;
use yipanqi_server::config::Config;
use yipanqi_server::import::actions::{FileInput, FileReport, Mode, run_file};
use yipanqi_server::request::Lang;
use yipanqi_store::testing::Fixture;
use yipanqi_store::{Author, Slug};

/// The files in the order in which a city is built.
const FILES: [(Kind, &str); 10] = [
    (Kind::Units, "组织机构与责任人.xlsx"),
    (Kind::Grids, "网格边界.geojson"),
    (Kind::Calendar, "工作日历-2024至2026.json"),
    (Kind::Checklists, "点位类型与检查清单.xlsx"),
    (Kind::Sites, "点位台账.xlsx"),
    (Kind::Framework, "测评体系-县级文明城市-2025版.xlsx"),
    (Kind::Framework, "测评体系-县级文明城市-2026版.xlsx"),
    (Kind::Framework, "国家卫生城市标准-2021版.xlsx"),
    (Kind::Feedback, "省测反馈问题清单-2025.xlsx"),
    (Kind::Tickets, "12345工单导出.csv"),
];

fn demo(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalogues/yunxi").join(file)
}

fn author() -> Author {
    Author { person: None, name: "test".into() }
}

async fn city(fixture: &Fixture) -> (App, Slug) {
    let clock = "fixed:2026-03-02T09:00:00+08:00".parse().unwrap();
    let app = App::new(fixture.store.clone(), clock, Config::default());
    let slug: Slug = "yunxi".parse().unwrap();
    app.store().add_city(&slug, "云溪市", "云溪市", author(), app.clock().now()).await.unwrap();
    (app, slug)
}

async fn import(app: &App, slug: &Slug, kind: Kind, path: &Path) -> FileReport {
    let input = FileInput { kind, path, mapping: None, round: None, mode: Mode::Write, lang: Lang::Zh };
    run_file(app, slug, &author(), input).await.unwrap()
}

yipanqi_store::both! {
    async fn every_file_of_the_demo_city_is_read_and_read_again_unchanged(fixture: Fixture) {
        let (app, slug) = city(&fixture).await;
        for (kind, file) in FILES {
            let report = import(&app, &slug, kind, &demo(file)).await;
            println!("{file} {:?}", report.counts);
            for line in report.rows.iter().filter(|line| !line.code.is_empty()).take(400) {
                println!("   {} {} {} {:?} {}", line.sheet, line.row, line.column, line.action, line.message);
            }
        }
        for (kind, file) in FILES {
            let report = import(&app, &slug, kind, &demo(file)).await;
            println!("again {file} {:?}", report.counts);
            for line in report.rows.iter().filter(|line| line.action == yipanqi_store::import::RowAction::Changed).take(5) {
                println!("   {} {} {} {:?} {}", line.sheet, line.row, line.column, line.action, line.message);
            }
        }
    }
}
