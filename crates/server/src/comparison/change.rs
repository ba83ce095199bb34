//! What a new edition changes for a unit (指标解读), and who has read it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::access::Role;
use yipanqi_domain::framework::matching::ChangeKind;
use yipanqi_domain::id::{CommandId, CriterionId, PersonId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_store::comparison::{self as store, Comparison, ComparisonLink, ComparisonState, LinkState};
use yipanqi_store::framework::{self, DutyRole, EditionTree};
use yipanqi_store::reading::{self, Reading};
use yipanqi_store::{ReadTx, duty, unit};

use super::views::{ComparedEdition, ComparisonLine, Sides};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path, Query, today};
use crate::session::UnitRef;
use crate::site::Names;

/// Whose page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(rename_all = "snake_case")]
pub struct ChangeQuery {
    /// The unit; the reader's own unless given.
    #[param(value_type = Option<String>)]
    pub unit: Option<UnitId>,
}

/// A line of the page with the part the unit plays.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitChange {
    /// What became of the criterion.
    #[serde(flatten)]
    pub line: ComparisonLine,
    /// `lead` or `support` in the old edition; none if it had no part.
    #[schema(value_type = Option<String>)]
    pub role_before: Option<DutyRole>,
    /// `lead` or `support` in the new edition.
    #[schema(value_type = Option<String>)]
    pub role_now: Option<DutyRole>,
    /// The rules of the new criterion in the words of the text.
    pub rules: Vec<String>,
}

/// A receipt.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadingView {
    /// Who.
    pub name: String,
    /// When first.
    #[schema(value_type = String)]
    pub at: Moment,
}

/// What changed for a unit.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitChanges {
    /// The new edition.
    pub edition: ComparedEdition,
    /// The edition it is compared with; none if nobody has compared it.
    pub old: Option<ComparedEdition>,
    /// The unit.
    pub unit: Option<UnitRef>,
    /// Units whose pages the reader may open as their own.
    pub own_units: Vec<UnitRef>,
    /// Lines that changed, in the order of the new text; then what is gone.
    pub lines: Vec<UnitChange>,
    /// Criteria of the unit that stayed as they were.
    pub same: u64,
    /// Links that nobody has confirmed yet.
    pub unsettled: u64,
    /// Who of the unit has read it.
    pub readings: Vec<ReadingView>,
    /// Whether the reader belongs to the unit and has not read it yet.
    pub may_confirm: bool,
}

/// Which units have a part in each criterion of an edition: the duties given out, else the units that its text names.
type Parts = BTreeMap<CriterionId, Vec<(UnitId, DutyRole)>>;

async fn parts(tx: &ReadTx, tree: &EditionTree) -> Result<Parts, Error> {
    let mut parts = Parts::new();
    for kept in duty::of_edition(tx, tree.row.id).await? {
        if kept.duty.state.is_held() {
            parts.entry(kept.duty.criterion).or_default().push((kept.duty.unit, kept.duty.role));
        }
    }
    if parts.is_empty() {
        for node in &tree.nodes {
            let named = node.duties.iter().filter_map(|duty| Some((duty.unit?, duty.role)));
            parts.entry(node.id).or_default().extend(named);
        }
    }
    Ok(parts)
}

fn role_of(parts: &Parts, criterion: Option<CriterionId>, unit: Option<UnitId>) -> Option<DutyRole> {
    let of = parts.get(&criterion?)?.iter().filter(|(known, _)| Some(*known) == unit);
    of.map(|(_, role)| *role).min()
}

/// The comparison that speaks for an edition: the newest whose matching is finished.
async fn speaking(tx: &ReadTx, edition: Uuid) -> Result<Option<(Comparison, Arc<EditionTree>, Vec<ComparisonLink>)>, Error> {
    let found = store::of_new(tx, edition).await?.into_iter().find(|one| one.state != ComparisonState::Matching);
    let Some(comparison) = found else { return Ok(None) };
    let old = framework::edition(tx, comparison.old).await.map_err(crate::framework::known)?;
    let links = store::links(tx, comparison.id).await?;
    Ok(Some((comparison, old, links.into_iter().filter(|link| link.state != LinkState::Rejected).collect())))
}

fn own_units(ctx: &CityCtx) -> BTreeSet<UnitId> {
    ctx.actor.posts.iter().map(|post| post.unit).collect()
}

/// What a new edition changes for a unit, to be read and printed.
#[utoipa::path(get, path = "/api/editions/{id}/changes", tag = "frameworks", params(("id" = String, Path), ChangeQuery),
    responses((status = 200, body = UnitChanges), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<Uuid>, Query(query): Query<ChangeQuery>) -> Result<Json<UnitChanges>, Error> {
    Ok(Json(view(&ctx, id, query.unit).await?))
}

