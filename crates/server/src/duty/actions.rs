//! Intentions about duties, each in one transaction: command one, give many, carry them to the next edition.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;
use yipanqi_domain::access::{Place, Right};
use yipanqi_domain::duty::{Duty, DutyCommand, DutyCommandKind, DutyRole};
use yipanqi_domain::id::{CriterionId, DutyId, UnitId};
use yipanqi_store::duty::{self as store, KeptDuty};
use yipanqi_store::{ReadTx, StoreError, WriteTx, framework};

use super::views::{DutyBulkInput, DutyBulkResult, DutyCommandInput, DutyOrder, DutyPlace};
use crate::error::Error;
use crate::request::CityCtx;

impl DutyOrder {
    fn command(&self) -> Result<DutyCommand, Error> {
        let reason = self.reason.clone().unwrap_or_default();
        Ok(match self.command {
            DutyCommandKind::Assign => {
                DutyCommand::Assign { role: self.role.ok_or_else(|| Error::invalid("role", "duty_role_missing"))?, from: reason }
            }
            DutyCommandKind::Name => DutyCommand::Name { named: self.named.unwrap_or_default() },
            DutyCommandKind::Object => DutyCommand::Object { reason },
            DutyCommandKind::Uphold => DutyCommand::Uphold { reason },
            DutyCommandKind::Release => DutyCommand::Release { reason },
            DutyCommandKind::HandOver => return Err(Error::new("duty_command_not_open")),
        })
    }
}

/// A duty that the reader may see; one that he may not see does not exist for him.
///
/// # Errors
/// `duty_not_found`.
pub async fn visible(ctx: &CityCtx, tx: &ReadTx, id: DutyId) -> Result<KeptDuty, Error> {
    let kept = store::get(tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("duty_not_found"),
        other => other.into(),
    })?;
    ctx.allow_right(Right::ViewDuty, &Place::Units(&[kept.duty.unit])).map_err(|_| Error::new("duty_not_found"))?;
    Ok(kept)
}

/// Applies one command to a duty.
///
/// # Errors
/// `version_conflict`, `command_reused`, and the rules' refusals.
pub async fn command(ctx: &CityCtx, id: DutyId, input: &DutyCommandInput) -> Result<(), Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_some() {
        return Ok(());
    }
    let kept = visible(ctx, &tx, id).await?;
    if kept.duty.version != input.version {
        return Err(Error::new("version_conflict").with("version", kept.duty.version));
    }
    must_exist(&tx, &input.order).await?;
    apply(ctx, &mut tx, &kept, &input.order.command()?).await?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// The people to be named are of this city and at work.
async fn must_exist(tx: &ReadTx, order: &DutyOrder) -> Result<(), Error> {
    for person in order.named.iter().flat_map(yipanqi_domain::duty::Named::people) {
        let known = yipanqi_store::unit::person(tx, person).await.ok();
        if known.is_none_or(|known| known.left_on.is_some()) {
            return Err(Error::invalid("named", "person_not_found"));
        }
    }
    Ok(())
}

/// Judges, saves, notes.
pub(super) async fn apply(ctx: &CityCtx, tx: &mut WriteTx, kept: &KeptDuty, command: &DutyCommand) -> Result<(), Error> {
    let change = kept.duty.apply(command, &ctx.actor, &ctx.tree)?;
    let next = KeptDuty { duty: kept.duty.after(&change), edition: kept.edition };
    store::save(tx, &next, kept.duty.version, &change).await?;
    let text = next.duty.id.to_string();
    tx.audit("duty.command", "duty", &text, &change)?;
    tx.event("duty", &text, &[next.duty.unit])?;
    Ok(())
}

/// A duty to be given that did not exist before.
pub(super) struct NewDuty {
    pub(super) criterion: CriterionId,
    pub(super) unit: UnitId,
    pub(super) role: DutyRole,
    pub(super) from: String,
}

/// Gives duties that did not exist before, as many as wanted in few statements.
pub(super) async fn give(ctx: &CityCtx, tx: &mut WriteTx, edition: Uuid, new: &[NewDuty]) -> Result<(), Error> {
    let mut rows = Vec::with_capacity(new.len());
    for NewDuty { criterion, unit, role, from } in new {
        let unheld = Duty::unheld(DutyId::new(Uuid::now_v7()), *criterion, *unit);
        let change = unheld.apply(&DutyCommand::Assign { role: *role, from: from.clone() }, &ctx.actor, &ctx.tree)?;
        let kept = KeptDuty { duty: unheld.after(&change), edition };
        tx.audit("duty.command", "duty", &kept.duty.id.to_string(), &(&kept.duty, &change))?;
        rows.push((kept, change));
    }
    store::add(tx, &rows).await?;
    let mut units: Vec<UnitId> = new.iter().map(|new| new.unit).collect();
    units.sort_unstable();
    units.dedup();
    if !units.is_empty() {
        tx.event("duty", &edition.to_string(), &units)?;
    }
    Ok(())
}

