//! Honest evidence: what a device knew when a photograph was taken, and what about a photograph a reviewer should look at.
//!
//! A flag never blocks and never accuses: it shows a person what is unusual, and the person decides.

pub mod flag;
pub mod near;

use serde::{Deserialize, Serialize};

use crate::geo::Datum;
use crate::moment::Moment;
use crate::offline;

/// Where a photograph came from on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Taken with the camera just then.
    Camera,
    /// Chosen from the pictures on the device.
    Gallery,
}

/// What the device knew when a photograph was taken. Coordinates are in units of 10⁻⁷ degree.
#[doc(alias = "拍摄信息")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// When, by the device's own clock.
    pub made_at: Moment,
    /// The server's clock minus the device's, in milliseconds, as it was known then.
    pub clock_offset_ms: i64,
    /// East positive.
    pub longitude: Option<i64>,
    /// North positive.
    pub latitude: Option<i64>,
    /// Radius within which the device believes to be, in metres.
    pub accuracy_m: Option<u32>,
    /// What the coordinates refer to.
    pub datum: Datum,
    /// Camera or gallery.
    pub origin: Origin,
}

impl Capture {
    /// When it was taken, by the server's clock.
    #[must_use]
    pub fn taken_at(&self) -> Moment {
        offline::corrected(self.made_at, self.clock_offset_ms)
    }
}
