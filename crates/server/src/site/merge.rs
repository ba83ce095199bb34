//! Merging two entries of one site: likely pairs, both beside each other, the merge and its undoing.
//!
//! What a closed round holds stays as it is: there the merged number keeps its place and its visits, and they are seen under
//! the kept one. In rounds that go on, place and visits move, so that phones that know the old number find the right site.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::geo::Datum;
use yipanqi_domain::id::{CommandId, RoundId, SiteId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::round::{RoundState, VisitPurpose};
use yipanqi_domain::site::merge::{self as rule, Entry, Likely, MergeField, Standing, Touched};
use yipanqi_domain::site::{Degrees, Position as Place};
use yipanqi_store::question::{Phrase, Question, QuestionOption, QuestionState};
use yipanqi_store::round::{self, Round, RoundSite, VisitRow};
use yipanqi_store::site::merge::{self as store, Merge, Moved, PlaceMoved, VisitMoved};
use yipanqi_store::site::{self, Site};
use yipanqi_store::{ReadTx, WriteTx, problem, question};

use super::handlers::known;
use super::names::{Names, units_of};
use super::views::{SiteRef, SiteRow};
use crate::error::{Error, FailureBody};
use crate::problem::query::reach;
use crate::request::{CityCtx, Json, Path, Query};

/// Side of a cell in which sites are near, in units of 1e-7 degree (about 50 m).
const CELL: i64 = 5_000;
/// Under which kind the answer to "are these two one?" is remembered.
const QUESTION: &str = "site_duplicate";

/// Two entries that are likely one site.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicatePair {
    /// The older number.
    pub one: SiteRow,
    /// The later number.
    pub other: SiteRow,
    /// How far they lie apart, in metres.
    pub distance_m: Option<u64>,
    /// How like the names are, per mille.
    pub likeness: u32,
}

/// With which site.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MergeQuery {
    /// The one that would be given up.
    #[param(value_type = String)]
    pub with: SiteId,
}

/// One thing that both entries say.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergeChoice {
    /// What.
    #[schema(value_type = String)]
    pub field: MergeField,
    /// What the kept entry says.
    pub kept: String,
    /// What the other says.
    pub merged: String,
    /// The kept entry says nothing: the other's is taken.
    pub filled: bool,
}

/// What would move.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct MergeCounts {
    /// Problems.
    pub problems: u64,
    /// Visits, in whatever rounds.
    pub visits: u64,
    /// Visits of pairings.
    pub pairing_visits: u64,
    /// Facilities looked at.
    pub facilities: u64,
    /// Rounds that go on and have it.
    pub open_rounds: Vec<String>,
}

/// Two entries beside each other.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergeView {
    /// The one that would be kept.
    pub kept: SiteRow,
    /// Its version.
    pub version: i64,
    /// The one that would be given up.
    pub merged: SiteRow,
    /// Its version.
    pub merged_version: i64,
    /// How far they lie apart, in metres.
    pub distance_m: Option<u64>,
    /// What both say, field by field.
    pub choices: Vec<MergeChoice>,
    /// What hangs on the kept one.
    pub kept_counts: MergeCounts,
    /// What hangs on the other.
    pub merged_counts: MergeCounts,
    /// Why they cannot be merged.
    pub refused: Option<String>,
}

/// Two entries to be merged.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MergeInput {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version of the kept one that was seen.
    pub version: i64,
    /// The one to be given up.
    #[schema(value_type = String)]
    pub merged_id: SiteId,
    /// Its version that was seen.
    pub merged_version: i64,
    /// What is taken from the other, beside what the kept one does not say.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub take: Vec<MergeField>,
}

/// Another site and this.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct OtherSite {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The other.
    #[schema(value_type = String)]
    pub other_id: SiteId,
}

/// An older number of a site.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MergedSite {
    /// The entry that was given up.
    pub site: SiteRef,
    /// Who merged it.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
}

