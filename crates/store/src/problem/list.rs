//! Lists of problems: filtered, bounded by what the reader may see, sorted, by the page.

use std::collections::{BTreeSet, HashMap};

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;
use yipanqi_domain::id::{PersonId, ProblemId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::party::{AskState, Involvement};
use yipanqi_domain::problem::rates::Period;
use yipanqi_domain::problem::statistics::{RateKind, TimedStep};
use yipanqi_domain::problem::{Overdue, Source, State, Urgency};

use super::{Kept, own, read_all};
use crate::entity::{problem, problem_step, problem_unit, site};
use crate::error::StoreError;
use crate::site::SortOrder;
use crate::tx::ReadTx;
use crate::value::{id, moment_opt, natural, sum_of, word};

/// How a problem's clock stands against given moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockFilter {
    /// Past due at this moment: running and not submitted, or submitted too late and not yet judged.
    Late(Moment),
    /// Running, due within the span.
    Due {
        /// From (included).
        from: Moment,
        /// Until (included).
        until: Moment,
    },
    /// Standing still.
    Stopped,
    /// Waiting for a calendar to be entered.
    AwaitingCalendar,
}

/// Which problems a list shows; what is empty does not filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ProblemFilter {
    /// Words that number, title, description or place contain, all of them.
    pub text: String,
    /// States.
    pub states: Vec<State>,
    /// Sources.
    pub sources: Vec<Source>,
    /// Rectifying unit.
    pub units: Vec<UnitId>,
    /// Street or town.
    pub streets: Vec<UnitId>,
    /// Sites.
    pub sites: Vec<SiteId>,
    /// Types of the site.
    pub site_types: Vec<Uuid>,
    /// Cited criteria, normalised; of either framework.
    pub citations: Vec<String>,
    /// Categories.
    pub categories: Vec<String>,
    /// Clocks; any of them.
    pub clocks: Vec<ClockFilter>,
    /// Colours of the slip that hangs on it.
    pub slips: Vec<String>,
    /// With an undecided request.
    pub pending: bool,
    /// That came back after closing.
    pub rebound: bool,
    /// That wait too long for a step; any of these.
    pub overdue: Option<Waits>,
    /// Confidential ones, or the others.
    pub confidential: Option<bool>,
    /// How pressing it is.
    pub urgencies: Vec<Urgency>,
    /// Only these.
    pub ids: Vec<ProblemId>,
    /// Registered in it.
    pub reported: Option<Period>,
    /// Closed in it.
    pub closed: Option<Period>,
    /// That count in a rate.
    pub rate: Option<RateFilter>,
    /// That count in the times of a step in a period.
    pub timed: Option<(TimedStep, Period)>,
    /// That have none of this.
    pub lacking: Vec<Lacking>,
    /// How far responsible parties are; any of these.
    pub involvement: Vec<Involvement>,
    /// The round in which it was found.
    pub round: Option<Uuid>,
    /// What happened to it, and since when.
    pub since: Option<(Event, Moment)>,
    /// Registered by this person.
    pub registered_by: Option<PersonId>,
    /// A responsible party that was asked.
    pub parties: Vec<Uuid>,
    /// How far a responsible party that was asked is.
    pub asked: Vec<AskState>,
    /// Reported on walks of these patrol plans.
    pub patrol_plans: Vec<Uuid>,
    /// Not these units (the reader's own line, where a verifier is sought).
    pub not_units: Vec<UnitId>,
    /// What the reader may see: only problems that concern one of these units; none: everything.
    pub reach: Option<BTreeSet<UnitId>>,
}

/// What waits too long for a step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waits {
    /// Where nobody's request has made a clock stand still.
    pub plain: Vec<Overdue>,
    /// These of the others.
    pub paused: Vec<ProblemId>,
}

/// What a problem may be without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lacking {
    /// A unit that rectifies.
    Unit,
    /// A street or town.
    Street,
    /// A kind.
    Category,
    /// A site of a type.
    SiteType,
}

/// Which side of a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatePart {
    /// What fulfils it.
    Numerator,
    /// Of what.
    Denominator,
}

/// The problems behind one side of a rate in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateFilter {
    /// Which rate.
    pub rate: RateKind,
    /// Which side of it.
    pub part: RatePart,
    /// In which period.
    pub period: Period,
}

