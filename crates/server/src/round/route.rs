//! Day routes: which site an inspector visits on which day, and in what order.
//!
//! Routes are worked out between two transactions; what changed meanwhile is noticed by the versions of the sites.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::geo::{self, Datum};
use yipanqi_domain::id::{CommandId, PersonId, RoundId};
use yipanqi_domain::round::RoundState;
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_route::{Day, Pace, Plan};
use yipanqi_store::round::{self, RoundSite};
use yipanqi_store::site::Site;
use yipanqi_store::{ReadTx, calendar};

use super::{actions, sight};
use crate::error::Error;
use crate::request::CityCtx;
use crate::session::PersonRef;

/// Days that are planned at most.
const DAYS: u32 = 60;

/// Routes to be planned anew for the sites that are not visited yet.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct PlanRoutes {
    /// Made by the client; the same command is applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The first day; the first working day from it is taken.
    pub from: NaiveDate,
    /// Working days, 1 to 60.
    pub days: u32,
    /// Minutes at a site.
    pub minutes_per_site: u32,
    /// Hours of a day, with the ways.
    pub hours_per_day: u32,
    /// Kilometres on the way in an hour.
    pub km_per_hour: u32,
}

/// One inspector's route on one day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RouteView {
    /// Who.
    pub inspector: PersonRef,
    /// When.
    pub day: NaiveDate,
    /// Sites on the way.
    pub stops: u32,
    /// Length of the way, in metres.
    pub metres: u64,
}

/// The stops of a day with their places on the ground.
type Stops = Vec<(i64, Option<Position>)>;

/// The place of a site, if it has one.
pub(super) fn place(site: &Site) -> Option<Position> {
    let degrees = Degrees::from_e7;
    Some(Position { longitude: degrees(site.longitude?), latitude: degrees(site.latitude?), datum: Datum::Wgs84 })
}

/// The routes of a round as they are planned.
#[must_use]
pub fn views(sites: &[(RoundSite, Site)], people: &BTreeMap<PersonId, PersonRef>) -> Vec<RouteView> {
    let mut days: BTreeMap<(PersonId, NaiveDate), Stops> = BTreeMap::new();
    for (of_round, site) in sites {
        if let (Some(inspector), Some(day), Some(stop)) = (of_round.inspector, of_round.visit_on, of_round.stop) {
            days.entry((inspector, day)).or_default().push((stop, place(site)));
        }
    }
    let view = |((inspector, day), mut stops): ((PersonId, NaiveDate), Stops)| {
        stops.sort_by_key(|(stop, _)| *stop);
        let places: Vec<Position> = stops.iter().filter_map(|(_, place)| *place).collect();
        let ways = places.iter().zip(places.iter().skip(1)).map(|(one, next)| geo::distance(*one, *next));
        let metres = ways.sum::<u64>() * yipanqi_route::DETOUR / 10;
        let inspector = people.get(&inspector)?.clone();
        Some(RouteView { inspector, day, stops: u32::try_from(stops.len()).unwrap_or(u32::MAX), metres })
    };
    days.into_iter().filter_map(view).collect()
}

/// Plans the days and routes of everybody who has sites of the round to visit; what was planned before is replaced. Sites without
/// a place, and what does not fit, stay without a day.
///
/// # Errors
/// `round_not_found`, `round_not_open`, `routes_out_of_range`, `calendar_year_missing`, `version_conflict`.
pub async fn plan(ctx: &CityCtx, id: RoundId, input: PlanRoutes) -> Result<RoundId, Error> {
    let within = (1..=DAYS).contains(&input.days)
        && (1..=480).contains(&input.minutes_per_site)
        && (1..=16).contains(&input.hours_per_day)
        && (1..=120).contains(&input.km_per_hour);
    if !within {
        return Err(Error::invalid("days", "routes_out_of_range"));
    }
    let (days, waiting) = {
        let tx = ctx.read().await?;
        open(ctx, &tx, id).await?;
        (working_days(&tx, input.from, input.days).await?, waiting(&tx, id).await?)
    };
    let planned = tokio::task::spawn_blocking(move || routes(waiting, &days, input)).await.map_err(Error::internal)??;
    let mut tx = ctx.write().await?;
    if let Some(before) = ctx.once(&mut tx, input.command_id, &(id, input)).await? {
        return Ok(before);
    }
    let round = open(ctx, &tx, id).await?;
    round::save_routes(&tx, &planned).await?;
    tx.audit("round.route", "round", &id.to_string(), &(input, &planned))?;
    actions::announce(&mut tx, &round)?;
    ctx.answer_once(&mut tx, input.command_id, &id).await?;
    tx.commit().await?;
    Ok(id)
}

async fn open(ctx: &CityCtx, tx: &ReadTx, id: RoundId) -> Result<round::Round, Error> {
    let round = sight::get(ctx, tx, id).await?;
    if round.state == RoundState::Open {
        Ok(round)
    } else {
        Err(Error::new("round_not_open").with("state", round.state.as_str()))
    }
}

/// The sites that nobody has begun to visit, with their places.
async fn waiting(tx: &ReadTx, id: RoundId) -> Result<Vec<(RoundSite, Option<Position>)>, Error> {
    let begun: std::collections::HashSet<_> = round::visits(tx, id).await?.into_iter().map(|visit| visit.site).collect();
    let sites = round::sites(tx, id).await?.into_iter();
    Ok(sites.filter(|(_, site)| !begun.contains(&site.id)).map(|(of_round, site)| (of_round, place(&site))).collect())
}

async fn working_days(tx: &ReadTx, from: NaiveDate, count: u32) -> Result<Vec<NaiveDate>, Error> {
    let calendar = calendar::load(tx).await?;
    let mut days = Vec::new();
    for day in from.iter_days() {
        if calendar.is_working_day(day)? {
            days.push(day);
        }
        if days.len() >= usize::try_from(count).unwrap_or(0) {
            break;
        }
    }
    Ok(days)
}

fn routes(waiting: Vec<(RoundSite, Option<Position>)>, days: &[NaiveDate], input: PlanRoutes) -> Result<Vec<RoundSite>, Error> {
    let pace = Pace {
        minutes_per_site: input.minutes_per_site,
        minutes_per_day: input.hours_per_day * 60,
        metres_per_hour: input.km_per_hour * 1000,
    };
    let mut planned: Vec<RoundSite> = Vec::with_capacity(waiting.len());
    let mut of_inspector: BTreeMap<PersonId, Vec<(usize, Position)>> = BTreeMap::new();
    for (of_round, place) in waiting {
        if let (Some(inspector), Some(place)) = (of_round.inspector, place) {
            of_inspector.entry(inspector).or_default().push((planned.len(), place));
        }
        planned.push(RoundSite { visit_on: None, stop: None, ..of_round });
    }
    for sites in of_inspector.values() {
        let places: Vec<Position> = sites.iter().map(|(_, place)| *place).collect();
        let Plan { days: routes, .. } = yipanqi_route::plan(&places, days.len(), pace).map_err(Error::internal)?;
        for (day, Day { stops, .. }) in days.iter().zip(routes) {
            for (stop, at) in (1..).zip(stops) {
                if let Some(site) = sites.get(at).and_then(|(site, _)| planned.get_mut(*site)) {
                    (site.visit_on, site.stop) = (Some(*day), Some(stop));
                }
            }
        }
    }
    Ok(planned)
}
