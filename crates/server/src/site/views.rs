//! What sites and checklists look like from outside.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::id::{CriterionId, ItemId, MediaId, PersonId, ProblemId, RoundId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::problem::State;
use yipanqi_domain::site::{Judgement, Shape};

use super::merge::MergedSite;
use crate::score::SiteScored;
use crate::session::UnitRef;

/// A site by its identity, code and name.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SiteRef {
    /// Identity.
    #[schema(value_type = String)]
    pub id: SiteId,
    /// The city's own code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Name of its type.
    pub site_type: String,
}

/// A site type by its names.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SiteTypeRef {
    /// Identity; none where the registry names a type that the city does not know.
    #[schema(value_type = Option<String>)]
    pub id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// The group it belongs to.
    pub group: String,
}

/// A place, WGS-84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Position {
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
}

/// 1e-7 degrees per degree; only maps see degrees as floating point.
const PER_DEGREE: f64 = 1e7;

impl Position {
    /// The place in stored units.
    #[must_use]
    pub fn of(longitude: Option<i64>, latitude: Option<i64>) -> Option<Self> {
        #[expect(clippy::cast_precision_loss, reason = "1,800,000,000 units fit a double exactly")]
        let degrees = |units: i64| units as f64 / PER_DEGREE;
        Some(Self { longitude: degrees(longitude?), latitude: degrees(latitude?) })
    }

    /// The stored units of the place; none if it is no place on earth.
    #[must_use]
    pub fn stored(self) -> Option<(i64, i64)> {
        let on_earth = (-180.0..=180.0).contains(&self.longitude) && (-90.0..=90.0).contains(&self.latitude);
        #[expect(clippy::cast_possible_truncation, reason = "checked to be on earth")]
        let units = |degrees: f64| (degrees * PER_DEGREE).round() as i64;
        on_earth.then(|| (units(self.longitude), units(self.latitude)))
    }
}

/// A site in the list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SiteRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: SiteId,
    /// The city's own code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Its type.
    pub site_type: SiteTypeRef,
    /// Address.
    pub address: String,
    /// Street or town.
    pub street: Option<UnitRef>,
    /// Community or village.
    pub community: Option<UnitRef>,
    /// Grid.
    pub grid: Option<UnitRef>,
    /// 行业主管部门.
    pub industry: Option<UnitRef>,
    /// 属地责任单位.
    pub territorial: Option<UnitRef>,
    /// 点位长.
    pub chief_name: Option<String>,
    /// The chief's telephone.
    pub chief_phone: Option<String>,
    /// Where it is, if it has a place.
    pub position: Option<Position>,
    /// Problems not closed.
    pub open_problems: u64,
    /// Problems past due.
    pub late_problems: u64,
    /// Its last finished visit.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_visit: Option<Moment>,
}

/// Sites as a list answers them.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteList {
    /// The rows of the page.
    pub items: Vec<SiteRow>,
    /// Rows in all.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// Rows per page.
    pub size: u64,
    /// Figures over all rows.
    pub totals: SiteTotals,
}

/// Figures over all rows of a list of sites.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteTotals {
    /// Sites.
    pub sites: u64,
    /// Problems not closed.
    pub open_problems: u64,
    /// Problems past due.
    pub late_problems: u64,
}

/// Which sites to list; repeat a name to give several.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct SiteQuery {
    /// Words of code, name, address or chief.
    pub q: String,
    /// Types.
    #[param(value_type = Vec<String>)]
    pub site_type: Vec<Uuid>,
    /// Streets or towns.
    #[param(value_type = Vec<String>)]
    pub street: Vec<UnitId>,
    /// Communities or villages.
    #[param(value_type = Vec<String>)]
    pub community: Vec<UnitId>,
    /// 行业主管部门.
    #[param(value_type = Vec<String>)]
    pub industry: Vec<UnitId>,
    /// 属地责任单位.
    #[param(value_type = Vec<String>)]
    pub territorial: Vec<UnitId>,
    /// Units that it concerns, by place, trade or pairing.
    #[param(value_type = Vec<String>)]
    pub unit: Vec<UnitId>,
    /// With or without a known place.
    pub has_position: Option<bool>,
    /// In an area drawn on the map, WGS-84: `longitude,latitude;longitude,latitude;…`, 3 to 200 corners.
    pub area: Option<String>,
    /// `code`, `name`, `site_type` or `street`; `-` before it turns the order.
    pub sort: String,
    /// The page, from 1.
    pub page: Option<u64>,
    /// Rows per page, 10 to 200.
    pub size: Option<u64>,
}

/// What the map counts at each site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Heat {
    /// Open problems.
    Open,
    /// Problems past due.
    Late,
    /// Findings that failed in the last twelve months, of rounds that may be seen.
    Failed,
}

/// What the map counts, and of which criterion.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct HeatQuery {
    /// What is counted; nothing if left out.
    #[param(inline)]
    pub heat: Option<Heat>,
    /// Only what cites this criterion: its number in comparable form.
    pub criterion: Option<String>,
}

/// Who is paired with a site or its area.
#[derive(Debug, Serialize, ToSchema)]
pub struct SitePairing {
    /// The leader.
    pub leader_name: String,
    /// The paired unit.
    pub unit: Option<UnitRef>,
    /// The area; none if the site itself is paired.
    pub area: Option<UnitRef>,
}

