//! What units have, read from their own rows of [`problem_unit`]: these repeat what states, clocks and totals are counted
//! from, so that a department with a quarter of all problems does not read a quarter of the ledger. A filter that asks for
//! anything else is answered by the ledger itself ([`super::list`]); both say the same.

use std::collections::BTreeSet;

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;

use super::count::Grouped;
use super::list::{Clock, ClockFilter, ProblemFilter, ProblemSort, ProblemSortKey, Totals, possible, texts};
use super::standing::{DueCounts, LateRow, Marks};
use crate::entity::problem_unit::{Column, Entity};
use crate::error::StoreError;
use crate::site::SortOrder;
use crate::tx::ReadTx;
use crate::value::natural;

/// The rows of these units.
fn of(units: &BTreeSet<UnitId>) -> Condition {
    Condition::all().add(Column::UnitId.is_in(units.iter().map(ToString::to_string)))
}

fn of_units() -> Clock {
    let column = |column: Column| Expr::col((Entity, column));
    Clock {
        state: column(Column::State),
        due_state: column(Column::DueState),
        pressing_at: column(Column::PressingAt),
        on_time: column(Column::OnTime),
    }
}

fn clock(filter: ClockFilter) -> Condition {
    of_units().fulfils(filter)
}

/// Different problems: a unit may have to do with one twice, and two units of a reach with the same.
fn problems() -> Expr {
    Expr::col((Entity, Column::Number)).count_distinct()
}

/// Different problems that fulfil this.
fn problems_if(fulfil: Condition) -> Expr {
    Expr::expr(CaseStatement::new().case(fulfil, Expr::col((Entity, Column::Number)))).count_distinct()
}

/// The rows on which one of the clocks stands so, found by the states in which it can.
fn in_states(clocks: &[ClockFilter]) -> Result<Condition, StoreError> {
    let states = possible(&ProblemFilter { clocks: clocks.to_vec(), ..ProblemFilter::default() })?;
    let fulfilled = clocks.iter().fold(Condition::any(), |any, wanted| any.add(clock(*wanted)));
    Ok(Condition::all().add(Column::State.is_in(states)).add(fulfilled))
}

/// The rows that fulfil the filter; none if the filter asks for what they do not tell.
fn chosen(filter: &ProblemFilter) -> Result<Option<Select<Entity>>, StoreError> {
    let Some(reach) = &filter.reach else { return Ok(None) };
    let ProblemFilter { states, units, streets, sites, clocks, .. } = filter.clone();
    let told = ProblemFilter { states, units, streets, sites, clocks, reach: filter.reach.clone(), ..ProblemFilter::default() };
    if told != *filter {
        return Ok(None);
    }
    let mut all = of(reach);
    for (column, wanted) in [
        (Column::State, possible(&told)?),
        (Column::RectifyingId, texts(&told.units)),
        (Column::StreetId, texts(&told.streets)),
        (Column::SiteId, texts(&told.sites)),
    ] {
        if !wanted.is_empty() {
            all = all.add(column.is_in(wanted));
        }
    }
    if !told.clocks.is_empty() {
        all = all.add(told.clocks.iter().fold(Condition::any(), |any, wanted| any.add(clock(*wanted))));
    }
    Ok(Some(Entity::find().filter(all)))
}

/// The identities of a page of the problems in their order, if the units' own rows tell.
pub(super) async fn page(
    tx: &ReadTx,
    filter: &ProblemFilter,
    sort: ProblemSort,
    (offset, limit): (u64, u64),
) -> Result<Option<Vec<String>>, StoreError> {
    let order = match sort.order {
        SortOrder::Ascending => Order::Asc,
        SortOrder::Descending => Order::Desc,
    };
    let Some(find) = chosen(filter)? else { return Ok(None) };
    let find = find.select_only().column_as(Column::ProblemId.min(), "id").group_by(Column::Number);
    let by = |find: Select<Entity>, column: Column| find.group_by(column).order_by(column, order.clone());
    let find = match sort.key {
        ProblemSortKey::Number => find,
        ProblemSortKey::DueAt => by(find.order_by(Column::PressingAt.is_null(), Order::Asc), Column::PressingAt),
        ProblemSortKey::State => by(find, Column::State),
        ProblemSortKey::Unit => by(find, Column::RectifyingId),
        ProblemSortKey::LastStepAt => return Ok(None),
    };
    let find = find.order_by(Column::Number, order).offset(offset).limit(limit);
    Ok(Some(find.into_tuple().all(tx.db()).await?))
}

