//! Exact numbers on the wire: decimal text at the published scale, and the exact fraction beside it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use yipanqi_domain::exact::Exact;
use yipanqi_domain::problem::rates;

/// An exact number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Figure {
    /// Rounded once, half away from zero: `0.47`.
    pub value: String,
    /// The exact fraction: `7/15`.
    pub exact: String,
}

impl Figure {
    /// The number, published with so many decimals.
    #[must_use]
    pub fn of(number: &Exact, decimals: u32) -> Self {
        Self { value: number.published(decimals), exact: number.as_fraction() }
    }
}

/// A share as what was counted and out of how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rate {
    /// Counted.
    pub numerator: u64,
    /// Out of.
    pub denominator: u64,
    /// The percentage with two decimals; none out of nothing.
    pub percent: Option<Figure>,
}

impl From<rates::Rate> for Rate {
    fn from(rate: rates::Rate) -> Self {
        Self {
            numerator: rate.numerator,
            denominator: rate.denominator,
            percent: rate.percent().map(|percent| Figure::of(&percent, 2)),
        }
    }
}