fn place(site: &Site) -> Option<Place> {
    Some(Place { longitude: Degrees::from_e7(site.longitude?), latitude: Degrees::from_e7(site.latitude?), datum: Datum::Wgs84 })
}

fn entry(site: &Site) -> Entry<'_> {
    Entry { name: &site.name, site_type: site.site_type, place: place(site) }
}

fn standing(site: &Site) -> Standing {
    Standing { site_type: site.site_type, retired: site.retired, merged: site.duplicate_of.is_some() }
}

/// The site that stands for the one named: itself, or the one into which it was merged.
///
/// # Errors
/// `not_found`, or the database's.
pub async fn standing_for(tx: &ReadTx, id: SiteId) -> Result<Site, yipanqi_store::StoreError> {
    let site = site::get(tx, id).await?;
    match site.duplicate_of {
        None => Ok(site),
        Some(_) => site::get(tx, site::aliases(tx).await?.kept(id)).await,
    }
}

/// Everything that these sites are known by: a number that was merged means the site that stands for it, with all numbers
/// merged into that one. Nothing is read where none is named.
///
/// # Errors
/// The database's.
pub async fn known_by(tx: &ReadTx, sites: &[SiteId]) -> Result<Vec<SiteId>, yipanqi_store::StoreError> {
    if sites.is_empty() {
        return Ok(Vec::new());
    }
    let aliases = site::aliases(tx).await?;
    Ok(aliases.families(&sites.iter().map(|site| aliases.kept(*site)).collect()))
}

/// The pairs of sites in use that are likely one, nearest first; what somebody said are two is left out.
fn pairs<'a>(sites: &'a [Site], two: &BTreeSet<String>) -> Vec<(Likely, &'a Site, &'a Site)> {
    let mut cells: HashMap<(i64, i64), Vec<&Site>> = HashMap::new();
    let mut unplaced: BTreeMap<(Option<Uuid>, String), Vec<&Site>> = BTreeMap::new();
    for site in sites {
        match (site.longitude, site.latitude) {
            (Some(longitude), Some(latitude)) => cells.entry((longitude / CELL, latitude / CELL)).or_default().push(site),
            (None, _) | (_, None) => {
                let area = site.community.or(site.street).map(|unit| unit.to_string()).unwrap_or_default();
                unplaced.entry((site.site_type, area)).or_default().push(site);
            }
        }
    }
    let mut found = Vec::new();
    let mut look = |one: &'a Site, other: &'a Site| {
        let (first, second) = if one.code < other.code { (one, other) } else { (other, one) };
        if let Some(likely) = rule::likely(entry(first), entry(second)).filter(|_| !two.contains(&key(first, second))) {
            found.push((likely, first, second));
        }
    };
    for (&(x, y), here) in &cells {
        for (place, one) in here.iter().enumerate() {
            here.iter().skip(place + 1).for_each(|other| look(one, other));
        }
        for next in [(x + 1, y - 1), (x + 1, y), (x + 1, y + 1), (x, y + 1)] {
            for one in here {
                cells.get(&next).into_iter().flatten().for_each(|other| look(one, other));
            }
        }
    }
    for here in unplaced.values() {
        for (place, one) in here.iter().enumerate() {
            here.iter().skip(place + 1).for_each(|other| look(one, other));
        }
    }
    found.sort_by(|(left, one, _), (right, other, _)| {
        (left.distance_m.is_none(), left.distance_m, &one.code).cmp(&(right.distance_m.is_none(), right.distance_m, &other.code))
    });
    found
}

/// The pair as a question knows it.
fn key(first: &Site, second: &Site) -> String {
    format!("{}|{}", first.code, second.code)
}

