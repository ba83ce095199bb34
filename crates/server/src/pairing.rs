//! Visits owed under pairings 包联走访: what is owed in a period, what was made, the gaps; and writing one down.

use std::collections::{BTreeSet, HashMap};

use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::routes;
use uuid::Uuid;
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::id::{CommandId, PersonId, SiteId, UnitId};
use yipanqi_domain::pairing::{Every, Made, Norm, Pair, Paired, Standing};
use yipanqi_domain::unit::UnitTree;
use yipanqi_store::pairing::{self as store, PairingVisit};
use yipanqi_store::site::{self, Site};
use yipanqi_store::unit::PersonPost;
use yipanqi_store::{ReadTx, calendar, setting, unit};

use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, count, day, some, text};
use crate::page::{Page, Workbook};
use crate::request::{CityCtx, Json, Query};
use crate::rights::{Access, Routes};
use crate::session::UnitRef;
use crate::site::{Names, SiteRef, units_of};

/// Key of the city's norm.
const NORM: &str = "pairing_norm";
/// How long a note may be, in characters.
const NOTE: usize = 1_000;

/// The routes of the noun.
#[must_use]
pub fn routes() -> Routes {
    Routes::default()
        .route(Right::ViewSites, routes!(list))
        .route(Right::ViewSites, routes!(export))
        .route(Access::Member, routes!(visit))
        .route(Right::ViewSites, routes!(norm))
        .route(Right::ManageSettings, routes!(save_norm))
}

/// What a city asks of its pairings.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct PairingNorm {
    /// `month` or `quarter`.
    #[schema(value_type = String)]
    pub every: Every,
    /// Visits of a paired area in each period; 0: none are owed.
    pub areas: u32,
    /// Visits of a paired site in each period; 0: none are owed.
    pub sites: u32,
}

/// The norm to be set.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct SaveNorm {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The norm.
    pub norm: PairingNorm,
}

/// A visit to be written down: of an area or of a site.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct VisitPaired {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The area.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub area_id: Option<UnitId>,
    /// The site.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub site_id: Option<SiteId>,
    /// The day.
    pub on: NaiveDate,
    /// What was seen and done.
    #[serde(default)]
    pub note: String,
}

/// Which pairings.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PairingQuery {
    /// Words of leader, unit, area or site.
    pub q: String,
    /// A day of the period; today by default.
    pub day: Option<NaiveDate>,
    /// Paired units.
    #[param(value_type = Vec<String>)]
    pub unit: Vec<UnitId>,
    /// Only those that still owe visits, or only those that do not.
    pub gap: Option<bool>,
    /// `area` or `site`.
    pub with: Option<String>,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Rows per page, 10 to 200.
    pub size: Option<u64>,
}

/// A pairing with what it owes in the period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PairingRow {
    /// Identity of the pairing, or of the site.
    pub id: String,
    /// The leader.
    pub leader_name: String,
    /// The leader's office.
    pub leader_title: String,
    /// The paired unit.
    pub unit: Option<UnitRef>,
    /// The area; none for a site.
    pub area: Option<UnitRef>,
    /// The site; none for an area.
    pub site: Option<SiteRef>,
    /// First day of the period.
    pub from: NaiveDate,
    /// Last day of the period.
    pub to: NaiveDate,
    /// Visits owed.
    pub wanted: u32,
    /// Days with a visit.
    pub done: u32,
    /// Visits still owed.
    pub missing: u32,
    /// The last day with a visit in the period.
    pub last_on: Option<NaiveDate>,
    /// Whether the reader may write down a visit here.
    pub mine: bool,
}

/// Sums over all rows.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct PairingTotals {
    /// Visits owed.
    pub wanted: u64,
    /// Visits owed and made.
    pub done: u64,
    /// Visits still owed.
    pub missing: u64,
}

/// Pairings as a list answers them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PairingList {
    /// The rows of the page.
    pub items: Vec<PairingRow>,
    /// Rows in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// Rows per page.
    pub size: u64,
    /// Sums over all rows.
    pub totals: PairingTotals,
}

async fn norm_of(tx: &ReadTx) -> Result<Norm, Error> {
    Ok(setting::get(tx, NORM).await?.unwrap_or_default())
}

