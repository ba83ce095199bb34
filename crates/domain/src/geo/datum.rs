//! The datums in which places in China are written, and the way between them.
//!
//! GCJ-02 is the public maps' distorted WGS-84, BD-09 Baidu's distorted GCJ-02. Their forward formulas are the known ones; the way
//! back is found by iteration, because no closed inverse exists and the usual approximation is off by metres.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

use crate::reading::{half_width, unspaced};

/// What a pair of coordinates refers to.
#[doc(alias = "坐标系")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Datum {
    /// WGS-84; CGCS2000 differs from it by centimetres and counts as the same.
    Wgs84,
    /// GCJ-02 火星坐标, of Amap and Tencent.
    Gcj02,
    /// BD-09, of Baidu.
    Bd09,
}

impl Datum {
    /// Reads the name of a datum or of the map it comes from; `None` if it names none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut name = unspaced(&half_width(text)).to_uppercase();
        name.retain(|character| character != '-' && character != '_');
        let name = name.trim_end_matches("坐标系").trim_end_matches("坐标").trim_end_matches("地图");
        match name {
            "WGS84" | "WGS1984" | "GPS" | "CGCS2000" | "2000" | "国家2000" | "大地2000" | "天地图" | "北斗" => {
                Some(Self::Wgs84)
            }
            "GCJ02" | "GCJ2" | "高德" | "火星" | "腾讯" | "国测局" | "AMAP" => Some(Self::Gcj02),
            "BD09" | "BD09LL" | "百度" => Some(Self::Bd09),
            _ => None,
        }
    }
}

/// A place in degrees, in whichever datum is spoken of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LonLat {
    /// East of Greenwich.
    pub longitude: f64,
    /// North of the equator.
    pub latitude: f64,
}

/// The same place in another datum.
pub(super) fn convert(place: LonLat, from: Datum, to: Datum) -> LonLat {
    match (from, to) {
        (Datum::Wgs84, Datum::Wgs84) | (Datum::Gcj02, Datum::Gcj02) | (Datum::Bd09, Datum::Bd09) => place,
        (Datum::Wgs84, Datum::Gcj02) => gcj02_of_wgs84(place),
        (Datum::Gcj02, Datum::Bd09) => bd09_of_gcj02(place),
        (Datum::Wgs84, Datum::Bd09) => bd09_of_gcj02(gcj02_of_wgs84(place)),
        (Datum::Gcj02, Datum::Wgs84) => inverse(gcj02_of_wgs84, place),
        (Datum::Bd09, Datum::Gcj02) => inverse(bd09_of_gcj02, place),
        (Datum::Bd09, Datum::Wgs84) => inverse(gcj02_of_wgs84, inverse(bd09_of_gcj02, place)),
    }
}

/// The place that `forward` sends to `target`.
///
/// The distortion changes slowly, so each round divides the error by about a thousand; ten rounds end far below 10⁻⁹ degree.
fn inverse(forward: impl Fn(LonLat) -> LonLat, target: LonLat) -> LonLat {
    let mut guess = target;
    for _ in 0..10 {
        let reached = forward(guess);
        let (east, north) = (target.longitude - reached.longitude, target.latitude - reached.latitude);
        guess = LonLat { longitude: guess.longitude + east, latitude: guess.latitude + north };
        if east.abs().max(north.abs()) < 1e-12 {
            break;
        }
    }
    guess
}

/// Outside this frame the public maps leave coordinates as they are.
fn distorted(place: LonLat) -> bool {
    (72.004..=137.8347).contains(&place.longitude) && (0.8293..=55.8271).contains(&place.latitude)
}

fn gcj02_of_wgs84(place: LonLat) -> LonLat {
    /// Semi-major axis of the Krasovsky ellipsoid in metres, and the square of its eccentricity.
    const AXIS: f64 = 6_378_245.0;
    const ECCENTRICITY: f64 = 0.006_693_421_622_965_943;
    if !distorted(place) {
        return place;
    }
    let (x, y) = (place.longitude - 105.0, place.latitude - 35.0);
    let shared = 20.0f64.mul_add((6.0 * x * PI).sin(), 20.0 * (2.0 * x * PI).sin());
    let mut north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * x.abs().sqrt();
    north += (shared + 20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0;
    north += (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let mut east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * x.abs().sqrt();
    east += (shared + 20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0;
    east += (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let latitude = place.latitude.to_radians();
    let curvature = 1.0 - ECCENTRICITY * latitude.sin() * latitude.sin();
    let meridian = AXIS * (1.0 - ECCENTRICITY) / (curvature * curvature.sqrt());
    let parallel = AXIS / curvature.sqrt() * latitude.cos();
    LonLat {
        longitude: place.longitude + (east / parallel).to_degrees(),
        latitude: place.latitude + (north / meridian).to_degrees(),
    }
}

fn bd09_of_gcj02(place: LonLat) -> LonLat {
    const TURN: f64 = PI * 3000.0 / 180.0;
    let (x, y) = (place.longitude, place.latitude);
    let radius = x.hypot(y) + 0.000_02 * (y * TURN).sin();
    let angle = y.atan2(x) + 0.000_003 * (x * TURN).cos();
    LonLat { longitude: radius * angle.cos() + 0.006_5, latitude: radius * angle.sin() + 0.006 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(one: LonLat, other: LonLat, within: f64) -> bool {
        (one.longitude - other.longitude).abs() < within && (one.latitude - other.latitude).abs() < within
    }

    #[test]
    fn datums_by_their_names() {
        for (names, datum) in [
            (["WGS-84", "wgs84", "GPS", "CGCS2000", "ＷＧＳ－８４"], Datum::Wgs84),
            (["GCJ-02", "GCJ02", "高德", "火星坐标", "高德地图"], Datum::Gcj02),
            (["BD-09", "bd09", "百度", "百度坐标系", "BD_09"], Datum::Bd09),
        ] {
            for name in names {
                assert_eq!(Datum::parse(name), Some(datum), "{name}");
            }
        }
        assert_eq!((Datum::parse(""), Datum::parse("北京54")), (None, None));
    }

    #[test]
    fn known_places() {
        // Tiananmen, from the published implementations of the formulas.
        let wgs = LonLat { longitude: 116.391_305, latitude: 39.907_401 };
        let gcj = convert(wgs, Datum::Wgs84, Datum::Gcj02);
        assert!(near(gcj, LonLat { longitude: 116.397_548, latitude: 39.908_804 }, 3e-6), "{gcj:?}");
        let abroad = LonLat { longitude: 2.29, latitude: 48.86 };
        assert_eq!(convert(abroad, Datum::Wgs84, Datum::Gcj02), abroad);
    }

    proptest! {
        #[test]
        fn there_and_back(longitude in 74.0..135.0, latitude in 4.0..53.0) {
            let place = LonLat { longitude, latitude };
            let datums = [Datum::Wgs84, Datum::Gcj02, Datum::Bd09];
            for (from, to) in datums.into_iter().flat_map(|from| datums.map(|to| (from, to))) {
                let back = convert(convert(place, from, to), to, from);
                prop_assert!(near(back, place, 1e-9), "{from:?} {to:?} {back:?}");
            }
        }
    }
}
