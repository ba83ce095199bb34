//! The index over time, and every unit's slump after the day of an assessment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::access::Reach;
use yipanqi_domain::civility::{self, Dated, IndexPoint, Measured, PeriodLength};
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::{CriterionId, UnitId};
use yipanqi_domain::round::RoundKind;
use yipanqi_domain::score::NodeScore;
use yipanqi_domain::statistics::{self, Interval};
use yipanqi_store::framework;
use yipanqi_store::round::{self, Round, RoundFilter, RoundSort, RoundSortKey};
use yipanqi_store::site::SortOrder;
use yipanqi_store::{ReadTx, calendar, comparison, unit};

use super::figures::{Figures, UnitFigures};
use super::ranking::{Group, peer};
use super::views::IntervalView;
use crate::error::{Error, FailureBody};
use crate::figure::Figure;
use crate::request::{CityCtx, Json, Query};
use crate::round::RoundRef;
use crate::session::UnitRef;

/// Rounds looked back at.
const ROUNDS: u64 = 300;

/// Days on either side of an assessment that its slump compares.
const SLUMP_DAYS: u32 = 45;

/// Decimals of rates.
const DECIMALS: u32 = 2;

/// Which index.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct IndexQuery {
    /// The framework; the one with the newest round by default.
    #[param(value_type = Option<String>)]
    pub framework: Option<Uuid>,
    /// `month` (the default), `quarter` or `year`.
    #[param(value_type = Option<String>)]
    pub by: PeriodLength,
    /// `street` (the default), `town`, `department` or `company`: whose slumps are shown.
    #[param(value_type = Option<String>)]
    pub group: Group,
}

/// A period of the index.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IndexPeriod {
    /// `2026-03`, `2026-Q1` or `2026`.
    pub period: String,
    /// Rounds in it.
    pub rounds: u32,
    /// How many of them are still open: they move the index until they are closed.
    pub open: u32,
    /// The index.
    pub index: Figure,
    /// 100 × earned ÷ covered of the period by itself.
    pub rate: Figure,
    /// Where the rate would lie if the sites of its rounds were drawn again; none without a drawn round.
    pub interval: Option<IntervalView>,
    /// How much of what was measured the period before measured too, in per cent; none where the chain begins.
    pub comparable: Option<Figure>,
}

/// A unit's rate after a round.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitPoint {
    /// The day on which the round was due.
    pub day: NaiveDate,
    /// What its sites earned of what they could, in per cent.
    pub rate: Figure,
    /// On how many sites it rests.
    pub sites: u64,
    /// Where the rate would lie if the sites were drawn again; none if they were named.
    pub interval: Option<IntervalView>,
}

/// A unit's slump after an assessment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitSlump {
    /// The day of the assessment.
    pub day: NaiveDate,
    /// Mean rate before.
    pub before: Figure,
    /// Mean rate after.
    pub after: Figure,
    /// After less before; below 0 it is a slump.
    pub change: Figure,
    /// Where the mean before would lie if the sites were drawn again; none if they were named.
    pub before_interval: Option<IntervalView>,
    /// The same of the mean after.
    pub after_interval: Option<IntervalView>,
}

/// A unit's course.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitCourse {
    /// The unit.
    pub unit: UnitRef,
    /// Its rates, oldest first.
    pub points: Vec<UnitPoint>,
    /// Its slumps.
    pub slumps: Vec<UnitSlump>,
}

/// The day of an assessment by a higher level.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssessedDay {
    /// The round.
    pub round: RoundRef,
    /// The day.
    pub day: NaiveDate,
}

/// The index over time.
#[derive(Debug, Serialize, ToSchema)]
pub struct IndexView {
    /// Name of the framework; empty before the first round.
    pub framework: String,
    /// The periods, oldest first.
    pub periods: Vec<IndexPeriod>,
    /// Assessments by a higher level.
    pub assessed: Vec<AssessedDay>,
    /// Days on either side that a slump compares.
    pub slump_days: u32,
    /// The units of the group.
    pub units: Vec<UnitCourse>,
}

/// A unit's rate after a round.
struct Rated<'a> {
    day: NaiveDate,
    rate: Exact,
    sites: u64,
    interval: Option<&'a Interval>,
}

/// The day for which a round stands: its last one; of an open round today's at the latest.
fn day(round: &Round, today: NaiveDate) -> NaiveDate {
    let last = round.due_on.unwrap_or(round.opened_on);
    if round.state.is_settled() { last } else { last.min(today) }
}

/// What the index of a framework rests on.
#[derive(Default)]
struct Scored {
    /// Name of the framework; empty before the first round.
    framework: String,
    /// The rounds that everybody may see, oldest first, with their newest kept figures.
    rounds: Vec<(Round, Figures)>,
    /// Assessments by a higher level, oldest first; they seldom have figures of the city's own.
    assessed: Vec<Round>,
}

