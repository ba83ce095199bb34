//! The commands and the history entry that each accepted one leaves.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{By, Category, Due, Registration, State, Urgency};
use crate::calendar::Limit;
use crate::id::{CriterionId, MediaId, ProblemId, UnitId};
use crate::moment::Moment;

/// One limit on the way, as the office sets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagePlan {
    /// What is to be done.
    pub name: String,
    /// Within which limit from the start of the clock.
    pub limit: Limit,
}

/// What somebody wants done with a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// 上报.
    Register { registration: Box<Registration> },
    /// One entry for a matter finished elsewhere; outside all rates until someone acts.
    Imported { registration: Box<Registration>, unit: Option<UnitId>, closed_at: Moment },
    /// 立案; `check` says how a public report was verified.
    #[doc(alias = "立案")]
    File { check: Option<String> },
    /// 不予立案.
    Dismiss { reason: String },
    /// 合并.
    Merge { into: ProblemId },
    /// Undoes a merge.
    Unmerge { reason: String },
    /// 交办.
    #[doc(alias = "交办")]
    Assign { unit: UnitId, supporting: BTreeSet<UnitId>, limit: Limit, urgency: Option<Urgency> },
    /// 签收 (for an exposure: 认领).
    #[doc(alias = "签收")]
    Acknowledge,
    /// 退单.
    #[doc(alias = "退单")]
    Decline { reason: String },
    /// The office takes the problem back.
    AcceptDecline { note: Option<String> },
    /// The unit keeps it.
    RefuseDecline { reason: String },
    /// 转办.
    Transfer { to: UnitId, reason: String },
    /// The other unit gets it; with a limit the clock starts anew, without one it runs on.
    ApproveTransfer { limit: Option<Limit> },
    /// The unit keeps it.
    RefuseTransfer { reason: String },
    /// 整改进展.
    #[doc(alias = "整改")]
    Rectify { note: String, photos: Vec<MediaId> },
    /// 报结.
    #[doc(alias = "报结")]
    Submit { note: String, after_photos: Vec<MediaId> },
    /// 返工; with a limit the clock starts anew, without one it runs on.
    #[doc(alias = "返工")]
    Return { reason: String, limit: Option<Limit> },
    /// 核查、销号.
    #[doc(alias = "销号")]
    Verify { note: Option<String>, photos: Vec<MediaId> },
    /// 延期.
    #[doc(alias = "延期")]
    Extend { reason: String, progress: String, until: Moment },
    /// Due moves to the moment asked for.
    ApproveExtension { note: Option<String> },
    /// Due stays.
    RefuseExtension { reason: String },
    /// 挂账.
    #[doc(alias = "挂账")]
    Defer { reason: String, plan: String, review_on: NaiveDate },
    /// The clock stands still until the review date.
    ApproveDeferral { note: Option<String> },
    /// The clock runs on.
    RefuseDeferral { reason: String },
    /// Back to where it stood before the deferral; with a limit the clock starts anew.
    Resume { note: Option<String>, limit: Option<Limit> },
    /// What is none keeps its value; a limit is counted from the start of the clock.
    Reclassify {
        category: Option<Category>,
        urgency: Option<Urgency>,
        criteria: Option<BTreeSet<CriterionId>>,
        limit: Option<Limit>,
        reason: String,
    },
    /// 催办.
    #[doc(alias = "催办")]
    Urge { note: String },
    /// 分阶段时限.
    SetStages { stages: Vec<StagePlan> },
    /// One stage is done; `stage` counts from 0.
    CompleteStage { stage: usize, note: String },
    /// A citizen's "no".
    RequestReopen { reason: String },
    /// The office stands by the closing.
    RefuseReopen { reason: String },
    /// Back to rectifying with a new limit; counts as rework. The unit is named where it changes or none is known.
    Reopen { reason: String, limit: Limit, unit: Option<UnitId> },
    /// Computes the due moment again after the calendar was entered or changed.
    SettleDue,
    /// 设为保密: from now on only those who must know of it see it.
    #[doc(alias = "保密")]
    Seal { reason: String },
    /// 解除保密.
    Unseal { reason: String },
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
    Register, Imported, File, Dismiss, Merge, Unmerge, Assign, Acknowledge, Decline, AcceptDecline, RefuseDecline, Transfer,
    ApproveTransfer, RefuseTransfer, Rectify, Submit, Return, Verify, Extend, ApproveExtension, RefuseExtension, Defer,
    ApproveDeferral, RefuseDeferral, Resume, Reclassify, Urge, SetStages, CompleteStage, RequestReopen, RefuseReopen, Reopen,
    SettleDue, Seal, Unseal,
}

/// A field that a command cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Why.
    Reason,
    /// What was done.
    Note,
    /// How a public report was verified.
    Check,
    /// How far it has come.
    Progress,
    /// What will be done during a deferral.
    Plan,
    /// The unit that gets it.
    Unit,
    /// How long it has.
    Limit,
    /// The due moment asked for.
    Until,
    /// The day of review.
    ReviewOn,
    /// The problem to merge into.
    Into,
    /// The "after" photograph.
    AfterPhotos,
    /// The stages.
    Stages,
    /// Which stage.
    Stage,
    /// What the registration holds.
    Registration,
}

/// What an accepted command has changed: the history entry.
#[doc(alias = "流转记录")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The command with everything it said.
    pub command: Command,
    /// Who.
    pub by: By,
    /// When it counts.
    pub at: Moment,
    /// When it arrived, if it was made offline at another time.
    pub arrived: Option<Moment>,
    /// Where the problem stood; none: it did not exist.
    pub from: Option<State>,
    /// Where it stands now.
    pub to: State,
    /// When it was due.
    pub due_before: Due,
    /// When it is due.
    pub due_after: Due,
    /// When its stages are due.
    pub stages_due: Vec<Due>,
    /// When the deferral's pause ends; only with an approved deferral.
    pub review_at: Option<Moment>,
}

impl Change {
    /// The photographs it brought.
    #[must_use]
    pub fn evidence(&self) -> &[MediaId] {
        match &self.command {
            Command::Register { registration } | Command::Imported { registration, .. } => &registration.photos,
            Command::Rectify { photos, .. } | Command::Verify { photos, .. } => photos,
            Command::Submit { after_photos, .. } => after_photos,
            Command::File { .. }
            | Command::Dismiss { .. }
            | Command::Merge { .. }
            | Command::Unmerge { .. }
            | Command::Assign { .. }
            | Command::Acknowledge
            | Command::Decline { .. }
            | Command::AcceptDecline { .. }
            | Command::RefuseDecline { .. }
            | Command::Transfer { .. }
            | Command::ApproveTransfer { .. }
            | Command::RefuseTransfer { .. }
            | Command::Return { .. }
            | Command::Extend { .. }
            | Command::ApproveExtension { .. }
            | Command::RefuseExtension { .. }
            | Command::Defer { .. }
            | Command::ApproveDeferral { .. }
            | Command::RefuseDeferral { .. }
            | Command::Resume { .. }
            | Command::Reclassify { .. }
            | Command::Urge { .. }
            | Command::SetStages { .. }
            | Command::CompleteStage { .. }
            | Command::RequestReopen { .. }
            | Command::RefuseReopen { .. }
            | Command::Reopen { .. }
            | Command::SettleDue
            | Command::Seal { .. }
            | Command::Unseal { .. } => &[],
        }
    }
}