/// The same order for many places; each succeeds or is refused for itself.
///
/// # Errors
/// Only what concerns the whole: `edition_not_found`, `command_reused`, the store's.
pub async fn bulk(ctx: &CityCtx, input: &DutyBulkInput) -> Result<Vec<DutyBulkResult>, Error> {
    let mut tx = ctx.write().await?;
    if let Some(done) = ctx.once::<Vec<DutyBulkResult>>(&mut tx, input.command_id, input).await? {
        return Ok(done);
    }
    let tree = framework::edition(&tx, input.edition_id).await.map_err(crate::framework::known)?;
    must_exist(&tx, &input.order).await?;
    let command = input.order.command()?;
    let known = store::of_edition(&tx, input.edition_id).await?;
    let mut known: HashMap<(CriterionId, UnitId), KeptDuty> =
        known.into_iter().map(|kept| ((kept.duty.criterion, kept.duty.unit), kept)).collect();
    let mut results = Vec::with_capacity(input.places.len());
    for place in &input.places {
        let kept = known.remove(&(place.criterion_id, place.unit_id));
        let is_criterion = tree.nodes.iter().any(|node| node.is_criterion && node.id == place.criterion_id);
        let outcome = if is_criterion {
            at_place(ctx, &mut tx, input.edition_id, *place, kept, &command).await
        } else {
            Err(Error::new("criterion_not_found"))
        };
        results.push(match outcome {
            Ok(()) => DutyBulkResult { place: *place, ok: true, code: None, message: None },
            Err(error) if error.status().is_server_error() => return Err(error),
            Err(error) => DutyBulkResult {
                place: *place,
                ok: false,
                code: Some(error.code().to_owned()),
                message: Some(error.message(ctx.lang)),
            },
        });
    }
    ctx.answer_once(&mut tx, input.command_id, &results).await?;
    tx.commit().await?;
    Ok(results)
}

async fn at_place(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    edition: Uuid,
    place: DutyPlace,
    kept: Option<KeptDuty>,
    command: &DutyCommand,
) -> Result<(), Error> {
    match (kept, command) {
        (Some(kept), command) => apply(ctx, tx, &kept, command).await,
        (None, DutyCommand::Assign { role, from }) => {
            if !ctx.tree.is_open(place.unit_id, ctx.today()) {
                return Err(Error::new("unit_not_found"));
            }
            let DutyPlace { criterion_id: criterion, unit_id: unit } = place;
            give(ctx, tx, edition, &[NewDuty { criterion, unit, role: *role, from: from.clone() }]).await
        }
        (None, _) => Err(Error::new("duty_not_found")),
    }
}

/// Takes the duties of an edition along to the next one, over confirmed links of old and new criteria. Where several old
/// criteria lead to one, the unit leads if it led any of them. Duties that the new edition has already, released ones
/// included, stay as they are. Gives how many were taken along.
///
/// # Errors
/// `duty_not_yours` unless the office or the administrator acts, or the store's.
pub async fn carry(
    ctx: &CityCtx,
    tx: &mut WriteTx,
    from: Uuid,
    to: Uuid,
    links: &[(CriterionId, CriterionId)],
) -> Result<u64, Error> {
    let mut old: HashMap<CriterionId, Vec<Duty>> = HashMap::new();
    for kept in store::of_edition(tx, from).await? {
        if kept.duty.state.is_held() {
            old.entry(kept.duty.criterion).or_default().push(kept.duty);
        }
    }
    let known = store::of_edition(tx, to).await?;
    let known: std::collections::HashSet<_> = known.iter().map(|kept| (kept.duty.criterion, kept.duty.unit)).collect();
    let name = framework::editions(tx).await?.into_iter().find(|edition| edition.id == from).map(|edition| edition.name);
    let name = name.unwrap_or_default();
    let mut wanted: BTreeMap<(CriterionId, UnitId), Duty> = BTreeMap::new();
    for (before, after) in links {
        for duty in old.get(before).into_iter().flatten() {
            let place = (*after, duty.unit);
            let leads_already = wanted.get(&place).is_some_and(|other| other.role == DutyRole::Lead);
            if !known.contains(&place) && !leads_already && ctx.tree.is_open(duty.unit, ctx.today()) {
                wanted.insert(place, duty.clone());
            }
        }
    }
    let new: Vec<NewDuty> = wanted
        .iter()
        .map(|((criterion, unit), duty)| NewDuty { criterion: *criterion, unit: *unit, role: duty.role, from: name.clone() })
        .collect();
    give(ctx, tx, to, &new).await?;
    // Whoever was named for the old criterion is named for the new one.
    for kept in store::of_edition(tx, to).await? {
        let before = wanted.get(&(kept.duty.criterion, kept.duty.unit));
        if let Some(before) = before.filter(|before| before.named.people().next().is_some()) {
            apply(ctx, tx, &kept, &DutyCommand::Name { named: before.named }).await?;
        }
    }
    Ok(new.len() as u64)
}
