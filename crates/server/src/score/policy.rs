//! How a city shares losses and ranks units: data that it decides, each change in the audit log.
//!
//! What was published stays as it was; figures that are still open are computed anew by themselves.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::id::CommandId;
use yipanqi_domain::ranking::{First, RankingPolicy};
use yipanqi_domain::score::LossPolicy;
use yipanqi_store::{ReadTx, StoreError, setting};

use super::{figures, ranking};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json};

/// Decimals of a published rate at most.
const MOST_DECIMALS: u32 = 6;

/// How losses are shared and units ranked.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ScorePolicyView {
    /// Of a site's loss, the territorial unit's weight.
    pub territorial: String,
    /// Of a site's loss, the industry unit's weight.
    pub industry: String,
    /// Of an entered result's loss, the leading units' weight together.
    pub lead: String,
    /// Of an entered result's loss, the supporting units' weight together.
    pub support: String,
    /// Sites below which a unit is listed without a rank.
    pub minimum_sites: u64,
    /// Decimals of a published rate, by which ties are judged.
    pub decimals: u32,
    /// What these rules are known by; given back with a change.
    pub seen: String,
}

/// Other rules.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SetScorePolicy {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The rules that were seen.
    pub seen: String,
    /// Of a site's loss, the territorial unit's weight.
    #[schema(value_type = String)]
    pub territorial: Exact,
    /// Of a site's loss, the industry unit's weight.
    #[schema(value_type = String)]
    pub industry: Exact,
    /// Of an entered result's loss, the leading units' weight together.
    #[schema(value_type = String)]
    pub lead: Exact,
    /// Of an entered result's loss, the supporting units' weight together.
    #[schema(value_type = String)]
    pub support: Exact,
    /// Sites below which a unit is listed without a rank.
    pub minimum_sites: u64,
    /// Decimals of a published rate.
    pub decimals: u32,
}

async fn read(tx: &ReadTx) -> Result<ScorePolicyView, Error> {
    let LossPolicy { territorial, industry, lead, support } = figures::policy(tx).await?;
    let RankingPolicy { decimals, minimum_denominator, .. } = ranking::kept_policy(tx).await?;
    let said = format!("{territorial} {industry} {lead} {support} {minimum_denominator} {decimals}");
    Ok(ScorePolicyView {
        territorial: territorial.to_string(),
        industry: industry.to_string(),
        lead: lead.to_string(),
        support: support.to_string(),
        minimum_sites: minimum_denominator,
        decimals,
        seen: hex::encode(Sha256::digest(said.as_bytes())),
    })
}

/// How losses are shared and units ranked.
#[utoipa::path(get, path = "/api/score-policy", tag = "score", responses((status = 200, body = ScorePolicyView)))]
pub async fn show(ctx: CityCtx) -> Result<Json<ScorePolicyView>, Error> {
    Ok(Json(read(&ctx.read().await?).await?))
}

/// Decide how losses are shared and units ranked.
#[utoipa::path(put, path = "/api/score-policy", tag = "score", request_body = SetScorePolicy,
    responses((status = 200, body = ScorePolicyView), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn set(ctx: CityCtx, Json(input): Json<SetScorePolicy>) -> Result<Json<ScorePolicyView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &input).await? {
        return Ok(Json(before));
    }
    if read(&tx).await?.seen != input.seen {
        return Err(StoreError::Conflict { kind: "setting", id: "score_policy".to_owned() }.into());
    }
    for (field, one, other) in [("territorial", &input.territorial, &input.industry), ("lead", &input.lead, &input.support)] {
        if one.is_negative() || other.is_negative() || (one.is_zero() && other.is_zero()) {
            return Err(Error::invalid(field, "loss_weights"));
        }
    }
    if input.decimals > MOST_DECIMALS {
        return Err(Error::invalid("decimals", "ranking_decimals"));
    }
    let SetScorePolicy { territorial, industry, lead, support, minimum_sites, decimals, .. } = input.clone();
    let loss = LossPolicy { territorial, industry, lead, support };
    let ranked = RankingPolicy { first: First::Highest, decimals, minimum_denominator: minimum_sites };
    setting::put(&tx, figures::LOSS_POLICY, &loss).await?;
    setting::put(&tx, ranking::RANKING_POLICY, &ranked).await?;
    tx.audit("score_policy.set", "setting", "score_policy", &(&loss, &ranked))?;
    tx.event("score", "policy", &[])?;
    let answer = read(&tx).await?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}
