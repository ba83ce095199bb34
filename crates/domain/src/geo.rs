//! Places on the earth: datums used in China and the way between them, doubt about a place, distance, boundaries.
//!
//! The only module of the rules with `f64`: a place is not a score. Outside it a place is a [`Position`] in units of 10⁻⁷ degree
//! and a distance a whole number of metres. A doubtful place is never corrected here: it becomes a question with a proposal.

mod area;
mod boundary;
mod datum;

pub use area::{Area, NotArea};
pub use boundary::{Boundaries, Boundary, BoundaryError};
pub use datum::{Datum, LonLat};

use serde::{Deserialize, Serialize};

use crate::site::{Degrees, Position};

/// Mean radius of the earth in metres (IUGG).
const EARTH_RADIUS: f64 = 6_371_008.8;
const PER_DEGREE: f64 = 10_000_000.0;

impl Position {
    /// The same place in WGS-84.
    #[must_use]
    pub fn to_wgs84(self) -> Self {
        self.to_datum(Datum::Wgs84)
    }

    /// The same place in another datum.
    #[must_use]
    pub fn to_datum(self, datum: Datum) -> Self {
        if datum == self.datum { self } else { Self::new(datum::convert(self.lon_lat(), self.datum, datum), datum) }
    }

    fn new(place: LonLat, datum: Datum) -> Self {
        Self { longitude: degrees(place.longitude), latitude: degrees(place.latitude), datum }
    }

    fn lon_lat(self) -> LonLat {
        let float = |angle: Degrees| {
            #[expect(clippy::cast_precision_loss, reason = "1800 × 10⁷ is far below 2⁵³")]
            let units = angle.e7() as f64;
            units / PER_DEGREE
        };
        LonLat { longitude: float(self.longitude), latitude: float(self.latitude) }
    }
}

fn degrees(angle: f64) -> Degrees {
    #[expect(clippy::cast_possible_truncation, reason = "an angle in units of 10⁻⁷ degree is far below 2⁶³")]
    let units = (angle * PER_DEGREE).round() as i64;
    Degrees::from_e7(units)
}

/// The distance of two places in whole metres, along a great circle, whatever their datums.
#[must_use]
pub fn distance(one: Position, other: Position) -> u64 {
    let (one, other) = (one.to_wgs84().lon_lat(), other.to_wgs84().lon_lat());
    let (north, south) = (one.latitude.to_radians(), other.latitude.to_radians());
    let half_height = ((north - south) / 2.0).sin();
    let half_width = ((one.longitude - other.longitude).to_radians() / 2.0).sin();
    let chord = half_height.mul_add(half_height, north.cos() * south.cos() * half_width * half_width).clamp(0.0, 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and half the girth of the earth")]
    let metres = (2.0 * EARTH_RADIUS * chord.sqrt().asin()).round() as u64;
    metres
}

/// A rectangle in WGS-84 degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    west: f64,
    south: f64,
    east: f64,
    north: f64,
}

impl Bounds {
    /// The mainland and its islands; for a city whose boundaries are not known yet.
    pub const CHINA: Self = Self { west: 73.0, south: 3.0, east: 136.0, north: 54.0 };

    fn nothing() -> Self {
        Self { west: f64::INFINITY, south: f64::INFINITY, east: f64::NEG_INFINITY, north: f64::NEG_INFINITY }
    }

    fn stretched_to(self, place: LonLat) -> Self {
        Self {
            west: self.west.min(place.longitude),
            south: self.south.min(place.latitude),
            east: self.east.max(place.longitude),
            north: self.north.max(place.latitude),
        }
    }

    /// The south-western and the north-eastern corner, WGS-84.
    #[must_use]
    pub fn corners(self) -> (Position, Position) {
        let corner = |longitude, latitude| Position::new(LonLat { longitude, latitude }, Datum::Wgs84);
        (corner(self.west, self.south), corner(self.east, self.north))
    }

    /// Whether the place lies inside or on the edge.
    #[must_use]
    pub fn contain(self, position: Position) -> bool {
        self.hold(position.to_wgs84().lon_lat())
    }

    fn hold(self, place: LonLat) -> bool {
        (self.west..=self.east).contains(&place.longitude) && (self.south..=self.north).contains(&place.latitude)
    }
}

/// What is wrong with a place that lies outside the city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceFault {
    /// Longitude and latitude stand in each other's place.
    Swapped,
    /// The longitude's point stands one digit too far left.
    LongitudeTenTimesTooSmall,
    /// The longitude's point stands one digit too far right.
    LongitudeTenTimesTooLarge,
    /// The latitude's point stands one digit too far left.
    LatitudeTenTimesTooSmall,
    /// The latitude's point stands one digit too far right.
    LatitudeTenTimesTooLarge,
}

