//! Sites and inspectors drawn, against sorting the same hashes once; day routes for all inspectors, against going to the nearest
//! place each time.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;

use yipanqi_domain::geo::{Datum, distance};
use yipanqi_domain::round::draw::{Bar, Frame, Roster, given, quotas};
use yipanqi_domain::site::{Degrees, Position};
use yipanqi_route::Pace;

use crate::Size;
use crate::city::Bench;
use crate::report::{Line, middle};

const PACE: Pace = Pace { minutes_per_site: 20, minutes_per_day: 480, metres_per_hour: 20_000 };

/// Sites of the frame, sites drawn, inspectors.
fn sizes(size: Size) -> (usize, u32, usize) {
    match size {
        Size::Tiny => (30, 6, 2),
        Size::Small => (300, 100, 6),
        Size::Full => (1_500, 500, 20),
    }
}

/// Runs it.
pub async fn run(bench: &Bench) -> anyhow::Result<Vec<Line>> {
    let (sites, sample, inspectors) = sizes(bench.size);
    let frame = Frame { sites: (0..sites).map(|number| (format!("YX-{number:04}"), format!("类型{}", number % 9))).collect() };
    let street = |code: &String| code.bytes().map(usize::from).sum::<usize>() % 12;
    let roster = Roster {
        inspectors: (0..inspectors)
            .map(|number| {
                let own = frame.sites.keys().filter(|code| street(code) == number % 12);
                (format!("{number:02}"), own.map(|code| (code.clone(), Bar::OwnUnit)).collect())
            })
            .collect(),
        must: BTreeSet::new(),
    };
    let quotas = quotas(&frame.sizes(), sample);
    let seed = [7; 32];
    let baseline = middle(bench.size.repeats(), async || {
        let all = BTreeMap::from([(String::new(), sample)]);
        let flat = Frame { sites: frame.sites.keys().map(|code| (code.clone(), String::new())).collect() };
        black_box(flat.draw(&seed, &all));
        Ok(())
    })
    .await?;
    let took = middle(bench.size.repeats(), async || {
        black_box(given(Some(&roster), &seed, &frame.draw(&seed, &quotas)));
        Ok(())
    })
    .await?;
    let what = format!("draw: {sample} of {sites} sites, {inspectors} inspectors");
    let drawn = Line { what, took, against: "the same hashes sorted once", baseline, note: String::new() };

    let drawn_for = given(Some(&roster), &seed, &frame.draw(&seed, &quotas));
    let mut places: BTreeMap<&String, Vec<Position>> = BTreeMap::new();
    for (code, inspector) in &drawn_for {
        places.entry(inspector).or_default().push(place(code));
    }
    let baseline = middle(bench.size.repeats().min(3), async || {
        black_box(places.values().map(|places| nearest(places)).sum::<u64>());
        Ok(())
    })
    .await?;
    let took = middle(bench.size.repeats().min(3), async || {
        for places in places.values() {
            black_box(yipanqi_route::plan(places, 3, PACE)?);
        }
        Ok(())
    })
    .await?;
    let mut metres = 0;
    for places in places.values() {
        metres += yipanqi_route::plan(places, 1, Pace { minutes_per_day: 100_000, ..PACE })?
            .days
            .iter()
            .map(|day| day.metres)
            .sum::<u64>();
    }
    let near: u64 = places.values().map(|places| nearest(places)).sum();
    let note = format!("as one day {:.0} % of the nearest-first way", metres as f64 * 100.0 / near.max(1) as f64);
    let what = format!("routes: {inspectors} inspectors, {sample} sites, 3 days");
    Ok(vec![drawn, Line { what, took, against: "nearest place first", baseline, note }])
}

/// A place in a city of some 15 km, always the same for a site.
fn place(code: &str) -> Position {
    let mixed =
        code.bytes().fold(17_u64, |mixed, byte| mixed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(u64::from(byte)));
    let step = |bits: u64| i64::try_from(bits % 1_500_000).unwrap_or(0);
    Position {
        longitude: Degrees::from_e7(1_148_000_000 + step(mixed >> 8)),
        latitude: Degrees::from_e7(312_000_000 + step(mixed >> 32)),
        datum: Datum::Wgs84,
    }
}

/// The length of the way that always goes to the nearest place left.
fn nearest(places: &[Position]) -> u64 {
    let mut left: Vec<Position> = places.to_vec();
    let Some(mut at) = left.pop() else { return 0 };
    let mut metres = 0;
    while let Some((index, far)) = left.iter().map(|&next| distance(at, next)).enumerate().min_by_key(|(_, far)| *far) {
        metres += far * yipanqi_route::DETOUR / 10;
        at = left.swap_remove(index);
    }
    metres
}
