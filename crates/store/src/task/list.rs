//! Lists of tasks: filtered, bounded by what the reader may see, sorted, by the page; every filter has its index.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, FromQueryResult, Order, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;
use yipanqi_domain::id::{CriterionId, PersonId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::task::{Class, State};

use super::KeptTask;
use crate::entity::{task, task_link, task_unit};
use crate::error::StoreError;
use crate::site::SortOrder;
use crate::tx::ReadTx;
use crate::value::{read_word, word};

/// Which tasks a list shows; what is empty does not filter.
#[derive(Debug, Clone, Default)]
pub struct TaskFilter {
    /// Words that number, title or goal contain, all of them.
    pub text: String,
    /// States.
    pub states: Vec<State>,
    /// Classes.
    pub classes: Vec<Class>,
    /// Units that lead.
    pub leads: Vec<UnitId>,
    /// Units that lead or support.
    pub units: Vec<UnitId>,
    /// People in charge.
    pub people: Vec<PersonId>,
    /// Campaigns.
    pub campaigns: Vec<Uuid>,
    /// Criteria they serve.
    pub criteria: Vec<CriterionId>,
    /// Sites at which they are done.
    pub sites: Vec<SiteId>,
    /// With something past due at this moment.
    pub late: Option<Moment>,
    /// With something due in this span, ends included.
    pub due: Option<(Moment, Moment)>,
    /// Whose last day is this or later.
    pub due_from: Option<NaiveDate>,
    /// Whose last day is this or earlier.
    pub due_to: Option<NaiveDate>,
    /// With less of the plan done than so many percent.
    pub plan_below: Option<i64>,
    /// What the reader may see: only tasks of one of these units; none: everything.
    pub reach: Option<BTreeSet<UnitId>>,
    /// Tasks of which this person is in charge are seen whatever the reach.
    pub own: Option<PersonId>,
}

/// By what a list of tasks is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TaskSortKey {
    /// Running number.
    Number,
    /// What is due next; those with nothing due come last.
    #[default]
    NextDue,
    /// The last day.
    DueOn,
    /// How far it has come.
    Percent,
    /// State.
    State,
    /// The unit that leads.
    Lead,
}

/// How a list of tasks is sorted; ties by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TaskSort {
    /// By what.
    pub key: TaskSortKey,
    /// Which way.
    pub order: SortOrder,
}

/// How many tasks stand in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateCount {
    /// The state.
    pub state: State,
    /// How many.
    pub count: u64,
}

fn of_units(units: Vec<String>) -> SelectStatement {
    Query::select()
        .column(task_unit::Column::TaskId)
        .from(task_unit::Entity)
        .and_where(Expr::col((task_unit::Entity, task_unit::Column::UnitId)).is_in(units))
        .to_owned()
}

fn linked(kind: &str, targets: Vec<String>) -> SelectStatement {
    Query::select()
        .column(task_link::Column::TaskId)
        .from(task_link::Entity)
        .and_where(Expr::col((task_link::Entity, task_link::Column::Kind)).eq(kind))
        .and_where(Expr::col((task_link::Entity, task_link::Column::TargetId)).is_in(targets))
        .to_owned()
}

