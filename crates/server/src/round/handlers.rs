//! Extract, act, answer: rounds and who inspects.

use std::collections::{BTreeMap, HashMap};

use axum::http::StatusCode;
use uuid::Uuid;
use yipanqi_domain::access::{Reach, Role};
use yipanqi_domain::id::{PersonId, RoundId, SiteId};
use yipanqi_domain::round::{RoundState, VisitPurpose};
use yipanqi_store::round::{self, Round, RoundCounts, RoundFilter, RoundSort, RoundSortKey, VisitRow};
use yipanqi_store::site::SortOrder;
use yipanqi_store::{ReadTx, framework, unit};

use super::route::{self, PlanRoutes};
use super::sight::{self, runs_rounds};
use super::views::{
    Based, DrawRound, DrawView, EditionRef, GiveSite, InspectorView, OpenRound, RoundList, RoundQuery, RoundRef, RoundRow,
    RoundSiteView, RoundView, StratumView,
};
use super::{actions, plan};
use crate::error::{Error, FailureBody};
use crate::export::{self, Column, ColumnQuery, Sheet, count, day, some, text};
use crate::page::{Page, Workbook, sorted};
use crate::request::{CityCtx, Json, Path, Query};
use crate::score::ranking;
use crate::session::PersonRef;
use crate::site::views::Position;
use crate::site::{Names, units_of};

impl From<&Round> for RoundRef {
    fn from(round: &Round) -> Self {
        Self {
            id: round.id,
            number: round.number.clone(),
            name: round.name.clone(),
            kind: round.kind,
            state: round.state,
            due_on: round.due_on,
        }
    }
}

fn row(ctx: &CityCtx, round: &Round, counts: RoundCounts, editions: &HashMap<Uuid, String>) -> RoundRow {
    let edition = round.edition.and_then(|id| Some(EditionRef { id, name: editions.get(&id)?.clone() }));
    RoundRow {
        id: round.id,
        number: round.number.clone(),
        name: round.name.clone(),
        kind: round.kind,
        state: round.state,
        edition,
        sites: counts.sites,
        visited: counts.visited,
        findings: counts.findings,
        faults: counts.faults,
        opened_on: round.opened_on,
        due_on: round.due_on,
        ranked: ranking::open_to(ctx, round.state),
        version: round.version,
    }
}

async fn edition_names(tx: &ReadTx) -> Result<HashMap<Uuid, String>, Error> {
    Ok(framework::editions(tx).await?.into_iter().map(|edition| (edition.id, edition.name)).collect())
}

/// The rounds, newest first unless sorted otherwise.
#[utoipa::path(get, path = "/api/rounds", tag = "rounds", params(RoundQuery), responses((status = 200, body = RoundList)))]
pub async fn list(ctx: CityCtx, Query(query): Query<RoundQuery>) -> Result<Json<RoundList>, Error> {
    let page = Page::of(query.page, query.size);
    let (items, total) = found(&ctx, query, page.offset(), page.size).await?;
    Ok(Json(RoundList { items, total, page: page.page, size: page.size }))
}

/// The rounds of the query, bounded by what the reader may see, and how many there are.
async fn found(ctx: &CityCtx, query: RoundQuery, offset: u64, limit: u64) -> Result<(Vec<RoundRow>, u64), Error> {
    let (column, order) = sorted(&query.sort);
    let sort = match column {
        "" => RoundSort { key: RoundSortKey::OpenedOn, order: SortOrder::Descending },
        "number" => RoundSort { key: RoundSortKey::Number, order },
        "opened_on" => RoundSort { key: RoundSortKey::OpenedOn, order },
        "due_on" => RoundSort { key: RoundSortKey::DueOn, order },
        "name" => RoundSort { key: RoundSortKey::Name, order },
        _ => return Err(Error::new("query_invalid").with("reason", "sort")),
    };
    let filter = RoundFilter {
        text: query.q,
        kinds: query.kind,
        states: query.state,
        editions: query.edition,
        without_covert: !runs_rounds(ctx),
    };
    let tx = ctx.read().await?;
    let (rounds, total) = round::list(&tx, &filter, sort, offset, limit).await?;
    let counts = round::counts(&tx, &rounds.iter().map(|round| round.id).collect::<Vec<_>>(), sight::blind(ctx)).await?;
    let editions = edition_names(&tx).await?;
    let items =
        rounds.iter().map(|round| row(ctx, round, counts.get(&round.id).copied().unwrap_or_default(), &editions)).collect();
    Ok((items, total))
}

