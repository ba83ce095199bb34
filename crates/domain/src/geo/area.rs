//! An area drawn by hand on a map, and what lies in it; in whole units, so that every machine decides alike.

use std::fmt;
use std::str::FromStr;

use crate::site::Degrees;

/// Corners an area may have at most.
const CORNERS: usize = 200;

/// A polygon drawn on a map, WGS-84: `longitude,latitude;longitude,latitude;…`, the last corner joined to the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    corners: Vec<(i64, i64)>,
}

/// The text is no polygon of 3 to 200 corners.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an area of 3 to {CORNERS} corners")]
pub struct NotArea;

impl Area {
    /// The rectangle around it in units of 10⁻⁷ degree: west, south, east, north.
    #[must_use]
    pub fn bounds(&self) -> (i64, i64, i64, i64) {
        self.corners.iter().fold((i64::MAX, i64::MAX, i64::MIN, i64::MIN), |(west, south, east, north), (x, y)| {
            (west.min(*x), south.min(*y), east.max(*x), north.max(*y))
        })
    }

    /// Whether the place, in units of 10⁻⁷ degree, lies inside. Where the line crosses itself, what is enclosed twice is outside.
    #[must_use]
    pub fn holds(&self, longitude: i64, latitude: i64) -> bool {
        let ends = self.corners.iter().cycle().skip(1);
        let crossed = |((x1, y1), (x2, y2)): &(&(i64, i64), &(i64, i64))| {
            if (*y1 > latitude) == (*y2 > latitude) {
                return false;
            }
            let side = i128::from(x2 - x1) * i128::from(latitude - y1) - i128::from(longitude - x1) * i128::from(y2 - y1);
            if y2 > y1 { side > 0 } else { side < 0 }
        };
        self.corners.iter().zip(ends).filter(crossed).count() % 2 == 1
    }
}

impl FromStr for Area {
    type Err = NotArea;

    fn from_str(text: &str) -> Result<Self, NotArea> {
        let corner = |corner: &str| {
            let (longitude, latitude) = corner.split_once(',').ok_or(NotArea)?;
            let units = |degrees: &str| degrees.parse::<Degrees>().map(Degrees::e7).map_err(|_| NotArea);
            Ok((units(longitude)?, units(latitude)?))
        };
        let corners: Vec<(i64, i64)> = text.split(';').take(CORNERS + 1).map(corner).collect::<Result<_, _>>()?;
        if (3..=CORNERS).contains(&corners.len()) { Ok(Self { corners }) } else { Err(NotArea) }
    }
}

impl fmt::Display for Area {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (longitude, latitude)) in self.corners.iter().enumerate() {
            let between = if at == 0 { "" } else { ";" };
            write!(formatter, "{between}{},{}", Degrees::from_e7(*longitude), Degrees::from_e7(*latitude))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(area: &str, longitude: &str, latitude: &str) -> bool {
        let units = |text: &str| text.parse::<Degrees>().unwrap().e7();
        area.parse::<Area>().unwrap().holds(units(longitude), units(latitude))
    }

    #[test]
    fn a_place_is_inside_or_outside_whichever_way_the_line_was_drawn() {
        let bay = ["114.0,31.0", "114.4,31.0", "114.4,31.4", "114.2,31.1", "114.0,31.4"];
        let mut other_way = bay;
        other_way.reverse();
        for line in [bay.join(";"), other_way.join(";")] {
            for (longitude, latitude, inside) in [
                ("114.1", "31.05", true),
                ("114.05", "31.3", true),
                ("114.2", "31.3", false),
                ("114.2", "31.05", true),
                ("113.9", "31.05", false),
                ("114.5", "31.4", false),
                ("114.1", "30.9", false),
            ] {
                assert_eq!(holds(&line, longitude, latitude), inside, "{line} {longitude} {latitude}");
            }
        }
    }

    #[test]
    fn two_areas_side_by_side_share_no_place_and_miss_none() {
        let (west, east) = ("114,31;115,31;115,32;114,32", "115,31;116,31;116,32;115,32");
        for latitude in ["31.0", "31.5", "31.9999999"] {
            let here = [west, east].into_iter().filter(|area| holds(area, "115.0", latitude)).count();
            assert_eq!(here, 1, "{latitude}");
        }
    }

    #[test]
    fn what_is_no_polygon_is_refused() {
        let many = vec!["114.1,31.1"; CORNERS + 1].join(";");
        for text in ["", "114,31", "114,31;115,31", "114;115;116", "114,31;115,31;x,32", "914999,31;115,31;115,32", &many] {
            assert_eq!(text.parse::<Area>(), Err(NotArea), "{text}");
        }
        let area: Area = "114,31;115,31;115,32".parse().unwrap();
        assert_eq!(area.to_string().parse::<Area>().unwrap(), area);
        assert_eq!(area.bounds(), (1_140_000_000, 310_000_000, 1_150_000_000, 320_000_000));
    }
}
