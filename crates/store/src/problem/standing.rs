//! How the problems that a reader may see stand, in two statements: the board asks for it whenever anything changes.

use std::collections::BTreeSet;

use sea_orm::sea_query::{
    CaseStatement, CommonTableExpression, Expr, ExprTrait, IntoIden, Query, SelectStatement, UnionType, WithClause,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, QueryTrait};
use yipanqi_domain::id::UnitId;
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::State;

use super::count::figures;
use super::list::{ClockFilter, ProblemFilter, clock, condition};
use super::place::natural;
use crate::entity::{problem, problem_unit};
use crate::error::StoreError;
use crate::tx::ReadTx;
use crate::value::{id, read_word, sum_of};

/// The moments against which clocks are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Now.
    pub now: Moment,
    /// When the day ends.
    pub end_of_today: Moment,
    /// Until when something is due soon.
    pub soon: Moment,
    /// Since when something counts as newly late.
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
    let mut standing = Standing { states: states(tx, reach).await?, ..Standing::default() };
    for row in running(tx, reach, marks).await? {
        match (row.part.as_str(), row.unit) {
            ("unit", Some(unit)) => standing.late_units.push(UnitCount { unit: id(&unit)?, count: natural(row.late) }),
            ("street", Some(unit)) => standing.late_streets.push(UnitCount { unit: id(&unit)?, count: natural(row.late) }),
            _ => {
                standing.late = natural(row.late);
                standing.due_today = natural(row.today);
                standing.due_soon = natural(row.soon);
                standing.newly_late = natural(row.newly);
            }
        }
    }
    for counts in [&mut standing.late_units, &mut standing.late_streets] {
        counts.sort_by_key(|row| (std::cmp::Reverse(row.count), row.unit));
    }
    Ok(standing)
}

#[derive(FromQueryResult)]
struct InState {
    key: String,
    count: i64,
}

/// With a reach they are counted from the units' own list, which is a fraction of the ledger.
async fn states(tx: &ReadTx, reach: Option<&BTreeSet<UnitId>>) -> Result<Vec<Figures>, StoreError> {
    let Some(units) = reach else { return figures(tx, &ProblemFilter::default()).await };
    let rows = problem_unit::Entity::find()
        .select_only()
        .column_as(problem_unit::Column::State, "key")
        .column_as(Expr::col(problem_unit::Column::ProblemId).count_distinct(), "count")
        .filter(problem_unit::Column::UnitId.is_in(units.iter().map(ToString::to_string)))
        .group_by(problem_unit::Column::State)
        .into_model::<InState>()
        .all(tx.db())
        .await?;
    let mut states = (rows.into_iter())
        .map(|row| Ok(Figures { state: read_word("state", &row.key)?, count: natural(row.count) }))
        .collect::<Result<Vec<_>, StoreError>>()?;
    states.sort_by_key(|row| (std::cmp::Reverse(row.count), row.state));
    Ok(states)
}

#[derive(FromQueryResult)]
struct Running {
    part: String,
    unit: Option<String>,
    late: i64,
    today: i64,
    soon: i64,
    newly: i64,
}

/// The problems whose clocks run are read once, and counted in all, by unit and by street.
async fn running(tx: &ReadTx, reach: Option<&BTreeSet<UnitId>>, marks: Marks) -> Result<Vec<Running>, StoreError> {
    let Marks { now, end_of_today, soon, since } = marks;
    let late = ClockFilter::Late(now);
    let newly = Condition::all().add(clock(late)).add(problem::Column::PressingAt.gte(since.stored()));
    let due = |until| clock(ClockFilter::Due { from: now, until });
    let flag = |fulfils: Condition| Expr::expr(CaseStatement::new().case(fulfils, 1_i64).finally(0_i64));
    let clocks = vec![late, ClockFilter::Due { from: now, until: end_of_today.max(soon) }];
    let rows = problem::Entity::find()
        .select_only()
        .column_as(problem::Column::UnitId, "unit_id")
        .column_as(problem::Column::StreetId, "street_id")
        .column_as(flag(clock(late)), "late")
        .column_as(flag(due(end_of_today)), "today")
        .column_as(flag(due(soon)), "soon")
        .column_as(flag(newly), "newly")
        .filter(condition(&ProblemFilter { clocks, reach: reach.cloned(), ..ProblemFilter::default() })?)
        .into_query();
    let name = "running";
    let table = CommonTableExpression::new().query(rows).table_name(name).materialized(true).to_owned();
    let sum = |column: &'static str| sum_of(Condition::all().add(Expr::col(column.into_iden()).eq(1)));
    let mut all = Query::select();
    all.expr_as(Expr::val("all").cast_as("text"), "part").expr_as(Expr::val(None::<String>).cast_as("text"), "unit");
    for column in ["late", "today", "soon", "newly"] {
        all.expr_as(Expr::expr(sum(column)).if_null(0_i64), column);
    }
    all.from(name);
    let by = |part: &'static str, column: &'static str| -> SelectStatement {
        let mut select = Query::select();
        select.expr_as(Expr::val(part).cast_as("text"), "part").expr_as(Expr::col(column.into_iden()), "unit");
        select.expr_as(Expr::col("late".into_iden()).count(), "late");
        for column in ["today", "soon", "newly"] {
            select.expr_as(Expr::val(0_i64).cast_as("bigint"), column);
        }
        let late = Condition::all().add(Expr::col("late".into_iden()).eq(1)).add(Expr::col(column.into_iden()).is_not_null());
        select.from(name).cond_where(late).group_by_col(column).to_owned()
    };
    all.union(UnionType::All, by("unit", "unit_id")).union(UnionType::All, by("street", "street_id"));
    let query = all.with(WithClause::new().cte(table).to_owned());
    let rows = tx.db().query_all(&query).await?;
    Ok(rows.iter().map(|row| Running::from_query_result(row, "")).collect::<Result<_, _>>()?)
}