/// Every column, in the list's order.
#[rustfmt::skip]
const SHEET: Sheet<RoundRow> = Sheet { file: "rounds", zh: "测评批次", en: "Rounds", columns: &[
    Column { name: "number", zh: "编号", en: "Number", width: 14, cell: |row, _| text(&row.number) },
    Column { name: "name", zh: "批次", en: "Round", width: 28, cell: |row, _| text(&row.name) },
    Column { name: "kind", zh: "类型", en: "Kind", width: 12, cell: |row, pen| pen.word("round_kind", &row.kind) },
    Column { name: "state", zh: "状态", en: "State", width: 12, cell: |row, pen| pen.word("round_state", &row.state) },
    Column { name: "edition", zh: "测评体系", en: "Edition", width: 30, cell: |row, _| some(row.edition.as_ref().map(|edition| edition.name.as_str())) },
    Column { name: "sites", zh: "点位", en: "Sites", width: 10, cell: |row, _| count(row.sites) },
    Column { name: "visited", zh: "已到点", en: "Visited", width: 10, cell: |row, _| count(row.visited) },
    Column { name: "findings", zh: "检查结果", en: "Findings", width: 10, cell: |row, _| count(row.findings) },
    Column { name: "faults", zh: "问题数", en: "Faults", width: 10, cell: |row, _| count(row.faults) },
    Column { name: "opened_on", zh: "开始", en: "Opened", width: 14, cell: |row, _| day(Some(row.opened_on)) },
    Column { name: "due_on", zh: "截止", en: "Due", width: 14, cell: |row, _| day(row.due_on) },
] };

/// The same rounds as a workbook.
#[utoipa::path(get, path = "/api/rounds/export.xlsx", tag = "rounds", params(RoundQuery, ColumnQuery),
    responses((status = 200, content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", body = Vec<u8>),
        (status = 422, body = FailureBody)))]
pub async fn export(
    ctx: CityCtx,
    Query(query): Query<RoundQuery>,
    Query(columns): Query<ColumnQuery>,
) -> Result<Workbook, Error> {
    let (rows, _) = found(&ctx, query, 0, u64::from(u32::MAX)).await?;
    export::book(&ctx, &SHEET, &columns, &rows).await
}

