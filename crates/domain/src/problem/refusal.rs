//! Why a command is refused; each reason with its own code and the facts a sentence needs.

use serde::{Deserialize, Serialize};

use super::{CommandKind, Field, RequestKind, State};
use crate::id::{ProblemId, UnitId};
use crate::moment::Moment;

/// Why a command on a problem is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code")]
pub enum Refusal {
    /// The command is not for this actor on this problem.
    #[error("{command:?} is not yours to command here")]
    #[serde(rename = "problem_not_yours")]
    NotYours { command: CommandKind },
    /// The command is not open in this state.
    #[error("{command:?} is not open while the problem is {state:?}")]
    #[serde(rename = "problem_state")]
    State { command: CommandKind, state: State },
    /// There is no problem yet to command.
    #[error("{command:?} needs a problem that is registered")]
    #[serde(rename = "problem_not_registered")]
    NotRegistered { command: CommandKind },
    /// A request must be decided first.
    #[error("a request ({request:?}) must be decided first")]
    #[serde(rename = "problem_request_pending")]
    RequestPending { request: RequestKind },
    /// There is no such request to decide.
    #[error("no {request:?} was requested")]
    #[serde(rename = "problem_request_missing")]
    RequestMissing { request: RequestKind },
    /// The verifier holds a post in the line of a unit that works on the problem.
    #[error("the verifier holds a post in unit {post}, in the line of {unit}")]
    #[serde(rename = "problem_verifier_not_independent")]
    VerifierNotIndependent { unit: UnitId, post: UnitId },
    /// The creation office's own problems are verified by the supervision office.
    #[error("the supervision office verifies the problems of {unit}")]
    #[serde(rename = "problem_verifier_supervision_only")]
    SupervisionOnly { unit: UnitId },
    /// The "after" photograph is required.
    #[error("the after photograph is required")]
    #[serde(rename = "problem_after_photo_missing")]
    AfterPhotoMissing,
    /// A reason is required.
    #[error("a reason is required")]
    #[serde(rename = "problem_reason_missing")]
    ReasonMissing,
    /// Another field is required.
    #[error("{field:?} is required")]
    #[serde(rename = "problem_field_missing")]
    FieldMissing { field: Field },
    /// A public report is filed only after it was checked.
    #[error("a public report is filed only after it was checked")]
    #[serde(rename = "problem_report_not_checked")]
    ReportNotChecked,
    /// The unit does not exist.
    #[error("unit {unit} does not exist")]
    #[serde(rename = "problem_unit_unknown")]
    UnitUnknown { unit: UnitId },
    /// A unit supports itself.
    #[error("unit {unit} cannot support itself")]
    #[serde(rename = "problem_unit_supports_itself")]
    UnitSupportsItself { unit: UnitId },
    /// The transfer goes to the unit that has it.
    #[error("unit {unit} has the problem already")]
    #[serde(rename = "problem_transfer_to_same_unit")]
    TransferToSameUnit { unit: UnitId },
    /// The time to decline is over.
    #[error("declining was possible until {until:?}")]
    #[serde(rename = "problem_decline_too_late")]
    DeclineTooLate { until: Moment },
    /// The problem was declined so often that the office has decided.
    #[error("declined {declines} times already; the office has decided")]
    #[serde(rename = "problem_decline_exhausted")]
    DeclineExhausted { declines: u32 },
    /// More time is asked for before it is over.
    #[error("an extension is asked for before the due moment {due:?}")]
    #[serde(rename = "problem_extension_after_due")]
    ExtensionAfterDue { due: Moment },
    /// The moment asked for is not later than due, or not later than now.
    #[error("the moment asked for is not later")]
    #[serde(rename = "problem_extension_not_later")]
    ExtensionNotLater { due: Option<Moment> },
    /// The review date lies not in the future.
    #[error("the review date is not after today")]
    #[serde(rename = "problem_review_not_later")]
    ReviewNotLater,
    /// Merging into itself.
    #[error("a problem cannot be merged into itself")]
    #[serde(rename = "problem_merge_into_itself")]
    MergeIntoItself,
    /// The target does not exist.
    #[error("problem {into} does not exist")]
    #[serde(rename = "problem_merge_target_missing")]
    MergeTargetMissing { into: ProblemId },
    /// The target is not open.
    #[error("problem {into} is not open")]
    #[serde(rename = "problem_merge_target_not_open")]
    MergeTargetNotOpen { into: ProblemId, state: State },
    /// There is no such stage.
    #[error("there is no stage {stage}")]
    #[serde(rename = "problem_stage_unknown")]
    StageUnknown { stage: usize },
    /// The stage is done already.
    #[error("stage {stage} is done already")]
    #[serde(rename = "problem_stage_done")]
    StageDone { stage: usize },
    /// No reopening was requested.
    #[error("no reopening was requested")]
    #[serde(rename = "problem_reopen_not_requested")]
    ReopenNotRequested,
    /// A reopening was requested already.
    #[error("a reopening was requested already")]
    #[serde(rename = "problem_reopen_requested")]
    ReopenRequested,
    /// The due moment is already what the calendar says.
    #[error("the due moment is settled")]
    #[serde(rename = "problem_due_settled")]
    DueSettled,
    /// A finished matter was closed in the future.
    #[error("a finished matter cannot be closed in the future")]
    #[serde(rename = "problem_closed_in_future")]
    ClosedInFuture,
    /// It is confidential already.
    #[error("the problem is confidential already")]
    #[serde(rename = "problem_sealed")]
    SealedAlready,
    /// It is not confidential.
    #[error("the problem is not confidential")]
    #[serde(rename = "problem_not_sealed")]
    NotSealed,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotYours { .. } => "problem_not_yours",
            Self::State { .. } => "problem_state",
            Self::NotRegistered { .. } => "problem_not_registered",
            Self::RequestPending { .. } => "problem_request_pending",
            Self::RequestMissing { .. } => "problem_request_missing",
            Self::VerifierNotIndependent { .. } => "problem_verifier_not_independent",
            Self::SupervisionOnly { .. } => "problem_verifier_supervision_only",
            Self::AfterPhotoMissing => "problem_after_photo_missing",
            Self::ReasonMissing => "problem_reason_missing",
            Self::FieldMissing { .. } => "problem_field_missing",
            Self::ReportNotChecked => "problem_report_not_checked",
            Self::UnitUnknown { .. } => "problem_unit_unknown",
            Self::UnitSupportsItself { .. } => "problem_unit_supports_itself",
            Self::TransferToSameUnit { .. } => "problem_transfer_to_same_unit",
            Self::DeclineTooLate { .. } => "problem_decline_too_late",
            Self::DeclineExhausted { .. } => "problem_decline_exhausted",
            Self::ExtensionAfterDue { .. } => "problem_extension_after_due",
            Self::ExtensionNotLater { .. } => "problem_extension_not_later",
            Self::ReviewNotLater => "problem_review_not_later",
            Self::MergeIntoItself => "problem_merge_into_itself",
            Self::MergeTargetMissing { .. } => "problem_merge_target_missing",
            Self::MergeTargetNotOpen { .. } => "problem_merge_target_not_open",
            Self::StageUnknown { .. } => "problem_stage_unknown",
            Self::StageDone { .. } => "problem_stage_done",
            Self::ReopenNotRequested => "problem_reopen_not_requested",
            Self::ReopenRequested => "problem_reopen_requested",
            Self::DueSettled => "problem_due_settled",
            Self::ClosedInFuture => "problem_closed_in_future",
            Self::SealedAlready => "problem_sealed",
            Self::NotSealed => "problem_not_sealed",
        }
    }
}