fn texts<T: ToString>(values: &[T]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

pub(super) fn condition(filter: &TaskFilter) -> Result<Condition, StoreError> {
    use task::Column;
    let mut all = Condition::all();
    for word in filter.text.to_lowercase().split_whitespace() {
        all = all.add(Column::SearchText.contains(word));
    }
    let states = filter.states.iter().map(word).collect::<Result<Vec<_>, _>>()?;
    let classes = filter.classes.iter().map(word).collect::<Result<Vec<_>, _>>()?;
    for (column, wanted) in [
        (Column::State, states),
        (Column::Class, classes),
        (Column::LeadId, texts(&filter.leads)),
        (Column::ResponsibleId, texts(&filter.people)),
        (Column::CampaignId, texts(&filter.campaigns)),
    ] {
        if !wanted.is_empty() {
            all = all.add(column.is_in(wanted));
        }
    }
    if !filter.units.is_empty() {
        all = all.add(Column::Id.in_subquery(of_units(texts(&filter.units))));
    }
    if !filter.criteria.is_empty() {
        all = all.add(Column::Id.in_subquery(linked("criterion", texts(&filter.criteria))));
    }
    if !filter.sites.is_empty() {
        all = all.add(Column::Id.in_subquery(linked("site", texts(&filter.sites))));
    }
    if let Some(now) = filter.late {
        all = all.add(Column::NextDue.lt(now.stored()));
    }
    if let Some((from, until)) = filter.due {
        all = all.add(Column::NextDue.gte(from.stored())).add(Column::NextDue.lte(until.stored()));
    }
    if let Some(first) = filter.due_from {
        all = all.add(Column::DueOn.gte(first.to_string()));
    }
    if let Some(last) = filter.due_to {
        all = all.add(Column::DueOn.lte(last.to_string()));
    }
    if let Some(percent) = filter.plan_below {
        all = all.add(Column::PlanPercent.lt(percent));
    }
    if let Some(reach) = &filter.reach {
        let mut seen = Condition::any().add(Column::Id.in_subquery(of_units(reach.iter().map(ToString::to_string).collect())));
        if let Some(own) = filter.own {
            seen = seen.add(Column::ResponsibleId.eq(own.to_string()));
        }
        all = all.add(seen);
    }
    Ok(all)
}

/// A page of the tasks.
///
/// # Errors
/// The database's.
pub async fn list(
    tx: &ReadTx,
    filter: &TaskFilter,
    sort: TaskSort,
    offset: u64,
    limit: u64,
) -> Result<Vec<KeptTask>, StoreError> {
    use task::Column;
    let order = match sort.order {
        SortOrder::Ascending => Order::Asc,
        SortOrder::Descending => Order::Desc,
    };
    let mut find = task::Entity::find().filter(condition(filter)?);
    find = match sort.key {
        TaskSortKey::Number => find,
        TaskSortKey::NextDue => find.order_by(Column::NextDue.is_null(), Order::Asc).order_by(Column::NextDue, order.clone()),
        TaskSortKey::DueOn => find.order_by(Column::DueOn.is_null(), Order::Asc).order_by(Column::DueOn, order.clone()),
        TaskSortKey::Percent => find.order_by(Column::Percent, order.clone()),
        TaskSortKey::State => find.order_by(Column::State, order.clone()),
        TaskSortKey::Lead => find.order_by(Column::LeadId, order.clone()),
    };
    let rows = find.order_by(Column::Number, order).offset(offset).limit(limit).all(tx.db()).await?;
    rows.into_iter().map(KeptTask::read).collect()
}

/// How many tasks there are.
///
/// # Errors
/// The database's.
pub async fn count(tx: &ReadTx, filter: &TaskFilter) -> Result<u64, StoreError> {
    Ok(task::Entity::find().filter(condition(filter)?).count(tx.db()).await?)
}

#[derive(FromQueryResult)]
struct Counted {
    state: String,
    count: i64,
}

/// How many tasks stand in each state; states without a task are left out.
///
/// # Errors
/// The database's.
pub async fn figures(tx: &ReadTx, filter: &TaskFilter) -> Result<Vec<StateCount>, StoreError> {
    let rows = task::Entity::find()
        .select_only()
        .column_as(task::Column::State, "state")
        .column_as(Expr::col(task::Column::Id).count(), "count")
        .filter(condition(filter)?)
        .group_by(task::Column::State)
        .into_model::<Counted>()
        .all(tx.db())
        .await?;
    rows.into_iter()
        .map(|row| Ok(StateCount { state: read_word("task.state", &row.state)?, count: u64::try_from(row.count).unwrap_or(0) }))
        .collect()
}

#[derive(FromQueryResult)]
struct Led {
    lead: String,
    count: i64,
}

/// How many tasks each unit leads; units without one are left out.
///
/// # Errors
/// The database's.
pub async fn by_lead(tx: &ReadTx, filter: &TaskFilter) -> Result<Vec<(UnitId, u64)>, StoreError> {
    let rows = task::Entity::find()
        .select_only()
        .column_as(task::Column::LeadId, "lead")
        .column_as(Expr::col(task::Column::Id).count(), "count")
        .filter(condition(filter)?)
        .filter(task::Column::LeadId.is_not_null())
        .group_by(task::Column::LeadId)
        .into_model::<Led>()
        .all(tx.db())
        .await?;
    rows.into_iter().map(|row| Ok((crate::value::id(&row.lead)?, u64::try_from(row.count).unwrap_or(0)))).collect()
}
