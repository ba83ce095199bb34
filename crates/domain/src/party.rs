//! Responsible parties without accounts 责任主体 (门前三包, property firms), asked by a link to put one problem right.
//!
//! The unit stays responsible: what a party answers is confirmed by the unit, and only then counts as its evidence. A link
//! shows one problem, as long as that problem is with the unit that asked; it stands still after the answer and ends by its
//! day, by being taken back, or when the matter moves on.

use serde::{Deserialize, Serialize};

use crate::access::{Actor, Role};
use crate::id::{MediaId, UnitId};
use crate::moment::Moment;
use crate::problem::{Problem, State};
use crate::unit::UnitTree;

/// What a party is.
#[doc(alias = "责任主体")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// 沿街商户, under 门前三包.
    Shop,
    /// 物业服务企业.
    Property,
    /// 产权或使用单位.
    Owner,
    /// 施工单位.
    Builder,
    /// Anything else.
    Other,
}

impl PartyKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Shop, Self::Property, Self::Owner, Self::Builder, Self::Other];
}

/// What a party says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyAnswer {
    /// It is put right.
    Done,
    /// It is not the party's.
    NotMine,
    /// The party cannot do it.
    Cannot,
}

/// How far an asked party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskState {
    /// The party has the link.
    Open,
    /// The party has answered; the unit confirms.
    Answered,
    /// The unit has returned the answer with a reason; the party may answer again.
    Returned,
    /// The unit has taken the answer as its evidence.
    Accepted,
    /// The unit agrees that it is not the party's, or that it cannot.
    Released,
    /// The unit has taken the link back.
    Revoked,
}

impl AskState {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Open, Self::Answered, Self::Returned, Self::Accepted, Self::Released, Self::Revoked];

    /// Whether somebody still has to do something.
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Open | Self::Answered | Self::Returned => true,
            Self::Accepted | Self::Released | Self::Revoked => false,
        }
    }
}

/// How far responsible parties are in a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Involvement {
    /// Nobody was asked.
    NotAsked,
    /// Somebody was asked, and nobody has answered yet.
    Asked,
    /// Somebody has answered.
    Answered,
}

impl Involvement {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::NotAsked, Self::Asked, Self::Answered];
}

/// What the unit says to an answer, or to the link itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// The answer holds.
    Accept,
    /// It does not, and why.
    Return {
        /// Why.
        reason: String,
    },
    /// The link is taken back, and why.
    Revoke {
        /// Why.
        reason: String,
    },
    /// A new link replaces the one that was lost or has ended.
    Renew,
}

/// A party that was asked to put a problem right.
#[doc(alias = "告知整改")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyAsk {
    /// The unit that had the problem when the party was asked.
    pub unit: UnitId,
    /// How far it is.
    pub state: AskState,
    /// Until when the party may answer.
    pub expires_at: Moment,
    /// The last answer.
    pub answer: Option<PartyAnswer>,
}

/// What the bearer of a link may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// See the problem and answer.
    Waiting,
    /// See what was answered; the unit confirms.
    Answered,
    /// Only read that it is settled.
    Settled,
}

/// Why a party is not asked, or a link does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code")]
pub enum Refusal {
    /// The problem is confidential: nobody outside hears of it.
    #[error("a confidential problem is shown to nobody outside")]
    #[serde(rename = "party_confidential")]
    Confidential,
    /// Whoever asks has nothing to do with the problem's unit.
    #[error("only the unit that has the problem and the office ask")]
    #[serde(rename = "party_not_yours")]
    NotYours,
    /// The problem is with no unit, or is submitted, closed, or given away.
    #[error("the problem is not with the unit that asked")]
    #[serde(rename = "party_moved_on")]
    MovedOn,
    /// The link has ended.
    #[error("the link ended at {until:?}")]
    #[serde(rename = "party_link_expired")]
    Expired {
        /// When.
        until: Moment,
    },
    /// The link was taken back.
    #[error("the link was taken back")]
    #[serde(rename = "party_link_revoked")]
    Revoked,
    /// The party has answered already.
    #[error("the party has answered already")]
    #[serde(rename = "party_answered")]
    Answered,
    /// There is no answer to decide on.
    #[error("there is no answer to decide on")]
    #[serde(rename = "party_not_answered")]
    NotAnswered,
    /// It is settled.
    #[error("it is settled")]
    #[serde(rename = "party_settled")]
    Settled,
    /// The photograph is required.
    #[error("a photograph of what was put right is required")]
    #[serde(rename = "party_photo_missing")]
    PhotoMissing,
    /// Words are required.
    #[error("words are required")]
    #[serde(rename = "party_words_missing")]
    WordsMissing,
}

impl Refusal {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Confidential => "party_confidential",
            Self::NotYours => "party_not_yours",
            Self::MovedOn => "party_moved_on",
            Self::Expired { .. } => "party_link_expired",
            Self::Revoked => "party_link_revoked",
            Self::Answered => "party_answered",
            Self::NotAnswered => "party_not_answered",
            Self::Settled => "party_settled",
            Self::PhotoMissing => "party_photo_missing",
            Self::WordsMissing => "party_words_missing",
        }
    }
}

