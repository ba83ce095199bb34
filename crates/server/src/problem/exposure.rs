//! Media exposure 曝光: claimed 认领 by the unit before it is acknowledged, followed up 跟踪随访 after it is closed; and the
//! root cause of a stubborn problem 老大难.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::access::Role;
use yipanqi_domain::id::{CommandId, ProblemId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{Source, State};
use yipanqi_store::problem::{Cause, FollowUp, Kept};
use yipanqi_store::{WriteTx, problem as store};

use super::actions::visible;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};

/// What is beside a problem's own life.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AsideView {
    /// Whether its exposure must be claimed before anything else.
    pub to_claim: bool,
    /// Who claimed it.
    pub claimed_by: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub claimed_at: Option<Moment>,
    /// What was found when it was followed up, oldest first.
    pub followups: Vec<FollowUpView>,
    /// Whether it has come back or was returned so often that a root cause is asked for.
    pub stubborn: bool,
    /// Why it keeps coming back.
    pub root: Option<String>,
    /// What is done against that.
    pub measure: Option<String>,
    /// The problems of which it is the return, nearest first.
    pub before: Vec<EarlierView>,
    /// What the source's form has told.
    #[schema(value_type = Object)]
    pub particulars: std::collections::BTreeMap<String, String>,
}

/// A look at a closed exposure.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FollowUpView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// Who.
    pub by: String,
    /// What was found.
    pub note: String,
}

/// What was tried before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EarlierView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// A few words.
    pub title: String,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Moment>,
    /// What was done then.
    pub measures: Vec<String>,
}

/// Comes back or returns from which a root cause is asked for.
const STUBBORN: u32 = 2;

fn stubborn(kept: &Kept) -> bool {
    kept.facts.rebounds >= STUBBORN || kept.problem.tally.reworks >= STUBBORN
}

/// Whether the unit has still to claim it.
#[must_use]
pub fn to_claim(kept: &Kept) -> bool {
    kept.problem.source == Source::MediaExposure && kept.problem.state == State::Assigned && kept.facts.claimed.is_none()
}

/// What is beside a problem's own life.
#[utoipa::path(get, path = "/api/problems/{id}/aside", tag = "problem", params(("id" = String, Path)),
    responses((status = 200, body = AsideView), (status = 404, body = FailureBody)))]
pub async fn aside(ctx: CityCtx, Path(id): Path<ProblemId>) -> Result<Json<AsideView>, Error> {
    let tx = ctx.read().await?;
    let kept = visible(&ctx, &tx, id).await?;
    let mut before = Vec::new();
    for earlier in store::root(&tx, id).await?.into_iter().filter(|earlier| !super::actions::hides(&ctx, earlier)) {
        let history = store::history(&tx, earlier.problem.id).await?;
        let measures = history.iter().filter_map(|step| match &step.change.command {
            yipanqi_domain::problem::Command::Submit { note, .. } => Some(note.clone()),
            _ => None,
        });
        before.push(EarlierView {
            id: earlier.problem.id,
            title: earlier.facts.title.clone(),
            closed_at: earlier.problem.closed_at,
            measures: measures.chain(earlier.facts.cause.iter().map(|cause| cause.measure.clone())).collect(),
        });
    }
    let facts = &kept.facts;
    Ok(Json(AsideView {
        to_claim: to_claim(&kept),
        claimed_by: facts.claimed.as_ref().map(|(by, _)| by.clone()),
        claimed_at: facts.claimed.as_ref().map(|(_, at)| *at),
        followups: facts
            .followups
            .iter()
            .map(|one| FollowUpView { at: one.at, by: one.by.clone(), note: one.note.clone() })
            .collect(),
        stubborn: stubborn(&kept),
        root: facts.cause.as_ref().map(|cause| cause.root.clone()),
        measure: facts.cause.as_ref().map(|cause| cause.measure.clone()),
        before,
        particulars: facts.particulars.clone(),
    }))
}