/// Pairs of sites that are likely one: near, alike in name, of the same type. An offer, no verdict.
#[utoipa::path(get, path = "/api/sites/duplicates", tag = "sites", responses((status = 200, body = Vec<DuplicatePair>)))]
pub async fn duplicates(ctx: CityCtx) -> Result<Json<Vec<DuplicatePair>>, Error> {
    let tx = ctx.read().await?;
    let sites: Vec<Site> =
        site::all(&tx).await?.into_iter().filter(|site| !site.retired && ctx.allow(&units_of(site)).is_ok()).collect();
    let answers = question::known(&tx, &[QUESTION]).await?;
    let decided_two = |asked: &Question| asked.decision.as_ref().and_then(|said| said.get("same")?.as_bool()) == Some(false);
    let two: BTreeSet<String> = answers.into_values().filter(decided_two).map(|asked| asked.key).collect();
    let found = pairs(&sites, &two);
    let names = Names::read(&tx).await?;
    let shown: BTreeSet<SiteId> = found.iter().flat_map(|(_, one, other)| [one.id, other.id]).collect();
    let shown: Vec<SiteId> = shown.into_iter().collect();
    let problems = problem::site_problems(&tx, Some(&shown), reach(&ctx).as_ref(), ctx.moment).await?;
    let visits = round::last_visits(&tx, &shown).await?;
    let row = |site: &Site| super::handlers::row(&names, site, &problems, &visits);
    let pair = |(likely, one, other): &(Likely, &Site, &Site)| DuplicatePair {
        one: row(one),
        other: row(other),
        distance_m: likely.distance_m,
        likeness: likely.likeness,
    };
    Ok(Json(found.iter().map(pair).collect()))
}

/// Two entries beside each other: what they say and what hangs on them.
#[utoipa::path(get, path = "/api/sites/{id}/merge", tag = "sites", params(("id" = String, Path), MergeQuery),
    responses((status = 200, body = MergeView), (status = 404, body = FailureBody)))]
pub async fn preview(ctx: CityCtx, Path(id): Path<SiteId>, Query(query): Query<MergeQuery>) -> Result<Json<MergeView>, Error> {
    let tx = ctx.read().await?;
    let (kept, merged) = both(&ctx, &tx, id, query.with).await?;
    let names = Names::read(&tx).await?;
    let ids = [kept.id, merged.id];
    let problems = problem::site_problems(&tx, Some(&ids), reach(&ctx).as_ref(), ctx.moment).await?;
    let visits = round::last_visits(&tx, &ids).await?;
    let refused = rule::may_merge(standing(&kept), standing(&merged)).err();
    Ok(Json(MergeView {
        distance_m: place(&kept).zip(place(&merged)).map(|(one, other)| yipanqi_domain::geo::distance(one, other)),
        choices: MergeField::ALL.into_iter().map(|field| choice(&names, field, &kept, &merged)).collect(),
        kept_counts: counts(&tx, kept.id).await?,
        merged_counts: counts(&tx, merged.id).await?,
        refused: refused.map(|refused| Error::new(refused.code()).message(ctx.lang)),
        version: kept.version,
        merged_version: merged.version,
        kept: super::handlers::row(&names, &kept, &problems, &visits),
        merged: super::handlers::row(&names, &merged, &problems, &visits),
    }))
}

async fn both(ctx: &CityCtx, tx: &ReadTx, kept: SiteId, merged: SiteId) -> Result<(Site, Site), Error> {
    if kept == merged {
        return Err(Error::new("merge_same_site"));
    }
    let kept = site::get(tx, kept).await.map_err(known)?;
    let merged = site::get(tx, merged).await.map_err(known)?;
    ctx.allow(&units_of(&kept))?;
    ctx.allow(&units_of(&merged))?;
    Ok((kept, merged))
}

async fn counts(tx: &ReadTx, site: SiteId) -> Result<MergeCounts, Error> {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let places = store::places(tx, site).await?;
    let rounds = round::rounds_by_id(tx, &places.iter().map(|place| place.round).collect::<Vec<_>>()).await?;
    let mut open: Vec<String> =
        rounds.values().filter(|round| goes_on(round) && round.visible()).map(|round| round.name.clone()).collect();
    open.sort();
    Ok(MergeCounts {
        problems: number(problem::at_site(tx, site).await?.len()),
        visits: number(round::visits_at_site(tx, &[site], None, 1_000).await?.len()),
        pairing_visits: store::count_pairing_visits(tx, site).await?,
        facilities: number(yipanqi_store::facility::found(tx, Some(site)).await?.len()),
        open_rounds: open,
    })
}

