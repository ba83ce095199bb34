//! What the rules of a problem look up, loaded once per action.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use yipanqi_domain::access::{Actor, Post, Role};
use yipanqi_domain::calendar::Calendar;
use yipanqi_domain::id::{PersonId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{CommandKind, Context, LimitTable, Policy, Problem, ProblemActor};
use yipanqi_domain::unit::UnitTree;
use yipanqi_store::{ReadTx, calendar, setting, unit};

use crate::error::Error;
use crate::request::{self, CityCtx};

/// The key under which a city keeps its [`Policy`].
pub const POLICY: &str = "problem_policy";

/// The limits of a city's steps.
///
/// # Errors
/// The store's.
pub async fn limits(tx: &ReadTx) -> Result<Arc<LimitTable>, Error> {
    let load = async { Ok(setting::get(tx, super::desk::LIMITS).await?.unwrap_or_default()) };
    Ok(tx.kept("problem limits", load).await?)
}

/// Calendar, policy and the creation offices of a city.
#[derive(Debug, Clone)]
pub struct Rules {
    /// The working calendar.
    pub calendar: Arc<Calendar>,
    /// What the city has decided.
    pub policy: Policy,
    /// The units in which the creation office works.
    pub creation_offices: BTreeSet<UnitId>,
    /// How long each step may take.
    pub limits: Arc<LimitTable>,
    /// Whoever holds a post that verifies, with all posts held.
    verifiers: Vec<Actor>,
}

impl Rules {
    /// Loads them as they stand at the moment.
    ///
    /// # Errors
    /// The store's.
    pub async fn load(tx: &ReadTx, moment: Moment) -> Result<Self, Error> {
        let posts = unit::posts(tx, None, request::today(moment)).await?;
        let mut held: BTreeMap<PersonId, Vec<Post>> = BTreeMap::new();
        for post in &posts {
            held.entry(post.person).or_default().push(Post { unit: post.unit, role: post.role });
        }
        let verifies = |post: &Post| matches!(post.role, Role::Office | Role::Inspector | Role::Supervisor);
        held.retain(|_, posts| posts.iter().any(verifies));
        Ok(Self {
            verifiers: held.into_iter().map(|(person, posts)| Actor { person, posts }).collect(),
            calendar: calendar::load(tx).await?,
            limits: limits(tx).await?,
            policy: setting::get(tx, POLICY).await?.unwrap_or_default(),
            creation_offices: posts.iter().filter(|post| post.role == Role::Office).map(|post| post.unit).collect(),
        })
    }

    /// Who hears that a problem waits to be verified: the creation office, the supervision office for the former's own, and the
    /// inspector who found it; of these whoever may verify it.
    #[must_use]
    pub fn told_to_verify(&self, tree: &UnitTree, problem: &Problem, moment: Moment) -> Vec<PersonId> {
        let context = self.context(tree, None, None);
        let concerned = |actor: &&Actor| {
            let found = problem.registered_by == Some(actor.person);
            actor.posts.iter().any(|post| found || matches!(post.role, Role::Office | Role::Supervisor))
        };
        let may = |actor: &&Actor| {
            let actor = ProblemActor::Person { actor: (*actor).clone(), at_submission: actor.posts.clone() };
            problem.refusal(CommandKind::Verify, &actor, &context, moment).is_none()
        };
        self.verifiers.iter().filter(concerned).filter(may).map(|actor| actor.person).collect()
    }

    /// The view that the rules take.
    #[must_use]
    pub fn context<'a>(&'a self, tree: &'a UnitTree, merge_target: Option<&'a Problem>, made_at: Option<Moment>) -> Context<'a> {
        Context {
            calendar: &self.calendar,
            tree,
            policy: &self.policy,
            creation_offices: &self.creation_offices,
            merge_target,
            made_at,
        }
    }
}

/// The reader as an actor on a problem, with the posts held when the standing submission was made.
///
/// # Errors
/// The store's.
pub async fn actor(ctx: &CityCtx, tx: &ReadTx, problem: Option<&Problem>) -> Result<ProblemActor, Error> {
    let at_submission = match problem.and_then(|problem| problem.submitted_at) {
        Some(then) => {
            let held = unit::posts(tx, Some(ctx.actor.person), request::today(then)).await?;
            held.into_iter().map(|post| Post { unit: post.unit, role: post.role }).collect()
        }
        None => Vec::new(),
    };
    Ok(ProblemActor::Person { actor: ctx.actor.clone(), at_submission })
}
