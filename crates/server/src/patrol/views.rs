//! What plans, walks and coverage look like from outside.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::id::{CommandId, PersonId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::patrol::{Coverage, Frequency, Stretch};

use crate::session::{PersonRef, UnitRef};
use crate::site::ProblemBrief;

/// Which plans, in which month.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct PatrolQuery {
    /// Words of plan, grid, street or person.
    pub q: String,
    /// A day of the month; today by default.
    pub day: Option<NaiveDate>,
    /// Grids, or what stands above them.
    #[param(value_type = Vec<String>)]
    pub unit: Vec<UnitId>,
    /// Only those with missed walks, or only those without.
    pub missed: Option<bool>,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Rows per page, 10 to 200.
    pub size: Option<u64>,
}

/// How often; `domain::patrol::Frequency` reads it.
#[derive(Debug, Clone, ToSchema)]
pub struct FrequencyBody {
    /// `workdays`, `weekdays` or `weekly`.
    pub kind: String,
    /// With `weekdays`: 1 (Monday) to 7.
    pub days: Option<Vec<u32>>,
    /// With `weekly`: how often, 1 to 7.
    pub times: Option<u32>,
}

/// Where one looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PatrolPlace {
    /// The site; none for a stretch in words.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub site_id: Option<SiteId>,
    /// Its name, or the stretch in words; that of the site if left out.
    #[serde(default)]
    pub name: String,
}

impl From<&Stretch> for PatrolPlace {
    fn from(stretch: &Stretch) -> Self {
        Self { site_id: stretch.site, name: stretch.name.clone() }
    }
}

/// A plan with how it stands in the month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PatrolRow {
    /// Identity of the plan.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The grid.
    pub unit: Option<UnitRef>,
    /// The street above it.
    pub street: Option<UnitRef>,
    /// Who walks it; none: whoever keeps the grid.
    pub person: Option<PersonRef>,
    /// How often.
    #[schema(value_type = FrequencyBody)]
    pub frequency: Frequency,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; none while it goes on.
    pub to: Option<NaiveDate>,
    /// Where one looks; the whole grid if empty.
    pub places: Vec<PatrolPlace>,
    /// First day of the month.
    pub month_from: NaiveDate,
    /// Walks owed so far in the month.
    pub owed: u32,
    /// Owed and walked.
    pub walked: u32,
    /// Owed and not walked in time.
    pub missed: u32,
    /// Owed, with time left.
    pub waiting: u32,
    /// Problems reported on its walks of the month.
    pub problems: u64,
    /// The last day in the month on which it was walked.
    pub last_on: Option<NaiveDate>,
    /// Whether the reader may change it.
    pub editable: bool,
    /// Given back with a change.
    pub version: i64,
}

/// Sums over all rows, or over those of a street.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct PatrolTotals {
    /// Walks owed so far.
    pub owed: u64,
    /// Owed and walked.
    pub walked: u64,
    /// Owed and not walked in time.
    pub missed: u64,
    /// Owed, with time left.
    pub waiting: u64,
    /// Problems reported.
    pub problems: u64,
    /// The same by street, in the order of the units.
    pub streets: Vec<StreetCoverage>,
}

/// How the plans of a street stand.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StreetCoverage {
    /// The street; none for grids without one.
    pub street: Option<UnitRef>,
    /// Plans.
    pub plans: u64,
    /// Walks owed so far.
    pub owed: u64,
    /// Owed and walked.
    pub walked: u64,
    /// Owed and not walked in time.
    pub missed: u64,
    /// Problems reported.
    pub problems: u64,
}