/// The units of somebody's posts and all above them.
fn lines(posts: &[PersonPost], tree: &UnitTree) -> HashMap<PersonId, BTreeSet<UnitId>> {
    let mut lines: HashMap<PersonId, BTreeSet<UnitId>> = HashMap::new();
    for post in posts {
        let line = lines.entry(post.person).or_default();
        line.insert(post.unit);
        line.extend(tree.ancestors(post.unit));
    }
    lines
}

fn areas_of(site: &Site, tree: &UnitTree) -> BTreeSet<UnitId> {
    let own = [site.street, site.community, site.grid];
    own.into_iter().flatten().flat_map(|unit| tree.ancestors(unit).into_iter().chain([unit])).collect()
}

/// A pairing with how its people are named and the units that it concerns.
struct Known {
    key: String,
    leader_name: String,
    leader_title: String,
    pair: Pair,
    concerns: Vec<UnitId>,
    area: Option<UnitId>,
    site: Option<SiteRef>,
}

async fn known(tx: &ReadTx, names: &Names, sites: &[Site]) -> Result<Vec<Known>, Error> {
    let mut known: Vec<Known> = (unit::pairings(tx).await?.into_iter())
        .map(|pairing| Known {
            key: pairing.id.to_string(),
            pair: Pair {
                unit: pairing.unit,
                leader: pairing.leader,
                with: Paired::Area(pairing.area),
                from: Some(pairing.valid_from),
                to: pairing.valid_to,
            },
            concerns: pairing.unit.into_iter().chain([pairing.area]).collect(),
            leader_name: pairing.leader_name,
            leader_title: pairing.leader_title.unwrap_or_default(),
            area: Some(pairing.area),
            site: None,
        })
        .collect();
    let paired = sites.iter().filter(|site| site.pairing_unit.is_some() && !site.retired && site.duplicate_of.is_none());
    known.extend(paired.map(|site| Known {
        key: site.id.to_string(),
        leader_name: site.pairing_leader.clone().unwrap_or_default(),
        leader_title: String::new(),
        pair: Pair { unit: site.pairing_unit, leader: None, with: Paired::Site(site.id), from: None, to: None },
        concerns: units_of(site),
        area: None,
        site: Some(names.site(site)),
    }));
    Ok(known)
}

/// What was made in the period, of both kinds.
async fn made(
    tx: &ReadTx,
    tree: &UnitTree,
    sites: &[Site],
    period: (NaiveDate, NaiveDate),
    today: NaiveDate,
) -> Result<Vec<Made>, Error> {
    let calendar = calendar::load(tx).await?;
    let lines = lines(&unit::posts(tx, None, period.1.min(today)).await?, tree);
    let line = |person: PersonId| lines.get(&person).cloned().unwrap_or_default();
    let by_id: HashMap<SiteId, &Site> = sites.iter().map(|site| (site.id, site)).collect();
    let areas = |site: SiteId| by_id.get(&site).map(|site| areas_of(site, tree)).unwrap_or_default();
    let mut made = Vec::new();
    for visit in store::made(tx, period.0, period.1).await? {
        let (site, areas) = match visit.with {
            Paired::Area(area) => (None, tree.ancestors(area).into_iter().chain([area]).collect()),
            Paired::Site(site) => (Some(site), areas(site)),
        };
        made.push(Made { person: visit.person, units: line(visit.person), site, areas, on: visit.on });
    }
    let midnight = |day: NaiveDate| calendar.moment(day, chrono::NaiveTime::MIN);
    let (from, until) = (midnight(period.0), midnight(period.1 + chrono::Days::new(1)));
    for (person, site, at) in store::inspected(tx, from, until).await? {
        let on = calendar.local(at).date_naive();
        made.push(Made { person, units: line(person), site: Some(site), areas: areas(site), on });
    }
    Ok(made)
}

async fn rows(ctx: &CityCtx, tx: &ReadTx, query: &PairingQuery) -> Result<Vec<PairingRow>, Error> {
    let norm = norm_of(tx).await?;
    let names = Names::read(tx).await?;
    let sites = site::all(tx).await?;
    let on = query.day.unwrap_or_else(|| ctx.today());
    let period = norm.every.period(on).ok_or_else(|| Error::new("query_invalid").with("reason", "day"))?;
    let made = made(tx, &ctx.tree, &sites, period, ctx.today()).await?;
    let reach = ctx.reach();
    let seen = |units: &[UnitId]| match &reach {
        Reach::Everything => true,
        Reach::Units(mine) => units.iter().any(|unit| mine.contains(unit)),
        Reach::Nothing => false,
    };
    let mut rows = Vec::new();
    for known in known(tx, &names, &sites).await? {
        if !seen(&known.concerns) || (!query.unit.is_empty() && !known.pair.unit.is_some_and(|unit| query.unit.contains(&unit))) {
            continue;
        }
        let Some(standing) = known.pair.standing(norm, period, &made) else { continue };
        let row = row(ctx, &names, known, standing, period);
        if matches(&row, query) {
            rows.push(row);
        }
    }
    rows.sort_by(|one, other| other.missing.cmp(&one.missing).then_with(|| one.leader_name.cmp(&other.leader_name)));
    Ok(rows)
}