/// What a problem's life is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It was filed.
    Filed,
    /// It was closed.
    Closed,
    /// It fell due.
    Due,
}

/// By what a list of problems is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProblemSortKey {
    /// Running number.
    Number,
    /// Due moment; those without come last.
    #[default]
    DueAt,
    /// Moment of the last step.
    LastStepAt,
    /// State.
    State,
    /// Rectifying unit.
    Unit,
}

/// How a list of problems is sorted; ties by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProblemSort {
    /// By what.
    pub key: ProblemSortKey,
    /// Which way.
    pub order: SortOrder,
}

/// The totals line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Problems.
    pub problems: u64,
    /// Sites on which they lie.
    pub sites: u64,
    /// Units that rectify them.
    pub units: u64,
    /// Past due.
    pub late: u64,
}

pub(super) fn words<T: serde::Serialize>(values: &[T]) -> Result<Vec<String>, StoreError> {
    values.iter().map(word).collect()
}

pub(super) fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn of_ledger() -> Clock {
    use problem::Column::{DueState, OnTime, PressingAt, State};
    let column = |column: problem::Column| Expr::col((problem::Entity, column));
    Clock { state: column(State), due_state: column(DueState), pressing_at: column(PressingAt), on_time: column(OnTime) }
}

pub(super) fn clock(filter: ClockFilter) -> Condition {
    of_ledger().fulfils(filter)
}

const RUNNING: [&str; 2] = ["assigned", "rectifying"];

/// What makes a problem late, apart for each state in which it can be.
pub(super) fn late_by_state(now: Moment) -> [Condition; 3] {
    of_ledger().late_by_state(now)
}

/// Where the columns of a clock are read: in the ledger, or in what a unit has ([`super::own`]).
pub(super) struct Clock {
    pub(super) state: Expr,
    pub(super) due_state: Expr,
    pub(super) pressing_at: Expr,
    pub(super) on_time: Expr,
}

impl Clock {
    /// What makes late, apart for each state in which it can be: each is counted along an index.
    pub(super) fn late_by_state(self, now: Moment) -> [Condition; 3] {
        let Self { state, due_state, pressing_at, on_time } = self;
        let pressed = Condition::all().add(due_state.eq("at")).add(pressing_at.lt(now.stored()));
        let [assigned, rectifying] = RUNNING.map(|running| Condition::all().add(state.clone().eq(running)).add(pressed.clone()));
        [assigned, rectifying, Condition::all().add(state.eq("submitted")).add(on_time.eq(false))]
    }

    pub(super) fn fulfils(self, filter: ClockFilter) -> Condition {
        let Self { state, due_state, pressing_at, on_time } = self;
        let running = Condition::all().add(state.clone().is_in(RUNNING));
        match filter {
            ClockFilter::Late(now) => Condition::any()
                .add(running.add(due_state.eq("at")).add(pressing_at.lt(now.stored())))
                .add(Condition::all().add(state.eq("submitted")).add(on_time.eq(false))),
            ClockFilter::Due { from, until } => {
                running.add(due_state.eq("at")).add(pressing_at.clone().gte(from.stored())).add(pressing_at.lte(until.stored()))
            }
            ClockFilter::Stopped => {
                Condition::all().add(state.is_in(["assigned", "rectifying", "deferred"])).add(due_state.eq("stopped"))
            }
            ClockFilter::AwaitingCalendar => Condition::all().add(due_state.eq("awaiting_calendar")),
        }
    }
}

/// The problems of these units; only those in these states, if any are named.
fn of_units(units: Vec<String>, states: Vec<String>) -> SelectStatement {
    let mut select = Query::select();
    select
        .column(problem_unit::Column::ProblemId)
        .from(problem_unit::Entity)
        .and_where(Expr::col((problem_unit::Entity, problem_unit::Column::UnitId)).is_in(units));
    if !states.is_empty() {
        select.and_where(Expr::col((problem_unit::Entity, problem_unit::Column::State)).is_in(states));
    }
    select
}

/// Whether the problem of the row concerns one of these units.
fn concerns(units: Vec<String>) -> SelectStatement {
    Query::select()
        .expr(Expr::val(1))
        .from(problem_unit::Entity)
        .and_where(
            Expr::col((problem_unit::Entity, problem_unit::Column::ProblemId)).equals((problem::Entity, problem::Column::Id)),
        )
        .and_where(Expr::col((problem_unit::Entity, problem_unit::Column::UnitId)).is_in(units))
        .to_owned()
}

