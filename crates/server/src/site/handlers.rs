//! Extract, act, answer: lists, one site, the map.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use uuid::Uuid;
use yipanqi_domain::access::{Reach, Right};
use yipanqi_domain::duty::DutyRole;
use yipanqi_domain::geo::Area;
use yipanqi_domain::id::{CriterionId, PersonId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::unit::UnitKind;
use yipanqi_store::checklist::{self as checklists, Item, ItemCriterion};
use yipanqi_store::problem::{self, SiteProblems};
use yipanqi_store::site::{self, Site, SiteFilter, SiteSort, SiteSortKey};
use yipanqi_store::{ReadTx, StoreError, duty, framework, round, unit};

use super::checklist;
use super::merge::{merged_into, standing_for};
use super::names::{Names, units_of};
use super::views::{
    Heat, HeatQuery, Position, SiteDuty, SiteList, SitePairing, SiteQuery, SiteRow, SiteTotals, SiteView, SiteVisit,
};
use crate::error::{Error, FailureBody};
use crate::geojson::{self, CollectionType, FeatureType, GeoJson, PointGeometry, SiteFacts, SiteFeature, SitePoints};
use crate::page::{Page, sorted};
use crate::problem::query::reach;
use crate::request::{CityCtx, Json, Path, Query};
use crate::round::blind;
use crate::score::scored;
use crate::session::UnitRef;

/// Visits and problems shown of a site, newest first.
const SHOWN: usize = 20;
/// Sites an area may hold; a statement names each.
const MOST_WITHIN: usize = 20_000;
/// Days over which failed findings are counted.
const HEAT_DAYS: i64 = 365;

/// Which sites the query asks for, bounded by what the reader may see.
fn filter(ctx: &CityCtx, query: &SiteQuery) -> Result<(SiteFilter, SiteSort), Error> {
    let (column, order) = sorted(&query.sort);
    let key = match column {
        "" | "code" => SiteSortKey::Code,
        "name" => SiteSortKey::Name,
        "site_type" => SiteSortKey::SiteType,
        "street" => SiteSortKey::Street,
        _ => return Err(Error::new("query_invalid").with("reason", "sort")),
    };
    let filter = SiteFilter {
        text: query.q.clone(),
        site_types: query.site_type.clone(),
        streets: query.street.clone(),
        communities: query.community.clone(),
        industries: query.industry.clone(),
        territorials: query.territorial.clone(),
        units: query.unit.clone(),
        placed: query.has_position,
        retired: Some(false),
        reach: bounded(ctx.reach()),
        ..SiteFilter::default()
    };
    Ok((filter, SiteSort { key, order }))
}

/// The filter of the query with the sites of its area looked up.
pub(super) async fn asked(ctx: &CityCtx, tx: &ReadTx, query: &SiteQuery) -> Result<(SiteFilter, SiteSort), Error> {
    let (mut filter, sort) = filter(ctx, query)?;
    if let Some(area) = &query.area {
        let area: Area = area.parse().map_err(|_| Error::new("query_invalid").with("reason", "area"))?;
        let within = site::within(tx, &filter, &area).await?;
        if within.len() > MOST_WITHIN {
            return Err(Error::new("query_invalid").with("reason", "area"));
        }
        filter.within = Some(within);
    }
    Ok((filter, sort))
}

/// The units to which a list is bounded; none: no bound.
#[must_use]
fn bounded(reach: Reach) -> Option<BTreeSet<UnitId>> {
    match reach {
        Reach::Everything => None,
        Reach::Units(units) => Some(units),
        Reach::Nothing => Some(BTreeSet::new()),
    }
}

pub(super) fn row(
    names: &Names,
    site: &Site,
    problems: &HashMap<SiteId, SiteProblems>,
    visits: &HashMap<SiteId, Moment>,
) -> SiteRow {
    let problems = problems.get(&site.id).copied().unwrap_or_default();
    SiteRow {
        id: site.id,
        code: site.code.clone(),
        name: site.name.clone(),
        site_type: names.type_ref(site),
        address: site.address.clone(),
        street: names.unit(site.street),
        community: names.unit(site.community),
        grid: names.unit(site.grid),
        industry: names.unit(site.industry_unit),
        territorial: names.unit(site.territorial_unit),
        chief_name: site.chief_name.clone(),
        chief_phone: site.chief_phone.clone(),
        position: Position::of(site.longitude, site.latitude),
        open_problems: problems.open,
        late_problems: problems.late,
        last_visit: visits.get(&site.id).copied(),
    }
}

/// The sites, with what is open and late at each.
#[utoipa::path(get, path = "/api/sites", tag = "sites", params(SiteQuery), responses((status = 200, body = SiteList)))]
pub async fn list(ctx: CityCtx, Query(query): Query<SiteQuery>) -> Result<Json<SiteList>, Error> {
    let page = Page::of(query.page, query.size);
    let tx = ctx.read().await?;
    let (filter, sort) = asked(&ctx, &tx, &query).await?;
    let names = Names::read(&tx).await?;
    let (sites, total) = site::list(&tx, &filter, sort, page.offset(), page.size).await?;
    let ids: Vec<SiteId> = sites.iter().map(|site| site.id).collect();
    let problems = problem::site_problems(&tx, None, reach(&ctx).as_ref(), ctx.moment).await?;
    let visits = round::last_visits(&tx, &ids).await?;
    let all: BTreeSet<SiteId> = site::ids(&tx, &filter).await?.into_iter().collect();
    let of_all = problems.iter().filter(|(site, _)| all.contains(site)).map(|(_, problems)| problems);
    let (open_problems, late_problems) =
        of_all.fold((0, 0), |(open, late), problems| (open + problems.open, late + problems.late));
    let items = sites.iter().map(|site| row(&names, site, &problems, &visits)).collect();
    let totals = SiteTotals { sites: total, open_problems, late_problems };
    Ok(Json(SiteList { items, total, page: page.page, size: page.size, totals }))
}

/// One site with its checklist, visits and problems.
#[utoipa::path(get, path = "/api/sites/{id}", tag = "sites", params(("id" = String, Path)),
    responses((status = 200, body = SiteView), (status = 404, body = FailureBody)))]
