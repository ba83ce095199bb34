//! Routes that anybody can check: a line, a city, days that are too short.

use std::collections::BTreeSet;

use yipanqi_domain::geo::Datum;
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_route::{Pace, plan};

const PACE: Pace = Pace { minutes_per_site: 30, minutes_per_day: 360, metres_per_hour: 15_000 };

fn place(east: i64, north: i64) -> Position {
    let degrees = Degrees::from_e7;
    Position {
        longitude: degrees(1_136_000_000 + east * 10_000),
        latitude: degrees(347_000_000 + north * 10_000),
        datum: Datum::Wgs84,
    }
}

/// Eight places along a road, given in a muddle.
fn road() -> Vec<Position> {
    [5, 0, 7, 2, 6, 1, 4, 3].into_iter().map(|step| place(step * 10, 0)).collect()
}

#[test]
fn places_along_a_road_are_visited_along_the_road() {
    let plan = plan(&road(), 1, PACE).unwrap();
    let mut order: Vec<i64> = plan.days[0].stops.iter().map(|&stop| [5, 0, 7, 2, 6, 1, 4, 3][stop]).collect();
    if order.first() > order.last() {
        order.reverse();
    }
    assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, 7]);
    let metres = yipanqi_domain::geo::distance(place(0, 0), place(70, 0)) * 13 / 10;
    assert!(plan.days[0].metres.abs_diff(metres) < 20, "{} {metres}", plan.days[0].metres);
}

#[test]
fn two_ends_of_a_city_are_two_days() {
    let ends: Vec<Position> = (0..12).map(|number| place(if number % 2 == 0 { 0 } else { 900 } + number, number % 3)).collect();
    let plan = plan(&ends, 2, PACE).unwrap();
    let sides: Vec<BTreeSet<usize>> = plan.days.iter().map(|day| day.stops.iter().map(|stop| stop % 2).collect()).collect();
    assert!(sides.iter().all(|side| side.len() == 1), "{plan:?}");
    assert!(plan.left.is_empty());
    assert_eq!(plan.days.iter().map(|day| day.stops.len()).collect::<Vec<_>>(), [6, 6]);
}

#[test]
fn what_does_not_fit_is_named_and_nothing_is_lost() {
    let short = Pace { minutes_per_day: 105, ..PACE };
    let plan = plan(&road(), 2, short).unwrap();
    let visited: Vec<usize> = plan.days.iter().flat_map(|day| day.stops.clone()).collect();
    assert_eq!((visited.len(), plan.left.len()), (6, 2), "three of half an hour fit into 105 minutes");
    let all: BTreeSet<usize> = visited.into_iter().chain(plan.left).collect();
    assert_eq!(all, (0..8).collect());
}

#[test]
fn nothing_to_visit_and_no_day_are_no_error() {
    assert_eq!(plan(&[], 3, PACE).unwrap().days.len(), 3);
    assert_eq!(plan(&road(), 0, PACE).unwrap().left.len(), 8);
    assert_eq!(plan(&road()[..1], 1, PACE).unwrap().days[0].stops, [0]);
}