/// What may be counted for whoever sees the problems of these units, or (none) all: a confidential one only where it is seen.
pub(super) fn countable(reach: Option<&BTreeSet<UnitId>>) -> Condition {
    let Some(reach) = reach else { return Condition::all() };
    let units = reach.iter().map(ToString::to_string).collect();
    Condition::any().add(problem::Column::Confidential.eq(false)).add(Expr::exists(concerns(units)))
}

/// The confidential problems of which whoever sees the problems of these units is told nothing.
pub(crate) fn hidden(reach: &BTreeSet<UnitId>) -> SelectStatement {
    Query::select()
        .column(problem::Column::Id)
        .from(problem::Entity)
        .and_where(Expr::col((problem::Entity, problem::Column::Confidential)).eq(true))
        .and_where(Expr::exists(concerns(reach.iter().map(ToString::to_string).collect())).not())
        .to_owned()
}

/// The states in which alone a problem can fulfil the filter; none named if in any.
pub(super) fn possible(filter: &ProblemFilter) -> Result<Vec<String>, StoreError> {
    if !filter.states.is_empty() {
        return words(&filter.states);
    }
    let mut states: Vec<State> = Vec::new();
    for clock in &filter.clocks {
        match clock {
            ClockFilter::Late(_) => states.extend([State::Assigned, State::Rectifying, State::Submitted]),
            ClockFilter::Due { .. } => states.extend([State::Assigned, State::Rectifying]),
            ClockFilter::Stopped => states.extend([State::Assigned, State::Rectifying, State::Deferred]),
            ClockFilter::AwaitingCalendar => return Ok(Vec::new()),
        }
    }
    let distinct: BTreeSet<State> = states.into_iter().collect();
    words(&distinct.into_iter().collect::<Vec<_>>())
}

fn registered_by(person: PersonId) -> SelectStatement {
    Query::select()
        .column(problem_step::Column::ProblemId)
        .from(problem_step::Entity)
        .and_where(Expr::col((problem_step::Entity, problem_step::Column::ActorId)).eq(person.to_string()))
        .and_where(Expr::col((problem_step::Entity, problem_step::Column::Ordinal)).eq(1))
        .to_owned()
}

fn of_site_types(types: Vec<String>) -> SelectStatement {
    Query::select()
        .column(site::Column::Id)
        .from(site::Entity)
        .and_where(Expr::col((site::Entity, site::Column::SiteTypeId)).is_in(types))
        .to_owned()
}

fn within(column: problem::Column, period: Period) -> Condition {
    Condition::all().add(column.gte(period.from.stored())).add(column.lt(period.to.stored()))
}

/// What counts in rates and times at all.
fn counting() -> Condition {
    use problem::Column;
    // Entered finished from elsewhere, and nobody has acted since: outside all rates.
    let outside = Condition::all().add(Column::Imported.eq(true)).add(Column::LastStep.eq("imported"));
    Condition::all().add(Column::State.is_not_in(["merged", "dismissed"])).add(outside.not())
}

/// What has gone through a step and is looked at in a period: the same rows as `domain::problem::statistics` takes the time of.
fn timed(step: TimedStep, period: Period) -> Condition {
    use problem::Column;
    let (from, to) = match step {
        TimedStep::Filing => (Column::ReportedAt, Column::FiledAt),
        TimedStep::Assigning => (Column::FiledAt, Column::AssignedAt),
        TimedStep::Acknowledging => (Column::AssignedAt, Column::AcknowledgedAt),
        TimedStep::Rectifying => (Column::AcknowledgedAt, Column::SubmittedAt),
        TimedStep::Verifying => (Column::SubmittedAt, Column::ClosedAt),
        TimedStep::Whole => (Column::ReportedAt, Column::ClosedAt),
    };
    // A later assignment may lie behind an earlier step; nothing is compared with a moment that is missing.
    let column = |column: Column| Expr::col((problem::Entity, column));
    counting().add(crate::statistics::touched(period)).add(column(to).gte(column(from)))
}