/// What can be said about a place as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plausibility {
    /// It lies where it may lie.
    Plausible,
    /// It does not, but would after one repair; to be asked, never applied in silence.
    Question {
        /// What seems to have gone wrong.
        fault: PlaceFault,
        /// The place after the repair, in the same datum.
        proposed: Position,
    },
    /// It does not, and no single repair explains it.
    Implausible,
}

/// Judges a place against the area in which it must lie.
#[must_use]
pub fn examine(written: Position, area: Bounds) -> Plausibility {
    if area.contain(written) {
        return Plausibility::Plausible;
    }
    let Position { longitude, latitude, datum } = written;
    let larger = |angle: Degrees| Degrees::from_e7(angle.e7() * 10);
    // The division drops less than a centimetre.
    let smaller = |angle: Degrees| Degrees::from_e7(angle.e7() / 10);
    let repairs = [
        (PlaceFault::Swapped, latitude, longitude),
        (PlaceFault::LongitudeTenTimesTooSmall, larger(longitude), latitude),
        (PlaceFault::LongitudeTenTimesTooLarge, smaller(longitude), latitude),
        (PlaceFault::LatitudeTenTimesTooSmall, longitude, larger(latitude)),
        (PlaceFault::LatitudeTenTimesTooLarge, longitude, smaller(latitude)),
    ];
    let mut fitting = repairs
        .map(|(fault, longitude, latitude)| (fault, Position { longitude, latitude, datum }))
        .into_iter()
        .filter(|(_, proposed)| area.contain(*proposed));
    match (fitting.next(), fitting.next()) {
        (Some((fault, proposed)), None) => Plausibility::Question { fault, proposed },
        (Some(_), Some(_)) | (None, _) => Plausibility::Implausible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(longitude: &str, latitude: &str, datum: Datum) -> Position {
        Position { longitude: longitude.parse().unwrap(), latitude: latitude.parse().unwrap(), datum }
    }

    #[test]
    fn a_misplaced_point_or_a_swap_is_asked_about() {
        let area = Bounds { west: 114.6, south: 31.1, east: 115.0, north: 31.4 };
        let right = place("114.833039", "31.229625", Datum::Gcj02);
        let asked = |fault| Plausibility::Question { fault, proposed: right };
        assert_eq!(examine(right, area), Plausibility::Plausible);
        for (longitude, latitude, found) in [
            ("31.229625", "114.833039", asked(PlaceFault::Swapped)),
            ("11.4833039", "31.229625", asked(PlaceFault::LongitudeTenTimesTooSmall)),
            ("1148.33039", "31.229625", asked(PlaceFault::LongitudeTenTimesTooLarge)),
            ("114.833039", "3.1229625", asked(PlaceFault::LatitudeTenTimesTooSmall)),
            ("114.833039", "312.29625", asked(PlaceFault::LatitudeTenTimesTooLarge)),
            ("116.4", "39.9", Plausibility::Implausible),
            ("0", "0", Plausibility::Implausible),
        ] {
            assert_eq!(examine(place(longitude, latitude, Datum::Gcj02), area), found, "{longitude} {latitude}");
        }
    }

    #[test]
    fn two_explanations_are_none() {
        let area = Bounds { west: 1.0, south: 1.0, east: 50.0, north: 50.0 };
        assert_eq!(
            examine(place("30", "60", Datum::Wgs84), area),
            Plausibility::Question { fault: PlaceFault::LatitudeTenTimesTooLarge, proposed: place("30", "6", Datum::Wgs84) }
        );
        let area = Bounds { west: 1.0, south: 1.0, east: 70.0, north: 50.0 };
        assert_eq!(examine(place("30", "60", Datum::Wgs84), area), Plausibility::Implausible);
    }

    #[test]
    fn distances_in_metres() {
        let (here, datum) = (place("114", "30", Datum::Wgs84), Datum::Wgs84);
        assert_eq!(distance(here, here), 0);
        assert_eq!(distance(here, place("114", "31", datum)), 111_195);
        assert_eq!(distance(here, place("115", "30", datum)), 96_297);
        assert_eq!(distance(here, place("114.0001", "30", datum)), 10);
        assert!(distance(here, here.to_datum(Datum::Bd09)) <= 1);
        assert_eq!(distance(place("0", "0", datum), place("180", "0", datum)), 20_015_114);
    }
}
