//! How the problems that a reader may see stand, in a few statements: the board asks for it whenever anything changes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QuerySelect};
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::State;

use super::count::figures;
use super::list::{ClockFilter, ProblemFilter, clock, count, late_by_state};
use super::own;
use crate::entity::problem;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id_opt, natural, sum_of};

/// The moments against which clocks are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Now.
    pub now: Moment,
    /// When the day ends.
    pub end_of_today: Moment,
    /// Until when something is due soon.
    pub soon: Moment,
    /// Since when something counts as newly late; before now.
    pub since: Moment,
}

/// How many problems stand in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// The state.
    pub state: State,
    /// Problems.
    pub count: u64,
}

/// How many of the problems asked for a unit has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnitCount {
    /// The unit.
    pub unit: UnitId,
    /// Problems.
    pub count: u64,
}

/// How the problems stand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// By state, most first; states without problems are left out.
    pub states: Vec<Figures>,
    /// Past due.
    pub late: u64,
    /// Due before the day ends.
    pub due_today: u64,
    /// Due soon.
    pub due_soon: u64,
    /// Past due, and not yet at [`Marks::since`].
    pub newly_late: u64,
    /// Past due by rectifying unit, most first.
    pub late_units: Vec<UnitCount>,
    /// Past due by the street or town in which they lie, most first.
    pub late_streets: Vec<UnitCount>,
}

/// How the problems stand that concern one of these units, or (none) all of them.
///
/// # Errors
/// The database's.
pub async fn standing(tx: &ReadTx, reach: Option<&BTreeSet<UnitId>>, marks: Marks) -> Result<Standing, StoreError> {
    let (mut by_unit, mut by_street) = (BTreeMap::new(), BTreeMap::new());
    let mut late = 0;
    for row in late_rows(tx, reach, marks.now).await? {
        let count = natural(row.count);
        late += count;
        for (key, counts) in [(row.unit_id, &mut by_unit), (row.street_id, &mut by_street)] {
            if let Some(unit) = id_opt::<UnitId>(key.as_ref())? {
                *counts.entry(unit).or_insert(0) += count;
            }
        }
    }
    let ordered = |counts: BTreeMap<UnitId, u64>| {
        let mut counts: Vec<_> = counts.into_iter().map(|(unit, count)| UnitCount { unit, count }).collect();
        counts.sort_by_key(|row| (Reverse(row.count), row.unit));
        counts
    };
    let dues = dues(tx, reach, marks).await?;
    Ok(Standing {
        states: states(tx, reach).await?,
        late,
        due_today: natural(dues.today.unwrap_or(0)),
        due_soon: natural(dues.soon.unwrap_or(0)),
        newly_late: natural(dues.newly.unwrap_or(0)),
        late_units: ordered(by_unit),
        late_streets: ordered(by_street),
    })
}

/// Of five years most are closed: what is not is counted by state, and the rest of all is closed.
async fn states(tx: &ReadTx, reach: Option<&BTreeSet<UnitId>>) -> Result<Vec<Figures>, StoreError> {
    let all = ProblemFilter { reach: reach.cloned(), ..ProblemFilter::default() };
    let other: Vec<State> = State::ALL.into_iter().filter(|state| *state != State::Closed).collect();
    let mut states = figures(tx, &ProblemFilter { states: other, ..all.clone() }).await?;
    let closed = count(tx, &all).await?.saturating_sub(states.iter().map(|row| row.count).sum());
    if closed > 0 {
        states.push(Figures { state: State::Closed, count: closed });
    }
    states.sort_by_key(|row| (Reverse(row.count), row.state));
    Ok(states)
}

#[derive(FromQueryResult)]
pub(super) struct LateRow {
    unit_id: Option<String>,
    street_id: Option<String>,
    count: i64,
}

/// Of the whole ledger the late are counted state by state, each along an index in the order of what they are grouped by.
async fn late_rows(tx: &ReadTx, reach: Option<&BTreeSet<UnitId>>, now: Moment) -> Result<Vec<LateRow>, StoreError> {
    use problem::Column::{StreetId, UnitId};
    if let Some(units) = reach {
        return own::late(tx, units, now).await;
    }
    let mut rows = Vec::new();
    for late in late_by_state(now) {
        let counted = problem::Entity::find()
            .select_only()
            .columns([UnitId, StreetId])
            .column_as(Expr::col(Asterisk).count(), "count")
            .filter(late)
            .group_by(UnitId)
            .group_by(StreetId)
            .into_model::<LateRow>();
        rows.extend(counted.all(tx.db()).await?);
    }
    Ok(rows)
}

#[derive(FromQueryResult, Default)]
pub(super) struct DueCounts {
    newly: Option<i64>,
    today: Option<i64>,
    soon: Option<i64>,
}

impl Marks {
    /// What is late, what falls due today, and what soon.
    pub(super) fn clocks(self) -> [ClockFilter; 3] {
        let due = |until| ClockFilter::Due { from: self.now, until };
        [ClockFilter::Late(self.now), due(self.end_of_today), due(self.soon)]
    }
}

/// What fell or falls due around now.
async fn dues(tx: &ReadTx, reach: Option<&BTreeSet<UnitId>>, marks: Marks) -> Result<DueCounts, StoreError> {
    if let Some(units) = reach {
        return Ok(own::dues(tx, units, marks).await?.unwrap_or_default());
    }
    let [late, today, soon] = marks.clocks();
    let dues = problem::Entity::find()
        .select_only()
        .column_as(sum_of(clock(late)), "newly")
        .column_as(sum_of(clock(today)), "today")
        .column_as(sum_of(clock(soon)), "soon")
        .filter(Condition::any().add(clock(late)).add(clock(today)).add(clock(soon)))
        .filter(problem::Column::PressingAt.gte(marks.since.stored()))
        .into_model()
        .one(tx.db())
        .await?;
    Ok(dues.unwrap_or_default())
}
