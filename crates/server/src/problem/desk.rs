//! What the office's desk knows beforehand: limits and routes as the city's own tables, whose a problem is, how long it has,
//! and whether it is known already. One form asks only for what cannot be known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::calendar::Limit;
use yipanqi_domain::geo::{Datum, distance};
use yipanqi_domain::id::{CommandId, ItemId, MediaId, ProblemId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::{
    Category, Likeness, LimitTable, LimitedStep, OFFERED, Policy, RouteTo, RoutingRow, Source, Trait, Urgency, Whereabouts,
    likely, route,
};
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_store::checklist::SiteType;
use yipanqi_store::problem::{Kept, Near};
use yipanqi_store::{ReadTx, checklist, media, problem as store, setting, site, unit};

use super::rules::{POLICY, Rules};
use super::views::{CitedView, Names, ProblemRow};
use crate::error::{Error, FailureBody};
use crate::request::{CityCtx, Json, Path, Query};
use crate::session::UnitRef;

/// The key under which a city keeps its limits.
pub const LIMITS: &str = "problem_limits";
/// The key under which a city keeps its routes.
pub const ROUTES: &str = "problem_routes";
/// Rows of a table at most.
const ROWS: usize = 500;
/// Half the height of the box in which likely ones are sought, in units of 10⁻⁷ degree: about 170 m.
const HALF: i64 = 15_000;
/// Photographs compared at most.
const PHOTOS: usize = 9;
/// Problems compared at most.
const COMPARED: u64 = 200;

/// The tables of a city.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Tables {
    /// How long each step may take.
    #[schema(value_type = Vec<Object>)]
    pub limits: LimitTable,
    /// Whose a problem is.
    #[schema(value_type = Vec<Object>)]
    pub routes: Vec<RoutingRow>,
    /// Declines and rebounds.
    #[schema(value_type = Object)]
    pub policy: Policy,
}

async fn load(tx: &ReadTx) -> Result<Tables, Error> {
    Ok(Tables {
        limits: setting::get(tx, LIMITS).await?.unwrap_or_default(),
        routes: setting::get(tx, ROUTES).await?.unwrap_or_default(),
        policy: setting::get(tx, POLICY).await?.unwrap_or_default(),
    })
}

/// The tables of the city.
#[utoipa::path(get, path = "/api/problem-tables", tag = "problem", responses((status = 200, body = Tables)))]
pub async fn tables(ctx: CityCtx) -> Result<Json<Tables>, Error> {
    Ok(Json(load(&ctx.read().await?).await?))
}

/// New tables.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TablesInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The tables.
    #[serde(flatten)]
    pub tables: Tables,
}

/// Replace the tables. What was assigned keeps the limit it was assigned with.
#[utoipa::path(put, path = "/api/problem-tables", tag = "problem", request_body = TablesInput,
    responses((status = 200, body = Tables), (status = 422, body = FailureBody)))]
pub async fn replace(ctx: CityCtx, Json(input): Json<TablesInput>) -> Result<Json<Tables>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        check(&input.tables, unit::directory(&tx).await?.as_ref())?;
        setting::put(&tx, LIMITS, &input.tables.limits).await?;
        setting::put(&tx, ROUTES, &input.tables.routes).await?;
        setting::put(&tx, POLICY, &input.tables.policy).await?;
        tx.audit("problem.tables", "setting", "problem_tables", &input.tables)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    tables(ctx).await
}

fn check(tables: &Tables, units: &unit::Directory) -> Result<(), Error> {
    if tables.limits.0.len() > ROWS || tables.routes.len() > ROWS {
        return Err(Error::new("table_too_long").with("rows", ROWS));
    }
    let length = |limit: Limit| match limit {
        Limit::WorkingHours { count }
        | Limit::WorkingDays { count }
        | Limit::NaturalDays { count }
        | Limit::NaturalHours { count } => count,
    };
    let all = tables.limits.0.iter().map(|row| row.limit).chain([tables.policy.decline_within]);
    if all.map(length).any(|count| !(1..=1000).contains(&count)) {
        return Err(Error::new("limit_unknown").with("name", "count"));
    }
    for row in &tables.routes {
        for to in row.supporting.iter().chain([&row.lead]) {
            if let RouteTo::Unit { unit } = to
                && units.get(*unit).is_none()
            {
                return Err(Error::new("problem_unit_unknown"));
            }
        }
    }
    Ok(())
}

