//! A second look at what was closed: oddities of verification, a drawn sample for a second verification, and
//! sites that are like one where something was wrong.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::access::Role;
use yipanqi_domain::id::{CommandId, ProblemId};
use yipanqi_domain::problem::State;
use yipanqi_domain::problem::rates::Period;
use yipanqi_domain::problem::statistics::RateKind;
use yipanqi_store::problem::{Kept, ProblemFilter, ProblemSort, RateFilter, RatePart, SecondLook};
use yipanqi_store::{ReadTx, problem as store};

use super::rules::Rules;
use super::views::{Names, ProblemRow};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path, Query};

/// Verified sooner after submission than anybody can look.
const TOO_SOON: i64 = 60;
/// Verifications of one pair of people from which it is odd.
const PAIR: usize = 10;

/// For which days.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct CheckQuery {
    /// First day; thirty days ago unless said.
    pub from: Option<NaiveDate>,
    /// Last day; today unless said.
    pub to: Option<NaiveDate>,
    /// Of how many in a hundred a second verification is drawn; ten unless said.
    pub percent: Option<u32>,
}

fn period(ctx: &CityCtx, rules: &Rules, query: &CheckQuery) -> Result<Period, Error> {
    let to = query.to.unwrap_or_else(|| ctx.today());
    let from = query.from.unwrap_or_else(|| to - Days::new(30));
    if from > to {
        return Err(Error::invalid("to", "period_backwards"));
    }
    let midnight = |day: NaiveDate| rules.calendar.moment(day, NaiveTime::MIN);
    Ok(Period { from: midnight(from), to: midnight(to + Days::new(1)) })
}

/// Why a verification is odd: a hint for a person, never a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Oddity {
    /// Within a minute of the submission.
    TooSoon,
    /// A photograph that is used elsewhere too, or before and after.
    SamePicture,
    /// Always the same pair of people.
    SamePair,
}

/// An odd verification.
#[derive(Debug, Serialize, ToSchema)]
pub struct OddView {
    /// Why.
    pub oddity: Oddity,
    /// The problem; the latest of several.
    pub problem: ProblemRow,
    /// Who submitted.
    pub submitter: String,
    /// Who verified.
    pub verifier: String,
    /// Seconds between.
    pub seconds: i64,
    /// How many of this pair there are.
    pub count: usize,
}

/// Verifications that are worth a second look.
#[utoipa::path(get, path = "/api/verifications/oddities", tag = "problem", params(CheckQuery),
    responses((status = 200, body = Vec<OddView>), (status = 422, body = FailureBody)))]
pub async fn oddities(ctx: CityCtx, Query(query): Query<CheckQuery>) -> Result<Json<Vec<OddView>>, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let verified = store::verified(&tx, period(&ctx, &rules, &query)?).await?;
    let ids: Vec<ProblemId> = verified.iter().map(|one| one.problem).collect();
    let pictures: HashMap<ProblemId, String> = store::shared_pictures(&tx, &ids).await?.into_iter().collect();
    let mut pairs: BTreeMap<(String, String), usize> = BTreeMap::new();
    for one in &verified {
        *pairs.entry((one.submitter_name.clone(), one.verifier_name.clone())).or_default() += 1;
    }
    let mut odd = Vec::new();
    let mut shown = std::collections::BTreeSet::new();
    for one in verified.iter().rev() {
        let seconds = (one.verified_at.utc() - one.submitted_at.utc()).num_seconds();
        let pair = (one.submitter_name.clone(), one.verifier_name.clone());
        let count = pairs.get(&pair).copied().unwrap_or(0);
        let mut note = |oddity| odd.push((oddity, one.problem, pair.clone(), seconds, count));
        if seconds < TOO_SOON {
            note(Oddity::TooSoon);
        }
        if pictures.contains_key(&one.problem) {
            note(Oddity::SamePicture);
        }
        if count >= PAIR && shown.insert(pair.clone()) {
            note(Oddity::SamePair);
        }
    }
    odd.truncate(500);
    let rows = rows(&ctx, &tx, &rules, &odd.iter().map(|odd| odd.1).collect::<Vec<_>>()).await?;
    let view = |(oddity, problem, (submitter, verifier), seconds, count): (Oddity, ProblemId, (String, String), i64, usize)| {
        Some(OddView { oddity, problem: rows.get(&problem)?.clone(), submitter, verifier, seconds, count })
    };
    Ok(Json(odd.into_iter().filter_map(view).collect()))
}

async fn rows(ctx: &CityCtx, tx: &ReadTx, rules: &Rules, ids: &[ProblemId]) -> Result<HashMap<ProblemId, ProblemRow>, Error> {
    let kept = store::get_all(tx, ids).await?;
    let names = Names::load(tx, &kept).await?;
    let row = |kept: &Kept| (kept.problem.id, ProblemRow::of(kept, &names, &rules.calendar, ctx.moment));
    Ok(kept.iter().map(row).collect())
}

/// A problem drawn for a second verification.
#[derive(Debug, Serialize, ToSchema)]
pub struct SampledView {
    /// The problem.
    pub problem: ProblemRow,
    /// Whether it was found to hold; none: not looked at yet.
    pub holds: Option<bool>,
    /// By whom.
    pub by: Option<String>,
    /// What was found.
    pub note: Option<String>,
}

/// The problems closed in a period of which a second verification is asked: the smallest hashes, so that anybody can repeat it.
#[utoipa::path(get, path = "/api/verifications/sample", tag = "problem", params(CheckQuery),
    responses((status = 200, body = Vec<SampledView>), (status = 422, body = FailureBody)))]
