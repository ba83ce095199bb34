//! What duties look like from outside.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use yipanqi_domain::duty::{DutyCommandKind, DutyRole, DutyState, GapKind, Named};
use yipanqi_domain::id::{CommandId, CriterionId, DutyId, PersonId, SiteId, UnitId};
use yipanqi_domain::moment::Moment;
use yipanqi_domain::unit::UnitKind;

use crate::session::{PersonRef, UnitRef};

/// Which edition's duties.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EditionQuery {
    /// The edition.
    #[param(value_type = String)]
    pub edition: Uuid,
}

/// A criterion as a line of the matrix.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MatrixCriterion {
    /// Identity.
    #[schema(value_type = String)]
    pub id: CriterionId,
    /// Its number through all levels, as the sheet writes them.
    pub number: String,
    /// Its words.
    pub title: String,
    /// The step at the top under which it stands.
    pub group: String,
    /// Its points as published; none in an edition without points.
    pub points: Option<String>,
    /// What is missing.
    #[schema(value_type = Vec<String>)]
    pub gaps: Vec<GapKind>,
}

/// A unit as a column of the matrix.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MatrixUnit {
    /// Identity.
    #[schema(value_type = String)]
    pub id: UnitId,
    /// Full name.
    pub name: String,
    /// Name for lists.
    pub short_name: String,
    /// What it is.
    #[schema(value_type = String)]
    pub kind: UnitKind,
    /// What is missing.
    #[schema(value_type = Vec<String>)]
    pub gaps: Vec<GapKind>,
}

/// The duties of an edition in one piece.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyMatrix {
    /// The edition.
    #[schema(value_type = String)]
    pub edition: Uuid,
    /// Its name.
    pub name: String,
    /// The lines.
    pub criteria: Vec<MatrixCriterion>,
    /// The columns: units that hold a duty.
    pub units: Vec<MatrixUnit>,
    /// The cells that are not empty: criterion, unit (as positions), 0 lead or 1 support, 0 held or 1 objected.
    pub cells: Vec<[u32; 4]>,
    /// Names on the sheet that mean no unit known, with the number of criteria.
    pub unresolved: Vec<UnresolvedName>,
}

/// A name on the sheet that means no unit known.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct UnresolvedName {
    /// The name.
    pub name: String,
    /// On how many criteria it stands.
    pub criteria: u64,
}

/// The people of a duty.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct DutyPeople {
    /// 第一责任人.
    pub head: Option<PersonRef>,
    /// 具体责任人.
    pub officer: Option<PersonRef>,
    /// 联络员.
    pub liaison: Option<PersonRef>,
}

/// A duty as a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyRow {
    /// Identity.
    #[schema(value_type = String)]
    pub id: DutyId,
    /// The criterion.
    #[schema(value_type = String)]
    pub criterion_id: CriterionId,
    /// Its number.
    pub number: String,
    /// Its words.
    pub title: String,
    /// The unit.
    pub unit: Option<UnitRef>,
    /// Lead or support.
    #[schema(value_type = String)]
    pub role: DutyRole,
    /// Where it stands.
    #[schema(value_type = String)]
    pub state: DutyState,
    /// The people who answer: named for this duty, else the unit's own.
    pub people: DutyPeople,
    /// Named for this duty alone.
    pub named: DutyPeople,
    /// What the unit says against it.
    pub objection: Option<String>,
    /// Given back with a command.
    pub version: u64,
}

/// An entry of a duty's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyStepView {
    /// From 1.
    pub ordinal: i64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Moment,
    /// Who.
    pub actor: String,
    /// What.
    #[schema(value_type = String)]
    pub command: DutyCommandKind,
    /// What was said, or whence it came.
    pub text: Option<String>,
    /// Where the duty stood afterwards.
    #[schema(value_type = String)]
    pub to: DutyState,
}

/// A duty's page.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyPage {
    /// The line.
    #[serde(flatten)]
    pub row: DutyRow,
    /// The edition.
    #[schema(value_type = String)]
    pub edition_id: Uuid,
    /// Its history, oldest first.
    pub steps: Vec<DutyStepView>,
    /// The commands open to the reader.
    #[schema(value_type = Vec<String>)]
    pub allowed: Vec<DutyCommandKind>,
}

/// Which duties.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct DutyQuery {
    /// Of this edition.
    #[param(value_type = Option<String>)]
    pub edition: Option<Uuid>,
    /// Of this unit.
    #[param(value_type = Option<String>)]
    pub unit: Option<UnitId>,
    /// Of this criterion.
    #[param(value_type = Option<String>)]
    pub criterion: Option<CriterionId>,
}

/// A command on a duty as a page sends it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DutyCommandInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The version the page has seen.
    pub version: u64,
    /// What is to be done.
    #[serde(flatten)]
    pub order: DutyOrder,
}

/// What is to be done with a duty.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DutyOrder {
    /// The kind of command.
    #[schema(value_type = String)]
    pub command: DutyCommandKind,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Lead or support.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub role: Option<DutyRole>,
    /// Who answers for it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub named: Option<Named>,
}