fn goes_on(round: &Round) -> bool {
    match round.state {
        RoundState::Planned | RoundState::Open => true,
        RoundState::Closed | RoundState::Released => false,
    }
}

/// What both say of a field, in words.
fn choice(names: &Names, field: MergeField, kept: &Site, merged: &Site) -> MergeChoice {
    let unit = |id| names.unit(id).map(|unit| unit.name).unwrap_or_default();
    let joined = |parts: &[String]| parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(" · ");
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let say = |site: &Site| match field {
        MergeField::Name => site.name.clone(),
        MergeField::Address => site.address.clone(),
        MergeField::Position => place(site).map_or_else(String::new, |place| format!("{}, {}", place.longitude, place.latitude)),
        MergeField::Area => joined(&[unit(site.street), unit(site.community), unit(site.grid)]),
        MergeField::Industry => unit(site.industry_unit),
        MergeField::Territorial => unit(site.territorial_unit),
        MergeField::Chief => joined(&[some(&site.chief_name), some(&site.chief_phone)]),
        MergeField::Pairing => joined(&[unit(site.pairing_unit), some(&site.pairing_leader)]),
        MergeField::Remark => site.remark.clone(),
    };
    let (kept, merged) = (say(kept), say(merged));
    MergeChoice { field, filled: kept.is_empty() && !merged.is_empty(), kept, merged }
}

/// Takes a field over from another entry.
fn take(field: MergeField, site: &mut Site, from: &Site) {
    match field {
        MergeField::Name => site.name.clone_from(&from.name),
        MergeField::Address => site.address.clone_from(&from.address),
        MergeField::Position => {
            (site.longitude, site.latitude) = (from.longitude, from.latitude);
            site.datum_given.clone_from(&from.datum_given);
            site.given_longitude.clone_from(&from.given_longitude);
            site.given_latitude.clone_from(&from.given_latitude);
        }
        MergeField::Area => (site.street, site.community, site.grid) = (from.street, from.community, from.grid),
        MergeField::Industry => site.industry_unit = from.industry_unit,
        MergeField::Territorial => site.territorial_unit = from.territorial_unit,
        MergeField::Chief => {
            site.chief_name.clone_from(&from.chief_name);
            site.chief_phone.clone_from(&from.chief_phone);
        }
        MergeField::Pairing => {
            site.pairing_unit = from.pairing_unit;
            site.pairing_leader.clone_from(&from.pairing_leader);
        }
        MergeField::Remark => site.remark.clone_from(&from.remark),
    }
}

/// Merge another entry into this site: what hangs on it is seen here from now on, its number leads here.
#[utoipa::path(post, path = "/api/sites/{id}/merge", tag = "sites", params(("id" = String, Path)), request_body = MergeInput,
    responses((status = 200, body = SiteRef), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn merge(ctx: CityCtx, Path(id): Path<SiteId>, Json(input): Json<MergeInput>) -> Result<Json<SiteRef>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, &input)).await?.is_none() {
        let (kept, merged) = both(&ctx, &tx, id, input.merged_id).await?;
        let kept = Site { version: input.version, ..kept };
        let merged = Site { version: input.merged_version, ..merged };
        let said = (kept.clone(), merged.clone());
        join(&ctx, &mut tx, kept, merged, &input.take).await?;
        remember(&ctx, &mut tx, &said.0, &said.1, true).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    let tx = ctx.read().await?;
    Ok(Json(Names::read(&tx).await?.site(&site::get(&tx, id).await.map_err(known)?)))
}