fn overdue(waits: &Waits) -> Result<Condition, StoreError> {
    use problem::Column;
    let mut any = Condition::any().add(Column::Id.is_in(texts(&waits.paused)));
    for Overdue { state, category, others_than, urgency, from, before } in &waits.plain {
        let mut all = Condition::all()
            .add(Column::State.eq(word(state)?))
            .add(Column::Since.lt(before.stored()))
            .add(Column::Urgency.eq(word(urgency)?))
            .add(Column::Paused.eq(false));
        if *state == State::Assigned {
            // While a unit's request waits for the office, nobody else is waited for.
            all = all.add(Column::DueState.ne("stopped"));
        }
        if let Some(from) = from {
            all = all.add(Column::Since.gte(from.stored()));
        }
        if let Some(category) = category {
            all = all.add(Column::Category.eq(category.0.as_str()));
        } else if !others_than.is_empty() {
            let others = Column::Category.is_not_in(others_than.iter().map(|category| category.0.as_str()));
            all = all.add(Condition::any().add(Column::Category.is_null()).add(others));
        }
        any = any.add(all);
    }
    Ok(any)
}

/// The assigned problems whose clock has stood still before, within the rest of the filter.
///
/// # Errors
/// The database's.
pub async fn paused(tx: &ReadTx, filter: &ProblemFilter) -> Result<Vec<Kept>, StoreError> {
    let of = condition(&ProblemFilter { overdue: None, ..filter.clone() })?;
    let find = problem::Entity::find().filter(of).filter(problem::Column::State.eq("assigned"));
    read_all(tx, find.filter(problem::Column::Paused.eq(true))).await
}

/// The problems that count in rates, oldest first.
///
/// # Errors
/// The database's.
pub async fn of_rates(tx: &ReadTx, filter: &ProblemFilter) -> Result<Vec<Kept>, StoreError> {
    let find = problem::Entity::find().filter(condition(filter)?).filter(counting());
    read_all(tx, find.order_by_asc(problem::Column::ReportedAt).order_by_asc(problem::Column::Number)).await
}

fn lacking(what: Lacking) -> Condition {
    use problem::Column;
    match what {
        Lacking::Unit => Condition::all().add(Column::UnitId.is_null()),
        Lacking::Street => Condition::all().add(Column::StreetId.is_null()),
        Lacking::Category => Condition::any().add(Column::Category.is_null()).add(Column::Category.eq("")),
        Lacking::SiteType => {
            let typed = Query::select()
                .column(site::Column::Id)
                .from(site::Entity)
                .and_where(Expr::col((site::Entity, site::Column::SiteTypeId)).is_not_null())
                .to_owned();
            Condition::any().add(Column::SiteId.is_null()).add(Column::SiteId.not_in_subquery(typed))
        }
    }
}

/// The same rows as `domain::problem::statistics` counts; a test holds the two together.
pub(super) fn counting_in(RateFilter { rate, part, period }: RateFilter) -> Condition {
    use problem::Column;
    let closed = || Condition::all().add(Column::State.eq("closed"));
    let back = Query::select()
        .column(Column::ReboundOf)
        .from(problem::Entity)
        .and_where(Expr::col((problem::Entity, Column::ReboundOf)).is_not_null())
        .to_owned();
    let back = || Condition::all().add(Column::Id.in_subquery(back.clone()));
    let judged = |of: Condition, step: Column| (of.add(step.is_not_null()), Condition::all().add(step.eq(true)));
    let (below, above) = match rate {
        RateKind::OnTime => {
            (within(Column::DueAt, period).add(Column::State.ne("deferred")), closed().add(Column::OnTime.eq(true)))
        }
        RateKind::Closing => (within(Column::DueAt, period).add(Column::State.ne("deferred")), closed()),
        RateKind::Rework => {
            (within(Column::AssignedAt, period).add(Column::Submissions.gt(0)), Condition::all().add(Column::Returns.gt(0)))
        }
        RateKind::Decline => (within(Column::AssignedAt, period), Condition::all().add(Column::Declines.gt(0))),
        RateKind::Rebound => (within(Column::ClosedAt, period).add(closed()), back()),
        RateKind::Holding => (within(Column::ClosedAt, period).add(closed()), back().not()),
        RateKind::Extension => (within(Column::AssignedAt, period), Condition::all().add(Column::Extensions.gt(0))),
        RateKind::Deferral => (within(Column::AssignedAt, period), Condition::all().add(Column::Deferrals.gt(0))),
        RateKind::FiledInTime => judged(within(Column::ReportedAt, period), Column::FileInTime),
        RateKind::AssignedInTime => judged(within(Column::AssignedAt, period), Column::AssignInTime),
        RateKind::AcknowledgedInTime => judged(within(Column::AssignedAt, period), Column::AcknowledgeInTime),
        RateKind::VerifiedInTime => judged(within(Column::ClosedAt, period).add(closed()), Column::VerifyInTime),
    };
    let counting = counting().add(below);
    match part {
        RatePart::Denominator => counting,
        RatePart::Numerator => counting.add(above),
    }
}

