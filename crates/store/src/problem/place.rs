//! Problems counted by site, and rates counted from columns, so that pages with many of them stay quick.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, IdenStatic, QueryFilter, QuerySelect};
use yipanqi_domain::id::{SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::rates::{Period, Rate};

use super::list::{ClockFilter, Event, ProblemFilter, condition, count, countable, dated};
use crate::entity::problem;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, natural, sum_of};

/// The problems at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SiteProblems {
    /// Not closed, dismissed or merged.
    pub open: u64,
    /// Past due.
    pub late: u64,
}

#[derive(FromQueryResult)]
struct Counted {
    key: String,
    count: i64,
}

const OPEN: [&str; 6] = ["reported", "filed", "assigned", "rectifying", "submitted", "deferred"];

async fn by_site(tx: &ReadTx, of: Condition, sites: Option<&[SiteId]>) -> Result<Vec<(SiteId, u64)>, StoreError> {
    let mut find = problem::Entity::find()
        .select_only()
        .column_as(problem::Column::SiteId, "key")
        .column_as(Expr::col(problem::Column::Id).count(), "count")
        .filter(of)
        .filter(problem::Column::SiteId.is_not_null());
    if let Some(sites) = sites {
        find = find.filter(problem::Column::SiteId.is_in(sites.iter().map(ToString::to_string)));
    }
    let rows = find.group_by(problem::Column::SiteId).into_model::<Counted>().all(tx.db()).await?;
    rows.into_iter().map(|row| Ok((id(&row.key)?, natural(row.count)))).collect()
}

/// The problems at these sites, or (none) at every site, as a reader of this reach may count them; sites without a problem are
/// left out.
///
/// # Errors
/// The database's.
pub async fn site_problems(
    tx: &ReadTx,
    sites: Option<&[SiteId]>,
    reach: Option<&BTreeSet<UnitId>>,
    now: Moment,
) -> Result<HashMap<SiteId, SiteProblems>, StoreError> {
    let late = condition(&ProblemFilter { clocks: vec![ClockFilter::Late(now)], ..ProblemFilter::default() })?;
    let late = late.add(countable(reach));
    let open = Condition::all().add(problem::Column::State.is_in(OPEN)).add(countable(reach));
    let mut counted: HashMap<SiteId, SiteProblems> = HashMap::new();
    for (site, count) in by_site(tx, open, sites).await? {
        counted.entry(site).or_default().open = count;
    }
    for (site, count) in by_site(tx, late, sites).await? {
        counted.entry(site).or_default().late = count;
    }
    Ok(counted)
}

/// Open (or, if asked, only late) problems at every site, of one criterion if it is named; sites without one are left out.
///
/// # Errors
/// The database's.
pub async fn problem_heat(
    tx: &ReadTx,
    citation: Option<&str>,
    late: bool,
    reach: Option<&BTreeSet<UnitId>>,
    now: Moment,
) -> Result<HashMap<SiteId, u64>, StoreError> {
    let clocks = if late { vec![ClockFilter::Late(now)] } else { Vec::new() };
    let citations = citation.map(ToOwned::to_owned).into_iter().collect();
    let mut of = condition(&ProblemFilter { clocks, citations, ..ProblemFilter::default() })?.add(countable(reach));
    if !late {
        of = of.add(problem::Column::State.is_in(OPEN));
    }
    Ok(by_site(tx, of, None).await?.into_iter().collect())
}

/// The rates that columns alone can tell; the same as those of the rules for the same problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CountedRates {
    /// 按期办结率: closed on time ÷ due in the period.
    pub on_time: Rate,
    /// 办结率: closed ÷ the same.
    pub closing: Rate,
    /// 反弹率: closed in the period and come back since ÷ closed in the period.
    pub rebound: Rate,
    /// 延期率: with an extension ÷ assigned in the period.
    pub extension: Rate,
}

#[derive(FromQueryResult, Default)]
struct Sums {
    due: Option<i64>,
    on_time: Option<i64>,
    done: Option<i64>,
    ended: Option<i64>,
    back: Option<i64>,
    given: Option<i64>,
    extended: Option<i64>,
}

