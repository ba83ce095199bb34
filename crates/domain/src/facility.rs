//! Facilities 设施配置: what must be at a site of a type, what is there, and what is missing.
//!
//! Only what is in order counts: a broken sign does not fill a quota. More than is required is no gap.

use serde::{Deserialize, Serialize};

/// What was found of a facility at a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Found {
    /// In order.
    pub good: u32,
    /// There, but to be mended.
    pub broken: u32,
}

/// What is missing and what is to be mended.
#[doc(alias = "设施缺口")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shortfall {
    /// To be added, after everything broken is mended.
    pub missing: u32,
    /// To be mended, as far as the quota needs them.
    pub to_mend: u32,
}

impl Shortfall {
    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.missing == 0 && self.to_mend == 0
    }
}

/// What a quota still needs; nothing found yet: all of it.
#[must_use]
pub fn shortfall(required: u32, found: Option<Found>) -> Shortfall {
    let Found { good, broken } = found.unwrap_or_default();
    let needed = required.saturating_sub(good);
    let to_mend = needed.min(broken);
    Shortfall { missing: needed - to_mend, to_mend }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_is_in_order_fills_a_quota() {
        for (required, good, broken, missing, to_mend) in
            [(3, 3, 0, 0, 0), (3, 5, 2, 0, 0), (3, 1, 1, 1, 1), (3, 1, 4, 0, 2), (3, 0, 0, 3, 0), (0, 0, 9, 0, 0)]
        {
            let found = shortfall(required, Some(Found { good, broken }));
            assert_eq!(found, Shortfall { missing, to_mend }, "{required} of {good} and {broken}");
        }
        assert_eq!(shortfall(2, None), Shortfall { missing: 2, to_mend: 0 }, "nothing was found yet");
    }

    proptest! {
        /// What is mended and added fills the quota exactly, and nothing is added while something could be mended.
        #[test]
        fn a_shortfall_fills_the_quota(required in 0u32..50, good in 0u32..50, broken in 0u32..50) {
            let short = shortfall(required, Some(Found { good, broken }));
            if short.is_none() {
                prop_assert!(good >= required);
            } else {
                prop_assert_eq!(good + short.missing + short.to_mend, required);
            }
            prop_assert!(short.missing == 0 || short.to_mend == broken);
        }
    }
}
