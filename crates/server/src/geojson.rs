//! Shapes for maps: GeoJSON of the city's boundaries and sites, WGS-84.

use axum::http::{HeaderName, header};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use yipanqi_domain::id::{SiteId, UnitId};

use crate::error::Error;

/// The media type of GeoJSON.
pub const MEDIA_TYPE: &str = "application/geo+json";

/// An answer in GeoJSON.
pub type GeoJson = ([(HeaderName, &'static str); 1], String);

/// `FeatureCollection`, the only kind of answer.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub enum CollectionType {
    /// Many shapes.
    FeatureCollection,
}

/// `Feature`, the only kind of shape.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub enum FeatureType {
    /// One shape with its facts.
    Feature,
}

/// What a boundary is told with.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoundaryFacts {
    /// The city's own code of the area.
    pub code: String,
    /// `street`, `community`, `village` or `grid`.
    pub level: String,
    /// Its name.
    pub name: String,
    /// The code of the area around it.
    pub parent_code: Option<String>,
    /// The unit that answers for it.
    #[schema(value_type = Option<String>)]
    pub unit_id: Option<UnitId>,
    /// Problems past due in it.
    pub late: u64,
}

/// A boundary.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoundaryFeature {
    /// Always `Feature`.
    pub r#type: FeatureType,
    /// What it is.
    pub properties: BoundaryFacts,
    /// A `Polygon` or `MultiPolygon`.
    #[schema(value_type = AreaGeometry)]
    pub geometry: Value,
}

/// Boundaries.
#[derive(Debug, Serialize, ToSchema)]
pub struct Boundaries {
    /// Always `FeatureCollection`.
    pub r#type: CollectionType,
    /// The areas.
    pub features: Vec<BoundaryFeature>,
}

/// The ground of an area: rings of longitude and latitude, as kept.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type")]
pub enum AreaGeometry {
    /// One area with its holes.
    Polygon {
        /// The outer ring first.
        coordinates: Vec<Vec<Vec<f64>>>,
    },
    /// Several areas.
    MultiPolygon {
        /// Their rings.
        coordinates: Vec<Vec<Vec<Vec<f64>>>>,
    },
}

/// What a site is told with.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteFacts {
    /// Identity.
    #[schema(value_type = String)]
    pub id: SiteId,
    /// The city's own code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Name of its type.
    pub r#type: String,
    /// Problems that are open.
    pub open: u64,
    /// Problems past due.
    pub late: u64,
    /// What the map was asked to count; 0 where it was asked for nothing.
    pub heat: u64,
}

/// A point.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type")]
pub enum PointGeometry {
    /// Longitude, latitude.
    Point {
        /// Degrees east, degrees north.
        coordinates: Vec<f64>,
    },
}

/// A site on the map.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteFeature {
    /// Always `Feature`.
    pub r#type: FeatureType,
    /// What it is.
    pub properties: SiteFacts,
    /// Where it is.
    pub geometry: PointGeometry,
}

/// Sites on the map.
#[derive(Debug, Serialize, ToSchema)]
pub struct SitePoints {
    /// Always `FeatureCollection`.
    pub r#type: CollectionType,
    /// The sites that have a place.
    pub features: Vec<SiteFeature>,
}

/// The answer.
///
/// # Errors
/// If it cannot be written.
pub fn answer(collection: &impl Serialize) -> Result<GeoJson, Error> {
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE)], serde_json::to_string(collection).map_err(Error::internal)?))
}
