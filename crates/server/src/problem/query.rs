//! The query of the ledger: the same for list, board, counts and export, so that all show the same problems.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use serde::Deserialize;
use utoipa::IntoParams;
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::id::{SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::rates::Period;
use yipanqi_domain::problem::{LimitedStep, Source, State};
use yipanqi_store::ReadTx;
use yipanqi_store::problem::{
    ClockFilter, Event, Kept, Lacking, ProblemFilter, ProblemSort, ProblemSortKey, RateFilter, RatePart, Waits,
};
use yipanqi_store::site::SortOrder;

use super::rules::Rules;
use crate::error::Error;
use crate::request::CityCtx;

/// What a ledger shows.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ProblemQuery {
    /// `all`, `late_and_today`, `to_verify`, `to_assign`, `to_decide`, `rebound`, `exposure`, `deferred`, `mine`, `told`.
    pub view: String,
    /// Words.
    pub q: String,
    /// States.
    #[param(value_type = Vec<String>)]
    pub state: Vec<State>,
    /// Sources.
    #[param(value_type = Vec<String>)]
    pub source: Vec<Source>,
    /// Rectifying units.
    #[param(value_type = Vec<String>)]
    pub unit: Vec<UnitId>,
    /// A rectifying unit with those below it.
    #[param(value_type = Option<String>)]
    pub under: Option<UnitId>,
    /// Streets and towns.
    #[param(value_type = Vec<String>)]
    pub street: Vec<UnitId>,
    /// Sites.
    #[param(value_type = Vec<String>)]
    pub site: Vec<SiteId>,
    /// Site types.
    #[param(value_type = Vec<String>)]
    pub site_type: Vec<uuid::Uuid>,
    /// Criteria as cited, normalised.
    pub criterion: Vec<String>,
    /// Categories.
    pub category: Vec<String>,
    /// `overdue`, `today`, `soon`, `stopped`, `awaiting_calendar`; any of them.
    pub clock: Vec<String>,
    /// `file`, `assign`, `acknowledge`, `verify`: what waits too long for one of these steps, by its own limit.
    #[param(value_type = Vec<String>)]
    pub late_step: Vec<LimitedStep>,
    /// Colours of slips.
    pub slip: Vec<String>,
    /// How pressing.
    #[param(value_type = Vec<String>)]
    pub urgency: Vec<yipanqi_domain::problem::Urgency>,
    /// Confidential ones, or the others.
    pub confidential: Option<bool>,
    /// Registered on this day or after it.
    pub reported_from: Option<NaiveDate>,
    /// Registered on this day or before it.
    pub reported_to: Option<NaiveDate>,
    /// Closed on this day or after it.
    pub closed_from: Option<NaiveDate>,
    /// Closed on this day or before it.
    pub closed_to: Option<NaiveDate>,
    /// Without one: `unit`, `street`, `category`, `site_type`.
    #[param(value_type = Vec<String>)]
    pub without: Vec<Lacking>,
    /// `not_asked`, `asked`, `answered`: how far responsible parties are.
    #[param(value_type = Vec<String>)]
    pub involvement: Vec<yipanqi_domain::party::Involvement>,
    /// What counts in the times of this step from `from` to `to`.
    #[param(value_type = Option<String>)]
    pub timed: Option<yipanqi_domain::problem::statistics::TimedStep>,
    /// What counts in this rate from `from` to `to`.
    #[param(value_type = Option<String>)]
    pub rate: Option<yipanqi_domain::problem::statistics::RateKind>,
    /// `numerator` or `denominator` of the rate.
    #[param(value_type = Option<String>)]
    pub part: Option<yipanqi_store::problem::RatePart>,
    /// First day of the rate's period.
    pub from: Option<NaiveDate>,
    /// Last day of the rate's period; it ends now without one.
    pub to: Option<NaiveDate>,
    /// `filed`, `closed` or `late`: what happened to it in the last 24 hours.
    pub moved: String,
    /// The round in which it was found.
    #[param(value_type = Option<String>)]
    pub round: Option<uuid::Uuid>,
    /// Reported on walks of these patrol plans.
    #[param(value_type = Vec<String>)]
    pub patrol_plan: Vec<uuid::Uuid>,
    /// Responsible parties that were asked.
    #[param(value_type = Vec<String>)]
    pub party: Vec<uuid::Uuid>,
    /// How far a responsible party is that was asked: `open`, `answered`, `returned`, `accepted`, `released`, `revoked`.
    #[param(value_type = Vec<String>)]
    pub asked: Vec<yipanqi_domain::party::AskState>,
    /// `due_at`, `number`, `last_step_at`, `state`, `unit`; with `-` in front downwards.
    pub sort: String,
    /// Which page, from 1.
    pub page: Option<u64>,
    /// Lines a page, 10 to 200.
    pub size: Option<u64>,
}

