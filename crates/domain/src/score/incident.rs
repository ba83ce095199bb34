//! The register of the negative list: an incident is alleged, then stands or is dropped, and may be withdrawn later.
//!
//! Only an incident that stands costs points or the title; a withdrawn one gives both back at the next computation, and
//! what was published before stays as it was.

use serde::{Deserialize, Serialize};

/// How far an incident of the negative list is.
#[doc(alias = "负面清单")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    /// Somebody says so; nothing is decided.
    Alleged,
    /// It was decided that it happened.
    Stands,
    /// It was dropped, or taken back later.
    Withdrawn,
}

impl IncidentState {
    /// The state as every other layer writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alleged => "alleged",
            Self::Stands => "stands",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether an incident may go from here to `next`; what was withdrawn is entered anew.
    #[must_use]
    pub fn leads_to(self, next: Self) -> bool {
        match self {
            Self::Alleged => next != Self::Alleged,
            Self::Stands => next == Self::Withdrawn,
            Self::Withdrawn => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::IncidentState::{Alleged, Stands, Withdrawn};

    #[test]
    fn an_incident_is_decided_once_and_withdrawn_once() {
        let open: Vec<_> = [Alleged, Stands, Withdrawn]
            .into_iter()
            .flat_map(|from| [Alleged, Stands, Withdrawn].map(|to| (from, to)))
            .filter(|(from, to)| from.leads_to(*to))
            .collect();
        assert_eq!(open, [(Alleged, Stands), (Alleged, Withdrawn), (Stands, Withdrawn)]);
    }
}