async fn scored(tx: &ReadTx, wanted: Option<Uuid>, today: NaiveDate) -> Result<Scored, Error> {
    let filter = RoundFilter { without_covert: true, ..RoundFilter::default() };
    let sort = RoundSort { key: RoundSortKey::OpenedOn, order: SortOrder::Descending };
    let (rounds, _) = round::list(tx, &filter, sort, 0, ROUNDS).await?;
    let family: HashMap<Uuid, Uuid> =
        framework::editions(tx).await?.into_iter().map(|edition| (edition.id, edition.framework)).collect();
    let of = |round: &Round| round.edition.and_then(|edition| family.get(&edition).copied());
    let Some(chosen) = wanted.or_else(|| rounds.iter().find_map(of)) else { return Ok(Scored::default()) };
    let name = framework::frameworks(tx).await?.iter().find(|known| known.id == chosen).map(|known| known.name.clone());
    let external = |round: &&Round| round.kind == RoundKind::External && of(round).is_none_or(|family| family == chosen);
    let assessed = rounds.iter().rev().filter(external).cloned().collect();
    let rounds: Vec<Round> = rounds.into_iter().filter(|round| of(round) == Some(chosen)).collect();
    let ids: Vec<_> = rounds.iter().map(|round| round.id).collect();
    let kept = yipanqi_store::score::newest_runs::<Figures>(tx, &ids).await?;
    let mut kept: HashMap<_, _> = kept.into_iter().map(|run| (run.round, run.figures)).collect();
    let mut scored: Vec<(Round, Figures)> = rounds
        .into_iter()
        .filter_map(|round| Some((kept.remove(&round.id)?, round)))
        .map(|(figures, round)| (round, figures))
        .collect();
    scored.sort_by_key(|(round, _)| (day(round, today), round.number.clone()));
    Ok(Scored { framework: name.ok_or_else(|| Error::new("framework_not_found"))?, rounds: scored, assessed })
}

/// By criterion, the name under which criteria of different editions are the same: by the confirmed links of the
/// comparisons of editions, and by their words (without the marks between them) where nobody compared the editions. Where
/// an edition says a thing twice, the number tells them apart.
async fn matching(tx: &ReadTx, editions: &BTreeSet<Uuid>) -> Result<HashMap<CriterionId, String>, Error> {
    let mut criteria = Vec::new();
    for edition in editions {
        let tree = framework::edition(tx, *edition).await?;
        let mut seen: HashMap<String, u32> = HashMap::new();
        for node in tree.nodes.iter().filter(|node| node.is_criterion) {
            let words: String = node.title.chars().filter(|letter| letter.is_alphanumeric()).collect();
            let times = seen.entry(words.clone()).or_insert(0);
            let words = if *times == 0 { words } else { format!("{words}#{}", node.citation_key) };
            *times += 1;
            criteria.push(Dated { edition: *edition, criterion: node.id, words });
        }
    }
    let compared: Vec<(Uuid, Uuid)> = comparison::list(tx).await?.iter().map(|known| (known.old, known.new)).collect();
    let confirmed = comparison::confirmed_pairs(tx).await?;
    Ok(civility::same_criteria(&criteria, &compared, &confirmed))
}

fn measured(day: NaiveDate, figures: &Figures, keys: &HashMap<CriterionId, String>) -> Measured {
    let mut criteria: BTreeMap<String, (Exact, Exact)> = BTreeMap::new();
    let mut waiting: Vec<&NodeScore> = figures.tree.nodes.iter().collect();
    while let Some(node) = waiting.pop() {
        waiting.extend(&node.children);
        let Some(criterion) = &node.criterion else { continue };
        for measure in &criterion.measures {
            let Some(name) = keys.get(&criterion.id) else { continue };
            let sum =
                criteria.entry(format!("{name}|{}", measure.method.as_str())).or_insert_with(|| (Exact::zero(), Exact::zero()));
            *sum = (&sum.0 + &measure.figure.earned, &sum.1 + &measure.figure.covered);
        }
    }
    Measured { day, criteria }
}