/// The views that a page offers, in their order.
pub const VIEWS: [&str; 10] =
    ["all", "late_and_today", "to_verify", "to_assign", "to_decide", "rebound", "exposure", "deferred", "mine", "told"];

/// The units whose problems the reader sees; none: every problem.
#[must_use]
pub fn reach(ctx: &CityCtx) -> Option<BTreeSet<UnitId>> {
    match ctx.reach_of(Right::ViewProblem) {
        Reach::Everything => None,
        Reach::Units(units) => Some(units),
        Reach::Nothing => Some(BTreeSet::new()),
    }
}

/// The first moment of tomorrow in the city.
#[must_use]
pub fn end_of_today(rules: &Rules, now: Moment) -> Moment {
    let tomorrow = rules.calendar.local(now).date_naive() + TimeDelta::days(1);
    rules.calendar.moment(tomorrow, NaiveTime::MIN)
}

/// The close of the third working day from today; a calendar that does not reach so far gives three natural days.
#[must_use]
pub fn soon(rules: &Rules, now: Moment) -> Moment {
    let limit = yipanqi_domain::calendar::Limit::WorkingDays { count: 3 };
    rules.calendar.due(now, limit).unwrap_or_else(|_| Moment::new(now.utc() + TimeDelta::days(3)))
}

impl ProblemQuery {
    /// The filter within the reader's reach, whatever number a site is named by: one that was merged means the site that stands
    /// for it. Where a clock has stood still, each problem tells for itself whether it waits too long.
    ///
    /// # Errors
    /// `query_invalid`, and the database's.
    pub async fn settled(&self, ctx: &CityCtx, tx: &ReadTx, rules: &Rules) -> Result<ProblemFilter, Error> {
        let filter = self.filter(ctx, rules)?;
        let mut filter = ProblemFilter { sites: crate::site::known_by(tx, &filter.sites).await?, ..filter };
        if self.late_step.contains(&LimitedStep::Acknowledge) {
            let late = |kept: &Kept| {
                let due = rules.limits.step_due(&kept.problem, &rules.calendar).and_then(|(_, due)| due.moment());
                due.is_some_and(|due| ctx.moment > due)
            };
            let paused = yipanqi_store::problem::paused(tx, &filter).await?;
            let late = paused.iter().filter(|kept| late(kept)).map(|kept| kept.problem.id).collect();
            if let Some(waits) = &mut filter.overdue {
                waits.paused = late;
            }
        }
        Ok(filter)
    }
}

impl ProblemQuery {
    /// The page, from 1, and its size.
    #[must_use]
    pub fn paging(&self) -> (u64, u64) {
        (self.page.unwrap_or(1).max(1), self.size.unwrap_or(20).clamp(1, 200))
    }

