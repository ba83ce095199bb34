//! Why a command on a task is refused; each reason with its own code and the facts a sentence needs.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{CommandKind, Determination, PlanFault, State};
use crate::id::UnitId;

/// Why a command on a task is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code")]
pub enum Refusal {
    /// Not for this actor on this task.
    #[error("{command:?} is not yours on this task")]
    #[serde(rename = "task_not_yours")]
    NotYours { command: CommandKind },
    /// Not open in this state.
    #[error("{command:?} is not open while the task is {state:?}")]
    #[serde(rename = "task_state")]
    State { command: CommandKind, state: State },
    /// There is no task yet to command, or there is one already.
    #[error("{command:?} does not begin a task")]
    #[serde(rename = "task_not_begun")]
    NotBegun { command: CommandKind },
    /// A determination does not stand.
    #[error("the determination {determination:?} does not stand")]
    #[serde(rename = "task_undetermined")]
    Undetermined { determination: Determination },
    /// A running task loses none of its determinations.
    #[error("a running task needs {determination:?}")]
    #[serde(rename = "task_determination_lost")]
    DeterminationLost { determination: Determination },
    /// A title is required.
    #[error("a title is required")]
    #[serde(rename = "task_title_missing")]
    TitleMissing,
    /// A reason or note is required.
    #[error("words are required")]
    #[serde(rename = "task_words_missing")]
    WordsMissing,
    /// A share above a hundred.
    #[error("{percent} percent is more than all")]
    #[serde(rename = "task_percent_invalid")]
    PercentInvalid { percent: u8 },
    /// The unit has no part in it.
    #[error("unit {unit} has no part in the task")]
    #[serde(rename = "task_unit_without_part")]
    UnitWithoutPart { unit: UnitId },
    /// The unit does not exist, or is closed.
    #[error("unit {unit} does not exist")]
    #[serde(rename = "task_unit_unknown")]
    UnitUnknown { unit: UnitId },
    /// The lead supports itself.
    #[error("unit {unit} cannot support itself")]
    #[serde(rename = "task_unit_supports_itself")]
    UnitSupportsItself { unit: UnitId },
    /// A supporting unit has not reported its part as done.
    #[error("unit {unit} has not reported its part as done")]
    #[serde(rename = "task_support_unfinished")]
    SupportUnfinished { unit: UnitId },
    /// A milestone is not done.
    #[error("the milestone {name} is not done")]
    #[serde(rename = "task_milestone_open")]
    MilestoneOpen { name: String },
    /// No such milestone.
    #[error("there is no milestone {milestone}")]
    #[serde(rename = "task_milestone_unknown")]
    MilestoneUnknown { milestone: usize },
    /// It is done already.
    #[error("the milestone {name} is done")]
    #[serde(rename = "task_milestone_done")]
    MilestoneDone { name: String },
    /// The last day lies before the first, or before today.
    #[error("the last day {due_on} comes too early")]
    #[serde(rename = "task_due_too_early")]
    DueTooEarly { due_on: NaiveDate },
    /// The milestones break a law of the plan.
    #[error("{fault}")]
    #[serde(rename = "task_plan_broken")]
    Plan {
        #[source]
        fault: PlanFault,
    },
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYours { .. } => "task_not_yours",
            Self::State { .. } => "task_state",
            Self::NotBegun { .. } => "task_not_begun",
            Self::Undetermined { .. } => "task_undetermined",
            Self::DeterminationLost { .. } => "task_determination_lost",
            Self::TitleMissing => "task_title_missing",
            Self::WordsMissing => "task_words_missing",
            Self::PercentInvalid { .. } => "task_percent_invalid",
            Self::UnitWithoutPart { .. } => "task_unit_without_part",
            Self::UnitUnknown { .. } => "task_unit_unknown",
            Self::UnitSupportsItself { .. } => "task_unit_supports_itself",
            Self::SupportUnfinished { .. } => "task_support_unfinished",
            Self::MilestoneOpen { .. } => "task_milestone_open",
            Self::MilestoneUnknown { .. } => "task_milestone_unknown",
            Self::MilestoneDone { .. } => "task_milestone_done",
            Self::DueTooEarly { .. } => "task_due_too_early",
            Self::Plan { fault } => fault.code(),
        }
    }
}
