//! The figures of a period.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Days, Months, NaiveDate, NaiveTime};
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::State;
use yipanqi_domain::problem::rates::{Period, Rate};
use yipanqi_domain::problem::statistics::{Fact, FinderLevel, RateKind, TimedStep, ages, rates, times};
use yipanqi_store::problem::ProblemFilter;
use yipanqi_store::statistics::{self as store, PlacedFact};
use yipanqi_store::{ReadTx, calendar, unit};

use super::views::{CountView, MonthView, RateView, StatisticsQuery, StatisticsView, TimesView, UnitStatistics};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Query};
use crate::session::UnitRef;

/// The facts of a period, with what the figures need beside them.
pub(super) struct Gathered {
    pub facts: Vec<PlacedFact>,
    pub calendar: std::sync::Arc<Calendar>,
    pub names: std::sync::Arc<unit::Directory>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// The query repeated in every link.
    pub narrowed: String,
}

impl Gathered {
    pub(super) async fn load(ctx: &CityCtx, tx: &ReadTx, query: &StatisticsQuery) -> Result<Self, Error> {
        let calendar = calendar::load(tx).await?;
        let today = calendar.local(ctx.moment).date_naive();
        let to = query.to.unwrap_or(today);
        let from = query.from.or_else(|| NaiveDate::from_ymd_opt(to.year(), 1, 1)).unwrap_or(to);
        if from > to {
            return Err(Error::invalid("to", "period_backwards"));
        }
        let filter = ProblemFilter {
            units: query.unit.clone(),
            streets: query.street.clone(),
            sources: query.source.clone(),
            categories: query.category.clone(),
            reach: match ctx.reach_of(Right::ViewProblem) {
                Reach::Everything => None,
                Reach::Units(units) => Some(units),
                Reach::Nothing => Some(BTreeSet::new()),
            },
            ..ProblemFilter::default()
        };
        let period = period(&calendar, from, to);
        let facts = store::facts(tx, &filter, period).await?;
        let mut narrowed = String::new();
        for unit in &query.unit {
            narrowed.push_str(&format!("&unit={unit}"));
        }
        for street in &query.street {
            narrowed.push_str(&format!("&street={street}"));
        }
        for source in &query.source {
            narrowed.push_str(&format!("&source={}", code(source)));
        }
        for category in &query.category {
            narrowed.push_str(&format!("&category={}", escaped(category)));
        }
        Ok(Self { facts, calendar, names: unit::directory(tx).await?, from, to, narrowed })
    }

    pub(super) fn period(&self) -> Period {
        period(&self.calendar, self.from, self.to)
    }

    pub(super) fn day(&self, moment: Moment) -> NaiveDate {
        self.calendar.local(moment).date_naive()
    }

    /// The ledger with this query; what the statistics themselves are narrowed to stays.
    pub(super) fn link(&self, query: &str) -> String {
        format!("/problems?{query}{}", self.narrowed)
    }

    fn rate(&self, kind: RateKind, rate: Rate, from: NaiveDate, to: NaiveDate, unit: Option<UnitId>) -> RateView {
        let unit = unit.map(|unit| format!("&unit={unit}")).unwrap_or_default();
        let link = |part: &str| self.link(&format!("rate={}&part={part}&from={from}&to={to}{unit}", code(&kind)));
        RateView {
            rate: kind,
            numerator: rate.numerator,
            denominator: rate.denominator,
            percent: rate.percent().map(|percent| percent.published(2)),
            numerator_link: link("numerator"),
            denominator_link: link("denominator"),
        }
    }

    fn times(&self, facts: &[&Fact], unit: Option<UnitId>) -> Vec<TimesView> {
        let unit = unit.map(|unit| format!("&unit={unit}")).unwrap_or_default();
        let link = |step| self.link(&format!("timed={}&from={}&to={}{unit}", code(&step), self.from, self.to));
        let view = |step: TimedStep| TimesView { step, times: times(facts.iter().copied(), step), link: link(step) };
        TimedStep::ALL.into_iter().map(view).collect()
    }

    fn rates<'a>(&self, facts: impl IntoIterator<Item = &'a Fact>, unit: Option<UnitId>) -> Vec<RateView> {
        let rates = rates(facts, self.period());
        RateKind::ALL
            .into_iter()
            .map(|kind| self.rate(kind, rates.get(&kind).copied().unwrap_or_default(), self.from, self.to, unit))
            .collect()
    }
}

pub(super) fn period(calendar: &Calendar, from: NaiveDate, to: NaiveDate) -> Period {
    Period { from: calendar.moment(from, NaiveTime::MIN), to: calendar.moment(to + Days::new(1), NaiveTime::MIN) }
}

/// The word of a code.
pub(super) fn code(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A text as it stands in the query of an address.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            other => escaped.push_str(&format!("%{other:02X}")),
        }
    }
    escaped
}