pub(crate) fn condition(filter: &ProblemFilter) -> Result<Condition, StoreError> {
    let periods = [filter.reported, filter.closed, filter.timed.map(|(_, period)| period)];
    let is_dated = filter.since.is_some() || filter.rate.is_some() || periods.iter().any(Option::is_some);
    conditions(filter, is_dated)
}

/// The condition for a query that is narrowed by a moment: rows are found by it, and each is then compared with the reach.
pub(super) fn dated(filter: &ProblemFilter) -> Result<Condition, StoreError> {
    conditions(filter, true)
}

fn conditions(filter: &ProblemFilter, is_dated: bool) -> Result<Condition, StoreError> {
    use problem::Column;
    let mut all = Condition::all();
    let possible = possible(filter)?;
    // What units have in a few states is found by the units, whose rows know the state.
    let found_by_units = filter.reach.is_some() && !is_dated;
    if !filter.states.is_empty() && !found_by_units {
        all = all.add(Column::State.is_in(words(&filter.states)?));
    }
    for word in filter.text.to_lowercase().split_whitespace() {
        all = all.add(crate::search::having(word));
    }
    for (column, wanted) in [
        (Column::Source, words(&filter.sources)?),
        (Column::UnitId, texts(&filter.units)),
        (Column::StreetId, texts(&filter.streets)),
        (Column::SiteId, texts(&filter.sites)),
        (Column::Category, filter.categories.clone()),
        (Column::SlipColour, filter.slips.clone()),
        (Column::Urgency, words(&filter.urgencies)?),
        (Column::Id, texts(&filter.ids)),
    ] {
        if !wanted.is_empty() {
            all = all.add(column.is_in(wanted));
        }
    }
    if !filter.site_types.is_empty() {
        all = all.add(Column::SiteId.in_subquery(of_site_types(texts(&filter.site_types))));
    }
    if !filter.citations.is_empty() {
        let mut any = Condition::any();
        for key in &filter.citations {
            let key = format!("|{key}|");
            any = any.add(Column::CitationKey.contains(&key)).add(Column::Citation2Key.contains(&key));
        }
        all = all.add(any);
    }
    if !filter.clocks.is_empty() {
        all = all.add(filter.clocks.iter().fold(Condition::any(), |any, wanted| any.add(clock(*wanted))));
    }
    if filter.pending {
        // More than nothing, so that it is looked up and not looked through.
        all = all.add(Column::Pending.gt(""));
    }
    if filter.rebound {
        all = all.add(Column::ReboundOf.is_not_null());
    }
    if let Some(waits) = &filter.overdue {
        all = all.add(overdue(waits)?);
    }
    if let Some(confidential) = filter.confidential {
        all = all.add(Column::Confidential.eq(confidential));
    }
    if let Some(period) = filter.reported {
        all = all.add(within(Column::ReportedAt, period));
    }
    if let Some(period) = filter.closed {
        all = all.add(within(Column::ClosedAt, period).add(Column::State.eq("closed")));
    }
    if let Some(rate) = filter.rate {
        all = all.add(counting_in(rate));
    }
    if let Some((step, period)) = filter.timed {
        all = all.add(timed(step, period));
    }
    for what in &filter.lacking {
        all = all.add(lacking(*what));
    }
    if !filter.involvement.is_empty() {
        let any = filter.involvement.iter().map(|how| crate::party::problems_involving(*how));
        all = all.add(any.fold(Condition::any(), Condition::add));
    }
    if let Some(round) = filter.round {
        all = all.add(Column::RoundId.eq(round.to_string()));
    }
    if let Some((event, from)) = filter.since {
        let column = match event {
            Event::Filed => Column::FiledAt,
            Event::Closed => Column::ClosedAt,
            Event::Due => Column::PressingAt,
        };
        all = all.add(column.gte(from.stored()));
    }
    if !filter.patrol_plans.is_empty() {
        all = all.add(Column::Id.in_subquery(crate::patrol::problems_of(&filter.patrol_plans)));
    }
    if !filter.parties.is_empty() || !filter.asked.is_empty() {
        all = all.add(Column::Id.in_subquery(crate::party::problems_asked(&filter.parties, &filter.asked)?));
    }
    if let Some(person) = filter.registered_by {
        all = all.add(Column::Id.in_subquery(registered_by(person)));
    }
    if !filter.not_units.is_empty() {
        all = all.add(Column::Id.not_in_subquery(of_units(texts(&filter.not_units), words(&filter.states)?)));
    }
    if let Some(reach) = &filter.reach {
        let units = reach.iter().map(ToString::to_string).collect();
        all = match is_dated {
            true => all.add(Expr::exists(concerns(units))),
            false => all.add(Column::Id.in_subquery(of_units(units, possible))),
        };
    }
    Ok(all)
}

