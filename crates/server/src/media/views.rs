//! What a photograph looks like from outside.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::id::{MediaId, ProblemId};
use yipanqi_domain::moment::Moment;
use yipanqi_store::media::MediaInfo;

/// A photograph.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[schema(as = Media)]
pub struct MediaView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: MediaId,
    /// Hash of the bytes as sent.
    pub sha256: String,
    /// `jpeg`, `png`, `webp`.
    pub kind: String,
    /// Pixels across, upright.
    pub width: Option<i64>,
    /// Pixels down, upright.
    pub height: Option<i64>,
    /// Bytes.
    pub size: i64,
    /// When it was taken, by the camera's own clock.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub taken_at: Option<Moment>,
    /// Where it was taken, by the camera (WGS-84).
    pub position: Option<PositionView>,
    /// What the file was called.
    pub file_name: String,
}

/// What a photograph tells of itself, and how far from the fault it was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct MediaFacts {
    /// The photograph.
    #[serde(flatten)]
    pub media: MediaView,
    /// When it came in.
    #[schema(value_type = String, format = DateTime)]
    pub uploaded_at: Moment,
    /// Metres from the site of the problem asked for; none where either place is unknown.
    pub metres: Option<u64>,
}

/// In which light a photograph is looked at.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FactsQuery {
    /// The problem that it shows.
    #[param(value_type = Option<String>)]
    pub problem: Option<ProblemId>,
}

/// A place in degrees, WGS-84.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct PositionView {
    /// East positive.
    pub longitude: f64,
    /// North positive.
    pub latitude: f64,
}

/// Degrees for the map; what is kept and compared stays a whole number of 1e-7 degree.
fn degrees(e7: i64) -> f64 {
    e7 as f64 / 1e7
}

impl From<MediaInfo> for MediaView {
    fn from(media: MediaInfo) -> Self {
        let lying = media.orientation.is_some_and(|orientation| orientation >= 5);
        let (width, height) = if lying { (media.height, media.width) } else { (media.width, media.height) };
        Self {
            id: media.id,
            sha256: media.sha256,
            kind: media.kind,
            width,
            height,
            size: media.size,
            taken_at: media.taken_at,
            position: media
                .position
                .map(|position| PositionView { longitude: degrees(position.longitude), latitude: degrees(position.latitude) }),
            file_name: media.file_name,
        }
    }
}
