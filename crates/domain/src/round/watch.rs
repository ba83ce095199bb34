//! Watching for a time 限时观察: a way of gathering a share, kept with its beginning, its length and its counts.

use serde::{Deserialize, Serialize};

use crate::moment::Moment;

/// What was counted in one minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Minute {
    /// How many complied.
    pub observed: u32,
    /// How many were looked at.
    pub total: u32,
}

/// How a share was gathered.
#[doc(alias = "限时观察")]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Watch {
    /// When the observation began, by the device's corrected clock.
    pub started_at: Moment,
    /// How long it lasted, pauses left out.
    pub seconds: u32,
    /// What was counted in each minute of it; empty where only the sum is known.
    #[serde(default)]
    pub minutes: Vec<Minute>,
}

impl Watch {
    /// Whether the minutes come to these counts; without minutes there is nothing to compare.
    #[must_use]
    pub fn comes_to(&self, observed: u32, total: u32) -> bool {
        let sum = |of: fn(&Minute) -> u32| self.minutes.iter().map(|minute| u64::from(of(minute))).sum::<u64>();
        self.minutes.is_empty()
            || (sum(|minute| minute.observed) == u64::from(observed) && sum(|minute| minute.total) == u64::from(total))
    }
}