/// The chosen problems in their order; the number decides among equals.
fn ordered(filter: &ProblemFilter, sort: ProblemSort) -> Result<Select<problem::Entity>, StoreError> {
    use problem::Column;
    let order = match sort.order {
        SortOrder::Ascending => Order::Asc,
        SortOrder::Descending => Order::Desc,
    };
    let find = problem::Entity::find().filter(condition(filter)?);
    let find = match sort.key {
        ProblemSortKey::Number => find,
        ProblemSortKey::DueAt => {
            find.order_by(Column::PressingAt.is_null(), Order::Asc).order_by(Column::PressingAt, order.clone())
        }
        ProblemSortKey::LastStepAt => find.order_by(Column::LastStepAt, order.clone()),
        ProblemSortKey::State => find.order_by(Column::State, order.clone()),
        ProblemSortKey::Unit => find.order_by(Column::UnitId, order.clone()),
    };
    Ok(find.order_by(Column::Number, order))
}

/// Problems of one page at most; longer lists are read whole.
const PAGE: u64 = 200;

/// A page of the problems.
///
/// # Errors
/// The database's.
pub async fn list(
    tx: &ReadTx,
    filter: &ProblemFilter,
    sort: ProblemSort,
    offset: u64,
    limit: u64,
) -> Result<Vec<Kept>, StoreError> {
    if limit > PAGE {
        return read_all(tx, ordered(filter, sort)?.offset(offset).limit(limit)).await;
    }
    // Which they are is read from the index of the ledger; only what is shown is read whole.
    let ids = match own::page(tx, filter, sort, (offset, limit)).await? {
        Some(ids) => ids,
        None => page(tx, filter, sort, (offset, limit)).await?,
    };
    let rows = read_all(tx, problem::Entity::find().filter(problem::Column::Id.is_in(&ids))).await?;
    let mut rows: HashMap<String, Kept> = rows.into_iter().map(|kept| (kept.problem.id.to_string(), kept)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// The identities of a page of the problems in their order. Those without a due moment come last; they are asked for by
/// themselves where the others end, so that these are read along the index of their moments.
async fn page(
    tx: &ReadTx,
    filter: &ProblemFilter,
    sort: ProblemSort,
    (offset, limit): (u64, u64),
) -> Result<Vec<String>, StoreError> {
    use problem::Column::{Id, Number, PressingAt};
    if sort.key != ProblemSortKey::DueAt {
        let find = ordered(filter, sort)?.offset(offset).limit(limit);
        return Ok(find.select_only().column(Id).into_tuple().all(tx.db()).await?);
    }
    let order = match sort.order {
        SortOrder::Ascending => Order::Asc,
        SortOrder::Descending => Order::Desc,
    };
    let find = problem::Entity::find().filter(condition(filter)?).select_only();
    let due = find.clone().filter(PressingAt.is_not_null());
    let page = due.clone().column(Id).order_by(PressingAt, order.clone()).order_by(Number, order.clone());
    let mut ids: Vec<String> = page.offset(offset).limit(limit).into_tuple().all(tx.db()).await?;
    let missing = limit.saturating_sub(ids.len() as u64);
    if missing > 0 {
        let passed = match ids.is_empty() {
            true => counted(tx, due).await?,
            false => offset + ids.len() as u64,
        };
        let rest = find.filter(PressingAt.is_null()).column(Id).order_by(Number, order);
        let rest: Vec<String> = rest.offset(offset.saturating_sub(passed)).limit(missing).into_tuple().all(tx.db()).await?;
        ids.extend(rest);
    }
    Ok(ids)
}

async fn counted(tx: &ReadTx, find: Select<problem::Entity>) -> Result<u64, StoreError> {
    let count: Option<i64> = find.select_only().column_as(Expr::col(Asterisk).count(), "count").into_tuple().one(tx.db()).await?;
    Ok(natural(count.unwrap_or(0)))
}

/// How many problems there are.
///
/// # Errors
/// The database's.
pub async fn count(tx: &ReadTx, filter: &ProblemFilter) -> Result<u64, StoreError> {
    match own::count(tx, filter).await? {
        Some(count) => Ok(count),
        None => counted(tx, problem::Entity::find().filter(condition(filter)?)).await,
    }
}

/// How many problems there are, and when the first of them is due.
///
/// # Errors
/// The database's.
pub async fn count_and_next(tx: &ReadTx, filter: &ProblemFilter) -> Result<(u64, Option<Moment>), StoreError> {
    if let Some((count, next)) = own::count_and_next(tx, filter).await? {
        return Ok((count, moment_opt(next.as_ref())?));
    }
    let find = problem::Entity::find()
        .select_only()
        .column_as(Expr::col(Asterisk).count(), "count")
        .column_as(problem::Column::PressingAt.min(), "next")
        .filter(condition(filter)?);
    let row: Option<(i64, Option<String>)> = find.into_tuple().one(tx.db()).await?;
    let (count, next) = row.unwrap_or_default();
    Ok((natural(count), moment_opt(next.as_ref())?))
}

/// The identities of the problems, in order.
///
/// # Errors
/// The database's.
pub async fn ids(tx: &ReadTx, filter: &ProblemFilter, sort: ProblemSort) -> Result<Vec<ProblemId>, StoreError> {
    let find = ordered(filter, sort)?.select_only().column(problem::Column::Id);
    let rows: Vec<String> = find.into_tuple().all(tx.db()).await?;
    rows.iter().map(|row| id(row)).collect()
}

#[derive(FromQueryResult)]
struct Counted {
    problems: i64,
    late: Option<i64>,
    sites: i64,
    units: i64,
}

/// The totals of the problems, past due at `now`.
///
/// # Errors
/// The database's.
pub async fn totals(tx: &ReadTx, filter: &ProblemFilter, now: Moment) -> Result<Totals, StoreError> {
    use problem::Column;
    if let Some(totals) = own::totals(tx, filter, now).await? {
        return Ok(totals);
    }
    if condition(filter)?.is_empty() {
        // Of the whole ledger each is counted from an index of its own.
        let different = async |column: Column| {
            let values = problem::Entity::find().select_only().column(column).distinct().filter(column.is_not_null());
            values.count(tx.db()).await
        };
        let mut late = 0;
        for of_state in late_by_state(now) {
            late += counted(tx, problem::Entity::find().filter(of_state)).await?;
        }
        return Ok(Totals {
            problems: count(tx, filter).await?,
            sites: different(Column::SiteId).await?,
            units: different(Column::UnitId).await?,
            late,
        });
    }
    let counted = problem::Entity::find()
        .select_only()
        .column_as(Expr::col(Asterisk).count(), "problems")
        .column_as(Expr::col(Column::SiteId).count_distinct(), "sites")
        .column_as(Expr::col(Column::UnitId).count_distinct(), "units")
        .column_as(sum_of(clock(ClockFilter::Late(now))), "late")
        .filter(condition(filter)?)
        .into_model::<Counted>()
        .one(tx.db())
        .await?;
    Ok(counted.map_or_else(Totals::default, |counted| Totals {
        problems: natural(counted.problems),
        sites: natural(counted.sites),
        units: natural(counted.units),
        late: natural(counted.late.unwrap_or(0)),
    }))
}
