//! Hotline tickets through the importer, against the same number of rows by raw statements.

use std::fmt::Write as _;

use anyhow::Context as _;
use chrono::TimeDelta;
use yipanqi_documents::kind::Kind;
use yipanqi_server::import::actions::{FileInput, Mode, run_file};
use yipanqi_server::import::run::Partial;
use yipanqi_server::request::Lang;
use yipanqi_store::testing;

use crate::city::Bench;
use crate::report::{Line, once, peak_memory};

/// Rows in one raw statement, as the importer writes them.
const CHUNK: usize = 500;
const UNITS: [&str; 4] = ["市城管执法局", "市公安局", "市市场监管局", "市住建局"];

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let count = bench.size.imported();
    let path = bench.folder.path().join("tickets.csv");
    std::fs::write(&path, tickets(bench, count)?)?;
    let author = Bench::author();
    let import = async || {
        let input = FileInput {
            kind: Kind::Tickets,
            path: &path,
            mapping: None,
            round: None,
            mode: Mode::Write,
            partial: Partial::Refuse,
            lang: Lang::Zh,
        };
        let report = run_file(&bench.app, bench.city.slug(), &author, input).await;
        report.map(|report| report.counts).map_err(|error| anyhow::anyhow!("{error}")).context("importing")
    };
    let (took, counts) = once(import()).await?;
    let (again, _) = once(import()).await?;
    let (baseline, ()) = once(raw(bench, count)).await?;
    let rate = |time: std::time::Duration| count as f64 / time.as_secs_f64();
    let memory = peak_memory().map_or_else(String::new, |peak| format!(", at most {peak} MiB"));
    let note = format!("{:.0} rows/s, {} created{memory}", rate(took), counts.created);
    let against = "as many rows inserted, 500 a statement";
    Ok(vec![
        Line { what: format!("import: {count} problems"), took, against, baseline, note },
        Line {
            what: "import: the same file again".to_owned(),
            took: again,
            against,
            baseline,
            note: format!("{:.0} rows/s", rate(again)),
        },
    ])
}

fn tickets(bench: &Bench, count: usize) -> anyhow::Result<String> {
    let now = bench.app.clock().now();
    let mut text =
        "工单编号,来电时间,来电人,联系电话,诉求类型,诉求地址,诉求内容,承办单位,办理时限,工单状态,办结时间,满意度\n".to_owned();
    for number in 0..count {
        let at = now.utc() - TimeDelta::minutes(i64::try_from(number * 9 % 500_000)? + 60) + TimeDelta::hours(8);
        let received = at.format("%Y-%m-%d %H:%M:%S");
        let finished = (at + TimeDelta::hours(5)).format("%Y-%m-%d %H:%M:%S").to_string();
        let (state, finished) = if number % 4 == 0 { ("办理中", String::new()) } else { ("已办结", finished) };
        let unit = UNITS[number % UNITS.len()];
        writeln!(
            text,
            "BN{number:08},{received},陈先生,199-0000-{:04},投诉举报,解放路{}号,反映门前第{number}处垃圾桶满溢无人清理，请尽快处理。,{unit},2工作日,{state},{finished},未评价",
            number % 10_000,
            number % 900,
        )?;
    }
    Ok(text)
}

/// A table like that of the problems, filled by the plainest means.
async fn raw(bench: &Bench, count: usize) -> anyhow::Result<()> {
    let statement = "CREATE TABLE raw_problem (id text primary key, number bigint, state text, title text, body text, at text)";
    testing::sql(&bench.city, statement).await;
    let body = "x".repeat(1_500);
    for from in (0..count).step_by(CHUNK) {
        let mut insert = "INSERT INTO raw_problem VALUES ".to_owned();
        for number in from..(from + CHUNK).min(count) {
            let comma = if number == from { "" } else { "," };
            write!(
                insert,
                "{comma}('{number:036}',{number},'filed','第{number}处垃圾桶满溢','{body}','2025-08-01T00:00:00.000Z')"
            )?;
        }
        testing::sql(&bench.city, &insert).await;
    }
    Ok(())
}
