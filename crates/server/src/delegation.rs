//! Standing in for somebody who is absent 代理: given by the absent person, or by whoever keeps the people; taken up by the
//! deputy with the header `X-Yipanqi-For`, so that nobody acts for another without meaning to.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::routes;
use uuid::Uuid;
use yipanqi_domain::access::{Delegation, Place, Right};
use yipanqi_domain::id::{CommandId, PersonId};
use yipanqi_store::delegation::{self as store, KeptDelegation};
use yipanqi_store::{StoreError, unit};

use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path};
use crate::rights::{Access, Routes};
use crate::session::PersonRef;

/// Days of a delegation at most.
const LONGEST: i64 = 366;

/// A delegation as a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct DelegationRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Who is absent.
    pub absent: PersonRef,
    /// Who acts.
    pub deputy: PersonRef,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub to_on: NaiveDate,
    /// When it was ended before its time.
    pub ended_on: Option<NaiveDate>,
    /// Why.
    pub reason: String,
    /// Whether it holds today.
    pub holds: bool,
    /// Whether the reader is the deputy.
    pub mine_to_act: bool,
}

/// A delegation to be given.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DelegationInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Who is absent; the reader if left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub absent_id: Option<PersonId>,
    /// Who acts.
    #[schema(value_type = String)]
    pub deputy_id: PersonId,
    /// First day.
    pub from_on: NaiveDate,
    /// Last day.
    pub to_on: NaiveDate,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Access::Member, routes!(list))
        .route(Access::Member, routes!(give))
        .route(Access::Member, routes!(end))
}

async fn rows(ctx: &CityCtx) -> Result<Vec<DelegationRow>, Error> {
    let tx = ctx.read().await?;
    let people = unit::persons(&tx).await?;
    let person = |id: PersonId| {
        let name = people.iter().find(|person| person.id == id).map(|person| person.name.clone()).unwrap_or_default();
        PersonRef { id, name }
    };
    let row = |kept: KeptDelegation| {
        let one = &kept.delegation;
        DelegationRow {
            id: kept.id,
            absent: person(one.absent),
            deputy: person(one.deputy),
            from_on: one.from,
            to_on: one.to,
            ended_on: one.ended_on,
            holds: one.holds(ctx.today()),
            mine_to_act: one.deputy == ctx.actor.person,
            reason: kept.reason,
        }
    };
    Ok(store::of_person(&tx, ctx.actor.person).await?.into_iter().map(row).collect())
}

/// For whom I act, and who acts for me.
#[utoipa::path(get, path = "/api/my/delegations", tag = "delegation", responses((status = 200, body = Vec<DelegationRow>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<DelegationRow>>, Error> {
    Ok(Json(rows(&ctx).await?))
}

/// Let somebody act for me from a day to a day.
#[utoipa::path(post, path = "/api/my/delegations", tag = "delegation", request_body = DelegationInput,
    responses((status = 200, body = Vec<DelegationRow>), (status = 403, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn give(ctx: CityCtx, Json(input): Json<DelegationInput>) -> Result<Json<Vec<DelegationRow>>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        let absent = input.absent_id.unwrap_or(ctx.actor.person);
        if absent != ctx.actor.person {
            ctx.allow_right(Right::ManagePeople, &Place::City)?;
        }
        if absent == input.deputy_id {
            return Err(Error::invalid("deputy_id", "delegation_to_self"));
        }
        let days = (input.to_on - input.from_on).num_days();
        if !(0..LONGEST).contains(&days) || input.to_on < ctx.today() {
            return Err(Error::invalid("to_on", "delegation_span"));
        }
        for (field, person) in [("absent_id", absent), ("deputy_id", input.deputy_id)] {
            let known = unit::person(&tx, person).await.ok();
            if known.is_none_or(|known| known.left_on.is_some()) {
                return Err(Error::invalid(field, "person_not_found"));
            }
        }
        let delegation = Delegation { absent, deputy: input.deputy_id, from: input.from_on, to: input.to_on, ended_on: None };
        let new = KeptDelegation {
            id: Uuid::now_v7(),
            delegation,
            reason: input.reason.trim().to_owned(),
            created_by: ctx.name.clone(),
        };
        store::add(&tx, &new).await?;
        tx.audit("delegation.give", "person", &absent.to_string(), &new.delegation)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    Ok(Json(rows(&ctx).await?))
}

/// End a delegation from today: by the absent person or the deputy.
#[utoipa::path(delete, path = "/api/my/delegations/{id}", tag = "delegation", params(("id" = String, Path)),
    responses((status = 200, body = Vec<DelegationRow>), (status = 404, body = FailureBody)))]
pub async fn end(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<Vec<DelegationRow>>, Error> {
    let mut tx = ctx.write().await?;
    let kept = store::get(&tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("delegation_not_found"),
        other => other.into(),
    })?;
    let mine = [kept.delegation.absent, kept.delegation.deputy].contains(&ctx.actor.person);
    if !mine {
        return Err(Error::new("delegation_not_found"));
    }
    if kept.delegation.ended_on.is_none() {
        store::end(&tx, id, ctx.today()).await?;
        tx.audit("delegation.end", "person", &kept.delegation.absent.to_string(), &kept.delegation)?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    Ok(Json(rows(&ctx).await?))
}
