//! The life of a problem 问题: what may be commanded, from which state, by whom, and what follows.
//!
//! [`table`] holds *command × from × to × who*. [`Problem::apply`] judges one command and answers the [`Change`], which is
//! also the history entry; [`Problem::after`] folds a change into the problem; [`Problem::allowed`] lists the commands open
//! to a reader. All three read the same table.
//!
//! Invariants: nothing is deleted; a history replayed gives the problem ([`replay`]); the unit that rectifies never
//! verifies; the rectifying clock stands still exactly while somebody else must decide.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::Limit;
use crate::id::{CriterionId, ItemId, MediaId, PersonId, ProblemId, SiteId, UnitId};
use crate::moment::Moment;

mod actor;
mod after;
mod apply;
mod clock;
mod command;
mod complete;
mod holder;
mod likely;
mod limits;
pub mod rates;
pub mod recheck;
mod refusal;
mod routing;
pub mod statistics;
pub mod table;

pub use actor::{By, Context, Policy, ProblemActor};
pub use after::replay;
pub use apply::{Open, register};
pub use clock::{Basis, Clock, Due, counted_at};
pub use command::{Change, Command, CommandKind, Field, StagePlan};
pub use holder::{Holder, Holding, accumulated, holders};
pub use likely::{Likeness, OFFERED, Trait, likely};
pub use limits::{LimitRow, LimitTable, LimitedStep, Overdue};
pub use refusal::Refusal;
pub use routing::{Route, RouteTo, RoutingRow, Whereabouts, route};

/// Where a problem stands.
#[doc(alias = "问题状态")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 上报: said, not yet taken up.
    Reported,
    /// 立案: taken up, without a unit.
    Filed,
    /// 交办: given to a unit.
    Assigned,
    /// 签收、整改中: the unit is at it.
    Rectifying,
    /// 报结: the unit says it is done.
    Submitted,
    /// 销号: somebody else has seen that it is done.
    Closed,
    /// 挂账: put off with approval until a review date.
    Deferred,
    /// 不予立案: no problem.
    Dismissed,
    /// 合并: followed under another problem.
    Merged,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Reported,
        Self::Filed,
        Self::Assigned,
        Self::Rectifying,
        Self::Submitted,
        Self::Closed,
        Self::Deferred,
        Self::Dismissed,
        Self::Merged,
    ];

    /// Whether somebody still has to do something.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Reported | Self::Filed | Self::Assigned | Self::Rectifying | Self::Submitted | Self::Deferred => true,
            Self::Closed | Self::Dismissed | Self::Merged => false,
        }
    }
}

/// How a problem became known; kept apart in every list and count.
#[doc(alias = "问题来源")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// 测评、督查.
    RoundFinding,
    /// 暗访.
    Covert,
    /// 网格巡查.
    GridPatrol,
    /// 市民举报: checked before it is filed.
    Citizen,
    /// 媒体曝光: to be claimed by the unit.
    MediaExposure,
    /// 12345 热线.
    Hotline,
    /// 人大代表、政协委员.
    Deputies,
    /// 上级反馈.
    HigherFeedback,
    /// 领导批示.
    LeaderInstruction,
    /// 外部系统: another system, over the interface, under its own number.
    OtherSystem,
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 10] = [
        Self::RoundFinding,
        Self::Covert,
        Self::GridPatrol,
        Self::Citizen,
        Self::MediaExposure,
        Self::Hotline,
        Self::Deputies,
        Self::HigherFeedback,
        Self::LeaderInstruction,
        Self::OtherSystem,
    ];

    /// Whether the report comes from the public and must be checked before it is filed.
    #[must_use]
    pub fn is_public(self) -> bool {
        self == Self::Citizen
    }
}

/// The kind of a problem, a code of the city's own list.
#[doc(alias = "问题类别")]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Category(pub String);

/// How pressing a problem is.
#[doc(alias = "紧急程度")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// 一般.
    Ordinary,
    /// 紧急.
    Urgent,
    /// 特急.
    Immediate,
}