pub async fn sample(ctx: CityCtx, Query(query): Query<CheckQuery>) -> Result<Json<Vec<SampledView>>, Error> {
    let tx = ctx.read().await?;
    let rules = Rules::load(&tx, ctx.moment).await?;
    let period = period(&ctx, &rules, &query)?;
    let rate = Some(RateFilter { rate: RateKind::Rebound, part: RatePart::Denominator, period });
    let mut ids = store::ids(&tx, &ProblemFilter { rate, ..ProblemFilter::default() }, ProblemSort::default()).await?;
    let percent = usize::try_from(query.percent.unwrap_or(10).clamp(1, 100)).unwrap_or(10);
    let count = (ids.len() * percent).div_ceil(100).min(200);
    let seed = format!("{}{}", period.from.stored(), period.to.stored());
    ids.sort_by_cached_key(|id| sha2::Sha256::digest(format!("{seed}{id}")).to_vec());
    ids.truncate(count);
    let kept = store::get_all(&tx, &ids).await?;
    let names = Names::load(&tx, &kept).await?;
    let view = |kept: &Kept| SampledView {
        problem: ProblemRow::of(kept, &names, &rules.calendar, ctx.moment),
        holds: kept.facts.second_look.as_ref().map(|look| look.holds),
        by: kept.facts.second_look.as_ref().map(|look| look.by.clone()),
        note: kept.facts.second_look.as_ref().map(|look| look.note.clone()),
    };
    Ok(Json(kept.iter().map(view).collect()))
}

/// What a second verification has found.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SecondInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Whether what was closed holds.
    pub holds: bool,
    /// What was found; needed if it does not.
    #[serde(default)]
    pub note: String,
}

/// Note a second verification; whoever verified first or works in the unit's line does not.
#[utoipa::path(post, path = "/api/problems/{id}/second-look", tag = "problem", params(("id" = String, Path)),
    request_body = SecondInput,
    responses((status = 204), (status = 403, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn second(
    ctx: CityCtx,
    Path(id): Path<ProblemId>,
    Json(input): Json<SecondInput>,
) -> Result<axum::http::StatusCode, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let mut kept = super::actions::visible(&ctx, &tx, id).await?;
        if kept.problem.state != State::Closed {
            return Err(Error::new("problem_not_closed"));
        }
        let looks = ctx.actor.posts.iter().any(|post| matches!(post.role, Role::Office | Role::Inspector | Role::Supervisor));
        let in_line =
            |unit| ctx.actor.posts.iter().any(|post| ctx.tree.in_line(unit, post.unit) && !ctx.tree.is_city_level(post.unit));
        let first = store::history(&tx, id).await?.into_iter().rev().find_map(|step| match step.change.command {
            yipanqi_domain::problem::Command::Verify { .. } => Some(step.change.by),
            _ => None,
        });
        let again = first.and_then(|by| by.person()) == Some(ctx.actor.person);
        if !looks || again || kept.problem.units().any(in_line) {
            return Err(Error::new("problem_verifier_not_independent"));
        }
        let note = input.note.trim().to_owned();
        if !input.holds && note.is_empty() {
            return Err(Error::new("problem_reason_missing"));
        }
        kept.facts.second_look = Some(SecondLook { holds: input.holds, by: ctx.name.clone(), at: ctx.moment, note });
        store::save_facts(&tx, &kept).await?;
        tx.audit("problem.second_look", "problem", &id.to_string(), &input)?;
        tx.event("problem", &id.to_string(), &kept.units())?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// A warning to whoever keeps sites like the one where something was wrong.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WarnInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// What to look for.
    pub note: String,
}

/// How many were warned.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Warned {
    /// Sites like it.
    pub sites: usize,
    /// Units that keep them.
    pub units: usize,
}

/// Warn the units of all sites of the same type 举一反三: one message each.
#[utoipa::path(post, path = "/api/problems/{id}/warn", tag = "problem", params(("id" = String, Path)), request_body = WarnInput,
    responses((status = 200, body = Warned), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn warn(ctx: CityCtx, Path(id): Path<ProblemId>, Json(input): Json<WarnInput>) -> Result<Json<Warned>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Warned>(&mut tx, input.command_id, &(id, &input)).await? {
        return Ok(Json(done));
    }
    let note = input.note.trim();
    if note.is_empty() {
        return Err(Error::new("problem_reason_missing"));
    }
    let kept = super::actions::visible(&ctx, &tx, id).await?;
    let sites = yipanqi_store::site::all(&tx).await?;
    let own = kept.problem.site.and_then(|own| sites.iter().find(|site| site.id == own));
    let Some(kind) = own.and_then(|site| site.site_type) else { return Err(Error::new("problem_without_type")) };
    let like: Vec<_> =
        sites.iter().filter(|site| site.site_type == Some(kind) && Some(site.id) != kept.problem.site && !site.retired).collect();
    let units: std::collections::BTreeSet<_> =
        like.iter().filter_map(|site| site.territorial_unit.or(site.street).or(site.industry_unit)).collect();
    let mut herald = crate::notice::Herald::default();
    for unit in &units {
        herald.unit(*unit, crate::notice::Told::Warned, &kind.to_string(), note);
    }
    let warned = Warned { sites: like.len(), units: units.len() };
    tx.audit("problem.warn", "problem", &id.to_string(), &input)?;
    herald.flush(&mut tx, ctx.today()).await?;
    ctx.answer_once(&mut tx, input.command_id, &warned).await?;
    tx.commit().await?;
    Ok(Json(warned))
}
