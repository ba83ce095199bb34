//! The policies of assessment: each holds from a day on, none is ever changed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use yipanqi_domain::assessment::AssessmentPolicy;
use yipanqi_domain::id::CommandId;
use yipanqi_domain::moment::Moment;
use yipanqi_store::assessment::{self as store, PolicyRow};
use yipanqi_store::{ReadTx, StoreError};

use super::wording;
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Lang};

/// A policy of assessment.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AssessmentPolicyView {
    /// Identity; none for the sample that holds while the city has made none.
    #[schema(value_type = Option<String>)]
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
    /// The first day on which it holds.
    pub effective_on: Option<NaiveDate>,
    /// Components, adjustments, exclusions, lists, window of appeal.
    #[schema(value_type = Object)]
    pub policy: AssessmentPolicy,
    /// What does not fit in it and what is done about it, as sentences.
    pub flaws: Vec<String>,
    /// Who made it.
    pub made_by: String,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub made_at: Option<Moment>,
}

/// A new policy.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AddPolicy {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Its name.
    pub name: String,
    /// The first day on which it holds.
    pub effective_on: NaiveDate,
    /// Components, adjustments, exclusions, lists, window of appeal.
    #[schema(value_type = Object)]
    pub policy: AssessmentPolicy,
}

/// Decimals that a published figure can have.
const MOST_DECIMALS: u32 = 6;

fn view(row: &PolicyRow, lang: Lang) -> Result<AssessmentPolicyView, Error> {
    let policy: AssessmentPolicy = serde_json::from_str(&row.body).map_err(Error::internal)?;
    Ok(AssessmentPolicyView {
        id: Some(row.id),
        name: row.name.clone(),
        effective_on: Some(row.effective_on),
        flaws: policy.check().iter().map(|flaw| wording::flaw(flaw, lang)).collect(),
        policy,
        made_by: row.made_by.clone(),
        made_at: Some(row.made_at),
    })
}

/// The policy that holds on a day, with its identity; the sample if the city has made none for it.
///
/// # Errors
/// The database's.
pub async fn in_force(tx: &ReadTx, day: NaiveDate) -> Result<(Uuid, AssessmentPolicy), Error> {
    let policies = store::policies(tx).await?;
    match policies.iter().find(|row| row.effective_on <= day) {
        Some(row) => Ok((row.id, serde_json::from_str(&row.body).map_err(Error::internal)?)),
        None => Ok((Uuid::nil(), AssessmentPolicy::default())),
    }
}

/// All policies, the newest day first; the sample alone while the city has made none.
#[utoipa::path(get, path = "/api/assessment-policies", tag = "assessment", responses((status = 200, body = Vec<AssessmentPolicyView>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<AssessmentPolicyView>>, Error> {
    let rows = store::policies(&ctx.read().await?).await?;
    let mut views = rows.iter().map(|row| view(row, ctx.lang)).collect::<Result<Vec<_>, _>>()?;
    if views.is_empty() {
        let name = match ctx.lang {
            Lang::Zh => "示例办法",
            Lang::En => "Sample policy",
        };
        let policy = AssessmentPolicy::default();
        views.push(AssessmentPolicyView {
            id: None,
            name: name.to_owned(),
            effective_on: None,
            policy,
            flaws: Vec::new(),
            made_by: String::new(),
            made_at: None,
        });
    }
    Ok(Json(views))
}

/// Make a policy that holds from a day on; what was published stays under the policy it was made by.
#[utoipa::path(post, path = "/api/assessment-policies", tag = "assessment", request_body = AddPolicy,
    responses((status = 200, body = AssessmentPolicyView), (status = 422, body = FailureBody)))]
pub async fn add(ctx: CityCtx, Json(input): Json<AddPolicy>) -> Result<Json<AssessmentPolicyView>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &input).await? {
        return Ok(Json(before));
    }
    if input.name.trim().is_empty() {
        return Err(Error::invalid("name", "required"));
    }
    if input.policy.components.is_empty() {
        return Err(Error::invalid("policy", "assessment_without_components"));
    }
    if input.policy.decimals > MOST_DECIMALS {
        return Err(Error::invalid("decimals", "ranking_decimals"));
    }
    let row = PolicyRow {
        id: Uuid::now_v7(),
        name: input.name.trim().to_owned(),
        effective_on: input.effective_on,
        body: serde_json::to_string(&input.policy).map_err(StoreError::from)?,
        made_by: ctx.name.clone(),
        made_at: ctx.moment,
    };
    store::add_policy(&tx, &row).await?;
    tx.audit("assessment_policy.add", "assessment_policy", &row.id.to_string(), &row)?;
    let answer = view(&row, ctx.lang)?;
    ctx.answer_once(&mut tx, input.command_id, &answer).await?;
    tx.commit().await?;
    Ok(Json(answer))
}