/// What is known of a problem when it is registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// The problem's identity, made by whoever reports.
    pub id: ProblemId,
    /// How it became known.
    pub source: Source,
    /// Where, if at a registered site.
    pub site: Option<SiteId>,
    /// The checklist item that failed, if any.
    pub item: Option<ItemId>,
    /// The criteria it offends against.
    pub criteria: BTreeSet<CriterionId>,
    /// Its kind.
    pub category: Category,
    /// How pressing it is.
    pub urgency: Urgency,
    /// Whether a rectification needs the "after" photograph.
    pub requires_after_photo: bool,
    /// Whether it is kept from everyone but those who must know.
    pub confidential: bool,
    /// The closed problem of which this is the return 反弹.
    pub rebound_of: Option<ProblemId>,
    /// Photographs of the fault.
    pub photos: Vec<MediaId>,
}

/// What a unit has asked for and the office has not decided yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// 退单: not ours.
    Decline {
        /// Why.
        reason: String,
    },
    /// 转办: another unit's.
    Transfer {
        /// Whose.
        to: UnitId,
        /// Why.
        reason: String,
    },
    /// 延期: more time.
    Extension {
        /// The due moment asked for.
        until: Moment,
        /// Why.
        reason: String,
    },
    /// 挂账: not now.
    Deferral {
        /// The day on which it is looked at again.
        review_on: NaiveDate,
        /// Why.
        reason: String,
    },
}

/// The kind of a [`Request`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// 退单.
    Decline,
    /// 转办.
    Transfer,
    /// 延期.
    Extension,
    /// 挂账.
    Deferral,
}

impl Request {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> RequestKind {
        match self {
            Self::Decline { .. } => RequestKind::Decline,
            Self::Transfer { .. } => RequestKind::Transfer,
            Self::Extension { .. } => RequestKind::Extension,
            Self::Deferral { .. } => RequestKind::Deferral,
        }
    }
}

/// One of several limits within a problem (fence first, demolish later).
#[doc(alias = "分阶段时限")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// What is to be done.
    pub name: String,
    /// Within which limit from the start of the clock.
    pub limit: Limit,
    /// When that is.
    pub due: Due,
    /// When it was reported done.
    pub done_at: Option<Moment>,
}

impl Stage {
    /// Whether it was done too late, or is late now; work that ended is judged by when it ended. None while its due moment is
    /// unknown.
    #[must_use]
    pub fn is_late(&self, ended: Option<Moment>, now: Moment) -> Option<bool> {
        Some(self.done_at.or(ended).unwrap_or(now) > self.due.moment()?)
    }
}

/// How often something happened to a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Assignments, returns and reopenings: the number of the current cycle.
    pub cycles: u32,
    /// Times a unit got it: assignments and approved transfers.
    pub assignments: u32,
    /// 报结.
    pub submissions: u32,
    /// 退单 requests.
    pub declines: u32,
    /// 转办 approvals.
    pub transfers: u32,
    /// 返工: returns and reopenings.
    pub reworks: u32,
    /// 延期 approvals.
    pub extensions: u32,
    /// 挂账 approvals.
    pub deferrals: u32,
    /// 催办.
    pub urges: u32,
}

/// A problem, as far as its rules need it.
#[doc(alias = "问题")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Identity.
    pub id: ProblemId,
    /// One more with every change.
    pub version: u64,
    /// Where it stands.
    pub state: State,
    /// Since when it stands there.
    pub since: Moment,
    /// How it became known.
    pub source: Source,
    /// When it was registered.
    pub registered_at: Moment,
    /// Who registered it; none: a citizen without account.
    pub registered_by: Option<PersonId>,
    /// Where.
    pub site: Option<SiteId>,
    /// The item that failed.
    pub item: Option<ItemId>,
    /// Criteria.
    pub criteria: BTreeSet<CriterionId>,
    /// Kind.
    pub category: Category,
    /// Urgency.
    pub urgency: Urgency,
    /// Whether a rectification needs the "after" photograph.
    pub requires_after_photo: bool,
    /// Kept from everyone but those who must know.
    pub confidential: bool,
    /// The closed problem of which this is the return.
    pub rebound_of: Option<ProblemId>,
    /// The problem under which this one is followed.
    pub merged_into: Option<ProblemId>,
    /// The unit that rectifies.
    pub unit: Option<UnitId>,
    /// The units that support it.
    pub supporting: BTreeSet<UnitId>,
    /// When that unit got it.
    pub assigned_at: Option<Moment>,
    /// The rectifying clock; none before the first assignment.
    pub clock: Option<Clock>,
    /// When it is due.
    pub due: Due,
    /// Limits on the way.
    pub stages: Vec<Stage>,
    /// What is asked and not decided.
    pub pending: Option<Request>,
    /// A citizen has said that it is not done.
    pub reopen_requested: bool,
    /// Counts.
    pub tally: Tally,
    /// Until when it is put off.
    pub review_on: Option<NaiveDate>,
    /// Where it stood before it was merged or deferred.
    pub before: Option<State>,
    /// When the last submission was made.
    pub submitted_at: Option<Moment>,
    /// When it was closed.
    pub closed_at: Option<Moment>,
    /// Photographs of the fault.
    pub before_photos: Vec<MediaId>,
    /// Photographs of the last submission.
    pub after_photos: Vec<MediaId>,
    /// Entered finished from another system; outside all rates until someone acts.
    pub outside_rates: bool,
}