/// The statistics of a period.
#[utoipa::path(get, path = "/api/statistics", tag = "statistics", params(StatisticsQuery),
    responses((status = 200, body = StatisticsView), (status = 400, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Query(query): Query<StatisticsQuery>) -> Result<Json<StatisticsView>, Error> {
    let tx = ctx.read().await?;
    let gathered = Gathered::load(&ctx, &tx, &query).await?;
    Ok(Json(view(&gathered, ctx.moment)))
}

pub(super) fn view(gathered: &Gathered, now: Moment) -> StatisticsView {
    let facts: Vec<&Fact> = gathered.facts.iter().map(|placed| &placed.fact).collect();
    let period = gathered.period();
    let registered: Vec<&Fact> = facts.iter().copied().filter(|fact| period.holds(fact.reported_at)).collect();
    let within = format!("reported_from={}&reported_to={}", gathered.from, gathered.to);
    StatisticsView {
        from: gathered.from,
        to: gathered.to,
        problems: facts.len() as u64,
        rates: gathered.rates(facts.iter().copied(), None),
        times: gathered.times(&facts, None),
        ages: aged(gathered, &facts, now),
        categories: counted(registered.iter().map(|fact| fact.category.clone()), |key| {
            let category = if key.is_empty() { "without=category".to_owned() } else { format!("category={}", escaped(key)) };
            gathered.link(&format!("{category}&{within}"))
        }),
        sources: counted(registered.iter().map(|fact| code(&fact.source)), |key| {
            gathered.link(&format!("source={key}&{within}"))
        }),
        finders: counted(registered.iter().map(|fact| code(&FinderLevel::of(fact.source))), |key| {
            let sources = yipanqi_domain::problem::Source::ALL.iter().filter(|source| code(&FinderLevel::of(**source)) == key);
            let sources: Vec<String> = sources.map(|source| format!("source={}", code(source))).collect();
            gathered.link(&format!("{}&{within}", sources.join("&")))
        }),
        months: months(gathered, &facts),
        units: units(gathered, &facts),
    }
}

fn aged(gathered: &Gathered, facts: &[&Fact], now: Moment) -> Vec<CountView> {
    let (mut younger, today) = (None, gathered.day(now));
    let mut views = Vec::new();
    for band in ages(facts.iter().copied(), now) {
        // Whole days from registration: what was registered n days ago is n days old.
        let to = younger.map_or(today, |days: u32| today - Days::new(u64::from(days)));
        let from = band.days.map(|days| format!("&reported_from={}", today - Days::new(u64::from(days) - 1)));
        let open = "state=reported&state=filed&state=assigned&state=rectifying&state=submitted&state=deferred";
        views.push(CountView {
            key: band.days.map_or_else(|| "older".to_owned(), |days| days.to_string()),
            name: None,
            count: band.count,
            link: gathered.link(&format!("{open}{}&reported_to={to}", from.unwrap_or_default())),
        });
        younger = band.days;
    }
    views
}

fn counted(keys: impl Iterator<Item = String>, link: impl Fn(&str) -> String) -> Vec<CountView> {
    let mut counts = BTreeMap::<String, u64>::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    let mut views: Vec<CountView> =
        counts.into_iter().map(|(key, count)| CountView { name: None, link: link(&key), key, count }).collect();
    views.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.key.cmp(&other.key)));
    views
}

fn months(gathered: &Gathered, facts: &[&Fact]) -> Vec<MonthView> {
    let mut views = Vec::new();
    let mut first = gathered.from.with_day(1).unwrap_or(gathered.from);
    while first <= gathered.to && views.len() < 36 {
        let last = first + Months::new(1) - Days::new(1);
        let month = period(&gathered.calendar, first, last);
        let within = |moment: Option<Moment>| moment.is_some_and(|moment| month.holds(moment));
        let rate = rates(facts.iter().copied(), month).remove(&RateKind::OnTime).unwrap_or_default();
        let link = |what: &str| gathered.link(&format!("{what}_from={first}&{what}_to={last}"));
        views.push(MonthView {
            month: first.format("%Y-%m").to_string(),
            registered_link: link("reported"),
            closed_link: link("closed"),
            registered: facts.iter().filter(|fact| month.holds(fact.reported_at)).count() as u64,
            closed: facts.iter().filter(|fact| fact.state == State::Closed && within(fact.closed_at)).count() as u64,
            on_time: gathered.rate(RateKind::OnTime, rate, first, last, None),
        });
        first = first + Months::new(1);
    }
    views
}

fn units(gathered: &Gathered, facts: &[&Fact]) -> Vec<UnitStatistics> {
    let mut by_unit: BTreeMap<UnitId, Vec<&Fact>> = BTreeMap::new();
    for fact in facts {
        if let Some(unit) = fact.unit {
            by_unit.entry(unit).or_default().push(fact);
        }
    }
    let mut views: Vec<UnitStatistics> = by_unit
        .into_iter()
        .filter_map(|(id, facts)| {
            let unit = UnitRef::from(gathered.names.get(id)?);
            let open = facts.iter().filter(|fact| fact.state.is_open()).count() as u64;
            let link = gathered.link(&format!("unit={id}&state=assigned&state=rectifying&state=submitted&state=deferred"));
            Some(UnitStatistics {
                rates: gathered.rates(facts.iter().copied(), Some(id)),
                times: gathered.times(&facts, Some(id)),
                open: CountView { key: id.to_string(), name: Some(unit.name.clone()), count: open, link },
                unit,
            })
        })
        .collect();
    let due = |figures: &UnitStatistics| figures.rates.first().map_or(0, |rate| rate.denominator);
    views.sort_by(|one, other| due(other).cmp(&due(one)).then_with(|| one.unit.name.cmp(&other.unit.name)));
    views
}
