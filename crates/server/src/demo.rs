//! The demonstration: two invented cities laid out from real workbooks and brought to life through the same routes as a
//! browser uses, on a clock that walks from day to day.
//!
//! Nothing here is a second way into the product: files go through the importer, everything else through the router. The
//! last moment of the story is where the served demo's clock starts.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use yipanqi_documents::kind::Kind;
use yipanqi_domain::moment::Moment;
use yipanqi_store::{Author, Slug};

use crate::app::{App, router};
use crate::import::actions::{FileInput, Mode, run_file};
use crate::import::run::Partial;
use crate::job::worker;
use crate::request::Lang;

mod cast;
mod client;
mod duty;
mod story;

pub use cast::PASSWORD;
pub use client::{Carried, Client, Person};

/// The morning on which the demo city is opened.
pub const NOW: &str = "2025-08-27T10:24:00+08:00";

/// The files of a city in the order in which an office would hand them in.
const YUNXI: [(Kind, &str); 7] = [
    (Kind::Calendar, "工作日历-2024至2026.json"),
    (Kind::Units, "组织机构与责任人.xlsx"),
    (Kind::Grids, "网格边界.geojson"),
    (Kind::Checklists, "点位类型与检查清单.xlsx"),
    (Kind::Sites, "点位台账.xlsx"),
    (Kind::Framework, "测评体系-县级文明城市-2025版.xlsx"),
    (Kind::Framework, "国家卫生城市标准-2021版.xlsx"),
];

/// Next year's edition, which arrives while this year's is in use.
const NEXT_EDITION: &str = "测评体系-县级文明城市-2026版.xlsx";

const QINGHE: [(Kind, &str); 4] = [
    (Kind::Calendar, "../yunxi/工作日历-2024至2026.json"),
    (Kind::Units, "units.csv"),
    (Kind::Checklists, "../yunxi/点位类型与检查清单.xlsx"),
    (Kind::Sites, "sites.csv"),
];

fn moment(text: &str) -> anyhow::Result<Moment> {
    Moment::parse(text).with_context(|| format!("not a moment: {text}"))
}

/// Lays out the larger city with its people, before anything happens in it.
///
/// # Errors
/// What the importer refuses, with the file.
pub async fn lay_out(app: &App, catalogue: &Path) -> anyhow::Result<Slug> {
    let slug = found(app, "yunxi", "云溪市", "创建全国文明城市", &catalogue.join("yunxi"), &YUNXI).await?;
    cast::settle(app, &slug).await?;
    Ok(slug)
}

/// Lays out both cities and tells their story; gives what to print: addresses of nobody, accounts of everybody.
///
/// # Errors
/// What the importer or a route refuses, with the file or the address.
pub async fn seed(app: &App, catalogue: &Path) -> anyhow::Result<String> {
    let clock = app.clock();
    clock.set(moment("2025-07-25T09:00:00+08:00")?);
    let yunxi = found(app, "yunxi", "云溪市", "创建全国文明城市", &catalogue.join("yunxi"), &YUNXI).await?;
    let cast = cast::settle(app, &yunxi).await?;
    let client = client::Client::new(router(app), clock.clone());
    story::tell(app, &client, &yunxi, &cast, &catalogue.join("yunxi")).await?;
    import(app, &yunxi, Kind::Framework, &catalogue.join("yunxi").join(NEXT_EDITION)).await?;
    story::compare(app, &client, &yunxi).await?;

    clock.set(moment("2025-08-25T09:00:00+08:00")?);
    let qinghe = found(app, "qinghe", "青禾县", "创建省级文明城市", &catalogue.join("qinghe"), &QINGHE).await?;
    let small = cast::settle_small(app, &qinghe).await?;
    clock.set(moment(NOW)?);
    for slug in [&yunxi, &qinghe] {
        worker::drain(app, &app.store().city(slug).await?).await?;
    }
    Ok(cast::table(&[("云溪市", &cast), ("青禾县", &small)]))
}

/// A city with its files imported.
async fn found(app: &App, slug: &str, name: &str, title: &str, folder: &Path, files: &[(Kind, &str)]) -> anyhow::Result<Slug> {
    let slug: Slug = slug.parse()?;
    let by = Author { person: None, name: "演示 demo".to_owned() };
    app.store().add_city(&slug, name, title, by, app.clock().now()).await?;
    for (kind, file) in files {
        import(app, &slug, *kind, &folder.join(file)).await?;
    }
    Ok(slug)
}

async fn import(app: &App, slug: &Slug, kind: Kind, path: &PathBuf) -> anyhow::Result<()> {
    let author = Author { person: None, name: "演示 demo".to_owned() };
    let input = FileInput { kind, path, mapping: None, round: None, mode: Mode::Write, partial: Partial::Refuse, lang: Lang::Zh };
    let report = run_file(app, slug, &author, input).await.with_context(|| path.display().to_string())?;
    tracing::info!(file = %path.display(), counts = ?report.counts, "imported");
    Ok(())
}
