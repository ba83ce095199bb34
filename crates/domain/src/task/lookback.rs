//! The look-back 回头望: at the end of a quarter, what lags is found by rule and put before a meeting.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::quantity::{Achieved, MonthlyPlan};
use super::rhythm::Period;
use super::{State, Task};
use crate::calendar::Calendar;
use crate::moment::Moment;

/// Why something lags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lag {
    /// 超期: the last day, or a milestone's, has passed.
    Late,
    /// 无进展: no word for so many days.
    NoProgress,
    /// 计划完成率低.
    UnderPlan,
    /// 反弹: problems of its criteria came back in the period.
    Rebound,
}

/// When something lags; the city's own to decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Days without a word.
    pub silent_days: u32,
    /// Percent of the plan below which it lags.
    pub plan_percent: i64,
    /// Problems come back in the period from which a criterion lags.
    pub rebounds: u64,
}

impl Default for Rule {
    /// Thirty days, 80 percent, one rebound.
    fn default() -> Self {
        Self { silent_days: 30, plan_percent: 80, rebounds: 1 }
    }
}

/// Every reason for which a task lags at the end of a period, in their order.
#[must_use]
pub fn lags(
    task: &Task,
    plan: &MonthlyPlan,
    rebounds: u64,
    rule: &Rule,
    period: &Period,
    calendar: &Calendar,
    now: Moment,
) -> Vec<Lag> {
    let mut found = Vec::new();
    let end = calendar.day_close(period.to).min(now);
    let running = match task.state {
        State::Running => true,
        State::Draft | State::Concluded | State::Signed | State::Done | State::Cancelled => false,
    };
    if !running {
        return found;
    }
    let passed = |day: NaiveDate| calendar.day_close(day) < end;
    let milestone_late = task.milestones.iter().any(|milestone| milestone.done_at.is_none() && milestone.due < end);
    if task.due_on.is_some_and(passed) || milestone_late {
        found.push(Lag::Late);
    }
    let word = task.last_report().unwrap_or(task.since);
    if (end.utc() - word.utc()).num_days() >= i64::from(rule.silent_days) {
        found.push(Lag::NoProgress);
    }
    let achieved: Achieved = plan.until(super::quantity::Month::of(period.to));
    if achieved.is_below(rule.plan_percent) {
        found.push(Lag::UnderPlan);
    }
    if rebounds >= rule.rebounds.max(1) {
        found.push(Lag::Rebound);
    }
    found
}
