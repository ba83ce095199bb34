//! The business moment: read once per request, passed to every rule.

use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// An instant at which somebody acts, in UTC, to the millisecond (what both databases keep).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(DateTime<Utc>);

impl Moment {
    /// Takes an instant, cut to milliseconds.
    #[must_use]
    pub fn new(instant: DateTime<Utc>) -> Self {
        Self(instant.trunc_subsecs(3))
    }

    /// The instant in UTC.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// The form kept in both databases: RFC 3339, UTC, milliseconds, `Z`; sorts as text.
    #[must_use]
    pub fn stored(self) -> String {
        self.0.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// Reads any RFC 3339 text (the stored form or one with an offset).
    ///
    /// # Errors
    /// The chrono error if the text is not RFC 3339.
    pub fn parse(text: &str) -> Result<Self, chrono::ParseError> {
        Ok(Self::new(DateTime::parse_from_rfc3339(text)?.with_timezone(&Utc)))
    }
}