/// Merges within a transaction that may do more.
///
/// # Errors
/// `merge_kept_not_in_use`, `merge_merged_before`, `merge_types_differ`, `version_conflict`.
pub async fn join(ctx: &CityCtx, tx: &mut WriteTx, kept: Site, merged: Site, wanted: &[MergeField]) -> Result<(), Error> {
    rule::may_merge(standing(&kept), standing(&merged)).map_err(|refused| Error::new(refused.code()))?;
    let names = Names::read(tx).await?;
    let mut after = kept.clone();
    for field in MergeField::ALL {
        if wanted.contains(&field) || choice(&names, field, &kept, &merged).filled {
            take(field, &mut after, &merged);
        }
    }
    after.site_type = kept.site_type.or(merged.site_type);
    let mut moved = Moved { was_retired: merged.retired, ..Moved::default() };
    let mut problems = problem::at_site(tx, merged.id).await?;
    for kept_problem in &mut problems {
        kept_problem.problem.site = Some(kept.id);
    }
    problem::relocate(tx, &problems).await?;
    moved.problems = problems.iter().map(|one| one.problem.id).collect();
    moved.pairing_visits = store::move_pairing_visits(tx, merged.id, kept.id, None).await?;
    moved.facilities = store::move_facilities(tx, merged.id, kept.id, None).await?;
    moved.campaigns = store::move_campaigns(tx, merged.id, kept.id, None).await?;
    let places = store::places(tx, merged.id).await?;
    let rounds = round::rounds_by_id(tx, &places.iter().map(|place| place.round).collect::<Vec<_>>()).await?;
    for place in places {
        let Some(round) = rounds.get(&place.round).filter(|round| goes_on(round)) else { continue };
        moved.visits.extend(visits_join(tx, round.id, merged.id, kept.id).await?);
        let dropped = round::round_site(tx, round.id, kept.id).await?.is_some();
        if dropped {
            store::drop_place(tx, &place).await?;
        } else {
            round::save_round_site(tx, &RoundSite { site: kept.id, ..place.clone() }).await?;
        }
        moved.places.push(PlaceMoved { before: place, dropped });
        if round.edition.is_some() {
            crate::score::figures::ask(tx, round.id).await?;
        }
    }
    let given_up = Site { retired: true, duplicate_of: Some(kept.id), ..merged };
    let units: BTreeSet<_> = units_of(&kept).into_iter().chain(units_of(&given_up)).collect();
    let units: Vec<_> = units.into_iter().collect();
    site::update(tx, &after).await?;
    site::update(tx, &given_up).await?;
    moved.kept = Some((kept, after.clone()));
    let record = Merge {
        id: Uuid::now_v7(),
        merged: given_up.id,
        kept: after.id,
        by: ctx.name.clone(),
        at: ctx.moment,
        moved,
        undone_at: None,
    };
    store::add(tx, &record).await?;
    tx.audit("site.merge", "site", &after.id.to_string(), &record)?;
    for id in [after.id, given_up.id] {
        tx.event("site", &id.to_string(), &units)?;
    }
    Ok(())
}

/// Puts the visits of the merged site in a round that goes on behind those of the kept one.
async fn visits_join(tx: &WriteTx, round: RoundId, merged: SiteId, kept: SiteId) -> Result<Vec<VisitMoved>, Error> {
    let visits = round::visits(tx, round).await?;
    let (mut own, coming): (Vec<VisitRow>, Vec<VisitRow>) =
        visits.into_iter().filter(|visit| visit.site == merged || visit.site == kept).partition(|visit| visit.site == kept);
    own.sort_by_key(|visit| visit.ordinal);
    let assessed = own.iter().any(|visit| visit.finished_at.is_some() && visit.purpose == VisitPurpose::Assess);
    let last = own.last().map_or(0, |visit| visit.ordinal);
    let mut moved = Vec::new();
    for (ordinal, visit) in (last + 1..).zip(coming) {
        let purpose = rule::purpose(visit.purpose, assessed);
        store::move_visit(tx, visit.id, kept, ordinal, purpose).await?;
        moved.push(VisitMoved { id: visit.id, round, ordinal: visit.ordinal, purpose: visit.purpose });
    }
    Ok(moved)
}

