//! What statistics look like from outside.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use yipanqi_domain::id::UnitId;
use yipanqi_domain::problem::statistics::{RateKind, TimedStep, Times};

use crate::session::UnitRef;

/// For which days, and of which problems.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct StatisticsQuery {
    /// First day; the first of January unless said.
    pub from: Option<NaiveDate>,
    /// Last day; today unless said.
    pub to: Option<NaiveDate>,
    /// Rectifying units.
    #[param(value_type = Vec<String>)]
    pub unit: Vec<UnitId>,
    /// Streets and towns.
    #[param(value_type = Vec<String>)]
    pub street: Vec<UnitId>,
    /// Sources.
    #[param(value_type = Vec<String>)]
    pub source: Vec<yipanqi_domain::problem::Source>,
    /// Categories.
    pub category: Vec<String>,
}

/// A rate with both its counts, each with its list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RateView {
    /// Which.
    #[schema(value_type = String)]
    pub rate: RateKind,
    /// How many.
    pub numerator: u64,
    /// Of how many.
    pub denominator: u64,
    /// The percentage with two decimals; none of nothing.
    pub percent: Option<String>,
    /// The problems behind the numerator.
    pub numerator_link: String,
    /// The problems behind the denominator.
    pub denominator_link: String,
}

/// The times of a step.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimesView {
    /// Which.
    #[schema(value_type = String)]
    pub step: TimedStep,
    /// How long it took, in seconds; none if nothing has gone through it.
    #[schema(value_type = Option<Object>)]
    pub times: Option<Times>,
    /// The problems that have gone through it.
    pub link: String,
}

/// A number with its list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CountView {
    /// What is counted, as a code, a name or a month.
    pub key: String,
    /// Its name where the key is an identity.
    pub name: Option<String>,
    /// How many.
    pub count: u64,
    /// The problems behind it.
    pub link: String,
}

/// A unit's figures.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnitStatistics {
    /// Which.
    pub unit: UnitRef,
    /// Its rates.
    pub rates: Vec<RateView>,
    /// Its times.
    pub times: Vec<TimesView>,
    /// Open problems.
    pub open: CountView,
}

/// A month in the trend.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MonthView {
    /// `2026-03`.
    pub month: String,
    /// Registered in it.
    pub registered: u64,
    /// The problems registered in it.
    pub registered_link: String,
    /// Closed in it.
    pub closed: u64,
    /// The problems closed in it.
    pub closed_link: String,
    /// Closed on time, of those due in it.
    pub on_time: RateView,
}

/// The statistics of a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatisticsView {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Problems looked at.
    pub problems: u64,
    /// The rates.
    pub rates: Vec<RateView>,
    /// The times.
    pub times: Vec<TimesView>,
    /// The age of what is open: `3`, `7`, `15`, `30` days, `older`.
    pub ages: Vec<CountView>,
    /// Registered in the period, by category, most first.
    pub categories: Vec<CountView>,
    /// Registered in the period, by source, most first.
    pub sources: Vec<CountView>,
    /// Registered in the period, by who found them.
    pub finders: Vec<CountView>,
    /// By month.
    pub months: Vec<MonthView>,
    /// By rectifying unit, most due first.
    pub units: Vec<UnitStatistics>,
}