impl Problem {
    /// Whether the accepted (or the standing) submission was in time; none while there is none or its due moment is unknown.
    ///
    /// On time: submission ≤ due.
    #[must_use]
    pub fn on_time(&self) -> Option<bool> {
        match self.state {
            State::Submitted | State::Closed => Some(self.submitted_at? <= self.due.moment()?),
            State::Reported
            | State::Filed
            | State::Assigned
            | State::Rectifying
            | State::Deferred
            | State::Dismissed
            | State::Merged => None,
        }
    }

    /// The stages that are not done, with their places from 0, while the unit is at it; none once it says that all is done.
    pub fn open_stages(&self) -> impl Iterator<Item = (usize, &Stage)> {
        let at_work = match self.state {
            State::Assigned | State::Rectifying => true,
            State::Reported
            | State::Filed
            | State::Submitted
            | State::Closed
            | State::Deferred
            | State::Dismissed
            | State::Merged => false,
        };
        self.stages.iter().enumerate().filter(move |(_, stage)| at_work && stage.done_at.is_none())
    }

    /// The open stage that is due before the whole, the first of several.
    #[must_use]
    pub fn pressing_stage(&self) -> Option<(usize, &Stage)> {
        let first = self.open_stages().filter(|(_, stage)| stage.due.moment().is_some());
        let first = first.min_by_key(|(place, stage)| (stage.due.moment(), *place))?;
        let earlier = self.due.moment().is_none_or(|whole| first.1.due.moment().is_some_and(|due| due < whole));
        earlier.then_some(first)
    }

    /// When something is due next: a stage, or the whole.
    #[must_use]
    pub fn pressing(&self) -> Due {
        self.pressing_stage().map_or(self.due, |(_, stage)| stage.due)
    }

    /// All units that work on it: rectifying, then supporting.
    pub fn units(&self) -> impl Iterator<Item = UnitId> {
        self.unit.into_iter().chain(self.supporting.iter().copied())
    }
}

/// How a new problem relates to an earlier one at the same site under the same criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recurrence {
    /// The earlier one is still open: the same problem twice.
    Duplicate,
    /// The earlier one was closed within the policy's days: it came back.
    #[doc(alias = "反弹")]
    Rebound,
}

/// How a registration at `moment` relates to `earlier`: duplicate while that is open, rebound within `days` of its closing.
#[must_use]
pub fn recurrence(earlier: &Problem, new: &Registration, moment: Moment, days: u32) -> Option<Recurrence> {
    let same_place = earlier.site.is_some() && earlier.site == new.site;
    if !same_place || earlier.criteria.is_disjoint(&new.criteria) || earlier.id == new.id {
        return None;
    }
    if earlier.state.is_open() {
        return Some(Recurrence::Duplicate);
    }
    let closed = earlier.closed_at.filter(|_| earlier.state == State::Closed)?;
    let age = moment.utc() - closed.utc();
    (age >= chrono::TimeDelta::zero() && age <= chrono::TimeDelta::days(i64::from(days))).then_some(Recurrence::Rebound)
}

#[cfg(test)]
mod tests;
