//! Tasks 任务: what follows from duties, with people, measures and dates.
//!
//! A task starts only when the five determinations 五定 stand ([`Determination`]): goal, measures, standard, people, time.
//! From then on [`table`] says who may do what: the lead and every supporting unit report separately, the lead concludes, the
//! unit's head signs, the office accepts. Milestones are laid backwards from the last day on the working calendar
//! ([`plan::backwards`]); quantities are planned and counted by month ([`quantity`]).
//!
//! Invariants: nothing is deleted; a history replayed gives the task ([`replay`]); no task is done without the signature of
//! its head; a day that the calendar does not know is refused, never guessed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::id::{CriterionId, MediaId, PersonId, SiteId, TaskId, UnitId};
use crate::moment::Moment;

mod apply;
mod command;
pub mod lookback;
pub mod plan;
pub mod quantity;
mod refusal;
pub mod rhythm;
pub mod table;
#[cfg(test)]
mod tests;

pub use apply::{Context, draft, replay};
pub use command::{Change, Command, CommandKind, Determined};
pub use plan::{Milestone, PlanFault, Step};
pub use refusal::Refusal;

/// Where a task stands.
#[doc(alias = "任务状态")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 拟定: being determined.
    Draft,
    /// 推进中.
    Running,
    /// 待签字: the lead says it is done.
    Concluded,
    /// 待认定: the head of the lead unit has signed.
    Signed,
    /// 办结: the office has accepted it.
    Done,
    /// 撤销.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Draft, Self::Running, Self::Concluded, Self::Signed, Self::Done, Self::Cancelled];

    /// Whether somebody still has to do something.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Draft | Self::Running | Self::Concluded | Self::Signed => true,
            Self::Done | Self::Cancelled => false,
        }
    }
}

/// What kind of work it is.
#[doc(alias = "任务类别")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// 硬件设施.
    #[doc(alias = "硬件设施")]
    Hardware,
    /// 管理服务.
    #[doc(alias = "管理服务")]
    Service,
    /// 专项治理.
    #[doc(alias = "专项治理")]
    Special,
    /// 自定: the unit's own.
    Own,
}

impl Class {
    /// Every class.
    pub const ALL: [Self; 4] = [Self::Hardware, Self::Service, Self::Special, Self::Own];
}

/// One of the five determinations 五定.
#[doc(alias = "五定")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Determination {
    /// 定任务（目标）.
    Goal,
    /// 定措施.
    Measures,
    /// 定标准.
    Standard,
    /// 定责任（人）: a unit that leads and a person in charge.
    Responsible,
    /// 定时限.
    Deadline,
}

impl Determination {
    /// All five in their order.
    pub const ALL: [Self; 5] = [Self::Goal, Self::Measures, Self::Standard, Self::Responsible, Self::Deadline];
}

/// What a unit says about its part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// How far its part has come, in percent.
    pub percent: u8,
    /// What was done.
    pub note: String,
    /// With what evidence.
    pub evidence: Vec<MediaId>,
    /// When.
    pub at: Moment,
}

/// Where a task comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Origin {
    /// The criteria it serves.
    pub criteria: BTreeSet<CriterionId>,
    /// The sites at which it is done.
    pub sites: BTreeSet<SiteId>,
    /// The campaign to which it belongs.
    pub campaign: Option<Uuid>,
}

/// A task.
#[doc(alias = "任务")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Identity.
    pub id: TaskId,
    /// A few words.
    pub title: String,
    /// What kind of work.
    pub class: Class,
    /// What it serves.
    pub origin: Origin,
    /// 定任务（目标）.
    pub goal: String,
    /// 定措施.
    pub measures: String,
    /// 定标准.
    pub standard: String,
    /// The unit that leads.
    pub lead: Option<UnitId>,
    /// Units that support.
    pub supporting: BTreeSet<UnitId>,
    /// The person in charge.
    pub responsible: Option<PersonId>,
    /// The first day.
    pub start_on: Option<NaiveDate>,
    /// The last day.
    pub due_on: Option<NaiveDate>,
    /// The steps on the way.
    pub milestones: Vec<Milestone>,
    /// What the units say, each for its own part.
    pub reports: BTreeMap<UnitId, Report>,
    /// Where it stands.
    pub state: State,
    /// When it stood there first.
    pub since: Moment,
    /// When the lead concluded it the last time.
    pub concluded_at: Option<Moment>,
    /// How often it was returned.
    pub returns: u32,
    /// One more with every change.
    pub version: u64,
}

impl Task {
    /// The determinations that do not stand yet.
    #[must_use]
    pub fn undetermined(&self) -> Vec<Determination> {
        let stands = |determination: &Determination| match determination {
            Determination::Goal => !self.goal.trim().is_empty(),
            Determination::Measures => !self.measures.trim().is_empty(),
            Determination::Standard => !self.standard.trim().is_empty(),
            Determination::Responsible => self.lead.is_some() && self.responsible.is_some(),
            Determination::Deadline => self.due_on.is_some(),
        };
        Determination::ALL.into_iter().filter(|determination| !stands(determination)).collect()
    }

    /// How far it has come, as the lead says; done is all of it.
    #[must_use]
    pub fn percent(&self) -> u8 {
        match self.state {
            State::Done => 100,
            State::Draft | State::Running | State::Concluded | State::Signed | State::Cancelled => {
                self.lead.and_then(|lead| self.reports.get(&lead)).map_or(0, |report| report.percent)
            }
        }
    }

    /// The units that have to do with it.
    pub fn units(&self) -> impl Iterator<Item = UnitId> {
        self.lead.into_iter().chain(self.supporting.iter().copied())
    }

    /// The moment of the last word about it.
    #[must_use]
    pub fn last_report(&self) -> Option<Moment> {
        self.reports.values().map(|report| report.at).max()
    }
}