/// A word beside a problem.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AsideInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// What is said: a remark on the claim, what a follow-up has found, or the root cause.
    #[serde(default)]
    pub note: String,
    /// With a root cause: what is done against it.
    #[serde(default)]
    pub measure: String,
}

async fn save(tx: &mut WriteTx, kept: &Kept, action: &str, input: &AsideInput) -> Result<(), Error> {
    let id = kept.problem.id.to_string();
    store::save_facts(tx, kept).await?;
    tx.audit(action, "problem", &id, &serde_json::json!({ "note": input.note, "measure": input.measure }))?;
    tx.event("problem", &id, &kept.units())?;
    Ok(())
}

/// Whether the reader works in the unit that has it, or above it.
fn mine(ctx: &CityCtx, kept: &Kept) -> bool {
    let works = |role: Role| matches!(role, Role::UnitHead | Role::Officer | Role::Liaison);
    kept.problem
        .unit
        .is_some_and(|unit| ctx.actor.posts.iter().any(|post| works(post.role) && ctx.tree.is_within(unit, post.unit)))
}

/// Claim an exposure for the unit that has it.
#[utoipa::path(post, path = "/api/problems/{id}/claim", tag = "problem", params(("id" = String, Path)), request_body = AsideInput,
    responses((status = 200, body = AsideView), (status = 403, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn claim(ctx: CityCtx, Path(id): Path<ProblemId>, Json(input): Json<AsideInput>) -> Result<Json<AsideView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let mut kept = visible(&ctx, &tx, id).await?;
        if !mine(&ctx, &kept) {
            return Err(Error::new("place_not_yours"));
        }
        if !to_claim(&kept) {
            return Err(Error::new("exposure_claimed"));
        }
        kept.facts.claimed = Some((ctx.name.clone(), ctx.moment));
        save(&mut tx, &kept, "problem.claim", &input).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    aside(ctx, Path(id)).await
}

/// Say what a look at a closed problem has found.
#[utoipa::path(post, path = "/api/problems/{id}/followups", tag = "problem", params(("id" = String, Path)),
    request_body = AsideInput, responses((status = 200, body = AsideView), (status = 409, body = FailureBody)))]
pub async fn follow(ctx: CityCtx, Path(id): Path<ProblemId>, Json(input): Json<AsideInput>) -> Result<Json<AsideView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let mut kept = visible(&ctx, &tx, id).await?;
        let looks = ctx.actor.posts.iter().any(|post| matches!(post.role, Role::Office | Role::Inspector | Role::Supervisor));
        if !looks {
            return Err(Error::new("place_not_yours"));
        }
        if kept.problem.state != State::Closed {
            return Err(Error::new("problem_not_closed"));
        }
        if input.note.trim().is_empty() {
            return Err(Error::new("problem_reason_missing"));
        }
        let note = input.note.trim().to_owned();
        kept.facts.followups.push(FollowUp { at: ctx.moment, by: ctx.name.clone(), note });
        save(&mut tx, &kept, "problem.follow", &input).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    aside(ctx, Path(id)).await
}

/// Write down why a problem keeps coming back, and what is done against that.
#[utoipa::path(post, path = "/api/problems/{id}/cause", tag = "problem", params(("id" = String, Path)), request_body = AsideInput,
    responses((status = 200, body = AsideView), (status = 403, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn explain(ctx: CityCtx, Path(id): Path<ProblemId>, Json(input): Json<AsideInput>) -> Result<Json<AsideView>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let mut kept = visible(&ctx, &tx, id).await?;
        let office = ctx.actor.posts.iter().any(|post| post.role == Role::Office);
        if !office && !mine(&ctx, &kept) {
            return Err(Error::new("place_not_yours"));
        }
        let (root, measure) = (input.note.trim(), input.measure.trim());
        if root.is_empty() || measure.is_empty() {
            return Err(Error::new("problem_reason_missing"));
        }
        let (root, measure) = (root.to_owned(), measure.to_owned());
        kept.facts.cause = Some(Cause { root, measure, by: ctx.name.clone(), at: ctx.moment });
        save(&mut tx, &kept, "problem.cause", &input).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    aside(ctx, Path(id)).await
}