impl Sums {
    /// What one reading told, else what another did.
    fn or(self, other: Self) -> Self {
        Self {
            due: self.due.or(other.due),
            on_time: self.on_time.or(other.on_time),
            done: self.done.or(other.done),
            ended: self.ended.or(other.ended),
            back: self.back.or(other.back),
            given: self.given.or(other.given),
            extended: self.extended.or(other.extended),
        }
    }
}

/// The rates of a period, counted from what was due, closed or assigned in it.
///
/// # Errors
/// The database's.
pub async fn counted_rates(tx: &ReadTx, filter: &ProblemFilter, period: Period) -> Result<CountedRates, StoreError> {
    use problem::Column;
    let within = |column: Column| Condition::all().add(column.gte(period.from.stored())).add(column.lt(period.to.stored()));
    // Entered finished from elsewhere, and nobody has acted since: outside all rates.
    let outside = Condition::all().add(Column::Imported.eq(true)).add(Column::LastStep.eq("imported"));
    let closed = || Condition::all().add(Column::State.eq("closed"));
    let due = || within(Column::DueAt).add(Column::State.ne("deferred"));
    let ended = || within(Column::ClosedAt).add(closed());
    let back = Query::select()
        .column(Column::ReboundOf)
        .from(problem::Entity)
        .and_where(Expr::col((problem::Entity, Column::ReboundOf)).is_not_null())
        .to_owned();
    let back = ended().add(Column::Id.in_subquery(back));
    // Whose problems they are is asked once for all; where nobody asks, each moment is read along its own index.
    let readings: &[&[Column]] = match &filter.reach {
        Some(_) => &[&[Column::DueAt, Column::ClosedAt, Column::AssignedAt]],
        None => &[&[Column::DueAt], &[Column::ClosedAt], &[Column::AssignedAt]],
    };
    let mut sums = Sums::default();
    for moments in readings {
        let of = |moment: Column, fulfils: Condition| match moments.iter().any(|read| read.as_str() == moment.as_str()) {
            true => sum_of(fulfils),
            false => Expr::val(Option::<i64>::None).cast_as("bigint"),
        };
        let read: Option<Sums> = problem::Entity::find()
            .select_only()
            .column_as(of(Column::DueAt, due()), "due")
            .column_as(of(Column::DueAt, due().add(closed()).add(Column::OnTime.eq(true))), "on_time")
            .column_as(of(Column::DueAt, due().add(closed())), "done")
            .column_as(of(Column::ClosedAt, ended()), "ended")
            .column_as(of(Column::ClosedAt, back.clone()), "back")
            .column_as(of(Column::AssignedAt, within(Column::AssignedAt)), "given")
            .column_as(of(Column::AssignedAt, within(Column::AssignedAt).add(Column::Extensions.gt(0))), "extended")
            .filter(moments.iter().copied().map(within).fold(Condition::any(), Condition::add))
            .filter(dated(filter)?)
            .filter(Column::State.is_not_in(["merged", "dismissed"]))
            .filter(outside.clone().not())
            .into_model()
            .one(tx.db())
            .await?;
        sums = sums.or(read.unwrap_or_default());
    }
    let Sums { due, on_time, done, ended, back, given, extended } = sums;
    let rate = |numerator: Option<i64>, denominator: Option<i64>| Rate {
        numerator: natural(numerator.unwrap_or(0)),
        denominator: natural(denominator.unwrap_or(0)),
    };
    Ok(CountedRates {
        on_time: rate(on_time, due),
        closing: rate(done, due),
        rebound: rate(back, ended),
        extension: rate(extended, given),
    })
}

/// What has happened since a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moved {
    /// Problems filed since.
    pub filed: u64,
    /// Problems closed since.
    pub closed: u64,
}

/// What has happened since `from`.
///
/// # Errors
/// The database's.
pub async fn moved(tx: &ReadTx, filter: &ProblemFilter, from: Moment) -> Result<Moved, StoreError> {
    let since = |event| ProblemFilter { since: Some((event, from)), ..filter.clone() };
    Ok(Moved { filed: count(tx, &since(Event::Filed)).await?, closed: count(tx, &since(Event::Closed)).await? })
}
