//! Pages of the task list as the console asks for them, against the bare rows and their number.

use chrono::{Days, NaiveDate};
use yipanqi_domain::task::quantity::MonthlyPlan;
use yipanqi_domain::task::{Class, Task};
use yipanqi_domain::unit::UnitKind;
use yipanqi_server::task::actions::{self, NewTask};
use yipanqi_store::task::TaskFilter;
use yipanqi_store::{task, testing, unit};

use crate::city::Bench;
use crate::report::{Line, middle};

const CHUNK: usize = 1_000;
const BASE: &str = "the newest 50 rows and their number";
const TITLES: [&str; 5] = ["背街小巷整治", "集贸市场改造", "志愿服务", "公益广告提升", "公厕达标"];

/// The pages: for what, and what it is called.
const PAGES: [(&str, &str); 5] = [
    ("newest first", "size=50&sort=-number"),
    ("the fortieth page", "size=50&page=40"),
    ("late, by what is due next", "size=50&view=late"),
    ("of one class", "size=50&class=special&sort=due_on"),
    ("words in the title", "size=50&q=%E5%B8%82%E5%9C%BA"),
];

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    fill(bench).await?;
    let baseline = middle(bench.size.repeats(), async || {
        testing::rows(&bench.city, "SELECT * FROM task ORDER BY number DESC LIMIT 50").await;
        testing::rows(&bench.city, "SELECT count(*) FROM task").await;
        Ok(())
    })
    .await?;
    let mut lines = Vec::new();
    for (name, query) in PAGES {
        let path = format!("/api/tasks?{query}");
        let before = bench.city.statements();
        bench.client.get(&bench.office, &path).await?;
        let statements = bench.city.statements() - before;
        let took = middle(bench.size.repeats(), async || {
            bench.client.get(&bench.office, &path).await?;
            Ok(())
        })
        .await?;
        let note = format!("{statements} statements");
        lines.push(Line { what: format!("tasks: {name}"), took, against: BASE, baseline, note });
    }
    Ok(lines)
}

/// Drafts tasks until there are as many as the size says.
async fn fill(bench: &Bench) -> anyhow::Result<()> {
    let ctx = bench.ctx().await?;
    let tx = bench.city.read().await?;
    let there = usize::try_from(task::count(&tx, &TaskFilter::default()).await?)?;
    let directory = unit::directory(&tx).await?;
    let units: Vec<_> = (directory.units().iter())
        .filter(|unit| matches!(unit.kind, UnitKind::Department | UnitKind::Street | UnitKind::Town))
        .map(|unit| unit.id)
        .collect();
    drop(tx);
    let first = NaiveDate::from_ymd_opt(2025, 1, 2).unwrap_or_default();
    let wanted: Vec<usize> = (there..bench.size.tasks()).collect();
    for numbers in wanted.chunks(CHUNK) {
        let mut new = Vec::with_capacity(numbers.len());
        for &number in numbers {
            let class = [Class::Hardware, Class::Service, Class::Special, Class::Own][number % 4];
            let lead = units[number * 17 % units.len()];
            let support = units[number * 19 % units.len()];
            let days = u64::try_from(number % 360)?;
            new.push(NewTask {
                task: Task {
                    goal: "按月推进，年底前完成。".to_owned(),
                    lead: Some(lead),
                    supporting: [support].into_iter().filter(|unit| *unit != lead).collect(),
                    start_on: Some(first),
                    due_on: first.checked_add_days(Days::new(days)),
                    ..actions::blank(format!("{}第{number}项", TITLES[number % TITLES.len()]), class, ctx.moment)
                },
                origin_key: None,
                plan: MonthlyPlan::default(),
            });
        }
        let mut tx = ctx.write().await.map_err(|error| anyhow::anyhow!("{error}"))?;
        actions::enter(&ctx, &mut tx, new).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        tx.commit().await?;
    }
    Ok(())
}
