//! Who commands, and what a rule may look up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Problem;
use super::recheck::Rechecks;
use crate::access::{Actor, Post};
use crate::calendar::{Calendar, Limit};
use crate::id::{PersonId, UnitId};
use crate::moment::Moment;
use crate::unit::UnitTree;

/// Who commands a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemActor {
    /// A person with an account.
    Person {
        /// With the posts held now.
        actor: Actor,
        /// The posts the person held when the standing submission was made.
        at_submission: Vec<Post>,
    },
    /// The citizen who reported it, known by the report's receipt.
    Reporter,
    /// The product itself, when a calendar is entered.
    System,
}

impl ProblemActor {
    /// The form kept in the history.
    #[must_use]
    pub fn by(&self) -> By {
        match self {
            Self::Person { actor, .. } => By::Person { person: actor.person },
            Self::Reporter => By::Reporter,
            Self::System => By::System,
        }
    }

    /// The posts held now.
    #[must_use]
    pub fn posts(&self) -> &[Post] {
        match self {
            Self::Person { actor, .. } => &actor.posts,
            Self::Reporter | Self::System => &[],
        }
    }

    /// The posts held now or when the standing submission was made.
    pub fn posts_now_or_at_submission(&self) -> impl Iterator<Item = Post> {
        let then: &[Post] = match self {
            Self::Person { at_submission, .. } => at_submission,
            Self::Reporter | Self::System => &[],
        };
        self.posts().iter().chain(then).copied()
    }
}

/// Who did something, as the history keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum By {
    /// A person with an account.
    Person { person: PersonId },
    /// The citizen who reported it.
    Reporter,
    /// The product itself.
    System,
}

impl By {
    /// The person, if it was one with an account.
    #[must_use]
    pub fn person(self) -> Option<PersonId> {
        match self {
            Self::Person { person } => Some(person),
            Self::Reporter | Self::System => None,
        }
    }
}

/// What a city has decided about the life of its problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// How long after assignment a unit may decline.
    pub decline_within: Limit,
    /// After how many declines the next assignment binds.
    pub declines: u32,
    /// How many days after closing a like problem is a rebound.
    pub rebound_days: u32,
    /// When what was closed is looked at again.
    #[serde(default)]
    pub rechecks: Rechecks,
}

impl Default for Policy {
    /// One working day, two declines, 90 days, the usual rechecks.
    fn default() -> Self {
        let rechecks = Rechecks::default();
        Self { decline_within: Limit::WorkingDays { count: 1 }, declines: 2, rebound_days: 90, rechecks }
    }
}

/// What the rules may look up besides the problem itself.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The city's calendar.
    pub calendar: &'a Calendar,
    /// The city's units.
    pub tree: &'a UnitTree,
    /// The city's decisions.
    pub policy: &'a Policy,
    /// The creation office: its own problems are verified by the supervision office.
    pub creation_offices: &'a BTreeSet<UnitId>,
    /// The problem named by a merge, if it exists.
    pub merge_target: Option<&'a Problem>,
    /// The corrected time at which the command was made, if it was made offline.
    pub made_at: Option<Moment>,
}
