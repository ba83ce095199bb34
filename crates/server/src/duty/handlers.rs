//! Extract, act, answer.

use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::duty::{DutyCommand, Named};
use yipanqi_domain::id::DutyId;
use yipanqi_store::ReadTx;
use yipanqi_store::duty::{self as store, DutyStep, KeptDuty};

use super::actions;
use super::derive as derivation;
use super::gaps::Loaded;
use super::matrix::numbers;
use super::views::{
    DeriveInput, Derived, DutyBulkInput, DutyBulkResults, DutyCommandInput, DutyPage, DutyPeople, DutyQuery, DutyRow,
    DutyStepView,
};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path, Query};
use crate::session::UnitRef;

fn rows(loaded: &Loaded, kept: &[KeptDuty]) -> Vec<DutyRow> {
    let numbers = numbers(&loaded.tree);
    let people = |named: Named| DutyPeople {
        head: loaded.person(named.head),
        officer: loaded.person(named.officer),
        liaison: loaded.person(named.liaison),
    };
    let row = |KeptDuty { duty, .. }: &KeptDuty| {
        let unit = loaded.directory.get(duty.unit);
        let own = unit.map_or(Named::default(), |unit| Named { head: unit.head, officer: unit.officer, liaison: unit.liaison });
        let answering = Named {
            head: duty.named.head.or(own.head),
            officer: duty.named.officer.or(own.officer),
            liaison: duty.named.liaison.or(own.liaison),
        };
        let node = loaded.tree.nodes.iter().find(|node| node.id == duty.criterion);
        DutyRow {
            id: duty.id,
            criterion_id: duty.criterion,
            number: numbers.get(&duty.criterion).cloned().unwrap_or_default(),
            title: node.map(|node| node.title.clone()).unwrap_or_default(),
            unit: unit.map(UnitRef::from),
            role: duty.role,
            state: duty.state,
            people: people(answering),
            named: people(duty.named),
            objection: duty.objection.clone(),
            version: duty.version,
        }
    };
    kept.iter().map(row).collect()
}

/// Duties of an edition, of a unit, or of a criterion; released ones only for a single criterion.
#[utoipa::path(get, path = "/api/duties", tag = "duty", params(DutyQuery),
    responses((status = 200, body = Vec<DutyRow>), (status = 400, body = FailureBody), (status = 404, body = FailureBody)))]
pub async fn list(ctx: CityCtx, Query(query): Query<DutyQuery>) -> Result<Json<Vec<DutyRow>>, Error> {
    let tx = ctx.read().await?;
    let mut kept = match (query.criterion, query.unit, query.edition) {
        (Some(criterion), _, _) => store::of_criterion(&tx, criterion).await?,
        (None, Some(unit), _) => store::of_unit(&tx, unit).await?,
        (None, None, Some(edition)) => store::of_edition(&tx, edition).await?,
        (None, None, None) => return Err(Error::new("query_invalid").with("reason", "edition, unit or criterion")),
    };
    if query.criterion.is_none() {
        kept.retain(|kept| kept.duty.state.is_held());
    }
    kept.retain(|kept| query.unit.is_none_or(|unit| kept.duty.unit == unit));
    kept.retain(|kept| query.edition.is_none_or(|edition| kept.edition == edition));
    if let Reach::Units(mine) = ctx.reach_of(Right::ViewDuty) {
        kept.retain(|kept| mine.contains(&kept.duty.unit));
    }
    let mut listed = Vec::new();
    let mut editions: Vec<uuid::Uuid> = kept.iter().map(|kept| kept.edition).collect();
    editions.sort_unstable();
    editions.dedup();
    for edition in editions {
        let loaded = Loaded::load(&ctx, &tx, edition).await?;
        let place: std::collections::HashMap<_, _> = loaded.tree.nodes.iter().map(|node| (node.id, node.position)).collect();
        let mut here: Vec<KeptDuty> = kept.iter().filter(|kept| kept.edition == edition).cloned().collect();
        here.sort_by_key(|kept| (place.get(&kept.duty.criterion).copied(), kept.duty.role, kept.duty.unit));
        listed.extend(rows(&loaded, &here));
    }
    Ok(Json(listed))
}

/// A duty's page.
#[utoipa::path(get, path = "/api/duties/{id}", tag = "duty", params(("id" = String, Path)),
    responses((status = 200, body = DutyPage), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<DutyId>) -> Result<Json<DutyPage>, Error> {
    Ok(Json(view(&ctx, id).await?))
}

fn step(step: &DutyStep) -> DutyStepView {
    let text = match &step.change.command {
        DutyCommand::Assign { from, .. } => Some(from.clone()),
        DutyCommand::Object { reason } | DutyCommand::Uphold { reason } | DutyCommand::Release { reason } => Some(reason.clone()),
        DutyCommand::Name { .. } | DutyCommand::HandOver { .. } => None,
    };
    DutyStepView {
        ordinal: step.ordinal,
        at: step.at,
        actor: step.actor_name.clone(),
        command: step.change.command.kind(),
        text: text.filter(|text| !text.is_empty()),
        to: step.change.to,
    }
}

async fn view(ctx: &CityCtx, id: DutyId) -> Result<DutyPage, Error> {
    let tx: ReadTx = ctx.read().await?;
    let kept = actions::visible(ctx, &tx, id).await?;
    let loaded = Loaded::load(ctx, &tx, kept.edition).await?;
    let row = rows(&loaded, std::slice::from_ref(&kept)).pop().ok_or_else(|| Error::new("duty_not_found"))?;
    Ok(DutyPage {
        row,
        edition_id: kept.edition,
        steps: store::history(&tx, id).await?.iter().map(step).collect(),
        allowed: kept.duty.allowed(&ctx.actor, &ctx.tree),
    })
}

/// Command a duty: name people, object, decide, release.
#[utoipa::path(post, path = "/api/duties/{id}/commands", tag = "duty", params(("id" = String, Path)),
    request_body = DutyCommandInput, responses((status = 200, body = DutyPage), (status = 403, body = FailureBody),
    (status = 404, body = FailureBody), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn command(ctx: CityCtx, Path(id): Path<DutyId>, Json(input): Json<DutyCommandInput>) -> Result<Json<DutyPage>, Error> {
    actions::command(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, id).await?))
}

/// Give, release or name for many criteria and units at once; the answer says for each what became of it.
#[utoipa::path(post, path = "/api/duties/bulk", tag = "duty", request_body = DutyBulkInput,
    responses((status = 200, body = DutyBulkResults), (status = 404, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn bulk(ctx: CityCtx, Json(input): Json<DutyBulkInput>) -> Result<Json<DutyBulkResults>, Error> {
    Ok(Json(DutyBulkResults { results: actions::bulk(&ctx, &input).await? }))
}

/// Give the duties that the sheet names; collective names are resolved by the city's table.
#[utoipa::path(post, path = "/api/duties/derive", tag = "duty", request_body = DeriveInput,
    responses((status = 200, body = Derived), (status = 404, body = FailureBody)))]
pub async fn derive(ctx: CityCtx, Json(input): Json<DeriveInput>) -> Result<Json<Derived>, Error> {
    Ok(Json(derivation::derive(&ctx, &input).await?))
}