async fn counted(tx: &ReadTx, find: Select<Entity>) -> Result<u64, StoreError> {
    let count: Option<i64> = find.select_only().column_as(problems(), "count").into_tuple().one(tx.db()).await?;
    Ok(natural(count.unwrap_or(0)))
}

/// How many problems there are, if the units' own rows tell.
pub(super) async fn count(tx: &ReadTx, filter: &ProblemFilter) -> Result<Option<u64>, StoreError> {
    match chosen(filter)? {
        Some(find) => counted(tx, find).await.map(Some),
        None => Ok(None),
    }
}

/// How many problems there are and when the first of them is due, if the units' own rows tell.
pub(super) async fn count_and_next(tx: &ReadTx, filter: &ProblemFilter) -> Result<Option<(u64, Option<String>)>, StoreError> {
    let Some(find) = chosen(filter)? else { return Ok(None) };
    let find = find.select_only().column_as(problems(), "count").column_as(Column::PressingAt.min(), "next");
    let row: Option<(i64, Option<String>)> = find.into_tuple().one(tx.db()).await?;
    let (count, next) = row.unwrap_or_default();
    Ok(Some((natural(count), next)))
}

/// The totals, if the units' own rows tell.
pub(super) async fn totals(tx: &ReadTx, filter: &ProblemFilter, now: Moment) -> Result<Option<Totals>, StoreError> {
    let Some(find) = chosen(filter)? else { return Ok(None) };
    let different = async |column: Column| {
        let values = find.clone().select_only().column(column).filter(column.is_not_null()).group_by(column);
        values.count(tx.db()).await
    };
    Ok(Some(Totals {
        problems: counted(tx, find.clone()).await?,
        sites: different(Column::SiteId).await?,
        units: different(Column::RectifyingId).await?,
        late: counted(tx, find.clone().filter(in_states(&[ClockFilter::Late(now)])?)).await?,
    }))
}

/// How many problems stand in each state, if the units' own rows tell.
pub(super) async fn states(tx: &ReadTx, filter: &ProblemFilter) -> Result<Option<Vec<Grouped>>, StoreError> {
    let Some(find) = chosen(filter)? else { return Ok(None) };
    let find = find.select_only().column_as(Column::State, "key").column_as(problems(), "count");
    Ok(Some(find.group_by(Column::State).into_model().all(tx.db()).await?))
}

/// The late by rectifying unit and street, state by state.
pub(super) async fn late(tx: &ReadTx, units: &BTreeSet<UnitId>, now: Moment) -> Result<Vec<LateRow>, StoreError> {
    let find = Entity::find()
        .select_only()
        .column_as(Column::RectifyingId, "unit_id")
        .column(Column::StreetId)
        .column_as(problems(), "count")
        .filter(of(units))
        .group_by(Column::RectifyingId)
        .group_by(Column::StreetId);
    let mut rows = Vec::new();
    for of_state in of_units().late_by_state(now) {
        rows.extend(find.clone().filter(of_state).into_model::<LateRow>().all(tx.db()).await?);
    }
    Ok(rows)
}

/// What fell or falls due around now.
pub(super) async fn dues(tx: &ReadTx, units: &BTreeSet<UnitId>, marks: Marks) -> Result<Option<DueCounts>, StoreError> {
    let [late, today, soon] = marks.clocks();
    let find = Entity::find()
        .select_only()
        .column_as(problems_if(clock(late)), "newly")
        .column_as(problems_if(clock(today)), "today")
        .column_as(problems_if(clock(soon)), "soon")
        .filter(of(units))
        .filter(in_states(&[late, today, soon])?)
        .filter(Column::PressingAt.gte(marks.since.stored()));
    Ok(find.into_model().one(tx.db()).await?)
}