/// Undo a merge: the other number is a site of its own again, with what it had.
#[utoipa::path(post, path = "/api/sites/{id}/unmerge", tag = "sites", params(("id" = String, Path)), request_body = OtherSite,
    responses((status = 200, body = SiteRef), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn unmerge(ctx: CityCtx, Path(id): Path<SiteId>, Json(input): Json<OtherSite>) -> Result<Json<SiteRef>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_none() {
        let (kept, merged) = both(&ctx, &tx, id, input.other_id).await?;
        let record = store::of(&tx, merged.id).await?.filter(|merge| merge.kept == kept.id);
        // One that was marked by an import before records were kept has moved nothing.
        let record = match record {
            Some(record) => record,
            None if merged.duplicate_of == Some(kept.id) => Merge {
                id: Uuid::now_v7(),
                merged: merged.id,
                kept: kept.id,
                by: String::new(),
                at: ctx.moment,
                moved: Moved::default(),
                undone_at: None,
            },
            None => return Err(Error::new("merge_not_found")),
        };
        part(&ctx, &mut tx, kept.clone(), merged.clone(), &record).await?;
        remember(&ctx, &mut tx, &kept, &merged, false).await?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    let tx = ctx.read().await?;
    Ok(Json(Names::read(&tx).await?.site(&site::get(&tx, input.other_id).await.map_err(known)?)))
}

async fn part(ctx: &CityCtx, tx: &mut WriteTx, kept: Site, merged: Site, record: &Merge) -> Result<(), Error> {
    let moved = &record.moved;
    let ids: BTreeSet<RoundId> = moved.places.iter().map(|place| place.before.round).collect();
    let rounds = round::rounds_by_id(tx, &ids.iter().copied().collect::<Vec<_>>()).await?;
    let mut touched = Vec::new();
    for place in &moved.places {
        let there = round::visits(tx, place.before.round).await?;
        let since = there.iter().any(|visit| visit.site == kept.id && !moved.visits.iter().any(|known| known.id == visit.id));
        touched.push(Touched {
            finished: rounds.get(&place.before.round).is_none_or(|round| !goes_on(round)),
            visited_since: since && !place.dropped,
        });
    }
    rule::may_undo(standing(&kept), &touched).map_err(|refused| Error::new(refused.code()))?;
    for place in &moved.places {
        if place.dropped {
            round::add_sites(tx, std::slice::from_ref(&place.before)).await?;
        } else if let Some(now) = round::round_site(tx, place.before.round, kept.id).await? {
            round::save_round_site(tx, &RoundSite { site: merged.id, ..now }).await?;
        }
        crate::score::figures::ask(tx, place.before.round).await?;
    }
    for visit in &moved.visits {
        store::move_visit(tx, visit.id, merged.id, visit.ordinal, visit.purpose).await?;
    }
    let mut problems = problem::get_all(tx, &moved.problems).await?;
    problems.retain(|one| one.problem.site == Some(kept.id));
    for one in &mut problems {
        one.problem.site = Some(merged.id);
    }
    problem::relocate(tx, &problems).await?;
    store::move_pairing_visits(tx, kept.id, merged.id, Some(&moved.pairing_visits)).await?;
    store::move_facilities(tx, kept.id, merged.id, Some(&moved.facilities)).await?;
    store::move_campaigns(tx, kept.id, merged.id, Some(&moved.campaigns)).await?;
    // What was changed at the kept site since stays.
    let mut restored = kept.clone();
    if let Some((before, after)) = &moved.kept {
        let names = Names::read(tx).await?;
        for field in MergeField::ALL {
            let same = choice(&names, field, &kept, after);
            if same.kept == same.merged {
                take(field, &mut restored, before);
            }
        }
    }
    site::update(tx, &restored).await?;
    site::update(tx, &Site { retired: moved.was_retired, duplicate_of: None, ..merged.clone() }).await?;
    let undone = Merge { undone_at: Some(ctx.moment), ..record.clone() };
    store::undone(tx, &undone).await?;
    tx.audit("site.unmerge", "site", &kept.id.to_string(), &undone)?;
    let units: BTreeSet<_> = units_of(&kept).into_iter().chain(units_of(&merged)).collect();
    let units: Vec<_> = units.into_iter().collect();
    for id in [kept.id, merged.id] {
        tx.event("site", &id.to_string(), &units)?;
    }
    Ok(())
}

/// Say that two entries are two sites; they are not offered again.
#[utoipa::path(post, path = "/api/sites/{id}/distinct", tag = "sites", params(("id" = String, Path)), request_body = OtherSite,
    responses((status = 200, body = SiteRef), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn distinct(ctx: CityCtx, Path(id): Path<SiteId>, Json(input): Json<OtherSite>) -> Result<Json<SiteRef>, Error> {
    let mut tx = ctx.write().await?;
    let (one, other) = both(&ctx, &tx, id, input.other_id).await?;
    if ctx.once::<()>(&mut tx, input.command_id, &(id, input)).await?.is_none() {
        remember(&ctx, &mut tx, &one, &other, false).await?;
        tx.audit("site.distinct", "site", &id.to_string(), &input)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    } else {
        drop(tx);
    }
    let tx = ctx.read().await?;
    Ok(Json(Names::read(&tx).await?.site(&one)))
}

/// Remembers whether two entries are one, so that neither this list nor an import asks again.
async fn remember(ctx: &CityCtx, tx: &mut WriteTx, one: &Site, other: &Site, same: bool) -> Result<(), Error> {
    let (first, second) = if one.code < other.code { (one, other) } else { (other, one) };
    let known = question::known(tx, &[QUESTION]).await?.remove(&(QUESTION.to_owned(), key(first, second)));
    let decision = serde_json::json!({ "same": same });
    let decided = |asked: Question| Question {
        state: QuestionState::Decided,
        decision: Some(decision.clone()),
        decided_by: Some(ctx.name.clone()),
        decided_at: Some(ctx.moment),
        ..asked
    };
    match known {
        Some(asked) => question::update(tx, &decided(asked)).await?,
        None => {
            let text = Phrase::new(QUESTION)
                .with("code", &second.code)
                .with("name", &second.name)
                .with("other_code", &first.code)
                .with("other_name", &first.name);
            let asked = Question {
                id: Uuid::now_v7(),
                kind: QUESTION.to_owned(),
                key: key(first, second),
                subject_kind: "site".to_owned(),
                subject: None,
                text,
                options: Vec::<QuestionOption>::new(),
                state: QuestionState::Open,
                decision: None,
                decided_by: None,
                decided_at: None,
                import: None,
                asked_at: ctx.moment,
                version: 1,
            };
            question::ask(tx, &[decided(asked)]).await?;
        }
    }
    Ok(())
}

/// The older numbers of a site.
///
/// # Errors
/// The database's.
pub async fn merged_into(tx: &ReadTx, names: &Names, kept: SiteId) -> Result<Vec<MergedSite>, Error> {
    let family: Vec<SiteId> = site::aliases(tx).await?.family(kept).into_iter().filter(|one| *one != kept).collect();
    if family.is_empty() {
        return Ok(Vec::new());
    }
    let merges = store::into(tx, &[kept]).await?;
    let mut sites = site::get_all(tx, &family).await?;
    sites.sort_by(|left, right| left.code.cmp(&right.code));
    let view = |site: &Site| {
        let merge = merges.iter().find(|merge| merge.merged == site.id);
        MergedSite {
            site: names.site(site),
            by: merge.map(|merge| merge.by.clone()).unwrap_or_default(),
            at: merge.map_or(Moment::new(chrono::DateTime::UNIX_EPOCH), |merge| merge.at),
        }
    };
    Ok(sites.iter().map(view).collect())
}