pub async fn show(ctx: CityCtx, Path(id): Path<SiteId>) -> Result<Json<SiteView>, Error> {
    let tx = ctx.read().await?;
    let site = standing_for(&tx, id).await.map_err(known)?;
    let id = site.id;
    ctx.allow(&units_of(&site))?;
    let names = Names::read(&tx).await?;
    let family = site::aliases(&tx).await?.family(id);
    let problems = problem::site_problems(&tx, Some(&[id]), reach(&ctx).as_ref(), ctx.moment).await?;
    let last = round::last_visits(&tx, &[id]).await?;
    let visits = round::visits_at_site(&tx, &family, blind(&ctx), SHOWN as u64).await?;
    let tallies = round::tallies(&tx, &visits.iter().map(|(visit, _)| visit.id).collect::<Vec<_>>()).await?;
    let scores = scored(&tx, &names, &site, &visits).await?;
    let people: HashMap<PersonId, String> =
        unit::persons(&tx).await?.into_iter().map(|person| (person.id, person.name)).collect();
    let found = problem::at_site(&tx, id).await?;
    let reach = ctx.reach_of(Right::ViewProblem);
    let seen = |units: Vec<UnitId>| match &reach {
        Reach::Everything => true,
        Reach::Units(mine) => units.iter().any(|unit| mine.contains(unit)),
        Reach::Nothing => false,
    };
    let found: Vec<_> = found.iter().filter(|kept| seen(kept.units())).collect();
    let mut media = Vec::new();
    for kept in &found {
        media.extend_from_slice(&kept.problem.before_photos);
        media.extend_from_slice(&kept.problem.after_photos);
    }
    for tally in visits.iter().filter_map(|(visit, _)| tallies.get(&visit.id)) {
        media.extend_from_slice(&tally.media);
    }
    let mut once = BTreeSet::new();
    media.retain(|photo| once.insert(*photo));
    media.truncate(SHOWN);
    let items = checklist::of_type(&tx, site.site_type).await?;
    let tally = |visit: &Uuid| tallies.get(visit).cloned().unwrap_or_default();
    Ok(Json(SiteView {
        row: row(&names, &site, &problems, &last),
        remark: site.remark.clone(),
        retired: site.retired,
        version: site.version,
        pairings: pairings(&tx, &names, &site, &ctx).await?,
        merged: merged_into(&tx, &names, id).await?,
        duties: duties(&tx, &names, &site).await?,
        checklist: items,
        visits: (visits.into_iter())
            .map(|(visit, round)| (tally(&visit.id), visit, round))
            .map(|(tally, visit, round)| SiteVisit {
                inspector_name: visit.inspector.and_then(|person| people.get(&person).cloned()),
                passed: tally.passed,
                applicable: tally.applicable,
                faults: tally.faults,
                score: scores.get(&visit.id).cloned(),
                id: visit.id,
                round_id: round.id,
                round_number: round.number,
                round_name: round.name,
                inspector_id: visit.inspector,
                started_at: visit.started_at,
                finished_at: visit.finished_at,
            })
            .collect(),
        media,
        problems: found.iter().take(SHOWN).map(|kept| names.problem(kept)).collect(),
    }))
}

