//! Deciding a question: the decision takes effect at once and is remembered, so that later readings do not ask again.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde_json::{Value, json};
use uuid::Uuid;
use yipanqi_domain::geo::Datum;
use yipanqi_domain::id::{CommandId, RoundId, SiteId, UnitId};
use yipanqi_domain::reading;
use yipanqi_domain::site::Position;
use yipanqi_store::question::{Question, QuestionState};
use yipanqi_store::site::Site;
use yipanqi_store::{StoreError, WriteTx, checklist, problem, question, site, unit};

use super::feedback;
use super::sites::{decided_place, inside, wgs84};
use crate::error::Error;
use crate::problem::actions::locate;
use crate::request::CityCtx;
use crate::round::external;

/// Decides a question; gives how many rows the decision changed.
///
/// # Errors
/// `question_not_found`, `question_decided`, `decision_invalid`, `version_conflict`, or the store's.
pub async fn decide(ctx: &CityCtx, command: CommandId, id: Uuid, version: i64, decision: &Value) -> Result<u64, Error> {
    let mut tx = ctx.write().await?;
    if let Some(answer) = ctx.once::<u64>(&mut tx, command, &(id, version, decision)).await? {
        return Ok(answer);
    }
    let mut asked = question::get(&tx, id).await.map_err(|error| match error {
        StoreError::NotFound { .. } => Error::new("question_not_found"),
        other => other.into(),
    })?;
    match asked.state {
        QuestionState::Open => {}
        QuestionState::Decided | QuestionState::Dropped => return Err(Error::new("question_decided")),
    }
    if asked.version != version {
        return Err(Error::new("version_conflict"));
    }
    let changed = apply(ctx, &mut tx, &asked, decision).await?;
    asked.state = QuestionState::Decided;
    asked.decision = Some(decision.clone());
    asked.decided_by = Some(ctx.name.clone());
    asked.decided_at = Some(ctx.moment);
    question::update(&tx, &asked).await?;
    let audited = json!({ "kind": asked.kind, "key": asked.key, "decision": decision });
    tx.audit("question.decide", "question", &id.to_string(), &audited)?;
    tx.event("question", &id.to_string(), &[])?;
    tx.answer(command, &json!(changed)).await?;
    tx.commit().await?;
    Ok(changed)
}

fn invalid() -> Error {
    Error::new("decision_invalid")
}

fn member<T: FromStr>(decision: &Value, name: &str) -> Result<T, Error> {
    decision.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok()).ok_or_else(invalid)
}

async fn apply(ctx: &CityCtx, tx: &mut WriteTx, asked: &Question, decision: &Value) -> Result<u64, Error> {
    match asked.kind.as_str() {
        "datum_blank" => {
            let datum: Datum =
                serde_json::from_value(decision.get("datum").cloned().unwrap_or_default()).map_err(|_| invalid())?;
            let site = subject(tx, asked).await?;
            let given = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
            let (Some(longitude), Some(latitude)) = (given(&site.given_longitude), given(&site.given_latitude)) else {
                return Err(invalid());
            };
            put(tx, site, Some(Position { longitude, latitude, datum })).await
        }
        "coordinates_missing" | "coordinates_implausible" => {
            let position = decided_place(decision);
            if position.is_none() && !decision.get("position").is_some_and(Value::is_null) {
                return Err(invalid());
            }
            put(tx, subject(tx, asked).await?, position).await
        }
        "site_duplicate" => {
            let same = decision.get("same").and_then(Value::as_bool).ok_or_else(invalid)?;
            if !same {
                return Ok(0);
            }
            let (kept, second) = asked.key.split_once('|').ok_or_else(invalid)?;
            let found = site::by_codes(tx, &[kept, second]).await?;
            let by_code = |code: &str| found.iter().find(|site| site.code == code).cloned().ok_or_else(invalid);
            crate::site::merge::join(ctx, tx, by_code(kept)?, by_code(second)?, &[]).await?;
            Ok(1)
        }
        "site_type_unknown" => {
            let kind: Uuid = member(decision, "site_type")?;
            let types = checklist::site_types(tx).await?;
            types.iter().find(|known| known.id == kind).ok_or_else(invalid)?;
            checklist::learn_site_type_name(tx, kind, &asked.key).await?;
            Ok(site::adopt_type(tx, &asked.key, kind).await?)
        }
        "site_grid_differs" => {
            let grid: UnitId = member(decision, "grid")?;
            let directory = unit::directory(tx).await?;
            directory.get(grid).ok_or_else(invalid)?;
            let mut site = subject(tx, asked).await?;
            inside(grid, &mut site, directory.units());
            site::update(tx, &site).await?;
            Ok(1)
        }
        "feedback_site" => attach(tx, asked, decision).await,
        _ => Err(invalid()),
    }
}

/// The site a question is about.
async fn subject(tx: &WriteTx, asked: &Question) -> Result<Site, Error> {
    let id = asked.subject.as_deref().and_then(|id| id.parse().ok()).ok_or_else(invalid)?;
    Ok(site::get(tx, id).await?)
}

async fn put(tx: &WriteTx, mut site: Site, position: Option<Position>) -> Result<u64, Error> {
    let placed = position.map(wgs84);
    site.longitude = placed.map(|(longitude, _)| longitude);
    site.latitude = placed.map(|(_, latitude)| latitude);
    site::update(tx, &site).await?;
    Ok(1)
}

/// Problems of the spelling that wait for a site get it, with its place and units.
async fn attach(tx: &WriteTx, asked: &Question, decision: &Value) -> Result<u64, Error> {
    if decision.get("site").is_some_and(Value::is_null) {
        return Ok(0);
    }
    let chosen: SiteId = member(decision, "site")?;
    let site = site::get(tx, chosen).await.map_err(|_| invalid())?;
    let (spelt, kind) = asked.key.split_once('|').unwrap_or((asked.key.as_str(), ""));
    let plain = |text: &str| reading::unspaced(&reading::half_width(text));
    let mut changed = 0;
    let mut rounds = BTreeSet::new();
    for mut kept in problem::unplaced(tx, feedback::SOURCE).await? {
        if plain(&kept.facts.place_text) != spelt || !plain(&kept.facts.search).contains(kind) {
            continue;
        }
        kept.problem.site = Some(site.id);
        locate(&mut kept.facts, &site);
        problem::save_facts(tx, &kept).await?;
        rounds.extend(kept.facts.round.map(RoundId::new));
        changed += 1;
    }
    for round in rounds {
        external::join(tx, round, &BTreeSet::from([site.id])).await?;
    }
    Ok(changed)
}
