//! The boundaries of streets, communities, villages and grids: which of them a place lies in.

use std::collections::BTreeMap;

use geo::{Coord, Intersects, LineString, MultiPolygon, Point, Polygon};
use serde_json::Value;

use super::{Bounds, LonLat};
use crate::site::Position;

/// One area with its name and the area it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// The unit's code.
    pub code: String,
    /// The unit's name.
    pub name: String,
    /// The level as the file names it: `street`, `community`, `village`, `grid`.
    pub level: String,
    /// The code of the area around it, if the file gives one.
    pub parent: Option<String>,
    bounds: Bounds,
    area: MultiPolygon<f64>,
}

impl Boundary {
    /// Whether the place lies inside or on the edge.
    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        self.holds(position.to_wgs84().lon_lat())
    }

    /// The rectangle around it.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    fn holds(&self, place: LonLat) -> bool {
        self.bounds.hold(place) && self.area.intersects(&Point::new(place.longitude, place.latitude))
    }
}

/// All boundaries of a city, in WGS-84.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundaries {
    by_code: BTreeMap<String, Boundary>,
    bounds: Bounds,
}

/// A feature of a boundary file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("boundary field {field}: {fault}")]
pub struct BoundaryError {
    /// The path of the field, such as `features[3].geometry`.
    pub field: String,
    /// What is wrong with it.
    pub fault: String,
}

fn refuse(field: impl Into<String>, fault: impl Into<String>) -> BoundaryError {
    BoundaryError { field: field.into(), fault: fault.into() }
}

impl Boundaries {
    /// Reads GeoJSON (WGS-84 or CGCS2000, longitude first): polygons and multipolygons, with holes, with the properties `code`,
    /// `name`, `level` and `parent`.
    ///
    /// # Errors
    /// [`BoundaryError`] naming the first feature that cannot be used; a code given twice or a parent that is missing is refused too.
    pub fn from_geojson(file: &Value) -> Result<Self, BoundaryError> {
        let features = file.get("features").and_then(Value::as_array).ok_or_else(|| refuse("features", "missing"))?;
        let mut by_code = BTreeMap::new();
        let mut around = Bounds::nothing();
        for (at, feature) in features.iter().enumerate() {
            let boundary = read_feature(&format!("features[{at}]"), feature)?;
            let Bounds { west, south, east, north } = boundary.bounds;
            around = around.stretched_to(LonLat { longitude: west, latitude: south });
            around = around.stretched_to(LonLat { longitude: east, latitude: north });
            if let Some(twice) = by_code.insert(boundary.code.clone(), boundary) {
                return Err(refuse(format!("features[{at}].properties.code"), format!("{} stands twice", twice.code)));
            }
        }
        let orphan =
            by_code.values().find(|boundary| boundary.parent.as_ref().is_some_and(|parent| !by_code.contains_key(parent)));
        match orphan {
            Some(orphan) => Err(refuse(format!("{}.parent", orphan.code), "no such code in the file")),
            None => Ok(Self { by_code, bounds: around }),
        }
    }

    /// All boundaries, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Boundary> {
        self.by_code.values()
    }

    /// The boundary with this code.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&Boundary> {
        self.by_code.get(code)
    }

    /// The boundaries with this name; names may repeat in different parents.
    pub fn by_name(&self, name: &str) -> impl Iterator<Item = &Boundary> {
        self.iter().filter(move |boundary| boundary.name == name)
    }

    /// The boundaries a place lies in, at every level; on a common edge, all that meet there.
    #[must_use]
    pub fn at(&self, position: Position) -> Vec<&Boundary> {
        let place = position.to_wgs84().lon_lat();
        self.iter().filter(|boundary| boundary.holds(place)).collect()
    }

    /// The rectangle around the whole city.
    #[must_use]
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }
}

fn read_feature(field: &str, feature: &Value) -> Result<Boundary, BoundaryError> {
    let property = |name: &str| {
        let text = feature
            .pointer(&format!("/properties/{name}"))
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty());
        text.map(str::to_owned)
    };
    let required = |name: &str| property(name).ok_or_else(|| refuse(format!("{field}.properties.{name}"), "missing"));
    let geometry = format!("{field}.geometry");
    let kind = feature.pointer("/geometry/type").and_then(Value::as_str);
    let coordinates = feature.pointer("/geometry/coordinates").unwrap_or(&Value::Null);
    let polygons = match kind {
        Some("Polygon") => vec![read_polygon(&geometry, coordinates)?],
        Some("MultiPolygon") => {
            let listed = coordinates.as_array().ok_or_else(|| refuse(geometry.clone(), "not a list of polygons"))?;
            listed.iter().map(|polygon| read_polygon(&geometry, polygon)).collect::<Result<_, _>>()?
        }
        Some(_) | None => return Err(refuse(geometry, "neither a polygon nor a multipolygon")),
    };
    let corners = polygons.iter().flat_map(|polygon: &Polygon<f64>| polygon.exterior().coords());
    let bounds =
        corners.fold(Bounds::nothing(), |bounds, corner| bounds.stretched_to(LonLat { longitude: corner.x, latitude: corner.y }));
    Ok(Boundary {
        code: required("code")?,
        name: required("name")?,
        level: required("level")?,
        parent: property("parent"),
        bounds,
        area: MultiPolygon::new(polygons),
    })
}

fn read_polygon(field: &str, rings: &Value) -> Result<Polygon<f64>, BoundaryError> {
    let rings = rings.as_array().ok_or_else(|| refuse(field, "not a list of rings"))?;
    let mut read = rings.iter().map(|ring| read_ring(field, ring)).collect::<Result<Vec<_>, _>>()?.into_iter();
    let exterior = read.next().ok_or_else(|| refuse(field, "no ring"))?;
    Ok(Polygon::new(exterior, read.collect()))
}

fn read_ring(field: &str, ring: &Value) -> Result<LineString<f64>, BoundaryError> {
    let corners =
        ring.as_array().filter(|corners| corners.len() >= 4).ok_or_else(|| refuse(field, "a ring has at least four corners"))?;
    let read = corners.iter().map(|corner| {
        let number = |at: usize, limit: f64| corner.get(at).and_then(Value::as_f64).filter(|number| number.abs() <= limit);
        match (number(0, 180.0), number(1, 90.0)) {
            (Some(x), Some(y)) => Ok(Coord { x, y }),
            (None, _) | (_, None) => Err(refuse(field, format!("{corner} is not longitude and latitude"))),
        }
    });
    read.collect()
}