/// The index of a framework over time, and the units' slumps after assessments.
#[utoipa::path(get, path = "/api/index", tag = "score", params(IndexQuery),
    responses((status = 200, body = IndexView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Query(query): Query<IndexQuery>) -> Result<Json<IndexView>, Error> {
    Ok(Json(made(&ctx, &query).await?))
}

/// The index as a reader sees it.
///
/// # Errors
/// `framework_not_found`, or the database's.
pub(super) async fn made(ctx: &CityCtx, query: &IndexQuery) -> Result<IndexView, Error> {
    let (tx, today) = (ctx.read().await?, ctx.today());
    let Scored { framework, rounds, assessed } = scored(&tx, query.framework, today).await?;
    let calendar = calendar::load(&tx).await?;
    let editions = rounds.iter().filter_map(|(round, _)| round.edition).collect();
    let keys = matching(&tx, &editions).await?;
    let directory = unit::directory(&tx).await?;
    let own: Vec<Measured> = rounds.iter().map(|(round, figures)| measured(day(round, today), figures, &keys)).collect();
    // The last day on which the higher level was there.
    let last = |round: &Round| round.due_on.or_else(|| round.closed_at.map(|at| calendar.local(at).date_naive()));
    let assessed: Vec<AssessedDay> =
        (assessed.iter()).map(|round| AssessedDay { round: round.into(), day: last(round).unwrap_or(round.opened_on) }).collect();
    let days: BTreeSet<NaiveDate> = assessed.iter().map(|assessed| assessed.day).collect();
    let mut rates: BTreeMap<UnitId, Vec<Rated<'_>>> = BTreeMap::new();
    for (round, figures) in &rounds {
        let mut peers: BTreeMap<UnitId, UnitFigures> = BTreeMap::new();
        for (unit, figures) in &figures.units {
            let Some(peer) = peer(&directory, *unit, query.group.kind()) else { continue };
            let sum = peers.entry(peer).or_default();
            sum.sites += figures.sites;
            sum.possible = &sum.possible + &figures.possible;
            sum.lost_at_sites = &sum.lost_at_sites + &figures.lost_at_sites;
        }
        for (unit, sum) in peers {
            let rate = (&(&sum.possible - &sum.lost_at_sites) * &Exact::whole(100)).checked_div(&sum.possible);
            if let Some(rate) = rate {
                let interval = figures.unit_intervals.get(&unit);
                rates.entry(unit).or_default().push(Rated { day: day(round, today), rate, sites: sum.sites, interval });
            }
        }
    }
    let seen = |unit: &UnitId| match ctx.reach() {
        Reach::Everything => true,
        Reach::Units(units) => units.contains(unit),
        Reach::Nothing => false,
    };
    let units = rates.into_iter().filter(|(unit, _)| seen(unit)).filter_map(|(unit, rates)| {
        let plain: Vec<(NaiveDate, Exact)> = rates.iter().map(|rated| (rated.day, rated.rate.clone())).collect();
        let slumps = civility::slumps(&plain, &days, SLUMP_DAYS).into_iter();
        let span = TimeDelta::days(SLUMP_DAYS.into());
        let mean = |from: NaiveDate, until: NaiveDate| {
            let within: Vec<&Rated<'_>> = rates.iter().filter(|rated| rated.day >= from && rated.day <= until).collect();
            let all = Exact::whole(100 * i64::try_from(within.len()).unwrap_or(0));
            let drawn = statistics::pooled(within.iter().map(|rated| (&rated.rate, rated.interval)), &all)?;
            (drawn.low < drawn.high).then(|| IntervalView::of(&drawn, DECIMALS, ctx.lang))
        };
        let point = |rated: &Rated<'_>| UnitPoint {
            day: rated.day,
            rate: Figure::of(&rated.rate, DECIMALS),
            sites: rated.sites,
            interval: rated.interval.map(|interval| IntervalView::of(interval, DECIMALS, ctx.lang)),
        };
        Some(UnitCourse {
            unit: UnitRef::from(directory.get(unit)?),
            points: rates.iter().map(point).collect(),
            slumps: slumps
                .map(|slump| UnitSlump {
                    day: slump.day,
                    before: Figure::of(&slump.before, DECIMALS),
                    after: Figure::of(&slump.after, DECIMALS),
                    change: Figure::of(&slump.change, DECIMALS),
                    before_interval: mean(slump.day - span, slump.day),
                    after_interval: mean(slump.day + TimeDelta::days(1), slump.day + span),
                })
                .collect(),
        })
    });
    let units = units.collect();
    let mut in_period: HashMap<String, Vec<(&Exact, Option<&Interval>)>> = HashMap::new();
    let mut covered: HashMap<String, Exact> = HashMap::new();
    let mut open: HashMap<String, u32> = HashMap::new();
    for (round, figures) in &rounds {
        let total = &figures.tree.total;
        let period = query.by.of(day(round, today));
        in_period.entry(period.clone()).or_default().push((&total.earned, figures.interval.as_ref()));
        *open.entry(period.clone()).or_default() += u32::from(!round.state.is_settled());
        let sum = covered.entry(period).or_insert_with(Exact::zero);
        *sum = &*sum + &total.covered;
    }
    let spread = |period: &str| {
        let interval = statistics::pooled(in_period.get(period)?.iter().copied(), covered.get(period)?)?;
        (interval.low < interval.high).then(|| IntervalView::of(&interval, DECIMALS, ctx.lang))
    };
    let period = |point: IndexPoint| IndexPeriod {
        interval: spread(&point.period),
        open: open.get(&point.period).copied().unwrap_or(0),
        period: point.period,
        rounds: point.rounds,
        index: Figure::of(&point.index, DECIMALS),
        rate: Figure::of(&point.rate, DECIMALS),
        comparable: point.comparable.as_ref().map(|share| Figure::of(share, DECIMALS)),
    };
    let periods = civility::index(&own, query.by).into_iter().map(period).collect();
    Ok(IndexView { framework, periods, assessed, slump_days: SLUMP_DAYS, units })
}