/// What a checklist cites: a criterion, or an article with the indicators below it.
struct Cited {
    edition: Uuid,
    edition_name: String,
    citation: String,
    criteria: BTreeSet<CriterionId>,
}

/// What a checklist cites, by the node that is meant; in the edition that is meant, or else the newest that has the number.
async fn cited(tx: &ReadTx, items: &[Item]) -> Result<BTreeMap<CriterionId, Cited>, Error> {
    let frameworks: HashMap<Uuid, String> =
        framework::frameworks(tx).await?.iter().map(|framework| (framework.id, framework.code.clone())).collect();
    let mut editions = framework::editions(tx).await?;
    editions.sort_by_key(|edition| std::cmp::Reverse((edition.year, edition.revision)));
    let mut open: Vec<_> = items.iter().flat_map(|item| &item.criteria).collect();
    let mut cited: BTreeMap<CriterionId, Cited> = BTreeMap::new();
    for edition in editions {
        let code = frameworks.get(&edition.framework);
        let meant = |link: &&ItemCriterion| Some(&link.framework) == code && link.edition.is_none_or(|meant| meant == edition.id);
        if !open.iter().any(meant) {
            continue;
        }
        let tree = framework::edition(tx, edition.id).await?;
        open.retain(|link| {
            let Some(node) = meant(link).then(|| tree.cited(&link.citation_key)).flatten() else { return true };
            cited.entry(node.id).or_insert_with(|| Cited {
                edition: edition.id,
                edition_name: edition.name.clone(),
                citation: link.citation.clone(),
                criteria: tree.criteria_below(node.id),
            });
            false
        });
    }
    Ok(cited)
}

/// Who answers for the criteria that are looked at at a site: of territories only the site's own. An article with several
/// indicators is answered for by whoever answers for one of them.
async fn duties(tx: &ReadTx, names: &Names, site: &Site) -> Result<Vec<SiteDuty>, Error> {
    let items = match site.site_type {
        Some(_) => checklists::items(tx, site.site_type).await?,
        None => Arc::default(),
    };
    let cited = cited(tx, &items).await?;
    let here: BTreeSet<UnitId> = units_of(site).into_iter().collect();
    let answers = |unit: &UnitRef| match names.directory.get(unit.id).map(|unit| unit.kind) {
        Some(UnitKind::Street | UnitKind::Town | UnitKind::Community | UnitKind::Village | UnitKind::Grid) => {
            here.contains(&unit.id)
        }
        Some(UnitKind::Leadership | UnitKind::Office | UnitKind::Department | UnitKind::Company | UnitKind::TaskForce) | None => {
            true
        }
    };
    let editions: BTreeSet<Uuid> = cited.values().map(|cited| cited.edition).collect();
    let mut held: BTreeMap<CriterionId, (Vec<UnitRef>, Vec<UnitRef>)> = BTreeMap::new();
    for edition in editions {
        for kept in duty::of_edition(tx, edition).await? {
            let Some(unit) = names.unit(Some(kept.duty.unit)).filter(|unit| kept.duty.state.is_held() && answers(unit)) else {
                continue;
            };
            let of = held.entry(kept.duty.criterion).or_default();
            match kept.duty.role {
                DutyRole::Lead => of.0.push(unit),
                DutyRole::Support => of.1.push(unit),
            }
        }
    }
    let mut duties: Vec<SiteDuty> = (cited.into_iter())
        .map(|(criterion_id, cited)| {
            let mut duty = SiteDuty {
                criterion_id,
                edition_id: cited.edition,
                edition: cited.edition_name,
                citation: cited.citation,
                leads: Vec::new(),
                supports: Vec::new(),
            };
            for (leads, supports) in cited.criteria.iter().filter_map(|criterion| held.get(criterion)) {
                add_new(&mut duty.leads, leads);
                add_new(&mut duty.supports, supports);
            }
            duty.supports.retain(|unit| duty.leads.iter().all(|lead| lead.id != unit.id));
            duty
        })
        .collect();
    duties.sort_by(|left, right| (&left.edition, &left.citation).cmp(&(&right.edition, &right.citation)));
    Ok(duties)
}

