//! Slips 督办单 and the ladder: what is proposed when, and the life of what was issued.
//!
//! Invariants: an [`Occasion`] — never a due moment or a policy's version — is proposed once; numbers are given at issue,
//! one series per city and year for all colours; nothing that was issued is rewritten.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::Limit;
use crate::id::{MediaId, ProblemId, SlipId, UnitId};
use crate::moment::Moment;
use crate::problem::{By, Due};

mod ladder;
mod life;
pub mod merit;
pub mod page;
mod policy;
mod rehearsal;

pub use ladder::{Facts, PastSlip, Policy, Proposal, Release, Step, StepKind, Trigger, direct, is_on_ladder, proposals};
pub use life::{Refusal, SlipActor};
pub use policy::{DatedPolicy, PolicyFault, in_force};
pub use rehearsal::{Rehearsed, rehearse};

/// How grave a slip is.
#[doc(alias = "督办单颜色")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipColour {
    /// 白单.
    White,
    /// 黄单.
    Yellow,
    /// 红单.
    Red,
}

/// Where a slip stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipState {
    /// 拟发.
    Proposed,
    /// 已发出.
    Issued,
    /// 已签收.
    Received,
    /// 已回复.
    Replied,
    /// 回复认可.
    Accepted,
    /// 回复不认可.
    NotAccepted,
    /// 申诉中.
    Appealed,
    /// 已撤回.
    Withdrawn,
    /// 已解除.
    Lifted,
}

/// What gives rise to a slip.
#[doc(alias = "督办事由")]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Occasion {
    /// Which problem.
    pub problem: ProblemId,
    /// Its assignment or return cycle.
    pub cycle: u32,
    /// The code of the policy's step.
    pub step: String,
    /// 1 for what the ladder proposes; a direct slip takes the next; for a stage see [`Occasion::of_stage`].
    pub ordinal: u32,
}

/// From this ordinal on the ladder's own proposals for the stages of a problem, in their order.
const STAGES: u32 = 1000;

impl Occasion {
    /// The ordinal of the ladder's own proposal for a stage, by its place from 0.
    #[must_use]
    pub fn of_stage(place: usize) -> u32 {
        STAGES.saturating_add(u32::try_from(place).unwrap_or(u32::MAX))
    }

    /// The stage it is about, from 0; none: the whole problem.
    #[must_use]
    pub fn stage(&self) -> Option<usize> {
        self.ordinal.checked_sub(STAGES).and_then(|place| usize::try_from(place).ok())
    }
}

/// The number of an issued slip, written 〔2026〕37号.
#[doc(alias = "文号")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SlipNumber {
    /// The year of issue on the city's clock.
    pub year: i32,
    /// Counted from 1 without gaps.
    pub number: u32,
}

impl fmt::Display for SlipNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "〔{}〕{}号", self.year, self.number)
    }
}

/// A slip, as far as its rules need it.
#[doc(alias = "督办单")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// Identity.
    pub id: SlipId,
    /// One more with every change.
    pub version: u64,
    /// How grave.
    pub colour: SlipColour,
    /// Where it stands.
    pub state: SlipState,
    /// What gave rise to it.
    pub occasion: Occasion,
    /// The unit it goes to.
    pub unit: UnitId,
    /// Within what time a reply is due from issue.
    pub reply_limit: Limit,
    /// Its number; none before issue.
    pub number: Option<SlipNumber>,
    /// When it was issued.
    pub issued_at: Option<Moment>,
    /// When the reply is due.
    pub reply_due: Due,
    /// When the last reply was made.
    pub replied_at: Option<Moment>,
    /// Where it stood before an appeal.
    pub before_appeal: Option<SlipState>,
}

/// What somebody wants done with a slip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum SlipCommand {
    /// 签发.
    #[doc(alias = "签发")]
    Issue { number: SlipNumber },
    /// 签收.
    Receive,
    /// 回复.
    Reply { text: String, evidence: Vec<MediaId> },
    /// 认可.
    Accept { note: Option<String> },
    /// 不认可.
    NotAccept { reason: String },
    /// 申诉.
    Appeal { reason: String },
    /// 驳回申诉: the slip stands where it stood.
    RejectAppeal { reason: String },
    /// 撤回; its number stays.
    Withdraw { reason: String },
    /// 解除.
    Lift { reason: String },
}

/// The kind of a [`SlipCommand`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlipCommandKind {
    /// 签发.
    Issue,
    /// 签收.
    Receive,
    /// 回复.
    Reply,
    /// 认可.
    Accept,
    /// 不认可.
    NotAccept,
    /// 申诉.
    Appeal,
    /// 驳回申诉.
    RejectAppeal,
    /// 撤回.
    Withdraw,
    /// 解除.
    Lift,
}

impl SlipCommandKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Issue,
        Self::Receive,
        Self::Reply,
        Self::Accept,
        Self::NotAccept,
        Self::Appeal,
        Self::RejectAppeal,
        Self::Withdraw,
        Self::Lift,
    ];
}

impl SlipCommand {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> SlipCommandKind {
        match self {
            Self::Issue { .. } => SlipCommandKind::Issue,
            Self::Receive => SlipCommandKind::Receive,
            Self::Reply { .. } => SlipCommandKind::Reply,
            Self::Accept { .. } => SlipCommandKind::Accept,
            Self::NotAccept { .. } => SlipCommandKind::NotAccept,
            Self::Appeal { .. } => SlipCommandKind::Appeal,
            Self::RejectAppeal { .. } => SlipCommandKind::RejectAppeal,
            Self::Withdraw { .. } => SlipCommandKind::Withdraw,
            Self::Lift { .. } => SlipCommandKind::Lift,
        }
    }
}

/// What an accepted command has changed: the history entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlipChange {
    /// The command with everything it said.
    pub command: SlipCommand,
    /// Who.
    pub by: By,
    /// When.
    pub at: Moment,
    /// Where the slip stood.
    pub from: SlipState,
    /// Where it stands now.
    pub to: SlipState,
    /// When the reply is due.
    pub reply_due: Due,
}

#[cfg(test)]
mod tests;