impl PatrolTotals {
    /// Takes a row in.
    pub fn add(&mut self, row: &PatrolRow) {
        let of = row.street.as_ref().map(|street| street.id);
        let known = self.streets.iter().position(|known| known.street.as_ref().map(|street| street.id) == of);
        let fresh = StreetCoverage { street: row.street.clone(), plans: 0, owed: 0, walked: 0, missed: 0, problems: 0 };
        if known.is_none() {
            self.streets.push(fresh);
        }
        let at = known.unwrap_or(self.streets.len().saturating_sub(1));
        if let Some(street) = self.streets.get_mut(at) {
            street.plans += 1;
            street.owed += u64::from(row.owed);
            street.walked += u64::from(row.walked);
            street.missed += u64::from(row.missed);
            street.problems += row.problems;
        }
        self.owed += u64::from(row.owed);
        self.walked += u64::from(row.walked);
        self.missed += u64::from(row.missed);
        self.waiting += u64::from(row.waiting);
        self.problems += row.problems;
    }
}

impl PatrolRow {
    /// The same with how it stands.
    #[must_use]
    pub fn standing(self, stands: Coverage) -> Self {
        let Coverage { owed, walked, missed, waiting } = stands;
        Self { owed, walked, missed, waiting, ..self }
    }
}

/// Plans as a list answers them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PatrolList {
    /// The rows of the page.
    pub items: Vec<PatrolRow>,
    /// Rows in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// Rows per page.
    pub size: u64,
    /// Sums over all rows.
    pub totals: PatrolTotals,
}

/// What somebody has walked.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WalkView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Who.
    pub person: String,
    /// The day.
    pub on: NaiveDate,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub begun_at: Moment,
    /// When it ended.
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Moment,
    /// The stretches that were looked at, by name.
    pub looked: Vec<String>,
    /// Remark.
    pub note: String,
    /// Problems reported on it; none: nothing was found.
    pub problems: Vec<ProblemBrief>,
}

/// A plan with its walks of the month.
#[derive(Debug, Serialize, ToSchema)]
pub struct PatrolView {
    /// The plan.
    #[serde(flatten)]
    pub row: PatrolRow,
    /// Its walks, newest first.
    pub walks: Vec<WalkView>,
}

/// A plan to be added or changed; a new one may be for several grids at once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PatrolInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Which; none for new ones.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub id: Option<Uuid>,
    /// The version the page has seen; 0 for new ones.
    #[serde(default)]
    pub version: i64,
    /// The grids; each gets its own plan.
    #[schema(value_type = Vec<String>)]
    pub unit_ids: Vec<UnitId>,
    /// Its name.
    pub name: String,
    /// Who walks it; whoever keeps the grid if left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub person_id: Option<PersonId>,
    /// How often.
    #[schema(value_type = FrequencyBody)]
    pub frequency: Frequency,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; none while it goes on.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    /// Where one looks; the whole grid if empty.
    #[serde(default)]
    pub places: Vec<PatrolPlace>,
}

/// What somebody has walked, to be written down.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct WalkInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Made by the client: problems reported on the way name it.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Of which plan.
    #[schema(value_type = String)]
    pub plan_id: Uuid,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub begun_at: Moment,
    /// When it ended.
    #[schema(value_type = String, format = DateTime)]
    pub ended_at: Moment,
    /// The places that were looked at, by their order in the plan from 0.
    #[serde(default)]
    pub looked: Vec<usize>,
    /// Remark.
    #[serde(default)]
    pub note: String,
}

/// A patrol that is due, today or in the days to come.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PackPatrol {
    /// Identity of the plan.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// The grid.
    pub unit: String,
    /// Where one looks; the whole grid if empty.
    pub places: Vec<PatrolPlace>,
    /// The last day on which it counts.
    pub until: NaiveDate,
    /// What is owed today and later, this week and the next: a phone without network knows it the next morning too.
    pub ahead: Vec<PackWalk>,
    /// The last day on which it was walked, this week.
    #[schema(value_type = Option<String>)]
    pub walked_on: Option<NaiveDate>,
}

/// Walks owed between two days, both included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PackWalk {
    /// From.
    pub from: NaiveDate,
    /// To.
    pub to: NaiveDate,
    /// How many.
    pub times: u32,
}