async fn view(ctx: &CityCtx, id: Uuid, wanted: Option<UnitId>) -> Result<UnitChanges, Error> {
    let tx = ctx.read().await?;
    let new = framework::edition(&tx, id).await.map_err(crate::framework::known)?;
    let names = Names::read(&tx).await?;
    let own = own_units(ctx);
    let unit = wanted.or_else(|| own.iter().next().copied());
    if wanted.is_some_and(|unit| names.unit(Some(unit)).is_none()) {
        return Err(Error::new("unit_not_found"));
    }
    let (mut lines, mut same, mut unsettled, mut compared) = (Vec::new(), 0, 0, None);
    if let Some((_, old, links)) = speaking(&tx, id).await? {
        let sides = Sides { old: &old, new: &new, names: &names };
        let (parts_before, parts_now) = (parts(&tx, &old).await?, parts(&tx, &new).await?);
        for link in &links {
            let after = Sides::node(&new, link.new);
            let (role_before, role_now) = (role_of(&parts_before, link.old, unit), role_of(&parts_now, link.new, unit));
            if role_before.is_none() && role_now.is_none() {
                continue;
            }
            unsettled += u64::from(link.state == LinkState::Proposed);
            if link.kind == ChangeKind::Same && role_before == role_now {
                same += 1;
                continue;
            }
            let words = after.map(|node| node.measures.iter().map(|measure| measure.rule_words.clone()));
            let rules = words.map(|words| words.filter(|words| !words.is_empty()).collect()).unwrap_or_default();
            lines.push(UnitChange { line: sides.line(link), role_before, role_now, rules });
        }
        compared = Some(ComparedEdition::from(&old.row));
    }
    let read: Vec<Reading> = reading::list(&tx, id).await?.into_iter().filter(|one| Some(one.unit) == unit).collect();
    let mine = unit.is_some_and(|unit| own.contains(&unit));
    Ok(UnitChanges {
        edition: (&new.row).into(),
        old: compared,
        unit: names.unit(unit),
        own_units: own.iter().filter_map(|unit| names.unit(Some(*unit))).collect(),
        lines,
        same,
        unsettled,
        may_confirm: mine && !read.iter().any(|one| one.person == ctx.actor.person),
        readings: read.into_iter().map(|one| ReadingView { name: one.name, at: one.at }).collect(),
    })
}

/// A person says that the page of the own unit was read.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReceiptInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The unit.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
}

/// Confirm that the page of the own unit was read; the first confirmation counts.
#[utoipa::path(post, path = "/api/editions/{id}/readings", tag = "frameworks", params(("id" = String, Path)),
    request_body = ReceiptInput, responses((status = 200, body = UnitChanges), (status = 403, body = FailureBody),
    (status = 404, body = FailureBody)))]
pub async fn read(ctx: CityCtx, Path(id): Path<Uuid>, Json(input): Json<ReceiptInput>) -> Result<Json<UnitChanges>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        framework::edition(&tx, id).await.map_err(crate::framework::known)?;
        if !own_units(&ctx).contains(&input.unit_id) {
            return Err(Error::new("reading_not_yours"));
        }
        let new = Reading { unit: input.unit_id, person: ctx.actor.person, name: ctx.name.clone(), at: ctx.moment };
        if reading::add(&tx, id, &new).await? {
            tx.audit("edition.read", "edition", &id.to_string(), &json!({ "unit": input.unit_id }))?;
            tx.event("edition", &id.to_string(), &[input.unit_id])?;
        }
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    Ok(Json(view(&ctx, id, Some(input.unit_id)).await?))
}

/// A unit with who of it has read and who has not.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnitReading {
    /// The unit.
    pub unit: UnitRef,
    /// Criteria of the new edition it leads.
    pub leads: u64,
    /// Criteria it supports.
    pub supports: u64,
    /// Who has read.
    pub read: Vec<ReadingView>,
    /// Who holds a post there and has not.
    pub waiting: Vec<String>,
}

/// Who has read what the edition changes for their unit, unit by unit; those nobody of whom has read come first.
#[utoipa::path(get, path = "/api/editions/{id}/readings", tag = "frameworks", params(("id" = String, Path)),
    responses((status = 200, body = Vec<UnitReading>), (status = 404, body = FailureBody)))]
pub async fn readings(ctx: CityCtx, Path(id): Path<Uuid>) -> Result<Json<Vec<UnitReading>>, Error> {
    let tx = ctx.read().await?;
    let edition = framework::edition(&tx, id).await.map_err(crate::framework::known)?;
    let names = Names::read(&tx).await?;
    let mut counts: BTreeMap<UnitId, (u64, u64)> = BTreeMap::new();
    for (unit, role) in parts(&tx, &edition).await?.into_values().flatten() {
        let (leads, supports) = counts.entry(unit).or_default();
        match role {
            DutyRole::Lead => *leads += 1,
            DutyRole::Support => *supports += 1,
        }
    }
    let people: BTreeMap<PersonId, String> =
        unit::persons(&tx).await?.into_iter().map(|person| (person.id, person.name)).collect();
    let mut answering: BTreeMap<UnitId, BTreeSet<PersonId>> = BTreeMap::new();
    for post in unit::posts(&tx, None, today(ctx.moment)).await? {
        if [Role::UnitHead, Role::Officer, Role::Liaison].contains(&post.role) {
            answering.entry(post.unit).or_default().insert(post.person);
        }
    }
    let read = reading::list(&tx, id).await?;
    let mut rows: Vec<UnitReading> = counts
        .into_iter()
        .filter_map(|(unit, (leads, supports))| {
            let done: Vec<&Reading> = read.iter().filter(|one| one.unit == unit).collect();
            let waiting = answering.get(&unit).into_iter().flatten();
            let waiting = waiting.filter(|person| !done.iter().any(|one| one.person == **person));
            Some(UnitReading {
                unit: names.unit(Some(unit))?,
                leads,
                supports,
                waiting: waiting.filter_map(|person| people.get(person).cloned()).collect(),
                read: done.iter().map(|one| ReadingView { name: one.name.clone(), at: one.at }).collect(),
            })
        })
        .collect();
    rows.sort_by_key(|row| (!row.read.is_empty(), std::cmp::Reverse(row.leads), row.unit.name.clone()));
    Ok(Json(rows))
}
