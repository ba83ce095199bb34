//! The query of the task list: the same for list, board, timeline and export, so that all show the same tasks.

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{CriterionId, PersonId, SiteId, UnitId};
use yipanqi_domain::task::{Class, State};
use yipanqi_store::ReadTx;
use yipanqi_store::site::SortOrder;
use yipanqi_store::task::{TaskFilter, TaskSort, TaskSortKey};

use crate::error::Error;
use crate::request::CityCtx;

/// What a task list shows.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct TaskQuery {
    /// `all`, `open`, `late`, `soon`, `mine`, `to_sign`, `to_accept`, `under_plan`.
    pub view: String,
    /// Words.
    pub q: String,
    /// States.
    #[param(value_type = Vec<String>)]
    pub state: Vec<State>,
    /// Classes.
    #[param(value_type = Vec<String>)]
    pub class: Vec<Class>,
    /// Units that lead.
    #[param(value_type = Vec<String>)]
    pub lead: Vec<UnitId>,
    /// A unit that leads, with those below it.
    #[param(value_type = Option<String>)]
    pub under: Option<UnitId>,
    /// Whose last day is this or later.
    pub due_from: Option<NaiveDate>,
    /// Whose last day is this or earlier.
    pub due_to: Option<NaiveDate>,
    /// Units that lead or support.
    #[param(value_type = Vec<String>)]
    pub unit: Vec<UnitId>,
    /// People in charge.
    #[param(value_type = Vec<String>)]
    pub person: Vec<PersonId>,
    /// Campaigns.
    #[param(value_type = Vec<String>)]
    pub campaign: Vec<Uuid>,
    /// Criteria.
    #[param(value_type = Vec<String>)]
    pub criterion: Vec<CriterionId>,
    /// Sites.
    #[param(value_type = Vec<String>)]
    pub site: Vec<SiteId>,
    /// `next_due`, `number`, `due_on`, `percent`, `state`, `lead`; with `-` in front downwards.
    pub sort: String,
    /// Which page, from 1.
    pub page: Option<u64>,
    /// Lines a page, 10 to 200.
    pub size: Option<u64>,
}

/// The filter, whatever number a site is named by: one that was merged means the site that stands for it.
///
/// # Errors
/// The database's.
pub async fn of_sites(tx: &ReadTx, filter: TaskFilter) -> Result<TaskFilter, Error> {
    Ok(TaskFilter { sites: crate::site::known_by(tx, &filter.sites).await?, ..filter })
}

/// A unit and those below it.
fn below(ctx: &CityCtx, unit: UnitId) -> impl Iterator<Item = UnitId> {
    ctx.tree.descendants(unit).into_iter().chain([unit])
}

impl TaskQuery {
    /// The page, from 1, and its size.
    #[must_use]
    pub fn paging(&self) -> (u64, u64) {
        (self.page.unwrap_or(1).max(1), self.size.unwrap_or(20).clamp(1, 200))
    }

    /// The filter within the reader's reach.
    ///
    /// # Errors
    /// `query_invalid` for an unknown view.
    pub fn filter(&self, ctx: &CityCtx, calendar: &Calendar) -> Result<TaskFilter, Error> {
        let now = ctx.moment;
        let mut filter = TaskFilter {
            text: self.q.clone(),
            states: self.state.clone(),
            classes: self.class.clone(),
            leads: self.lead.iter().copied().chain(self.under.into_iter().flat_map(|unit| below(ctx, unit))).collect(),
            due_from: self.due_from,
            due_to: self.due_to,
            units: self.unit.clone(),
            people: self.person.clone(),
            campaigns: self.campaign.clone(),
            criteria: self.criterion.clone(),
            sites: self.site.clone(),
            reach: match ctx.reach_of(Right::ViewTask) {
                Reach::Everything => None,
                Reach::Units(units) => Some(units),
                Reach::Nothing => Some(std::collections::BTreeSet::new()),
            },
            own: Some(ctx.actor.person),
            ..TaskFilter::default()
        };
        let open = || State::ALL.into_iter().filter(|state| state.is_open());
        match self.view.as_str() {
            "" | "all" => {}
            "open" => filter.states.extend(open()),
            "late" => filter.late = Some(now),
            "soon" => {
                let until = calendar.local(now).date_naive() + TimeDelta::days(8);
                filter.due = Some((now, calendar.moment(until, NaiveTime::MIN)));
            }
            "mine" => {
                filter.states.extend(open());
                filter.people.push(ctx.actor.person);
            }
            "to_sign" => filter.states.push(State::Concluded),
            "to_accept" => filter.states.push(State::Signed),
            "under_plan" => {
                filter.states.push(State::Running);
                filter.plan_below = Some(80);
            }
            other => return Err(Error::new("query_invalid").with("reason", format!("view={other}"))),
        }
        Ok(filter)
    }

    /// How it is sorted.
    ///
    /// # Errors
    /// `query_invalid` for an unknown column.
    pub fn sorting(&self) -> Result<TaskSort, Error> {
        let (key, order) = match self.sort.strip_prefix('-') {
            Some(key) => (key, SortOrder::Descending),
            None => (self.sort.as_str(), SortOrder::Ascending),
        };
        let key = match key {
            "" => return Ok(TaskSort::default()),
            "next_due" => TaskSortKey::NextDue,
            "number" => TaskSortKey::Number,
            "due_on" => TaskSortKey::DueOn,
            "percent" => TaskSortKey::Percent,
            "state" => TaskSortKey::State,
            "lead" => TaskSortKey::Lead,
            other => return Err(Error::new("query_invalid").with("reason", format!("sort={other}"))),
        };
        Ok(TaskSort { key, order })
    }
}