fn row(ctx: &CityCtx, names: &Names, known: Known, standing: Standing, period: (NaiveDate, NaiveDate)) -> PairingRow {
    PairingRow {
        mine: may_write(ctx, &known.pair),
        unit: names.unit(known.pair.unit),
        area: names.unit(known.area),
        id: known.key,
        leader_name: known.leader_name,
        leader_title: known.leader_title,
        site: known.site,
        from: period.0,
        to: period.1,
        wanted: standing.wanted,
        done: standing.done,
        missing: standing.missing,
        last_on: standing.last,
    }
}

fn matches(row: &PairingRow, query: &PairingQuery) -> bool {
    let of_kind = query.with.as_deref().is_none_or(|with| (with == "site") == row.site.is_some());
    let of_gap = query.gap.is_none_or(|gap| gap == (row.missing > 0));
    let places = [row.unit.as_ref(), row.area.as_ref()].into_iter().flatten().map(|unit| unit.name.as_str());
    let site = row.site.iter().flat_map(|site| [site.name.as_str(), site.code.as_str()]);
    let words: Vec<&str> = places.chain(site).chain([row.leader_name.as_str()]).collect();
    of_kind && of_gap && query.q.split_whitespace().all(|part| words.iter().any(|word| word.contains(part)))
}

/// Whether the person belongs to the paired unit, or is its leader.
fn may_write(ctx: &CityCtx, pair: &Pair) -> bool {
    let of_unit = |unit: UnitId| ctx.actor.posts.iter().any(|post| ctx.tree.is_within(post.unit, unit));
    pair.leader == Some(ctx.actor.person) || pair.unit.is_some_and(of_unit)
}

/// What is owed under pairings in a period, the largest gaps first.
#[utoipa::path(get, path = "/api/pairing-visits", tag = "pairing", params(PairingQuery),
    responses((status = 200, body = PairingList)))]
pub async fn list(ctx: CityCtx, Query(query): Query<PairingQuery>) -> Result<Json<PairingList>, Error> {
    let page = Page::of(query.page, query.size);
    let rows = rows(&ctx, &ctx.read().await?, &query).await?;
    let totals = rows.iter().fold(PairingTotals::default(), |sum, row| PairingTotals {
        wanted: sum.wanted + u64::from(row.wanted),
        done: sum.done + u64::from(row.wanted - row.missing),
        missing: sum.missing + u64::from(row.missing),
    });
    let total = rows.len() as u64;
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let items = rows.into_iter().skip(skipped).take(usize::try_from(page.size).unwrap_or(usize::MAX)).collect();
    Ok(Json(PairingList { items, total, page: page.page, size: page.size, totals }))
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<PairingRow> = Sheet { file: "pairing-visits", zh: "包联走访", en: "Visits under pairings", columns: &[
    Column { name: "leader_name", zh: "包联领导", en: "Leader", width: 14, cell: |row, _| text(&row.leader_name) },
    Column { name: "leader_title", zh: "职务", en: "Office", width: 20, cell: |row, _| text(&row.leader_title) },
    Column { name: "unit", zh: "包联单位", en: "Unit", width: 22, cell: |row, _| export::unit(row.unit.as_ref()) },
    Column { name: "area", zh: "包联区域", en: "Area", width: 20, cell: |row, _| export::unit(row.area.as_ref()) },
    Column { name: "site", zh: "包联点位", en: "Site", width: 28, cell: |row, _| some(row.site.as_ref().map(|site| site.name.as_str())) },
    Column { name: "from", zh: "起", en: "From", width: 12, cell: |row, _| day(Some(row.from)) },
    Column { name: "to", zh: "止", en: "To", width: 12, cell: |row, _| day(Some(row.to)) },
    Column { name: "wanted", zh: "应走访", en: "Owed", width: 10, cell: |row, _| count(u64::from(row.wanted)) },
    Column { name: "done", zh: "已走访", en: "Made", width: 10, cell: |row, _| count(u64::from(row.done)) },
    Column { name: "missing", zh: "缺", en: "Missing", width: 10, cell: |row, _| count(u64::from(row.missing)) },
    Column { name: "last_on", zh: "最近走访", en: "Last visit", width: 12, cell: |row, _| day(row.last_on) },
] };

/// The same rows as a workbook.
#[utoipa::path(get, path = "/api/pairing-visits/export.xlsx", tag = "pairing", params(PairingQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(
    ctx: CityCtx,
    Query(query): Query<PairingQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let tx = ctx.read().await?;
    let rows = rows(&ctx, &tx, &query).await?;
    export::workbook(&ctx, calendar::load(&tx).await?, &SHEET, &columns, &rows)
}

