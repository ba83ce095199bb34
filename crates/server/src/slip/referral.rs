//! Referrals 问责线索移送: the evidence as it stands is frozen with its hash; only the supervision office sees them.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use chrono::Datelike as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Digest as _;
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::id::{CommandId, ProblemId};
use yipanqi_domain::moment::Moment;
use yipanqi_store::referral::{self as store, Referral, ReferralBody, ReferralState};
use yipanqi_store::slip::SlipFilter;
use yipanqi_store::{ReadTx, media, number, problem, slip, unit};

use crate::app::App;
use crate::error::{Error, FailureBody};
use crate::notice::{Herald, Told};
use crate::request::{CityCtx, Json, Path};
use crate::session::UnitRef;

/// A referral.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReferralView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its number as printed.
    pub text_number: String,
    /// `open`, `taken`, `ended`.
    #[schema(value_type = String)]
    pub state: ReferralState,
    /// Which problem.
    #[schema(value_type = String)]
    pub problem_id: ProblemId,
    /// A few words on it.
    pub title: String,
    /// Whose conduct.
    pub unit: Option<UnitRef>,
    /// Why it was handed over.
    pub reason: String,
    /// Who handed it over.
    pub by: String,
    /// SHA-256 of the frozen evidence.
    pub hash: String,
    /// What came of it.
    pub outcome: String,
    /// When it was handed over.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Moment,
    /// Given back with a change.
    pub version: i64,
}

async fn views(tx: &ReadTx) -> Result<Vec<ReferralView>, Error> {
    let names = unit::directory(tx).await?;
    let view = |referral: Referral| ReferralView {
        id: referral.id,
        text_number: format!("〔{}〕{}号", referral.year, referral.number),
        state: referral.state,
        problem_id: referral.problem,
        title: referral.body.evidence["title"].as_str().unwrap_or_default().to_owned(),
        unit: names.get(referral.unit).map(UnitRef::from),
        reason: referral.body.reason,
        by: referral.body.by,
        hash: referral.body.hash,
        outcome: referral.body.outcome,
        made_at: referral.made_at,
        version: referral.version,
    };
    Ok(store::list(tx).await?.into_iter().map(view).collect())
}

/// Every referral, newest first.
#[utoipa::path(get, path = "/api/referrals", tag = "slip", responses((status = 200, body = Vec<ReferralView>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<ReferralView>>, Error> {
    Ok(Json(views(&ctx.read().await?).await?))
}

/// What handing over takes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReferralInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which problem.
    #[schema(value_type = String)]
    pub problem_id: ProblemId,
    /// Why.
    pub reason: String,
}

/// Hand a problem over with its evidence.
#[utoipa::path(post, path = "/api/referrals", tag = "slip", request_body = ReferralInput,
    responses((status = 200, body = Vec<ReferralView>), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn create(ctx: CityCtx, Json(input): Json<ReferralInput>) -> Result<Json<Vec<ReferralView>>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        let reason = input.reason.trim();
        if reason.is_empty() {
            return Err(Error::new("slip_reason_missing"));
        }
        let kept = crate::problem::actions::visible(&ctx, &tx, input.problem_id).await?;
        let unit = kept.problem.unit.ok_or_else(|| Error::new("slip_problem_quiet"))?;
        let evidence = evidence(&tx, &kept).await?;
        let text = serde_json::to_string_pretty(&evidence).map_err(Error::internal)?;
        let year = i64::from(ctx.today().year());
        let body = ReferralBody {
            reason: reason.to_owned(),
            by: ctx.name.clone(),
            hash: hex::encode(sha2::Sha256::digest(text.as_bytes())),
            evidence,
            outcome: String::new(),
        };
        let new = Referral {
            id: Uuid::now_v7(),
            year,
            number: number::next(&mut tx, &format!("referral-{year}")).await?,
            problem: input.problem_id,
            unit,
            state: ReferralState::Open,
            body,
            made_at: ctx.moment,
            version: 1,
        };
        store::add(&tx, &new).await?;
        tx.audit("referral.create", "referral", &new.id.to_string(), &json!({ "reason": reason, "hash": new.body.hash }))?;
        let mut herald = Herald::default();
        herald.supervision(Told::Referred, &new.id.to_string(), "");
        herald.flush(&mut tx, ctx.today()).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    list(ctx).await
}

