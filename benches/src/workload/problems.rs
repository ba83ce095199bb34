//! Fills the ledger to a size: five years of problems, closed but for a fifth, which came in the last ninety days.

use chrono::TimeDelta;
use uuid::Uuid;
use yipanqi_domain::calendar::Limit;
use yipanqi_domain::id::ProblemId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Category, Registration, Source, Urgency};
use yipanqi_domain::unit::UnitKind;
use yipanqi_server::problem::Rules;
use yipanqi_server::problem::actions::{self, Begin, Draft};
use yipanqi_store::problem::{self, Facts, ProblemFilter};
use yipanqi_store::{site, unit};

use crate::city::Bench;

const CHUNK: usize = 1_000;
/// Five years.
const MINUTES: usize = 5 * 365 * 24 * 60;
/// Ninety days.
const OPEN_MINUTES: usize = 90 * 24 * 60;
const CATEGORIES: [&str; 5] = ["环境卫生", "占道经营", "设施破损", "乱停乱放", "公益广告"];

/// Adds problems until there are as many as the size says.
pub async fn fill(bench: &Bench) -> anyhow::Result<()> {
    let ctx = bench.ctx().await?;
    let now = ctx.moment;
    let tx = bench.city.read().await?;
    let there = usize::try_from(problem::count(&tx, &ProblemFilter::default()).await?)?;
    let sites = site::all(&tx).await?;
    let directory = unit::directory(&tx).await?;
    let units: Vec<_> = (directory.units().iter())
        .filter(|unit| matches!(unit.kind, UnitKind::Department | UnitKind::Street | UnitKind::Town))
        .map(|unit| unit.id)
        .collect();
    let rules = Rules::load(&tx, now).await.map_err(|error| anyhow::anyhow!("{error}"))?;
    drop(tx);
    let wanted: Vec<usize> = (there..bench.size.problems()).collect();
    for numbers in wanted.chunks(CHUNK) {
        let mut tx = ctx.write().await.map_err(|error| anyhow::anyhow!("{error}"))?;
        let mut new = Vec::with_capacity(numbers.len());
        for &number in numbers {
            let span = if number % 20 < 4 { OPEN_MINUTES } else { MINUTES };
            let at = Moment::new(now.utc() - TimeDelta::minutes(i64::try_from(number * 7_919 % span)?));
            let site = &sites[number * 13 % sites.len()];
            let unit = units[(number / 20 * 17 + number) % units.len()];
            let facts = Facts {
                title: format!("{}问题第{number}号", CATEGORIES[number % CATEGORIES.len()]),
                description: "沿街垃圾桶满溢，周边地面有散落垃圾，请尽快清理并落实日常保洁。".to_owned(),
                street: site.street,
                community: site.community,
                territorial: site.territorial_unit.or(site.street),
                industry: site.industry_unit,
                ..Facts::default()
            };
            let registration = Registration {
                id: ProblemId::new(Uuid::now_v7()),
                source: [Source::GridPatrol, Source::Hotline, Source::HigherFeedback][number % 3],
                site: Some(site.id),
                item: None,
                criteria: [].into(),
                category: Category(CATEGORIES[number % CATEGORIES.len()].to_owned()),
                urgency: Urgency::Ordinary,
                requires_after_photo: false,
                confidential: false,
                rebound_of: None,
                photos: Vec::new(),
            };
            let begin = match number % 20 {
                0 => Begin::Reported,
                1 => Begin::Filed,
                2 | 3 => Begin::Assigned { unit, limit: Limit::WorkingDays { count: u32::try_from(number % 7)? + 1 } },
                _ => Begin::Finished { unit: Some(unit), closed_at: at },
            };
            let draft = Draft { registration, facts, begin, at };
            new.push(actions::prepare(&ctx, &rules, draft).map_err(|error| anyhow::anyhow!("{error}"))?);
        }
        actions::enter(&mut tx, &new).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        tx.commit().await?;
    }
    if !wanted.is_empty() {
        bench.settle().await;
    }
    Ok(())
}