/// Whether a problem is with a unit that may be helped by a party.
fn with_unit(problem: &Problem) -> Option<UnitId> {
    match problem.state {
        State::Assigned | State::Rectifying | State::Deferred => problem.unit,
        State::Reported | State::Filed | State::Submitted | State::Closed | State::Dismissed | State::Merged => None,
    }
}

/// Whether the actor works in the unit or above it, keeps the grid that has it, or is of the office.
fn concerns(actor: &Actor, unit: UnitId, tree: &UnitTree) -> bool {
    actor.posts.iter().any(|post| match post.role {
        Role::Office => true,
        Role::UnitHead | Role::Officer | Role::Liaison => tree.is_within(unit, post.unit),
        Role::GridWorker => unit == post.unit,
        Role::PlatformAdmin | Role::CityAdmin | Role::Inspector | Role::Supervisor | Role::Leader | Role::Province => false,
    })
}

/// The unit in whose name the actor may ask a party to put the problem right.
///
/// # Errors
/// [`Refusal`]: it is confidential, with no unit, or not the actor's.
pub fn may_ask(problem: &Problem, actor: &Actor, tree: &UnitTree) -> Result<UnitId, Refusal> {
    if problem.confidential {
        return Err(Refusal::Confidential);
    }
    let unit = with_unit(problem).ok_or(Refusal::MovedOn)?;
    if concerns(actor, unit, tree) { Ok(unit) } else { Err(Refusal::NotYours) }
}

impl PartyAsk {
    /// What the bearer of the link may do at the moment.
    ///
    /// # Errors
    /// [`Refusal`]: nothing is shown, and why.
    pub fn stands(&self, problem: &Problem, at: Moment) -> Result<Standing, Refusal> {
        if problem.confidential {
            return Err(Refusal::Confidential);
        }
        match self.state {
            AskState::Revoked => return Err(Refusal::Revoked),
            AskState::Accepted | AskState::Released => return Ok(Standing::Settled),
            AskState::Open | AskState::Answered | AskState::Returned => {}
        }
        if with_unit(problem) != Some(self.unit) {
            return Err(Refusal::MovedOn);
        }
        if self.state == AskState::Answered {
            return Ok(Standing::Answered);
        }
        if at > self.expires_at { Err(Refusal::Expired { until: self.expires_at }) } else { Ok(Standing::Waiting) }
    }

    /// The party answers.
    ///
    /// # Errors
    /// [`Refusal`]: the link does not stand, or what the answer needs is missing.
    pub fn answer(
        &self,
        problem: &Problem,
        said: PartyAnswer,
        words: &str,
        photos: &[MediaId],
        at: Moment,
    ) -> Result<Self, Refusal> {
        match self.stands(problem, at)? {
            Standing::Waiting => {}
            Standing::Answered => return Err(Refusal::Answered),
            Standing::Settled => return Err(Refusal::Settled),
        }
        match said {
            PartyAnswer::Done if photos.is_empty() && problem.requires_after_photo => return Err(Refusal::PhotoMissing),
            PartyAnswer::Done if photos.is_empty() && words.trim().is_empty() => return Err(Refusal::WordsMissing),
            PartyAnswer::NotMine | PartyAnswer::Cannot if words.trim().is_empty() => return Err(Refusal::WordsMissing),
            PartyAnswer::Done | PartyAnswer::NotMine | PartyAnswer::Cannot => {}
        }
        Ok(Self { state: AskState::Answered, answer: Some(said), ..self.clone() })
    }

    /// The unit, or the office, decides; a renewed link holds until `until`.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn decide(
        &self,
        problem: &Problem,
        decision: &Decision,
        actor: &Actor,
        tree: &UnitTree,
        until: Moment,
    ) -> Result<Self, Refusal> {
        if !concerns(actor, self.unit, tree) {
            return Err(Refusal::NotYours);
        }
        if !self.state.is_open() {
            return Err(Refusal::Settled);
        }
        let answered = self.state == AskState::Answered;
        let moved = with_unit(problem) != Some(self.unit);
        let (state, expires_at) = match decision {
            Decision::Accept | Decision::Return { .. } if !answered => return Err(Refusal::NotAnswered),
            Decision::Accept | Decision::Return { .. } | Decision::Renew if moved => return Err(Refusal::MovedOn),
            Decision::Return { reason } | Decision::Revoke { reason } if reason.trim().is_empty() => {
                return Err(Refusal::WordsMissing);
            }
            Decision::Renew if answered => return Err(Refusal::Answered),
            Decision::Accept => match self.answer {
                Some(PartyAnswer::Done) | None => (AskState::Accepted, self.expires_at),
                Some(PartyAnswer::NotMine | PartyAnswer::Cannot) => (AskState::Released, self.expires_at),
            },
            // Whoever is asked again has time again.
            Decision::Return { .. } => (AskState::Returned, self.expires_at.max(until)),
            Decision::Revoke { .. } => (AskState::Revoked, self.expires_at),
            Decision::Renew => (self.state, until),
        };
        Ok(Self { state, expires_at, ..self.clone() })
    }
}