fn add_new(units: &mut Vec<UnitRef>, more: &[UnitRef]) {
    for unit in more {
        if units.iter().all(|known| known.id != unit.id) {
            units.push(unit.clone());
        }
    }
}

async fn pairings(tx: &ReadTx, names: &Names, site: &Site, ctx: &CityCtx) -> Result<Vec<SitePairing>, Error> {
    let mut pairings = Vec::new();
    if site.pairing_unit.is_some() || site.pairing_leader.is_some() {
        pairings.push(SitePairing {
            leader_name: site.pairing_leader.clone().unwrap_or_default(),
            unit: names.unit(site.pairing_unit),
            area: None,
        });
    }
    let today = ctx.today();
    for pairing in unit::pairings(tx).await? {
        let valid = pairing.valid_from <= today && pairing.valid_to.is_none_or(|last| today <= last);
        if valid && [site.street, site.community, site.grid].contains(&Some(pairing.area)) {
            pairings.push(SitePairing {
                leader_name: pairing.leader_name,
                unit: names.unit(pairing.unit),
                area: names.unit(Some(pairing.area)),
            });
        }
    }
    Ok(pairings)
}

pub(super) fn known(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { .. } => Error::new("site_not_found"),
        other => other.into(),
    }
}

/// The same sites as points, WGS-84, with code, name, type, what is open and late, and what the map counts; sites without a
/// place are left out.
#[utoipa::path(get, path = "/api/sites.geojson", tag = "sites", params(SiteQuery, HeatQuery),
    responses((status = 200, content_type = "application/geo+json", body = SitePoints)))]
pub async fn map(ctx: CityCtx, Query(query): Query<SiteQuery>, Query(counted): Query<HeatQuery>) -> Result<GeoJson, Error> {
    let tx = ctx.read().await?;
    let (filter, sort) = asked(&ctx, &tx, &query).await?;
    let names = Names::read(&tx).await?;
    let (sites, _) = site::list(&tx, &SiteFilter { placed: Some(true), ..filter }, sort, 0, u64::from(u32::MAX)).await?;
    let problems = problem::site_problems(&tx, None, reach(&ctx).as_ref(), ctx.moment).await?;
    let citation = counted.criterion.as_deref().filter(|citation| !citation.is_empty());
    let heat = match counted.heat {
        None => HashMap::new(),
        Some(Heat::Open) => problem::problem_heat(&tx, citation, false, reach(&ctx).as_ref(), ctx.moment).await?,
        Some(Heat::Late) => problem::problem_heat(&tx, citation, true, reach(&ctx).as_ref(), ctx.moment).await?,
        Some(Heat::Failed) => {
            let since = Moment::new(ctx.moment.utc() - chrono::TimeDelta::days(HEAT_DAYS));
            round::failed_heat(&tx, citation, since, blind(&ctx)).await?
        }
    };
    let feature = |site: &Site| {
        let place = Position::of(site.longitude, site.latitude)?;
        let problems = problems.get(&site.id).copied().unwrap_or_default();
        Some(SiteFeature {
            r#type: FeatureType::Feature,
            properties: SiteFacts {
                id: site.id,
                code: site.code.clone(),
                name: site.name.clone(),
                r#type: names.type_name(site),
                open: problems.open,
                late: problems.late,
                heat: heat.get(&site.id).copied().unwrap_or_default(),
            },
            geometry: PointGeometry::Point { coordinates: vec![place.longitude, place.latitude] },
        })
    };
    let features = sites.iter().filter_map(feature).collect();
    geojson::answer(&SitePoints { r#type: CollectionType::FeatureCollection, features })
}
