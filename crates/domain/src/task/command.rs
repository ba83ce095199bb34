//! The commands on a task and the history entry that each accepted one leaves.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Class, Milestone, Origin, State, Task};
use crate::id::{MediaId, PersonId, UnitId};
use crate::moment::Moment;

/// What is determined anew; what is none keeps its value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Determined {
    /// A few words.
    pub title: Option<String>,
    /// What kind of work.
    pub class: Option<Class>,
    /// 定任务（目标）.
    pub goal: Option<String>,
    /// 定措施.
    pub measures: Option<String>,
    /// 定标准.
    pub standard: Option<String>,
    /// The unit that leads.
    pub lead: Option<UnitId>,
    /// Units that support.
    pub supporting: Option<BTreeSet<UnitId>>,
    /// The person in charge.
    pub responsible: Option<PersonId>,
    /// The first day.
    pub start_on: Option<NaiveDate>,
    /// The last day.
    pub due_on: Option<NaiveDate>,
    /// What it serves.
    pub origin: Option<Origin>,
}

/// What somebody wants done with a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// 拟定: begins its history.
    Draft {
        /// The task as drafted.
        task: Box<Task>,
    },
    /// 五定.
    #[doc(alias = "五定")]
    Determine {
        /// What is determined.
        determined: Box<Determined>,
    },
    /// 排定节点: milestones laid backwards from the last day.
    Schedule {
        /// The milestones with their days.
        milestones: Vec<Milestone>,
    },
    /// 启动.
    Start,
    /// 进展: a unit's own part, lead and support separately.
    #[doc(alias = "进展")]
    Report {
        /// Whose part.
        unit: UnitId,
        /// How far it has come, in percent.
        percent: u8,
        /// What was done.
        note: String,
        /// With what evidence.
        evidence: Vec<MediaId>,
    },
    /// 节点完成; `milestone` counts from 0.
    CompleteMilestone {
        /// Which.
        milestone: usize,
        /// What was done.
        note: String,
    },
    /// 提请办结: the lead concludes.
    Conclude {
        /// What was reached.
        note: String,
        /// With what evidence.
        evidence: Vec<MediaId>,
    },
    /// 签字: the head of the lead unit.
    Sign {
        /// Remark.
        note: Option<String>,
    },
    /// 认定办结.
    Accept {
        /// Remark.
        note: Option<String>,
    },
    /// 退回.
    Return {
        /// Why.
        reason: String,
    },
    /// 调整期限.
    Postpone {
        /// The new last day.
        due_on: NaiveDate,
        /// Why.
        reason: String,
    },
    /// 移交: another person in charge.
    HandOver {
        /// Who comes.
        to: PersonId,
    },
    /// 撤销.
    Cancel {
        /// Why.
        reason: String,
    },
}

macro_rules! kinds {
    ($($name:ident),+ $(,)?) => {
        /// The kind of a [`Command`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum CommandKind {
            $(#[doc = concat!("[`Command::", stringify!($name), "`]")] $name),+
        }

        impl CommandKind {
            /// Every kind, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name),+];
        }

        impl Command {
            /// Its kind.
            #[must_use]
            pub fn kind(&self) -> CommandKind {
                match self {
                    $(Self::$name { .. } => CommandKind::$name),+
                }
            }
        }
    };
}

kinds! {
    Draft, Determine, Schedule, Start, Report, CompleteMilestone, Conclude, Sign, Accept, Return, Postpone, HandOver, Cancel,
}

/// What an accepted command has changed: the history entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The command with everything it said.
    pub command: Command,
    /// When.
    pub at: Moment,
    /// Where the task stood; none: it did not exist.
    pub from: Option<State>,
    /// Where it stands now.
    pub to: State,
}

impl Change {
    /// The photographs and files it brought.
    #[must_use]
    pub fn evidence(&self) -> &[MediaId] {
        match &self.command {
            Command::Report { evidence, .. } | Command::Conclude { evidence, .. } => evidence,
            Command::Draft { .. }
            | Command::Determine { .. }
            | Command::Schedule { .. }
            | Command::Start
            | Command::CompleteMilestone { .. }
            | Command::Sign { .. }
            | Command::Accept { .. }
            | Command::Return { .. }
            | Command::Postpone { .. }
            | Command::HandOver { .. }
            | Command::Cancel { .. } => &[],
        }
    }
}