/// Write down a visit of a paired area or site.
#[utoipa::path(post, path = "/api/pairing-visits", tag = "pairing", request_body = VisitPaired,
    responses((status = 201), (status = 403, body = FailureBody), (status = 422, body = FailureBody)))]
pub async fn visit(ctx: CityCtx, Json(input): Json<VisitPaired>) -> Result<StatusCode, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_some() {
        return Ok(StatusCode::CREATED);
    }
    if input.on > ctx.today() {
        return Err(Error::invalid("on", "pairing_visit_in_future"));
    }
    let note = input.note.trim();
    if note.chars().count() > NOTE {
        return Err(Error::invalid("note", "too_long"));
    }
    let with = match (input.area_id, input.site_id) {
        (Some(area), None) => Paired::Area(area),
        (None, Some(site)) => Paired::Site(site),
        (Some(_), Some(_)) | (None, None) => return Err(Error::invalid("area_id", "required")),
    };
    let names = Names::read(&tx).await?;
    let sites = match input.site_id {
        Some(id) => crate::site::standing_for(&tx, id).await.map(|site| vec![site]).unwrap_or_default(),
        None => Vec::new(),
    };
    let with = match sites.first() {
        Some(site) => Paired::Site(site.id),
        None => with,
    };
    let on = (input.on, input.on);
    let known = known(&tx, &names, &sites).await?;
    if !known.iter().any(|known| known.pair.with == with && known.pair.stands(on) && may_write(&ctx, &known.pair)) {
        return Err(Error::new("pairing_not_yours"));
    }
    let made = PairingVisit {
        id: Uuid::now_v7(),
        person: ctx.actor.person,
        with,
        on: input.on,
        note: note.to_owned(),
        made_at: ctx.moment,
    };
    store::add(&tx, &made).await?;
    tx.audit("pairing.visit", "pairing_visit", &made.id.to_string(), &made)?;
    ctx.answer_once(&mut tx, input.command_id, &()).await?;
    tx.commit().await?;
    Ok(StatusCode::CREATED)
}

/// What the city asks of its pairings.
#[utoipa::path(get, path = "/api/pairing-norm", tag = "pairing", responses((status = 200, body = PairingNorm)))]
pub async fn norm(ctx: CityCtx) -> Result<Json<PairingNorm>, Error> {
    let Norm { every, areas, sites } = norm_of(&ctx.read().await?).await?;
    Ok(Json(PairingNorm { every, areas, sites }))
}

/// Set what the city asks of its pairings.
#[utoipa::path(put, path = "/api/pairing-norm", tag = "pairing", request_body = SaveNorm,
    responses((status = 200, body = PairingNorm), (status = 422, body = FailureBody)))]
pub async fn save_norm(ctx: CityCtx, Json(input): Json<SaveNorm>) -> Result<Json<PairingNorm>, Error> {
    let mut tx = ctx.write().await?;
    if ctx.once::<()>(&mut tx, input.command_id, &input).await?.is_none() {
        let PairingNorm { every, areas, sites } = input.norm;
        if areas.max(sites) > 100 {
            return Err(Error::invalid("areas", "pairing_norm_too_large"));
        }
        let norm = Norm { every, areas, sites };
        setting::put(&tx, NORM, &norm).await?;
        tx.audit("pairing.norm", "setting", NORM, &norm)?;
        ctx.answer_once(&mut tx, input.command_id, &()).await?;
        tx.commit().await?;
    }
    Ok(Json(input.norm))
}