/// What is known of a problem before it is registered.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct LikeQuery {
    /// At which site.
    #[param(value_type = Option<String>)]
    pub site_id: Option<SiteId>,
    /// Which item failed.
    #[param(value_type = Option<String>)]
    pub item_id: Option<ItemId>,
    /// Longitude, WGS-84, where no site is known.
    pub longitude: Option<String>,
    /// Latitude, WGS-84.
    pub latitude: Option<String>,
    /// Its kind.
    pub category: String,
    /// How pressing.
    #[param(value_type = Option<String>)]
    pub urgency: Option<Urgency>,
    /// A few words.
    pub title: String,
    /// Photographs of the fault that were sent already, separated by commas; nine at most are looked at.
    pub media_ids: String,
}

/// A problem that is likely the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct LikelyView {
    /// The line of the ledger.
    pub problem: ProblemRow,
    /// How likely, of a thousand.
    pub score: u32,
    /// Why.
    #[schema(value_type = Vec<String>)]
    pub reasons: BTreeSet<Likeness>,
    /// Metres away, where both positions are known.
    pub metres: Option<u32>,
}

/// What the desk proposes.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeskView {
    /// Problems that are likely the same, the likeliest first.
    pub likely: Vec<LikelyView>,
    /// Who would rectify.
    pub unit: Option<UnitRef>,
    /// Who would support.
    pub supporting: Vec<UnitRef>,
    /// How long they would have.
    #[schema(value_type = Option<Object>)]
    pub limit: Option<Limit>,
    /// The row of the table that says so, from 0; none: the place itself.
    pub row: Option<usize>,
    /// What the source's form asks: name and whether it must be filled in.
    pub particulars: Vec<Particular>,
    /// What is looked at on sites like this one.
    pub items: Vec<DeskItem>,
    /// The criteria that the item serves, in every framework.
    pub cited: Vec<CitedView>,
    /// The kind that follows from the site; empty where none does.
    pub category: String,
    /// Kinds that the city knows.
    pub categories: BTreeSet<String>,
}

/// An item of the checklist.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeskItem {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ItemId,
    /// What is looked at.
    pub text: String,
}

/// A field of a source's form.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Particular {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be filled in.
    pub required: bool,
}

/// The form of each source.
#[must_use]
pub fn particulars(source: Source) -> Vec<Particular> {
    let fields: &[(&'static str, bool)] = match source {
        Source::RoundFinding | Source::Covert | Source::Citizen => &[],
        Source::GridPatrol => &[("patrol", false)],
        Source::MediaExposure => &[("medium", true), ("published_on", false), ("headline", false), ("address", false)],
        Source::Hotline => &[("ticket", true), ("appeal", false)],
        Source::Deputies => &[("deputy", true), ("motion", false)],
        Source::HigherFeedback => &[("sender", false), ("batch", false)],
        Source::LeaderInstruction => &[("leader", true), ("instruction", true), ("instructed_on", false)],
        Source::OtherSystem => &[("system", true), ("system_number", true), ("system_link", false)],
    };
    fields.iter().map(|&(name, required)| Particular { name, required }).collect()
}

/// Takes from the given particulars what the source asks.
///
/// # Errors
/// `particular_missing`.
pub(super) fn taken(source: Source, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
    let mut taken = BTreeMap::new();
    for field in particulars(source) {
        let said = given.get(field.name).map(|text| text.trim()).filter(|text| !text.is_empty());
        match said {
            Some(said) => {
                taken.insert(field.name.to_owned(), said.chars().take(500).collect());
            }
            None if field.required => {
                let name = format!("particular.{}", field.name);
                return Err(Error::new("particular_missing").with("name", name).field(field.name, "particular_missing"));
            }
            None => {}
        }
    }
    Ok(taken)
}

/// What is known beforehand: likely duplicates, whose it is, how long it has.
#[utoipa::path(get, path = "/api/problem-desk", tag = "problem", params(LikeQuery, SourceQuery),
    responses((status = 200, body = DeskView), (status = 400, body = FailureBody)))]