    /// The filter within the reader's reach.
    ///
    /// # Errors
    /// `query_invalid` for an unknown view or clock.
    pub fn filter(&self, ctx: &CityCtx, rules: &Rules) -> Result<ProblemFilter, Error> {
        let unknown = |name: &str, value: &str| Error::new("query_invalid").with("reason", format!("{name}={value}"));
        let now = ctx.moment;
        let today = || ClockFilter::Due { from: now, until: end_of_today(rules, now) };
        let mut filter = ProblemFilter {
            text: self.q.clone(),
            states: self.state.clone(),
            sources: self.source.clone(),
            units: (self.unit.iter().copied())
                .chain(self.under.into_iter().flat_map(|unit| ctx.tree.descendants(unit).into_iter().chain([unit])))
                .collect(),
            streets: self.street.clone(),
            sites: self.site.clone(),
            site_types: self.site_type.clone(),
            citations: self.criterion.clone(),
            categories: self.category.clone(),
            slips: self.slip.clone(),
            round: self.round,
            urgencies: self.urgency.clone(),
            patrol_plans: self.patrol_plan.clone(),
            parties: self.party.clone(),
            asked: self.asked.clone(),
            reported: between(rules, self.reported_from, self.reported_to),
            closed: between(rules, self.closed_from, self.closed_to),
            timed: self.timed.map(|step| (step, period(rules, self.from, self.to))),
            lacking: self.without.clone(),
            involvement: self.involvement.clone(),
            rate: self.counted(rules, now),
            overdue: self.waits(rules, now)?,
            reach: reach(ctx),
            confidential: self.confidential,
            ..ProblemFilter::default()
        };
        for clock in &self.clock {
            filter.clocks.push(match clock.as_str() {
                "overdue" => ClockFilter::Late(now),
                "today" => today(),
                "soon" => ClockFilter::Due { from: now, until: soon(rules, now) },
                "stopped" => ClockFilter::Stopped,
                "awaiting_calendar" => ClockFilter::AwaitingCalendar,
                other => return Err(unknown("clock", other)),
            });
        }
        let yesterday = Moment::new(now.utc() - TimeDelta::days(1));
        filter.since = match self.moved.as_str() {
            "" => None,
            "filed" => Some((Event::Filed, yesterday)),
            "closed" => Some((Event::Closed, yesterday)),
            "late" => {
                filter.clocks.push(ClockFilter::Late(now));
                Some((Event::Due, yesterday))
            }
            other => return Err(unknown("moved", other)),
        };
        match self.view.as_str() {
            "" | "all" => {}
            "late_and_today" => filter.clocks.extend([ClockFilter::Late(now), today()]),
            "to_verify" => {
                filter.states.push(State::Submitted);
                filter.not_units = own_line(ctx);
            }
            "to_assign" => filter.states.extend([State::Reported, State::Filed]),
            "to_decide" => filter.pending = true,
            "rebound" => filter.rebound = true,
            "exposure" => filter.sources.push(Source::MediaExposure),
            "deferred" => filter.states.push(State::Deferred),
            "told" => {
                // Whoever told of a problem may follow it, wherever it goes.
                filter.registered_by = Some(ctx.actor.person);
                filter.reach = None;
            }
            "mine" => {
                filter.states.extend([State::Assigned, State::Rectifying]);
                filter.units.extend(
                    ctx.actor.posts.iter().flat_map(|post| ctx.tree.descendants(post.unit).into_iter().chain([post.unit])),
                );
            }
            other => return Err(unknown("view", other)),
        }
        Ok(filter)
    }

    fn waits(&self, rules: &Rules, now: Moment) -> Result<Option<Waits>, Error> {
        if self.late_step.contains(&LimitedStep::Rectify) {
            return Err(Error::new("query_invalid").with("reason", "late_step=rectify"));
        }
        let of = |step: &LimitedStep| rules.limits.overdue(*step, &rules.calendar, now);
        let plain = self.late_step.iter().flat_map(of).collect();
        Ok((!self.late_step.is_empty()).then_some(Waits { plain, paused: Vec::new() }))
    }

    /// Without a last day the period ends now, as the rates of the board do.
    fn counted(&self, rules: &Rules, now: Moment) -> Option<RateFilter> {
        let (rate, part) = (self.rate?, self.part.unwrap_or(RatePart::Denominator));
        let mut period = period(rules, self.from, self.to);
        if self.to.is_none() {
            period.to = now;
        }
        Some(RateFilter { rate, part, period })
    }

    /// How it is sorted.
    ///
    /// # Errors
    /// `query_invalid` for an unknown column.
    pub fn sorting(&self) -> Result<ProblemSort, Error> {
        let (key, order) = match self.sort.strip_prefix('-') {
            Some(key) => (key, SortOrder::Descending),
            None => (self.sort.as_str(), SortOrder::Ascending),
        };
        let key = match key {
            "" => return Ok(ProblemSort::default()),
            "due_at" => ProblemSortKey::DueAt,
            "number" => ProblemSortKey::Number,
            "last_step_at" => ProblemSortKey::LastStepAt,
            "state" => ProblemSortKey::State,
            "unit" => ProblemSortKey::Unit,
            other => return Err(Error::new("query_invalid").with("reason", format!("sort={other}"))),
        };
        Ok(ProblemSort { key, order })
    }
}

/// A period, if any day of it is given.
fn between(rules: &Rules, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Option<Period> {
    (from.is_some() || to.is_some()).then(|| period(rules, from, to))
}

/// From the first day's beginning to the last day's end; open where no day is given.
fn period(rules: &Rules, from: Option<NaiveDate>, to: Option<NaiveDate>) -> Period {
    let start = from.or_else(|| NaiveDate::from_ymd_opt(1970, 1, 1)).unwrap_or_default();
    let end = to.or_else(|| NaiveDate::from_ymd_opt(9998, 12, 30)).unwrap_or_default();
    Period {
        from: rules.calendar.moment(start, NaiveTime::MIN),
        to: rules.calendar.moment(end.checked_add_days(Days::new(1)).unwrap_or(end), NaiveTime::MIN),
    }
}

/// The units whose problems the reader never verifies: the own ones.
fn own_line(ctx: &CityCtx) -> Vec<UnitId> {
    ctx.actor.posts.iter().map(|post| post.unit).collect()
}
