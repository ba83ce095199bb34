//! The table of collective names that the office edits.

use std::collections::BTreeMap;

use yipanqi_domain::duty::{Selection, collective};
use yipanqi_domain::id::UnitId;
use yipanqi_store::duty::{self as store, Collective};
use yipanqi_store::{framework, unit};

use super::views::{CollectiveInput, CollectiveRow};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json};
use crate::session::UnitRef;

/// The collective names of all editions, decided or not, and what each means today.
#[utoipa::path(get, path = "/api/collectives", tag = "duty", responses((status = 200, body = Vec<CollectiveRow>)))]
pub async fn list(ctx: CityCtx) -> Result<Json<Vec<CollectiveRow>>, Error> {
    Ok(Json(rows(&ctx).await?))
}

async fn rows(ctx: &CityCtx) -> Result<Vec<CollectiveRow>, Error> {
    let tx = ctx.read().await?;
    let directory = unit::directory(&tx).await?;
    let mut met: BTreeMap<String, (String, u64)> = BTreeMap::new();
    for edition in framework::editions(&tx).await? {
        for node in &framework::edition(&tx, edition.id).await?.nodes {
            for duty in node.duties.iter().filter(|duty| duty.unit.is_none()) {
                let row = met.entry(collective::key(&duty.name_given)).or_insert((duty.name_given.clone(), 0));
                row.1 += 1;
            }
        }
    }
    let mut rows: BTreeMap<String, (Collective, u64)> = met
        .into_iter()
        .map(|(key, (name, count))| {
            let selection = collective::proposed(&name);
            (key, (Collective { name, selection, version: 0 }, count))
        })
        .collect();
    for decided in store::collectives(&tx).await? {
        let count = rows.get(&collective::key(&decided.name)).map_or(0, |(_, count)| *count);
        rows.insert(collective::key(&decided.name), (decided, count));
    }
    let refs = |units: &mut dyn Iterator<Item = UnitId>| -> Vec<UnitRef> {
        units.filter_map(|unit| directory.get(unit)).map(UnitRef::from).collect()
    };
    let row = |(row, criteria): (Collective, u64)| CollectiveRow {
        means: refs(&mut row.selection.expand(&ctx.tree, ctx.today()).into_iter()),
        units: refs(&mut row.selection.units.iter().copied()),
        kinds: row.selection.kinds.iter().copied().collect(),
        decided: row.version > 0,
        version: row.version,
        name: row.name,
        criteria,
    };
    Ok(rows.into_values().map(row).collect())
}

/// Decide what a collective name means.
#[utoipa::path(put, path = "/api/collectives", tag = "duty", request_body = CollectiveInput,
    responses((status = 200, body = Vec<CollectiveRow>), (status = 409, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn save(ctx: CityCtx, Json(input): Json<CollectiveInput>) -> Result<Json<Vec<CollectiveRow>>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        let key = collective::key(&input.name);
        if key.is_empty() {
            return Err(Error::invalid("name", "collective_name_missing"));
        }
        let selection =
            Selection { kinds: input.kinds.iter().copied().collect(), units: input.unit_ids.iter().copied().collect() };
        if selection.expand(&ctx.tree, ctx.today()).is_empty() {
            return Err(Error::invalid("unit_ids", "collective_empty"));
        }
        let saved = Collective { name: input.name.trim().to_owned(), selection, version: input.version };
        store::save_collective(&tx, &key, &saved).await?;
        tx.audit("collective.save", "collective", &key, &saved)?;
        tx.event("duty", &key, &[])?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    Ok(Json(rows(&ctx).await?))
}