pub async fn before(
    ctx: CityCtx,
    Query(query): Query<LikeQuery>,
    Query(source): Query<SourceQuery>,
) -> Result<Json<DeskView>, Error> {
    let tx = ctx.read().await?;
    let mut facts = yipanqi_store::problem::Facts::default();
    let found = match query.site_id {
        Some(id) => Some(site::get(&tx, id).await?),
        None => None,
    };
    if let Some(site) = &found {
        super::actions::locate(&mut facts, site);
    }
    let degree = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Degrees>().ok()).map(Degrees::e7);
    facts.longitude = facts.longitude.or(degree(&query.longitude));
    facts.latitude = facts.latitude.or(degree(&query.latitude));
    if found.is_none() {
        super::actions::place(&ctx, &tx, &mut facts).await?;
    }
    let site_type = found.as_ref().and_then(|site| site.site_type);
    let items = match site_type {
        Some(_) => checklist::items(&tx, site_type).await?,
        None => Arc::default(),
    };
    for cited in items.iter().filter(|known| Some(known.id) == query.item_id).flat_map(|item| item.criteria.clone()) {
        let (framework, edition, key) = (cited.framework, cited.edition, cited.citation_key);
        facts.cited.push(store::Cited { framework, edition, key, citation: cited.citation });
    }
    super::actions::counterparts(&tx, &mut BTreeSet::new(), &mut facts.cited).await?;
    let types = checklist::site_types(&tx).await?;
    let category = kind_of(site_type, &types);
    let chosen = if query.category.trim().is_empty() { category.as_str() } else { query.category.trim() };
    // Another's photograph tells nothing here, not even that it is there.
    let named: Vec<MediaId> = query.media_ids.split(',').filter_map(|id| id.trim().parse().ok()).take(PHOTOS).collect();
    let seen = Trait {
        site: query.site_id,
        category: Some(Category(chosen.to_owned())).filter(|category| !category.0.is_empty()),
        words: query.title.clone(),
        photos: media::uploaded_by(&tx, &named, ctx.actor.person).await?,
        ..Trait::default()
    };
    let likely = alike(&ctx, &tx, None, &seen, (facts.longitude, facts.latitude)).await?;
    let urgency = query.urgency.unwrap_or(Urgency::Ordinary);
    let (unit, supporting, limit, row) = proposed(&tx, &facts, site_type, chosen, urgency).await?;
    let particulars = source.source.map(particulars).unwrap_or_default();
    let categories = kinds(&load(&tx).await?, &types);
    let cited = facts.cited.into_iter().map(|cited| CitedView { framework: cited.framework, citation: cited.citation }).collect();
    let items = items.iter().map(|item| DeskItem { id: item.id, text: item.text.clone() }).collect();
    Ok(Json(DeskView { likely, unit, supporting, limit, row, particulars, items, cited, category, categories }))
}

/// The kind of what is found on a site: the group of its type, as with what a round finds.
pub(super) fn kind_of(site_type: Option<uuid::Uuid>, types: &[SiteType]) -> String {
    types.iter().find(|known| Some(known.id) == site_type).map(|known| known.group_name.clone()).unwrap_or_default()
}

/// The kinds that the city's own tables and types name.
fn kinds(tables: &Tables, types: &[SiteType]) -> BTreeSet<String> {
    let limited = tables.limits.0.iter().filter_map(|row| Some(row.category.as_ref()?.0.clone()));
    let routed = tables.routes.iter().flat_map(|row| row.categories.iter().cloned());
    let groups = types.iter().map(|kind| kind.group_name.clone());
    limited.chain(routed).chain(groups).filter(|name| !name.is_empty()).collect()
}

/// From which source.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SourceQuery {
    /// The source.
    #[param(value_type = Option<String>)]
    pub source: Option<Source>,
}

/// What the desk proposes for a registered problem.
#[utoipa::path(get, path = "/api/problems/{id}/desk", tag = "problem", params(("id" = String, Path)),
    responses((status = 200, body = DeskView), (status = 404, body = FailureBody)))]
pub async fn of(ctx: CityCtx, Path(id): Path<ProblemId>) -> Result<Json<DeskView>, Error> {
    let tx = ctx.read().await?;
    let kept = super::actions::visible(&ctx, &tx, id).await?;
    let likely = alike(&ctx, &tx, Some(id), &traits(&kept), (kept.facts.longitude, kept.facts.latitude)).await?;
    let site_type = match kept.problem.site {
        Some(id) => site::get(&tx, id).await?.site_type,
        None => None,
    };
    let (category, urgency) = (&kept.problem.category.0, kept.problem.urgency);
    let (unit, supporting, limit, row) = proposed(&tx, &kept.facts, site_type, category, urgency).await?;
    let particulars = particulars(kept.problem.source);
    // What is registered needs no form.
    let (items, cited, category, categories) = (Vec::new(), Vec::new(), String::new(), BTreeSet::new());
    Ok(Json(DeskView { likely, unit, supporting, limit, row, particulars, items, cited, category, categories }))
}