/// A pair of criterion and unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DutyPlace {
    /// The criterion.
    #[schema(value_type = String)]
    pub criterion_id: CriterionId,
    /// The unit.
    #[schema(value_type = String)]
    pub unit_id: UnitId,
}

/// One order for many places.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DutyBulkInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The edition to which the criteria belong.
    #[schema(value_type = String)]
    pub edition_id: Uuid,
    /// Where.
    pub places: Vec<DutyPlace>,
    /// What is to be done.
    #[serde(flatten)]
    pub order: DutyOrder,
}

/// What became of one place.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DutyBulkResult {
    /// Where.
    #[serde(flatten)]
    pub place: DutyPlace,
    /// Whether it was done.
    pub ok: bool,
    /// Why not, by code.
    pub code: Option<String>,
    /// Why not.
    pub message: Option<String>,
}

/// What became of each place.
#[derive(Debug, Serialize, ToSchema)]
pub struct DutyBulkResults {
    /// In the order of the request.
    pub results: Vec<DutyBulkResult>,
}

/// A request to read duties from the names of the sheet.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DeriveInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The edition.
    #[schema(value_type = String)]
    pub edition_id: Uuid,
}

/// What was read from the names of the sheet.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Derived {
    /// Duties given now.
    pub given: u64,
    /// Pairs of criterion and unit that had one before, released ones included; left as they are.
    pub known: u64,
    /// Names that mean no unit known.
    pub unresolved: Vec<String>,
}

/// A gap as a line.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapRow {
    /// What is missing.
    #[schema(value_type = String)]
    pub kind: GapKind,
    /// The number of the criterion.
    pub number: Option<String>,
    /// Its words.
    pub title: Option<String>,
    /// The criterion.
    #[schema(value_type = Option<String>)]
    pub criterion_id: Option<CriterionId>,
    /// The unit.
    pub unit: Option<UnitRef>,
    /// The site.
    #[schema(value_type = Option<String>)]
    pub site_id: Option<SiteId>,
    /// Its name.
    pub site_name: Option<String>,
    /// Who has left.
    pub person: Option<PersonRef>,
    /// The duty.
    #[schema(value_type = Option<String>)]
    pub duty_id: Option<DutyId>,
    /// The name that means nobody.
    pub name: Option<String>,
}

/// How many gaps of a kind there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct GapCount {
    /// The kind.
    #[schema(value_type = String)]
    pub kind: GapKind,
    /// How many.
    pub count: u64,
}

/// The gaps of the newest edition with duties, counted.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapCounts {
    /// The edition; none if nobody has a duty yet.
    #[schema(value_type = Option<String>)]
    pub edition: Option<Uuid>,
    /// How many of each kind, every kind.
    pub counts: Vec<GapCount>,
}

/// The standing list of gaps.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapList {
    /// How many of each kind, every kind.
    pub counts: Vec<GapCount>,
    /// The gaps, at most a thousand.
    pub items: Vec<GapRow>,
}

/// A collective name with what it means.
#[derive(Debug, Serialize, ToSchema)]
pub struct CollectiveRow {
    /// The name.
    pub name: String,
    /// Every open unit of these kinds.
    #[schema(value_type = Vec<String>)]
    pub kinds: Vec<UnitKind>,
    /// And these.
    pub units: Vec<UnitRef>,
    /// All units it means today.
    pub means: Vec<UnitRef>,
    /// On how many criteria it stands, in all editions.
    pub criteria: u64,
    /// Whether the office has decided; otherwise the kinds are a proposal.
    pub decided: bool,
    /// Given back with a change; 0: not decided yet.
    pub version: i64,
}

/// What a collective name shall mean.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CollectiveInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// The name.
    pub name: String,
    /// Every open unit of these kinds.
    #[schema(value_type = Vec<String>)]
    pub kinds: Vec<UnitKind>,
    /// And these.
    #[schema(value_type = Vec<String>)]
    pub unit_ids: Vec<UnitId>,
    /// The version the page has seen.
    pub version: i64,
}

/// What a person holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct Holdings {
    /// Units of which the person is head, officer or liaison.
    pub units: u64,
    /// Duties for which the person is named.
    pub duties: u64,
    /// Posts.
    pub posts: u64,
    /// Sites of which the person is chief.
    pub sites: u64,
    /// Open problems of the units the person works for, which go on with the successor.
    pub problems: u64,
    /// Tasks that the person leads.
    pub tasks: u64,
}

/// A person whom another replaces.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HandOverInput {
    /// Made by the client; the same id and body are applied once.
    #[schema(value_type = String)]
    pub command_id: CommandId,
    /// Who comes.
    #[schema(value_type = String)]
    pub to: PersonId,
    /// Why, as it stands in the histories.
    pub reason: String,
    /// The last day of who goes, if the person leaves the city's work altogether.
    #[serde(default)]
    pub leaves_on: Option<chrono::NaiveDate>,
}
