//! Day routes: the places one inspector has to visit, shared over days and put in an order with short ways.
//!
//! The only crate that knows the routing library. Ways are as the crow flies, lengthened by [`DETOUR`], because a city without
//! Internet has no street network to ask. A route is a proposal for people: the same places may give another one.

use std::sync::Arc;

use vrp_core::construction::features::{CapacityFeatureBuilder, MinimizeUnassignedBuilder, TransportFeatureBuilder};
use vrp_core::models::common::{Demand, SingleDimLoad};
use vrp_core::models::problem::{
    JobIdDimension, SimpleTransportCost, SingleBuilder, TransportCost, VehicleBuilder, VehicleDetailBuilder, VehicleIdDimension,
};
use vrp_core::models::{GoalContextBuilder, Problem, ProblemBuilder};
use vrp_core::prelude::{GenericError, GenericResult, Solver, VrpConfigBuilder};
use vrp_core::rosomaxa::evolution::TelemetryMode;
use vrp_core::rosomaxa::prelude::Environment;
use yipanqi_domain::geo::distance;
use yipanqi_domain::site::Position;

/// Streets are longer than the crow flies, in tenths.
pub const DETOUR: u64 = 13;

/// Improvements that are tried; more do not shorten routes of this size.
const GENERATIONS: usize = 60;

/// Seconds after which the best route found so far is taken.
const SECONDS: usize = 2;

/// How fast an inspector works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Minutes at a place.
    pub minutes_per_site: u32,
    /// Minutes of a day, with the ways.
    pub minutes_per_day: u32,
    /// Metres on the way in an hour; at least 1.
    pub metres_per_hour: u32,
}

/// One day of a route.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Day {
    /// Places in their order, by their place in the list that was given.
    pub stops: Vec<usize>,
    /// Length of the way between them, in metres.
    pub metres: u64,
}

/// The routes of one inspector.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// As many as were asked for; the last may be empty.
    pub days: Vec<Day>,
    /// What does not fit into the days.
    pub left: Vec<usize>,
}

/// The routing library refused its problem.
#[derive(Debug, thiserror::Error)]
#[error("the routing library refused: {0}")]
pub struct RouteError(String);

impl From<GenericError> for RouteError {
    fn from(error: GenericError) -> Self {
        Self(error.to_string())
    }
}

/// Shares places evenly over so many days and orders each day.
///
/// # Errors
/// [`RouteError`] if the library refuses, which no list of places makes it do.
pub fn plan(places: &[Position], days: usize, pace: Pace) -> Result<Plan, RouteError> {
    if places.is_empty() || days == 0 {
        return Ok(Plan { days: vec![Day::default(); days], left: (0..places.len()).collect() });
    }
    let ways = ways(places);
    let (mut routes, left) = solve(places.len(), &ways, days, pace)?;
    routes.sort_by_key(|stops| std::cmp::Reverse(stops.len()));
    routes.resize(days, Vec::new());
    let length = |stops: &[usize]| stops.windows(2).map(|leg| way(&ways, places.len(), leg)).sum();
    let days = routes.into_iter().map(|stops| Day { metres: length(&stops), stops }).collect();
    Ok(Plan { days, left })
}

/// A square of ways in metres; the last row and column are the start, from which every place is equally near.
fn ways(places: &[Position]) -> Vec<u64> {
    let size = places.len() + 1;
    let mut ways = vec![0; size * size];
    for (from, &one) in places.iter().enumerate() {
        for (to, &other) in places.iter().enumerate().skip(from + 1) {
            let metres = distance(one, other) * DETOUR / 10;
            ways[from * size + to] = metres;
            ways[to * size + from] = metres;
        }
    }
    ways
}

fn way(ways: &[u64], places: usize, leg: &[usize]) -> u64 {
    match leg {
        [from, to] => ways.get(from * (places + 1) + to).copied().unwrap_or(0),
        _ => 0,
    }
}

fn solve(places: usize, ways: &[u64], days: usize, pace: Pace) -> GenericResult<(Vec<Vec<usize>>, Vec<usize>)> {
    #[expect(clippy::cast_precision_loss, reason = "metres of a city are far below 2⁵³")]
    let metres: Vec<f64> = ways.iter().map(|&metres| metres as f64).collect();
    let minutes = metres.iter().map(|metres| metres * 60.0 / f64::from(pace.metres_per_hour.max(1))).collect();
    let transport: Arc<dyn TransportCost> = Arc::new(SimpleTransportCost::new(minutes, metres)?);
    let problem = Arc::new(problem(places, days, pace, transport)?);
    let quiet = Environment { logger: Arc::new(|_| ()), ..Environment::default() };
    let config = VrpConfigBuilder::new(Arc::clone(&problem))
        .set_environment(Arc::new(quiet))
        .set_telemetry_mode(TelemetryMode::None)
        .prebuild()?
        .with_max_time(Some(SECONDS))
        .with_max_generations(Some(GENERATIONS))
        .build()?;
    let solution = Solver::new(problem, config).solve()?;
    let mut routes = vec![Vec::new(); days];
    for route in &solution.routes {
        let day = route.actor.vehicle.dimens.get_vehicle_id().and_then(|id| id.parse::<usize>().ok());
        if let Some(stops) = day.and_then(|day| routes.get_mut(day)) {
            let jobs = route.tour.all_activities().filter_map(|activity| activity.job.as_ref());
            stops.extend(jobs.filter_map(|job| job.dimens.get_job_id()?.parse::<usize>().ok()));
        }
    }
    let mut there: Vec<bool> = vec![false; places];
    for &stop in routes.iter().flatten() {
        if let Some(there) = there.get_mut(stop) {
            *there = true;
        }
    }
    let left = there.iter().enumerate().filter(|(_, there)| !**there).map(|(place, _)| place).collect();
    Ok((routes, left))
}

fn problem(places: usize, days: usize, pace: Pace, transport: Arc<dyn TransportCost>) -> GenericResult<Problem> {
    let goal = GoalContextBuilder::with_features(&[
        MinimizeUnassignedBuilder::new("unassigned").build()?,
        TransportFeatureBuilder::new("way").set_transport_cost(Arc::clone(&transport)).build_minimize_distance()?,
        CapacityFeatureBuilder::<SingleDimLoad>::new("share").build()?,
    ])?
    .build()?;
    let job = |place: usize| {
        SingleBuilder::default()
            .id(&place.to_string())
            .demand(Demand::delivery(1))
            .location(place)?
            .duration(f64::from(pace.minutes_per_site))?
            .build_as_job()
    };
    let vehicle = |day: usize| {
        let share = i32::try_from(places / days + usize::from(day < places % days)).unwrap_or(i32::MAX);
        let detail = VehicleDetailBuilder::default()
            .set_start_location(places)
            .set_start_time(0.0)
            .set_end_time(f64::from(pace.minutes_per_day))
            .set_end_location(places)
            .build()?;
        VehicleBuilder::default().id(&day.to_string()).add_detail(detail).capacity(SingleDimLoad::new(share)).build()
    };
    let jobs: Vec<_> = (0..places).map(job).collect::<Result<_, _>>()?;
    let vehicles: Vec<_> = (0..days).map(vehicle).collect::<Result<_, _>>()?;
    ProblemBuilder::default()
        .add_jobs(jobs.into_iter())
        .add_vehicles(vehicles.into_iter())
        .with_goal(goal)
        .with_transport_cost(transport)
        .with_logger(Arc::new(|_| ()))
        .build()
}