type Proposed = (Option<UnitRef>, Vec<UnitRef>, Option<Limit>, Option<usize>);

async fn proposed(
    tx: &ReadTx,
    facts: &yipanqi_store::problem::Facts,
    site_type: Option<uuid::Uuid>,
    category: &str,
    urgency: Urgency,
) -> Result<Proposed, Error> {
    let tables = load(tx).await?;
    let place = Whereabouts {
        site_type,
        criteria: facts.cited.iter().map(|cited| cited.key.clone()).collect(),
        category: category.to_owned(),
        territorial: facts.territorial,
        industry: facts.industry,
        street: facts.street,
        community: facts.community,
    };
    let names = unit::directory(tx).await?;
    let name = |unit: UnitId| names.get(unit).map(UnitRef::from);
    let limit = tables.limits.limit(LimitedStep::Rectify, &Category(category.to_owned()), urgency);
    Ok(match route(&tables.routes, &place) {
        Some(route) => (name(route.lead), route.supporting.into_iter().filter_map(name).collect(), limit, route.row),
        None => (None, Vec::new(), limit, None),
    })
}

fn traits(kept: &Kept) -> Trait {
    Trait {
        site: kept.problem.site,
        metres: None,
        category: Some(kept.problem.category.clone()),
        criteria: kept.problem.criteria.clone(),
        words: format!("{} {}", kept.facts.title, kept.facts.description),
        photos: kept.problem.before_photos.iter().copied().collect::<BTreeSet<MediaId>>(),
        copies: BTreeMap::new(),
    }
}

/// Open and lately closed problems near by that are likely the same, within what the reader may see.
async fn alike(
    ctx: &CityCtx,
    tx: &ReadTx,
    own: Option<ProblemId>,
    seen: &Trait,
    at: (Option<i64>, Option<i64>),
) -> Result<Vec<LikelyView>, Error> {
    let rules = Rules::load(tx, ctx.moment).await?;
    let since = Moment::new(ctx.moment.utc() - TimeDelta::days(i64::from(rules.policy.rebound_days)));
    let photos: Vec<MediaId> = seen.photos.iter().copied().take(PHOTOS).collect();
    let mut seen = seen.clone();
    for like in media::likes(tx, &photos).await?.into_values().flatten() {
        let thousandths = if like.exact { 1000 } else { like.likeness.min(999) };
        let known = seen.copies.entry(like.media).or_default();
        *known = thousandths.max(*known);
    }
    let photos = seen.photos.iter().chain(seen.copies.keys()).copied().take(usize::from(u8::MAX)).collect();
    let box_around = at.0.zip(at.1).map(|(x, y)| (x, y, HALF));
    let around = Near { site: seen.site, box_around, photos, closed_since: since };
    let mut found = Vec::new();
    for kept in store::near(tx, &around, COMPARED).await? {
        let mine = Some(kept.problem.id) == own || kept.problem.merged_into.is_some();
        let place = yipanqi_domain::access::Place::City;
        let right = yipanqi_domain::access::Right::ViewProblem;
        let units = kept.units();
        let visible = ctx.allow_right(right, &place).is_ok()
            || ctx.allow_right(right, &yipanqi_domain::access::Place::Units(&units)).is_ok();
        if mine || !visible {
            continue;
        }
        let metres = metres(at, (kept.facts.longitude, kept.facts.latitude));
        let (score, reasons) = likely(&seen, &Trait { metres, ..traits(&kept) });
        if score >= OFFERED {
            found.push((score, reasons, metres, kept));
        }
    }
    found.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| other.3.number.cmp(&one.3.number)));
    found.truncate(10);
    let kept: Vec<Kept> = found.iter().map(|(.., kept)| kept.clone()).collect();
    let names = Names::load(tx, &kept).await?;
    Ok(found
        .into_iter()
        .map(|(score, reasons, metres, kept)| {
            let problem = ProblemRow::of(&kept, &names, &rules.calendar, ctx.moment);
            LikelyView { problem, score, reasons, metres }
        })
        .collect())
}

fn metres(one: (Option<i64>, Option<i64>), other: (Option<i64>, Option<i64>)) -> Option<u32> {
    let degrees = Degrees::from_e7;
    let position = |at: (Option<i64>, Option<i64>)| {
        at.0.zip(at.1).map(|(x, y)| Position { longitude: degrees(x), latitude: degrees(y), datum: Datum::Wgs84 })
    };
    u32::try_from(distance(position(one)?, position(other)?)).ok()
}
