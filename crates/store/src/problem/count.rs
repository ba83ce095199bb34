//! Figures counted from problems: by who is late, by where; and the facts of which rates are made.

use sea_orm::sea_query::{Asterisk, Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::Problem;
use yipanqi_domain::problem::rates::{Period, Rate};
use yipanqi_domain::problem::statistics::RateKind;

use super::list::{ClockFilter, ProblemFilter, RateFilter, RatePart, condition, counting_in};
use super::own;
use super::standing::{Figures, UnitCount};
use crate::entity::problem;
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, natural, read_json, read_word, sum_of};

#[derive(FromQueryResult)]
pub(super) struct Grouped {
    key: String,
    count: i64,
}

async fn grouped(tx: &ReadTx, column: problem::Column, filter: Condition) -> Result<Vec<Grouped>, StoreError> {
    Ok(problem::Entity::find()
        .select_only()
        .column_as(column, "key")
        .column_as(Expr::col(Asterisk).count(), "count")
        .filter(filter)
        .filter(column.is_not_null())
        .group_by(column)
        .order_by_desc(Expr::col(Asterisk).count())
        .order_by_asc(column)
        .into_model::<Grouped>()
        .all(tx.db())
        .await?)
}

/// Problems by state; states without problems are left out.
///
/// # Errors
/// The database's.
pub async fn figures(tx: &ReadTx, filter: &ProblemFilter) -> Result<Vec<Figures>, StoreError> {
    let rows = match own::states(tx, filter).await? {
        Some(rows) => rows,
        None => grouped(tx, problem::Column::State, condition(filter)?).await?,
    };
    rows.into_iter().map(|row| Ok(Figures { state: read_word("state", &row.key)?, count: natural(row.count) })).collect()
}

#[derive(FromQueryResult)]
struct InTime {
    unit: String,
    on_time: Option<i64>,
    due: i64,
}

/// 按期办结率 of the problems due in a period, by rectifying unit; units without one are left out.
///
/// # Errors
/// The database's.
pub async fn on_time_by_unit(tx: &ReadTx, period: Period) -> Result<Vec<(UnitId, Rate)>, StoreError> {
    let part = |part| counting_in(RateFilter { rate: RateKind::OnTime, part, period });
    let rows = problem::Entity::find()
        .select_only()
        .column_as(problem::Column::UnitId, "unit")
        .column_as(sum_of(part(RatePart::Numerator)), "on_time")
        .column_as(Expr::col(Asterisk).count(), "due")
        .filter(part(RatePart::Denominator))
        .filter(problem::Column::UnitId.is_not_null())
        .group_by(problem::Column::UnitId)
        .into_model::<InTime>()
        .all(tx.db())
        .await?;
    let rate = |row: &InTime| Rate { numerator: natural(row.on_time.unwrap_or(0)), denominator: natural(row.due) };
    rows.into_iter().map(|row| Ok((id(&row.unit)?, rate(&row)))).collect()
}

fn late(filter: &ProblemFilter, now: Moment) -> Result<Condition, StoreError> {
    condition(&ProblemFilter { clocks: vec![ClockFilter::Late(now)], ..filter.clone() })
}

fn unit_counts(rows: Vec<Grouped>) -> Result<Vec<UnitCount>, StoreError> {
    rows.into_iter().map(|row| Ok(UnitCount { unit: id(&row.key)?, count: natural(row.count) })).collect()
}

/// Problems past due by rectifying unit, most first.
///
/// # Errors
/// The database's.
pub async fn late_by_unit(tx: &ReadTx, filter: &ProblemFilter, now: Moment) -> Result<Vec<UnitCount>, StoreError> {
    unit_counts(grouped(tx, problem::Column::UnitId, late(filter, now)?).await?)
}

/// Problems by rectifying unit, most first.
///
/// # Errors
/// The database's.
pub async fn by_unit(tx: &ReadTx, filter: &ProblemFilter) -> Result<Vec<UnitCount>, StoreError> {
    unit_counts(grouped(tx, problem::Column::UnitId, condition(filter)?).await?)
}

/// Problems past due by the street or town in which they lie, most first.
///
/// # Errors
/// The database's.
pub async fn late_by_street(tx: &ReadTx, filter: &ProblemFilter, now: Moment) -> Result<Vec<UnitCount>, StoreError> {
    unit_counts(grouped(tx, problem::Column::StreetId, late(filter, now)?).await?)
}

/// The problems of which the rates of a period are made: due, closed, or registered in it.
///
/// # Errors
/// The database's.
pub async fn rate_facts(tx: &ReadTx, filter: &ProblemFilter, from: Moment, until: Moment) -> Result<Vec<Problem>, StoreError> {
    use problem::Column;
    let within = |column: Column| Condition::all().add(column.gte(from.stored())).add(column.lt(until.stored()));
    let rows: Vec<String> = problem::Entity::find()
        .select_only()
        .column(Column::Body)
        .filter(condition(filter)?)
        .filter(Condition::any().add(within(Column::DueAt)).add(within(Column::ClosedAt)).add(within(Column::ReportedAt)))
        .into_tuple()
        .all(tx.db())
        .await?;
    rows.iter()
        .map(|row| {
            let (problem, _): (Problem, super::Facts) = read_json("problem", row)?;
            Ok(problem)
        })
        .collect()
}