/// A visit in a site's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteVisit {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The round.
    #[schema(value_type = String)]
    pub round_id: RoundId,
    /// The round's number.
    pub round_number: String,
    /// The round's name.
    pub round_name: String,
    /// Who visited.
    #[schema(value_type = Option<String>)]
    pub inspector_id: Option<PersonId>,
    /// The visitor's name.
    pub inspector_name: Option<String>,
    /// Findings that passed.
    pub passed: u64,
    /// Findings that applied.
    pub applicable: u64,
    /// Faults found.
    pub faults: u64,
    /// What the site scored by the rules of the round; none where the visit does not count, or nothing was measured.
    pub score: Option<SiteScored>,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Moment,
    /// When it was finished.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Moment>,
}

/// A problem as other pages mention it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProblemBrief {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ProblemId,
    /// Its running number.
    pub number: i64,
    /// A few words.
    pub title: String,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: State,
    /// The rectifying unit.
    pub unit: Option<UnitRef>,
    /// When it was reported.
    #[schema(value_type = String, format = DateTime)]
    pub reported_at: Moment,
    /// When it is due.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Moment>,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Moment>,
    /// Whether it came back after closing.
    pub rebound: bool,
    /// Photographs of the fault.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
}

/// Who answers for a criterion that is looked at at a site.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SiteDuty {
    /// The criterion.
    #[schema(value_type = String)]
    pub criterion_id: CriterionId,
    /// Its edition.
    #[schema(value_type = String)]
    pub edition_id: Uuid,
    /// The edition's name.
    pub edition: String,
    /// Its number as the checklist cites it.
    pub citation: String,
    /// Units that lead.
    pub leads: Vec<UnitRef>,
    /// Units that support: those of the city's trades, and of the territory this site's own.
    pub supports: Vec<UnitRef>,
}

/// One site.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteView {
    /// The same as in the list.
    #[serde(flatten)]
    pub row: SiteRow,
    /// Remark.
    pub remark: String,
    /// No longer in use.
    pub retired: bool,
    /// Grows with every change.
    pub version: i64,
    /// Who is paired with it.
    pub pairings: Vec<SitePairing>,
    /// Older numbers that were merged into this one.
    pub merged: Vec<MergedSite>,
    /// Who answers for which criterion that is looked at here.
    pub duties: Vec<SiteDuty>,
    /// What is looked at here.
    pub checklist: Vec<ItemView>,
    /// The newest visits.
    pub visits: Vec<SiteVisit>,
    /// The newest problems.
    pub problems: Vec<ProblemBrief>,
    /// Photographs of its problems, newest first.
    #[schema(value_type = Vec<String>)]
    pub media: Vec<MediaId>,
}

/// A site type in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteTypeRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// The group it belongs to.
    pub group: String,
    /// What its sites are: `point`, `line`, `vehicle` or `hotline`.
    #[schema(value_type = String)]
    pub shape: Shape,
    /// Checklist items.
    pub items: u64,
    /// Sites in use.
    pub sites: u64,
    /// The industry unit.
    pub industry: Option<UnitRef>,
    /// The industry unit as named.
    pub industry_name: String,
}

/// A site type with its checklist.
#[derive(Debug, Serialize, ToSchema)]
pub struct SiteTypeView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: Uuid,
    /// The version that a change refers to.
    pub version: i64,
    /// Name.
    pub name: String,
    /// The group it belongs to.
    pub group: String,
    /// What its sites are.
    #[schema(value_type = String)]
    pub shape: Shape,
    /// Other names.
    pub names: Vec<String>,
    /// Sites in use.
    pub sites: u64,
    /// The industry unit.
    pub industry: Option<UnitRef>,
    /// The industry unit as named.
    pub industry_name: String,
    /// The checklist in its order.
    pub items: Vec<ItemView>,
}

/// How an item is judged.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct JudgementView {
    /// `pass_fail`, `grade`, `fault_count`, `count_at_least`, `ratio`, `percentage` or `interview`.
    pub kind: String,
    /// How many are wanted or asked, or how many minutes are to be watched, where the words say so.
    pub n: Option<u32>,
}

impl From<Judgement> for JudgementView {
    fn from(judgement: Judgement) -> Self {
        let (kind, n) = match judgement {
            Judgement::PassFail => ("pass_fail", None),
            Judgement::Grade => ("grade", None),
            Judgement::FaultCount => ("fault_count", None),
            Judgement::CountAtLeast { n } => ("count_at_least", Some(n)),
            Judgement::Ratio => ("ratio", None),
            Judgement::Percentage { minutes } => ("percentage", minutes),
            Judgement::Interview { n } => ("interview", n),
        };
        Self { kind: kind.to_owned(), n }
    }
}

/// A criterion that an item serves.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ItemCriterionView {
    /// The framework's code.
    pub framework: String,
    /// The edition whose numbering is meant.
    #[schema(value_type = Option<String>)]
    pub edition_id: Option<Uuid>,
    /// Its name, if the criterion is known.
    pub edition: Option<String>,
    /// The number as written.
    pub citation: String,
    /// The criterion.
    #[schema(value_type = Option<String>)]
    pub criterion_id: Option<CriterionId>,
}

/// A checklist item.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ItemView {
    /// Identity.
    #[schema(value_type = String)]
    pub id: ItemId,
    /// The version that a change refers to.
    pub version: i64,
    /// Its code.
    pub code: String,
    /// What is looked at.
    pub text: String,
    /// Typical faults to pick.
    pub phrases: Vec<String>,
    /// How it is judged; none: any kind of result is taken.
    pub judgement: Option<JudgementView>,
    /// How it is judged, in words.
    pub judgement_words: String,
    /// Whether a failure needs a photograph.
    pub photo_on_failure: bool,
    /// Exceptions.
    pub carve_out: String,
    /// How to walk.
    pub walk_path: String,
    /// The criteria it serves.
    pub criteria: Vec<ItemCriterionView>,
}