/// Open a round: sites named or drawn, shared evenly among inspectors, never within their own line.
#[utoipa::path(post, path = "/api/rounds", tag = "rounds", request_body = OpenRound,
    responses((status = 201, body = RoundView), (status = 422, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn open(ctx: CityCtx, Json(input): Json<OpenRound>) -> Result<(StatusCode, Json<RoundView>), Error> {
    let id = actions::open(&ctx, rand::random(), &input).await?;
    Ok((StatusCode::CREATED, Json(view(&ctx, &ctx.read().await?, id).await?)))
}

/// One round with its draw and its sites.
#[utoipa::path(get, path = "/api/rounds/{id}", tag = "rounds", params(("id" = String, Path)),
    responses((status = 200, body = RoundView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<RoundId>) -> Result<Json<RoundView>, Error> {
    Ok(Json(view(&ctx, &ctx.read().await?, id).await?))
}

/// Close a round: no more visits or results, the score is final.
#[utoipa::path(post, path = "/api/rounds/{id}/close", tag = "rounds", params(("id" = String, Path)), request_body = Based,
    responses((status = 200, body = RoundView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn close(ctx: CityCtx, Path(id): Path<RoundId>, Json(based): Json<Based>) -> Result<Json<RoundView>, Error> {
    let id = actions::advance(&ctx, id, RoundState::Closed, based).await?;
    Ok(Json(view(&ctx, &ctx.read().await?, id).await?))
}

/// Release a covert round: what it found is shown and counts from now on.
#[utoipa::path(post, path = "/api/rounds/{id}/release", tag = "rounds", params(("id" = String, Path)), request_body = Based,
    responses((status = 200, body = RoundView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn release(ctx: CityCtx, Path(id): Path<RoundId>, Json(based): Json<Based>) -> Result<Json<RoundView>, Error> {
    let id = actions::advance(&ctx, id, RoundState::Released, based).await?;
    Ok(Json(view(&ctx, &ctx.read().await?, id).await?))
}

/// The names of all people, by identity.
pub(super) async fn people(tx: &ReadTx) -> Result<BTreeMap<PersonId, PersonRef>, Error> {
    let people = unit::persons(tx).await?.into_iter();
    Ok(people.map(|person| (person.id, PersonRef { id: person.id, name: person.name })).collect())
}

/// The visit that stands for each site: the first finished one, else the newest under way; a second visit that only measures
/// agreement where there is no other.
fn standing(visits: &[VisitRow]) -> HashMap<SiteId, &VisitRow> {
    let is_second = |visit: &VisitRow| visit.purpose == VisitPurpose::Agreement;
    let mut standing: HashMap<SiteId, &VisitRow> = HashMap::new();
    for visit in visits {
        let better = match standing.get(&visit.site) {
            None => true,
            Some(known) if is_second(known) != is_second(visit) => is_second(known),
            Some(known) => match (known.finished_at, visit.finished_at) {
                (None, _) => true,
                (Some(known), Some(finished)) => finished < known,
                (Some(_), None) => false,
            },
        };
        if better {
            standing.insert(visit.site, visit);
        }
    }
    standing
}

async fn view(ctx: &CityCtx, tx: &ReadTx, id: RoundId) -> Result<RoundView, Error> {
    let round = sight::get(ctx, tx, id).await?;
    let names = Names::read(tx).await?;
    let people = people(tx).await?;
    let counts = round::counts(tx, &[id], sight::blind(ctx)).await?.remove(&id).unwrap_or_default();
    let faults = round::faults_by_visit(tx, id).await?;
    let mut visits = round::visits(tx, id).await?;
    visits.retain(|visit| !sight::hides(ctx, &round, visit));
    let standing = standing(&visits);
    let reach = ctx.reach();
    let mut seen = round::sites(tx, id).await?;
    seen.retain(|(_, site)| match &reach {
        Reach::Everything => true,
        Reach::Units(mine) => units_of(site).iter().any(|unit| mine.contains(unit)),
        Reach::Nothing => false,
    });
    let routes = route::views(&seen, &people);
    let mut round_sites = Vec::with_capacity(seen.len());
    for (of_round, site) in seen {
        let visit = standing.get(&site.id);
        round_sites.push(RoundSiteView {
            site: names.site(&site),
            street: names.unit(site.street),
            inspector: of_round.inspector.and_then(|person| people.get(&person).cloned()),
            second: of_round.second.filter(|_| runs_rounds(ctx)).and_then(|person| people.get(&person).cloned()),
            state: state_word(visit.copied()).to_owned(),
            visit_id: visit.map(|visit| visit.id),
            faults: visit.and_then(|visit| faults.get(&visit.id)).copied().unwrap_or(0),
            position: Position::of(site.longitude, site.latitude),
            visit_on: of_round.visit_on,
            stop: of_round.stop,
        });
    }
    let draw = round.draw.clone().map(|draw| DrawView {
        roster_hash: draw.roster_hash,
        plan_hash: draw.plan_hash,
        frame_hash: draw.frame_hash,
        commitments: draw.commitments,
        witnesses: draw.witnesses,
        must: draw.must,
        // The office's nonce stays closed until the others are opened.
        nonces: if draw.seed.is_empty() { Vec::new() } else { draw.nonces },
        seed: draw.seed,
        strata: (draw.strata.into_iter())
            .map(|stratum| StratumView {
                name: stratum.name,
                frame: stratum.frame,
                quota: stratum.quota,
                drawn: u32::try_from(stratum.drawn.len()).unwrap_or(u32::MAX),
                codes: stratum.drawn,
            })
            .collect(),
    });
    Ok(RoundView {
        row: row(ctx, &round, counts, &edition_names(tx).await?),
        closed_at: round.closed_at,
        draw,
        routes,
        round_sites,
    })
}

/// Draw the sites of a planned round with the opened nonces, and share them out.
#[utoipa::path(post, path = "/api/rounds/{id}/draw", tag = "rounds", params(("id" = String, Path)), request_body = DrawRound,
    responses((status = 200, body = RoundView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn draw(ctx: CityCtx, Path(id): Path<RoundId>, Json(input): Json<DrawRound>) -> Result<Json<RoundView>, Error> {
    let id = plan::draw(&ctx, id, &input).await?;
    Ok(Json(view(&ctx, &ctx.read().await?, id).await?))
}

/// Plan the days and routes of the sites that are not visited yet, for every inspector.
#[utoipa::path(post, path = "/api/rounds/{id}/routes", tag = "rounds", params(("id" = String, Path)), request_body = PlanRoutes,
    responses((status = 200, body = RoundView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn plan_routes(ctx: CityCtx, Path(id): Path<RoundId>, Json(input): Json<PlanRoutes>) -> Result<Json<RoundView>, Error> {
    let id = route::plan(&ctx, id, input).await?;
    Ok(Json(view(&ctx, &ctx.read().await?, id).await?))
}

/// Give a site of an open round to another inspector.
#[utoipa::path(put, path = "/api/rounds/{id}/inspectors/{site_id}", tag = "rounds", request_body = GiveSite,
    params(("id" = String, Path), ("site_id" = String, Path)),
    responses((status = 200, body = RoundView), (status = 404, body = FailureBody), (status = 409, body = FailureBody)))]
pub async fn give(
    ctx: CityCtx,
    Path((id, site)): Path<(RoundId, SiteId)>,
    Json(input): Json<GiveSite>,
) -> Result<Json<RoundView>, Error> {
    let id = actions::give(&ctx, id, site, input).await?;
    Ok(Json(view(&ctx, &ctx.read().await?, id).await?))
}

/// How far the visit of a site is.
#[must_use]
pub fn state_word(visit: Option<&VisitRow>) -> &'static str {
    match visit {
        None => "waiting",
        Some(visit) if visit.finished_at.is_none() => "visiting",
        Some(_) => "visited",
    }
}

/// Who may be given sites: everybody who inspects today, with the unit of the post.
#[utoipa::path(get, path = "/api/inspectors", tag = "rounds", responses((status = 200, body = Vec<InspectorView>)))]
pub async fn inspectors(ctx: CityCtx) -> Result<Json<Vec<InspectorView>>, Error> {
    let tx = ctx.read().await?;
    let names = Names::read(&tx).await?;
    let people = people(&tx).await?;
    let mut seen = std::collections::BTreeSet::new();
    let mut inspectors: Vec<InspectorView> = (unit::posts(&tx, None, ctx.today()).await?.into_iter())
        .filter(|post| post.role == Role::Inspector && seen.insert(post.person))
        .filter_map(|post| Some(InspectorView { person: people.get(&post.person)?.clone(), unit: names.unit(Some(post.unit)) }))
        .collect();
    inspectors.sort_by(|left, right| left.person.name.cmp(&right.person.name));
    Ok(Json(inspectors))
}