/// The problem with everything that happened to it, as it stands.
async fn evidence(tx: &ReadTx, kept: &problem::Kept) -> Result<Value, Error> {
    let id = kept.problem.id;
    let steps: Vec<Value> = problem::history(tx, id)
        .await?
        .iter()
        .map(|step| json!({ "ordinal": step.ordinal, "arrived_at": step.arrived_at, "actor": step.actor_name, "change": step.change }))
        .collect();
    let filter = SlipFilter { problems: vec![id], ..SlipFilter::default() };
    let mut slips = slip::list(tx, &filter, 0, 1000).await?.0;
    slips.reverse();
    let slips: Vec<Value> = slips
        .iter()
        .map(|kept| {
            json!({ "number": kept.slip.number.map(|number| number.to_string()), "slip": kept.slip, "signer": kept.signer,
                    "grounds": kept.grounds, "history": kept.history })
        })
        .collect();
    let mut photos = Vec::new();
    for attachment in media::attachments(tx, "problem", &id.to_string()).await? {
        let media = attachment.media;
        photos.push(
            json!({ "id": media.id, "sha256": media.sha256, "kind": media.kind, "size": media.size, "taken_at": media.taken_at }),
        );
    }
    Ok(json!({
        "number": kept.number, "title": kept.facts.title, "description": kept.facts.description,
        "problem": kept.problem, "steps": steps, "slips": slips, "photos": photos,
    }))
}

/// How it goes on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReferralChange {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: i64,
    /// `taken` or `ended`.
    #[schema(value_type = String)]
    pub state: ReferralState,
    /// What came of it; needed to end.
    #[serde(default)]
    pub outcome: String,
}

async fn found(tx: &ReadTx, id: Uuid) -> Result<Referral, Error> {
    store::get(tx, id).await.map_err(|error| match error {
        yipanqi_store::StoreError::NotFound { .. } => Error::new("referral_not_found"),
        other => other.into(),
    })
}

/// Take a referral up, or end it with an outcome.
#[utoipa::path(post, path = "/api/referrals/{id}/state", tag = "slip", params(("id" = String, Path)),
    request_body = ReferralChange,
    responses((status = 200, body = Vec<ReferralView>), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn change(
    ctx: CityCtx,
    Path(id): Path<Uuid>,
    Json(input): Json<ReferralChange>,
) -> Result<Json<Vec<ReferralView>>, Error> {
    let mut tx = ctx.write().await?;
    let mut referral = found(&tx, id).await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        if referral.version != input.version {
            return Err(Error::new("version_conflict").with("version", referral.version));
        }
        let outcome = input.outcome.trim();
        match (referral.state, input.state) {
            (ReferralState::Open, ReferralState::Taken) => {}
            (ReferralState::Open | ReferralState::Taken, ReferralState::Ended) if !outcome.is_empty() => {}
            (ReferralState::Open | ReferralState::Taken, ReferralState::Ended) => return Err(Error::new("slip_reason_missing")),
            _ => return Err(Error::new("referral_state")),
        }
        referral.state = input.state;
        outcome.clone_into(&mut referral.body.outcome);
        referral.version += 1;
        store::save(&tx, &referral, input.version).await?;
        tx.audit("referral.change", "referral", &id.to_string(), &input)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    list(ctx).await
}

/// The evidence file: the frozen record, its hash, and the photographs as they were uploaded.
#[utoipa::path(get, path = "/api/referrals/{id}/evidence.zip", tag = "slip", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/zip"), (status = 404, body = FailureBody)))]
pub async fn file(State(app): State<App>, ctx: CityCtx, Path(id): Path<Uuid>) -> Result<impl IntoResponse, Error> {
    let tx = ctx.read().await?;
    let referral = found(&tx, id).await?;
    drop(tx);
    let record = serde_json::to_string_pretty(&referral.body.evidence).map_err(Error::internal)?;
    let mut sums = format!("{}  record.json\n", hex::encode(sha2::Sha256::digest(record.as_bytes())));
    let mut photos = Vec::new();
    for photo in referral.body.evidence["photos"].as_array().into_iter().flatten() {
        let (sha256, kind) = (photo["sha256"].as_str().unwrap_or_default(), photo["kind"].as_str().unwrap_or("bin"));
        let bytes = app.store().media().original(ctx.city.slug(), sha256).await?;
        let name = format!("photos/{sha256}.{kind}");
        sums.push_str(&format!("{}  {name}\n", hex::encode(sha2::Sha256::digest(&bytes))));
        photos.push((name, bytes));
    }
    let files = [("record.json", record.as_bytes())].into_iter();
    let files = files.chain(photos.iter().map(|(name, bytes)| (name.as_str(), bytes.as_ref())));
    let files = files.chain([("SHA256SUMS", sums.as_bytes())]);
    let bytes = yipanqi_documents::archive::pack(files).map_err(Error::internal)?;
    let name = format!("attachment; filename=\"referral-{}-{:03}.zip\"", referral.year, referral.number);
    Ok(([(header::CONTENT_TYPE, "application/zip".to_owned()), (header::CONTENT_DISPOSITION, name)], bytes))
}
